from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    APPLICANT = "applicant", _("申报人")
    OFFICER = "officer", _("经办人")
    FINANCE_OFFICER = "finance_officer", _("财政经办人")
    LEADER = "leader", _("领导")
    AUDITOR = "auditor", _("审计员")
    EXPERT = "expert", _("评审专家")
    OPERATOR = "operator", _("系统管理员")


LENT = (Role.OFFICER, Role.FINANCE_OFFICER)  # the roles that can be lent, and whose holders borrow
OFFICIALS = (Role.OFFICER, Role.FINANCE_OFFICER, Role.LEADER, Role.AUDITOR, Role.OPERATOR)
