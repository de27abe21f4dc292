"""What this context records in the audit chain."""

from django.utils.translation import gettext_lazy as _

actions = [
    ("redemption.register_account", _("登记收款账户")),
    ("redemption.offer", _("邀请确认")),
    ("redemption.confirm", _("确认领取")),
    ("redemption.withdraw", _("撤回")),
    ("redemption.lapse", _("逾期失效")),
    ("redemption.check_form", _("形式审查")),
    ("redemption.review", _("部门初审")),
    ("redemption.return", _("告知补正")),
    ("redemption.resubmit", _("重新提交")),
    ("redemption.propose", _("提出决定")),
    ("redemption.decide", _("复核决定")),
    ("redemption.publish", _("公示")),
    ("redemption.object", _("收到异议")),
    ("redemption.answer", _("答复异议")),
    ("redemption.clear", _("公示期满")),
    ("redemption.commit", _("落实资金")),
    ("redemption.change_account", _("更换收款账户")),
    ("redemption.deliver", _("实物或岗位兑现")),
    ("redemption.make_batch", _("编制拨付批次")),
    ("redemption.order", _("列入拨付批次")),
    ("redemption.sign_batch", _("签发拨付批次")),
    ("redemption.drop_batch", _("作废拨付批次")),
    ("redemption.read_results", _("读回拨付结果")),
    ("redemption.paid", _("拨付到账")),
    ("redemption.bounced", _("拨付退回")),
    ("redemption.reopen", _("退回部门")),
]
