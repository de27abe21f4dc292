"""A team's name is compared as every other name is."""

from django.db import migrations, models

from quintet.core.fields import CanonicalNameField
from quintet.core.renewal import renew_names


def fill(apps, schema_editor):
    renew_names(apps.get_model("talent", "Team"), apart=True)


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0007_narrow_digits_of_divisions"),
        ("talent", "0003_what_the_pack_asks"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="team", name="one_team_name"),
        migrations.AddField(
            model_name="team",
            name="canonical_name",
            field=CanonicalNameField(db_index=True, default="", editable=False, max_length=240, of="name"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="team",
            constraint=models.UniqueConstraint(
                fields=("organisation", "canonical_name"), name="one_team_name", violation_error_message="该单位已有同名团队。"
            ),
        ),
    ]
