"""What may be done with a claim, a batch or an objection, by whom: one table, read by the actions, by the pages and by docs/reference/acts.md.

An action calls `require_act`, which raises what `refusal` says and gives back the right it is done under; a page offers exactly the
acts without a refusal (`Standing.acts`). Interests and what others did before are read for many claims at once.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Count, Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import RoleGrant, User
from quintet.core.permissions import Right, require_standing, right_of, second_pair_of_eyes
from quintet.core.reliance import grants_behind, require_as_sealed
from quintet.core.roles import Role
from quintet.directory.models import Person
from quintet.policies.engine import policy
from quintet.policies.queries import step_label
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import phone_number
from quintet.reading.letters import narrow
from quintet.redemption import acts
from quintet.redemption.accounts import returned_accounts
from quintet.redemption.interests import reasons, users_who_keep_away
from quintet.redemption.judges import judges, lenders_on
from quintet.redemption.models import (
    AccountChange,
    Claim,
    Clawback,
    Decision,
    ExpertChange,
    JointVote,
    NoticeLine,
    Objection,
    Panel,
    PayeeAccount,
    PaymentBatch,
    Reversal,
    Seat,
    SeatChange,
)
from quintet.redemption.states import CLOSED, SETTLED, State, WrongState

OFFICER, FINANCE, AUDITOR = Role.OFFICER, Role.FINANCE_OFFICER, Role.AUDITOR
AFTER_HAND_IN = (
    State.HANDLED, State.CORRECTION, State.PROPOSED, State.GRANTED, State.PUBLIC, State.CONTESTED, State.CLEARED, State.COMMITTED,
)  # fmt: skip
UNDER_WAY = (Clawback.State.PROPOSED, Clawback.State.DEMANDED)

# earlier act → why whoever stands behind it does not do the later one
PROPOSAL, DECISION, JUDGEMENT, VOTE, VOTED, BATCH = "proposal", "decision", "judgement", "vote", "voted", "batch"
ANSWER, ACCOUNT, FILING, REVERSAL, CLAWBACK, DEMAND = "answer", "account", "filing", "reversal", "clawback", "demand"
UNSEATING = "unseating"
WHY_APART = {
    PROPOSAL: gettext_lazy("承办人不能复核自己的决定，受承办人委托或委托承办人的人也不能。"),
    DECISION: gettext_lazy(
        "作出决定的人（提出、复核的人，以及把角色委托给他们或受他们委托的人）不能办理这笔资金，也不能答复对决定的异议。"
    ),
    VOTE: gettext_lazy("代表其他部门参加过联审表决的人，不能再代表另一部门表决，也不能提出或复核决定。"),
    VOTED: gettext_lazy("参加过本件联审表决的人不能办理这笔资金，无论代表哪个部门；受他委托或委托他的人也不能。"),
    BATCH: gettext_lazy("编制人不能签发自己的批次，受编制人委托或委托编制人的人也不能。"),
    JUDGEMENT: gettext_lazy("认定过本件事实的人不能办理这笔资金，受他委托或委托他的人也不能。"),
    CLAWBACK: gettext_lazy("追回的提出人不能复核自己提出的追回和它的撤销，也不能登记退款；受他委托或委托他的人也不能。"),
    UNSEATING: gettext_lazy("提出更换评审专家的人不能自己复核，受他委托或委托他的人也不能。"),
    DEMAND: gettext_lazy("追回的复核人不能登记退款，受他委托或委托他的人也不能。"),
    FILING: gettext_lazy("对本件提出过异议的人不能受理、答复或复核对本件的异议，受他委托或委托他的人也不能。"),
    REVERSAL: gettext_lazy("提出改变决定的人不能自己复核，受他委托或委托他的人也不能。"),
    ACCOUNT: gettext_lazy("核实过这一收款账户的更换、或者同一事项收款账户更换的人，不能编制、签发、导出或回盘这笔拨付。"),
    ANSWER: gettext_lazy("答复过异议的人不能办理这笔资金。"),
}


@dataclass(frozen=True, kw_only=True)
class Act:
    """One line of the table. `unit` says whose officer it takes; `apart` which earlier acts its doer must not stand behind."""

    title: Any
    roles: tuple[Role, ...]
    unit: str = "any"  # any, handling, lead, asked (to vote), notice
    states: tuple[State, ...] = ()
    steps: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    only: "Callable[[Standing, Claim], str] | None" = None  # what else must hold: a sentence if it does not
    confirmed_by: str = ""  # the act with which somebody else confirms this one
    told: Any = ""  # whom the site tells; empty where it tells nobody
    records: tuple[str, ...] = ()  # actions of the audit chain


def _not_offered(standing: "Standing", claim: Claim) -> str:
    return _("免申即享的事项按名录核对，不另行认定。") if claim.way == "automatic" else ""


def _no_draw_yet(standing: "Standing", claim: Claim) -> str:
    return _("这一次评审的专家已经抽取，不能重抽。") if claim.pk in standing.drawn else ""


def _panel_open(standing: "Standing", claim: Claim) -> str:
    if claim.pk not in standing.open_panels:
        return _("尚未抽取评审专家，或者评审已经汇总。")
    if claim.pk in standing.tied_seats:
        return _("评审专家中有人应当回避，请先办理更换。")
    left = standing.open_panels[claim.pk]
    return _("还有 %(n)d 位专家没有评分。") % {"n": left} if left else ""


def _expert_tied(standing: "Standing", claim: Claim) -> str:
    if claim.pk in standing.unseatings:
        return _("更换评审专家已经提出，正在等待复核。")
    return "" if claim.pk in standing.tied_seats else _("抽中的评审专家没有登记在名录里的利害关系，不用更换。")


def _unseating_waits(standing: "Standing", claim: Claim) -> str:
    return "" if claim.pk in standing.unseatings else _("没有待复核的更换评审专家。")


def _in_money(standing: "Standing", claim: Claim) -> str:
    return "" if claim.budget else _("这一项不用资金拨付。")


def _in_kind(standing: "Standing", claim: Claim) -> str:
    return _("这一项要用资金拨付，不能按实物兑现。") if claim.budget else ""


def _nothing_reversed(standing: "Standing", claim: Claim) -> str:
    waits = standing.reversal(claim)
    return _("“%(what)s”正在等待复核，请先复核。") % {"what": Reversal.Kind(waits).label} if waits else ""


def _release_waits(standing: "Standing", claim: Claim) -> str:
    return "" if standing.reversal(claim) == Reversal.Kind.RELEASE else _("没有待复核的“不再拨付”。")


def _drop_waits(standing: "Standing", claim: Claim) -> str:
    return "" if standing.reversal(claim) == Reversal.Kind.DROP else _("没有待复核的“撤销追回”。")


def _upholding_waits(standing: "Standing", claim: Claim) -> str:
    return "" if standing.reversal(claim) == Reversal.Kind.UPHOLD else _("没有待复核的“异议成立”。")


def _nothing_called_back(standing: "Standing", claim: Claim) -> str:
    return _("本件已有追回在办理。") if standing.called_back(claim) else ""


def _proposed_back(standing: "Standing", claim: Claim) -> str:
    return "" if standing.called_back(claim) == Clawback.State.PROPOSED else _("没有待复核的追回，或者这件追回已经复核。")


def _demanded(standing: "Standing", claim: Claim) -> str:
    return "" if standing.called_back(claim) == Clawback.State.DEMANDED else _("没有待退回的追回，现在不能登记退款，也不用撤销。")


def _demanded_for_good(standing: "Standing", claim: Claim) -> str:
    return _demanded(standing, claim) or _nothing_reversed(standing, claim)


def _account_waits(standing: "Standing", claim: Claim) -> str:
    return "" if claim.pk in standing.account_waits else _("没有待核实的账户更换。")


def _account_settled(standing: "Standing", claim: Claim) -> str:
    return _("收款账户的更换尚未核实，不能拨付。") if claim.pk in standing.account_waits else ""


def _account_not_returned(standing: "Standing", claim: Claim) -> str:
    why = standing.returned_accounts.get(claim.pk)
    return _("银行退回过付到这个账户的款项（%(why)s），等收款人更换或确认账户、主管部门核实后才能拨付。") % {"why": why} if why else ""


def _may_be_ordered(standing: "Standing", claim: Claim) -> str:
    return _account_settled(standing, claim) or _account_not_returned(standing, claim) or _nothing_reversed(standing, claim)


def _may_be_offered_again(standing: "Standing", claim: Claim) -> str:
    if claim.way != "automatic":
        return _("这一项由收款人申报，不发邀请。")
    return _("同一事项另有一件在办或已经兑现。") if claim.pk in standing.claimed_anew else ""


def _proposal_stands(standing: "Standing", claim: Claim) -> str:
    return "" if claim.pk in standing.proposals else _("没有待复核的决定。")


SECONDS = gettext_lazy("可以复核的人")  # asked by `core.second_person`
PAYING = (DECISION, JUDGEMENT, VOTED, ANSWER)  # whoever stands behind one of these has no hand in the money
ACTS: dict[str, Act] = {
    "check_form": Act(
        title=gettext_lazy("形式审查，或一次性告知补正"), roles=(OFFICER,), unit="handling", states=(State.HANDLED,), steps=("form_check",),
        told=gettext_lazy("需要补正时告知申报人"), records=("redemption.check_form", "redemption.return"),
    ),
    "judge": Act(
        title=gettext_lazy("认定由主管部门认定的事实"), roles=(OFFICER,), unit="handling", states=(State.HANDLED,),
        steps=("form_check", "department_review", "decision"), only=_not_offered, records=("redemption.judge",),
    ),
    "recheck": Act(
        title=gettext_lazy("按名录重新核对"), roles=(OFFICER,), unit="handling", states=(State.HANDLED,),
        steps=("form_check", "department_review", "decision"), records=("redemption.recheck",),
    ),
    "review": Act(
        title=gettext_lazy("部门初审"), roles=(OFFICER,), unit="handling", states=(State.HANDLED,), steps=("department_review",), records=("redemption.review",),
    ),
    "draw": Act(
        title=gettext_lazy("抽取评审专家"), roles=(OFFICER,), unit="handling", states=(State.HANDLED,), steps=("expert_review",), only=_no_draw_yet,
        told=gettext_lazy("抽中的专家"), records=("redemption.draw", "redemption.substitute"),
    ),
    "close": Act(
        title=gettext_lazy("汇总专家评审"), roles=(OFFICER,), unit="handling", states=(State.HANDLED,), steps=("expert_review",), only=_panel_open,
        records=("redemption.close_panel",),
    ),
    "unseat": Act(
        title=gettext_lazy("提出更换应当回避的评审专家"), roles=(OFFICER,), unit="handling", states=(State.HANDLED,), steps=("expert_review",),
        only=_expert_tied, confirmed_by="unseat_confirm", told=SECONDS, records=("redemption.propose_unseat",),
    ),
    "unseat_confirm": Act(
        title=gettext_lazy("复核更换评审专家"), roles=(OFFICER,), unit="handling", states=(State.HANDLED,), steps=("expert_review",), apart=(UNSEATING,),
        only=_unseating_waits, told=gettext_lazy("退出的和递补的专家"), records=("redemption.unseat", "redemption.keep_seat", "redemption.substitute"),
    ),
    "vote": Act(
        title=gettext_lazy("部门联审表决"), roles=(OFFICER,), unit="asked", states=(State.HANDLED,), steps=("joint_review",), apart=(VOTE,),
        records=("redemption.vote",),
    ),
    "propose": Act(
        title=gettext_lazy("提出决定"), roles=(OFFICER,), unit="handling", states=(State.HANDLED,), steps=("decision",), apart=(VOTE,), confirmed_by="confirm",
        told=SECONDS, records=("redemption.propose",),
    ),
    "confirm": Act(
        title=gettext_lazy("复核决定"), roles=(OFFICER,), unit="handling", states=(State.PROPOSED,), steps=("decision",), apart=(PROPOSAL, VOTE),
        only=_proposal_stands, told=gettext_lazy("申报单位或本人"), records=("redemption.decide",),
    ),
    "publish": Act(
        title=gettext_lazy("发布公示"), roles=(OFFICER,), unit="handling", states=(State.GRANTED,), told=gettext_lazy("申报单位或本人；公示对所有人公开"),
        records=("redemption.publish",),
    ),
    "deliver": Act(
        title=gettext_lazy("登记实物或岗位兑现"), roles=(OFFICER,), unit="handling", states=(State.CLEARED,), only=_in_kind,
        told=gettext_lazy("申报单位或本人"), records=("redemption.deliver",),
    ),
    "commit": Act(
        title=gettext_lazy("落实资金"), roles=(FINANCE,), states=(State.CLEARED,), apart=PAYING, only=_in_money,
        told=gettext_lazy("事实有变退回部门的，告知办理部门和申报单位或本人；资金承诺达到预警线时告知财政"), records=("redemption.commit", "redemption.reopen"),
    ),
    "confirm_account": Act(
        title=gettext_lazy("核实收款账户的更换"), roles=(OFFICER,), unit="lead", states=AFTER_HAND_IN, only=_account_waits, told=gettext_lazy("申报单位或本人"),
        records=("redemption.confirm_account",),
    ),
    "compare_account": Act(
        title=gettext_lazy("查看要核实的完整收款账号"), roles=(OFFICER,), unit="lead", states=AFTER_HAND_IN, only=_account_waits,
        told=gettext_lazy("账户是个人的，告知本人"), records=("redemption.compare_account",),
    ),
    "order": Act(
        title=gettext_lazy("编制拨付批次"), roles=(FINANCE,), states=(State.COMMITTED,), apart=(*PAYING, ACCOUNT), only=_may_be_ordered, confirmed_by="sign",
        told=SECONDS, records=("redemption.make_batch", "redemption.order"),
    ),
    "release": Act(
        title=gettext_lazy("提出不再拨付，释放资金"), roles=(FINANCE,), states=(State.COMMITTED,), apart=PAYING, only=_nothing_reversed,
        confirmed_by="release_confirm", told=SECONDS, records=("redemption.propose_release",),
    ),
    "release_confirm": Act(
        title=gettext_lazy("复核不再拨付"), roles=(FINANCE,), states=(State.COMMITTED,), apart=(*PAYING, REVERSAL), only=_release_waits,
        told=gettext_lazy("申报单位或本人、牵头部门"), records=("redemption.release", "redemption.keep_decision"),
    ),
    "appraise": Act(
        title=gettext_lazy("绩效评价"), roles=(OFFICER,), unit="handling", states=(State.PAID, State.DELIVERED), steps=("appraisal",),
        told=gettext_lazy("收款人"), records=("redemption.appraise",),
    ),
    "clawback": Act(
        title=gettext_lazy("提出追回已拨付的资金"), roles=(OFFICER,), unit="lead", states=(State.PAID,), only=_nothing_called_back, confirmed_by="clawback_confirm",
        told=SECONDS, records=("redemption.propose_clawback",),
    ),
    "clawback_confirm": Act(
        title=gettext_lazy("复核追回"), roles=(OFFICER,), unit="lead", states=(State.PAID, State.COMMITTED), apart=(CLAWBACK,), only=_proposed_back,
        told=gettext_lazy("收款人"), records=("redemption.confirm_clawback",),
    ),
    "clawback_drop": Act(
        title=gettext_lazy("提出撤销追回"), roles=(OFFICER,), unit="lead", states=(State.PAID, State.COMMITTED), only=_demanded_for_good,
        confirmed_by="clawback_drop_confirm", told=SECONDS, records=("redemption.propose_drop",),
    ),
    "clawback_drop_confirm": Act(
        title=gettext_lazy("复核撤销追回"), roles=(OFFICER,), unit="lead", states=(State.PAID, State.COMMITTED), apart=(CLAWBACK, REVERSAL),
        only=_drop_waits, told=gettext_lazy("收款人"), records=("redemption.drop_clawback", "redemption.keep_decision"),
    ),
    "clawback_receive": Act(
        title=gettext_lazy("登记收到的退款"), roles=(FINANCE,), states=(State.PAID,), apart=(*PAYING, CLAWBACK, DEMAND), only=_demanded_for_good,
        told=gettext_lazy("收款人"), records=("redemption.receive_return",),
    ),
    "offer_again": Act(
        title=gettext_lazy("再次邀请已不予兑现、不再拨付或者全部追回的"), roles=(OFFICER,), unit="lead", states=SETTLED, only=_may_be_offered_again,
        told=gettext_lazy("申报单位或本人"), records=("redemption.offer_again",),
    ),
}  # fmt: skip
BATCH_ACTS: dict[str, Act] = {
    "compare": Act(
        title=gettext_lazy("查看批次的完整收款账号"), roles=(FINANCE,), apart=(*PAYING, ACCOUNT), told=gettext_lazy("账户是个人的，告知本人"),
        records=("redemption.compare_accounts",),
    ),
    "sign": Act(title=gettext_lazy("签发拨付批次"), roles=(FINANCE,), apart=(BATCH, *PAYING, ACCOUNT), records=("redemption.sign_batch",)),
    "drop": Act(title=gettext_lazy("作废未签发的批次"), roles=(FINANCE,), apart=PAYING, records=("redemption.drop_batch",)),
    "send": Act(title=gettext_lazy("导出已签发的批次送国库和银行"), roles=(FINANCE,), apart=(*PAYING, ACCOUNT)),
    "read": Act(
        title=gettext_lazy("读回拨付结果"), roles=(FINANCE,), apart=(*PAYING, ACCOUNT), told=gettext_lazy("收款人；退回的，也告知牵头部门"),
        records=("redemption.upload_results", "redemption.read_results", "redemption.paid", "redemption.bounced"),
    ),
}  # fmt: skip
BATCH_STATES = {
    "compare": (PaymentBatch.State.MADE, PaymentBatch.State.SIGNED, PaymentBatch.State.DONE),
    "sign": (PaymentBatch.State.MADE,),
    "drop": (PaymentBatch.State.MADE,),
    "send": (PaymentBatch.State.SIGNED, PaymentBatch.State.DONE),
    "read": (PaymentBatch.State.SIGNED, PaymentBatch.State.DONE),
}
TOLD_OF_AN_OBJECTION = gettext_lazy("申报单位或本人、联系方式已确认的异议人")
OBJECTION_ACTS: dict[str, Act] = {
    "take_up": Act(
        title=gettext_lazy("受理联系方式未确认的异议"), roles=(OFFICER,), unit="notice", states=(State.PUBLIC, State.CONTESTED),
        apart=(DECISION, FILING), told=TOLD_OF_AN_OBJECTION, records=("redemption.take_up",),
    ),
    "dismiss": Act(
        title=gettext_lazy("答复异议不成立"), roles=(OFFICER,), unit="notice", apart=(DECISION, FILING), only=_nothing_reversed,
        told=TOLD_OF_AN_OBJECTION, records=("redemption.answer",),
    ),
    "uphold": Act(
        title=gettext_lazy("提出异议成立"), roles=(OFFICER,), unit="notice", apart=(DECISION, FILING), only=_nothing_reversed,
        told=SECONDS, confirmed_by="uphold_confirm", records=("redemption.propose_upholding",),
    ),
    "uphold_confirm": Act(
        title=gettext_lazy("复核异议成立"), roles=(OFFICER,), unit="notice", apart=(DECISION, FILING, REVERSAL), only=_upholding_waits,
        told=TOLD_OF_AN_OBJECTION, records=("redemption.answer", "redemption.keep_decision"),
    ),
    "read_objector": Act(title=gettext_lazy("查看异议人的姓名和联系方式"), roles=(OFFICER, AUDITOR), unit="notice", apart=(DECISION,)),
}  # fmt: skip
ANSWERS = ("dismiss", "uphold", "uphold_confirm")


OF_THE_CLAIMS = (
    "_keys", "_decisions", "proposals", "_deciders", "_votes", "_asked", "_clawbacks", "_judges", "_reversals", "_answerers", "_account_changes",
    "account_waits", "_account_checkers", "drawn", "open_panels", "unseatings", "tied_seats", "claimed_anew",
)  # fmt: skip


@dataclass
class Standing:
    """Where one user stands towards many claims. Every question is answered from reads whose number does not depend on how many claims there are."""

    user: User
    claims: Sequence[Claim]
    notice_units: Mapping[int, str] = field(default_factory=dict)

    # what is known of all of them ------------------------------------------------------------------------------------------

    @cached_property
    def _keys(self) -> Any:
        return [claim.pk for claim in self.claims]

    @cached_property
    def _decisions(self) -> list[Decision]:
        found = Decision.objects.filter(claim__in=self._keys).select_related("proposed_under", "confirmed_under")
        return list(found)

    @cached_property
    def proposals(self) -> dict[int, frozenset[int]]:
        """claim → who stands behind the decision that waits for its second pair of eyes."""
        return {decision.claim_id: people_of(decision.proposed_under) for decision in self._decisions if decision.confirmed is None}

    @cached_property
    def _behind(self) -> dict[str, Callable[[], Mapping[int, Iterable[int]]]]:
        return {
            PROPOSAL: lambda: self.proposals,
            DECISION: lambda: self._deciders,
            JUDGEMENT: lambda: self._judges,
            UNSEATING: lambda: self.unseatings,
            VOTED: lambda: {claim: {one for _unit, people in votes for one in people} for claim, votes in self._votes.items()},
            FILING: lambda: self._filers,
            REVERSAL: lambda: {claim: people for claim, (_kind, people) in self._reversals.items()},
            CLAWBACK: lambda: {claim: people for claim, (_state, people, _demand) in self._clawbacks.items()},
            DEMAND: lambda: {claim: demand for claim, (_state, _people, demand) in self._clawbacks.items()},
            ANSWER: lambda: self._answerers,
            ACCOUNT: lambda: self._account_checkers,
        }

    @cached_property
    def _deciders(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        for decision in self._decisions:
            found[decision.claim_id] |= people_of(decision.proposed_under) | people_of(decision.confirmed_under)
        return found

    @cached_property
    def _votes(self) -> dict[int, list[tuple[str, frozenset[int]]]]:
        """claim → departments that spoke in a joint review, each with who stands behind its vote."""
        found: dict[int, list[tuple[str, frozenset[int]]]] = defaultdict(list)
        for vote in JointVote.objects.filter(claim__in=self._keys, under__isnull=False).select_related("under"):
            found[vote.claim_id].append((vote.unit, people_of(vote.under)))
        return found

    @cached_property
    def _asked(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = defaultdict(set)
        for claim, unit in JointVote.objects.filter(claim__in=self._keys, vote="", step__ended_on=None).values_list("claim", "unit"):
            found[claim].add(unit)
        return found

    @cached_property
    def _clawbacks(self) -> dict[int, tuple[str, frozenset[int], frozenset[int]]]:
        """claim → state of the demand under way, who stands behind its proposal, and who behind its confirmation."""
        under_way = Clawback.objects.filter(claim__in=self._keys, state__in=UNDER_WAY).select_related("proposed_under", "confirmed_under")
        return {one.claim_id: (one.state, people_of(one.proposed_under), people_of(one.confirmed_under)) for one in under_way}

    @cached_property
    def _judges(self) -> dict[int, set[int]]:
        return judges(self.claims)

    @cached_property
    def _reversals(self) -> dict[int, tuple[str, frozenset[int]]]:
        """claim → which of its decisions somebody wants undone and nobody has confirmed yet, and who stands behind that."""
        waiting = Reversal.objects.filter(claim__in=self._keys, confirmed=None).select_related("proposed_under")
        return {one.claim_id: (one.kind, people_of(one.proposed_under)) for one in waiting}

    @cached_property
    def _answerers(self) -> dict[int, set[int]]:
        """claim → who answered an objection to it, or said that one is to be upheld, or that it is not."""
        found: dict[int, set[int]] = defaultdict(set)
        answered = Objection.objects.filter(line__claim__in=self._keys, answered_under__isnull=False)
        for objection in answered.select_related("answered_under", "line"):
            found[objection.line.claim_id] |= people_of(objection.answered_under)
        upholdings = Reversal.objects.filter(claim__in=self._keys, kind=Reversal.Kind.UPHOLD)
        for one in upholdings.select_related("proposed_under", "confirmed_under"):
            found[one.claim_id] |= people_of(one.proposed_under) | people_of(one.confirmed_under)
        return found

    @cached_property
    def _filers(self) -> dict[int, set[int]]:
        """claim → who objected to it: by their account, by the mail or telephone of a contact that is confirmed, and who had lent them a role that day.

        A contact that nobody has confirmed proves nothing: anybody may have left it, to keep officials from answering what others object to.
        """
        objections = list(Objection.objects.filter(line__claim__in=self._keys).select_related("line"))
        lent = lenders_on({(one.filed_by_id, timezone.localdate(one.filed_at)) for one in objections if one.filed_by_id})
        found: dict[int, set[int]] = defaultdict(set)
        for one in objections:
            reached = self.reached_by(one.contact) if one.confirmed_at else set()
            found[one.line.claim_id] |= reached | ({one.filed_by_id} if one.filed_by_id else set())
            found[one.line.claim_id] |= lent.get((one.filed_by_id or 0, timezone.localdate(one.filed_at)), set())
        return found

    def reached_by(self, contact: str) -> set[int]:
        """Of the user and those who lent them a role, who has this mail or telephone."""
        return {user for user, contacts in self._own_contacts.items() if _contact(contact) in contacts}

    @cached_property
    def _own_contacts(self) -> dict[int, set[str]]:
        """The user and those who lent them a role → mail addresses and telephones by which they are reached."""
        found: dict[int, set[str]] = defaultdict(set)
        for user, mail in User.objects.filter(pk__in=self._their_accounts).exclude(email="").values_list("pk", "email"):
            found[user].add(_contact(mail))
        for person in Person.objects.filter(user__in=self._their_accounts):
            found[person.user_id or 0] |= {_contact(person.phone)} if person.phone else set()
        return found

    @cached_property
    def _actors(self) -> set[int]:
        """The user, and those whose lent roles the user holds today."""
        return {self.user.pk, *(grant.delegated_by_id for grant in self.user.grants_today if grant.delegated_by_id)}

    @cached_property
    def _their_accounts(self) -> frozenset[int]:
        """The same with all other accounts of these people."""
        return frozenset().union(*self.user.accounts_together.values())

    @cached_property
    def _account_changes(self) -> list[AccountChange]:
        return list(AccountChange.objects.filter(claim__in=self._keys).select_related("confirmed_under"))

    @cached_property
    def account_waits(self) -> set[int]:
        """Claims whose payee wants another account that nobody has confirmed yet."""
        return {change.claim_id for change in self._account_changes if change.confirmed is None}

    @cached_property
    def returned_accounts(self) -> dict[int, str]:
        """claim → why the bank sent money back from the account it has, as long as nobody has looked at the account again."""
        return returned_accounts([claim for claim in self.claims if claim.state == State.COMMITTED])

    @cached_property
    def _account_checkers(self) -> dict[int, set[int]]:
        """claim → who confirmed a change of where its money goes: in this case, in another of the same award such as an earlier instalment,
        or in any case to the account that this one has, under whatever bank name it is kept."""
        kept = {claim.account_id for claim in self.claims if claim.account_id}
        number_of = dict(PayeeAccount.objects.filter(pk__in=kept).values_list("pk", "number_hash"))
        alike = Q(claim__awarded__in={claim.awarded for claim in self.claims}) | Q(account__number_hash__in=set(number_of.values()))
        by_award: dict[Any, set[int]] = defaultdict(set)
        by_number: dict[str, set[int]] = defaultdict(set)
        for change in AccountChange.objects.filter(alike).select_related("confirmed_under", "account", "claim"):
            people = people_of(change.confirmed_under)
            by_award[_award_of(change.claim)] |= people
            if change.confirmed:
                by_number[change.account.number_hash] |= people
        return {
            claim.pk: by_award.get(_award_of(claim), set()) | by_number.get(number_of.get(claim.account_id or 0, ""), set())
            for claim in self.claims
        }

    @cached_property
    def unseatings(self) -> dict[int, frozenset[int]]:
        """claim → who stands behind the proposal that an expert leaves its panel, which waits for a second person."""
        waiting = SeatChange.objects.filter(claim__in=self._keys, confirmed=None).select_related("proposed_under")
        return {change.claim_id: people_of(change.proposed_under) for change in waiting}

    @cached_property
    def tied_seats(self) -> dict[int, int]:
        """claim → the first seat of its open panel whose expert has to keep away, as the registers are now."""
        seats = Seat.objects.filter(panel__claim__in=self._keys, panel__closed_on=None).exclude(state=Seat.State.RECUSED)
        people = list(seats.order_by("-number").values_list("panel__claim", "pk", "expert__person"))
        known = reasons(
            {person for _claim, _seat, person in people}, [claim for claim in self.claims if claim.pk in {row[0] for row in people}]
        )
        return {claim: seat for claim, seat, person in people if (person, claim) in known}

    @cached_property
    def drawn(self) -> set[int]:
        """Claims whose open step has its experts."""
        return set(Panel.objects.filter(claim__in=self._keys, step__ended_on=None).values_list("claim", flat=True))

    @cached_property
    def claimed_anew(self) -> set[int]:
        """Refused and returned claims beside which there is another for the same award that is open or paid."""
        settled = [claim for claim in self.claims if claim.state in SETTLED]
        alike = Claim.objects.filter(awarded__in={claim.awarded for claim in settled}).exclude(state__in=CLOSED) if settled else ()
        there = {(_award_of(other), other.instalment) for other in alike}
        return {claim.pk for claim in settled if (_award_of(claim), claim.instalment) in there}

    @cached_property
    def open_panels(self) -> dict[int, int]:
        """claim → how many experts of its open review have not scored yet."""
        waiting = Count("seats", filter=Q(seats__state__in=[Seat.State.INVITED, Seat.State.SITTING]))
        return dict(Panel.objects.filter(claim__in=self._keys, closed_on=None).annotate(waiting=waiting).values_list("claim", "waiting"))

    @cached_property
    def _away(self) -> dict[tuple[int, int], str]:
        """(user, claim) → why they keep away, of the user and of those who lent them a role."""
        return users_who_keep_away(self._actors, self.claims)

    def called_back(self, claim: Claim) -> str:
        return self._clawbacks[claim.pk][0] if claim.pk in self._clawbacks else ""

    def reversal(self, claim: Claim) -> str:
        """Which of the claim's decisions somebody wants undone and nobody has confirmed yet; empty where there is none."""
        return self._reversals[claim.pk][0] if claim.pk in self._reversals else ""

    def seen_by(self, user: User) -> "Standing":
        """The same claims as they stand for another user; what is known of the claims themselves is not read again."""
        other = Standing(user, self.claims, self.notice_units)
        other.__dict__ |= {name: known for name, known in self.__dict__.items() if name in OF_THE_CLAIMS}
        return other

    # answers ---------------------------------------------------------------------------------------------------------------

    def units_asked(self, claim: Claim) -> list[str]:
        """Departments for which the user may still vote on the claim."""
        units = sorted(self._asked[claim.pk] & {grant.unit for grant in self.user.grants_today if grant.role == OFFICER})
        return [unit for unit in units if self.refusal("vote", claim, unit=unit) is None]

    def keeps_away(self, claim: Claim) -> bool:
        return (self.user.pk, claim.pk) in self._away

    def may_recuse(self, claim: Claim) -> bool:
        """Whoever may come to handle the claim, whether they can do something with it now or not, keeps away when they have to."""
        if claim.state in CLOSED or self.keeps_away(claim):
            return False
        clause = policy(claim.pack).pack.clauses[claim.clause]
        units = {claim.unit, self.notice_units.get(claim.pk, ""), *clause.lead, *clause.responsible} - {""}
        return any(grant.role == FINANCE or (grant.role == OFFICER and grant.unit in units) for grant in self.user.grants_today)

    def _unit_asked(self, act: Act, claim: Claim) -> str:
        """Where nobody names the department that votes: the first of the user's that is asked."""
        if act.unit != "asked":
            return ""
        mine = {grant.unit for grant in self.user.grants_today if grant.role == OFFICER}
        return next(iter(sorted(self._asked[claim.pk] & mine)), "")

    def right(self, act: Act, claim: Claim, unit: str = "") -> Right:
        """Raises NotAllowed where the user holds no such role."""
        if act.unit == "any":
            return right_of(self.user, *act.roles)
        wanted = unit or {"handling": claim.unit, "lead": lead_of(claim), "notice": self.notice_units.get(claim.pk, "")}.get(act.unit, "")
        if AUDITOR in act.roles and AUDITOR.value in self.user.role_codes:
            return right_of(self.user, AUDITOR)
        if not wanted:
            raise NotAllowed(_("您没有办理这件事的权限。"), where=str(claim), remedy=_("本件现在没有要您的部门办理的事。"))
        return right_of(self.user, *act.roles, unit=wanted)

    def refusal(self, act: str, claim: Claim, unit: str = "") -> DomainError | None:
        """Why the user cannot do this now, as the action would say it; None where they can."""
        spec = ALL[act]
        try:
            unit = unit or self._unit_asked(spec, claim)
            right = self.right(spec, claim, unit)
            self._free_of_interest(right, claim)
            _at_its_place(spec, claim)
            if spec.only and (sentence := spec.only(self, claim)):
                raise DomainError(sentence, where=str(claim), remedy=_("可能已有他人办理。请刷新后再看。"))
            for earlier in spec.apart:
                if earlier != BATCH:
                    _two_people(self._stand_behind(earlier, claim, unit), right, earlier, str(claim))
        except DomainError as error:
            return error
        return None

    def acts(self, claim: Claim) -> set[str]:
        """What the user can do with the claim now."""
        return {name for name in ACTS if self.refusal(name, claim) is None}

    def _stand_behind(self, earlier: str, claim: Claim, unit: str) -> Iterable[int]:
        if earlier == VOTE:
            return {person for voted_for, people in self._votes[claim.pk] if voted_for != unit for person in people}
        return self._behind[earlier]().get(claim.pk, ())

    def _free_of_interest(self, right: Right, claim: Claim) -> None:
        for person in (right.actor, right.lender):
            if person is not None and (why := self._away.get((person, claim.pk))):
                word = (
                    _("您与本件有利害关系，应当回避。")
                    if person == right.actor
                    else _("把角色委托给您的人与本件有利害关系，您不能代他办理。")
                )
                raise NotAllowed(word, where=_("%(claim)s（%(why)s）") % {"claim": claim, "why": why}, remedy=_("请由部门的其他人员办理。"))


