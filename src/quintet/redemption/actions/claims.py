"""A claim from its offer to a decision. Each action: one transaction, the claim locked, one line of the audit chain."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core.audit import Log, recorded
from quintet.core.calendar import add_working_days, working_days_between
from quintet.core.errors import DomainError
from quintet.core.models import Job, User
from quintet.core.second_person import ask, sent_back
from quintet.core.texts import fitting, shortened
from quintet.core.unreadable import words
from quintet.directory.models import Organisation, Person
from quintet.look.words import cn_date, listed, yuan
from quintet.policies.actions import record_version
from quintet.policies.engine import FactSpec, Policy, definition_value, explain, goes_on, may_go_on, policy
from quintet.policies.queries import said
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import account_number
from quintet.reading.names import same
from quintet.redemption import acts, proposals, tell
from quintet.redemption.actions.evaluation import Explained, entitled_on, explained, store
from quintet.redemption.checks import answered, explicit
from quintet.redemption.corrections import completed_since_return
from quintet.redemption.facts import awarded_fact
from quintet.redemption.groups import earlier_awards, group_subjects
from quintet.redemption.models import Claim, ClaimFact, ClaimStep, Clawback, Decision, Entitlement, EntitlementRun, JointVote, PayeeAccount
from quintet.redemption.moved import may_differ
from quintet.redemption.openings import decided_after_end, decided_by, granted_in_time, last_for
from quintet.redemption.payees import payees_of, require_speaker
from quintet.redemption.permissions import AFTER_HAND_IN, require_act, require_proposer_free
from quintet.redemption.states import CLOSED, SETTLED, State, after
from quintet.redemption.subjects import named, person_rows, subject_rows

CHUNK = 1_000
OPEN_CLAWBACKS = (Clawback.State.PROPOSED, Clawback.State.DEMANDED)
MOST_TEXT = 4000  # letters of what an applicant writes
AFTER_DECISION = ("public_notice", "payment", "appraisal")
DUE = ("entitled", "decision")  # what the engine must say for anything to be granted


@contextmanager
def handled(claim: Claim) -> Iterator[tuple[Claim, Log]]:
    """The claim as it is now, held until the action ends; its caller's copy may be old."""
    with recorded() as log:
        yield Claim.objects.select_for_update(of=("self",)).select_related("organisation", "person").get(pk=claim.pk), log


def register_account(payee: Organisation | Person, *, holder: str, bank: str, number: str, by: User, on: date) -> PayeeAccount:
    """An account in the payee's own name, by who may speak for the payee. The same again is given back."""
    require_speaker(by, payee, on)
    if not same(holder, payee.name):
        raise DomainError(
            _("账户的户名与收款人不一致，不能使用。"), where=_("户名：%(holder)s；收款人：%(payee)s") % {"holder": holder.strip(), "payee": payee.name},
            remedy=_("请填写以收款人本名开立的账户。"),
        )  # fmt: skip
    whose = {"organisation": payee} if isinstance(payee, Organisation) else {"person": payee}
    account = PayeeAccount(
        **whose,
        holder=fitting(PayeeAccount, "holder", holder),
        bank=fitting(PayeeAccount, "bank", bank),
        number=_account_number(number),
        by=by,
    )
    account.full_clean(exclude=["number_hash", "organisation", "person"], validate_constraints=False)
    with recorded() as log:
        try:
            with transaction.atomic():
                account.save()
        except IntegrityError:
            return PayeeAccount.objects.get(**whose, number_hash=account.number_hash, holder=account.holder, bank=account.bank)
        on_their_way = Claim.objects.filter(**whose, state__in=AFTER_HAND_IN).select_related("organisation", "person")[:1]
        tell.payees(list(on_their_way), "new_account", on, urgent=True, what=account.masked)
        log.record("redemption.register_account", account, f"登记收款账户：{account}", by=by, payee=f"{payee._meta.label_lower}:{payee.pk}")
    return account


def with_account(
    step: Callable[..., Claim], claim: Claim, *, chosen: PayeeAccount | None, holder: str, bank: str, number: str, by: User, on: date
) -> Claim:
    """A step of a claim that names an account, one registered for it where none was chosen: both are done, or neither."""
    if chosen:
        return step(claim, account=chosen, by=by, on=on)
    with recorded():
        return step(claim, account=register_account(claim.payee, holder=holder, bank=bank, number=number, by=by, on=on), by=by, on=on)


def _account_number(text: str) -> str:
    try:
        return account_number(text)
    except Unreadable as error:
        raise ValidationError({"number": words(error)}) from None


# offers -----------------------------------------------------------------------------------------------------------------


def make_offers(run: EntitlementRun, *, by: User, on: date, progress: Callable[[int, int, str], None] | None = None) -> dict[str, int]:
    """Offer every award of a run that needs no application (免申即享). What was offered or awarded before is left alone; broken off, it goes on.
    What was refused, released or wholly called back is left alone, too, until `offer_again`.

    A run of the current year looks ahead to the year's end; offered is what is due as of the day of the offer, never of one to come.

    Returns {"made", "there", "settled", "left"}: new offers, those there already, those settled without money, and lines not due yet or whose
    payee or fact is not known.
    """
    acts.MAKE_OFFERS.right(by)
    if on.year < run.year:
        raise DomainError(_("%(year)d 年尚未开始，不能发出确认邀请。") % {"year": run.year}, where=str(run))
    chosen = policy(run.pack)
    in_policy_time(chosen, on, where=str(run))
    if chosen.hash != run.version.hash:
        raise DomainError(_("政策包在评估之后发生了变化。"), where=str(run), remedy=_("请先重新评估这一年，再发出确认邀请。"))
    rules = {rule.id: rule for rule in chosen.pack.rules if rule.way == "automatic" and rule.budget}
    lines = Entitlement.objects.filter(run=run, rule__in=rules, state=Entitlement.State.ENTITLED).order_by("pk")
    found, day, count = list(lines), min(run.on, on), {"made": 0, "there": 0, "settled": 0, "left": 0}
    facts = named(subject_rows(chosen, day)) if found else {}
    if day < run.on or any(rule.group for rule in rules.values()):
        due = entitled_on(chosen, day, facts, rules)
        count["left"] = len(found) - len(found := [line for line in found if (line.rule, line.subject_id) in due])
        for line in found:
            line.amount = due[line.rule, line.subject_id]
    rows, total = {subject: {row["id"]: row for row in items} for subject, items in facts.items()}, len(found)
    for start in range(0, total, CHUNK):
        part = found[start : start + CHUNK]
        for name, number in _offer(chosen, run, rules, part, rows, by=by, on=on).items():
            count[name] += number
        if progress:
            progress(start + len(part), total, _("已发出 %(n)d 件确认邀请") % {"n": count["made"]})
    return count


