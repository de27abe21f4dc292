"""What touches money, rights or the credentials of others: one operator proposes, a second one decides.

Whoever it is about is neither of the two. A role begins when it is confirmed, or later, never before. Of a password link the second
operator gets the address and the first one the code, so that neither of them can open it alone.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from quintet.core import acts, oidc, second_person
from quintet.core.accounts import check_role, give_role, operators, password_address, role_said, saved, tell_owner
from quintet.core.audit import recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.fields import decrypt, encrypt
from quintet.core.models import AccountProposal, OutsideIdentity, RoleGrant, User
from quintet.core.notify import mail_text, tell
from quintet.core.passwords import link_code
from quintet.core.permissions import Right, holds, require_standing, second_pair_of_eyes
from quintet.core.reliance import grants_behind, require_as_sealed
from quintet.core.roles import Role
from quintet.core.texts import fitting, shortened

Kind = AccountProposal.Kind
ALONE = frozenset({Role.APPLICANT})  # says nothing without a person of the register, whom two operators link
PAGE = "/accounts/proposals/"


def propose_role(
    user: User, role: str, *, unit: str = "", granted_on: date, last_day: date | None = None, by: User, on: date, reason: str = ""
) -> AccountProposal:
    """The role from `granted_on`, or from the day of the confirmation if that is later, up to and including `last_day`."""
    acts.PROPOSALS[Kind.ROLE].right(by)
    check_role(user, role, unit=unit, first_day=granted_on, last_day=last_day, by=by, on=on)
    return _proposed(Kind.ROLE, user, by=by, on=on, reason=reason, role=role, unit=unit, first_day=granted_on, last_day=last_day)


def propose_email(user: User, email: str, *, by: User, on: date, reason: str = "") -> AccountProposal:
    acts.PROPOSALS[Kind.EMAIL].right(by)
    User(username=user.username, display_name=user.display_name, email=email).clean_fields(exclude=["password"])
    if email == user.email:
        raise DomainError(_("邮箱没有变化。"), where=str(user))
    return _proposed(Kind.EMAIL, user, by=by, on=on, reason=reason, email=email)


def propose_password_link(user: User, *, by: User, on: date, reason: str = "") -> AccountProposal:
    acts.PROPOSALS[Kind.LINK].right(by)
    _require_in_use(user)
    return _proposed(Kind.LINK, user, by=by, on=on, reason=reason)


def propose_return(user: User, *, by: User, on: date, reason: str) -> AccountProposal:
    """The account comes back into use, with the roles that it still has."""
    acts.PROPOSALS[Kind.RETURN].right(by)
    if user.is_active:
        raise DomainError(_("这个账号在用，不用恢复。"), where=str(user))
    return _proposed(Kind.RETURN, user, by=by, on=on, reason=reason)


def propose_identity(identity: OutsideIdentity, user: User, *, by: User, on: date, reason: str = "") -> AccountProposal:
    """The first operator has made sure whose identity at the city's provider it is."""
    acts.PROPOSALS[Kind.IDENTITY].right(by)
    _require_in_use(user)
    oidc.check_free(identity, user)
    return _proposed(Kind.IDENTITY, user, by=by, on=on, reason=reason, target=identity.pk, target_name=shortened(identity, 120))


def propose_person(user: User, *, person: int, name: str, by: User, on: date, reason: str = "") -> AccountProposal:
    """Who of the register of people signs in with the account; `directory.actions.propose_person_link` has checked the person."""
    acts.PROPOSALS[Kind.PERSON].right(by)
    return _proposed(Kind.PERSON, user, by=by, on=on, reason=reason, target=person, target_name=shortened(name, 120))


def _require_in_use(user: User) -> None:
    if not user.is_active:
        raise DomainError(_("这个账号已停用。"), where=str(user), remedy=_("请先恢复账号。"))


def _proposed(kind: str, user: User, *, by: User, on: date, reason: str, **what: Any) -> AccountProposal:
    if by.is_also(user.pk):
        raise NotAllowed(_("不能为自己的账号提出这件事。"), remedy=_("请由另外两位系统管理员办理。"))
    if not operators(on) - {by.pk, user.pk}:
        raise DomainError(
            _("这件事须由账号主人以外的两位系统管理员办理，目前人数不够。"),
            remedy=_("请在服务器上运行 manage.py create_operator 再设立一位系统管理员。"),
        )
    right = acts.PROPOSALS[kind].right(by)
    try:
        with recorded() as log:
            proposal = AccountProposal.objects.create(
                kind=kind,
                user=user,
                proposed_by=by,
                proposed_under_id=right.grant,
                proposed_at=timezone.now(),
                reason=fitting(AccountProposal, "reason", reason),
                **what,
            )
            details = _details(proposal) | {"proposal": proposal.pk}
            log.record("core.propose_account", user, _about(proposal), by=by, **details, **right.details)
            if kind != Kind.RETURN:
                text = _("系统管理员 %(by)s 对您的账号提出：%(what)s，待另一位复核。如果与您无关，请立即联系另一位系统管理员。")
                tell_owner(user, text % {"by": by, "what": _about(proposal)})
            second_person.ask(WAITING, proposal)
    except IntegrityError:
        raise DomainError(_("同样的事项已有一件等待复核。"), where=str(user)) from None
    return proposal


