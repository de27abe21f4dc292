"""Authority to act for an organisation: proposed by one person, confirmed by another, ended and never deleted; each step told and in the audit chain."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext_lazy

from quintet.core import clock, notify, second_person
from quintet.core.audit import recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import User
from quintet.core.permissions import Right, require_standing, second_pair_of_eyes
from quintet.core.texts import LONGEST_REASON, shortened
from quintet.directory.actions.bulk import write_records
from quintet.directory.actions.oneself import refuse_about_oneself
from quintet.directory.models import Membership, Organisation, Person
from quintet.directory.permissions import KEEPERS, MEMBERSHIPS, departments, is_reader, keeping_right, keeps, kept_right
from quintet.directory.queries.members import may_act_for, said_of_those_without_account, without_proposer
from quintet.directory.recusals import Away, away
from quintet.look.registry import collect
from quintet.look.words import listed
from quintet.policies.queries import unit_names

Part = Membership.Part


def propose_membership(person: Person, organisation: Organisation, *, part: str = Part.AGENT, by: User, on: date) -> Membership:
    """An official, or somebody who acts for the organisation, wants this person to act for it too. It is not in force before it is confirmed."""
    right = _right(by, organisation, on)
    _not_for_oneself(person, right)
    membership = Membership(person=person, organisation=organisation, part=part, proposed_by=by, proposed_under_id=right.grant or None)
    membership.full_clean()
    if right.grant:
        refuse_about_oneself([membership], by)
    with recorded() as log:
        _save(membership, by)
        log.record("directory.propose_membership", membership, f"提出授权：{membership}", by=by, **right.details)
        _tell(membership, "提出授权（待确认）", but=second_person.ask(WAITING, membership))
    return membership


def propose_memberships(
    created: Sequence[Membership], changed: Sequence[Membership], *, fields: Sequence[str], by: User, reason: str
) -> None:
    """The rows of a workbook wait for somebody else to confirm them, each with its line in the audit chain; none changes what is in force.

    Raises NotAllowed where a row is for whoever imports it, DomainError where one would change an authority that is there.
    """
    if changed:
        raise DomainError(_("授权不能用导入修改或恢复。"), remedy=_("请在该项授权的页面上终止，或提出新的授权。"))
    right = keeping_right(by, MEMBERSHIPS)
    for membership in created:
        _not_for_oneself(membership.person, right)
    refuse_about_oneself(created, by)
    with recorded() as log:
        for membership in created:
            membership.granted_on = membership.revoked_on = None
            membership.proposed_by, membership.proposed_under_id = by, right.grant
        write_records(created, fields=fields, by=by, reason=reason)
        for membership in created:
            log.record("directory.propose_membership", membership, f"提出授权：{membership}", by=by, **right.details)
            _tell(membership, "提出授权（待确认）")
        if created:
            second_person.ask_of_several(WAITING, created, _able_officers(created))


def accept_membership(membership: Membership, *, by: User, on: date) -> Membership:
    """Whom a proposed authority is for agrees to it: what an organisation proposes and its legal representative confirms ties nobody who has not."""
    with recorded() as log:
        membership = _held(membership)
        if not may_accept(membership, by):
            raise NotAllowed(_("只有本人可以同意尚未生效的授权，同意一次即可。"), where=str(membership), remedy=_("请刷新后再看。"))
        membership.accepted_on = on
        _save(membership, by)
        log.record("directory.accept_membership", membership, f"本人同意授权：{membership}", by=by, on=on.isoformat())
        _tell(membership, "本人已同意（待确认）", but=second_person.ask(replace(WAITING, candidates=_heads), membership))
    return membership


def may_accept(membership: Membership, by: User) -> bool:
    waits = membership.granted_on is None and membership.revoked_on is None and membership.accepted_on is None
    return waits and membership.person.user_id == by.pk


def confirm_membership(membership: Membership, *, by: User, on: date) -> Membership:
    """In force from `on`, never earlier. By a second official, or the organisation's legal representative where the person has accepted it or an official
    proposed it; not by who proposed it, nor by whom it is for."""
    with recorded() as log:
        membership = _held(membership)
        right = confirming_right(membership, by, on)
        if membership.granted_on is not None or membership.revoked_on is not None:
            raise DomainError(_("这项授权已经办理过。"), where=str(membership), remedy=_("可能已有他人办理。请刷新后再看。"))
        _require_standing(membership, on)
        membership.granted_on, membership.confirmed_by, membership.confirmed_under_id = on, by, right.grant or None
        _save(membership, by)
        log.record("directory.confirm_membership", membership, f"确认授权：{membership}", by=by, granted_on=on.isoformat(), **right.details)
        _tell(membership, "授权生效")
    return membership


def propose_again(membership: Membership, *, by: User, on: date) -> Membership:
    """What somebody proposed who has left since waits for ever: it ends, and `by` stands behind the same authority for the same person anew."""
    with recorded() as log:
        membership = _held(membership)
        if membership.granted_on is not None or membership.revoked_on is not None:
            raise DomainError(_("这项授权已经办理过。"), where=str(membership), remedy=_("可能已有他人办理。请刷新后再看。"))
        if membership.pk not in without_proposer([membership], on):
            raise DomainError(_("提出人仍在岗，不用重新提出。"), where=str(membership), remedy=_("请等另一位确认，或者写明理由后终止。"))
        membership.revoked_on = on
        _save(membership, by, "提出人已离开，重新提出")
        log.record("directory.end_membership", membership, f"提出人已离开，重新提出：{membership}", by=by, on=on.isoformat())
        return propose_membership(membership.person, membership.organisation, part=membership.part, by=by, on=on)


def may_propose_again(membership: Membership, by: User, on: date) -> bool:
    return any(one.pk == membership.pk for one in left_proposals(by, on, Membership.objects.filter(pk=membership.pk)))


def left_proposals(by: User, on: date, among: QuerySet[Membership] | None = None) -> list[Membership]:
    """Proposals whose proposers have left, and which `by` may make anew; at most MOST are looked through, with a constant number of queries."""
    found = (Membership.objects.all() if among is None else among).filter(granted_on=None, revoked_on=None)
    found = found.select_related("person", "organisation", "proposed_under")
    right = kept_right(by, MEMBERSHIPS)
    own = Membership.objects.acting(on).filter(person__user=by).values("organisation")
    if right is None:
        found = found.filter(organisation__in=own)
    waiting = list(found.order_by("pk")[: second_person.MOST])
    left = without_proposer(waiting, on)
    kept_from = away(right.everybody) if right and left else Away()
    everybody = (right or Right.without_grant(by)).everybody
    return [one for one in waiting if one.pk in left and one.person.user_id not in everybody and kept_from.of(one) is None]


def end_membership(membership: Membership, *, reason: str, by: User, on: date) -> Membership:
    """Not in force from `on`; a proposal that is not wanted ends in the same way. The row stays. By an official, the person, or the legal representative."""
    if not reason.strip():
        raise DomainError(_("请写明终止授权的理由。"), where=str(membership))
    with recorded() as log:
        membership = _held(membership)
        if not may_end(membership, by, on):
            raise NotAllowed(_("您不能终止这项授权。"), where=str(membership), remedy=_("请联系单位的法定代表人或主管部门。"))
        if membership.revoked_on is not None:
            raise DomainError(_("这项授权已经终止。"), where=str(membership))
        membership.revoked_on = max(on, membership.granted_on or on)
        _save(membership, by, reason)
        what = "终止授权" if membership.granted_on else "不同意授权"
        log.record("directory.end_membership", membership, f"{what}：{membership}", by=by, reason=reason.strip(), on=on.isoformat())
        _tell(membership, "授权终止" if membership.granted_on else "提出的授权未获同意", reason)
        if membership.granted_on is not None and membership.part != Part.CONTACT:
            with override("zh-hans"):
                text = _("%(organisation)s的最后一项授权已终止，现在没有人能代表这家单位办事。") % {"organisation": membership.organisation}
            _tell_if_nobody_is_left(membership, text)
            _tell_of_left_proposals(membership, on)
    return membership


def tell_of_account_ended(user: User) -> None:
    """Whoever acts for an organisation without an account in use can do nothing for it."""
    for membership in Membership.objects.acting(clock.today()).filter(person__user=user).select_related("organisation").order_by("pk"):
        with override("zh-hans"):
            text = _("代表%(organisation)s办事的最后一个账号已停用，现在没有人能代表这家单位办事。") % {
                "organisation": membership.organisation
            }
        _tell_if_nobody_is_left(membership, text)
        _tell_of_left_proposals(membership, clock.today())


def consequences(membership: Membership, by: User, on: date) -> list[str]:
    """What ending this authority leaves behind, in words, for who is about to do it."""
    organisation, own = membership.organisation, membership.person.user_id == by.pk
    if membership.part == Part.CONTACT:
        return [_("您不能再查看%(organisation)s的资料和申报，也不再收到它的消息。") % {"organisation": organisation}] if own else []
    others = Membership.objects.acting(on).filter(organisation=organisation).exclude(pk=membership.pk)
    found = []
    if own and not others.filter(person__user=by).exists():
        found.append(_("您不能再代表%(organisation)s办事：不能确认领取、申报、补正，也不能更换收款账户。") % {"organisation": organisation})
    elsewhere = others.filter(person=membership.person).exists()
    if waiting := [] if elsewhere else proposed_by(membership):
        people = listed(f"{one.person}（{one.get_part_display()}）" for one in waiting)
        found.append(
            _("%(who)s提出、尚未确认的授权将不能再确认：%(people)s。可以先等确认，再来终止；现在终止的，由主管部门重新提出。")
            % {"who": _("您") if own else membership.person, "people": people}
        )
    if not others.filter(person__user__is_active=True).exists():
        found.append(
            _("没有人能再用账号代表%(organisation)s办事；在办的申报照常保留，有人获得授权后接着办。") % {"organisation": organisation}
            + said_of_those_without_account(organisation, on, but=membership)
        )
    if membership.part == Part.LEGAL_REPRESENTATIVE:
        units = listed(unit_names().get(unit, unit) for unit in departments(MEMBERSHIPS))
        found.append(
            _("以后的授权没有法定代表人确认。新的法定代表人由%(units)s的一位工作人员提出、另一位确认。") % {"units": units or _("主管部门")}
        )
    return found


def proposed_by(membership: Membership) -> list[Membership]:
    """What this person proposed for the organisation, and nobody has confirmed."""
    if membership.person.user_id is None:
        return []
    waiting = Membership.objects.filter(organisation=membership.organisation, proposed_by=membership.person.user_id, proposed_under=None)
    return list(waiting.filter(granted_on=None, revoked_on=None).select_related("person", "organisation", "proposed_under").order_by("pk"))


def _tell_of_left_proposals(ended: Membership, on: date) -> None:
    """Who can propose them anew is asked to; whom they are for is told what they wait for."""
    proposed = proposed_by(ended)
    left = without_proposer(proposed, on)
    for membership in proposed:
        if membership.pk in left:
            second_person.ask(LEFT, membership)
            with override("zh-hans"):
                text = _("为您提出的授权（%(what)s）不能再确认：提出人已不能代表这家单位。已请主管部门重新提出，您不用办理。") % {
                    "what": f"{membership.organisation} {membership.get_part_display()}"
                }
            if membership.person.user_id:
                notify.tell([membership.person.user_id], text, kind="membership", url=reverse("directory:my-organisation"), urgent=True)


def _tell_if_nobody_is_left(ended: Membership, text: str) -> None:
    """Who keeps authorities, and whoever has something open with the organisation (contexts say it in their `departures.py`)."""
    left = Membership.objects.acting(ended.revoked_on or clock.today()).filter(organisation=ended.organisation)
    if left.filter(person__user__is_active=True).exists():
        return
    keepers = {user.pk for unit in departments(MEMBERSHIPS) for user in second_person.holders(*KEEPERS, unit=unit)}
    with override("zh-hans"):
        text += said_of_those_without_account(ended.organisation, ended.revoked_on or clock.today())
    notify.tell(keepers, text, kind="membership", url=reverse("directory:membership", args=[ended.pk]), urgent=True)
    for last_left in collect("departures", "last_left", everywhere=False):
        last_left(ended.organisation)


def confirming_right(membership: Membership, by: User, on: date) -> Right:
    """The right under which `by` confirms. Raises NotAllowed."""
    head = _is_head(by, membership.organisation, on)
    right = Right.without_grant(by) if head and not keeps(by, MEMBERSHIPS) else keeping_right(by, MEMBERSHIPS)
    _require_second(membership, right)
    if right.grant:
        refuse_about_oneself([membership], by)
    return right


def _require_second(membership: Membership, right: Right) -> None:
    _not_for_oneself(membership.person, right)
    if not right.grant and membership.proposed_under_id is None and membership.accepted_on is None:
        raise NotAllowed(
            _("本人尚未同意：单位提出的授权，由本人同意后法定代表人才能确认。"),
            where=str(membership),
            remedy=_("请本人登录后在“我的单位”里同意；没有账号的，由主管部门确认。"),
        )
    if membership.proposed_by_id is not None:
        first = Right.under(membership.proposed_under) if membership.proposed_under else Right(membership.proposed_by_id, 0)
        second_pair_of_eyes(first, right, where=str(membership))


def _require_standing(membership: Membership, on: date) -> None:
    """An official's right as everywhere; who proposed it for the organisation still acts for it."""
    require_standing(membership.proposed_under, where=str(membership), remedy=_("请按【由我重新提出】，再由另一位确认。"))
    proposer = membership.proposed_by
    if proposer is None or membership.proposed_under is not None:
        return
    if not (proposer.is_active and may_act_for(proposer, membership.organisation, on)):
        raise NotAllowed(
            _("提出人已不能代表这家单位办事，不能确认他提出的授权。"),
            where=str(membership),
            remedy=_("请按【由我重新提出】，再由另一位确认。"),
        )


