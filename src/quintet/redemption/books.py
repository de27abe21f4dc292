"""What `quintet books` checks beside the ledger itself: what every payment needed, worked out from the cases and from the audit chain.

Money of a claim needs a decision confirmed by a second person, a public notice with its whole term, a commitment, a batch made by one and
signed by another, and a result; each of them needs its line of the audit chain with the same figures. What is missing is named.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q

from quintet.core.calendar import CalendarUnknown, add_working_days
from quintet.core.fields import keyed_hash
from quintet.core.models import AuditEntry
from quintet.core.roles import Role
from quintet.ledger.models import Commitment, Entry
from quintet.policies.engine import policy
from quintet.redemption.actions.evaluation import seal_of_run
from quintet.redemption.actions.payments import seal_of
from quintet.redemption.funding import commitments_from_another_fund
from quintet.redemption.models import (
    Claim,
    ClaimFact,
    Decision,
    EntitlementRun,
    NoticeLine,
    PayeeAccount,
    PaymentBatch,
    PaymentLine,
    PaymentResult,
)
from quintet.redemption.states import State

CHUNK = 2_000
HOLDS_MONEY = (State.COMMITTED, State.ORDERED, State.PAID, State.RETURNED)
Lines = dict[str, list[dict[str, Any]]]


def commitments_of_nothing() -> Iterator[str]:
    for commitment in Commitment.objects.filter(claim=None).order_by("pk").iterator(chunk_size=5_000):
        yield f"承诺 {commitment.pk}（{commitment}）没有对应的兑现事项。"


def payments_of_no_batch() -> Iterator[str]:
    found = Entry.objects.filter(kind__in=[Entry.Kind.PAYMENT, Entry.Kind.REJECTION], payment_result=None)
    for entry in found.order_by("pk").iterator(chunk_size=5_000):
        yield f"分录 {entry.pk}（{entry.key}）不是任何拨付批次的回盘结果。"


def entries_without_their_line() -> Iterator[str]:
    """Every entry of the ledger has a line of the audit chain that tells the same amount and key."""
    told: dict[str, tuple[Any, Any]] = {}
    for record, action, details in _lines("ledger.").iterator(chunk_size=CHUNK):
        if record.startswith("ledger.entry:"):
            told[f"{record}|{action}"] = (details.get("amount_fen"), details.get("key"))
    for entry in Entry.objects.order_by("pk").iterator(chunk_size=CHUNK):
        if told.get(f"ledger.entry:{entry.pk}|ledger.{entry.kind}") != (entry.amount_fen, entry.key):
            yield f"分录 {entry.pk}（{entry.key}）在审计链中没有相应的记录。"


def appropriations_by_one() -> Iterator[str]:
    for entry in Entry.objects.filter(kind__in=["appropriation", "reduction"]).select_related("appropriation").order_by("pk"):
        made = entry.appropriation
        if made is None or made.state != "confirmed" or made.confirmed_by_id in (None, made.proposed_by_id):
            yield f"分录 {entry.pk}（{entry.reference}）没有第二人复核。"


def claims_in_a_state_they_do_not_have() -> Iterator[str]:
    for claim in Claim.objects.filter(state__in=HOLDS_MONEY, commitment=None).order_by("pk").iterator(chunk_size=CHUNK):
        yield f"{claim} 的状态是“{claim.get_state_display()}”，却没有资金承诺。"
    waiting = PaymentLine.objects.filter(claim=OuterRef("pk")).exclude(results__kind__in=["paid", "returned", "dropped"])
    for claim in Claim.objects.filter(~Exists(waiting), state=State.ORDERED).order_by("pk").iterator(chunk_size=CHUNK):
        yield f"{claim} 的状态是“{claim.get_state_display()}”，却不在任何待回盘的批次里。"
    for claim in Claim.objects.filter(state=State.PAID).exclude(payment_lines__results__kind="paid").order_by("pk"):
        yield f"{claim} 的状态是“{claim.get_state_display()}”，却没有到账的结果。"
    decided = Decision.objects.filter(claim=OuterRef("pk"), granted=True, confirmed=True)
    late = [*HOLDS_MONEY, State.GRANTED, State.PUBLIC, State.CONTESTED, State.CLEARED, State.DELIVERED]
    for claim in Claim.objects.filter(~Exists(decided), state__in=late).order_by("pk").iterator(chunk_size=CHUNK):
        yield f"{claim} 的状态是“{claim.get_state_display()}”，却没有经复核的兑现决定。"


def what_money_needed() -> Iterator[str]:
    """Of every claim with a commitment: decision, notice with its whole term, commitment, each with its line."""
    claims = Claim.objects.filter(commitment__isnull=False).select_related("commitment").order_by("pk")
    decided, public, committed = (_told(f"redemption.{name}") for name in ("decide", "publish", "commit"))
    for claim in claims.iterator(chunk_size=CHUNK):
        decision = claim.decisions.filter(granted=True, confirmed=True, amount_fen=claim.decided_fen).order_by("-pk").first()
        if decision is None:
            yield f"{claim} 的资金没有金额相同、经复核的决定。"
        elif not _has(decided, claim, decision=decision.pk, amount_fen=decision.amount_fen):
            yield f"{claim} 的决定在审计链中没有相应的记录。"
        line = claim.notice_lines.filter(amount_fen=claim.decided_fen).select_related("notice").order_by("-pk").first()
        if line is None:
            yield f"{claim} 的资金没有金额相同的公示。"
        else:
            yield from _public_for_long_enough(claim, line, public)
        if not _has(committed, claim, commitment=claim.commitment_id, amount_fen=claim.decided_fen):
            yield f"{claim} 的资金承诺在审计链中没有相应的记录。"


def _public_for_long_enough(claim: Claim, line: NoticeLine, told: Lines) -> Iterator[str]:
    notice = line.notice
    term = {"published_on": notice.published_on.isoformat(), "ends_on": notice.ends_on.isoformat()}
    if not _has(told, claim, line=line.pk, amount_fen=line.amount_fen, **term):
        yield f"{claim} 的公示在审计链中没有相应的记录。"
    try:
        wanted = add_working_days(notice.published_on, _notice_days(claim.pack, claim.rule), provisional=True)
    except (CalendarUnknown, LookupError):
        return
    if notice.ends_on < wanted:
        yield f"{claim} 的公示到 {notice.ends_on} 为止，按程序应到 {wanted}。"
    booked = claim.commitment.entries.filter(kind="commitment").values_list("booked_on", flat=True).first() if claim.commitment else None
    if booked is not None and booked <= notice.ends_on:
        yield f"{claim} 在公示期满之前就落实了资金。"


@cache
def _notice_days(pack: str, rule: str) -> int:
    chosen = policy(pack).pack
    procedure = chosen.procedure_of(next(one for one in chosen.rules if one.id == rule))
    return next(step.days for step in procedure.steps if step.kind == "public_notice") if procedure else 0


def applications_as_handed_in() -> Iterator[str]:
    """What the applicant declared and handed in stays as the line of the last submission tells it."""
    told, again = _told("redemption.submit"), _told("redemption.resubmit")
    claims = Claim.objects.exclude(submitted_on=None).exclude(state__in=[State.DRAFT, State.CORRECTION]).order_by("pk")
    for claim in claims.prefetch_related("facts", "files__attachment__file").iterator(chunk_size=CHUNK):
        record = f"{claim._meta.label_lower}:{claim.pk}"
        lines = told.get(record)
        if not lines:
            continue  # offered and confirmed: nothing was declared
        lines = [*lines, *(line for line in again.get(record, ()) if "facts" in line)]
        declared = {fact.fact: fact.value for fact in claim.facts.all() if fact.kind == ClaimFact.Kind.DECLARED}
        judged = {fact.fact for fact in claim.facts.all() if fact.kind == ClaimFact.Kind.JUDGED}
        if declared != {name: value for name, value in lines[-1]["facts"].items() if name not in judged}:
            yield f"{claim} 申报的事实与提交时不同：被直接改动过。"
        if sorted(file.attachment.file.sha256 for file in claim.files.all() if file.removed_by_id is None) != lines[-1]["files"]:
            yield f"{claim} 的申报材料与提交时不同：被直接改动过。"


def what_batches_needed() -> Iterator[str]:
    """Batches are made by one and signed by another, sealed over their lines, and their results are told."""
    made, signed, paid = (_told(f"redemption.{name}") for name in ("make_batch", "sign_batch", "paid"))
    for batch in PaymentBatch.objects.select_related("made_under", "signed_under").order_by("pk").iterator(chunk_size=CHUNK):
        if not _has(made, batch, seal=batch.seal, sum_fen=batch.sum_fen):
            yield f"批次 {batch} 的编制在审计链中没有相应的记录。"
        if seal_of(batch.lines.order_by("number")) != batch.seal:
            yield f"批次 {batch} 的内容与校验码不符。"
        yield from _accounts_of_others(batch)
        if batch.state in (PaymentBatch.State.MADE, PaymentBatch.State.DROPPED):
            continue
        if not _has(signed, batch, seal=batch.seal, sum_fen=batch.sum_fen):
            yield f"批次 {batch} 的签发在审计链中没有相应的记录。"
        grants = [grant for grant in (batch.made_under, batch.signed_under) if grant]
        if any(grant.role != Role.FINANCE_OFFICER for grant in grants):
            yield f"批次 {batch} 的编制或签发所据的角色不是财政经办人。"
        behind = [{grant.user_id, grant.delegated_by_id} - {None} for grant in grants]
        if len(behind) < 2 or behind[0] & behind[1]:
            yield f"批次 {batch} 的编制和签发不是互不相干的两个人。"
    results = PaymentResult.objects.filter(kind="paid").select_related("line__claim", "line__batch").order_by("pk")
    for result in results.iterator(chunk_size=CHUNK):
        if not _has(paid, result.line.claim, line=result.line.key, entry=result.entry_id, amount_fen=result.line.amount_fen):
            yield f"批次 {result.line.batch} 第 {result.line.number} 笔的到账在审计链中没有相应的记录。"


def _accounts_of_others(batch: PaymentBatch) -> Iterator[str]:
    """Money goes to an account that stands in the register of its payee: to the number, whatever the bank is called there."""
    lines = list(batch.lines.select_related("claim").order_by("number"))
    organisations, people = {line.claim.organisation_id for line in lines}, {line.claim.person_id for line in lines}
    registered = PayeeAccount.objects.filter(Q(organisation__in=organisations) | Q(person__in=people))
    own = set(registered.values_list("organisation", "person", "number_hash"))
    for line in lines:
        if (line.claim.organisation_id, line.claim.person_id, keyed_hash(line.account)) not in own:
            yield f"批次 {batch} 第 {line.number} 笔的账号不是收款人登记过的账户。"


def what_decisions_needed() -> Iterator[str]:
    """A decision is proposed and confirmed under the role of an official."""
    wrong = Decision.objects.exclude(proposed_under__role=Role.OFFICER) | Decision.objects.filter(confirmed_under__isnull=False).exclude(
        confirmed_under__role=Role.OFFICER
    )
    for decision in wrong.select_related("claim").order_by("pk").iterator(chunk_size=CHUNK):
        yield f"{decision.claim} 的决定所据的角色不是部门经办人。"


def entitlements_as_evaluated() -> Iterator[str]:
    """What the pages of the city show is what the run found: all lines and totals have the seal that its line tells."""
    told = _told("redemption.evaluate_city")
    for run in EntitlementRun.objects.filter(ready=True).order_by("pk"):
        lines = told.get(f"{run._meta.label_lower}:{run.pk}")
        if lines and lines[-1]["seal"] != seal_of_run(run):
            yield f"{run.year} 年度的全市评估（{run.pk}）与评估时不同：应享待遇或合计被直接改动过。"


def _lines(action: str) -> Any:
    return AuditEntry.objects.filter(action__startswith=action).order_by("number").values_list("record", "action", "details")


def _told(action: str) -> Lines:
    """record → details of its lines of one action."""
    found: Lines = {}
    for record, name, details in _lines(action).iterator(chunk_size=CHUNK):
        if name == action:
            found.setdefault(record, []).append(details)
    return found


def _has(told: Lines, record: Any, **details: Any) -> bool:
    lines = told.get(f"{record._meta.label_lower}:{record.pk}", ())
    return any(all(line.get(name) == value for name, value in details.items()) for line in lines)


checks = [
    commitments_of_nothing,
    commitments_from_another_fund,
    payments_of_no_batch,
    entries_without_their_line,
    appropriations_by_one,
    claims_in_a_state_they_do_not_have,
    what_money_needed,
    what_decisions_needed,
    applications_as_handed_in,
    what_batches_needed,
    entitlements_as_evaluated,
]
