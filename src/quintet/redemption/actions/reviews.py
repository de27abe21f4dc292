"""Expert review and joint review: experts drawn by a recorded seed, nobody with an interest, scores that nobody sees before all are in; one vote a department."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.core import notify
from quintet.core.audit import Log, recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import User
from quintet.core.owners import everybody
from quintet.core.permissions import Right, require_standing
from quintet.core.reliance import grants_behind, require_as_sealed
from quintet.core.second_person import ask, sent_back
from quintet.core.texts import fitting, shortened
from quintet.directory.actions import save_record
from quintet.directory.models import Kinship, Membership, Organisation, Person, Shareholding
from quintet.directory.permissions import keeping_right, kept_registers, register_of
from quintet.market.models import ProjectMember, TransferProject
from quintet.policies.queries import said
from quintet.redemption import acts, proposals, tell
from quintet.redemption.actions.claims import advance, handled, procedure_of, rule_of
from quintet.redemption.checks import explicit
from quintet.redemption.interests import interests, moved_a_project, relatives_of
from quintet.redemption.judges import judges
from quintet.redemption.models import Claim, Expert, ExpertChange, JointVote, Panel, Recusal, Seat, SeatChange
from quintet.redemption.permissions import Standing, expert_right, not_oneself, require_act, require_proposer_free
from quintet.redemption.states import State
from quintet.talent.models import Talent, Team

HUNDREDTHS = 100
TIES: dict[str, type[Kinship] | type[Shareholding] | type[ProjectMember]] = {
    "relative": Kinship,
    "holds": Shareholding,
    "project": ProjectMember,
}


# experts ----------------------------------------------------------------------------------------------------------------


def propose_expert(person: Person, *, employer: Organisation | None, title: str, field: str, by: User, on: date) -> ExpertChange:
    """Somebody is to be drawn, or drawn with other particulars; not by themselves. It counts when another officer has confirmed it."""
    kept = {"title": fitting(ExpertChange, "title", title), "field": fitting(ExpertChange, "field", field)}
    if not kept["field"]:
        raise DomainError(_("请填写专业领域。"))
    return _propose(ExpertChange(kind=ExpertChange.Kind.ENTER, person=person, employer=employer, **kept), by=by, on=on)


def propose_leaving(expert: Expert, *, by: User, on: date) -> ExpertChange:
    """Somebody is not to be drawn any more, once another officer has confirmed it; reviews already begun are finished."""
    if expert.active_until is not None and expert.active_until <= on:
        raise DomainError(_("这位专家已经出库。"), where=str(expert))
    kept = {"employer": expert.employer, "title": expert.title, "field": expert.field}
    return _propose(ExpertChange(kind=ExpertChange.Kind.LEAVE, person=expert.person, **kept), by=by, on=on)


def _propose(change: ExpertChange, *, by: User, on: date) -> ExpertChange:
    right = acts.PROPOSE_EXPERT.right(by)
    not_oneself(right, change.person)
    change.proposed_by, change.proposed_under_id, change.proposed_on = by, right.grant, on
    with recorded() as log:
        Person.objects.select_for_update().get(pk=change.person_id)
        if ExpertChange.objects.filter(person=change.person, confirmed=None).exists():
            raise DomainError(_("这位专家已有一件等待复核。"), where=str(change.person), remedy=_("请先复核该件。"))
        change.save()
        title = f"提出{_expert_word(change)}：{change.person}"
        log.record("redemption.propose_expert", change, title, by=by, employer=change.employer_id, field=change.field, **right.details)
        ask(proposals.EXPERT, change)
    return change


def confirm_expert(change: ExpertChange, *, confirmed: bool | None, remark: str = "", by: User, on: date) -> ExpertChange:
    """The second pair of eyes: the register of experts is as proposed from `on`, or stays as it was. The expert is told. Who left before comes back."""
    with recorded() as log:
        change = ExpertChange.objects.select_for_update(of=("self",)).select_related("proposed_under", "person").get(pk=change.pk)
        right = expert_right(change, by)
        if change.confirmed is not None:
            raise DomainError(_("本件已经复核。"), where=str(change), remedy=_("可能已有他人办理。请刷新后再看。"))
        agreed = explicit(confirmed, _("复核通过或退回承办人"), where=str(change))
        if not agreed and not remark.strip():
            raise DomainError(_("退回时请写明意见。"), where=str(change))
        if agreed:
            require_standing(change.proposed_under, where=str(change))
        change.confirmed, change.confirmed_by, change.confirmed_under_id, change.confirmed_on = agreed, by, right.grant, on
        change.remark = fitting(ExpertChange, "remark", remark)
        change.save()
        if not agreed:
            log.record(
                "redemption.refuse_expert",
                change,
                f"不同意{_expert_word(change)}：{change.person}",
                by=by,
                remark=change.remark,
                **right.details,
            )
            sent_back(proposals.EXPERT, change, change.proposed_by, by=by, remark=change.remark)
            return change
        expert = _as_confirmed(change, on)
        action = "redemption.enter_expert" if change.kind == ExpertChange.Kind.ENTER else "redemption.retire_expert"
        log.record(
            action, expert, f"{_expert_word(change)}：{expert}", by=by, employer=change.employer_id, change=change.pk, **right.details
        )
        tell.expert(change)
    return change


def _as_confirmed(change: ExpertChange, on: date) -> Expert:
    if change.kind == ExpertChange.Kind.LEAVE:
        expert = Expert.objects.select_for_update().get(person=change.person)
        expert.active_until = max(on, expert.active_from)
        expert.save(update_fields=["active_until"])
        return expert
    kept = {"employer": change.employer, "title": change.title, "field": change.field}
    expert, _new = Expert.objects.update_or_create(
        person=change.person, defaults={**kept, "active_until": None}, create_defaults={**kept, "active_from": on}
    )
    return expert


def _expert_word(change: ExpertChange) -> str:
    return "专家入库" if change.kind == ExpertChange.Kind.ENTER else "专家出库"


def ties_to_keep(user: User) -> frozenset[str]:
    """Which relations the user may enter: those whose register their department keeps."""
    kept = kept_registers(user)
    return frozenset(name for name, model in TIES.items() if register_of(model) in kept)


def add_tie(
    person: Person,
    *,
    relative: Person | None = None,
    holds: Organisation | None = None,
    project: TransferProject | None = None,
    by: User,
    on: date,
) -> None:
    """A relation from which somebody must keep away: a close relative, shares, or a project. Each is entered by whoever keeps its register; the people are told."""
    wanted: list[Kinship | Shareholding | ProjectMember] = []
    if relative is not None:
        if relative.pk == person.pk:
            raise DomainError(_("近亲属不能是本人。"), where=str(person))
        wanted.append(Kinship(person=person, relative=relative, declared_on=on))
    if holds is not None:
        wanted.append(Shareholding(person=person, organisation=holds, held_from=on))
    if project is not None:
        wanted.append(ProjectMember(person=person, project=project))
    for tie in wanted:
        keeping_right(by, register_of(type(tie)))
    there = {
        Kinship: person.relatives.filter(relative=relative),
        Shareholding: person.shareholdings.filter(organisation=holds, held_until=None),
        ProjectMember: person.project_memberships.filter(project=project),
    }
    with recorded() as log:
        for tie in wanted:
            if not there[type(tie)].exists():
                save_record(tie, by=by, reason="登记专家的回避关系", told=False)
        what = [str(item) for item in (relative, holds, project) if item is not None]
        log.record("redemption.add_tie", person, f"登记回避关系：{person}", by=by, relative=relative.pk if relative else None, organisation=holds.pk if holds else None, project=project.pk if project else None, what=what)  # fmt: skip
        tell.of_tie([person, *([relative] if relative else [])], what)


# the draw ---------------------------------------------------------------------------------------------------------------


def drawn(seed: str, pool: list[int]) -> list[int]:
    """The order in which experts are drawn: by SHA-256 of "seed|expert". Whoever has seed and pool gets the same order."""
    return sorted(pool, key=lambda expert: hashlib.sha256(f"{seed}|{expert}".encode()).hexdigest())


def draw_panel(claim: Claim, *, by: User, on: date) -> Panel:
    """Draw the experts of a review, once. Those with an interest that the registers know are left out beforehand and named with their reason.

    An application that was withdrawn and is handed in again keeps seed and pool: nobody draws anew by withdrawing.
    """
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "draw")
        step = claim.steps.get(ended_on=None)
        wanted = next(one.experts for one in procedure_of(claim).steps if one.kind == "expert_review")
        experts = list(
            Expert.objects.filter(Q(active_until=None) | Q(active_until__gt=on), active_from__lte=on)
            .select_related("person")
            .order_by("pk")
        )
        earlier = _drawn_before(claim)
        pool, excluded = _pool_as_before(claim, earlier, experts, right) if earlier else _pool(claim, experts, right)
        if len(pool) < wanted:
            raise DomainError(
                _("可抽取的专家只有 %(n)d 位，需要 %(wanted)d 位。") % {"n": len(pool), "wanted": wanted}, where=str(claim),
                remedy=_("已排除应回避的 %(n)d 位。请先增补专家库。") % {"n": len(excluded)},
            )  # fmt: skip
        seed = earlier.seed if earlier else secrets.token_hex(32)
        panel = Panel.objects.create(
            claim=claim, step=step, seed=seed, wanted=wanted, pool=pool, excluded=excluded, drawn_by=by, drawn_on=on
        )
        chosen = drawn(seed, pool)[:wanted]
        Seat.objects.bulk_create(Seat(panel=panel, expert_id=expert, number=number) for number, expert in enumerate(chosen, 1))
        _invite(panel, chosen)
        log.record(
            "redemption.draw",
            claim,
            f"抽取评审专家：{claim}",
            by=by,
            panel=panel.pk,
            seed=seed,
            pool=pool,
            excluded=[item["expert"] for item in excluded],
            drawn=chosen,
            **({"as_for": earlier.claim_id} if earlier else {}),
            **right.details,
        )
    return panel


def _drawn_before(claim: Claim) -> Panel | None:
    """The panel of the same application handed in before and withdrawn: a new draw would let whoever withdraws choose their experts."""
    same = Claim.objects.filter(
        pack=claim.pack, rule=claim.rule, awarded=claim.awarded, instalment=claim.instalment, year=claim.year,
        organisation=claim.organisation_id, person=claim.person_id, state__in=[State.WITHDRAWN, State.LAPSED],
    )  # fmt: skip
    return Panel.objects.filter(claim__in=same.exclude(pk=claim.pk)).order_by("-pk").first()


def _pool(claim: Claim, experts: list[Expert], right: Right) -> tuple[list[int], list[dict[str, Any]]]:
    """(experts from whom is drawn, those who are left out and why)."""
    found = interests([expert.person_id for expert in experts], claim)
    _not_by_who_entered_their_ties(found, right, claim)
    away = {**_took_part(claim, experts, right), **found}
    excluded = [
        {"expert": expert.pk, "name": expert.person.name, "reason": away[expert.person_id]}
        for expert in experts
        if expert.person_id in away
    ]
    return [expert.pk for expert in experts if expert.person_id not in away], excluded


def _pool_as_before(claim: Claim, earlier: Panel, experts: list[Expert], right: Right) -> tuple[list[int], list[dict[str, Any]]]:
    """The pool of the earlier draw, without those who left the register or that panel since, or took part in the case."""
    part = _took_part(claim, experts, right)
    there = {expert.pk: expert for expert in experts}
    left = dict(earlier.seats.filter(state=Seat.State.RECUSED).values_list("expert", "reason"))
    excluded, pool = list(earlier.excluded), []
    for key in earlier.pool:
        expert = there.get(key)
        why = left.get(key) or (part.get(expert.person_id) if expert else _("已出库"))
        if why:
            excluded.append({"expert": key, "name": expert.person.name if expert else str(key), "reason": why})
        else:
            pool.append(key)
    return pool, excluded


def _took_part(claim: Claim, experts: list[Expert], right: Right) -> dict[int, str]:
    """person → that they are an official who handled the case."""
    handled_it = everybody({user for user in _who_handled(claim) if user}) | right.everybody
    return {expert.person_id: _("经办过本件") for expert in experts if expert.person.user_id in handled_it}


def _who_handled(claim: Claim) -> set[int | None]:
    """Officials who took a step of the claim or judged a fact of it: who prepares a case does not review it as an expert."""
    steps = claim.steps.exclude(by=None).values_list("by", flat=True)
    return {*steps, *claim.facts.exclude(by=None).values_list("by", flat=True), *judges([claim])[claim.pk]}


def _not_by_who_entered_their_ties(excluded: Mapping[int, str], right: Right, claim: Claim) -> None:
    """Whoever entered a relation of an expert who is left out would choose by it who is drawn."""
    people = set(excluded).union(*relatives_of(set(excluded)).values()) if excluded else set()
    if moved_a_project(people, claim.organisation_id, right.everybody):
        raise NotAllowed(
            _("登记过被排除专家的回避关系的人不能抽取，受他委托或委托他的人也不能。"),
            where=str(claim),
            remedy=_("请由部门的其他人员抽取。"),
        )
    for register, names in (
        (Kinship, ("person", "relative")),
        (Shareholding, ("person",)),
        (ProjectMember, ("person",)),
        (Talent, ("person",)),
        (Team, ("leader",)),
        (Membership, ("person",)),
    ):
        whose = Q()
        for name in names:
            whose |= Q(**{f"{name}__in": list(people)})
        if excluded and register.history.filter(whose, history_user__in=right.everybody).exists():
            raise NotAllowed(
                _("登记过被排除专家的回避关系的人不能抽取，受他委托或委托他的人也不能。"),
                where=str(claim),
                remedy=_("请由部门的其他人员抽取。"),
            )


def _invite(panel: Panel, experts: list[int]) -> None:
    seats = panel.seats.filter(expert__in=experts, expert__person__user__isnull=False).select_related("expert__person")
    for seat in seats:
        notify.tell(
            [seat.expert.person.user_id or 0],
            f"请评审：{panel.claim.name}",
            kind="review",
            url=reverse("redemption:review", args=[seat.pk]),
            urgent=True,
        )


def declare(seat: Seat, *, free: bool | None, reason: str = "", by: User, on: date) -> Seat:
    """An expert declares to be free of interests, or recuses; then the next of the drawn order takes the place."""
    with handled(seat.panel.claim) as (claim, log):
        seat = _own_seat(seat, by, claim)
        if seat.state != Seat.State.INVITED:
            raise DomainError(_("您已经声明过。"), where=str(claim))
        free = explicit(free, _("没有利害关系或应当回避"), where=str(claim))
        if free:
            _require_no_tie(seat, claim)
            seat.state = Seat.State.SITTING
        else:
            if not reason.strip():
                raise DomainError(_("请写明回避的理由。"), where=str(claim))
            seat.state, seat.reason = Seat.State.RECUSED, fitting(Seat, "reason", reason)
        seat.declared_at = timezone.now()
        seat.save()
        log.record(
            "redemption.recuse" if seat.state == Seat.State.RECUSED else "redemption.declare",
            claim,
            f"{'回避' if seat.state == Seat.State.RECUSED else '声明无利害关系'}：{claim}",
            by=by,
            seat=seat.pk,
            reason=seat.reason,
        )
        if seat.state == Seat.State.RECUSED:
            _next_in_order(seat.panel, claim, log, by)
    return seat


def _require_no_tie(seat: Seat, claim: Claim) -> None:
    """A tie that somebody entered after the draw keeps an expert from sitting and scoring; that they leave, two officials say, or they themselves."""
    if why := interests([seat.expert.person_id], claim).get(seat.expert.person_id, ""):
        raise NotAllowed(
            _("抽取之后，名录登记了您与申报单位或本人的关系：%(why)s。") % {"why": why},
            where=str(claim),
            remedy=_("确有关系的，请声明回避；登记有误的，请联系办理部门更正。更换评审专家须由两位工作人员办理。"),
        )


def propose_unseat(claim: Claim, *, by: User, on: date) -> SeatChange:
    """An expert of the panel has a tie by now: another officer confirms that they leave. Not by who entered the tie."""
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "unseat")
        seat = Seat.objects.select_related("expert__person").get(pk=Standing(by, [claim]).tied_seats[claim.pk])
        why = interests([seat.expert.person_id], claim)
        _not_by_who_entered_their_ties(why, right, claim)
        change = SeatChange.objects.create(
            claim=claim, seat=seat, reason=shortened(why[seat.expert.person_id], 300), proposed_by=by, proposed_under_id=right.grant, proposed_on=on
        )  # fmt: skip
        log.record(
            "redemption.propose_unseat", claim, f"提出更换评审专家：{claim}", by=by, seat=seat.pk, reason=change.reason, **right.details
        )
        ask(proposals.UNSEATING, change)
    return change


def confirm_unseat(claim: Claim, *, confirmed: bool | None, remark: str = "", by: User, on: date) -> SeatChange:
    """The second pair of eyes: the expert leaves, their sheet does not count, and the next of the drawn order takes the place; or nothing changes."""
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "unseat_confirm")
        change = claim.seat_changes.select_for_update(of=("self",)).select_related("proposed_under").get(confirmed=None)
        agreed = explicit(confirmed, _("复核通过或退回承办人"), where=str(claim))
        if not agreed and not remark.strip():
            raise DomainError(_("退回时请写明意见。"), where=str(claim))
        seat = Seat.objects.select_for_update(of=("self",)).select_related("panel", "expert__person").get(pk=change.seat_id)
        if agreed:
            require_proposer_free(change.proposed_under, [claim], remedy=_("请退回，由部门的其他人员重新提出。"))
            _not_by_who_entered_their_ties(interests([seat.expert.person_id], claim), right, claim)
        change.confirmed, change.confirmed_by, change.confirmed_under_id, change.confirmed_on = agreed, by, right.grant, on
        change.remark = fitting(SeatChange, "remark", remark)
        change.save()
        if not agreed:
            title = f"不同意更换评审专家：{claim}"
            log.record("redemption.keep_seat", claim, title, by=by, seat=seat.pk, remark=change.remark, **right.details)
            sent_back(proposals.UNSEATING, change, change.proposed_by, by=by, remark=change.remark)
            return change
        seat.state, seat.reason, seat.points = Seat.State.RECUSED, change.reason, None
        seat.save()
        log.record("redemption.unseat", claim, f"更换评审专家：{claim}", by=by, seat=seat.pk, reason=change.reason, **right.details)
        if seat.expert.person.user_id:
            text = f"您不再评审：{claim.name}（{change.reason}）"
            notify.tell([seat.expert.person.user_id], shortened(text, 300), kind="review", url=reverse("redemption:reviews"))
        _next_in_order(seat.panel, claim, log, by)
    return change


def _next_in_order(panel: Panel, claim: Claim, log: Log, by: User) -> None:
    there = set(panel.seats.values_list("expert", flat=True))
    # As the ties stood at the draw: what was entered since moves nobody up or down, two officials do.
    following = next((expert for expert in drawn(panel.seed, panel.pool) if expert not in there), None)
    if following is None:
        raise DomainError(_("候选专家已经用完，无法递补。"), where=str(claim), remedy=_("请联系主管部门增补专家后重新组织评审。"))
    number = 1 + max(panel.seats.values_list("number", flat=True))
    Seat.objects.create(panel=panel, expert_id=following, number=number)
    _invite(panel, [following])
    log.record("redemption.substitute", claim, f"递补评审专家：{claim}", by=by, panel=panel.pk, expert=following)


def score(seat: Seat, *, scores: Mapping[str, int], opinion: str, suggested_fen: int | None = None, by: User, on: date) -> Seat:
    """An expert's sheet, handed in once and for good."""
    with handled(seat.panel.claim) as (claim, log):
        seat = _own_seat(seat, by, claim)
        if seat.state != Seat.State.SITTING:
            raise DomainError(_("请先声明没有利害关系；评过分的不能再改。"), where=str(claim))
        if claim.step != "expert_review" or seat.panel.closed_on is not None:
            raise DomainError(_("这一次评审已经结束。"), where=str(claim))
        _require_no_tie(seat, claim)
        criteria = sheet_of(claim)
        for criterion in criteria:
            given = scores.get(criterion.id)
            if given is None or not 0 <= given <= criterion.points:
                raise DomainError(
                    _("“%(name)s”应为 0 至 %(most)d 分。") % {"name": said(criterion.label), "most": criterion.points}, where=str(claim)
                )
        if suggested_fen is not None and not 0 <= suggested_fen <= (claim.amount_fen or 0):
            raise DomainError(_("建议金额应在 0 和上限之间。"), where=str(claim))
        if not opinion.strip():
            raise DomainError(_("请写明评审意见。"), where=str(claim))
        seat.scores = {criterion.id: scores[criterion.id] for criterion in criteria}
        seat.points, seat.suggested_fen, seat.opinion = sum(seat.scores.values()), suggested_fen, opinion.strip()
        seat.state, seat.scored_at = Seat.State.SCORED, timezone.now()
        seat.save()
        log.record("redemption.score", claim, f"专家评分：{claim}", by=by, seat=seat.pk, points=seat.points)
    return seat