def offers_job(job: Job, run: int, user: int, on: str) -> dict[str, Any]:
    """make_offers in the background, with its progress."""
    found = EntitlementRun.objects.select_related("version").get(pk=run)
    count = make_offers(found, by=User.objects.get(pk=user), on=date.fromisoformat(on), progress=job.advance)
    words = _("新发出 %(made)d 件，之前已有 %(there)d 件，尚未到期或收款人、事实未登记的 %(left)d 件") % count
    if count["settled"]:
        settled = _("决定过不予兑现、不再拨付或者已全部追回的 %(n)d 件不再自动邀请；确需再次邀请的，请在原件上办理并写明理由")
        words = f"{words}。{settled % {'n': count['settled']}}"
    if count["made"] and (hurry := little_time(policy(found.pack), date.fromisoformat(on))):
        words = f"{words}。{hurry}"
    job.advance(sum(count.values()), sum(count.values()), words)
    return {**count, "url": reverse("redemption:claims") + f"?year={found.year}&state=offered"}


def _offer(
    chosen: Policy, run: EntitlementRun, rules: Mapping[str, Any], lines: list[Entitlement], rows: Mapping[str, Any], *, by: User, on: date
) -> dict[str, int]:
    payees: dict[str, dict[int, dict[str, int]]] = {}
    for rule_id in {line.rule for line in lines}:
        rule = rules[rule_id]
        payees[rule_id] = payees_of(rule, [rows[rule.subject][line.subject_id] for line in lines if line.rule == rule_id])
    claims = [claim for line in lines if (claim := _offered(chosen, run, rules[line.rule], line, rows, payees[line.rule], by, on))]
    keys = [claim.subject_id for claim in claims]
    rewarded = Claim.objects.filter(pack=run.pack, rule__in={claim.rule for claim in claims}, subject_id__in=keys).exclude(state__in=CLOSED)
    before = defaultdict(set)
    for rule_id, subject_id, awarded in rewarded.values_list("rule", "subject_id", "awarded"):
        before[rule_id, subject_id].add(awarded)
    claims = [
        claim
        for claim in claims
        if not (known := before[claim.rule, claim.subject_id]) or claim.awarded in known or same_before(claim) is None
    ]
    right = acts.MAKE_OFFERS.right(by)
    with recorded(under=right) as log, override("zh-hans"):
        alike = Claim.objects.filter(pack=run.pack, awarded__in={claim.awarded for claim in claims})
        there = set(alike.exclude(state__in=CLOSED).values_list("rule", "awarded"))
        settled = set(alike.filter(state__in=SETTLED).values_list("rule", "awarded")) - there
        fresh = {(claim.rule, claim.awarded): claim for claim in claims if (claim.rule, claim.awarded) not in there | settled}
        made = Claim.objects.bulk_create(fresh.values())
        ClaimStep.objects.bulk_create(
            ClaimStep(claim=claim, number=1, kind=claim.step, started_on=on, due_on=claim.due_on or on) for claim in made
        )
        tell.payees(made, "offered", on)
        for claim in made:
            log.record(
                "redemption.offer",
                claim,
                f"邀请确认：{claim.name} {said(rules[claim.rule].title)}",
                by=by,
                amount_fen=claim.amount_fen,
                run=run.pk,
                **right.details,
            )
    closed = sum((claim.rule, claim.awarded) in settled for claim in claims)
    return {"made": len(made), "there": len(claims) - len(made) - closed, "settled": closed, "left": len(lines) - len(claims)}


def offer_again(claim: Claim, *, reasons: str, by: User, on: date) -> Claim:
    """A new offer of an award that was refused, released or wholly called back, such as after a review found the refusal wrong; with the reason.

    It goes the whole way anew: confirmed by its payee, checked, decided by two.
    """
    if not reasons.strip():
        raise DomainError(_("请写明再次邀请的理由。"), where=str(claim))
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "offer_again")
        chosen, rule, first = policy(claim.pack), rule_of(claim), procedure_of(claim).steps[0]
        in_policy_time(chosen, on, where=str(claim))
        again = Claim(
            version=record_version(chosen), run=claim.run, pack=claim.pack, rule=claim.rule, clause=claim.clause, way=claim.way, year=claim.year, on=claim.on,
            subject=claim.subject, subject_id=claim.subject_id, name=claim.name, division=claim.division, budget=claim.budget, awarded=claim.awarded,
            instalment=claim.instalment, organisation=claim.organisation, person=claim.person, state=State.OFFERED, step=first.kind, created_by=by, created_on=on,
            due_on=before_the_end(chosen, rule, add_working_days(on, first.days, provisional=True), on),
        )  # fmt: skip
        not_the_same_again(again)
        outcome = evaluate_anew(again, by=by, first=True)
        if outcome is None or outcome["state"] not in DUE:
            raise DomainError(
                _("按现有事实不能兑现这一项。"), where=again.changed or str(claim), remedy=_("事实有误的，请先更正名录，再发出邀请。")
            )
        again.save()
        _start_step(again, on)
        tell.payees([again], "offered", on)
        log.record(
            "redemption.offer_again",
            again,
            f"再次邀请确认：{again}",
            by=by,
            amount_fen=again.amount_fen,
            before=claim.pk,
            reasons=reasons.strip(),
            **right.details,
        )
    return again


