"""What this context records in the audit chain."""

from django.utils.translation import gettext_lazy as _

actions = [
    ("job.release", _("释放后台任务")),
    ("holidays.propose", _("录入放假安排")),
    ("holidays.confirm", _("放假安排生效")),
    ("holidays.drop", _("撤回放假安排")),
]
