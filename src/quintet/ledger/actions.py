"""Every booking: one entry, one line of the audit chain. What may not be is refused by the database and told here in words."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import triggers
from quintet.core.audit import recorded
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import User
from quintet.core.permissions import Right, require_standing, second_pair_of_eyes
from quintet.core.texts import within
from quintet.core.unreadable import words
from quintet.ledger import acts
from quintet.ledger.errors import AlreadyBooked, CeilingExceeded, Overdrawn, Refused, refusal
from quintet.ledger.models import Account, Appropriation, Budget, Commitment, CommitmentStep, Entry, Fund, Posting
from quintet.look.words import yuan
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import document_number, voucher_number

Result = TypeVar("Result")
UNIQUE = {
    "ledger_commitment.pack": "ledger_no_second_award",
    "ledger_entry.key": "ledger_entry_key_key",
    "ledger_entry.commitment_id, ledger_entry.document": "ledger_one_return_a_voucher",
    "ledger_appropriation.fund_id": "ledger_one_appropriation_a_document",
}  # SQLite names columns, not constraints


@dataclass(frozen=True, kw_only=True)
class Award:
    """What money is set aside for. Pack, rule, fact and instalment together are awarded once."""

    pack: str
    rule: str
    clause: str
    fact: str
    instalment: int = 0
    division: str = ""
    payee: str


def open_budget(
    *, pack: str, code: str, clause: str, label: dict[str, str], funds: dict[str, dict[str, str]], has_ceiling: bool, by: User
) -> Budget:
    """A budget of a policy with its funds; the same again changes nothing. Labels are {"zh": …, "en": …}."""
    with recorded(under=acts.OPEN_YEAR.right(by)) as log:
        budget, new = Budget.objects.get_or_create(
            pack=pack, code=code, defaults={"clause": clause, "label_zh": label["zh"], "label_en": label["en"], "has_ceiling": has_ceiling}
        )
        for name, words in (funds or {code: label}).items():
            Fund.objects.get_or_create(budget=budget, code=name, defaults={"label_zh": words["zh"], "label_en": words["en"]})
        if new:
            log.record("ledger.open_budget", budget, f"设立资金渠道：{budget.label_zh}", by=by, clause=clause)
    return budget


def open_year(budget: Budget, year: int, *, ceiling_fen: int | None, by: User, on: date, reference: str = "") -> None:
    """The accounts of a year, and the ceiling as the policy's pack has it (None where it sets none). Again with another ceiling: raises or cuts it."""
    right = acts.OPEN_YEAR.right(by)
    if (ceiling_fen is not None) != budget.has_ceiling:
        raise ValueError("a ceiling belongs to a budget that has one")
    with recorded(under=right) as log:
        for account in Account.OF_A_CEILING if budget.has_ceiling else ():
            Account.objects.get_or_create(budget=budget, fund=None, year=year, kind=account)
        for fund in budget.funds.all():
            opened = [Account.objects.get_or_create(budget=budget, fund=fund, year=year, kind=kind)[1] for kind in Account.OF_A_FUND]
            if any(opened):
                log.record("ledger.open_year", fund, f"开立 {year} 年度：{fund.label_zh}", by=by, year=year)
        if ceiling_fen is not None:
            before = ceiling_of(budget, year)
            kind = Entry.Kind.CEILING if ceiling_fen > before else Entry.Kind.CEILING_CUT
            if ceiling_fen != before:
                key = f"ceiling:{budget.pk}:{year}:{Entry.objects.filter(budget=budget, year=year, fund=None).count() + 1}"
                book(kind, budget=budget, year=year, amount_fen=abs(ceiling_fen - before), key=key, reference=reference, by=by, on=on)


def ceiling_of(budget: Budget, year: int) -> int:
    """The yearly ceiling as booked, in fen; 0 before one is set."""
    return -_balance(Account.Kind.CEILING, budget=budget, fund=None, year=year)


def is_open(fund: Fund, year: int) -> bool:
    """Whether the accounts of a year stand; whatever number is asked for."""
    return Account.objects.filter(fund=fund, year=year).exists()


