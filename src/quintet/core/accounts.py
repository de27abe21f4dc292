"""What an account, a role and a password link are made of. Who may ask for it, `core.actions` and `core.account_proposals` say."""

from datetime import date, timedelta
from typing import TypeVar

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import departments
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import RoleGrant, User
from quintet.core.notify import mail_text, tell
from quintet.core.roles import Role
from quintet.core.texts import LONGEST_REASON, shortened
from quintet.look.words import cn_date
from quintet.reading.dates import LATEST

Row = TypeVar("Row", User, RoleGrant)
PAGE = "/me/"


def saved(row: Row, *, by: User | None, reason: str = "") -> Row:
    """Saved, with its line in the history; the audit chain keeps the reason whole."""
    row._history_user, row._change_reason = by, shortened(reason, LONGEST_REASON)  # type: ignore[attr-defined]
    row.save()
    return row


def tell_owner(user: User, text: str) -> None:
    """At once, also by mail; who cannot sign in any more is told by mail alone."""
    tell([user.pk], text, kind="account", url=PAGE, urgent=True)
    if not user.is_active and user.email:
        mail_text([user.email], text)


def role_said(grant: RoleGrant) -> str:
    """For messages, in Chinese: the role, its department, its days, and whose it is where it was lent."""
    with override("zh-hans"):
        end = _("至 %(day)s") % {"day": cn_date(grant.last_day)} if grant.last_day else _("长期")
        parts = [_("自 %(day)s 起") % {"day": cn_date(grant.granted_on)}, end]
        if grant.delegated_by_id is not None:
            parts.append(_("由 %(name)s 委托") % {"name": grant.delegated_by})
        unit = f"（{departments.name_of(grant.unit)}）" if grant.unit else ""
        return f"{grant.get_role_display()}{unit}，{'，'.join(parts)}"


def operators(on: date) -> set[int]:
    """Keys of those who are operators on a day and can sign in."""
    return set(RoleGrant.objects.in_force(on).filter(role=Role.OPERATOR, user__is_active=True).values_list("user", flat=True))


def password_address(user: User) -> dict[str, str]:
    """The arguments of the address at which the account's owner sets a password.

    It works once, and for settings.PASSWORD_RESET_TIMEOUT seconds; a password there is stays until then.
    """
    return {"uidb64": urlsafe_base64_encode(force_bytes(user.pk)), "token": default_token_generator.make_token(user)}


def check_role(user: User, role: str, *, unit: str, first_day: date, last_day: date | None, by: User, on: date) -> None:
    """Raises what stands against the role: nobody grants one to herself, and none begins in the past."""
    if by.is_also(user.pk):
        raise NotAllowed(_("不能给自己授予角色。"), remedy=_("请由另一位系统管理员办理。"))
    if not user.is_active:
        raise DomainError(_("这个账号已停用。"), where=str(user), remedy=_("请先恢复账号，再授予角色。"))
    if role == Role.OFFICER and not unit:
        raise ValidationError({"unit": _("经办人须有部门。")})
    if role == Role.APPLICANT and unit:
        raise ValidationError({"unit": _("申报人不属于任何部门。")})
    if first_day < on:
        raise ValidationError({"granted_on": _("角色不能从过去的日子开始。")})
    if last_day is not None and last_day < first_day:
        raise ValidationError({"last_day": _("结束日期不能早于开始日期。")})
    if max(first_day, last_day or first_day) > LATEST:
        raise ValidationError({"last_day": _("日期最晚到 %(day)s；长期有效的不用填。") % {"day": cn_date(LATEST)}})
    grant = RoleGrant(user=user, role=role, unit=unit, granted_on=first_day, revoked_on=last_day and last_day + timedelta(days=1))
    _check_not_held(grant)
    grant.full_clean()


def _check_not_held(grant: RoleGrant) -> None:
    same = RoleGrant.objects.during(grant.granted_on, grant.revoked_on).filter(user=grant.user, role=grant.role, unit=grant.unit)
    if held := same.first():
        end = cn_date(held.last_day) if held.last_day else _("长期")
        raise ValidationError(_("这段时间里已有同样的角色：%(start)s 至 %(end)s。") % {"start": cn_date(held.granted_on), "end": end})


def give_role(
    user: User, role: str, *, unit: str, first_day: date, last_day: date | None, by: User, on: date, reason: str = ""
) -> RoleGrant:
    """The role from `first_day` up to and including `last_day`. The user's row is locked, so that two requests cannot both give the same."""
    User.objects.select_for_update().get(pk=user.pk)
    check_role(user, role, unit=unit, first_day=first_day, last_day=last_day, by=by, on=on)
    revoked_on = last_day and last_day + timedelta(days=1)
    return saved(RoleGrant(user=user, role=role, unit=unit, granted_on=first_day, revoked_on=revoked_on), by=by, reason=reason)


def require_another_operator(losing: Q, *, on: date) -> None:
    """When operators' grants are lost, another must be left: in force today, without an end, of an account in use.

    All of them are locked first: two operators who take the role from each other at once wait here.
    """
    grants = RoleGrant.objects.filter(role=Role.OPERATOR)
    list(grants.order_by("pk").select_for_update().values_list("pk"))
    working = grants.in_force(on).filter(user__is_active=True)
    if working.filter(losing).exists() and not working.filter(revoked_on=None).exclude(losing).exists():
        raise DomainError(_("这是最后一位系统管理员，不能停用或撤销。"), remedy=_("请先把系统管理员的角色长期授予另一个在用的账号。"))
