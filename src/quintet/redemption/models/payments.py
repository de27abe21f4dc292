from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quintet.core.fields import EncryptedTextField
from quintet.core.masking import mask_account
from quintet.core.models import Attachment, RoleGrant
from quintet.ledger.models import Entry, Fund
from quintet.redemption.models.claims import Claim


class PaymentBatch(models.Model):
    """Payments from one fund that go to the treasury or a bank together. Its lines are frozen when it is made; a second person signs it."""

    class State(models.TextChoices):
        MADE = "made", _("待签发")
        SIGNED = "signed", _("已签发，待回盘")
        DONE = "done", _("已全部回盘")
        DROPPED = "dropped", _("已作废")

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="batches", verbose_name=_("资金"))
    year = models.PositiveSmallIntegerField(_("年度"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.MADE)
    count = models.PositiveIntegerField(_("笔数"))
    sum_fen = models.BigIntegerField(_("金额（分）"))
    seal = models.CharField(_("校验码"), max_length=64)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("编制人"))
    made_under = models.ForeignKey(RoleGrant, models.PROTECT, related_name="+", verbose_name=_("编制人所据角色"))
    made_on = models.DateField(_("编制日期"))
    made_at = models.DateTimeField(_("编制时间"), default=timezone.now, editable=False)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("签发人"))
    signed_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("签发人所据角色"))
    signed_on = models.DateField(_("签发日期"), null=True)
    remark = models.TextField(_("作废原因"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("拨付批次")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(made_by=F("signed_by")), name="redemption_batch_four_eyes"),
            models.CheckConstraint(
                condition=Q(state__in=["made", "dropped"])
                | Q(signed_by__isnull=False, signed_under__isnull=False, signed_on__isnull=False),
                name="redemption_batch_signed",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="batch_state")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"BF{self.year}-{self.pk:05d}"


class PaymentLine(models.Model):
    """One payment of a batch, with payee and account as they were then. Never changed; what became of it stands in its results."""

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, related_name="lines", db_index=False)
    number = models.PositiveIntegerField(_("序号"))
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="payment_lines", verbose_name=_("申报"))
    payee = models.CharField(_("收款人"), max_length=160)
    bank = models.CharField(_("开户行"), max_length=120)
    account = EncryptedTextField(pgettext_lazy("bank", "账号"))
    amount_fen = models.BigIntegerField(_("金额（分）"))
    purpose = models.CharField(_("用途"), max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = _("拨付明细")
        ordering = ["batch", "number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="redemption_payment_in_its_place"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="redemption_payment_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.payee}"

    @property
    def key(self) -> str:
        """The number by which treasury, bank and ledger know this payment."""
        return f"BF{self.batch.year}-{self.batch_id:05d}-{self.number:05d}"

    @property
    def masked(self) -> str:
        return mask_account(self.account)


class PaymentResult(models.Model):
    """What the bank said of a line: paid, or returned (also after it was paid). `dropped` where the batch was never sent."""

    class Kind(models.TextChoices):
        PAID = "paid", _("已到账")
        RETURNED = "returned", _("退回")
        DROPPED = "dropped", _("作废")

    line = models.ForeignKey(PaymentLine, models.PROTECT, related_name="results", db_index=False)
    kind = models.CharField(_("结果"), max_length=10, choices=Kind.choices)
    on = models.DateField(_("日期"))
    reference = models.CharField(_("凭证号"), max_length=80, blank=True)
    reason = models.CharField(_("退回原因"), max_length=200, blank=True)
    entry = models.OneToOneField(Entry, models.PROTECT, null=True, related_name="payment_result", verbose_name=_("分录"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("登记人"))

    class Meta:
        verbose_name = verbose_name_plural = _("拨付结果")
        ordering = ["line", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["line", "kind"], name="redemption_one_result_of_a_kind"),
            models.CheckConstraint(condition=~Q(kind="returned") | ~Q(reason=""), name="redemption_returned_for_a_reason"),
            models.CheckConstraint(condition=~Q(kind="paid") | Q(entry__isnull=False), name="redemption_paid_in_the_books"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.kind}"


class ResultFile(models.Model):
    """A file of results as it was handed in and read: whole, or not at all."""

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, related_name="result_files")
    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="+")
    paid = models.PositiveIntegerField(_("到账笔数"))
    returned = models.PositiveIntegerField(_("退回笔数"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("确认时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("回盘文件")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.at:%Y-%m-%d}"