def close_panel(panel: Panel, *, by: User, on: date) -> Panel:
    """All sheets are in: the mean, half up to a hundredth of a point, and whether it passes. The claim goes on either way; a decision follows from it."""
    with handled(panel.claim) as (claim, log):
        right = require_act(by, claim, "close")
        panel = Panel.objects.select_for_update().get(pk=panel.pk)
        seats = list(panel.seats.exclude(state=Seat.State.RECUSED))
        if not seats:
            raise DomainError(_("没有专家评分，不能汇总。"), where=str(claim), remedy=_("请先增补专家库。"))
        step = next(one for one in procedure_of(claim).steps if one.kind == "expert_review")
        total = sum(seat.points or 0 for seat in seats) * HUNDREDTHS
        panel.points = (2 * total + len(seats)) // (2 * len(seats))
        panel.passed = total >= step.pass_points * HUNDREDTHS * len(seats)
        panel.closed_by, panel.closed_on = by, on
        panel.save()
        words = _("专家 %(n)d 人，平均 %(points)s 分，%(passed)s") % {
            "n": len(seats), "points": f"{panel.points // HUNDREDTHS}.{panel.points % HUNDREDTHS:02d}", "passed": _("通过") if panel.passed else _("未通过"),
        }  # fmt: skip
        advance(claim, by=by, on=on, opinion=words)
        log.record(
            "redemption.close_panel",
            claim,
            f"汇总专家评审：{claim}",
            by=by,
            panel=panel.pk,
            points=panel.points,
            passed=panel.passed,
            **right.details,
        )
    return panel


