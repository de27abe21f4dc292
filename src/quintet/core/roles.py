from django.db import models


class Role(models.TextChoices):
    APPLICANT = "applicant", "申报人"
    OFFICER = "officer", "经办人"
    FINANCE_OFFICER = "finance_officer", "财政经办人"
    LEADER = "leader", "领导"
    AUDITOR = "auditor", "审计员"
    OPERATOR = "operator", "系统管理员"


OFFICIALS = (Role.OFFICER, Role.FINANCE_OFFICER, Role.LEADER, Role.AUDITOR, Role.OPERATOR)