def _is_second(membership: Membership, right: Right) -> bool:
    try:
        _require_second(membership, right)
    except NotAllowed:
        return False
    return True


def may_confirm(membership: Membership, by: User, on: date) -> bool:
    if membership.granted_on is not None or membership.revoked_on is not None or without_proposer([membership], on):
        return False
    try:
        confirming_right(membership, by, on)
    except NotAllowed:
        return False
    return True


def confirmable(by: User, on: date) -> list[Membership]:
    """The proposed authorities that `by` may confirm, the oldest first; at most MOST are looked through, with a constant number of queries."""
    found = Membership.objects.filter(granted_on=None, revoked_on=None).select_related("person", "organisation", "proposed_under")
    right = kept_right(by, MEMBERSHIPS)
    if right is None:
        heads = Membership.objects.in_force(on).filter(part=Part.LEGAL_REPRESENTATIVE, person__user=by)
        found, right = found.filter(organisation__in=heads.values("organisation")), Right.without_grant(by)
    kept_from = away(right.everybody) if right.grant else Away()
    waiting = list(found.order_by("pk")[: second_person.MOST])
    left = without_proposer(waiting, on)
    return [one for one in waiting if one.pk not in left and kept_from.of(one) is None and _is_second(one, right)]


def _candidates(membership: Membership) -> list[User]:
    """Officers of the departments that keep authorities, and the organisation's legal representatives."""
    officers = {user.pk: user for unit in departments(MEMBERSHIPS) for user in second_person.holders(*KEEPERS, unit=unit)}
    return [*officers.values(), *(user for user in _heads(membership) if user.pk not in officers)]


