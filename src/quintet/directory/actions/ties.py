"""A tie that a register once had by mistake: one official says that it was wrong, another confirms; neither of them has a tie to either side."""

from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext_lazy

from quintet.core import notify, second_person
from quintet.core.audit import recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import User
from quintet.core.permissions import Right, require_standing, second_pair_of_eyes
from quintet.core.texts import fitting
from quintet.directory import acts
from quintet.directory.actions.oneself import refuse
from quintet.directory.models import Organisation, Person, WrongTie
from quintet.directory.permissions import departments, keeping_right, kept_right
from quintet.directory.recusals import away
from quintet.directory.sheets.sheet import sheets

KINSHIPS = "kinships"
REGISTERS = ("memberships", "shareholdings", KINSHIPS, "talents", "teams", "members")  # whose ties keep somebody away


def propose_wrong_tie(register: str, person: Person, other: Organisation | Person, *, reason: str, by: User, on: date) -> WrongTie:
    """Nothing changes before another officer of the register has confirmed it. Raises NotAllowed, DomainError."""
    if register not in REGISTERS or isinstance(other, Person) is not (register == KINSHIPS) or other == person:
        raise DomainError(_("请选择名录、人员，以及与此人登记有误的单位（近亲属关系选人员）。"))
    right = keeping_right(by, register, act=acts.PROPOSE_WRONG_TIE)
    if not reason.strip():
        raise DomainError(_("请写明登记怎样有误。"), where=str(person))
    whose = {"relative": other} if isinstance(other, Person) else {"organisation": other}
    tie = WrongTie(register=register, person=person, **whose, reason=fitting(WrongTie, "reason", reason))
    _require_untied(tie, right)
    if WrongTie.objects.filter(register=register, person=person, **whose, confirmed=None).exists():
        raise DomainError(_("这一项已经提出，正在等待复核。"), where=named(tie))
    tie.proposed_by, tie.proposed_under_id, tie.proposed_on = by, right.grant, on
    with recorded() as log:
        tie.save()
        log.record("directory.propose_wrong_tie", tie, f"提出关系登记有误：{spelt(tie)}", by=by, reason=tie.reason, **right.details)
        second_person.ask(WAITING, tie)
    return tie


def confirm_wrong_tie(tie: WrongTie, *, confirmed: bool | None, by: User) -> WrongTie:
    """The second pair of eyes: what the register said until now ties the two no more; or everything stays."""
    with recorded() as log:
        tie = (
            WrongTie.objects.select_for_update(of=("self",))
            .select_related("person", "organisation", "relative", "proposed_under")
            .get(pk=tie.pk)
        )
        right = confirming_right(tie, by)
        if tie.confirmed is not None:
            raise DomainError(_("这一项已经办理过。"), where=named(tie), remedy=_("请刷新后再看。"))
        if confirmed is None:
            raise DomainError(_("请选择复核通过，或不同意。"), where=named(tie))
        if confirmed:
            require_standing(tie.proposed_under, where=named(tie))
        tie.confirmed, tie.confirmed_by, tie.confirmed_under_id, tie.confirmed_at = confirmed, by, right.grant, timezone.now()
        tie.save()
        if confirmed:
            log.record("directory.confirm_wrong_tie", tie, f"复核关系登记有误：{spelt(tie)}", by=by, reason=tie.reason, **right.details)
            _tell(tie)
        else:
            log.record("directory.keep_tie", tie, f"不同意关系登记有误：{spelt(tie)}", by=by, **right.details)
            second_person.sent_back(WAITING, tie, tie.proposed_by, by=by)
    return tie


def confirming_right(tie: WrongTie, by: User) -> Right:
    """The right under which `by` confirms. Raises NotAllowed."""
    right = keeping_right(by, tie.register, act=acts.CONFIRM_WRONG_TIE)
    second_pair_of_eyes(Right.under(tie.proposed_under), right, where=named(tie))
    _require_untied(tie, right)
    return right


def may_confirm_wrong_tie(tie: WrongTie, by: User) -> bool:
    if tie.confirmed is not None:
        return False
    try:
        confirming_right(tie, by)
    except NotAllowed:
        return False
    return True


def confirmable(by: User) -> list[WrongTie]:
    """Those that wait and that `by` may confirm, the oldest first. A constant number of queries for each register."""
    rights = (
        {register: kept_right(by, register, act=acts.CONFIRM_WRONG_TIE) for register in REGISTERS}
        if acts.CONFIRM_WRONG_TIE.units(by)
        else {}
    )
    mine = {register: right for register, right in rights.items() if right is not None}
    found = list(waiting().filter(register__in=mine)[: second_person.MOST])
    kept_from = away(frozenset().union(*(right.everybody for right in mine.values()))) if found else None
    return [tie for tie in found if kept_from is not None and kept_from.of(tie) is None and _is_second(tie, mine[tie.register])]


def _is_second(tie: WrongTie, right: Right) -> bool:
    try:
        second_pair_of_eyes(Right.under(tie.proposed_under), right)
    except NotAllowed:
        return False
    return True


def waiting() -> QuerySet[WrongTie]:
    return (
        WrongTie.objects.filter(confirmed=None)
        .select_related("person", "organisation", "relative", "proposed_by", "proposed_under")
        .order_by("pk")
    )


def _require_untied(tie: WrongTie, right: Right) -> None:
    """Nobody washes a tie of their own, of a relative, or to an organisation to which either is tied."""
    if (found := away(right.everybody).of(tie)) is not None:
        refuse(tie, found[1])


def named(tie: WrongTie) -> str:
    return f"{sheets()[tie.register].title} · {tie}"


def spelt(tie: WrongTie) -> str:
    """In Chinese, for what is kept and for what others are told."""
    with override("zh-hans"):
        return named(tie)


def _tell(tie: WrongTie) -> None:
    users = {person.user_id for person in (tie.person, tie.relative) if person is not None and person.user_id}
    with override("zh-hans"):
        text = _("已复核：名录中%(tie)s登记有误，不再据以回避。") % {"tie": named(tie)}
    notify.tell(sorted(users), text, kind="personal", url="/my/information/")


def _keepers(tie: WrongTie) -> list[User]:
    found = [user for unit in departments(tie.register) for user in second_person.holders(*acts.CONFIRM_WRONG_TIE.roles, unit=unit)]
    return list({user.pk: user for user in found}.values())


WAITING = second_person.Kind(
    label=pgettext_lazy("second person", "复核登记有误的关系"),
    acts=(acts.PROPOSE_WRONG_TIE.title,),
    mine=confirmable,
    candidates=_keepers,
    able=lambda tie, users: [user for user in users if may_confirm_wrong_tie(tie, user)],
    about=lambda tie: spelt(tie),
    address=lambda tie, user: reverse("directory:wrong-ties"),
    listed=lambda user: reverse("directory:wrong-ties"),
    topic="tie",
)
