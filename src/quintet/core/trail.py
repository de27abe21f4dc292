"""What this context records in the audit chain, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

records = [("core.user", "web:account"), ("core.job", "web:job"), ("core.holidayplan", "web:holidays-plan")]
details = [
    ("state", _("状态")),
    ("source", _("来源")),
    ("proposal", _("账号事项编号")),
    ("kind", _("事项")),
    ("role", _("角色")),
    ("unit", _("部门")),
    ("target", _("对象编号")),
    ("roles_before", _("改动前")),
    ("roles_after", _("改动后")),
    ("reason", _("理由")),
    ("first_day", _("开始日期")),
    ("last_day", _("有效至")),
    ("proposed_by", _("提出人")),
    ("asked_by", _("申请人")),
    ("days", _("放假和调休")),
    ("moved", _("顺延的期限")),
    ("done", _("已办理")),
    ("rows", _("记录数")),
    ("sealed", _("所改记录的校验值")),
    ("not_as_sealed", _("与前次办理不符的记录")),
]


def _days(value: Any, _details: Mapping[str, Any]) -> str:
    off = sum(not works for _day, works, _name in value)
    return gettext("放假 %(off)d 天，调休上班 %(on)d 天") % {"off": off, "on": len(value) - off}


def _moved(value: Any, _details: Mapping[str, Any]) -> str:
    """Per kind of term how many were moved on."""
    return gettext("共 %(n)d 件") % {"n": sum(value.values())} if value else ""


writers = [("days", _days), ("moved", _moved)]
actions = [
    ("core.create_account", _("新建账号")),
    ("core.rename_account", _("修改账号的姓名")),
    ("core.propose_account", _("提出账号事项")),
    ("core.confirm_account", _("复核账号事项")),
    ("core.open_code", _("查看密码链接的验证码")),
    ("core.drop_account", _("不办理账号事项")),
    ("core.grant_role", _("授予角色")),
    ("core.end_role", _("撤销角色")),
    ("core.deactivate_account", _("停用账号")),
    ("core.open_operator", _("在服务器上设立系统管理员")),
    ("core.delegate", _("外出委托")),
    ("core.end_delegation", _("收回委托")),
    ("core.change_password", _("设置密码")),
    ("core.renew_password_hash", _("登录时按现行强度重新保存密码")),
    ("core.start_job", _("发起后台任务")),
    ("core.seal_as_found", _("按现状封存")),
    ("core.add_second_factor", _("添加第二因素")),
    ("core.remove_second_factor", _("移除第二因素")),
    ("core.new_recovery_codes", _("签发新的恢复码")),
    ("core.use_recovery_code", _("使用恢复码")),
    ("core.demand_second_factor", _("改变哪些角色须用第二因素登录")),
    ("core.ask_lifting", _("提出取消第二因素要求")),
    ("core.lift_second_factor", _("取消第二因素要求")),
    ("core.keep_second_factor", _("保留第二因素要求")),
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
