from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from quintet.core.fields import EncryptedTextField
from quintet.core.models import RoleGrant
from quintet.policies.queries import task_number
from quintet.redemption.models.claims import Claim


class Notice(models.Model):
    """A public notice (公示): what a department is about to grant, open to objection until the end of `ends_on`."""

    title = models.CharField(_("标题"), max_length=160)
    unit = models.CharField(_("公示部门"), max_length=40)
    published_on = models.DateField(_("公示日期"))
    ends_on = models.DateField(_("截止日期"), db_index=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("发布人"))
    published_at = models.DateTimeField(_("发布时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("公示")
        ordering = ["-published_on", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(ends_on__gt=F("published_on")), name="redemption_notice_lasts")]

    def __str__(self) -> str:
        return self.title


class NoticeLine(models.Model):
    """One claim in a notice, with what was published of it. Never changed: a claim decided anew stands in another notice."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="lines")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="notice_lines")
    name = models.CharField(_("公示对象"), max_length=160)
    clause = models.CharField(_("条款"), max_length=20)
    award = models.CharField(_("事项"), max_length=160)
    amount_fen = models.BigIntegerField(_("金额（分）"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("公示内容")
        ordering = ["notice", "pk"]
        constraints = [models.UniqueConstraint(fields=["notice", "claim"], name="redemption_once_a_notice")]

    def __str__(self) -> str:
        return f"{self.name} {task_number(self.clause)}"


class Objection(models.Model):
    """Somebody objects to one line, by name; who it is stays sealed.

    The first whose contact is confirmed, or that an officer takes up, is the line's *question* and stops that line alone until it is
    answered; later ones join it and are answered with it. The same text from the same contact is one objection (`key`).
    """

    LEAST_TEXT = 10  # letters of facts and reasons

    line = models.ForeignKey(NoticeLine, models.PROTECT, related_name="objections", verbose_name=_("公示内容"))
    objector = EncryptedTextField(_("异议人"))
    contact = EncryptedTextField(_("联系方式"))
    text = models.TextField(_("异议内容"))
    filed_at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    filed_on = models.DateField(_("提出日期"))
    due_on = models.DateField(_("答复期限"), db_index=True)
    key = models.CharField(max_length=64, unique=True, null=True, editable=False)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("提出人账号"))
    confirmed_at = models.DateTimeField(_("联系方式核实时间"), null=True)
    is_question = models.BooleanField(_("已受理"), default=False)
    joins = models.ForeignKey("self", models.PROTECT, null=True, related_name="joined", verbose_name=_("并入"))
    upheld = models.BooleanField(_("异议成立"), null=True)
    finding = models.TextField(_("核查结论"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("答复人"))
    answered_under = models.ForeignKey(RoleGrant, models.PROTECT, null=True, related_name="+", verbose_name=_("答复人所据角色"))
    answered_on = models.DateField(_("答复日期"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("异议")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(upheld=None, answered_on=None, answered_by=None, answered_under=None)
                | Q(upheld__isnull=False, answered_on__isnull=False, answered_by__isnull=False, answered_under__isnull=False),
                name="redemption_objection_answered_as_a_whole",
            ),
            models.CheckConstraint(condition=Q(is_question=False) | Q(joins=None), name="redemption_question_joins_none"),
            models.UniqueConstraint(fields=["line"], condition=Q(is_question=True, upheld=None), name="redemption_one_open_question"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.filed_on}"

    @property
    def mail(self) -> str:
        """The contact where it is an address of mail; else empty."""
        try:
            validate_email(self.contact)
        except ValidationError:
            return ""
        return self.contact

    @property
    def is_taken_up(self) -> bool:
        return self.is_question or self.joins_id is not None
