from django.db import models
from django.utils.translation import gettext_lazy as _

from quintet.core.models.accounts import User


class PersonalRequest(models.Model):
    """Somebody asks for what the law on personal information gives them: a correction, or the end of what is kept about them."""

    class Kind(models.TextChoices):
        CORRECT = "correct", _("更正或补充")
        END = "end", _("撤回同意、注销账号")

    class State(models.TextChoices):
        OPEN = "open", _("待办理")
        DONE = "done", _("已办理")
        REFUSED = "refused", _("不予办理")

    user = models.ForeignKey(User, models.PROTECT, related_name="personal_requests", verbose_name=_("申请人"))
    kind = models.CharField(_("事项"), max_length=8, choices=Kind.choices)
    text = models.TextField(_("内容"), max_length=1000)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.OPEN)
    asked_on = models.DateField(_("提出日期"))
    due_on = models.DateField(_("答复期限"))
    answer = models.TextField(_("答复"), max_length=1000, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("答复人"))
    answered_on = models.DateField(_("答复日期"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("个人信息请求")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "kind"], condition=models.Q(state="open"), name="one_open_personal_request")]

    def __str__(self) -> str:
        return f"{self.user} {self.get_kind_display()}"
