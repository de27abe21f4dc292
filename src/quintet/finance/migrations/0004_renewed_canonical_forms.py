"""Contracts in the one form that their numbers have now."""

from django.db import migrations

from quintet.core.renewal import renew_numbers
from quintet.reading.identifiers import contract_number


def renew(apps, schema_editor):
    renew_numbers(apps.get_model("finance", "Loan"), "contract_number", contract_number)


class Migration(migrations.Migration):
    dependencies = [
        ("finance", "0003_what_the_pack_asks"),
    ]

    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
