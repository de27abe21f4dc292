"""Payment batches: made, frozen, signed by a second person, sent out, read back line by line. Every step may be done again and changes nothing then."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import attachments
from quintet.core.audit import Log, recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Job, User
from quintet.core.second_person import ask, sent_back
from quintet.core.texts import fitting, shortened
from quintet.ledger import actions as ledger
from quintet.ledger.models import Commitment, Fund
from quintet.policies.queries import task_number
from quintet.reading.names import canonical, same
from quintet.redemption import proposals, tell
from quintet.redemption.accounts import returned_accounts
from quintet.redemption.actions.claims import advance, grounds_lost, handled, not_called_back, require_grounds, restart, rule_of
from quintet.redemption.checks import explicit
from quintet.redemption.models import AccountChange, Claim, PayeeAccount, PaymentBatch, PaymentLine, PaymentResult, ResultFile
from quintet.redemption.payees import may_speak_for, require_speaker
from quintet.redemption.permissions import (
    AFTER_HAND_IN,
    claims_in,
    lead_of,
    require_act,
    require_acts,
    require_batch,
    require_proposer_free,
)
from quintet.redemption.states import CLOSED, State, WrongState, after

CHUNK = 50
ROWS = 500  # of one statement
NAMED = 5  # results that do not fit
Kind = PaymentResult.Kind


@dataclass(frozen=True, kw_only=True)
class LineResult:
    """What became of one line: paid with a voucher number, or returned with a reason."""

    number: int
    kind: str
    on: date
    reference: str = ""
    reason: str = ""


def seal_of(lines: Iterable[PaymentLine]) -> str:
    """The mark that a batch file carries: SHA-256 over number, claim, payee, bank, account and amount of every line."""
    digest = hashlib.sha256()
    for line in lines:
        parts = (line.number, line.claim_id, line.payee, line.bank, line.account, line.amount_fen, line.purpose)
        digest.update("\x1f".join(str(part) for part in parts).encode() + b"\x1e")
    return digest.hexdigest()


def make_batch(
    claims: Sequence[Claim], *, fund: Fund, year: int, by: User, on: date, lost: Mapping[int, str] | None = None
) -> PaymentBatch:
    """Freeze the payments of these claims. All of one fund and year, committed, with an account and the ground they were decided on; else nothing is made."""
    if not claims:
        raise DomainError(_("请选择要拨付的事项。"))
    lost = grounds_lost(claims) if lost is None else lost
    with recorded() as log:
        wanted = sorted({claim.pk for claim in claims})
        found = list(
            Claim.objects.select_for_update(of=("self",)).select_related("organisation", "person", "account", "commitment").filter(pk__in=wanted).order_by("pk")
        )  # fmt: skip
        right = require_acts(by, found, "order")
        for claim in found:
            not_called_back(claim)
        require_grounds(found, lost)
        marks = _marks(found)
        lines = []
        for number, claim in enumerate(found, 1):
            claim.state = after(claim.state, "order", what=str(claim))
            commitment, account = _payable(claim, fund, year)
            lines.append(
                PaymentLine(
                    number=number, claim=claim, payee=account.holder, bank=account.bank, account=account.number, amount_fen=commitment.amount_fen,
                    purpose=_purpose(claim, marks[claim.pk]),
                )
            )  # fmt: skip
        total = sum(line.amount_fen for line in lines)
        batch = PaymentBatch(fund=fund, year=year, count=len(lines), sum_fen=total, made_by=by, made_under_id=right.grant, made_on=on)
        batch.seal = seal_of(lines)
        batch.save()
        for line in lines:
            line.batch = batch
        PaymentLine.objects.bulk_create(lines, batch_size=ROWS)
        Claim.objects.bulk_update(found, ["state"], batch_size=ROWS)
        log.record(
            "redemption.make_batch",
            batch,
            f"编制拨付批次：{batch}",
            by=by,
            count=batch.count,
            sum_fen=batch.sum_fen,
            fund=fund.pk,
            seal=batch.seal,
            **right.details,
        )
        for line in lines:
            log.record(
                "redemption.order",
                line.claim,
                f"列入拨付批次 {batch}：{line.claim}",
                by=by,
                batch=batch.pk,
                line=line.number,
                amount_fen=line.amount_fen,
            )
        ask(proposals.BATCH, batch)
    return batch


def make_batches(claims: Sequence[Claim], *, fund: Fund, by: User, on: date) -> list[PaymentBatch]:
    """A batch for each year whose money these claims have: all of them or none."""
    years = sorted({claim.commitment.year for claim in claims if claim.commitment and claim.commitment.fund_id == fund.pk})
    if not years:
        raise DomainError(_("请选择要拨付的事项。"), where=str(fund))
    of_year = {year: [claim for claim in claims if claim.commitment and claim.commitment.year == year] for year in years}
    lost = grounds_lost(claims)
    with recorded():
        return [make_batch(of_year[year], fund=fund, year=year, by=by, on=on, lost=lost) for year in years]


def _marks(claims: Sequence[Claim]) -> dict[int, str]:
    """claim → what who signs, the treasury and the bank have to look at: money that the bank is said to have sent back, and an account that came
    by a change, in this case or another, and to which nothing was paid that stayed there. A constant number of queries."""
    numbers = {claim.account.number_hash for claim in claims if claim.account}
    agreed = AccountChange.objects.filter(confirmed=True, account__number_hash__in=numbers)
    changes = agreed.exclude(before__number_hash=F("account__number_hash")).values_list("claim", "account__number_hash")
    anywhere = {number for _claim, number in changes}
    paid = PaymentLine.objects.filter(claim__account__number_hash__in=anywhere, results__kind=Kind.PAID).exclude(
        results__kind=Kind.RETURNED
    )
    known = set(paid.values_list("claim__account__number_hash", flat=True))
    back = set(PaymentResult.objects.filter(line__claim__in=claims, kind=Kind.RETURNED).values_list("line__claim", flat=True))
    found = {}
    for claim in claims:
        number = claim.account.number_hash if claim.account else ""
        fresh = number in anywhere - known
        found[claim.pk] = ("（账户更换后首次拨付）" if fresh else "") + ("（退回后再次拨付）" if claim.pk in back else "")
    return found


def _purpose(claim: Claim, mark: str) -> str:
    """Clause and award, with what is to be looked at."""
    with override("zh-hans"):
        clause = task_number(claim.clause, claim.pack)
    return f"{clause} {rule_of(claim).title.zh}"[: 120 - len(mark)] + mark


def _payable(claim: Claim, fund: Fund, year: int) -> tuple[Commitment, PayeeAccount]:
    if claim.commitment is None or (claim.commitment.fund_id, claim.commitment.year) != (fund.pk, year):
        raise DomainError(
            _("本件的资金不在%(fund)s %(year)d 年度。") % {"fund": fund, "year": year},
            where=str(claim),
            remedy=_("请按资金和年度分别编制。"),
        )
    if claim.account is None:
        raise DomainError(_("本件暂无收款账户。"), where=str(claim), remedy=_("请收款人先登记本人或本单位名下的账户。"))
    if not same(claim.account.holder, claim.payee.name):
        raise DomainError(
            _("账户的户名与收款人不一致，不能拨付。"),
            where=_("户名：%(holder)s；收款人：%(payee)s") % {"holder": claim.account.holder, "payee": claim.payee.name},
            remedy=_("收款人改名的，请重新登记账户。"),
        )
    return claim.commitment, claim.account


def sign_batch(batch: PaymentBatch, *, by: User, on: date) -> PaymentBatch:
    """The second pair of eyes. Only a signed batch can be sent out."""
    lost = grounds_lost(claims_in(batch))
    with recorded() as log:
        batch = _held(batch)
        right = require_batch(by, batch, "sign")
        require_proposer_free(batch.made_under, claims_in(batch), remedy=_("请作废这个批次，由另一位财政人员重新编制。"))
        require_grounds(claims_in(batch), lost, remedy=_("请作废这个批次。"))
        if seal_of(batch.lines.order_by("number")) != batch.seal:
            raise DomainError(_("批次内容与编制时的校验码不符，不能签发。"), where=str(batch), remedy=_("请立即告诉系统管理员和审计人员。"))
        batch.state, batch.signed_by, batch.signed_under_id, batch.signed_on = PaymentBatch.State.SIGNED, by, right.grant, on
        batch.save()
        log.record(
            "redemption.sign_batch",
            batch,
            f"签发拨付批次：{batch}",
            by=by,
            count=batch.count,
            sum_fen=batch.sum_fen,
            seal=batch.seal,
            **right.details,
        )
    return batch


def drop_batch(batch: PaymentBatch, *, reason: str, by: User, on: date) -> PaymentBatch:
    """A batch that was not signed is given up; its claims wait for another one."""
    reason = fitting(PaymentResult, "reason", reason, where=str(batch))
    if not reason:
        raise DomainError(_("请写明作废的原因。"), where=str(batch))
    with recorded() as log:
        batch = _held(batch)
        right = require_batch(by, batch, "drop")
        lines = list(batch.lines.select_related("claim"))
        PaymentResult.objects.bulk_create(
            [PaymentResult(line=line, kind=Kind.DROPPED, on=on, reason=reason, by=by) for line in lines], batch_size=ROWS
        )
        for line in lines:
            line.claim.state = after(line.claim.state, "bounce", what=str(line.claim))
        Claim.objects.bulk_update([line.claim for line in lines], ["state"], batch_size=ROWS)
        batch.state, batch.remark = PaymentBatch.State.DROPPED, reason
        batch.save()
        sent_back(proposals.BATCH, batch, batch.made_by, by=by, remark=_("已作废：%(why)s") % {"why": reason})
        log.record("redemption.drop_batch", batch, f"作废拨付批次：{batch}", by=by, reason=reason, **right.details)
    return batch


def keep_results(batch: PaymentBatch, results: Sequence[LineResult], upload: UploadedFile, *, by: User, on: date) -> ResultFile:
    """A file of results that was read and can be booked, until it is confirmed; what was booked before is not counted. Raises DomainError;
    then nothing is kept of it."""
    right = require_batch(by, batch, "read")
    _require_no_contradiction(batch, results, on)
    new = not_booked(batch, results)
    paid = sum(result.kind == Kind.PAID for result in new)
    kept = attachments.keep(upload, by=by, read_as_table=True)
    with recorded() as log:
        made = ResultFile.objects.create(batch=batch, attachment=kept, paid=paid, returned=len(new) - paid, by=by)
        log.record(
            "redemption.upload_results", batch, f"上传回盘文件：{batch}",
            by=by, file=made.pk, sha256=kept.file.sha256, paid=made.paid, returned=made.returned, **right.details,
        )  # fmt: skip
    return made


def record_results(
    batch: PaymentBatch,
    results: Sequence[LineResult],
    *,
    by: User,
    on: date,
    file: ResultFile | None = None,
    progress: Callable[[int, int], None] | None = None,
    chunk: int = CHUNK,
) -> dict[str, int]:
    """Book what the bank said. What was booked before is passed over, so a reading that was broken off can simply be done again.

    Everything is checked before anything is booked. Returns {"paid", "returned", "known"}.
    """
    right = require_batch(by, PaymentBatch.objects.get(pk=batch.pk), "read")
    _require_no_contradiction(batch, results, on)
    count = {"paid": 0, "returned": 0, "known": 0}
    for start in range(0, len(results), chunk):
        part = {result.number: result for result in results[start : start + chunk]}
        with recorded() as log:
            _held(batch)
            lines = (
                batch.lines.filter(number__in=part)
                .select_related("batch", "claim__commitment__fund__budget")
                .prefetch_related("results")
                .order_by("number")
            )
            for line in lines:
                count[_book(line, part[line.number], log, by=by, on=on)] += 1
        if progress:
            progress(min(start + chunk, len(results)), len(results))
    with recorded() as log:
        batch = _held(batch)
        if batch.state == PaymentBatch.State.SIGNED and not batch.lines.filter(results=None).exists():
            batch.state = PaymentBatch.State.DONE
            batch.save()
        if file is not None:
            ResultFile.objects.filter(pk=file.pk).update(confirmed_at=timezone.now())
        if file is not None or count["paid"] or count["returned"]:
            log.record(
                "redemption.read_results", batch, f"读回拨付结果：{batch}", by=by, file=file.pk if file else None, **count, **right.details
            )
    return count


def _require_no_contradiction(batch: PaymentBatch, results: Sequence[LineResult], on: date) -> None:
    if problems := contradictions(batch, results, on=on):
        raise DomainError(_("回盘结果有 %(n)d 处不能入账，一笔也没有记。") % {"n": len(problems)}, where="；".join(problems[:NAMED]))


def contradictions(batch: PaymentBatch, results: Sequence[LineResult], *, on: date) -> list[str]:
    """Results that cannot be booked, in words, with the number of the line. A constant number of queries."""
    if batch.state not in (PaymentBatch.State.SIGNED, PaymentBatch.State.DONE):
        return [_("%(batch)s现在是“%(state)s”，没有可以回盘的拨付") % {"batch": batch, "state": PaymentBatch.State(batch.state).label}]
    known: dict[int, dict[str, LineResult]] = {number: {} for number in batch.lines.values_list("number", flat=True)}
    for booked in _booked(batch):
        known[booked.number][booked.kind] = booked
    states = dict(batch.lines.values_list("number", "claim__state"))
    taken_back = set(batch.lines.filter(claim__clawbacks__received_fen__gt=0).values_list("number", flat=True))
    problems: list[str] = []
    seen: set[int] = set()
    for result in results:
        say = _("第 %(number)d 笔：%(what)s")
        before = known.get(result.number)
        if before is None:
            problems.append(say % {"number": result.number, "what": _("不在这个批次里")})
        elif result.number in seen:
            problems.append(say % {"number": result.number, "what": _("在文件里出现了两次")})
        elif result.kind == Kind.PAID and Kind.RETURNED in before:
            problems.append(say % {"number": result.number, "what": _("已登记为退回，不能再登记为到账")})
        elif result.kind in before and (problem := _other_than(before[result.kind], result)):
            problems.append(say % {"number": result.number, "what": problem})
        elif result.kind == Kind.RETURNED and not result.reason.strip():
            problems.append(say % {"number": result.number, "what": _("退回没有写原因")})
        elif result.kind == Kind.PAID and not result.reference.strip():
            problems.append(say % {"number": result.number, "what": _("到账没有凭证号")})
        elif problem := _too_long(result):
            problems.append(say % {"number": result.number, "what": problem})
        elif result.on < batch.signed_on:  # type: ignore[operator]  # a signed batch has its day
            problems.append(say % {"number": result.number, "what": _("日期早于签发日期")})
        elif result.on > on:
            problems.append(say % {"number": result.number, "what": _("日期晚于今天")})
        elif result.kind not in before and result.kind == Kind.RETURNED and result.number in taken_back:
            problems.append(say % {"number": result.number, "what": _("收款人已退还过资金，不能再登记为银行退回，请先与银行和收款人核对")})
        elif result.kind not in before and states[result.number] != (State.PAID if Kind.PAID in before else State.ORDERED):
            problems.append(
                say % {"number": result.number, "what": _("本件现在是“%(state)s”") % {"state": State(states[result.number]).label}}
            )
        seen.add(result.number)
    return problems


def _booked(batch: PaymentBatch) -> list[LineResult]:
    results = PaymentResult.objects.filter(line__batch=batch)
    return [LineResult(**values) for values in results.values("kind", "on", "reference", "reason", number=F("line__number"))]


def not_booked(batch: PaymentBatch, results: Sequence[LineResult]) -> list[LineResult]:
    """The results that say something new: not what was booked of their line before."""
    booked = {(known.number, known.kind) for known in _booked(batch)}
    return [result for result in results if (result.number, result.kind) not in booked]


def _other_than(booked: LineResult, result: LineResult) -> str:
    """What a result says otherwise than what was booked of the same kind: a day, a voucher, a reason."""
    pairs = (
        (_("日期"), booked.on.isoformat(), result.on.isoformat()),
        (_("凭证号"), booked.reference, result.reference),
        (_("退回原因"), booked.reason, result.reason),
    )
    words = [
        _("%(what)s登记的是“%(booked)s”，文件里是“%(said)s”") % {"what": what, "booked": old or _("（空）"), "said": new or _("（空）")}
        for what, old, new in pairs
        if canonical(old) != canonical(new)
    ]
    if not words:
        return ""
    return _("之前已记，%(differences)s。请核对；登记无误的，请清空这一行的结果") % {"differences": "，".join(words)}


def _too_long(result: LineResult) -> str:
    """What does not fit is refused with the whole file, before anything is booked."""
    try:
        fitting(PaymentResult, "reference", result.reference)
        fitting(PaymentResult, "reason", result.reason)
    except DomainError as error:
        return error.message.rstrip("。")
    return ""


def _book(line: PaymentLine, result: LineResult, log: Log, *, by: User, on: date) -> str:
    """One line: an entry in the ledger, a result, the claim's next state. Says what it was: paid, returned or known."""
    before = {found.kind for found in line.results.all()}
    if result.kind in before:
        return "known"
    claim = Claim.objects.select_for_update(of=("self",)).select_related("organisation", "person").get(pk=line.claim_id)
    commitment, entry = line.claim.commitment, None
    if commitment is None:
        raise WrongState(_("本件没有资金承诺。"), where=str(claim))
    with transaction.atomic():
        if result.kind == Kind.PAID:
            claim.state = after(claim.state, "pay", what=str(line))
            entry = ledger.pay(commitment, line.amount_fen, key=f"payment:{line.key}", reference=result.reference, by=by, on=on)
            advance(claim, by=by, on=on, opinion=result.reference)
        else:
            claim.state = after(claim.state, "bounce", what=str(line))
            if Kind.PAID in before:
                entry = ledger.reject(commitment, line.amount_fen, key=f"rejection:{line.key}", reference=result.reference, memo=shortened(result.reason, 200), by=by, on=on)  # fmt: skip
            claim.closed_on = None
            restart(claim, "payment", by=by, on=on, opinion=result.reason)
        PaymentResult.objects.create(
            line=line,
            kind=result.kind,
            on=result.on,
            reference=fitting(PaymentResult, "reference", result.reference),
            reason=fitting(PaymentResult, "reason", result.reason),
            entry=entry,
            by=by,
        )
        told = [claim]
        if result.kind == Kind.PAID:
            tell.payees(told, "paid", on, amount=line.amount_fen)
        else:
            tell.payees(told, "bounced", on, urgent=True, what=result.reason)
            tell.department(claim, "拨付被银行退回，等收款人更换或确认账户后请核实", kind="account", units=[lead_of(claim)])
        action, word = ("redemption.paid", "拨付到账") if result.kind == Kind.PAID else ("redemption.bounced", "拨付退回")
        log.record(
            action,
            claim,
            f"{word}：{claim}",
            by=by,
            line=line.key,
            amount_fen=line.amount_fen,
            entry=entry.pk if entry else None,
            reason=result.reason,
        )
    return result.kind


