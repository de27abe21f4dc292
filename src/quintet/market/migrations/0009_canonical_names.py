"""A project's name is searched as every other name is; its number in the one form that it has now."""

from django.db import migrations

from quintet.core.fields import CanonicalNameField
from quintet.core.renewal import renew_names, renew_numbers
from quintet.reading.identifiers import project_number


def renew(apps, schema_editor):
    projects = apps.get_model("market", "TransferProject")
    renew_names(projects)
    renew_numbers(projects, "number", project_number)


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0008_registered_in_the_words_of_the_notice"),
    ]

    operations = [
        migrations.AddField(
            model_name="transferproject",
            name="canonical_name",
            field=CanonicalNameField(db_index=True, default="", editable=False, max_length=240, of="name"),
        ),
        migrations.RunPython(renew, migrations.RunPython.noop),
    ]
