"""Names and certificates in the one form that they have now: radicals, traditional letters, more brackets, dashes and dots."""

from django.db import migrations

from quintet.core.renewal import renew_names, renew_numbers
from quintet.reading.identifiers import certificate_number


def renew(apps, schema_editor):
    for model in ("Organisation", "FormerName", "Person", "Carrier"):
        renew_names(apps.get_model("directory", model))
    renew_numbers(apps.get_model("directory", "Recognition"), "number", certificate_number)


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0007_narrow_digits_of_divisions"),
    ]

    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
