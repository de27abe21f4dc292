"""Public notice and objection: nothing is paid before the notice is over, and an objection stops its line alone."""

import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.core import limits
from quintet.core.audit import Log, recorded
from quintet.core.calendar import add_working_days
from quintet.core.errors import DomainError
from quintet.core.fields import keyed_hash
from quintet.core.models import User
from quintet.core.permissions import Right
from quintet.core.second_person import ask
from quintet.core.texts import fitting, shortened
from quintet.look.words import cn_date
from quintet.reading.names import same
from quintet.redemption import proposals, tell
from quintet.redemption.actions.claims import advance, close, procedure_of, rule_of
from quintet.redemption.actions.reversals import Kind, proposed_reversal, settled_reversal
from quintet.redemption.checks import explicit
from quintet.redemption.models import Claim, ClaimStep, Notice, NoticeLine, Objection
from quintet.redemption.notice_lines import upheld_before
from quintet.redemption.permissions import require_acts, require_objection
from quintet.redemption.states import State, after

CODE_TRIES = 5  # a day


def publish_notice(claims: Sequence[Claim], *, title: str, by: User, on: date) -> Notice:
    """What one department has decided to grant, all lines for as many working days as the longest of their procedures asks."""
    if not claims:
        raise DomainError(_("请选择要公示的事项。"))
    if not title.strip():
        raise DomainError(_("请填写公示标题。"))
    with recorded() as log:
        found = _locked(claim.pk for claim in claims)
        units = {claim.unit for claim in found}
        if len(units) > 1:
            raise DomainError(_("一份公示只能由一个部门发布。"), remedy=_("请按部门分别公示。"))
        right = require_acts(by, found, "publish")
        for claim in found:
            claim.state = after(claim.state, "publish", what=str(claim))
        days = max(step.days for claim in found for step in procedure_of(claim).steps if step.kind == "public_notice")
        notice = Notice.objects.create(
            title=fitting(Notice, "title", title), unit=found[0].unit, published_on=on, ends_on=add_working_days(on, days), published_by=by
        )
        for claim in found:
            claim.due_on = notice.ends_on
            claim.save(update_fields=["state", "due_on"])
        lines = NoticeLine.objects.bulk_create(
            NoticeLine(
                notice=notice,
                claim=claim,
                name=_name_of(claim),
                clause=claim.clause,
                award=rule_of(claim).title.zh,
                amount_fen=claim.decided_fen,
            )
            for claim in found
        )
        for line in lines:
            log.record(
                "redemption.publish", line.claim, f"公示：{line.claim}", by=by, notice=notice.pk, line=line.pk, amount_fen=line.amount_fen,
                published_on=on.isoformat(), ends_on=notice.ends_on.isoformat(), **right.details,
            )  # fmt: skip
        tell.payees(found, "public", on)
    return notice


def _name_of(claim: Claim) -> str:
    """Whom the public reads: the payee, and for what of theirs, so that two awards of one payee are told apart. Of a bank's contract the last four letters."""
    payee = claim.payee.name
    if same(claim.name, payee):
        return payee
    what = f"贷款合同尾号 {claim.name[-4:]}" if claim.subject == "loan" else claim.name
    return shortened(f"{payee}（{what}）", 160)


def _locked(keys: Iterable[int]) -> list[Claim]:
    """In one order, so that two who work on the same claims never wait for each other crosswise."""
    wanted = sorted(set(keys))
    return list(Claim.objects.select_for_update(of=("self",)).select_related("organisation", "person").filter(pk__in=wanted).order_by("pk"))