ALL: dict[str, Act] = {**ACTS, **BATCH_ACTS, **OBJECTION_ACTS}


def _award_of(claim: Claim) -> tuple[Any, ...]:
    """The same for every instalment of an award, through whatever call it came."""
    return claim.pack, claim.rule, claim.awarded, claim.organisation_id, claim.person_id


def people_of(grant: RoleGrant | None) -> frozenset[int]:
    """Who stands behind what was done under a grant."""
    return Right.under(grant).people if grant else frozenset()


def require_proposer_free(grant: RoleGrant, claims: Sequence[Claim], *, remedy: Any) -> None:
    """Nobody confirms what was proposed by, or under a role lent by, somebody who has left or has to keep away by now. A constant number of queries."""
    require_standing(grant, where=str(claims[0]) if claims else "", remedy=str(remedy))
    behind = people_of(grant)
    away = users_who_keep_away(behind, claims)
    for claim in claims:
        if any((person, claim.pk) in away for person in behind):
            raise NotAllowed(_("承办人已经回避，或者把角色委托给他的人应当回避，他提出的不能通过。"), where=str(claim), remedy=str(remedy))


def lead_of(claim: Claim) -> str:
    """The department that leads the claim's clause."""
    return next(iter(policy(claim.pack).pack.clauses[claim.clause].lead), "")


