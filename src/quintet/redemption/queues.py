"""What waits on one user's desk, a tab a step: counted by what the acts themselves allow the user, so that nobody is shown what another has to do."""

from collections.abc import Sequence

from quintet.core import clock
from quintet.core.models import User
from quintet.redemption import cases, proposals
from quintet.redemption.models import Claim, NoticeLine, PaymentBatch, PaymentLine
from quintet.redemption.permissions import Standing
from quintet.redemption.states import State

MOST = 1_000  # claims looked through, those due first
# tab → what is done there; one of them is enough
TAB_ACTS: dict[str, tuple[str, ...]] = {
    "form_check": ("check_form",),
    "department_review": ("review",),
    "expert_review": ("draw", "close"),
    "decision": ("propose",),
    "proposed": ("confirm",),
    "granted": ("publish",),
    "contested": ("take_up", "dismiss", "uphold", "uphold_confirm"),
    "cleared": ("commit", "deliver"),
    "committed": ("order",),
    "vote": ("vote",),
    "owed": ("clawback_receive",),
    "appraisal": ("appraise",),
}
STATES = (State.HANDLED, State.PROPOSED, State.GRANTED, State.CONTESTED, State.CLEARED, State.COMMITTED)


def counts(user: User) -> dict[str, int]:
    """Tab → with how many claims the user can do what is done there, of the first MOST. A constant number of queries."""
    units = cases.units_of(user)
    own = _first(Claim.objects.filter(unit__in=units, state__in=STATES)) if units else []
    asked = _first(cases.asked_to_vote(units)) if units else []
    untaken = _first(Claim.objects.filter(cases.TABS["untaken"], unit__in=units)) if units else []
    owed = _first(cases.owed_to(user)) if units else []
    due = _first(cases.due_appraisals(Claim.objects.filter(unit__in=units), clock.today())) if units else []
    standing = standing_of(user, list({claim.pk: claim for claim in [*own, *asked, *untaken, *owed, *due]}.values()))
    found = {tab: sum(able(standing, tab, claim) for claim in own if cases.tab_of(claim) == tab) for tab in TAB_ACTS}
    found["untaken"] = sum(standing.refusal("take_up", claim) is None for claim in untaken)
    found["vote"] = sum(bool(standing.units_asked(claim)) for claim in asked)
    found["owed"] = sum(able(standing, "owed", claim) for claim in owed)
    found["appraisal"] = sum(able(standing, "appraisal", claim) for claim in due)
    found["unsigned"] = sum(batch.count for batch in proposals.BATCH.mine(user))
    found["ordered"] = _to_be_read(user, units)
    return found


def standing_of(user: User, claims: Sequence[Claim]) -> Standing:
    """With the departments whose notices the claims stand in, for what is done with objections."""
    contested = [claim.pk for claim in claims if claim.state in (State.PUBLIC, State.CONTESTED)]
    lines = NoticeLine.objects.filter(claim__in=contested).order_by("pk").values_list("claim", "notice__unit") if contested else ()
    return Standing(user, claims, dict(lines))


def able(standing: Standing, tab: str, claim: Claim) -> bool:
    return any(standing.refusal(act, claim) is None for act in TAB_ACTS[tab])


def _first(found: "cases.Claims") -> list[Claim]:
    return list(found.select_related("organisation", "person").order_by("due_on", "pk")[:MOST])


def _to_be_read(user: User, units: Sequence[str]) -> int:
    """Payments sent out on whose results the user may read back: of whole batches alone."""
    sent = PaymentLine.objects.filter(batch__state=PaymentBatch.State.SIGNED, results=None, claim__unit__in=units)
    lines = list(sent.select_related("claim__organisation", "claim__person").order_by("pk")[:MOST]) if units else []
    standing = Standing(user, [line.claim for line in lines])
    refused = {line.batch_id for line in lines if standing.refusal("read", line.claim)}
    return sum(line.batch_id not in refused for line in lines)
