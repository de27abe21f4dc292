"""What this context records in the audit chain, in words: every action, in the order in which a case meets them."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

# Numbers that people know → the record of the chain: 2021-T6-000069; BF2021-00001, also as the number of one of its payments.
numbers = [
    (re.compile(r"\s*\d{4}-[A-Za-z0-9.]{1,20}-0*(\d{1,9})\s*", re.ASCII), "redemption.claim"),
    (re.compile(r"\s*BF\d{4}-0*(\d{1,9})(?:-\d{1,9})?\s*", re.ASCII | re.IGNORECASE), "redemption.paymentbatch"),
]
records = [
    ("redemption.claim", "redemption:claim"),
    ("redemption.paymentbatch", "redemption:batch"),
    ("redemption.call", "redemption:call"),
    ("redemption.expert", "redemption:expert"),
    ("redemption.expertchange", "redemption:expert-change"),
    ("redemption.notice", "redemption:notice"),
]
# what a line's details are called
details = [
    ("amount_fen", _("金额")),
    ("granted", _("予以兑现")),
    ("reasons", _("理由")),
    ("reason", _("理由")),
    ("remark", _("复核意见")),
    ("opinion", _("意见")),
    ("missing", _("缺少或不符的")),
    ("changed", _("与原评估不同")),
    ("points", _("得分")),
    ("passed", _("通过")),
    ("closes_on", _("截止日期")),
    ("name", _("文件名")),
    ("what", _("内容")),
    ("received_fen", _("已退金额")),
    ("due_on", _("期限")),
]


def _points(value: Any, details: Mapping[str, Any]) -> str:
    """One expert's sheet holds whole points, the mean of a panel hundredths of one."""
    return f"{value // 100}.{value % 100:02d}" if "panel" in details else str(value)


# how a detail is written that its value alone does not tell: (details' name, function of value and all details)
writers = [("points", _points)]
actions = [
    ("redemption.call", _("发布申报通知")),
    ("redemption.change_call", _("修改申报通知")),
    ("redemption.register_account", _("登记收款账户")),
    ("redemption.offer", _("邀请确认")),
    ("redemption.confirm", _("确认领取")),
    ("redemption.add_file", _("提交材料")),
    ("redemption.remove_file", _("移除材料")),
    ("redemption.submit", _("提交申报")),
    ("redemption.withdraw", _("撤回")),
    ("redemption.lapse", _("逾期失效")),
    ("redemption.check_form", _("形式审查")),
    ("redemption.review", _("部门初审")),
    ("redemption.return", _("告知补正")),
    ("redemption.resubmit", _("重新提交")),
    ("redemption.judge", _("认定事实")),
    ("redemption.recheck", _("按名录重新核对")),
    ("redemption.propose_expert", _("提出专家入库或出库")),
    ("redemption.enter_expert", _("专家入库")),
    ("redemption.retire_expert", _("专家出库")),
    ("redemption.refuse_expert", _("不同意专家入库或出库")),
    ("redemption.add_tie", _("登记回避关系")),
    ("redemption.draw", _("抽取评审专家")),
    ("redemption.propose_unseat", _("提出更换评审专家")),
    ("redemption.unseat", _("更换评审专家")),
    ("redemption.keep_seat", _("不同意更换评审专家")),
    ("redemption.declare", _("声明无需回避")),
    ("redemption.recuse", _("回避")),
    ("redemption.substitute", _("递补评审专家")),
    ("redemption.score", _("专家评分")),
    ("redemption.close_panel", _("汇总专家评审")),
    ("redemption.vote", _("联审表决")),
    ("redemption.propose", _("提出决定")),
    ("redemption.decide", _("复核决定")),
    ("redemption.publish", _("公示")),
    ("redemption.take_up", _("受理异议")),
    ("redemption.object", _("收到异议")),
    ("redemption.propose_upholding", _("提出异议成立")),
    ("redemption.answer", _("答复异议")),
    ("redemption.keep_decision", _("维持原决定")),
    ("redemption.clear", _("公示期满")),
    ("redemption.commit", _("落实资金")),
    ("redemption.change_account", _("更换收款账户")),
    ("redemption.confirm_account", _("核实收款账户的更换")),
    ("redemption.deliver", _("实物或岗位兑现")),
    ("redemption.make_batch", _("编制拨付批次")),
    ("redemption.order", _("列入拨付批次")),
    ("redemption.sign_batch", _("签发拨付批次")),
    ("redemption.drop_batch", _("作废拨付批次")),
    ("redemption.read_results", _("读回拨付结果")),
    ("redemption.paid", _("拨付到账")),
    ("redemption.bounced", _("拨付退回")),
    ("redemption.reopen", _("退回部门")),
    ("redemption.instalment", _("下一期进入核查")),
    ("redemption.appraise", _("绩效评价")),
    ("redemption.propose_clawback", _("提出追回")),
    ("redemption.confirm_clawback", _("复核追回")),
    ("redemption.propose_drop", _("提出撤销追回")),
    ("redemption.drop_clawback", _("撤销追回")),
    ("redemption.receive_return", _("收到退款")),
    ("redemption.propose_release", _("提出不再拨付")),
    ("redemption.release", _("释放资金")),
]
