"""Accounts and roles. Operators keep them; every change leaves a line in the history."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from quintet.core import acts
from quintet.core.account_proposals import ALONE
from quintet.core.accounts import give_role, operators, password_address, require_another_operator, role_said, saved, tell_owner
from quintet.core.audit import Log, recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import RoleGrant, RoleGrantQuerySet, User
from quintet.core.notify import tell
from quintet.core.reliance import grants_behind, require_as_sealed
from quintet.core.roles import LENT, Role
from quintet.look.registry import collect
from quintet.look.words import cn_date
from quintet.reading.names import same


def create_account(*, username: str, display_name: str, email: str = "", by: User) -> User:
    """An account without a password and without roles: a link (`account_proposals.propose_password_link`) lets its owner choose one."""
    right = acts.CREATE_ACCOUNT.right(by)
    username = User.normalize_username(username)  # as signing in reads it
    if any(same(username, other) for other in User.objects.order_by().values_list("username", flat=True)):
        raise ValidationError({"username": _("已有同名账号（不分大小写）。")})
    user = User(username=username, display_name=display_name, email=email)
    user.set_unusable_password()
    user.full_clean()
    with recorded() as log:
        saved(user, by=by)
        log.record("core.create_account", user, _("新建账号：%(name)s") % {"name": user}, by=by, **right.details)
    return user


def rename_account(user: User, *, display_name: str, by: User) -> User:
    """The name that pages show. The user name stays, and the mail address needs a second operator."""
    right = acts.CREATE_ACCOUNT.right(by)
    with recorded() as log:
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.display_name == display_name:
            return user
        if by.is_also(user.pk):
            raise NotAllowed(_("不能修改自己账号的姓名。"), remedy=_("请由另一位系统管理员办理。"))
        before, user.display_name = user.display_name, display_name
        user.full_clean()
        saved(user, by=by)
        log.record("core.rename_account", user, _("修改姓名：%(name)s") % {"name": user}, by=by, **right.details)
        tell_owner(user, _("您账号的姓名由“%(before)s”改为“%(name)s”。") % {"before": before, "name": user})
    return user


def deactivate(user: User, *, by: User, on: date, reason: str) -> None:
    """From now on nobody can sign in with the account, and its open sessions and tokens are refused. Roles stay as they are; what it lent ends.

    Contexts tell whoever has to know (`account_ended` in their `departures.py`).
    """
    right = acts.DEACTIVATE.right(by)
    if by.is_also(user.pk):
        raise NotAllowed(_("不能停用自己的账号。"), remedy=_("请由另一位系统管理员办理。"))
    with recorded() as log:
        require_another_operator(Q(user=user), on=on)
        user.is_active = False
        saved(user, by=by, reason=reason)
        log.record("core.deactivate_account", user, _("停用账号：%(name)s") % {"name": user}, by=by, reason=reason, **right.details)
        tell_owner(user, _("您的账号 %(name)s 已停用：%(reason)s") % {"name": user.username, "reason": reason})
        for account_ended in collect("departures", "account_ended", everywhere=False):
            account_ended(user)
        lent = _locked(RoleGrant.objects.open(on).filter(delegated_by=user))
        _end_loans(lent, _("委托人的账号已停用"), by=by, on=on, log=log)


def leave(user: User, *, by: User, on: date, reason: str) -> None:
    """Somebody leaves the service: every role of theirs ends, those they lent and borrowed too, and the account is deactivated. All or nothing.

    What they did stays theirs. Cases belong to departments, so nothing has to be handed over by hand.
    """
    acts.LEAVE.right(by)
    if by.is_also(user.pk):
        raise NotAllowed(_("不能为自己办理离岗。"), remedy=_("请由另一位系统管理员办理。"))
    with recorded():
        for grant in _locked(RoleGrant.objects.filter(Q(user=user) | Q(delegated_by=user))):
            grant.refresh_from_db(fields=["revoked_on"])  # what was lent has ended with the lender's own
            if grant.state(on) != "ended":
                revoke_role(grant, by=by, on=on, reason=reason)
        if user.is_active:
            deactivate(user, by=by, on=on, reason=reason)


def grant_role(
    user: User, role: str, *, unit: str = "", granted_on: date, last_day: date | None = None, by: User, on: date, reason: str = ""
) -> RoleGrant:
    """A role that one operator may grant alone; every other is proposed and confirmed (`account_proposals.propose_role`)."""
    right = acts.GRANT_APPLICANT.right(by)
    if role not in ALONE:
        raise NotAllowed(_("这个角色须由一位系统管理员提出、另一位复核。"))
    with recorded() as log:
        require_as_sealed(grants_behind(right), where=str(user))
        grant = give_role(user, role, unit=unit, first_day=granted_on, last_day=last_day, by=by, on=on, reason=reason)
        log.record("core.grant_role", user, _("授予角色：%(grant)s") % {"grant": grant}, by=by, grant=grant.pk, reason=reason)
        tell_owner(user, _("您的账号获得角色：%(role)s。") % {"role": role_said(grant)})
    return grant


MOST_DELEGATED_DAYS = 92  # of one role: in one loan, and in any YEAR
YEAR = timedelta(days=365)
MOST_DAYS_AHEAD = 92


def delegate(grant: RoleGrant, to: User, *, first_day: date, last_day: date, by: User, on: date) -> RoleGrant:
    """While somebody is away: a colleague has their role from `first_day` to `last_day`. A role that was itself delegated is not passed on.

    A loan is never longer than the lender's own role, and ends with it. Who has a role by delegation alone is never the second pair of
    eyes for the one who delegated it (`permissions.second_pair_of_eyes`). Raises NotAllowed, DomainError.
    """
    with recorded() as log:
        to = User.objects.select_for_update().get(pk=to.pk)
        grant = RoleGrant.objects.select_for_update().get(pk=grant.pk)
        _check_lendable(grant, by=by, on=on)
        require_as_sealed([grant], where=str(grant))
        _check_borrower(grant, to, by=by, on=on)
        _check_days(grant, first_day, last_day, on=on)
        days = (first_day, last_day + timedelta(days=1))
        if RoleGrant.objects.during(*days).filter(user=to, role=grant.role, unit=grant.unit).exists():
            raise DomainError(_("这段时间里这位同事已有同样的角色，不用委托。"), where=str(to))
        made = RoleGrant(user=to, role=grant.role, unit=grant.unit, granted_on=first_day, revoked_on=days[1], delegated_by=by)
        made.full_clean()
        saved(made, by=by, reason=_("外出委托"))
        period = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
        log.record("core.delegate", to, _("外出委托：%(grant)s") % {"grant": made}, by=by, grant=made.pk, **period)
        tell_owner(to, _("%(by)s 把角色委托给您：%(role)s。") % {"by": by, "role": role_said(made)})
    return made


def _check_lendable(grant: RoleGrant, *, by: User, on: date) -> None:
    if grant.user_id != by.pk or grant.role not in LENT or grant.state(on) != "in_force":
        raise NotAllowed(_("只能委托自己现有的经办或财政经办角色。"))
    if grant.delegated_by_id is not None:
        raise NotAllowed(_("受托得来的角色不能再委托。"))


def _check_borrower(grant: RoleGrant, to: User, *, by: User, on: date) -> None:
    if by.is_also(to.pk) or not RoleGrant.objects.working(on).filter(user=to).exists():
        raise DomainError(_("请选择另一位在岗的工作人员。"), where=str(to))


def _check_days(grant: RoleGrant, first_day: date, last_day: date, *, on: date) -> None:
    if first_day < on or last_day < first_day:
        raise DomainError(_("委托从今天或以后开始，结束日期不能早于开始日期。"))
    if (first_day - on).days > MOST_DAYS_AHEAD:
        raise DomainError(_("委托最多提前 %(days)d 天办理。") % {"days": MOST_DAYS_AHEAD}, remedy=_("请在临近时再办理。"))
    if (last_day - first_day).days >= MOST_DELEGATED_DAYS:
        raise DomainError(_("一次委托最多 %(days)d 天。") % {"days": MOST_DELEGATED_DAYS}, remedy=_("更长的请系统管理员调整角色。"))
    if grant.last_day is not None and last_day > grant.last_day:
        raise DomainError(
            _("您的这个角色到 %(day)s 为止，委托不能更长。") % {"day": cn_date(grant.last_day)}, remedy=_("请把结束日期改到这一天或更早。")
        )
    if _most_lent(grant, first_day, last_day) > MOST_DELEGATED_DAYS:
        raise DomainError(
            _("同一个角色一年内委托出去的日子合计最多 %(days)d 天。") % {"days": MOST_DELEGATED_DAYS},
            remedy=_("更长的请系统管理员调整角色。"),
        )


def _most_lent(grant: RoleGrant, first_day: date, last_day: date) -> int:
    """On how many days of a YEAR the role would be lent, to whomever, where they are most: loans in a row are one long loan."""
    loans = RoleGrant.objects.filter(delegated_by=grant.user_id, role=grant.role, unit=grant.unit)
    near = loans.during(first_day - YEAR, last_day + YEAR)
    periods = [(first_day, last_day), *((loan.granted_on, loan.last_day) for loan in near if loan.last_day)]
    lent = {start + timedelta(days=n) for start, end in periods for n in range((end - start).days + 1)}
    return max(sum(end - YEAR < day <= end for day in lent) for _start, end in periods)


def end_delegation(grant: RoleGrant, *, by: User, on: date) -> None:
    """Back earlier: what was delegated ends before `on`."""
    if grant.delegated_by_id != by.pk:
        raise NotAllowed(_("只能收回自己的委托。"))
    with recorded() as log:
        grant.refresh_from_db(from_queryset=RoleGrant.objects.select_for_update())
        if grant.state(on) == "ended":
            raise DomainError(_("这项委托已经结束。"), where=str(grant))
        said = role_said(grant)
        grant.revoked_on = max(on, grant.granted_on)
        saved(grant, by=by, reason=_("收回委托"))
        log.record("core.end_delegation", grant.user, _("收回委托：%(grant)s") % {"grant": grant}, by=by, grant=grant.pk)
        text = _("%(by)s 收回了委托给您的角色：%(role)s。自 %(day)s 起不再有效。")
        tell_owner(grant.user, text % {"by": by, "role": said, "day": cn_date(grant.revoked_on)})


def revoke_role(grant: RoleGrant, *, by: User, on: date, reason: str) -> None:
    """The role ends before `on`; one that has not begun never begins. The row stays. One operator is enough; the owner is told.

    With it ends what the owner has lent of it; with the owner's last role of an officer, what was lent to them.
    """
    with recorded(under=acts.END_ROLE.right(by)) as log:
        grant.refresh_from_db(from_queryset=RoleGrant.objects.select_for_update())
        if grant.state(on) == "ended":
            raise DomainError(_("这个角色已经结束。"), where=str(grant))
        if grant.role == Role.OPERATOR:
            require_another_operator(Q(pk=grant.pk), on=on)
        _ended(grant, by=by, on=on, reason=reason, log=log)
        if grant.delegated_by_id is None:
            _end_loans_without_a_right(grant, by=by, on=on, log=log)


def _ended(grant: RoleGrant, *, by: User, on: date, reason: str, log: Log) -> None:
    said = role_said(grant)
    grant.revoked_on = max(on, grant.granted_on)
    saved(grant, by=by, reason=reason)
    log.record("core.end_role", grant.user, _("撤销角色：%(grant)s") % {"grant": grant}, by=by, grant=grant.pk, reason=reason)
    text = _("您的角色已结束：%(role)s。自 %(day)s 起不再有效。理由：%(reason)s")
    tell_owner(grant.user, text % {"role": said, "day": cn_date(grant.revoked_on), "reason": reason})


def _end_loans_without_a_right(ended: RoleGrant, *, by: User, on: date, log: Log) -> None:
    """A role of somebody's own has ended."""
    lent = RoleGrant.objects.open(on).filter(delegated_by=ended.user_id, role=ended.role, unit=ended.unit)
    _end_loans([loan for loan in _locked(lent) if not _lender_holds_it(loan, on)], _("委托人的角色已结束"), by=by, on=on, log=log)
    if ended.role in LENT and not RoleGrant.objects.own().dated(on).filter(user=ended.user_id, role__in=LENT).exists():
        borrowed = RoleGrant.objects.open(on).filter(user=ended.user_id, delegated_by__isnull=False)
        _end_loans(_locked(borrowed), _("受托人自己的经办角色已结束"), by=by, on=on, log=log)