def _at_its_place(act: Act, claim: Claim) -> None:
    if (act.states and claim.state not in act.states) or (act.steps and claim.step not in act.steps):
        raise WrongState(
            _("本件现在是“%(state)s”，环节“%(step)s”，不能这样办理。")
            % {"state": State(claim.state).label, "step": step_label(claim.step) if claim.step else "—"},
            where=str(claim),
            remedy=_("可能已有他人办理。请刷新后再看。"),
        )


def _two_people(behind: Iterable[int], right: Right, earlier: str, where: str) -> None:
    if right.everybody & frozenset(behind):
        raise NotAllowed(str(WHY_APART[earlier]), where=where, remedy=_("请由另一位工作人员办理；经办权限不能都来自同一个人。"))


# one claim, several claims, a batch, an objection -----------------------------------------------------------------------------


def refusal(user: User, claim: Claim, act: str, *, unit: str = "") -> DomainError | None:
    return Standing(user, [claim]).refusal(act, claim, unit)


def require_act(user: User, claim: Claim, act: str, *, unit: str = "") -> Right:
    """For actions: the right under which the act is done. Raises what `refusal` gives back, and NotAsSealed where what it relies on is not as the
    audit chain has it (`core.reliance`)."""
    return require_acts(user, [claim], act, unit=unit)


