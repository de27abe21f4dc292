"""What waits for a second person of those who decide on claims, money and experts."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core.models import User
from quintet.core.permissions import holds
from quintet.core.second_person import MOST, Kind, holders
from quintet.ledger import acts as ledger
from quintet.ledger.actions import may_confirm_appropriation
from quintet.ledger.models import Appropriation
from quintet.look.words import yuan
from quintet.redemption import acts, cases
from quintet.redemption.models import AccountChange, Clawback, Decision, ExpertChange, PaymentBatch, Reversal, SeatChange
from quintet.redemption.permissions import ACTS, ALL, BATCH_ACTS, Standing, able, batch_refusal, may_confirm_expert
from quintet.redemption.states import State
from quintet.redemption.tell import said_of_appropriation, title_of


def _mine(user: User, waiting: QuerySet[Any], act: str) -> list[Any]:
    """Those of a queryset of proposals, each about a claim, on which the user may decide. A constant number of queries."""
    if not holds(user, *ALL[act].roles):
        return []
    found = list(waiting.select_related("claim__organisation", "claim__person").order_by("pk")[:MOST])
    standing = Standing(user, [one.claim for one in found], {one.claim_id: _notice_unit(one) for one in found})
    return [one for one in found if standing.refusal(act, one.claim) is None]


def _notice_unit(proposal: Any) -> str:
    """The department of the notice, where an objection to one of its lines is to be upheld."""
    objection = getattr(proposal, "objection", None)
    return str(objection.line.notice.unit) if objection else ""


def _on_a_claim(act: str, proposing: Any, waiting: Callable[[User], QuerySet[Any]], *, topic: str, **more: Any) -> Kind:
    """A proposal about one claim, on which one act of `redemption.permissions` decides."""
    given: dict[str, Any] = {
        "about": lambda proposal: f"{title_of(proposal.claim)} {proposal.claim.name}",
        "address": lambda proposal, user: reverse("redemption:claim", args=[proposal.claim_id]),
        **more,
    }
    return Kind(
        label=ALL[act].title,
        acts=(proposing,),
        mine=lambda user: _mine(user, waiting(user), act),
        candidates=lambda proposal: holders(*ALL[act].roles),
        able=lambda proposal, users: able(users, proposal.claim, act, notice_unit=_notice_unit(proposal)),
        topic=topic,
        **given,
    )


def _reversals(kind: Reversal.Kind) -> QuerySet[Reversal]:
    return Reversal.objects.filter(kind=kind, confirmed=None).select_related("objection__line__notice")


DECISION = _on_a_claim(
    "confirm",
    ACTS["propose"].title,
    lambda user: Decision.objects.filter(confirmed=None, claim__state=State.PROPOSED, claim__unit__in=cases.units_of(user)),
    topic="decision",
    listed=lambda user: reverse("redemption:desk") + "?tab=proposed",
    gathered=True,
)
RELEASE = _on_a_claim("release_confirm", ACTS["release"].title, lambda user: _reversals(Reversal.Kind.RELEASE), topic="reversal")
CLAWBACK = _on_a_claim(
    "clawback_confirm",
    ACTS["clawback"].title,
    lambda user: Clawback.objects.filter(state=Clawback.State.PROPOSED),
    topic="clawback",
    about=lambda made: f"{title_of(made.claim)} {made.claim.name} {yuan(made.amount_fen)}",
)
DROP = _on_a_claim("clawback_drop_confirm", ACTS["clawback_drop"].title, lambda user: _reversals(Reversal.Kind.DROP), topic="reversal")
UPHOLDING = _on_a_claim(
    "uphold_confirm",
    ALL["uphold"].title,
    lambda user: _reversals(Reversal.Kind.UPHOLD),
    topic="objection",
    address=lambda made, user: reverse("redemption:objection", args=[made.objection_id]),
)
ACCOUNT = _on_a_claim(
    "confirm_account",
    acts.CHANGE_ACCOUNT.title,
    lambda user: AccountChange.objects.filter(confirmed=None),
    topic="account",
    urgent=True,
    about=lambda made: f"{title_of(made.claim)} {made.claim.name}" + _("（请与收款人核实）"),
)
BATCH = Kind(
    label=BATCH_ACTS["sign"].title,
    acts=(ACTS["order"].title,),
    mine=lambda user: (
        [batch for batch in _unsigned() if batch_refusal(user, batch, "sign") is None] if holds(user, *BATCH_ACTS["sign"].roles) else []
    ),
    candidates=lambda batch: holders(*BATCH_ACTS["sign"].roles),
    able=lambda batch, users: [user for user in users if batch_refusal(user, batch, "sign") is None],
    about=lambda batch: _("%(batch)s，共 %(n)d 笔 %(sum)s") % {"batch": batch, "n": batch.count, "sum": yuan(batch.sum_fen)},
    address=lambda batch, user: reverse("redemption:batch", args=[batch.pk]),
    topic="batch",
)
EXPERT = Kind(
    label=gettext_lazy("复核专家入库或出库"),
    acts=(acts.PROPOSE_EXPERT.title,),
    mine=lambda user: [one for one in _expert_changes() if may_confirm_expert(one, user)] if acts.CONFIRM_EXPERT.may(user) else [],
    candidates=lambda change: holders(*acts.CONFIRM_EXPERT.roles),
    able=lambda change, users: [user for user in users if may_confirm_expert(change, user)],
    about=lambda change: f"{change.get_kind_display()} {change.person}",
    address=lambda change, user: reverse("redemption:expert-change", args=[change.pk]),
    topic="expert",
)
UNSEATING = _on_a_claim(
    "unseat_confirm",
    ACTS["unseat"].title,
    lambda user: SeatChange.objects.filter(confirmed=None),
    topic="review",
)
APPROPRIATION = Kind(
    label=gettext_lazy("复核资金安排"),
    acts=(ledger.PROPOSE_APPROPRIATION.title,),
    mine=lambda user: (
        [one for one in _appropriations() if may_confirm_appropriation(one, user)] if ledger.CONFIRM_APPROPRIATION.may(user) else []
    ),
    candidates=lambda made: holders(*ledger.CONFIRM_APPROPRIATION.roles),
    able=lambda made, users: [user for user in users if may_confirm_appropriation(made, user)],
    about=said_of_appropriation,
    address=lambda made, user: reverse("redemption:appropriation", args=[made.pk]),
    topic="fund",
)


def _unsigned() -> QuerySet[PaymentBatch]:
    waiting = PaymentBatch.objects.filter(state=PaymentBatch.State.MADE)
    return waiting.select_related("fund__budget", "made_under").order_by("pk")[:MOST]


def _expert_changes() -> QuerySet[ExpertChange]:
    return ExpertChange.objects.filter(confirmed=None).select_related("person", "proposed_under").order_by("pk")[:MOST]


def _appropriations() -> QuerySet[Appropriation]:
    waiting = Appropriation.objects.filter(state=Appropriation.State.PROPOSED)
    return waiting.select_related("fund__budget", "proposed_under").order_by("pk")[:MOST]


kinds = [DECISION, BATCH, RELEASE, CLAWBACK, DROP, UPHOLDING, ACCOUNT, APPROPRIATION, EXPERT, UNSEATING]