def _heads(membership: Membership) -> list[User]:
    heads = Membership.objects.in_force(clock.today()).filter(organisation=membership.organisation, part=Part.LEGAL_REPRESENTATIVE)
    return list(User.objects.filter(pk__in=heads.values("person__user"), is_active=True))


def _able_officers(proposed: Sequence[Membership]) -> list[User]:
    """Of those who keep authorities, whoever may confirm one of the first of many; legal representatives are told of each."""
    officers = [user for unit in departments(MEMBERSHIPS) for user in second_person.holders(*KEEPERS, unit=unit)]
    return [
        user
        for user in {user.pk: user for user in officers}.values()
        if any(_is_second(membership, keeping_right(user, MEMBERSHIPS)) for membership in proposed[:FEW])
    ]


FEW = 20
WAITING = second_person.Kind(
    label=pgettext_lazy("second person", "确认授权"),
    acts=("提出授权",),
    mine=lambda user: confirmable(user, clock.today()),
    candidates=_candidates,
    able=lambda membership, users: [user for user in users if may_confirm(membership, user, clock.today())],
    about=lambda membership: f"{membership.organisation} {membership.person} {membership.get_part_display()}",
    address=lambda membership, user: (
        reverse("directory:membership", args=[membership.pk]) if is_reader(user) else reverse("directory:my-organisation")
    ),
    listed=lambda user: reverse("directory:memberships") + "?state=proposed" if is_reader(user) else reverse("directory:my-organisation"),
    topic="membership",
)
LEFT = second_person.Kind(
    label=gettext_lazy("重新提出授权"),
    acts=(),  # it is proposed already, by somebody who has left
    mine=lambda user: left_proposals(user, clock.today()),
    candidates=_candidates,
    able=lambda membership, users: [user for user in users if may_propose_again(membership, user, clock.today())],
    about=lambda membership: f"{WAITING.about(membership)}" + _("（提出人已离开）"),
    address=WAITING.address,
    listed=WAITING.listed,
    topic="membership",
)


