"""Permits for Hong Kong and Macao are one number however often they were issued anew."""

import re

from django.db import IntegrityError, migrations, transaction

from quintet.core.fields import keyed_hash
from quintet.reading.identifiers import identity_number


def renew(apps, schema_editor):
    """Where another person has the number already both stay, for people to decide."""
    for person in apps.get_model("directory", "Person").objects.exclude(identity_hash=None).iterator():
        if re.fullmatch(r"[HM]\d{10}", person.identity_number or ""):
            person.identity_number = identity_number(person.identity_number)
            person.identity_hash = keyed_hash(person.identity_number)
            try:
                with transaction.atomic():
                    person.save(update_fields=["identity_number", "identity_hash"])
            except IntegrityError:
                continue


class Migration(migrations.Migration):
    dependencies = [("directory", "0011_differences_of_imports")]

    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
