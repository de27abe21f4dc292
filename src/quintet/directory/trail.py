"""What this context records in the audit chain, in words."""

from django.utils.translation import gettext_lazy as _

records = [("directory.membership", "directory:membership"), ("directory.person", "directory:person")]
details = [
    ("granted_on", _("生效日期")),
    ("grant", _("所据角色")),
    ("lender", _("角色的委托人")),
    ("purpose", _("用途")),
    ("reference", _("对应事项")),
]
actions = [
    ("directory.propose_membership", _("提出代理授权")),
    ("directory.confirm_membership", _("确认代理授权")),
    ("directory.end_membership", _("终止代理授权")),
    ("directory.propose_duty", _("提出名录分工")),
    ("directory.confirm_duty", _("复核名录分工")),
    ("directory.end_duty", _("终止名录分工")),
    ("directory.look", _("查看完整个人信息")),
]
