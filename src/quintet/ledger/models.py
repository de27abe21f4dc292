"""Double entry in integer fen. Rows are only ever added; `sql/` holds what the database refuses, whatever program asks.

A program writes entries. The database writes their postings (which accounts, which side, the balance after), the steps of a
commitment and the monthly totals, and refuses an entry that would overdraw anything.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quintet.core.models import RoleGrant


class Labelled(models.Model):
    label_zh = models.CharField(_("名称"), max_length=80)
    label_en = models.CharField(_("英文名称"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.label_en if (get_language() or "").startswith("en") else self.label_zh)


class Budget(Labelled):
    """A line of money that a policy names, with one or several funds; with a joint yearly ceiling if the policy sets one."""

    pack = models.CharField(_("政策"), max_length=80)
    code = models.CharField(_("代码"), max_length=40)
    clause = models.CharField(_("条款"), max_length=20)
    has_ceiling = models.BooleanField(_("有年度上限"))

    class Meta:
        verbose_name = verbose_name_plural = _("资金渠道")
        ordering = ["pack", "pk"]
        constraints = [models.UniqueConstraint(fields=["pack", "code"], name="ledger_one_budget")]


class Fund(Labelled):
    budget = models.ForeignKey(Budget, models.PROTECT, related_name="funds", verbose_name=_("资金渠道"))
    code = models.CharField(_("代码"), max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = _("资金")
        ordering = ["budget", "pk"]
        constraints = [models.UniqueConstraint(fields=["budget", "code"], name="ledger_one_fund")]


class Account(models.Model):
    """Where money stands in one year: five accounts a fund, three a budget with a ceiling."""

    class Kind(models.TextChoices):
        TREASURY = "treasury", _("财政安排")
        AVAILABLE = "available", _("可用")
        COMMITTED = "committed", _("已承诺未拨付")
        PAID = "paid", _("已拨付")
        RETURNED = "returned", _("已收回")
        CEILING = "ceiling", _("年度上限")
        ROOM = "room", _("上限余额")
        USED = "used", _("占用上限")

    OF_A_FUND = (Kind.TREASURY, Kind.AVAILABLE, Kind.COMMITTED, Kind.PAID, Kind.RETURNED)
    OF_A_CEILING = (Kind.CEILING, Kind.ROOM, Kind.USED)

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="accounts")
    fund = models.ForeignKey(Fund, models.PROTECT, null=True, related_name="accounts")
    year = models.PositiveSmallIntegerField(_("年度"))
    kind = models.CharField(_("科目"), max_length=12, choices=Kind.choices)

    class Meta:
        verbose_name = verbose_name_plural = _("账户")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["fund", "year", "kind"], condition=Q(fund__isnull=False), name="ledger_one_account_of_a_fund"),
            models.UniqueConstraint(fields=["budget", "year", "kind"], condition=Q(fund=None), name="ledger_one_account_of_a_ceiling"),
        ]

    def __str__(self) -> str:
        return f"{self.fund or self.budget} {self.year} {self.get_kind_display()}"


class Commitment(models.Model):
    """Money set aside for one award: one provision, one subject, one fact, one instalment, once.

    `fact` names what is rewarded, in the words of `redemption`. A further `attempt` at the same award is possible only after
    everything of the one before was released or returned.
    """

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="commitments", verbose_name=_("资金"))
    year = models.PositiveSmallIntegerField(_("年度"))
    pack = models.CharField(_("政策"), max_length=80)
    rule = models.CharField(_("规则"), max_length=80)
    clause = models.CharField(_("条款"), max_length=20)
    fact = models.CharField(_("事实"), max_length=200)
    instalment = models.PositiveSmallIntegerField(_("期数"), default=0)
    attempt = models.PositiveSmallIntegerField(_("次数"), default=1)
    division = models.CharField(_("区划"), max_length=6, blank=True)
    payee = models.CharField(_("收款人"), max_length=160)
    amount_fen = models.BigIntegerField(_("金额（分）"))

    class Meta:
        verbose_name = verbose_name_plural = _("资金承诺")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["pack", "rule", "fact", "instalment", "attempt"], name="ledger_no_second_award"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="ledger_commitment_positive"),
            models.CheckConstraint(condition=Q(attempt__gte=1), name="ledger_attempt_counted"),
        ]
        indexes = [models.Index(fields=["fund", "year", "-id"], name="ledger_commitment_fund")]

    def __str__(self) -> str:
        return f"{self.payee} {self.year}"


class Appropriation(models.Model):
    """Money that the treasury gives to a fund in a year, or takes back: entered by one finance officer, booked when another has confirmed it.

    `document` is the number of the treasury's document in its one canonical form, `reference` as it was typed.
    """

    class Kind(models.TextChoices):
        APPROPRIATION = "appropriation", _("安排")
        REDUCTION = "reduction", _("调减")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        CONFIRMED = "confirmed", _("已入账")
        REFUSED = "refused", _("未通过")

    kind = models.CharField(_("事项"), max_length=13, choices=Kind.choices)
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="appropriations", verbose_name=_("资金"))
    year = models.PositiveSmallIntegerField(_("年度"))
    amount_fen = models.BigIntegerField(_("金额（分）"))
    reference = models.CharField(_("文号"), max_length=120)
    document = models.CharField(_("规范文号"), max_length=120, editable=False)
    memo = models.CharField(_("说明"), max_length=200, blank=True)
    state = models.CharField(_("状态"), max_length=9, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    proposed_under = models.ForeignKey(RoleGrant, models.PROTECT, related_name="+", verbose_name=_("登记人的权限"))
    proposed_on = models.DateField(_("登记日期"))
    proposed_at = models.DateTimeField(_("登记时间"), auto_now_add=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人"))
    confirmed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("复核人的权限"))
    confirmed_on = models.DateField(_("复核日期"), null=True)
    remark = models.CharField(_("复核意见"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("资金安排")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="ledger_appropriation_positive"),
            models.CheckConstraint(condition=~Q(proposed_by=F("confirmed_by")), name="ledger_appropriation_four_eyes"),
            models.CheckConstraint(
                condition=Q(state="proposed", confirmed_by=None, confirmed_under=None, confirmed_on=None)
                | ~Q(state="proposed") & Q(confirmed_by__isnull=False, confirmed_under__isnull=False, confirmed_on__isnull=False),
                name="ledger_appropriation_confirmed_as_a_whole",
            ),
            models.UniqueConstraint(
                fields=["fund", "year", "kind", "document"], condition=~Q(state="refused"), name="ledger_one_appropriation_a_document"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.fund} {self.year}"


class Entry(models.Model):
    """One event in the books."""

    class Kind(models.TextChoices):
        APPROPRIATION = "appropriation", _("安排")
        REDUCTION = "reduction", _("调减")
        CEILING = "ceiling", _("设定上限")
        CEILING_CUT = "ceiling_cut", _("调低上限")
        COMMITMENT = "commitment", _("承诺")
        RELEASE = "release", _("释放")
        PAYMENT = "payment", _("拨付")
        REJECTION = "rejection", _("退票")
        RETURN = "return", _("收回")

    ABOUT_A_CEILING = (Kind.CEILING, Kind.CEILING_CUT)
    ABOUT_A_COMMITMENT = (Kind.COMMITMENT, Kind.RELEASE, Kind.PAYMENT, Kind.REJECTION, Kind.RETURN)

    kind = models.CharField(_("事项"), max_length=14, choices=Kind.choices)
    budget = models.ForeignKey(Budget, models.PROTECT, related_name="entries")
    fund = models.ForeignKey(Fund, models.PROTECT, null=True, related_name="entries", verbose_name=_("资金"))
    year = models.PositiveSmallIntegerField(_("年度"))
    commitment = models.ForeignKey(Commitment, models.PROTECT, null=True, related_name="entries", verbose_name=_("资金承诺"))
    amount_fen = models.BigIntegerField(_("金额（分）"))
    booked_on = models.DateField(_("记账日期"))
    key = models.CharField(max_length=120, unique=True, help_text=_("同一笔只记一次"))
    reference = models.CharField(_("文号或凭证号"), max_length=120, blank=True)
    document = models.CharField(_("规范文号或凭证号"), max_length=120, blank=True, default="", editable=False)
    joint_voucher = models.BooleanField(_("一张凭证含几笔退款"), default=False)
    appropriation = models.OneToOneField(Appropriation, models.PROTECT, null=True, related_name="entry", verbose_name=_("资金安排"))
    memo = models.CharField(_("说明"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("记账人"))
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("分录")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="ledger_entry_positive"),
            models.CheckConstraint(
                condition=Q(kind__in=["ceiling", "ceiling_cut"], fund=None)
                | (~Q(kind__in=["ceiling", "ceiling_cut"]) & Q(fund__isnull=False)),
                name="ledger_entry_names_its_fund",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["commitment", "release", "payment", "rejection", "return"], commitment__isnull=False)
                    | (~Q(kind__in=["commitment", "release", "payment", "rejection", "return"]) & Q(commitment=None))
                ),
                name="ledger_entry_names_its_commitment",
            ),
            models.UniqueConstraint(fields=["commitment"], condition=Q(kind="commitment"), name="ledger_committed_once"),
            models.UniqueConstraint(fields=["commitment", "document"], condition=Q(kind="return"), name="ledger_one_return_a_voucher"),
            models.CheckConstraint(
                condition=~Q(kind__in=["appropriation", "reduction", "return"]) | ~Q(document=""), name="ledger_entry_names_its_document"
            ),
            models.CheckConstraint(condition=Q(kind="return") | Q(joint_voucher=False), name="ledger_only_returns_share_a_voucher"),
        ]
        indexes = [
            models.Index(fields=["document"], condition=Q(kind="return"), name="ledger_entry_voucher"),
            models.Index(fields=["fund", "year", "-id"], name="ledger_entry_fund"),
            models.Index(fields=["fund", "year", "kind", "booked_on"], name="ledger_entry_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount_fen}"


class Posting(models.Model):
    """One side of an entry, written by the database, with the balance of its account after it."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="postings", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="postings", db_index=False)
    kind = models.CharField(max_length=12, choices=Account.Kind.choices)
    number = models.PositiveIntegerField(help_text=_("账户内序号"))
    amount_fen = models.BigIntegerField()
    balance_fen = models.BigIntegerField()
    booked_on = models.DateField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "number"], name="ledger_posting_in_its_place"),
            models.UniqueConstraint(fields=["entry", "account"], name="ledger_posting_once"),
            models.CheckConstraint(condition=~Q(kind="available") | Q(balance_fen__gte=0), name="ledger_fund_not_overdrawn"),
            models.CheckConstraint(condition=~Q(kind="room") | Q(balance_fen__gte=0), name="ledger_ceiling_not_exceeded"),
            models.CheckConstraint(
                condition=Q(kind__in=["treasury", "ceiling", "available", "room"]) | Q(balance_fen__gte=0),
                name="ledger_balance_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["account", "booked_on", "number"], name="ledger_posting_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_fen} → {self.balance_fen}"