def _offered(
    chosen: Policy,
    run: EntitlementRun,
    rule: Any,
    line: Entitlement,
    rows: Mapping[str, Any],
    payees: Mapping[int, dict[str, int]],
    by: User,
    on: date,
) -> Claim | None:
    row, payee, procedure = rows[line.subject].get(line.subject_id), payees.get(line.subject_id), chosen.pack.procedure_of(rule)
    if row is None or payee is None or procedure is None:
        return None
    try:
        awarded = awarded_fact(rule, row)
    except DomainError:
        return None
    first = procedure.steps[0]
    return Claim(
        version=run.version, run=run, pack=run.pack, rule=rule.id, clause=rule.clause, way=rule.way, year=run.year, on=min(run.on, on), subject=line.subject,
        subject_id=line.subject_id, name=line.name, division=line.division, budget=rule.budget, awarded=awarded, state=State.OFFERED, step=first.kind,
        due_on=before_the_end(chosen, rule, add_working_days(on, first.days, provisional=True), on), amount_fen=line.amount, created_by=by, created_on=on, **payee,
    )  # fmt: skip


def confirm_offer(claim: Claim, *, account: PayeeAccount, by: User, on: date) -> Claim:
    """One click: the award is wanted, and where to. The facts are evaluated anew; if they say something else now, a person looks at it."""
    ahead = explained_ahead(claim)
    with handled(claim) as (claim, log):
        spoken_for(claim, by, on)
        claim.state = after(claim.state, "confirm", what=str(claim))
        in_time(claim, on)
        decidable_on(claim, on)
        if (account.organisation_id, account.person_id) != (claim.organisation_id, claim.person_id):
            raise DomainError(_("这不是收款人自己的账户。"), where=str(claim), remedy=_("请选择或登记以收款人本名开立的账户。"))
        claim.account, claim.submitted_by, claim.submitted_on = account, by, on
        evaluate_anew(claim, by=by, ahead=ahead)
        advance(claim, by=by, on=on)
        log.record(
            "redemption.confirm",
            claim,
            f"确认领取：{claim}",
            by=by,
            evaluation=claim.evaluation_id,
            changed=claim.changed,
            account=account.pk,
        )
    return claim


def resubmit(claim: Claim, *, note: str = "", by: User, on: date) -> Claim:
    """What was missing is there now. The department has as many working days as were left when it asked.

    Where nothing was added or changed on the claim, `note` says what was done (such as a register that was corrected); it stands with the claim's text.
    """
    ahead = explained_ahead(claim)
    with handled(claim) as (claim, log):
        spoken_for(claim, by, on)
        claim.state = after(claim.state, "resubmit", what=str(claim))
        in_time(claim, on)
        if not note.strip() and not completed_since_return(claim):
            raise DomainError(
                _("退回以后没有增加材料，也没有改动。"), where=str(claim), remedy=_("请先补齐；不用补材料的，请写明已经怎样补正。")
            )
        if note.strip():
            with override("zh-hans"):
                told = f"{claim.text}\n" + _("补正说明（%(day)s）：%(note)s") % {"day": cn_date(on), "note": note.strip()}
            claim.text = fitting(Claim, "text", told.strip(), most=MOST_TEXT, where=str(claim))
        asked = claim.steps.filter(outcome=ClaimStep.Outcome.RETURNED).order_by("-number")[0]
        left = max(working_days_between(asked.ended_on or on, asked.due_on), 1)
        claim.due_on = _until(claim, add_working_days(on, left, provisional=True), on)
        evaluate_anew(claim, by=by, ahead=ahead)
        not_unanswered(claim)
        claim.save()
        _start_step(claim, on)
        log.record(
            "redemption.resubmit", claim, f"补正后重新提交：{claim}", by=by, evaluation=claim.evaluation_id, changed=claim.changed, **handed_in(claim)
        )  # fmt: skip
    return claim


def handed_in(claim: Claim) -> dict[str, Any]:
    """What a claim brings as it is handed in, for its line of the audit chain: facts, and papers by their content."""
    files = claim.files.filter(removed_by=None).values_list("attachment__file__sha256", flat=True)
    return {"facts": {fact.fact: fact.value for fact in claim.facts.all()}, "files": sorted(files)}


def withdraw(claim: Claim, *, by: User, on: date) -> Claim:
    """The payee does not want it, or not now; possible until a decision is proposed. The same fact can be claimed again."""
    with handled(claim) as (claim, log):
        spoken_for(claim, by, on)
        close(claim, after(claim.state, "withdraw", what=str(claim)), by=by, on=on)
        log.record("redemption.withdraw", claim, f"撤回：{claim}", by=by)
    return claim


def lapse_overdue(*, on: date, limit: int = CHUNK) -> int:
    """Offers, drafts and corrections whose last day is over lapse; as many as `limit` at a time. Returns how many."""
    overdue = Claim.objects.filter(state__in=[State.OFFERED, State.DRAFT, State.CORRECTION], due_on__lt=on).order_by("due_on", "pk")
    done = 0
    with recorded() as log:
        for claim in overdue.select_for_update(of=("self",))[:limit]:
            close(claim, after(claim.state, "lapse"), by=None, on=on)
            log.record("redemption.lapse", claim, f"逾期失效：{claim}", by=None)
            tell.payees([claim], "lapsed", on)
            done += 1
    return done


# officers ---------------------------------------------------------------------------------------------------------------


