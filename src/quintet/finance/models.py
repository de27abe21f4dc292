from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quintet.core.fields import IdentifierField
from quintet.core.history import HistoricalRecords
from quintet.directory.models import Organisation


class Loan(models.Model):
    """A loan of a bank to an organisation and what was pledged for it (T13). Money in fen."""

    class Pledge(models.TextChoices):
        INTELLECTUAL_PROPERTY = "intellectual_property", _("知识产权质押")
        OTHER = "other", _("其他担保方式")

    contract_number = IdentifierField(_("合同编号"), kind="contract_number", max_length=60, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="loans", verbose_name=_("借款单位"))
    bank = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="loans_given", verbose_name=_("贷款银行"))
    pledge = models.CharField(_("质押方式"), max_length=24, choices=Pledge.choices)
    principal_fen = models.BigIntegerField(_("贷款本金"))
    drawn_on = models.DateField(_("放款日期"))
    due_on = models.DateField(_("到期日期"))
    repaid_on = models.DateField(_("结清日期"), null=True, blank=True)
    interest_paid_fen = models.BigIntegerField(_("已付利息"), null=True, blank=True)
    interest_settled_on = models.DateField(
        _("利息付清日期"), null=True, blank=True, help_text=_("利息全部付清的那一天；贴息在付清的那一年结算。")
    )
    released = models.BooleanField(_("银行已放款"), null=True, blank=True)

    history = HistoricalRecords(verbose_name=_("贷款变更"))

    class Meta:
        verbose_name = verbose_name_plural = _("质押贷款")
        ordering = ["-drawn_on", "pk"]
        indexes = [
            models.Index(fields=["-drawn_on", "id"], name="loan_latest"),
            models.Index(fields=["pledge", "drawn_on"], name="loan_pledge_drawn"),
            models.Index(fields=["due_on"], name="loan_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(principal_fen__gt=0), name="loan_principal_positive", violation_error_message=_("贷款本金必须大于 0。")
            ),
            models.CheckConstraint(
                condition=Q(interest_paid_fen=None) | Q(interest_paid_fen__gte=0),
                name="loan_interest_not_negative",
                violation_error_message=_("已付利息不能为负。"),
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("drawn_on")), name="loan_due_after_drawn", violation_error_message=_("到期日期不能早于放款日期。")
            ),
            models.CheckConstraint(
                condition=Q(repaid_on=None) | Q(repaid_on__gte=F("drawn_on")),
                name="loan_repaid_after_drawn",
                violation_error_message=_("结清日期不能早于放款日期。"),
            ),
        ]

    def __str__(self) -> str:
        return self.contract_number

    def get_absolute_url(self) -> str:
        return reverse("finance:loan", args=[self.pk])