def _end_loans(loans: Iterable[RoleGrant], reason: str, *, by: User, on: date, log: Log) -> None:
    for loan in loans:
        _ended(loan, by=by, on=on, reason=reason, log=log)


def _locked(grants: RoleGrantQuerySet) -> RoleGrantQuerySet:
    return grants.select_related("user").order_by("pk").select_for_update(of=("self",))


def _lender_holds_it(loan: RoleGrant, on: date) -> bool:
    """On every day that is left of it, by one grant of their own."""
    own = RoleGrant.objects.own().dated(max(on, loan.granted_on)).filter(user=loan.delegated_by_id, role=loan.role, unit=loan.unit)
    return own.filter(Q(revoked_on=None) | Q(revoked_on__gte=loan.revoked_on)).exists()


def open_operator(username: str, *, display_name: str = "", email: str = "", on: date, reason: str) -> tuple[User, dict[str, str]]:
    """For whoever may run commands at the machine: the account, new or known, is in use and an operator's without end.

    With the arguments of the address at which its owner sets a password. Every other operator is told.
    """
    user = User.objects.filter(username=username).first() or User(username=username)
    if user.pk is None:
        user.set_unusable_password()
    user.display_name, user.email, user.is_active = display_name or user.display_name, email or user.email, True
    user.full_clean()
    with recorded() as log:
        saved(user, by=None, reason=reason)
        _open_operators_role(user, on=on, reason=reason)
        log.record("core.open_operator", user, _("在服务器上设立系统管理员：%(name)s") % {"name": user}, by=None)
        text = _("在服务器上设立了系统管理员 %(name)s，并签发了设置密码的链接。") % {"name": user}
        tell(sorted(operators(on)), text, kind="account", url="/accounts/", urgent=True)
    return user, password_address(user)


def _open_operators_role(user: User, *, on: date, reason: str) -> None:
    if RoleGrant.objects.in_force(on).filter(user=user, role=Role.OPERATOR, revoked_on=None).exists():
        return
    # One that has not begun would stand in the way of one that begins today.
    for coming in RoleGrant.objects.filter(user=user, role=Role.OPERATOR, unit="", revoked_on=None):
        coming.revoked_on = coming.granted_on
        saved(coming, by=None, reason=reason)
    saved(RoleGrant(user=user, role=Role.OPERATOR, granted_on=on), by=None, reason=reason)