def check_form(claim: Claim, *, checked: Mapping[str, bool], missing: Sequence[str] = (), opinion: str = "", by: User, on: date) -> Claim:
    """Everything is there, or one notice of all that is missing; while the applicant completes it, the clock stands.

    `checked` answers every item of `checks.checklist(claim)`, yes or no: nothing passes that nobody looked at. `missing` is what is asked for besides.
    """
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "check_form")
        with override("zh-hans"):
            wanted = [*answered(claim, checked), *(text.strip() for text in missing if text.strip())]
        if not wanted:
            advance(claim, by=by, on=on, opinion=opinion)
            log.record("redemption.check_form", claim, f"形式审查通过：{claim}", by=by, checked=sorted(checked), **right.details)
            return claim
        claim.state = after(claim.state, "return", what=str(claim))
        _end_step(claim, ClaimStep.Outcome.RETURNED, by=by, on=on, opinion="\n".join([*wanted, *filter(None, [opinion.strip()])]))
        term = add_working_days(on, procedure_of(claim).steps[0].days, provisional=True)
        claim.due_on = _until(claim, term, on)
        claim.save()
        log.record("redemption.return", claim, f"一次性告知补正：{claim}", by=by, missing=wanted, **right.details)
        tell.payees([claim], "returned", on, urgent=True, what=_what_is_missing(wanted, opinion))
    return claim


def _what_is_missing(wanted: Sequence[str], opinion: str) -> str:
    """In one sentence, with the officer's own words behind it; the message ends it."""
    listed_texts = "、".join(text.strip().rstrip("。") for text in wanted)
    return "；".join(filter(None, [listed_texts, opinion.strip().rstrip("。")]))


def review(claim: Claim, *, opinion: str, by: User, on: date) -> Claim:
    """The department's own review (初审), with its opinion; the claim goes on to the next step."""
    if not opinion.strip():
        raise DomainError(_("请写明初审意见。"), where=str(claim))
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "review")
        if waits := unjudged(claim):
            raise DomainError(
                _("还有由本部门认定的事实没有认定：%(what)s。") % {"what": listed(waits)}, where=str(claim),
                remedy=_("请先认定并写明理由，再写初审意见。"),
            )  # fmt: skip
        advance(claim, by=by, on=on, opinion=opinion)
        log.record("redemption.review", claim, f"部门初审：{claim}", by=by, opinion=opinion.strip(), **right.details)
    return claim


def propose(claim: Claim, *, granted: bool | None, amount_fen: int | None = None, reasons: str = "", by: User, on: date) -> Decision:
    """What the department wants to decide. For a cap the amount, at most what the engine says; a refusal has reasons."""
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "propose")
        granted = explicit(granted, _("予以兑现或不予兑现"), where=str(claim))
        amount = _decidable(claim, granted, amount_fen, reasons, on)
        claim.state = after(claim.state, "propose", what=str(claim))
        claim.save()
        decision = Decision.objects.create(
            claim=claim, granted=granted, amount_fen=amount, reasons=reasons.strip(), proposed_by=by, proposed_under_id=right.grant
        )
        with override("zh-hans"):
            word = f"拟兑现 {yuan(amount)}" if amount else "拟予兑现" if granted else "拟不予兑现"
        log.record(
            "redemption.propose",
            claim,
            f"{word}：{claim}",
            by=by,
            granted=granted,
            amount_fen=amount,
            reasons=reasons.strip(),
            **right.details,
        )
        ask(proposals.DECISION, decision)
    return decision


def _decidable(claim: Claim, granted: bool, amount_fen: int | None, reasons: str, on: date) -> int | None:
    rule = rule_of(claim)
    if not granted:
        if not reasons.strip():
            raise DomainError(_("不予兑现必须写明理由。"), where=str(claim), remedy=_("理由会告知申报人。"))
        return None
    decidable_on(claim, on)
    outcome = outcome_of(claim.evaluation.result, claim) if claim.evaluation else None
    if outcome is None or outcome["state"] not in DUE or (rule.budget and not claim.amount_fen):
        raise DomainError(
            _("按现有事实不能兑现这一项。"), where=claim.changed or str(claim), remedy=_("请先更正名录中的事实，或作出不予兑现的决定。")
        )
    not_unanswered(claim)
    not_called_back(claim)
    not_the_same_again(claim)
    not_beside_another(claim, amount_fen)
    _reviews_allow(claim, reasons)
    if not rule.budget or claim.amount_fen is None:
        return None
    amount = claim.amount_fen if amount_fen is None and rule.kind != "cap" else amount_fen
    if amount is None or amount <= 0:
        raise DomainError(_("请填写决定的金额。"), where=str(claim))
    if amount > claim.amount_fen:
        raise DomainError(
            _("决定的金额 %(amount)s 超过上限 %(most)s。") % {"amount": yuan(amount), "most": yuan(claim.amount_fen)}, where=str(claim)
        )
    if rule.kind != "cap" and amount != claim.amount_fen:
        raise DomainError(
            _("这一项是定额或按公式计算，金额应为 %(most)s。") % {"most": yuan(claim.amount_fen)},
            where=str(claim),
            remedy=_("如事实有误，请先更正名录。"),
        )
    if rule.kind == "cap" and not reasons.strip():
        raise DomainError(_("请写明确定金额的理由。"), where=str(claim))
    decidable_on(claim, on, amount)
    return amount


def in_policy_time(chosen: Policy, on: date, *, where: str, rule: Any = None) -> None:
    """Nothing is granted, and so nothing offered or taken in, after the policy's end, unless the pack has a transition rule, or lets this rule go on."""
    last = chosen.pack.document.last_decision
    if last and on > last and not (rule is not None and may_go_on(chosen, rule.subject, rule.id, on)):
        if chosen.pack.decides_what_was_handed_in:
            raise DomainError(_("政策已于%(day)s期满，只有在此以前提交的还可以作出兑现决定。") % {"day": cn_date(last)}, where=where)
        raise DomainError(
            _("政策已于%(day)s期满，不能再作出兑现决定。") % {"day": cn_date(last)},
            where=where,
            remedy=_("期内发生的事项须有明确的过渡规定；市里作出规定后，请系统管理员更新政策包。"),
        )


