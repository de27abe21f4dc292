"""Accounts and the audit chain as an operator and an auditor see them."""

from datetime import timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core.audit import first_moment, last_moment
from quintet.core.models import AuditEntry, RoleGrant, User
from quintet.directory.queries.history import Change
from quintet.look.words import cn_date
from quintet.policies.queries import unit_names

CHANGES = 100


def accounts() -> QuerySet[User]:
    """All accounts with the grants that are in force today as `held`: two queries, however many there are."""
    held = RoleGrant.objects.in_force(timezone.localdate()).order_by("role", "unit")
    return User.objects.order_by("username").prefetch_related(Prefetch("grants", held, to_attr="held"))


def grant_text(grant: Any, names: dict[str, str]) -> str:
    role = str(grant.get_role_display())
    return _("%(role)s（%(unit)s）") % {"role": role, "unit": names.get(grant.unit, grant.unit)} if grant.unit else role


def grants_of(user: User) -> list[dict[str, Any]]:
    """Every role the account has, had or will have, those without an end first."""
    today, names = timezone.localdate(), unit_names()
    held = set(RoleGrant.objects.in_force(today).filter(user=user).values_list("pk", flat=True))
    states = {"in_force": (_("有效"), "ok"), "coming": (_("未开始"), "info"), "ended": (_("已结束"), "muted")}
    lapsed = (_("失效：委托人或受托人已没有自己的角色"), "warn")
    grants = sorted(user.grants.all(), key=lambda grant: (grant.state(today) == "ended", -grant.granted_on.toordinal(), grant.pk))
    return [
        {
            "grant": grant,
            "unit": names.get(grant.unit, grant.unit),
            "state": lapsed if grant.state(today) == "in_force" and grant.pk not in held else states[grant.state(today)],
            "open": grant.state(today) != "ended",
        }
        for grant in grants
    ]


def account_changes(user: User) -> list[Change]:
    """What was changed of the account and of its roles, newest first, at most CHANGES lines."""
    found = [*_of_account(user), *_of_grants(user)]
    return sorted(found, key=lambda change: change.when, reverse=True)[:CHANGES]


FIELDS = {"username": gettext_lazy("用户名"), "display_name": gettext_lazy("姓名"), "email": gettext_lazy("邮箱")}


def _of_account(user: User) -> list[Change]:
    versions = list(user.history.select_related("history_user").order_by("history_id"))
    return [_change(version, _account_kind(before, version), _differences(before, version)) for before, version in _pairs(versions)]


def _of_grants(user: User) -> list[Change]:
    names, found = unit_names(), []
    last: dict[int, Any] = {}
    for version in RoleGrant.history.filter(user_id=user.pk).select_related("history_user").order_by("history_id"):
        before, last[version.id] = last.get(version.id), version
        kind = _("授予角色") if version.history_type == "+" else _("撤销角色")
        fields = [(grant_text(version, names), _period(before) if before else "—", _period(version))]
        found.append(_change(version, kind, fields))
    return found


def _pairs(versions: list[Any]) -> list[tuple[Any, Any]]:
    return list(zip([None, *versions[:-1]], versions, strict=True))


def _change(version: Any, kind: str, fields: list[tuple[str, str, str]]) -> Change:
    return Change(version.history_date, str(version.history_user or _("系统")), kind, version.history_change_reason or "", fields)


def _account_kind(before: Any, version: Any) -> str:
    if version.history_type == "+":
        return _("新建")
    if before is not None and before.is_active != version.is_active:
        return _("恢复账号") if version.is_active else _("停用账号")
    return _("修改") if _differences(before, version) else _("密码")


def _differences(before: Any, version: Any) -> list[tuple[str, str, str]]:
    if before is None:
        return []
    return [
        (str(label), _text(getattr(before, name)), _text(getattr(version, name)))
        for name, label in FIELDS.items()
        if getattr(before, name) != getattr(version, name)
    ]


def _text(value: Any) -> str:
    return str(value) or _("（空）")


def _period(grant: Any) -> str:
    """From its first day to its last, both included."""
    if grant.revoked_on is None:
        return _("%(start)s 起") % {"start": cn_date(grant.granted_on)}
    if grant.revoked_on == grant.granted_on:
        return _("%(start)s 即行撤销") % {"start": cn_date(grant.granted_on)}
    return _("%(start)s 至 %(end)s") % {"start": cn_date(grant.granted_on), "end": cn_date(grant.revoked_on - timedelta(days=1))}


def audit_lines(wanted: dict[str, Any]) -> QuerySet[AuditEntry]:
    """Lines of the audit chain, the latest first: {action, record, by (a name), unit (a department), start, end (days)}."""
    found = AuditEntry.objects.select_related("by").order_by("-number")
    for name in ("action", "record"):
        if wanted.get(name):
            found = found.filter(**{name: wanted[name].strip()})
    if wanted.get("by"):
        found = found.filter(by__in=User.objects.filter(display_name__icontains=wanted["by"].strip()).values("pk"))
    if wanted.get("unit"):
        found = found.filter(by__in=RoleGrant.objects.filter(unit=wanted["unit"]).values("user"))
    if wanted.get("start"):
        found = found.filter(at__gte=first_moment(wanted["start"]))
    if wanted.get("end"):
        found = found.filter(at__lt=last_moment(wanted["end"]))
    return found