def require_acts(user: User, claims: Sequence[Claim], act: str, *, unit: str = "") -> Right:
    """The same for many at once, under one right; refused when one of them is."""
    standing = Standing(user, claims)
    rights = set()
    for claim in claims:
        if error := standing.refusal(act, claim, unit):
            raise error
        rights.add(standing.right(ALL[act], claim, unit))
    (right,) = rights
    require_as_sealed([*grants_behind(right), *_relied_on(claims)], where=str(claims[0]))
    return right


def _relied_on(claims: Sequence[Claim]) -> list[Model]:
    """What an act about the money of these claims takes as given: the cases, their accounts and what was asked of them, what was decided and under
    which roles, what is demanded back, and what waits to be undone. A constant number of queries."""
    keys = [claim.pk for claim in claims]
    decided = list(Decision.objects.filter(claim__in=keys).select_related("proposed_under", "confirmed_under"))
    changes = list(AccountChange.objects.filter(claim__in=keys).select_related("account", "confirmed_under"))
    demanded = list(Clawback.objects.filter(claim__in=keys).select_related("proposed_under", "confirmed_under"))
    accounts = PayeeAccount.objects.filter(pk__in=[claim.account_id for claim in claims if claim.account_id])
    undone = list(Reversal.objects.filter(claim__in=keys, confirmed=None).select_related("proposed_under", "confirmed_under"))
    by_two: list[Any] = [*decided, *demanded, *undone]
    under = [one.proposed_under for one in by_two] + [one.confirmed_under for one in (*by_two, *changes) if one.confirmed_under]
    return [*claims, *accounts, *(change.account for change in changes), *by_two, *changes, *under]


