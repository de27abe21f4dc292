from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_unlinkings(apps: Any, _editor: Any) -> None:
    """Every one stands in the audit chain, also where the identity was linked again since."""
    unlinking = apps.get_model("core", "Unlinking")
    there = set(apps.get_model("core", "OutsideIdentity").objects.values_list("pk", flat=True))
    lines = apps.get_model("core", "AuditEntry").objects.filter(action="core.unlink_identity").order_by("number")
    for line in lines.iterator(chunk_size=2_000):
        identity = int(line.record.partition(":")[2])
        if identity in there:
            unlinking.objects.create(identity_id=identity, user_id=line.details["account"], by_id=line.by_id, at=line.at)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0019_seals"),
    ]

    operations = [
        migrations.CreateModel(
            name="Unlinking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="解除时间")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办理人",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unlinkings",
                        to="core.outsideidentity",
                        verbose_name="统一身份",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unlinkings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="解除关联的账号",
                    ),
                ),
            ],
            options={"verbose_name": "解除关联", "verbose_name_plural": "解除关联", "ordering": ["pk"]},
        ),
        migrations.RunPython(keep_unlinkings, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(model_name="outsideidentity", name="unlinked_from"),
    ]