def _held(batch: PaymentBatch) -> PaymentBatch:
    return PaymentBatch.objects.select_for_update(of=("self",)).select_related("fund__budget", "made_under").get(pk=batch.pk)


def change_account(claim: Claim, *, account: PayeeAccount, by: User, on: date) -> Claim:
    """The payee wants its money somewhere else, as long as no payment is on its way. Handed in already, it counts once an official has confirmed it.

    The same account again is an answer where the bank sent money back from it: the payee says that it is right, an official asks.
    """
    with handled(claim) as (claim, log):
        require_speaker(by, claim.payee, on)
        if claim.state in (State.ORDERED, State.PAID, State.DELIVERED, *CLOSED):
            raise WrongState(_("本件现在是“%(state)s”，不能更换账户。") % {"state": State(claim.state).label}, where=str(claim))
        if (account.organisation_id, account.person_id) != (claim.organisation_id, claim.person_id):
            raise DomainError(_("这不是收款人自己的账户。"), where=str(claim), remedy=_("请选择或登记以收款人本名开立的账户。"))
        if account.pk == claim.account_id and claim.pk not in returned_accounts([claim]):
            raise DomainError(
                _("本件现在用的就是这个账户，没有更换。"), where=account.masked, remedy=_("请选择另一个账户，或登记一个新账户。")
            )
        if claim.state not in AFTER_HAND_IN:
            claim.account = account
            claim.save(update_fields=["account"])
        else:
            _ask_for(account, claim, by=by, on=on)
        word = "要求继续使用收款账户" if account.pk == claim.account_id else "要求更换收款账户"
        log.record("redemption.change_account", claim, f"{word}：{claim}", by=by, account=account.pk, before=claim.account_id)
    return claim