def batch_refusal(user: User, batch: PaymentBatch, act: str) -> DomainError | None:
    """Why the user cannot look at the accounts of this batch, sign, drop, send or read it back; None where they can. A constant number of queries."""
    try:
        _batch_right(user, batch, act)
    except DomainError as error:
        return error
    return None


def require_batch(user: User, batch: PaymentBatch, act: str) -> Right:
    """For actions: the right under which the act is done, and what it relies on is as sealed."""
    right = _batch_right(user, batch, act)
    grants = grants_behind(right, Right.under(batch.made_under))
    require_as_sealed([*grants, batch, *batch.lines.all(), *_relied_on(claims_in(batch))], where=str(batch))
    return right


def _batch_right(user: User, batch: PaymentBatch, act: str) -> Right:
    spec = BATCH_ACTS[act]
    right = right_of(user, *spec.roles)
    if batch.state not in BATCH_STATES[act]:
        raise WrongState(
            _("批次现在是“%(state)s”，不能这样办理。") % {"state": PaymentBatch.State(batch.state).label},
            where=str(batch),
            remedy=_("可能已有他人办理。请刷新后再看。"),
        )
    if BATCH in spec.apart:
        _two_people(people_of(batch.made_under), right, BATCH, str(batch))
    claims = claims_in(batch)
    standing = Standing(user, claims)
    for claim in claims:
        if error := standing.refusal(act, claim):
            raise error
    return right