def object_to(line: NoticeLine, *, objector: str, contact: str, text: str, by: User | None = None, on: date) -> Objection:
    """Anyone may, by name, until the last minute of the notice's last day; the same text from the same contact is one.

    From somebody signed in it is taken up at once: the line stops, the others go on. From anybody else it is received and waits until the
    contact is confirmed or an officer takes it up (docs/decisions/0014): a loop from outside stops no payment.
    """
    if on < line.notice.published_on or on > line.notice.ends_on:
        raise DomainError(
            _("公示期已于%(day)s结束，不能再提出异议。") % {"day": cn_date(line.notice.ends_on)},
            where=str(line),
            remedy=_("可以向审计部门反映。"),
        )
    if upheld_before(line):
        raise DomainError(_("对这一项的异议经核查已经成立，不予兑现，不用再提出。"), where=str(line))
    if not (objector.strip() and contact.strip()):
        raise DomainError(_("提出异议须留下真实姓名和联系方式，系统会保密。"), where=str(line))
    if len(text.strip()) < Objection.LEAST_TEXT:
        remedy = _("至少 %(n)d 个字。") % {"n": Objection.LEAST_TEXT}
        raise DomainError(_("请把异议的事实和理由写清楚。"), where=str(line), remedy=remedy)
    key = keyed_hash(f"{line.pk}|{contact}|{text}")
    with recorded() as log:
        (claim,) = _locked([line.claim_id])
        before = Objection.objects.filter(key=key).first()
        if before is not None:
            if by is not None and not before.is_taken_up and before.upheld is None:  # sent before without signing in
                before.confirmed_at = timezone.now()
                before.save(update_fields=["confirmed_at"])
                _take_up(before, claim, log, by=None, on=on)
            return before
        first = not Objection.objects.filter(line=line, filed_on=on).exists()
        objection = Objection.objects.create(
            line=line,
            objector=objector.strip(),
            contact=contact.strip(),
            text=text.strip(),
            key=key,
            filed_by=by,
            confirmed_at=timezone.now() if by else None,
            filed_on=on,
            due_on=add_working_days(on, _answer_days(claim), provisional=True),
        )
        log.record("redemption.object", claim, f"收到异议：{claim}", by=None, objection=objection.pk, line=line.pk)
        if by is not None:
            _take_up(objection, claim, log, by=None, on=on)
        if first:  # a loop from outside rings once a day for a line, and silences no other line; the list of objections shows them all
            tell.department(claim, "收到公示异议，请核查", kind="objection", units=[line.notice.unit], urgent=True)
    return objection


def _answer_days(claim: Claim) -> int:
    return int(next(step.answer_days for step in procedure_of(claim).steps if step.kind == "public_notice"))


def _take_up(objection: Objection, claim: Claim, log: Log, *, by: User | None, on: date, right: Right | None = None) -> None:
    """The line's open question, or joined to it: one question at a time stops a line."""
    question = Objection.objects.filter(line=objection.line, is_question=True, upheld=None).first()
    if question is not None:
        objection.joins = question
    else:
        if claim.state != State.CONTESTED:
            claim.state = after(claim.state, "contest", what=str(objection.line))
        objection.is_question = True
        claim.due_on = objection.due_on = add_working_days(on, _answer_days(claim), provisional=True)
        claim.save(update_fields=["state", "due_on"])
    objection.save(update_fields=["is_question", "joins", "due_on"])
    if objection.is_question:
        tell.payees([claim], "contested", on)
    tell.objectors([objection], "taken_up")
    log.record(
        "redemption.take_up",
        claim,
        f"受理异议：{claim}",
        by=by,
        objection=objection.pk,
        joins=objection.joins_id,
        due_on=objection.due_on.isoformat(),
        **(right.details if right else {}),
    )


def confirm_contact(objection: Objection, *, code: str, on: date) -> Objection:
    """Whoever objected has read the code that was sent to their contact: the objection is taken up."""
    if not limits.allow(f"objection-code|{objection.pk}", times=CODE_TRIES, per=limits.DAY):
        raise limits.too_often(limits.DAY)
    if not hmac.compare_digest(code.strip().encode(), code_of(objection).encode()):
        raise DomainError(_("验证码不正确。"), where=str(objection), remedy=_("请核对邮件中的六位数字。"))
    with recorded() as log:
        (claim,) = _locked([objection.line.claim_id])
        objection = Objection.objects.select_for_update(of=("self",)).select_related("line__notice").get(pk=objection.pk)
        if objection.is_taken_up or objection.upheld is not None:
            return objection
        if claim.state not in (State.PUBLIC, State.CONTESTED):
            raise DomainError(
                _("公示期已满，这一项已经继续办理，异议不能再受理。"), where=str(objection),
                remedy=_("您反映的情况部门仍会核查；也可以向审计部门反映。"),
            )  # fmt: skip
        objection.confirmed_at = timezone.now()
        objection.save(update_fields=["confirmed_at"])
        _take_up(objection, claim, log, by=None, on=on)
        if objection.is_question:  # when it was received, somebody may have told it from a loop by its contact alone
            tell.department(
                claim, "异议人已核实联系方式，异议已受理，请核查答复", kind="objection", units=[objection.line.notice.unit], urgent=True
            )
    return objection