def before_the_end(chosen: Policy, rule: Any, day: date, on: date) -> date:
    """A term that ends before the last day on which this award can be decided, as nobody is promised more time than the policy leaves."""
    last = chosen.pack.document.last_decision
    if last is None or on > last or day <= last or may_go_on(chosen, rule.subject, rule.id, day):
        return day
    return last


def _until(claim: Claim, day: date, on: date) -> date:
    """A term of a claim, cut by the policy's end where the claim cannot be decided after it."""
    return day if decided_after_end(claim) else before_the_end(policy(claim.pack), rule_of(claim), day, on)


def little_time(chosen: Policy, on: date) -> str:
    """What officers must know when offers made on a day may take longer, by their procedures, than decisions may still be made; else empty."""
    last = chosen.pack.document.last_decision
    if last is None or chosen.pack.decides_what_was_handed_in:
        return ""
    offered = [rule for rule in chosen.pack.rules if rule.way == "automatic" and rule.budget and last_for(chosen, rule)]
    found = [decided_by(chosen, rule, on, at="confirmation") for rule in offered]
    latest = max((day for day in found if day), default=on)
    if latest <= last:
        return ""
    return _("按办理时限，这些事项可能到%(latest)s才作出决定，而政策规定%(last)s之后不能再决定：请提前办理。") % {
        "latest": cn_date(latest),
        "last": cn_date(last),
    }


def decidable_on(claim: Claim, on: date, amount_fen: int | None = None) -> None:
    """In the policy's time; after it what the pack lets go on, and what was granted in time and taken up again, up to what was granted then."""
    if decided_after_end(claim) or _goes_on(claim, on):
        return
    chosen, before = policy(claim.pack), granted_in_time(claim)
    if before is None:
        in_policy_time(chosen, on, where=str(claim))
        return
    last = chosen.pack.document.last_decision
    if last and on > last and (amount_fen or 0) > (before.amount_fen or 0):
        raise DomainError(
            _("政策已于%(day)s期满，只能在期内决定的 %(most)s 以内重新决定。")
            % {"day": cn_date(last), "most": yuan(before.amount_fen or 0)},
            where=str(claim),
        )


def why_ended(claim: Claim, on: date) -> str:
    """Why the claim cannot be granted any more, as the action would say it; empty while it can."""
    try:
        decidable_on(claim, on)
    except DomainError as error:
        return f"{error.message}{error.remedy}"
    return ""


def _goes_on(claim: Claim, on: date) -> bool:
    """Whether the pack itself lets this award go on after the policy's end, such as a loan drawn in force whose interest was paid later."""
    chosen = policy(claim.pack)
    last = chosen.pack.document.last_decision
    if rule_of(claim).beyond_end is None or last is None or on <= last:
        return False
    row = next((row for row in rows_of(claim, chosen)[0][claim.subject] if row["id"] == claim.subject_id), None)
    return row is not None and goes_on(chosen, claim.subject, row, claim.rule, on)


def _reviews_allow(claim: Claim, reasons: str) -> None:
    """A review that was not passed stops a grant; a department that did not agree asks for reasons."""
    panel = claim.panels.filter(closed_on__isnull=False).order_by("-pk").first()
    if panel is not None and not panel.passed:
        raise DomainError(_("专家评审没有通过，不能决定兑现。"), where=str(claim), remedy=_("请作出不予兑现的决定并写明理由。"))
    last = claim.steps.filter(kind="joint_review").order_by("-number").first()
    if last and last.votes.filter(vote="object").exists() and not reasons.strip():
        raise DomainError(_("联审中有部门不同意，决定兑现必须写明理由。"), where=str(claim))


def confirm_decision(claim: Claim, *, confirmed: bool | None, remark: str = "", by: User, on: date) -> Claim:
    """The second pair of eyes: the decision stands, or goes back to its department with a remark."""
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "confirm")
        confirmed = explicit(confirmed, _("复核通过或退回承办人"), where=str(claim))
        decision = claim.decisions.select_for_update(of=("self",)).select_related("proposed_under").get(confirmed=None)
        if not confirmed and not remark.strip():
            raise DomainError(_("退回时请写明意见。"), where=str(claim))
        if confirmed:
            require_proposer_free(decision.proposed_under, [claim], remedy=_("请退回，由部门的其他人员重新提出。"))
        if confirmed and decision.granted:
            decidable_on(claim, on, decision.amount_fen)
            not_unanswered(claim)
            not_beside_another(claim, decision.amount_fen)
        decision.confirmed, decision.confirmed_by, decision.confirmed_at, decision.remark = confirmed, by, timezone.now(), remark.strip()
        decision.confirmed_under_id = right.grant
        decision.save()
        if not confirmed:
            claim.state = after(claim.state, "send_back", what=str(claim))
            claim.save()
            sent_back(proposals.DECISION, decision, decision.proposed_by, by=by, remark=decision.remark)
        elif decision.granted:
            claim.state, claim.decided_fen = after(claim.state, "grant", what=str(claim)), decision.amount_fen
            advance(claim, by=by, on=on, opinion=decision.reasons)
        else:
            close(
                claim,
                after(claim.state, "refuse", what=str(claim)),
                by=by,
                on=on,
                outcome=ClaimStep.Outcome.REFUSED,
                opinion=decision.reasons,
            )
        if confirmed:
            tell.payees([claim], "granted" if decision.granted else "refused", on)
        word = "复核退回" if not confirmed else "决定兑现" if decision.granted else "决定不予兑现"
        log.record(
            "redemption.decide",
            claim,
            f"{word}：{claim}",
            by=by,
            decision=decision.pk,
            amount_fen=decision.amount_fen,
            remark=remark.strip(),
            **right.details,
        )
    return claim


# what they share --------------------------------------------------------------------------------------------------------


def rule_of(claim: Claim) -> Any:
    return next(rule for rule in policy(claim.pack).pack.rules if rule.id == claim.rule)


def procedure_of(claim: Claim) -> Any:
    return policy(claim.pack).pack.procedure_of(rule_of(claim))


