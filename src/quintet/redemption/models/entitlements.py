import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quintet.core.models import Job
from quintet.directory.models import Organisation
from quintet.policies.models import Evaluation, PackVersion
from quintet.policies.queries import task_number


def _token() -> str:
    return secrets.token_urlsafe(24)


class SelfCheck(models.Model):
    """Questions answered one at a time by somebody who need not sign in. The token is the only key to the answers.

    `items` are the subjects it covers, in the order they were added: {"id", "subject", "facts", "skipped", "none"}: `none` are facts of
    which there is none, or that have not happened; `asked` is the order of the
    answers, [item id, fact] each.
    """

    token = models.CharField(max_length=40, unique=True, default=_token, editable=False)
    pack = models.CharField(max_length=80)
    on = models.DateField(_("评估日"))
    items = models.JSONField(_("自测的对象"), default=list)
    asked = models.JSONField(_("次序"), default=list)
    ladder = models.BooleanField(_("接着看下一级"), default=False)
    evaluation = models.ForeignKey(Evaluation, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _("政策自测")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{'+'.join(item['subject'] for item in self.items)} {self.on}"


class EntitlementRun(models.Model):
    """All subjects of the city evaluated for one calendar year with one version of a policy."""

    version = models.ForeignKey(PackVersion, models.PROTECT, related_name="+", verbose_name=_("政策包版本"))
    pack = models.CharField(_("政策"), max_length=80)
    year = models.PositiveSmallIntegerField(_("年度"))
    on = models.DateField(_("评估日"))
    subjects = models.JSONField(_("对象数"), default=dict)
    problems = models.JSONField(_("未能评估"), default=list)
    ready = models.BooleanField(_("已完成"), default=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("开始时间"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("发起人"))

    class Meta:
        verbose_name = verbose_name_plural = _("全市评估")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["pack", "year", "ready", "-created_at"], name="run_latest")]

    def __str__(self) -> str:
        return f"{self.pack} {self.year}"


class Entitlement(models.Model):
    """One outcome of a run that is not a refusal. Amount in fen: what is granted, or for a decision at most."""

    class State(models.TextChoices):
        ENTITLED = "entitled", _("可以享受")
        DECISION = "decision", _("待认定")
        UNKNOWN = "unknown", _("尚缺信息")
        SUPERSEDED = "superseded", _("不重复享受")
        WAITING = "waiting", _("尚待")

    run = models.ForeignKey(EntitlementRun, models.CASCADE, related_name="entitlements", db_index=False)
    rule = models.CharField(_("规则"), max_length=80)
    clause = models.CharField(_("条款"), max_length=20)
    subject = models.CharField(_("对象类型"), max_length=40)
    subject_id = models.BigIntegerField(_("对象编号"))
    name = models.CharField(_("对象"), max_length=160)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="entitlements", verbose_name=_("单位"))
    division = models.CharField(_("区划"), max_length=6, blank=True)
    industry = models.CharField(_("行业"), max_length=2, blank=True)
    budget = models.CharField(_("资金渠道"), max_length=40, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices)
    amount = models.BigIntegerField(_("金额（分）"), null=True)
    before_limit = models.BigIntegerField(_("限额前金额（分）"), null=True)
    evaluation = models.ForeignKey(Evaluation, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("应享待遇")
        ordering = ["-amount", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "rule", "subject", "subject_id"], name="one_outcome_a_rule_and_subject"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="entitlement_not_negative"),
        ]
        indexes = [
            models.Index(fields=["run", "state", "-amount"], name="entitlement_state"),
            models.Index(fields=["run", "clause", "-amount"], name="entitlement_clause"),
            models.Index(fields=["run", "division", "-amount"], name="entitlement_division"),
            models.Index(fields=["run", "industry", "-amount"], name="entitlement_industry"),
            models.Index(fields=["run", "-amount"], name="entitlement_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {task_number(self.clause)}"


class EntitlementTotal(models.Model):
    """Counts and sums of a run, refusals included: what the city page reads, however large the city is."""

    run = models.ForeignKey(EntitlementRun, models.CASCADE, related_name="totals")
    rule = models.CharField(max_length=80)
    clause = models.CharField(max_length=20)
    subject = models.CharField(max_length=40)
    division = models.CharField(max_length=6, blank=True)
    industry = models.CharField(max_length=2, blank=True)
    budget = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=12)
    count = models.PositiveIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "rule", "division", "industry", "state"], name="one_total_a_cell")]

    def __str__(self) -> str:
        return f"{self.rule} {self.state} {self.count}"
