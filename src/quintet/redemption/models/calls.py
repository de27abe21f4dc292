from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from quintet.policies.queries import task_number


class Call(models.Model):
    """An award is open for applications (申报通知): which one, for which year, from when to when; the guide comes from the pack."""

    pack = models.CharField(_("政策"), max_length=80)
    rule = models.CharField(_("事项"), max_length=80)
    clause = models.CharField(_("条款"), max_length=20)
    unit = models.CharField(_("受理部门"), max_length=40)
    year = models.PositiveSmallIntegerField(_("年度"))
    opens_on = models.DateField(_("开始日期"))
    closes_on = models.DateField(_("截止日期"))
    contact = models.CharField(_("咨询联系方式"), max_length=160)
    remark = models.TextField(_("说明"), blank=True)
    more_papers = models.TextField(_("另需材料"), blank=True, help_text=_("每行一项；政策规定的材料不用重写"))
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("发布人"))
    published_on = models.DateField(_("发布日期"))

    class Meta:
        verbose_name = verbose_name_plural = _("申报通知")
        ordering = ["closes_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["pack", "rule", "year"], name="redemption_one_call_a_year"),
            models.CheckConstraint(condition=Q(closes_on__gte=F("opens_on")), name="redemption_call_closes_after_it_opens"),
        ]
        indexes = [models.Index(fields=["closes_on", "opens_on"], name="call_window")]

    def __str__(self) -> str:
        return f"{task_number(self.clause, self.pack)} {self.year}"

    def open_on(self, day: object) -> bool:
        return self.opens_on <= day <= self.closes_on  # type: ignore[operator]  # a date

    @property
    def extra(self) -> list[str]:
        return [line.strip()[:160] for line in self.more_papers.splitlines() if line.strip()]