def spoken_for(claim: Claim, by: User, on: date) -> None:
    require_speaker(by, claim.payee, on)


def in_time(claim: Claim, on: date) -> None:
    """An applicant's step is done until the end of its last day; the nightly run lapses the claim afterwards."""
    if claim.due_on and on > claim.due_on:
        decidable_on(claim, on)  # after the policy's end nothing can be asked for again
        raise DomainError(
            _("已于%(day)s到期，不能再办理。") % {"day": cn_date(claim.due_on)}, where=str(claim), remedy=_("符合条件时可以重新申请。")
        )


def explained_ahead(claim: Claim) -> Explained | None:
    """The engine's answer for a claim as it is now, before the audit chain is locked: the slow part of `evaluate_anew`, outside.

    Under the lock the facts are read again; when they are others by then, they are explained again there.
    """
    chosen = policy(claim.pack)
    rows, sources = rows_of(claim, chosen)
    try:
        earlier = earlier_awards(chosen, beside=claim)
        return explained(chosen, rows, on=claim.on, title=claim.name, more_sources=sources, earlier=earlier)
    except DomainError:
        return None  # told by the action itself, after its own checks


def evaluate_anew(claim: Claim, *, by: User, first: bool = False, ahead: Explained | None = None) -> dict[str, Any] | None:
    """Facts of today under the pack of today, as of the day the claim is evaluated for; what is different from before is told.

    Facts that no register knows are taken from the claim itself. Gives back what the engine says about this claim.
    """
    chosen = policy(claim.pack)
    rows, sources = rows_of(claim, chosen)
    earlier = earlier_awards(chosen, beside=claim)
    evaluation = store(chosen, rows, on=claim.on, by=by, title=claim.name, more_sources=sources, ahead=ahead, earlier=earlier)
    outcome = outcome_of(evaluation.result, claim)
    amount, changed, limited = _told(claim, chosen, rows[claim.subject], outcome, first=first)
    claim.evaluation, claim.amount_fen, claim.changed = evaluation, amount, shortened(changed or limited, 300)
    return outcome


def _told(
    claim: Claim, chosen: Policy, rows: list[dict[str, Any]], outcome: dict[str, Any] | None, *, first: bool
) -> tuple[int | None, str, str]:
    """What a claim gives by an outcome, what is different from before, and what a limit of the year leaves where that is less."""
    amount = outcome["amount"] if outcome and outcome["state"] in DUE else None
    left = _left_of_limit(claim, chosen, rows)
    limited = amount is not None and left is not None and left < amount
    amount = left if limited else amount
    with override("zh-hans"):
        words = _("本年度上限内只余 %(left)s") % {"left": yuan(left or 0)} if limited else ""
        return amount, _what_changed(claim, outcome, amount, first=first), words


def changed_since(claim: Claim) -> str:
    """What a recheck would find different today from the last evaluation or the offer, in words; empty where nothing is. Nothing is stored.

    Once a sum is decided: why the facts of today no longer carry it.
    """
    if claim.evaluation is None and claim.amount_fen is None:
        return ""
    chosen = policy(claim.pack)
    rows, sources = rows_of(claim, chosen)
    earlier = earlier_awards(chosen, beside=claim)
    try:
        found = explained(chosen, rows, on=claim.on, title=claim.name, more_sources=sources, earlier=earlier)
    except DomainError as error:
        return error.message
    outcome = outcome_of(found.result, claim)
    amount, changed, limited = _told(claim, chosen, rows[claim.subject], outcome, first=claim.amount_fen is None)
    if claim.granted_fen is None:
        return changed
    return "" if carried(amount, claim.granted_fen, capped=rule_of(claim).kind == "cap") else changed or limited


def carried(amount: int | None, decided: int, *, capped: bool) -> bool:
    """Whether the sum that facts give carries what was decided."""
    if amount is None:
        return False
    return decided <= amount if capped else decided == amount


def grounds_lost(claims: Sequence[Claim]) -> dict[int, str]:
    """claim → why the registers of today no longer carry what was decided for it. Asked before the audit chain is locked: those about whom
    a register was written since are evaluated one by one."""
    return {claim.pk: why for claim in may_differ(claims) if (why := changed_since(claim))}


def require_grounds(claims: Sequence[Claim], lost: Mapping[int, str], *, remedy: str = "") -> None:
    """Money is ordered and signed for only while the registers carry what was decided."""
    for claim in claims:
        if why := lost.get(claim.pk):
            what_to_do = _("名录有误的，请先更正；不应兑现的，请财政提出不再拨付。")
            raise DomainError(
                _("名录在落实资金以后有变化，不能拨付：%(what)s。") % {"what": why.rstrip("。")},
                where=str(claim),
                remedy=remedy + what_to_do,
            )


def _left_of_limit(claim: Claim, chosen: Policy, rows: list[dict[str, Any]]) -> int | None:
    """What a rule's limit per beneficiary and year still leaves after what was decided for others of their claims, whatever the registers say of those now.

    The year is the claim's, or what the rule's limit goes `of`, such as the year of drawing.
    """
    rules = chosen.program(claim.on).subjects[claim.subject]["rules"]
    limit = next((rule["limit"] for rule in rules if rule["rule"] == claim.rule), None)
    if limit is None:
        return None
    whose = Q(organisation=claim.organisation_id) if claim.organisation_id else Q(person=claim.person_id)
    decided = Claim.objects.filter(whose, pack=claim.pack, rule=claim.rule, decided_fen__isnull=False)
    of = rule_of(claim).limit_of
    if of:
        values = {row["id"]: definition_value(chosen, claim.subject, row, of, claim.on) for row in rows}
        alike = [row for row, value in values.items() if value is not None and value == values.get(claim.subject_id)]
        decided = decided.filter(subject_id__in=alike)
    else:
        decided = decided.filter(year=claim.year)
    taken = decided.exclude(pk=claim.pk).exclude(state__in=CLOSED).aggregate(sum=Sum("decided_fen"))["sum"] or 0
    return max(int(limit) - taken, 0)


