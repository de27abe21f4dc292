"""What this context records in the audit chain, in words: every action, in the order in which a case meets them."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quintet.directory.models import Organisation
from quintet.look.words import listed
from quintet.policies.engine import policies
from quintet.policies.queries import said, task_number
from quintet.redemption.models import Expert

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
    ("again_on", _("下次评价")),
    ("result", _("评价结果")),
    ("vote", _("表决")),
    ("upheld", _("异议成立")),
    ("opens_on", _("开始日期")),
    ("published_on", _("公示开始")),
    ("ends_on", _("公示截止")),
    ("count", _("笔数")),
    ("sum_fen", _("合计金额")),
    ("paid", _("到账（笔）")),
    ("returned", _("退回（笔）")),
    ("known", _("此前已记（笔）")),
    ("rule", _("奖补事项")),
    ("fact", _("认定的事实")),
    ("value", _("认定为")),
    ("facts", _("填报的事实")),
    ("checked", _("已核对（项）")),
    ("drawn", _("抽中（人）")),
    ("pool", _("候选（人）")),
    ("excluded", _("排除（人）")),
    ("joined", _("并入的异议（件）")),
    ("objections", _("未受理的异议（件）")),
    ("expert", _("评审专家")),
    ("employer", _("工作单位")),
    ("field", _("专业领域")),
]


def _points(value: Any, details: Mapping[str, Any]) -> str:
    """One expert's sheet holds whole points, the mean of a panel hundredths of one."""
    return f"{value // 100}.{value % 100:02d}" if "panel" in details else str(value)


def _number(value: Any, _details: Mapping[str, Any]) -> str:
    """Of a list of keys people read how many there are."""
    return str(len(value)) if isinstance(value, list) else str(value)


def _fact(code: Any) -> str:
    found = (subject.facts.get(str(code)) for chosen in policies() for subject in chosen.pack.subjects.values())
    return next((said(spec.label) for spec in found if spec is not None), str(code))


def _facts(value: Any, _details: Mapping[str, Any]) -> str:
    words = {True: gettext("是"), False: gettext("否")}
    return listed(f"{_fact(code)}（{words[known] if isinstance(known, bool) else known}）" for code, known in value.items())


def _rule(code: Any) -> str:
    rules = (rule for chosen in policies() for rule in chosen.pack.rules)
    return next((said(rule.title) for rule in rules if rule.id == code), str(code))


def _expert(key: Any) -> str:
    expert = Expert.objects.filter(pk=key).select_related("person").first() if isinstance(key, int) else None
    return str(expert) if expert else ""


def _employer(key: Any) -> str:
    organisation = Organisation.objects.filter(pk=key).first() if isinstance(key, int) else None
    return str(organisation) if organisation else ""


values = [("clause", task_number), ("fact", _fact), ("rule", _rule), ("expert", _expert), ("employer", _employer)]
# how a detail is written that its value alone does not tell: (details' name, function of value and all details)
COUNTED = ("checked", "drawn", "pool", "excluded", "joined", "objections")
writers = [("points", _points), ("facts", _facts), *((name, _number) for name in COUNTED)]
actions = [
    ("redemption.call", _("发布申报通知")),
    ("redemption.change_call", _("修改申报通知")),
    ("redemption.register_account", _("登记收款账户")),
    ("redemption.evaluate_city", _("全市评估")),
    ("redemption.offer", _("邀请确认")),
    ("redemption.confirm", _("确认领取")),
    ("redemption.add_file", _("提交材料")),
    ("redemption.remove_file", _("移除材料")),
    ("redemption.offer_again", _("再次邀请确认")),
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
    ("redemption.stop", _("公示期满，有未受理的异议")),
    ("redemption.commit", _("落实资金")),
    ("redemption.change_account", _("更换收款账户")),
    ("redemption.confirm_account", _("核实收款账户的更换")),
    ("redemption.compare_account", _("查看要核实的完整收款账号")),
    ("redemption.compare_accounts", _("查看批次的完整收款账号")),
    ("redemption.deliver", _("实物或岗位兑现")),
    ("redemption.make_batch", _("编制拨付批次")),
    ("redemption.order", _("列入拨付批次")),
    ("redemption.sign_batch", _("签发拨付批次")),
    ("redemption.drop_batch", _("作废拨付批次")),
    ("redemption.upload_results", _("上传回盘文件")),
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