def code_of(objection: Objection) -> str:
    """Six digits that only who reads the contact's mail knows; worked out anew each time and kept nowhere."""
    return f"{int(keyed_hash(f'objection code|{objection.pk}|{objection.key}'), 16) % 1_000_000:06d}"


def accept_objection(objection: Objection, *, by: User, on: date) -> Objection:
    """An officer has reached whoever objected, for example by telephone, and takes the objection up; not one of their own."""
    with _handled(objection, by, "take_up") as (objection, claim, log, right):
        if objection.is_taken_up:
            raise DomainError(_("这件异议已经受理。"), where=str(objection))
        if objection.upheld is not None:
            raise DomainError(_("这件异议已经答复。"), where=str(objection))
        objection.confirmed_at = timezone.now()
        objection.save(update_fields=["confirmed_at"])
        _take_up(objection, claim, log, by=by, on=on, right=right)
    return objection


@contextmanager
def _handled(objection: Objection, by: User, act: str) -> Iterator[tuple[Objection, Claim, Log, Right]]:
    """The objection and its claim, held; for officers of the notice's department who neither decided nor objected and have no interest."""
    with recorded() as log:
        (claim,) = _locked([objection.line.claim_id])
        objection = Objection.objects.select_for_update(of=("self",)).select_related("line__notice").get(pk=objection.pk)
        yield objection, claim, log, require_objection(by, objection, act)


def answer_objection(objection: Objection, *, upheld: bool | None, finding: str, by: User, on: date) -> Objection:
    """Dismissed: the line goes on, and what joined the question is answered with it. Upheld: proposed, since it undoes what two people decided;
    `confirm_upholding` by another refuses the award. Neither is for who decided the award or objected to it (docs/decisions/0017).

    An objection that was not taken up can be dismissed with a reason, never upheld.
    """
    if not finding.strip():
        raise DomainError(_("请写明核查结论。"), where=str(objection))
    upheld = explicit(upheld, _("异议成立或不成立"), where=str(objection))
    with _handled(objection, by, "uphold" if upheld else "dismiss") as (objection, claim, log, right):
        if objection.joins_id is not None:
            raise DomainError(_("这件异议已并入同一公示内容的另一件，请在该件中答复。"), where=str(objection))
        if upheld and not objection.is_question:
            raise DomainError(_("请先受理这件异议，再作出成立的结论。"), where=str(objection))
        if upheld:
            made = proposed_reversal(claim, Kind.UPHOLD, reasons=finding, right=right, by=by, on=on, objection=objection)
            log.record(
                "redemption.propose_upholding",
                claim,
                f"提出异议成立：{claim}",
                by=by,
                reversal=made.pk,
                objection=objection.pk,
                reasons=made.reasons,
                **right.details,
            )
            ask(proposals.UPHOLDING, made)
            return objection
        _answer(objection, claim, log, upheld=False, finding=finding, right=right, by=by, on=on)
        if claim.state == State.CONTESTED:
            _after_a_dismissal(objection, claim, log, on=on)
    return objection


def _after_a_dismissal(objection: Objection, claim: Claim, log: Log, *, on: date) -> None:
    """The line is public again, or past its term goes on to payment at once; it stays where it is as long as another objection stops it."""
    others = _open_objections([claim])
    over = not claim.notice_lines.filter(notice__ends_on__gte=on).exists()
    if others.filter(is_question=True).exists():
        return
    if over and others.exists():
        claim.due_on = max(others.values_list("due_on", flat=True))
        claim.save(update_fields=["due_on"])
        return
    claim.state, claim.due_on = after(claim.state, "dismiss", what=str(claim)), objection.line.notice.ends_on
    claim.save(update_fields=["state", "due_on"])
    tell.payees([claim], "objection_dismissed", on)
    if over:
        _clear(claim, log, words="异议不成立", on=on)


def _open_objections(claims: Sequence[Claim]) -> QuerySet[Objection]:
    return Objection.objects.filter(line__claim__in=claims, upheld=None)