def not_called_back(claim: Claim) -> None:
    """Nothing is granted, set aside or paid while money of this case, or of the instalments before it, is called back or came back."""
    before = called_back_before(claim)
    if before is not None:
        own = before.pk == claim.pk
        word = _("本件的资金正在追回，不能再拨付。") if own else _("上一期的资金已经或正在追回，本期不能兑现。")
        raise DomainError(word, where=str(before), remedy=_("请先办结追回；不再兑现的，请作出不予兑现的决定或释放资金。"))


def called_back_before(claim: Claim) -> Claim | None:
    """A claim for the same award of the same payee, through whatever call it came, of which money is called back or came back for good.

    The database asks the same before money is set aside or ordered (`refusals.CALLED_BACK`).
    """
    award = Claim.objects.filter(
        pack=claim.pack, rule=claim.rule, awarded=claim.awarded, organisation=claim.organisation_id, person=claim.person_id
    )
    paid_again = award.filter(instalment=OuterRef("instalment"), state=State.PAID)
    gone = Q(state=State.RETURNED, instalment__lt=claim.instalment) & ~Exists(paid_again)
    open_demand = Exists(Clawback.objects.filter(claim=OuterRef("pk"), state__in=OPEN_CLAWBACKS))
    return award.filter(gone | Q(open_demand)).order_by("-pk").first()


def not_beside_another(claim: Claim, amount: int | None) -> None:
    """Of a stacking group only the highest is granted (就高不重复): asked with what was decided by now, the payee held so that nobody grants both."""
    rule, chosen = rule_of(claim), policy(claim.pack)
    if not rule.group:
        return
    holder = Organisation if claim.organisation_id else Person
    holder._default_manager.select_for_update().get(pk=claim.payee.pk)
    rows, sources = rows_of(claim, chosen)
    outcome = outcome_of(explain(chosen, rows, claim.on, sources=sources, earlier=earlier_awards(chosen, beside=claim)), claim)
    if outcome is None or outcome["state"] not in DUE or (amount is not None and amount > (outcome["amount"] or 0)):
        words = said(outcome["sentence"]) if outcome else str(claim)
        raise DomainError(
            _("按就高不重复，本件现在不能兑现。"), where=words, remedy=_("请先办结同组较高的一项，或者作出不予兑现的决定并写明理由。")
        )


def same_before(claim: Claim) -> Claim | None:
    """An earlier claim for the same award whose fact the register tells differently now: corrected to what this claim rewards, or gone.

    The register's answer is asked for as of the earlier claim's day, so that a recognition years later is an award of its own.
    """
    chosen, rule = policy(claim.pack), rule_of(claim)
    alike = Claim.objects.filter(pack=claim.pack, rule=claim.rule, subject=claim.subject, subject_id=claim.subject_id)
    for earlier in (
        alike.exclude(pk=claim.pk).exclude(awarded=claim.awarded).exclude(state__in=[*CLOSED, State.OFFERED, State.DRAFT]).order_by("pk")
    ):
        rows, _sources = rows_of(earlier, chosen)
        row = next((row for row in rows[claim.subject] if row["id"] == claim.subject_id), None)
        try:
            told = awarded_fact(rule, row) if row else None
        except DomainError:
            told = None
        if told in (None, claim.awarded):
            return earlier
    return None


def not_the_same_again(claim: Claim) -> None:
    earlier = same_before(claim)
    if earlier is not None:
        raise DomainError(
            _("同一对象的这一项已经兑现或在办，其事实后来在名录中被更正，不能再兑现一次。"), where=str(earlier),
            remedy=_("请先核对；原来的确有误的，先追回或终止原来的一件。"),
        )  # fmt: skip


def _what_changed(claim: Claim, outcome: Mapping[str, Any] | None, amount: int | None, *, first: bool) -> str:
    if outcome is None:
        return _("对象已不在名录中")
    rule = rule_of(claim)
    normal = "decision" if rule.kind in ("cap", "discretionary") else "entitled"
    if outcome["state"] != normal:
        return "" if first and _waits_for_the_department(claim, outcome) else said(outcome["sentence"])
    if not first and claim.amount_fen is not None and amount != claim.amount_fen:
        return _("金额由 %(before)s 变为 %(now)s") % {"before": yuan(claim.amount_fen or 0), "now": yuan(amount or 0)}
    return ""


def _waits_for_the_department(claim: Claim, outcome: Mapping[str, Any]) -> bool:
    """Nothing is different: what is not known is what the department finds itself, or a person decides by the rule of an award that is applied for."""
    specs = policy(claim.pack).pack.subjects[claim.subject].facts
    if outcome["state"] == "unknown":
        return all(item["fact"] in specs and specs[item["fact"]].judged for item in outcome["missing"])
    return bool(outcome["state"] == "decision" and claim.way != "automatic")


def rows_of(claim: Claim, chosen: Policy) -> tuple[dict[str, list[dict[str, Any]]], dict[str, dict[str, Any]]]:
    """All rows of the claim's subject that its payee has, since limits per payee and year need them all; and where the claim's own facts come from.

    A register goes before the claim: what it knows is not replaced by what the claim brings, and a day of the claim that cannot be beside a day of a
    register is asked for anew.
    """
    if claim.organisation_id:
        rows = named(subject_rows(chosen, claim.on, [claim.organisation_id], only=group_subjects(chosen, rule_of(claim))))
    else:
        rows = named(person_rows(chosen, claim.on, claim.person_id or 0))
    sources: dict[str, dict[str, Any]] = {}
    row = next((row for row in rows[claim.subject] if row["id"] == claim.subject_id), {})
    specs = chosen.pack.subjects[claim.subject].facts
    for fact in claim.facts.all() if row and claim.pk else ():
        if row.get(fact.fact) is None and not _out_of_order(specs, row, fact):
            row[fact.fact] = fact.value
            words = fact.get_kind_display() if not fact.reason else f"{fact.get_kind_display()}：{fact.reason}"
            none = {"none": True} if fact.value is None else {}
            sources.setdefault(f"{claim.subject}/{claim.subject_id}", {})[fact.fact] = {"source": words, "period": "", **none}
    return rows, sources


