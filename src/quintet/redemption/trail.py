"""What this context records in the audit chain."""

from django.utils.translation import gettext_lazy as _

actions = [
    ("redemption.register_account", _("登记收款账户")),
    ("redemption.offer", _("邀请确认")),
    ("redemption.confirm", _("确认领取")),
    ("redemption.withdraw", _("撤回")),
    ("redemption.lapse", _("逾期失效")),
    ("redemption.check_form", _("形式审查")),
    ("redemption.return", _("告知补正")),
    ("redemption.resubmit", _("重新提交")),
    ("redemption.propose", _("提出决定")),
    ("redemption.decide", _("复核决定")),
    ("redemption.publish", _("公示")),
    ("redemption.object", _("收到异议")),
    ("redemption.answer", _("答复异议")),
    ("redemption.clear", _("公示期满")),
    ("redemption.commit", _("落实资金")),
    ("redemption.reopen", _("退回部门")),
]
