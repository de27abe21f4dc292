"""Sessions are found by the hash of their key from now on: those from before end, and their keys stand nowhere in clear."""

from typing import Any

from django.db import migrations


def end_sessions(apps: Any, editor: Any) -> None:
    apps.get_model("sessions", "Session").objects.all().delete()
    apps.get_model("core", "SignedInSession").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("core", "0021_demands_lifted_by_two"), ("sessions", "0001_initial")]

    operations = [migrations.RunPython(end_sessions, migrations.RunPython.noop)]