def _ask_for(account: PayeeAccount, claim: Claim, *, by: User, on: date) -> None:
    if claim.account_changes.filter(confirmed=None).exists():
        raise DomainError(_("已有一次账户更换在等待核实。"), where=str(claim), remedy=_("请等主管部门核实后再提出。"))
    change = AccountChange.objects.create(claim=claim, before=claim.account, account=account, asked_by=by, asked_on=on)
    same_again = account.pk == claim.account_id
    tell.payees([claim], "account_asked_again" if same_again else "account_asked", on, urgent=True, what=account.masked)
    ask(proposals.ACCOUNT, change)


def confirm_account(claim: Claim, *, confirmed: bool | None, remark: str = "", by: User, on: date) -> Claim:
    """An official has asked the payee: the new account counts from now on, or it does not."""
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "confirm_account")
        change = claim.account_changes.select_for_update().get(confirmed=None)
        agreed = explicit(confirmed, _("与收款人核实一致或不一致"), where=str(claim))
        if not agreed and not remark.strip():
            raise DomainError(_("不予更换时请写明理由。"), where=str(claim))
        if agreed and not (change.asked_by.is_active and may_speak_for(change.asked_by, claim.payee, on)):
            raise NotAllowed(
                _("提出更换的人已不能代表收款人，不能核实通过。"),
                where=str(claim),
                remedy=_("请不予更换并写明理由；要更换的，由现在的授权经办人重新提出。"),
            )
        change.confirmed, change.confirmed_by, change.confirmed_under_id, change.confirmed_on = agreed, by, right.grant, on
        change.remark = fitting(AccountChange, "remark", remark, where=str(claim))
        change.save()
        if agreed:
            claim.account_id = change.account_id
            claim.save(update_fields=["account"])
        same_again = change.account_id == change.before_id
        word = "核实收款账户更换" if agreed else "不予更换收款账户"
        if same_again:
            word = "核实收款账户无误" if agreed else "未能核实收款账户"
        log.record(
            "redemption.confirm_account",
            claim,
            f"{word}：{claim}",
            by=by,
            account=change.account_id,
            before=change.before_id,
            **right.details,
        )
        kind = "account_changed" if agreed else "account_kept"
        tell.payees([claim], f"{kind}_again" if same_again else kind, on, urgent=True, what=change.account.masked)
    return claim


def ready(fund: Fund, year: int) -> QuerySet[Claim]:
    """Claims that wait for a batch of this fund and year."""
    return Claim.objects.filter(state=State.COMMITTED, commitment__fund=fund, commitment__year=year).order_by("pk")


def results_job(job: Job, file: int, user: int, on: str) -> dict[str, Any]:
    """record_results of an uploaded workbook, in the background; broken off, it goes on where it was."""
    from quintet.redemption.batch_files import read_results  # it imports LineResult from here

    found = ResultFile.objects.select_related("batch", "attachment__file").get(pk=file)
    with attachments.place_of(found.attachment.file).open("rb") as content:
        results = read_results(found.batch, content)
    progress = lambda done, total: job.advance(done, total, _("正在逐笔记账"))
    count = record_results(found.batch, results, by=User.objects.get(pk=user), on=date.fromisoformat(on), file=found, progress=progress)
    job.advance(len(results), len(results), _("到账 %(paid)d 笔，退回 %(returned)d 笔，之前已记 %(known)d 笔") % count)
    return {**count, "url": reverse("redemption:batch", args=[found.batch_id])}