def expert_right(change: ExpertChange, by: User) -> Right:
    """The right under which `by` confirms a change of the register of experts. Raises NotAllowed for who proposed it and for whom it is about."""
    right = acts.CONFIRM_EXPERT.right(by)
    second_pair_of_eyes(Right.under(change.proposed_under), right, where=str(change))
    not_oneself(right, change.person)
    return right


def not_oneself(right: Right, person: Person) -> None:
    if person.user_id in right.everybody:
        raise NotAllowed(_("不能办理自己的入库和出库。"), where=str(person), remedy=_("请由另一位工作人员办理。"))


def may_confirm_expert(change: ExpertChange, by: User) -> bool:
    if change.confirmed is not None:
        return False
    try:
        expert_right(change, by)
    except NotAllowed:
        return False
    return True


def claims_in(batch: PaymentBatch) -> list[Claim]:
    return list(Claim.objects.filter(payment_lines__batch=batch).select_related("organisation", "person").order_by("pk"))


def objection_refusal(user: User, objection: Objection, act: str) -> DomainError | None:
    try:
        _objection_right(user, objection, act)
    except DomainError as error:
        return error
    return None


def require_objection(user: User, objection: Objection, act: str) -> Right:
    """For actions: the right under which the act is done, and what it relies on is as sealed."""
    right = _objection_right(user, objection, act)
    claim = objection.line.claim
    require_as_sealed([*grants_behind(right), objection, objection.line, *_relied_on([claim])], where=str(claim))
    return right


