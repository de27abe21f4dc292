"""After the money: instalments of later years, re-checked each; appraisal; money given back; money that will not be paid."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from quintet.core.audit import recorded
from quintet.core.calendar import add_working_days
from quintet.core.errors import DomainError
from quintet.core.models import Job, User
from quintet.core.second_person import ask, sent_back
from quintet.core.texts import shortened
from quintet.ledger import actions as ledger
from quintet.look.words import cn_date, yuan
from quintet.policies.actions import record_version
from quintet.policies.engine import policies, policy
from quintet.reading.identifiers import voucher_number
from quintet.redemption import acts, proposals, tell
from quintet.redemption.actions.applications import claim_day
from quintet.redemption.actions.claims import close, enter, evaluate_anew, explained_ahead, handled, in_policy_time
from quintet.redemption.actions.reversals import Kind, proposed_reversal, settled_reversal
from quintet.redemption.checks import explicit
from quintet.redemption.models import Appraisal, Claim, ClaimStep, Clawback, Reversal
from quintet.redemption.permissions import lead_of, require_act, require_proposer_free
from quintet.redemption.states import CLOSED, State, after

RETURN_DAYS = 20  # working days that a payee has to return money, unless the department says otherwise


# instalments ------------------------------------------------------------------------------------------------------------


def awaiting_instalment(year: int) -> QuerySet[Claim]:
    """Paid claims under rules of instalments whose instalment of this year has not been opened; none of which money is called back."""
    rules = {(chosen, rule.id) for chosen in _packs() for rule in policy(chosen).pack.rules if rule.kind == "instalments"}
    following = Claim.objects.filter(pack=OuterRef("pack"), rule=OuterRef("rule"), awarded=OuterRef("awarded"), year=year).exclude(
        state__in=CLOSED
    )
    found = Claim.objects.filter(rule__in=[rule for _pack, rule in rules], year=year - 1, state=State.PAID)
    called_back = Clawback.objects.filter(claim=OuterRef("pk"), state__in=[Clawback.State.PROPOSED, Clawback.State.DEMANDED])
    return found.exclude(Exists(following)).exclude(Exists(called_back)).select_related("organisation", "person", "account").order_by("pk")


def _packs() -> list[str]:
    return [chosen.pack.document.pack for chosen in policies()]


def open_instalments(year: int, *, by: User, on: date, progress: Callable[[int, int, str], None] | None = None) -> dict[str, Any]:
    """The instalments of a year for whoever was paid the one before: evaluated with the facts of today, then checked, decided and noticed like the first.

    Nobody applies again. Returns {"opened", "not_due"}: how many, and [name, reason] of those who are not entitled any more. Broken off, it goes on.
    """
    with recorded(under=acts.OPEN_INSTALMENTS.right(by)):
        pass  # each instalment is a transaction of its own
    if year > on.year:
        raise DomainError(_("%(year)d 年尚未开始，不能核查这一年的分期。") % {"year": year})
    waiting = list(awaiting_instalment(year))
    for pack, rule in sorted({(claim.pack, claim.rule) for claim in waiting}):
        in_policy_time(policy(pack), on, where=pack, rule=next(one for one in policy(pack).pack.rules if one.id == rule))
    opened, not_due = 0, []
    for number, before in enumerate(waiting, 1):
        claim = _following(before, year, by=by, on=on)
        if claim is None:
            not_due.append([before.name, _reason(before)])
        else:
            opened += 1
        if progress:
            progress(number, len(waiting), _("已核查 %(n)d 件") % {"n": number})
    return {"opened": opened, "not_due": not_due}


def _following(before: Claim, year: int, *, by: User, on: date) -> Claim | None:
    chosen = policy(before.pack)
    claim = Claim(
        version=record_version(chosen), pack=before.pack, rule=before.rule, clause=before.clause, way=before.way, year=year, on=claim_day(chosen, year, on), subject=before.subject,
        subject_id=before.subject_id, name=before.name, organisation=before.organisation, person=before.person, division=before.division, budget=before.budget, awarded=before.awarded,
        instalment=before.instalment + 1, state=State.HANDLED, step="application", account=before.account, follows=before, created_by=by, submitted_by=before.submitted_by, created_on=on,
        submitted_on=on, contact=before.contact, phone=before.phone, pledge=before.pledge,
    )  # fmt: skip
    ahead = explained_ahead(claim)
    with recorded() as log:
        if (
            Claim.objects.filter(pack=claim.pack, rule=claim.rule, awarded=claim.awarded, instalment=claim.instalment)
            .exclude(state__in=CLOSED)
            .exists()
        ):
            return Claim.objects.exclude(state__in=CLOSED).get(
                pack=claim.pack, rule=claim.rule, awarded=claim.awarded, instalment=claim.instalment
            )
        outcome = evaluate_anew(claim, by=by, first=True, ahead=ahead)
        before.changed = claim.changed
        if outcome is None or outcome["state"] not in ("entitled", "decision"):
            return None
        claim.save()
        ClaimStep.objects.create(
            claim=claim,
            number=1,
            kind="application",
            started_on=on,
            due_on=on,
            ended_on=on,
            outcome=ClaimStep.Outcome.PASSED,
            opinion=_("上一期已兑现，本期自动核查"),
        )
        enter(claim, "form_check", on)
        log.record(
            "redemption.instalment",
            claim,
            f"第 {claim.instalment + 1} 期进入核查：{claim}",
            by=by,
            follows=before.pk,
            evaluation=claim.evaluation_id,
        )
        tell.payees([claim], "instalment", on)
    return claim


def _reason(before: Claim) -> str:
    return before.changed or _("不再符合条件")


# appraisal --------------------------------------------------------------------------------------------------------------


def appraise(
    claim: Claim, *, promised: str, reached: str, result: str, opinion: str = "", again_on: date | None = None, by: User, on: date
) -> Appraisal:
    """What came of it. With `again_on` the next appraisal is due that day; without, the case is done."""
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "appraise")
        if result not in Appraisal.Result.values or not promised.strip() or not reached.strip():
            raise DomainError(_("请写明承诺和实际的绩效，并选择结果。"), where=str(claim))
        if again_on is not None and again_on <= on:
            raise DomainError(_("下次评价的日期应在今天之后。"), where=str(claim))
        found = Appraisal.objects.create(
            claim=claim, promised=promised.strip(), reached=reached.strip(), result=result, opinion=opinion.strip(), by=by, on=on
        )
        claim.steps.filter(ended_on=None).update(ended_on=on, by=by, outcome=ClaimStep.Outcome.PASSED, opinion=found.get_result_display())
        if again_on is not None:
            claim.due_on = again_on
            number = 1 + max(claim.steps.values_list("number", flat=True))
            ClaimStep.objects.create(claim=claim, number=number, kind="appraisal", unit=claim.unit, started_on=on, due_on=again_on)
        else:
            claim.step, claim.due_on, claim.closed_on = "", None, on
        claim.save()
        log.record(
            "redemption.appraise",
            claim,
            f"绩效评价（{found.get_result_display()}）：{claim}",
            by=by,
            result=result,
            again_on=again_on.isoformat() if again_on else None,
            **right.details,
        )
        tell.payees([claim], "appraised", on, what=Appraisal.Result(result).label)
    return found


# money that comes back, money that does not go out ----------------------------------------------------------------------


def propose_clawback(claim: Claim, *, amount_fen: int, reasons: str, due_on: date | None = None, by: User, on: date) -> Clawback:
    """A department finds that money has to be returned, all or part of it."""
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "clawback")
        if not reasons.strip():
            raise DomainError(_("请写明追回的理由。"), where=str(claim), remedy=_("理由会告知收款人。"))
        most = paid_of(claim)
        if not 0 < amount_fen <= most:
            raise DomainError(_("应退金额应大于零，不超过已拨付的 %(most)s。") % {"most": yuan(most)}, where=yuan(amount_fen))
        due = due_on or add_working_days(on, RETURN_DAYS, provisional=True)
        if due <= on:
            raise DomainError(_("退回期限应在今天之后。"), where=str(claim))
        found = Clawback.objects.create(
            claim=claim,
            amount_fen=amount_fen,
            reasons=reasons.strip(),
            due_on=due,
            proposed_by=by,
            proposed_under_id=right.grant,
            proposed_on=on,
        )
        log.record(
            "redemption.propose_clawback",
            claim,
            f"拟追回 {yuan(amount_fen)}：{claim}",
            by=by,
            clawback=found.pk,
            amount_fen=amount_fen,
            reasons=reasons.strip(),
            **right.details,
        )
        ask(proposals.CLAWBACK, found)
    return found


def confirm_clawback(clawback: Clawback, *, confirmed: bool | None, by: User, on: date) -> Clawback:
    """The second pair of eyes; confirmed, the payee is told."""
    with handled(clawback.claim) as (claim, log):
        right = require_act(by, claim, "clawback_confirm")
        clawback = _under_way(clawback, Clawback.State.PROPOSED)
        confirmed = explicit(confirmed, _("复核通过或退回承办人"), where=str(claim))
        if confirmed:
            require_proposer_free(clawback.proposed_under, [claim], remedy=_("请退回，由部门的其他人员重新提出。"))
            if clawback.due_on <= on:
                raise DomainError(
                    _("退回期限已到，收款人来不及退回。"), where=str(claim), remedy=_("请退回，由承办人写明新的期限后重新提出。")
                )
        clawback.state, clawback.confirmed_by = (Clawback.State.DEMANDED if confirmed else Clawback.State.DROPPED), by
        clawback.confirmed_under_id = right.grant
        clawback.save()
        log.record(
            "redemption.confirm_clawback",
            claim,
            f"{'决定追回' if confirmed else '不予追回'} {yuan(clawback.amount_fen)}：{claim}",
            by=by,
            clawback=clawback.pk,
            **right.details,
        )
        if confirmed:
            tell.payees([claim], "clawback", on, urgent=True, amount=clawback.amount_fen, day=cn_date(clawback.due_on))
            tell.of_demand(clawback)
        else:
            sent_back(proposals.CLAWBACK, clawback, clawback.proposed_by, by=by)
    return clawback


def propose_drop(clawback: Clawback, *, reasons: str, by: User, on: date) -> Reversal:
    """A demand that two people made is to be given up for what has not come in; `confirm_drop` by another does it."""
    with handled(clawback.claim) as (claim, log):
        right = require_act(by, claim, "clawback_drop")
        clawback = _under_way(clawback, Clawback.State.DEMANDED)
        made = proposed_reversal(claim, Kind.DROP, reasons=reasons, right=right, by=by, on=on, clawback=clawback)
        title = f"提出撤销追回：{claim}"
        log.record(
            "redemption.propose_drop", claim, title, by=by, clawback=clawback.pk, reversal=made.pk, reasons=made.reasons, **right.details
        )
        ask(proposals.DROP, made)
    return made


def confirm_drop(clawback: Clawback, *, confirmed: bool | None, remark: str = "", by: User, on: date) -> Clawback:
    """Not by who proposed the demand or its end. What came in stays returned."""
    with handled(clawback.claim) as (claim, log):
        right = require_act(by, claim, "clawback_drop_confirm")
        clawback = _under_way(clawback, Clawback.State.DEMANDED)
        found = settled_reversal(claim, Kind.DROP, log, confirmed=confirmed, remark=remark, right=right, by=by, on=on)
        if found.confirmed:
            clawback.state = Clawback.State.DROPPED
            clawback.save()
            log.record("redemption.drop_clawback", claim, f"撤销追回：{claim}", by=by, clawback=clawback.pk, reasons=found.reasons, received_fen=clawback.received_fen, **right.details)  # fmt: skip
            tell.payees([claim], "clawback_dropped", on)
    return clawback


def receive_return(clawback: Clawback, *, amount_fen: int, reference: str, joint_voucher: bool = False, by: User, on: date) -> Clawback:
    """Finance books what came in, in one sum or several. With the last of it the clawback is done.

    A voucher is booked once for a payee, and for a second payee only if it is said to hold several refunds.
    """
    with handled(clawback.claim) as (claim, log):
        right = require_act(by, claim, "clawback_receive")
        clawback = _under_way(clawback, Clawback.State.DEMANDED)
        if claim.commitment is None:
            raise DomainError(_("这件追回现在不能登记退款。"), where=str(claim))
        if not reference.strip():
            raise DomainError(_("请填写退款凭证号。"), where=str(claim))
        left = clawback.amount_fen - clawback.received_fen
        if not 0 < amount_fen <= left:
            raise DomainError(_("退款金额应大于零，不超过还应退的 %(left)s。") % {"left": yuan(left)}, where=yuan(amount_fen))
        entry = ledger.take_back(
            claim.commitment,
            amount_fen,
            key=f"return:{clawback.pk}:{ledger.canonical(voucher_number, reference)}",
            reference=reference.strip(),
            joint_voucher=joint_voucher,
            memo=shortened(clawback.reasons, 200),
            by=by,
            on=on,
        )
        clawback.received_fen += amount_fen
        if clawback.received_fen == clawback.amount_fen:
            clawback.state = Clawback.State.DONE
            if paid_of(claim) == 0:
                close(claim, after(claim.state, "return_all", what=str(claim)), by=by, on=on, opinion=clawback.reasons)
        clawback.save()
        log.record(
            "redemption.receive_return",
            claim,
            f"收到退款 {yuan(amount_fen)}：{claim}",
            by=by,
            clawback=clawback.pk,
            entry=entry.pk,
            **right.details,
        )
        tell.payees([claim], "return_received", on, amount=amount_fen)
    return clawback


def propose_release(claim: Claim, *, reasons: str, by: User, on: date) -> Reversal:
    """Money set aside is not to be paid (the payee is gone, or does not want it); `confirm_release` by another frees it."""
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "release")
        made = proposed_reversal(claim, Kind.RELEASE, reasons=reasons, right=right, by=by, on=on)
        title = f"提出不再拨付：{claim}"
        log.record("redemption.propose_release", claim, title, by=by, reversal=made.pk, reasons=made.reasons, **right.details)
        ask(proposals.RELEASE, made)
    return made


def confirm_release(claim: Claim, *, confirmed: bool | None, remark: str = "", by: User, on: date) -> Claim:
    """The second pair of eyes of finance: the award is refused and its money free again, or it stays set aside."""
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "release_confirm")
        state = after(claim.state, "release", what=str(claim))
        found = settled_reversal(claim, Kind.RELEASE, log, confirmed=confirmed, remark=remark, right=right, by=by, on=on)
        if not found.confirmed:
            return claim
        for clawback in claim.clawbacks.select_for_update().filter(state__in=[Clawback.State.PROPOSED, Clawback.State.DEMANDED]):
            clawback.state = Clawback.State.DROPPED  # the bank had sent the money back
            if clawback.confirmed_by_id is None:
                clawback.confirmed_by, clawback.confirmed_under_id = by, right.grant
            clawback.save()
        if claim.commitment is None:
            raise DomainError(_("本件没有资金承诺。"), where=str(claim))
        ledger.release(
            claim.commitment, claim.decided_fen or 0, key=f"release:{claim.pk}", memo=shortened(found.reasons, 200), by=by, on=on
        )
        close(claim, state, by=by, on=on, outcome=ClaimStep.Outcome.REFUSED, opinion=found.reasons)
        log.record("redemption.release", claim, f"释放资金：{claim}", by=by, reasons=found.reasons, **right.details)
        tell.payees([claim], "refused", on)
        tell.department(
            claim, f"财政不再拨付，资金已释放，原决定不再执行（{found.reasons}）", kind="release", units=[lead_of(claim)], urgent=True
        )
    return claim


def paid_of(claim: Claim) -> int:
    """What the payee still has of this claim's money, by the books, in fen."""
    last = claim.commitment.steps.order_by("-number").first() if claim.commitment else None
    return last.paid_fen if last else 0


def _under_way(clawback: Clawback, state: Clawback.State) -> Clawback:
    """The demand, held until the action ends; one that is over is not taken for the one under way."""
    held = Clawback.objects.select_for_update(of=("self",)).select_related("proposed_under").get(pk=clawback.pk)
    if held.state != state:
        raise DomainError(_("这件追回已经办理过，不能再这样办理。"), where=str(held), remedy=_("可能已有他人办理。请刷新后再看。"))
    return held


def instalments_job(job: Job, year: int, user: int, on: str) -> dict[str, Any]:
    """open_instalments in the background, with its progress; who is not entitled any more is named in the result."""
    found = open_instalments(year, by=User.objects.get(pk=user), on=date.fromisoformat(on), progress=job.advance)
    words = _("进入办理 %(opened)d 件，不再符合条件 %(left)d 件") % {"opened": found["opened"], "left": len(found["not_due"])}
    total = found["opened"] + len(found["not_due"])
    job.advance(total, total, shortened("；".join([words, *(f"{name}：{why}" for name, why in found["not_due"])]), 300))
    return {**found, "url": reverse("redemption:claims") + f"?year={year}"}