def propose_appropriation(
    fund: Fund,
    year: int,
    amount_fen: int,
    *,
    kind: str = Appropriation.Kind.APPROPRIATION,
    reference: str,
    memo: str = "",
    by: User,
    on: date,
) -> Appropriation:
    """What the treasury sets aside for a fund, or takes back (a reduction, also to correct a wrong one), with its document; booked when confirmed.

    A document is one however it is typed. Raises DomainError, AlreadyBooked.
    """
    right = acts.PROPOSE_APPROPRIATION.right(by)
    if not reference.strip():
        raise DomainError(_("请填写下达文件的文号。"), remedy=_("没有文号的资金不能入账。"))
    if amount_fen <= 0:
        raise DomainError(_("金额必须大于零。"), where=yuan(amount_fen))
    _fit(reference=reference, memo=memo)
    if not is_open(fund, year):
        raise DomainError(
            _("%(year)d 年度尚未开立，不能登记资金安排。") % {"year": year},
            where=str(fund),
            remedy=_("请先在“资金”页开立这一年度，或选择已经开立的年度。"),
        )
    booked = Appropriation.objects.filter(fund=fund, year=year, kind=kind).exclude(state=Appropriation.State.REFUSED)
    document = _as_booked(document_number, reference, booked.values_list("document", flat=True))
    with recorded() as log:
        appropriation = _said(
            lambda: Appropriation.objects.create(
                kind=Appropriation.Kind(kind),
                fund=fund,
                year=year,
                amount_fen=amount_fen,
                reference=reference.strip(),
                document=document,
                memo=memo.strip(),
                proposed_by=by,
                proposed_under_id=right.grant,
                proposed_on=on,
            )
        )
        with override("zh-hans"):
            title = f"拟{appropriation.get_kind_display()} {yuan(amount_fen)}：{fund}"
        log.record(
            "ledger.propose_appropriation",
            appropriation,
            title,
            by=by,
            amount_fen=amount_fen,
            year=year,
            fund=fund.pk,
            document=appropriation.document,
            **right.details,
        )
    return appropriation


def confirm_appropriation(appropriation: Appropriation, *, confirmed: bool, remark: str = "", by: User, on: date) -> Appropriation:
    """The second pair of eyes of finance: confirmed, it is booked; else it is given up with a remark, and the document can be entered anew."""
    _fit(remark=remark)
    with recorded() as log:
        appropriation = (
            Appropriation.objects.select_for_update(of=("self",)).select_related("fund__budget", "proposed_under").get(pk=appropriation.pk)
        )
        acts.CONFIRM_APPROPRIATION.right(by)
        if appropriation.state != Appropriation.State.PROPOSED:
            raise DomainError(_("这笔资金安排已经复核。"), where=str(appropriation))
        right = _second_right(appropriation, by)
        if not confirmed and not remark.strip():
            raise DomainError(_("不通过时请写明意见。"), where=str(appropriation))
        if confirmed:
            require_standing(appropriation.proposed_under, where=str(appropriation))
        appropriation.state = Appropriation.State.CONFIRMED if confirmed else Appropriation.State.REFUSED
        appropriation.confirmed_by, appropriation.confirmed_under_id, appropriation.confirmed_on = by, right.grant, on
        appropriation.remark = remark.strip()
        appropriation.save()
        word = "复核入账" if confirmed else "复核未通过"
        log.record(
            "ledger.confirm_appropriation", appropriation, f"{word}：{appropriation}", by=by, remark=appropriation.remark, **right.details
        )
        if confirmed:
            book(
                Entry.Kind(appropriation.kind),
                budget=appropriation.fund.budget,
                fund=appropriation.fund,
                year=appropriation.year,
                amount_fen=appropriation.amount_fen,
                key=f"{appropriation.kind}:{appropriation.pk}",
                reference=appropriation.reference,
                document=appropriation.document,
                appropriation=appropriation,
                memo=appropriation.memo,
                by=by,
                on=on,
            )
    return appropriation


def _second_right(appropriation: Appropriation, by: User) -> Right:
    """Raises NotAllowed for who stands behind the proposal."""
    right = acts.CONFIRM_APPROPRIATION.right(by)
    second_pair_of_eyes(Right.under(appropriation.proposed_under), right, where=str(appropriation))
    return right


def may_confirm_appropriation(appropriation: Appropriation, by: User) -> bool:
    if appropriation.state != Appropriation.State.PROPOSED:
        return False
    try:
        _second_right(appropriation, by)
    except NotAllowed:
        return False
    return True


def canonical(form: Callable[[str], str], text: str) -> str:
    """An identifier in its one form, as the key of an entry. Raises DomainError with what cannot be read."""
    try:
        return form(text)
    except Unreadable as error:
        raise DomainError(words(error), where=text.strip()) from None


