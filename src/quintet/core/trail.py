"""What this context records in the audit chain."""

from django.utils.translation import gettext_lazy as _

records = [("core.user", "web:account"), ("core.job", "web:job")]
details = [("state", _("状态")), ("source", _("来源"))]
actions = [
    ("job.release", _("释放后台任务")),
    ("holidays.propose", _("录入放假安排")),
    ("holidays.confirm", _("放假安排生效")),
    ("holidays.drop", _("撤回放假安排")),
]