def sheet_of(claim: Claim) -> tuple[Any, ...]:
    """The criteria of the scoring sheet that the pack gives."""
    return next(one.criteria for one in procedure_of(claim).steps if one.kind == "expert_review")


def _own_seat(seat: Seat, by: User, claim: Claim) -> Seat:
    right = acts.REVIEW.right(by)
    seat = Seat.objects.select_for_update(of=("self",)).select_related("expert__person", "panel").get(pk=seat.pk)
    require_as_sealed([*grants_behind(right), seat, seat.expert, seat.panel], where=str(claim))
    if seat.expert.person.user_id != by.pk or seat.panel.claim_id != claim.pk:
        raise NotAllowed(_("这不是您的评审任务。"), where=str(claim))
    return seat


# departments ------------------------------------------------------------------------------------------------------------


def vote(claim: Claim, *, unit: str, agree: str, opinion: str = "", by: User, on: date) -> JointVote:
    """One department's word in a joint review; with the last of them the claim goes to its decision."""
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "vote", unit=unit)
        if agree not in JointVote.Vote.values:
            raise DomainError(_("请选择“同意”“不同意”或“无意见”。"))
        if agree == JointVote.Vote.OBJECT and not opinion.strip():
            raise DomainError(_("不同意的，请写明意见。"), where=str(claim))
        found = JointVote.objects.select_for_update().filter(step=claim.steps.get(ended_on=None), unit=unit).first()
        if found is None or found.vote:
            raise DomainError(_("您的部门不参加本件的联审，或者已经表决。"), where=str(claim))
        found.vote, found.opinion, found.by, found.under_id, found.on = agree, opinion.strip(), by, right.grant, on
        found.save()
        log.record(
            "redemption.vote",
            claim,
            f"联审{found.get_vote_display()}：{claim}",
            by=by,
            unit=unit,
            vote=agree,
            opinion=opinion.strip(),
            **right.details,
        )
        votes = list(found.step.votes.all())
        if all(one.vote for one in votes):
            against = sum(one.vote == JointVote.Vote.OBJECT for one in votes)
            words = _("联审部门 %(n)d 个，不同意 %(against)d 个") % {"n": len(votes), "against": against}
            advance(claim, by=by, on=on, opinion=words)
    return found