def may_end(membership: Membership, by: User, on: date) -> bool:
    if membership.revoked_on is not None:
        return False
    return keeps(by, MEMBERSHIPS) or membership.person.user_id == by.pk or _is_head(by, membership.organisation, on)


def _right(by: User, organisation: Organisation, on: date) -> Right:
    """Of who acts for the organisation, without a grant; else of who keeps the register."""
    if may_act_for(by, organisation, on):
        return Right.without_grant(by)
    if keeps(by, MEMBERSHIPS):
        return keeping_right(by, MEMBERSHIPS)
    raise NotAllowed(_("您没有代表这家单位办事的授权。"), where=str(organisation), remedy=_("请联系单位的法定代表人或主管部门。"))


def _is_head(by: User, organisation: Organisation, on: date) -> bool:
    heads = Membership.objects.in_force(on).filter(organisation=organisation, part=Part.LEGAL_REPRESENTATIVE)
    return heads.filter(person__user=by).exists()


def _not_for_oneself(person: Person, right: Right) -> None:
    if person.user_id is not None and person.user_id in right.everybody:
        raise NotAllowed(_("不能给自己（或把角色委托给您的人）授权。"), where=str(person), remedy=_("请由与此无关的另外两位办理。"))


def _held(membership: Membership) -> Membership:
    related = Membership.objects.select_related("person", "organisation", "proposed_under")
    return related.select_for_update(of=("self",)).get(pk=membership.pk)


def _save(membership: Membership, by: User, reason: str = "") -> None:
    membership._history_user, membership._change_reason = by, shortened(reason, LONGEST_REASON)  # type: ignore[attr-defined]
    membership.save()


def _tell(membership: Membership, what: str, reason: str = "", *, but: Collection[int] = ()) -> None:
    """Everybody who acts for the organisation, the person, and of a proposal that is refused who made it; `but` users have been told already."""
    members = Membership.objects.filter(Q(revoked_on=None), organisation=membership.organisation, granted_on__isnull=False)
    users: Iterable[int] = members.filter(person__user__isnull=False).values_list("person__user", flat=True)
    own = {membership.person.user_id} if membership.person.user_id else set()
    if membership.revoked_on is not None and membership.granted_on is None and membership.proposed_by_id is not None:
        own.add(membership.proposed_by_id)
    with override("zh-hans"):
        text = f"{what}：{membership.organisation} {membership.person} {membership.get_part_display()}"
    text += f"，理由：{reason.strip()}" if reason else ""
    notify.tell({*users, *own} - set(but), text, kind="membership", url=reverse("directory:my-organisation"), urgent=True)