def _out_of_order(specs: Mapping[str, FactSpec], row: Mapping[str, Any], fact: ClaimFact) -> bool:
    """Whether a day lies before one that has to come first, or after one that has to come later."""
    if fact.fact not in specs or not isinstance(fact.value, str):
        return False
    first = row.get(specs[fact.fact].not_before)
    later = [row[name] for name, spec in specs.items() if spec.not_before == fact.fact and row.get(name) is not None]
    return (first is not None and fact.value < str(first)) or any(str(day) < fact.value for day in later)


def unjudged(claim: Claim) -> list[str]:
    """Facts that the department has to find and has not, on which this award still depends by the last evaluation, in words."""
    if claim.evaluation is None:
        return []
    row = next((row for row in claim.evaluation.result["results"].get(claim.subject, ()) if row["id"] == claim.subject_id), None)
    specs = policy(claim.pack).pack.subjects[claim.subject].facts
    names = [question["fact"] for question in row["questions"] if claim.rule in question["decides"]] if row else []
    return [said(specs[name].label) for name in names if name in specs and specs[name].judged]


def unanswered(claim: Claim) -> list[str]:
    """Facts on which what this award gives rests by the last evaluation, that nobody has told and the applicant can tell, in words."""
    outcome = outcome_of(claim.evaluation.result, claim) if claim.evaluation else None
    specs = policy(claim.pack).pack.subjects[claim.subject].facts
    names = [question["fact"] for question in outcome.get("premises", ())] if outcome else []
    return [said(specs[name].label) for name in names if name in specs and not specs[name].judged]


def not_unanswered(claim: Claim) -> None:
    if open_facts := unanswered(claim):
        raise DomainError(
            _("金额取决于尚未答复的事实：%(what)s。") % {"what": listed(open_facts)}, where=str(claim),
            remedy=_("请申报人答复（没有或尚未发生的也要选明），或者先在名录中登记；已经提交的，请退回补正。"),
        )  # fmt: skip


def outcome_of(result: Mapping[str, Any], claim: Claim) -> dict[str, Any] | None:
    """What a stored explanation says about a claim's rule and subject."""
    row = next((row for row in result["results"].get(claim.subject, ()) if row["id"] == claim.subject_id), None)
    return next((outcome for outcome in row["outcomes"] if outcome["rule"] == claim.rule), None) if row else None


def advance(claim: Claim, *, by: User | None, on: date, opinion: str = "") -> None:
    """To the next step of the procedure, with its unit and its last day."""
    _end_step(claim, ClaimStep.Outcome.PASSED, by=by, on=on, opinion=opinion)
    steps = procedure_of(claim).steps
    _enter(claim, steps[[step.kind for step in steps].index(claim.step) + 1], on)
    if claim.step == "joint_review":
        _ask_units(claim, by=by, on=on)


def _ask_units(claim: Claim, *, by: User | None, on: date) -> None:
    """Every other unit that the clause names, leading or responsible, is asked; where there is none, the claim goes on."""
    step = claim.steps.get(ended_on=None)
    clause = policy(claim.pack).pack.clauses[claim.clause]
    units = [unit for unit in dict.fromkeys([*clause.lead, *clause.responsible]) if unit != claim.unit]
    JointVote.objects.bulk_create(JointVote(claim=claim, step=step, unit=unit) for unit in units)
    tell.department(claim, "请参加联审表决", kind="vote", units=units) if units else None
    if not units:
        advance(claim, by=by, on=on, opinion=_("没有其他责任单位"))


def restart(claim: Claim, kind: str, *, by: User | None, on: date, opinion: str) -> None:
    """Back to an earlier step of the procedure, with a new last day."""
    _end_step(claim, ClaimStep.Outcome.RETURNED, by=by, on=on, opinion=opinion)
    _enter(claim, next(step for step in procedure_of(claim).steps if step.kind == kind), on)


def enter(claim: Claim, kind: str, on: date) -> None:
    """Into a step of the procedure that is named."""
    _enter(claim, next(step for step in procedure_of(claim).steps if step.kind == kind), on)


def _enter(claim: Claim, step: Any, on: date) -> None:
    clause = policy(claim.pack).pack.clauses[claim.clause]
    claim.step, claim.due_on = step.kind, add_working_days(on, step.days, provisional=True)
    if step.kind not in AFTER_DECISION:
        claim.due_on = _until(claim, claim.due_on, on)
    whose = "lead" if step.kind == "payment" and not claim.budget else step.unit  # in kind and posts: the department delivers
    whose = "lead" if whose == "responsible" else whose  # the lead unit sees to it that the others vote
    claim.unit = next(iter(clause.lead), "") if whose == "lead" else whose
    claim.save()
    _start_step(claim, on)


def _start_step(claim: Claim, on: date) -> None:
    number = 1 + (claim.steps.aggregate(last=Max("number"))["last"] or 0)
    ClaimStep.objects.create(claim=claim, number=number, kind=claim.step, unit=claim.unit, started_on=on, due_on=claim.due_on or on)


def _end_step(claim: Claim, outcome: str, *, by: User | None, on: date, opinion: str = "") -> None:
    claim.steps.filter(ended_on=None).update(ended_on=on, by=by, outcome=outcome, opinion=opinion.strip())


def close(claim: Claim, state: State, *, by: User | None, on: date, outcome: str = ClaimStep.Outcome.ENDED, opinion: str = "") -> None:
    _end_step(claim, outcome, by=by, on=on, opinion=opinion)
    claim.state, claim.step, claim.unit, claim.due_on, claim.closed_on = state, "", "", None, on
    claim.save()
