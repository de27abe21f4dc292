"""What this context records in the audit chain, in words."""

from django.utils.translation import gettext_lazy as _

records = [("core.user", "web:account"), ("core.job", "web:job"), ("core.holidayplan", "web:holidays-plan")]
details = [("state", _("状态")), ("source", _("来源"))]
actions = [
    ("core.demand_second_factor", _("改变哪些角色须用第二因素登录")),
    ("core.ask_second_factor_reset", _("申请重置第二因素")),
    ("core.reset_second_factor", _("重置第二因素")),
    ("core.refuse_second_factor_reset", _("不同意重置第二因素")),
    ("core.ask_personal", _("提出个人信息请求")),
    ("core.answer_personal", _("答复个人信息请求")),
    ("core.purge", _("清理到期的数据")),
    ("core.link_identity", _("关联统一身份")),
    ("core.link_identity_by_claim", _("按统一身份的用户名关联账号")),
    ("core.unlink_identity", _("解除统一身份的关联")),
    ("core.release_job", _("释放后台任务")),
    ("core.propose_holidays", _("录入放假安排")),
    ("core.confirm_holidays", _("放假安排生效")),
    ("core.drop_holidays", _("撤回放假安排")),
]