def _objection_right(user: User, objection: Objection, act: str) -> Right:
    """Taking up an objection, answering it, and reading whose it is: nothing for who decided or keeps away, no answer by who objected."""
    line = NoticeLine.objects.select_related("notice", "claim__organisation", "claim__person").get(pk=objection.line_id)
    standing = Standing(user, [line.claim], {line.claim_id: line.notice.unit})
    if error := standing.refusal(act, line.claim):
        raise error
    if act in ANSWERS and objection.upheld is not None:
        raise DomainError(_("这件异议已经答复。"), where=str(objection))
    right = standing.right(ALL[act], line.claim)
    if FILING in ALL[act].apart:  # of the very objection, an unconfirmed contact counts as well
        _two_people(standing.reached_by(objection.contact), right, FILING, str(line.claim))
    return right


def able(users: Sequence[User], claim: Claim, act: str, *, notice_unit: str = "") -> list[User]:
    """Those of the users who can do this with the claim now."""
    first: Standing | None = None
    found = []
    for user in users:
        standing = first.seen_by(user) if first else Standing(user, [claim], {claim.pk: notice_unit} if notice_unit else {})
        if standing.refusal(act, claim) is None:
            found.append(user)
        first = standing
    return found


def standings(user: User, claims: Sequence[Claim], act: str) -> tuple[list[Claim], list[tuple[Claim, DomainError]]]:
    """Claims with which the user can do this, and the others each with its reason. A constant number of queries."""
    standing = Standing(user, claims)
    able, others = [], []
    for claim in claims:
        error = standing.refusal(act, claim)
        if error is None:
            able.append(claim)
        else:
            others.append((claim, error))
    return able, others


__all__ = [
    "ACTS", "ALL", "BATCH_ACTS", "OBJECTION_ACTS", "Act", "Standing", "able", "batch_refusal", "claims_in", "expert_right", "lead_of", "may_confirm_expert",
    "objection_refusal", "people_of", "refusal", "require_act", "require_acts", "require_batch", "require_objection", "require_proposer_free", "standings",
]  # fmt: skip


def _contact(text: str) -> str:
    """A telephone as its digits, without the number of the country; a mail address in small letters: however it is written, it reaches the same person."""
    try:
        return re.sub(r"^(?:\+|00)86", "", phone_number(text))
    except Unreadable:
        return narrow(text).casefold()