def _as_booked(form: Callable[[str], str], text: str, booked: Iterable[str]) -> str:
    """The canonical form, or that of an earlier day under which the same document is booked already: what is booked is never rewritten."""
    document = canonical(form, text)

    def is_the_same(earlier: str) -> bool:
        with suppress(Unreadable):  # what was taken for a number on an earlier day
            return form(earlier) == document
        return earlier == document

    return next(filter(is_the_same, booked), document)


LONGEST = {"reference": 120, "memo": 200, "remark": 200}  # letters


def _fit(**texts: str) -> None:
    """What is too long is refused and never cut: two documents whose numbers begin alike are two."""
    labels = {"reference": _("文号或凭证号"), "memo": _("说明"), "remark": _("意见")}
    for name, text in texts.items():
        within(text, LONGEST[name], label=labels[name])


def commit(fund: Fund, year: int, award: Award, amount_fen: int, *, by: User, on: date) -> Commitment:
    """Set money aside for an award. Raises CeilingExceeded, Overdrawn, AlreadyAwarded; two who commit the last yuan at once get one commitment."""
    right = acts.BOOK.right(by)
    same = {"pack": award.pack, "rule": award.rule, "fact": award.fact, "instalment": award.instalment}
    with recorded(under=right):
        attempt = 1 + Commitment.objects.filter(**same).count()
        commitment = _said(
            lambda: Commitment.objects.create(
                fund=fund,
                year=year,
                clause=award.clause,
                division=award.division,
                payee=award.payee,
                amount_fen=amount_fen,
                attempt=attempt,
                **same,
            )
        )
        book(
            Entry.Kind.COMMITMENT, budget=fund.budget, fund=fund, year=year, commitment=commitment, amount_fen=amount_fen,
            key=f"commitment:{commitment.pk}", by=by, on=on,
        )  # fmt: skip
    return commitment


def release(commitment: Commitment, amount_fen: int, *, key: str, memo: str, by: User, on: date) -> Entry:
    """Free money that will not be paid; it is available again and counts no longer against the ceiling."""
    return _of_a_commitment(Entry.Kind.RELEASE, commitment, amount_fen, key, "", memo, by, on)


def pay(commitment: Commitment, amount_fen: int, *, key: str, reference: str, by: User, on: date) -> Entry:
    """Money has gone out for a commitment, at most what it still holds."""
    return _of_a_commitment(Entry.Kind.PAYMENT, commitment, amount_fen, key, reference, "", by, on)


def reject(commitment: Commitment, amount_fen: int, *, key: str, reference: str, memo: str, by: User, on: date) -> Entry:
    """The bank sent a payment back; the commitment holds the money again."""
    return _of_a_commitment(Entry.Kind.REJECTION, commitment, amount_fen, key, reference, memo, by, on)


def take_back(
    commitment: Commitment, amount_fen: int, *, key: str, reference: str, joint_voucher: bool = False, memo: str, by: User, on: date
) -> Entry:
    """A payee has returned money (clawback). It goes to the treasury, not into the fund of that year.

    A voucher is booked for one commitment, unless it is said to hold several refunds. Raises AlreadyBooked.
    """
    right = acts.BOOK.right(by)
    with recorded(under=right):
        return book(
            Entry.Kind.RETURN,
            budget=commitment.fund.budget,
            fund=commitment.fund,
            year=commitment.year,
            commitment=commitment,
            amount_fen=amount_fen,
            key=key,
            reference=reference,
            document=_as_booked(
                voucher_number,
                reference,
                Entry.objects.filter(kind=Entry.Kind.RETURN).values_list("document", flat=True),
            ),
            joint_voucher=joint_voucher,
            memo=memo,
            by=by,
            on=on,
        )


def _of_a_commitment(
    kind: Entry.Kind, commitment: Commitment, amount_fen: int, key: str, reference: str, memo: str, by: User, on: date
) -> Entry:
    right = acts.BOOK.right(by)
    with recorded(under=right):
        return book(
            kind, budget=commitment.fund.budget, fund=commitment.fund, year=commitment.year, commitment=commitment, amount_fen=amount_fen,
            key=key, reference=reference, memo=memo, by=by, on=on,
        )  # fmt: skip


