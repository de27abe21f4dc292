"""Accounts and roles. Operators keep them; every change leaves a line in the history."""

from datetime import date, timedelta
from typing import TypeVar

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import RoleGrant, User
from quintet.core.permissions import require
from quintet.core.roles import Role
from quintet.look.words import cn_date

Row = TypeVar("Row", User, RoleGrant)


@transaction.atomic
def create_account(*, username: str, display_name: str, email: str = "", by: User) -> User:
    """An account without a password and without roles: a link (`issue_password_link`) lets its owner choose the password."""
    require(by, Role.OPERATOR)
    if User.objects.filter(username__iexact=username).exists():
        raise ValidationError({"username": _("已有同名账号（不分大小写）。")})
    user = User(username=username, display_name=display_name, email=email)
    user.set_unusable_password()
    user.full_clean()
    return _saved(user, by=by)


@transaction.atomic
def change_account(user: User, *, display_name: str, email: str, by: User) -> User:
    require(by, Role.OPERATOR)
    user.display_name, user.email = display_name, email
    user.full_clean()
    return _saved(user, by=by)


@transaction.atomic
def issue_password_link(user: User, *, by: User) -> dict[str, str]:
    """The arguments of the address at which the account's owner sets a password.

    It works once, and for settings.PASSWORD_RESET_TIMEOUT seconds; a password there is stays until then.
    """
    require(by, Role.OPERATOR)
    if not user.is_active:
        raise DomainError(_("这个账号已停用。"), where=str(user), remedy=_("请先恢复账号，再签发链接。"))
    _saved(user, by=by, reason=_("签发设置密码的链接"))
    return _address(user)


@transaction.atomic
def deactivate(user: User, *, by: User, on: date, reason: str) -> None:
    """From now on nobody can sign in with the account, and its open sessions and tokens are refused. Roles stay as they are."""
    require(by, Role.OPERATOR)
    if user.pk == by.pk:
        raise NotAllowed(_("不能停用自己的账号。"), remedy=_("请由另一位系统管理员办理。"))
    _require_another_operator(Q(user=user), on=on)
    user.is_active = False
    _saved(user, by=by, reason=reason)


@transaction.atomic
def reactivate(user: User, *, by: User, reason: str) -> None:
    require(by, Role.OPERATOR)
    user.is_active = True
    _saved(user, by=by, reason=reason)


@transaction.atomic
def grant_role(
    user: User, role: str, *, unit: str = "", granted_on: date, last_day: date | None = None, by: User, on: date, reason: str = ""
) -> RoleGrant:
    """The role from `granted_on` up to and including `last_day`. Nobody grants a role to herself, and none begins in the past."""
    require(by, Role.OPERATOR)
    if user.pk == by.pk:
        raise NotAllowed(_("不能给自己授予角色。"), remedy=_("请由另一位系统管理员办理。"))
    if not user.is_active:
        raise DomainError(_("这个账号已停用。"), where=str(user), remedy=_("请先恢复账号，再授予角色。"))
    if role == Role.OFFICER and not unit:
        raise ValidationError({"unit": _("经办人须有部门。")})
    if role == Role.APPLICANT and unit:
        raise ValidationError({"unit": _("申报人不属于任何部门。")})
    if granted_on < on:
        raise ValidationError({"granted_on": _("角色不能从过去的日子开始。")})
    if last_day is not None and last_day < granted_on:
        raise ValidationError({"last_day": _("结束日期不能早于开始日期。")})
    # The user's row is locked, so that two requests cannot both grant the same.
    User.objects.select_for_update().get(pk=user.pk)
    revoked_on = last_day and last_day + timedelta(days=1)
    held = RoleGrant.objects.during(granted_on, revoked_on).filter(user=user, role=role, unit=unit).first()
    if held:
        end = cn_date(held.last_day) if held.last_day else _("长期")
        raise ValidationError(_("这段时间里已有同样的角色：%(start)s 至 %(end)s。") % {"start": cn_date(held.granted_on), "end": end})
    grant = RoleGrant(user=user, role=role, unit=unit, granted_on=granted_on, revoked_on=revoked_on)
    grant.full_clean()
    return _saved(grant, by=by, reason=reason)


MOST_DELEGATED_DAYS = 92