def _about(proposal: AccountProposal) -> str:
    what = role_said(_grant_of(proposal)) if proposal.kind == Kind.ROLE else proposal.target_name
    return f"{proposal.get_kind_display()}{f'（{what}）' if what else ''}：{proposal.user}"


def _grant_of(proposal: AccountProposal) -> RoleGrant:
    """The role as it is proposed, for words alone: it begins when it is confirmed, or later."""
    end = proposal.last_day and proposal.last_day + timedelta(days=1)
    first = proposal.first_day or timezone.localdate(proposal.proposed_at)
    return RoleGrant(user=proposal.user, role=proposal.role, unit=proposal.unit, granted_on=first, revoked_on=end)


def _details(proposal: AccountProposal) -> dict[str, Any]:
    """In words: people read them on the page of the audit chain, and in their receipts."""
    days = {name: day.isoformat() for name in ("first_day", "last_day") if (day := getattr(proposal, name))}
    words = {"kind": proposal.get_kind_display(), "role": proposal.get_role_display()}
    words |= {name: getattr(proposal, name) for name in ("unit", "target", "reason")}
    return {name: value for name, value in words.items() if value} | days


def drop(proposal: AccountProposal, *, by: User) -> None:
    """Taken back by who proposed it, or refused by another operator."""
    right = acts.PROPOSALS[proposal.kind].right(by)
    with recorded() as log:
        proposal = _open(proposal)
        _decided(proposal, right, confirmed=False)
        log.record("core.drop_account", proposal.user, _about(proposal), by=by, proposal=proposal.pk, **right.details)
        tell_owner(proposal.user, _("对您的账号提出的事项没有办理：%(what)s。") % {"what": _about(proposal)})


def confirm(proposal: AccountProposal, *, by: User, on: date) -> dict[str, str]:
    """In force from now on. For a password link the arguments of its address, otherwise nothing. Raises NotAllowed, DomainError."""
    return _confirmed(proposal, _ACTS[proposal.kind], by=by, on=on)


def confirm_person(proposal: AccountProposal, link: Callable[[User, int], None], *, by: User, on: date) -> None:
    """For `directory.actions`, which links the account with the person of this key."""

    def act(proposal: AccountProposal, by: User, on: date) -> dict[str, str]:
        link(proposal.user, proposal.target or 0)
        return {}

    _confirmed(proposal, act, by=by, on=on)


def _confirmed(
    proposal: AccountProposal, act: Callable[[AccountProposal, User, date], dict[str, str]], *, by: User, on: date
) -> dict[str, str]:
    right = acts.PROPOSALS[proposal.kind].right(by)
    with recorded() as log:
        proposal = _open(proposal)
        _require_second(proposal, right)
        require_standing(proposal.proposed_under, where=str(proposal))
        require_as_sealed([*grants_behind(right, Right.under(proposal.proposed_under)), proposal], where=str(proposal))
        made = act(proposal, by, on)
        _decided(proposal, right, confirmed=True)
        details = _details(proposal) | {"proposed_by": str(proposal.proposed_by)}
        log.record("core.confirm_account", proposal.user, _about(proposal), by=by, proposal=proposal.pk, **details, **right.details)
        tell_owner(proposal.user, _("您的账号有变更：%(what)s。如果与您无关，请立即联系系统管理员。") % {"what": _about(proposal)})
    return made


def may_confirm(proposal: AccountProposal, user: Any) -> bool:
    """Whether the user is the second operator for it."""
    act = acts.PROPOSALS[proposal.kind]
    if proposal.decided_at is not None or not act.may(user):
        return False
    try:
        _require_second(proposal, act.right(user))
    except NotAllowed:
        return False
    return True


def waiting() -> QuerySet[AccountProposal]:
    """What waits for a second operator, the oldest first."""
    return AccountProposal.objects.filter(decided_at=None).select_related("user", "proposed_by", "proposed_under").order_by("pk")


WAITING = second_person.Kind(
    label=pgettext_lazy("second person", "复核账号事项"),
    acts=tuple(act.title for act in acts.PROPOSALS.values()),
    mine=lambda user: [one for one in waiting()[: second_person.MOST] if may_confirm(one, user)] if holds(user, Role.OPERATOR) else [],
    candidates=lambda proposal: second_person.holders(*acts.PROPOSALS[proposal.kind].roles),
    able=lambda proposal, users: [user for user in users if may_confirm(proposal, user)],
    about=lambda proposal: f"{_about(proposal)}（{proposal.proposed_by} 提出）",
    address=lambda proposal, user: PAGE,
    listed=lambda user: PAGE,
    topic="account",
)


