from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quintet.core.fields import EncryptedTextField, keyed_hash
from quintet.core.masking import mask_account
from quintet.core.models import RoleGrant
from quintet.directory.models import Organisation, Person
from quintet.ledger.models import Commitment
from quintet.policies.models import Evaluation, PackVersion
from quintet.redemption.models.calls import Call
from quintet.redemption.models.entitlements import EntitlementRun
from quintet.redemption.states import GRANT_STANDS, State

ONE_PAYEE = Q(organisation__isnull=False, person=None) | Q(organisation=None, person__isnull=False)


class PayeeAccount(models.Model):
    """Where money goes: an account of exactly one organisation or person, in its own name. A changed account is a new one."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="payee_accounts", verbose_name=_("单位"))
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="payee_accounts", verbose_name=_("个人"))
    holder = models.CharField(_("户名"), max_length=160)
    bank = models.CharField(_("开户行"), max_length=120)
    number = EncryptedTextField(
        pgettext_lazy("bank", "账号"), validators=[RegexValidator(r"^[0-9]{8,30}$", _("账号应为 8 至 30 位数字，不带空格。"))]
    )
    number_hash = models.CharField(max_length=64, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    at = models.DateTimeField(_("登记时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("收款账户")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=ONE_PAYEE, name="redemption_account_of_one_payee"),
            models.UniqueConstraint(
                fields=["organisation", "number_hash", "holder", "bank"],
                condition=Q(person=None),
                name="redemption_account_once_an_organisation",
            ),
            models.UniqueConstraint(
                fields=["person", "number_hash", "holder", "bank"], condition=Q(organisation=None), name="redemption_account_once_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} {self.masked}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.number_hash = keyed_hash(self.number)
        super().save(*args, **kwargs)

    @property
    def masked(self) -> str:
        return f"{self.bank} {mask_account(self.number)}"


class Claim(models.Model):
    """One award on its way: offered or applied for, checked, decided, noticed, paid. `awarded` tells which fact it rewards.

    `amount_fen` is what the engine says, for a cap the most; `decided_fen` what was decided, never above it.
    `on` is the day as of which it is evaluated; `due_on` and `unit` say what is expected of whom until when.
    """

    version = models.ForeignKey(PackVersion, models.PROTECT, related_name="claims", verbose_name=_("政策包版本"))
    run = models.ForeignKey(EntitlementRun, models.PROTECT, null=True, related_name="claims", verbose_name=_("全市评估"))
    pack = models.CharField(_("政策"), max_length=80)
    rule = models.CharField(_("规则"), max_length=80)
    clause = models.CharField(_("条款"), max_length=20)
    way = models.CharField(_("办理方式"), max_length=10)
    year = models.PositiveSmallIntegerField(_("年度"))
    on = models.DateField(_("评估日"))
    subject = models.CharField(_("对象类型"), max_length=40)
    subject_id = models.BigIntegerField(_("对象编号"))
    name = models.CharField(_("对象"), max_length=160)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="claims", verbose_name=_("单位"))
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="claims", verbose_name=_("个人"))
    division = models.CharField(_("区划"), max_length=6, blank=True)
    budget = models.CharField(_("资金渠道"), max_length=40, blank=True)
    awarded = models.CharField(_("奖励的事实"), max_length=200)
    instalment = models.PositiveSmallIntegerField(_("期数"), default=0)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices)
    step = models.CharField(_("环节"), max_length=20, blank=True)
    unit = models.CharField(_("办理部门"), max_length=40, blank=True)
    due_on = models.DateField(_("办理期限"), null=True)
    amount_fen = models.BigIntegerField(_("金额（分）"), null=True)
    decided_fen = models.BigIntegerField(_("决定金额（分）"), null=True)
    changed = models.CharField(_("与原评估不同"), max_length=300, blank=True)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, null=True, related_name="claims", verbose_name=_("评估"))
    account = models.ForeignKey(PayeeAccount, models.PROTECT, null=True, related_name="claims", verbose_name=_("收款账户"))
    commitment = models.OneToOneField(Commitment, models.PROTECT, null=True, related_name="claim", verbose_name=_("资金承诺"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("发起人"))
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("提交人"))
    created_on = models.DateField(_("发起日期"))
    submitted_on = models.DateField(_("提交日期"), null=True)
    closed_on = models.DateField(_("办结日期"), null=True)
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="claims", verbose_name=_("申报通知"))
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="following", verbose_name=_("上一期"))
    contact = models.CharField(_("联系人"), max_length=60, blank=True)
    phone = EncryptedTextField(_("联系电话"), blank=True)
    text = models.TextField(_("情况说明"), blank=True)
    pledge = models.TextField(_("承诺书"), blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("保存人"))
    saved_at = models.DateTimeField(_("保存时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("申报")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pack", "rule", "awarded", "instalment"],
                condition=~Q(state__in=["refused", "withdrawn", "lapsed", "returned"]),
                name="redemption_one_claim_a_fact",
            ),
            models.CheckConstraint(condition=ONE_PAYEE, name="redemption_claim_of_one_payee"),
            models.CheckConstraint(condition=Q(amount_fen=None) | Q(amount_fen__gte=0), name="redemption_claim_not_negative"),
            models.CheckConstraint(
                condition=Q(decided_fen=None) | Q(decided_fen__gt=0, decided_fen__lte=F("amount_fen")),
                name="redemption_decided_within_the_amount",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "step", "due_on", "id"], name="claim_queue"),
            models.Index(fields=["organisation", "-id"], name="claim_organisation"),
            models.Index(fields=["person", "-id"], name="claim_person"),
            models.Index(fields=["pack", "year", "rule", "state"], name="claim_rule"),
            models.Index(fields=["pack", "awarded"], name="claim_awarded"),
            models.Index(fields=["subject", "subject_id"], name="claim_subject"),
            models.Index(fields=["state", "due_on", "id"], name="claim_state"),
            models.Index(fields=["state", "-id"], name="claim_state_latest"),
            models.Index(fields=["clause", "-id"], name="claim_clause_latest"),
            models.Index(fields=["clause", "year", "-id"], name="claim_clause_year"),
            models.Index(fields=["division", "-id"], name="claim_division_latest"),
            models.Index(fields=["-amount_fen", "id"], name="claim_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def number(self) -> str:
        return f"{self.year}-{self.clause}-{self.pk:06d}"

    @property
    def granted_fen(self) -> int | None:
        """What was decided, as long as that decision holds; nothing for what was refused, released or is decided anew."""
        return self.decided_fen if self.state in GRANT_STANDS else None

    @property
    def payee(self) -> Organisation | Person:
        return self.organisation or self.person  # type: ignore[return-value]  # the database holds that there is exactly one


class AccountChange(models.Model):
    """Another account for money of a case that was handed in: asked for by who speaks for the payee, confirmed by an official before it counts."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="account_changes", verbose_name=_("申报"))
    before = models.ForeignKey(PayeeAccount, models.PROTECT, null=True, related_name="+", verbose_name=_("原账户"))
    account = models.ForeignKey(PayeeAccount, models.PROTECT, related_name="+", verbose_name=_("新账户"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    asked_on = models.DateField(_("提出日期"))
    confirmed = models.BooleanField(_("已核实"), null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("核实人"))
    confirmed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("核实人所据角色"))
    confirmed_on = models.DateField(_("核实日期"), null=True)
    remark = models.CharField(_("核实意见"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("收款账户更换")
        ordering = ["claim", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(asked_by=F("confirmed_by")), name="redemption_account_changed_by_two"),
            models.CheckConstraint(
                condition=Q(confirmed=None, confirmed_by=None, confirmed_under=None, confirmed_on=None)
                | Q(confirmed__isnull=False, confirmed_by__isnull=False, confirmed_under__isnull=False, confirmed_on__isnull=False),
                name="redemption_account_change_confirmed_as_a_whole",
            ),
            models.UniqueConstraint(fields=["claim"], condition=Q(confirmed=None), name="redemption_one_open_account_change"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.account}"


class ClaimStep(models.Model):
    """One step of a claim's procedure as it went: whose, from when, until when, what came of it. Steps that were gone through twice stand twice."""

    class Outcome(models.TextChoices):
        PASSED = "passed", _("通过")
        RETURNED = "returned", _("退回补正")
        REFUSED = "refused", _("不予兑现")
        ENDED = "ended", pgettext_lazy("step", "终止")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="steps", db_index=False)
    number = models.PositiveSmallIntegerField(_("次序"))
    kind = models.CharField(_("环节"), max_length=20)
    unit = models.CharField(_("办理部门"), max_length=40, blank=True)
    started_on = models.DateField(_("开始"))
    due_on = models.DateField(_("期限"))
    ended_on = models.DateField(_("结束"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("办理人"))
    outcome = models.CharField(_("结果"), max_length=10, choices=Outcome.choices, blank=True)
    opinion = models.TextField(_("意见"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("办理环节")
        ordering = ["claim", "number"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "number"], name="redemption_step_in_its_place"),
            models.UniqueConstraint(fields=["claim"], condition=Q(ended_on=None), name="redemption_one_open_step"),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")), name="redemption_step_ends_after_its_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.claim_id}"


class Decision(models.Model):
    """What an officer proposes and a second one confirms or sends back; never the same person, nor under roles that come from one person."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="decisions")
    granted = models.BooleanField(_("予以兑现"))
    amount_fen = models.BigIntegerField(_("金额（分）"), null=True)
    reasons = models.TextField(_("理由"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("承办人"))
    proposed_under = models.ForeignKey(RoleGrant, models.PROTECT, related_name="+", verbose_name=_("承办人所据角色"))
    proposed_at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    confirmed = models.BooleanField(_("已确认"), null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"))
    confirmed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人所据角色"))
    confirmed_at = models.DateTimeField(_("复核时间"), null=True)
    remark = models.TextField(_("复核意见"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("决定")
        ordering = ["claim", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(proposed_by=F("confirmed_by")), name="redemption_four_eyes"),
            models.CheckConstraint(
                condition=Q(confirmed=None, confirmed_by=None, confirmed_under=None)
                | Q(confirmed__isnull=False, confirmed_by__isnull=False, confirmed_under__isnull=False),
                name="redemption_confirmed_by_somebody",
            ),
            models.UniqueConstraint(fields=["claim"], condition=Q(confirmed=None), name="redemption_one_open_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.granted}"
