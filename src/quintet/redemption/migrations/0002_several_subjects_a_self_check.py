from django.db import migrations, models


def one_becomes_several(apps, schema_editor):
    for check in apps.get_model("redemption", "SelfCheck").objects.all():
        number = "self" if check.subject == "enterprise" else "1"
        check.items = [{"id": number, "subject": check.subject, "facts": check.facts, "skipped": check.skipped}]
        check.asked = [[number, fact] for fact in check.asked]
        check.save(update_fields=["items", "asked"])


class Migration(migrations.Migration):
    dependencies = [("redemption", "0001_initial")]

    operations = [
        migrations.AddField("selfcheck", "items", models.JSONField(default=list, verbose_name="自测的对象")),
        migrations.RunPython(one_becomes_several, migrations.RunPython.noop),
        migrations.RemoveField("selfcheck", "subject"),
        migrations.RemoveField("selfcheck", "facts"),
        migrations.RemoveField("selfcheck", "skipped"),
    ]
