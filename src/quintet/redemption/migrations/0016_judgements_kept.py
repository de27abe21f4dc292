import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_judgements(apps, schema_editor):
    """Every judgement so far stands in the audit chain; the value in force, in the fact."""
    judgement = apps.get_model("redemption", "Judgement")
    claims = set(apps.get_model("redemption", "Claim").objects.values_list("pk", flat=True))
    grants = set(apps.get_model("core", "RoleGrant").objects.values_list("pk", flat=True))
    lines = apps.get_model("core", "AuditEntry").objects.filter(action="redemption.judge", by__isnull=False).order_by("number")
    kept = []
    for line in lines.iterator(chunk_size=2_000):
        claim, told = int(line.record.rpartition(":")[2]), line.details
        if claim in claims:
            grant = told.get("grant")
            kept.append(
                judgement(
                    claim_id=claim,
                    fact=told.get("fact", ""),
                    value=told.get("value"),
                    reason=told.get("reason", ""),
                    by_id=line.by_id,
                    under_id=grant if grant in grants else None,
                    at=line.at,
                )
            )
    there = {(one.claim_id, one.fact, one.by_id) for one in kept}
    for fact in apps.get_model("redemption", "ClaimFact").objects.filter(kind="judged"):
        if (fact.claim_id, fact.fact, fact.by_id) not in there:
            kept.append(
                judgement(
                    claim_id=fact.claim_id,
                    fact=fact.fact,
                    value=fact.value,
                    reason=fact.reason,
                    by_id=fact.by_id,
                    under_id=fact.under_id,
                    at=fact.at,
                )
            )
    judgement.objects.bulk_create(kept, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0018_decided_whole"),
        ("redemption", "0015_experts_by_two"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Judgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fact", models.CharField(max_length=80, verbose_name="事实")),
                ("value", models.JSONField(verbose_name="值")),
                ("reason", models.TextField(verbose_name="理由")),
                ("at", models.DateTimeField(verbose_name="认定时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="认定人",
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="judgements", to="redemption.claim"),
                ),
                (
                    "under",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.rolegrant",
                        verbose_name="认定人所据角色",
                    ),
                ),
            ],
            options={"verbose_name": "对事实的认定", "verbose_name_plural": "对事实的认定", "ordering": ["claim", "pk"]},
        ),
        migrations.RunPython(keep_judgements, migrations.RunPython.noop, elidable=True),
    ]