def confirm_upholding(objection: Objection, *, confirmed: bool | None, remark: str = "", by: User, on: date) -> Objection:
    """The second pair of eyes: the objection is upheld and the award refused, or it waits for another answer."""
    with _handled(objection, by, "uphold_confirm") as (objection, claim, log, right):
        found = settled_reversal(claim, Kind.UPHOLD, log, confirmed=confirmed, remark=remark, right=right, by=by, on=on)
        if found.objection_id != objection.pk:
            raise DomainError(_("待复核的是同一公示内容的另一件异议。"), where=str(objection), remedy=_("请刷新后再看。"))
        if found.confirmed:
            # What else was received against the line is answered with it: nothing is left to object to.
            Objection.objects.filter(line=objection.line, upheld=None, is_question=False, joins=None).update(joins=objection)
            _answer(objection, claim, log, upheld=True, finding=found.reasons, right=right, by=by, on=on)
            state = after(claim.state, "uphold", what=str(claim))
            close(claim, state, by=by, on=on, outcome=ClaimStep.Outcome.REFUSED, opinion=found.reasons)
            tell.payees([claim], "objection_upheld", on)
    return objection


def _answer(objection: Objection, claim: Claim, log: Log, *, upheld: bool, finding: str, right: Right, by: User, on: date) -> None:
    """The question and what joined it, with one finding; whoever objected is told where their contact was confirmed."""
    answered = [objection, *objection.joined.select_for_update()]
    for one in answered:
        one.upheld, one.finding, one.answered_by, one.answered_on = upheld, finding.strip(), by, on
        one.answered_under_id = right.grant
        one.save(update_fields=["upheld", "finding", "answered_by", "answered_under", "answered_on"])
    log.record(
        "redemption.answer",
        claim,
        f"异议{'成立' if upheld else '不成立'}：{claim}",
        by=by,
        objection=objection.pk,
        upheld=upheld,
        joined=[one.pk for one in answered[1:]],
        **right.details,
    )
    tell.objectors(answered, "upheld" if upheld else "dismissed")


def clear_notices(*, on: date, limit: int = 1_000) -> int:
    """Lines whose notice ended before this day and to which no objection is open go to payment; as many as `limit` at a time. Returns how many were moved.

    A line with an objection that nobody took up stops here (docs/decisions/0014): what was received in time is taken up or answered before the money.
    """
    over = Claim.objects.filter(state=State.PUBLIC, due_on__lt=on).exclude(notice_lines__notice__ends_on__gte=on)
    keys = over.order_by("due_on", "pk").values_list("pk", flat=True)[:limit]
    with recorded() as log:
        found = [claim for claim in _locked(keys) if claim.state == State.PUBLIC]
        waiting: dict[int, list[Objection]] = defaultdict(list)
        for objection in _open_objections(found).select_related("line__notice"):
            waiting[objection.line.claim_id].append(objection)
        answered = set(Objection.objects.filter(line__claim__in=found).exclude(upheld=None).values_list("line__claim", flat=True))
        for claim in found:
            if claim.pk in waiting:
                _stop(claim, waiting[claim.pk], log, on=on)
            else:
                _clear(claim, log, words="异议不成立" if claim.pk in answered else "无异议", on=on)
    return len(found)


def _clear(claim: Claim, log: Log, *, words: str, on: date) -> None:
    claim.state = after(claim.state, "clear", what=str(claim))
    advance(claim, by=None, on=on)
    log.record("redemption.clear", claim, f"公示期满，{words}：{claim}", by=None)


def _stop(claim: Claim, waiting: Sequence[Objection], log: Log, *, on: date) -> None:
    """The notice is over and objections were not dealt with: the line waits for the department, until the day by which they have to be answered."""
    claim.state, claim.due_on = after(claim.state, "contest", what=str(claim)), max(objection.due_on for objection in waiting)
    claim.save(update_fields=["state", "due_on"])
    log.record(
        "redemption.stop",
        claim,
        f"公示期满，有未受理的异议，暂停办理：{claim}",
        by=None,
        objections=[objection.pk for objection in waiting],
        due_on=claim.due_on.isoformat(),
    )
    units = {objection.line.notice.unit for objection in waiting}
    tell.department(
        claim, "公示期满，收到的异议尚未受理也未答复，这一项不能继续办理，请尽快核查", kind="objection", units=units, urgent=True
    )
    tell.payees([claim], "contested", on)