def book(
    kind: Entry.Kind,
    *,
    budget: Budget,
    year: int,
    amount_fen: int,
    key: str,
    by: User,
    on: date,
    fund: Fund | None = None,
    commitment: Commitment | None = None,
    reference: str = "",
    document: str = "",
    joint_voucher: bool = False,
    appropriation: Appropriation | None = None,
    memo: str = "",
) -> Entry:
    """One entry and its line in the audit chain. An amount is positive; its side follows from the kind. Raises DomainError, and then nothing is booked."""
    if amount_fen <= 0:
        raise DomainError(_("金额必须大于零。"), where=yuan(amount_fen))
    _fit(reference=reference, memo=memo)
    if Entry.objects.filter(key=key).exists():
        raise AlreadyBooked(_("这一笔已经记过账了。"), where=key, remedy=_("同一文号或同一行结果只记一次。"))
    entry = Entry(
        kind=kind, budget=budget, fund=fund, year=year, commitment=commitment, amount_fen=amount_fen, booked_on=on, key=key,
        reference=reference.strip(), document=document, joint_voucher=joint_voucher, appropriation=appropriation, memo=memo.strip(), by=by,
    )  # fmt: skip
    with recorded() as log:
        try:
            _said(lambda: entry.save(force_insert=True))
        except Refused as error:
            raise _with_figures(error, entry) from None
        with override("zh-hans"):
            title = f"{entry.get_kind_display()} {yuan(amount_fen)}：{commitment or fund or budget}"
        log.record(
            f"ledger.{kind}", entry, title, by=by, amount_fen=amount_fen, year=year, booked_on=on.isoformat(), key=key, reference=reference,
            commitment=commitment.pk if commitment else None, fund=fund.pk if fund else None, **({"joint_voucher": True} if joint_voucher else {}),
        )  # fmt: skip
    return entry


def _said(work: Callable[[], Result]) -> Result:
    """Do it; what the database refuses becomes an error with words, and the transaction can go on."""
    try:
        with transaction.atomic():
            return work()
    except IntegrityError as error:
        raise refusal(triggers.refused_by(error) or next((word for column, word in UNIQUE.items() if column in str(error)), "")) from error


def _with_figures(error: Refused, entry: Entry) -> Refused:
    """The same refusal with the figures that a finance officer needs to act."""
    asked = {"amount": yuan(entry.amount_fen), "year": entry.year}
    if isinstance(error, CeilingExceeded):
        ceiling, room = ceiling_of(entry.budget, entry.year), _balance(Account.Kind.ROOM, budget=entry.budget, fund=None, year=entry.year)
        message = _("%(budget)s %(year)d 年度合计上限 %(ceiling)s，已占用 %(used)s，只余 %(room)s；本笔 %(amount)s，超出 %(over)s，不能承诺。") % {
            **asked, "budget": entry.budget, "ceiling": yuan(ceiling), "used": yuan(ceiling - room), "room": yuan(room), "over": yuan(entry.amount_fen - room),
        }  # fmt: skip
        return _again(error, message, where=str(entry.fund or entry.budget))
    if error.word == "ledger_voucher_of_another":
        return _again(error, error.message, where=_booked_for(entry))
    if error.word == "ledger_fund_not_overdrawn":
        left = _balance(Account.Kind.AVAILABLE, budget=entry.budget, fund=entry.fund, year=entry.year)
        return _again(
            error, _("%(fund)s %(year)d 年度可用余额 %(left)s，不足 %(amount)s。") % {**asked, "fund": entry.fund, "left": yuan(left)}
        )
    if isinstance(error, Overdrawn) and entry.commitment:
        step = CommitmentStep.objects.filter(commitment=entry.commitment).order_by("-number").first()
        held = (step.paid_fen if error.word == "ledger_not_returned_beyond_payment" else step.open_fen) if step else 0
        return _again(
            error, f"{error.message}" + _("本笔 %(amount)s，可用 %(held)s。") % {**asked, "held": yuan(held)}, where=str(entry.commitment)
        )
    return error


def _booked_for(entry: Entry) -> str:
    """The voucher, with whose refund it was booked as."""
    first = Entry.objects.filter(kind=Entry.Kind.RETURN, document=entry.document).select_related("commitment").earliest("pk")
    return f"{first.reference} {first.commitment} {yuan(first.amount_fen)}"


def _again(error: Refused, message: str, *, where: str = "") -> Refused:
    found = type(error)(message, where=where or error.where, remedy=error.remedy)
    found.word = error.word
    return found


def _balance(kind: Account.Kind, **account: Any) -> int:
    last = (
        Posting.objects.filter(account__in=Account.objects.filter(kind=kind, **account))
        .order_by("-number")
        .values_list("balance_fen", flat=True)
    )
    return last.first() or 0