def recuse(claim: Claim, *, reason: str, by: User) -> Recusal:
    """An official keeps away from a claim, from now on and for good."""
    right = acts.RECUSE.right(by)
    if not reason.strip():
        raise DomainError(_("请写明回避的理由。"), where=str(claim))
    with handled(claim) as (claim, log):
        found, _new = Recusal.objects.get_or_create(claim=claim, user=by, defaults={"reason": fitting(Recusal, "reason", reason)})
        log.record("redemption.recuse", claim, f"声明回避：{claim}", by=by, reason=reason.strip(), **right.details)
    return found


def duplicates_of(claim: Claim) -> list[Claim]:
    """Other claims that may reward the same thing; two queries at most.

    Of any payee: the same subject (of an enterprise: under the same rule) or the same fact, and for a talent or team the other of the two.
    Of the same payee: the same stacking group in the same year.
    """
    from quintet.policies.engine import policy

    group = rule_of(claim).group
    rules = [rule.id for rule in policy(claim.pack).pack.rules if group and rule.group == group]
    whose = Q(organisation=claim.organisation_id) if claim.organisation_id else Q(person=claim.person_id)
    alike = whose & Q(rule__in=rules, year=claim.year) | Q(pack=claim.pack, awarded=claim.awarded)
    same = Q(subject=claim.subject, subject_id=claim.subject_id)
    alike |= same & Q(rule=claim.rule) if claim.subject == "enterprise" else same
    if claim.subject == "team":
        alike |= Q(
            subject="talent", subject_id__in=list(Talent.objects.filter(person__teams=claim.subject_id).values_list("pk", flat=True))
        )
    if claim.subject == "talent":
        alike |= Q(subject="team", subject_id__in=list(Team.objects.filter(leader__talent=claim.subject_id).values_list("pk", flat=True)))
    found = Claim.objects.filter(alike).exclude(pk=claim.pk).exclude(state__in=[State.WITHDRAWN, State.LAPSED])
    return list(found.order_by("-pk")[:20])