@transaction.atomic
def delegate(grant: RoleGrant, to: User, *, first_day: date, last_day: date, by: User, on: date) -> RoleGrant:
    """While somebody is away: a colleague has their role from `first_day` to `last_day`. A role that was itself delegated is not passed on.

    Who has a role by delegation alone is never the second pair of eyes for the one who delegated it (`permissions.second_pair_of_eyes`).
    """
    if grant.user_id != by.pk or grant.role not in (Role.OFFICER, Role.FINANCE_OFFICER) or grant.state(on) != "in_force":
        raise NotAllowed(_("只能委托自己现有的经办或财政经办角色。"))
    if grant.delegated_by_id is not None:
        raise NotAllowed(_("受托得来的角色不能再委托。"))
    if to.pk == by.pk or not to.is_active or not to.role_codes & {Role.OFFICER.value, Role.FINANCE_OFFICER.value}:
        raise DomainError(_("请选择另一位在岗的工作人员。"), where=str(to))
    if first_day < on or last_day < first_day:
        raise DomainError(_("委托从今天或以后开始，结束日期不能早于开始日期。"))
    if (last_day - first_day).days >= MOST_DELEGATED_DAYS:
        raise DomainError(_("一次委托最多 %(days)d 天。") % {"days": MOST_DELEGATED_DAYS}, remedy=_("更长的请系统管理员调整角色。"))
    User.objects.select_for_update().get(pk=to.pk)
    if RoleGrant.objects.during(first_day, last_day + timedelta(days=1)).filter(user=to, role=grant.role, unit=grant.unit).exists():
        raise DomainError(_("这段时间里这位同事已有同样的角色，不用委托。"), where=str(to))
    made = RoleGrant(
        user=to, role=grant.role, unit=grant.unit, granted_on=first_day, revoked_on=last_day + timedelta(days=1), delegated_by=by
    )
    made.full_clean()
    return _saved(made, by=by, reason=_("外出委托"))


@transaction.atomic
def end_delegation(grant: RoleGrant, *, by: User, on: date) -> None:
    """Back earlier: what was delegated ends before `on`."""
    if grant.delegated_by_id != by.pk:
        raise NotAllowed(_("只能收回自己的委托。"))
    if grant.state(on) == "ended":
        raise DomainError(_("这项委托已经结束。"), where=str(grant))
    grant.revoked_on = max(on, grant.granted_on)
    _saved(grant, by=by, reason=_("收回委托"))


@transaction.atomic
def revoke_role(grant: RoleGrant, *, by: User, on: date, reason: str) -> None:
    """The role ends before `on`; one that has not begun never begins. The row stays."""
    require(by, Role.OPERATOR)
    if grant.state(on) == "ended":
        raise DomainError(_("这个角色已经结束。"), where=str(grant))
    if grant.role == Role.OPERATOR:
        _require_another_operator(Q(pk=grant.pk), on=on)
    grant.revoked_on = max(on, grant.granted_on)
    _saved(grant, by=by, reason=reason)


@transaction.atomic
def open_operator(username: str, *, display_name: str = "", email: str = "", on: date, reason: str) -> tuple[User, dict[str, str]]:
    """For whoever may run commands at the machine: the account, new or known, is in use and an operator's without end.

    With the arguments of the address at which its owner sets a password.
    """
    user = User.objects.filter(username=username).first() or User(username=username)
    if user.pk is None:
        user.set_unusable_password()
    user.display_name, user.email, user.is_active = display_name or user.display_name, email or user.email, True
    user.full_clean()
    _saved(user, by=None, reason=reason)
    if not RoleGrant.objects.in_force(on).filter(user=user, role=Role.OPERATOR, revoked_on=None).exists():
        # One that has not begun would stand in the way of one that begins today.
        for coming in RoleGrant.objects.filter(user=user, role=Role.OPERATOR, unit="", revoked_on=None):
            coming.revoked_on = coming.granted_on
            _saved(coming, by=None, reason=reason)
        _saved(RoleGrant(user=user, role=Role.OPERATOR, granted_on=on), by=None, reason=reason)
    return user, _address(user)


def _require_another_operator(losing: Q, *, on: date) -> None:
    """When operators' grants are lost, another must be left: in force today, without an end, of an account in use.

    All of them are locked first: two operators who take the role from each other at once wait here.
    """
    operators = RoleGrant.objects.filter(role=Role.OPERATOR)
    list(operators.order_by("pk").select_for_update().values_list("pk"))
    working = operators.in_force(on).filter(user__is_active=True)
    if working.filter(losing).exists() and not working.filter(revoked_on=None).exclude(losing).exists():
        raise DomainError(_("这是最后一位系统管理员，不能停用或撤销。"), remedy=_("请先把系统管理员的角色长期授予另一个在用的账号。"))


def _address(user: User) -> dict[str, str]:
    return {"uidb64": urlsafe_base64_encode(force_bytes(user.pk)), "token": default_token_generator.make_token(user)}


def _saved(row: Row, *, by: User | None, reason: str = "") -> Row:
    row._history_user, row._change_reason = by, reason  # type: ignore[attr-defined]
    row.save()
    return row
