"""What this context records in the audit chain, in words."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quintet.core.models import RoleGrant, User
from quintet.core.roles import Role
from quintet.directory.models import PersonalDataLook
from quintet.policies.queries import unit_names


def _purpose(code: Any) -> str:
    return str(dict(PersonalDataLook.Purpose.choices).get(code, code))


def _unit(code: Any) -> str:
    return unit_names().get(str(code), str(code))


def _role(code: Any) -> str:
    return str(dict(Role.choices).get(code, code))


def _grant(key: Any) -> str:
    """The role and its department; who acts for an organisation acts under no role."""
    grant = RoleGrant.objects.filter(pk=key).first() if key else None
    if grant is None:
        return "" if key else gettext("单位的代理人（不据角色）")
    return f"{_role(grant.role)}（{_unit(grant.unit)}）" if grant.unit else _role(grant.role)


def _user(key: Any) -> str:
    user = User.objects.filter(pk=key).first() if isinstance(key, int) else None
    return str(user) if user else ""


records = [("directory.membership", "directory:membership"), ("directory.person", "directory:person")]
details = [
    ("granted_on", _("生效日期")),
    ("on", _("终止日期")),
    ("grant", _("所据角色")),
    ("lender", _("角色的委托人")),
    ("purpose", _("用途")),
    ("reference", _("对应事项")),
]
# of details that the chain keeps as codes and keys: what people read instead
values = [("purpose", _purpose), ("grant", _grant), ("lender", _user), ("unit", _unit), ("role", _role)]
actions = [
    ("directory.propose_membership", _("提出代理授权")),
    ("directory.accept_membership", _("本人同意代理授权")),
    ("directory.confirm_membership", _("确认代理授权")),
    ("directory.end_membership", _("终止代理授权")),
    ("directory.propose_duty", _("提出名录分工")),
    ("directory.confirm_duty", _("复核名录分工")),
    ("directory.end_duty", _("终止名录分工")),
    ("directory.propose_wrong_tie", _("提出关系登记有误")),
    ("directory.confirm_wrong_tie", _("复核关系登记有误")),
    ("directory.keep_tie", _("不同意关系登记有误")),
    ("directory.look", _("查看完整个人信息")),
    ("directory.find", _("按完整号码查人")),
]