def _require_second(proposal: AccountProposal, right: Right) -> None:
    if proposal.user_id in right.everybody:
        raise NotAllowed(_("不能复核关于自己账号的事项。"), where=str(proposal), remedy=_("请由另一位系统管理员办理。"))
    second_pair_of_eyes(Right.under(proposal.proposed_under), right, message=_("提出人不能复核自己提出的事项。"), where=str(proposal))


def _open(proposal: AccountProposal) -> AccountProposal:
    proposal = AccountProposal.objects.select_for_update().get(pk=proposal.pk)
    if proposal.decided_at is not None:
        raise DomainError(_("这件事已经办结。"), where=str(proposal))
    return proposal


def _decided(proposal: AccountProposal, right: Right, *, confirmed: bool) -> None:
    proposal.decided_by_id, proposal.decided_under_id = right.actor, right.grant
    proposal.decided_at, proposal.confirmed = timezone.now(), confirmed
    proposal.save()


# What a confirmation brings about


def _role(proposal: AccountProposal, by: User, on: date) -> dict[str, str]:
    first_day = max(proposal.first_day or on, on)
    if proposal.last_day is not None and proposal.last_day < on:
        raise DomainError(_("提出的期限已过，不能再授予。"), where=str(proposal), remedy=_("请撤回后重新提出。"))
    try:
        give_role(
            proposal.user, proposal.role, unit=proposal.unit, first_day=first_day, last_day=proposal.last_day, by=by, on=on,
            reason=_("%(reason)s（%(by)s 提出）") % {"reason": proposal.reason, "by": proposal.proposed_by},
        )  # fmt: skip
    except ValidationError as error:
        raise DomainError("".join(error.messages), where=str(proposal), remedy=_("请撤回后重新提出。")) from None
    return {}


def _email(proposal: AccountProposal, by: User, on: date) -> dict[str, str]:
    user = User.objects.select_for_update().get(pk=proposal.user_id)
    before, user.email = user.email, proposal.email
    user.full_clean()
    saved(user, by=by, reason=proposal.reason)
    proposal.user = user
    text = _("账号 %(name)s 的邮箱已修改。如果与您无关，请立即联系系统管理员。") % {"name": user.username}
    mail_text([address for address in (before, user.email) if address], text)
    return {}


def _link(proposal: AccountProposal, by: User, on: date) -> dict[str, str]:
    _require_in_use(proposal.user)
    saved(proposal.user, by=by, reason=_("签发设置密码的链接"))
    link = password_address(proposal.user)
    proposal.sealed_code = encrypt(link_code(**link))
    text = _("%(name)s 的链接已签发，验证码在“待复核的账号事项”里给您看一次，请告知本人。") % {"name": proposal.user}
    tell([proposal.proposed_by_id], text, kind="account", url=PAGE)
    return link


def _identity(proposal: AccountProposal, by: User, on: date) -> dict[str, str]:
    identity = OutsideIdentity.objects.filter(pk=proposal.target or 0).first()
    if identity is None:
        raise DomainError(_("这个身份已不在。"), where=str(proposal), remedy=_("请撤回后重新提出。"))
    oidc.link(identity, proposal.user, proposed=Right.under(proposal.proposed_under), by=by, at=timezone.now())
    return {}


def _return(proposal: AccountProposal, by: User, on: date) -> dict[str, str]:
    proposal.user.is_active = True
    saved(proposal.user, by=by, reason=proposal.reason)
    return {}


_ACTS: dict[str, Callable[[AccountProposal, User, date], dict[str, str]]] = {
    Kind.ROLE: _role,
    Kind.EMAIL: _email,
    Kind.LINK: _link,
    Kind.IDENTITY: _identity,
    Kind.RETURN: _return,
}


def open_code(proposal: AccountProposal, *, by: User) -> str:
    """The code of the link, once, for the operator who proposed it."""
    acts.PROPOSALS[proposal.kind].right(by)
    with recorded() as log:
        proposal = AccountProposal.objects.select_for_update().get(pk=proposal.pk)
        if proposal.proposed_by_id != by.pk:
            raise NotAllowed(_("验证码只给提出人看。"), where=str(proposal))
        if not proposal.sealed_code:
            raise DomainError(_("验证码已经看过，或者链接尚未签发。"), where=str(proposal), remedy=_("如有需要，请重新提出。"))
        code = decrypt(proposal.sealed_code)
        proposal.sealed_code = ""
        proposal.save(update_fields=["sealed_code"])
        log.record("core.open_code", proposal.user, _("查看密码链接的验证码"), by=by, proposal=proposal.pk)
    return code