class CommitmentStep(models.Model):
    """How a commitment stands after an entry, written by the database."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="steps", db_index=False)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="step")
    number = models.PositiveIntegerField()
    open_fen = models.BigIntegerField(help_text=_("未拨付"))
    paid_fen = models.BigIntegerField(help_text=_("已拨付"))
    returned_fen = models.BigIntegerField(help_text=_("已收回"))

    class Meta:
        ordering = ["commitment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "number"], name="ledger_step_in_its_place"),
            models.CheckConstraint(condition=Q(open_fen__gte=0), name="ledger_not_paid_beyond_commitment"),
            models.CheckConstraint(condition=Q(paid_fen__gte=0), name="ledger_not_returned_beyond_payment"),
            models.CheckConstraint(condition=Q(returned_fen__gte=0), name="ledger_returned_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.open_fen} {self.paid_fen}"

    @property
    def paid_out_fen(self) -> int:
        """What has left the fund for it, money that its payee returned later included."""
        return self.paid_fen + self.returned_fen


class Total(models.Model):
    """Sums of entries by fund, year, clause, district and month, kept by the database: what pages read, however many entries there are."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="totals")
    year = models.PositiveSmallIntegerField()
    month = models.CharField(max_length=7, help_text=_("记账月份，如 2020-03"))
    kind = models.CharField(max_length=14, choices=Entry.Kind.choices)
    clause = models.CharField(max_length=20, blank=True)
    division = models.CharField(max_length=6, blank=True)
    count = models.PositiveIntegerField()
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fund", "year", "month", "kind", "clause", "division"], name="ledger_one_total")]

    def __str__(self) -> str:
        return f"{self.month} {self.kind} {self.amount_fen}"
