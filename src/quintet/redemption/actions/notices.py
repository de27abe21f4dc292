"""Public notice and objection: nothing is paid before the notice is over, and an objection stops its line alone."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext as _

from quintet.core.audit import recorded
from quintet.core.calendar import add_working_days
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.look.words import cn_date
from quintet.redemption import tell
from quintet.redemption.actions.claims import advance, close, procedure_of, rule_of
from quintet.redemption.checks import explicit
from quintet.redemption.models import Claim, ClaimStep, Notice, NoticeLine, Objection
from quintet.redemption.permissions import require_acts, require_objection
from quintet.redemption.states import State, after

LEAST_TEXT = 10


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
            title=title.strip()[:160], unit=found[0].unit, published_on=on, ends_on=add_working_days(on, days), published_by=by
        )
        for claim in found:
            claim.due_on = notice.ends_on
            claim.save(update_fields=["state", "due_on"])
        lines = NoticeLine.objects.bulk_create(
            NoticeLine(
                notice=notice,
                claim=claim,
                name=claim.payee.name,
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


def _locked(keys: Iterable[int]) -> list[Claim]:
    """In one order, so that two who work on the same claims never wait for each other crosswise."""
    wanted = sorted(set(keys))
    return list(Claim.objects.select_for_update(of=("self",)).select_related("organisation", "person").filter(pk__in=wanted).order_by("pk"))


def object_to(line: NoticeLine, *, objector: str, contact: str, text: str, on: date) -> Objection:
    """Anyone may, by name, until the last minute of the notice's last day. The line stops; the others go on."""
    if on < line.notice.published_on or on > line.notice.ends_on:
        raise DomainError(
            _("公示期已于%(day)s结束，不能再提出异议。") % {"day": cn_date(line.notice.ends_on)},
            where=str(line),
            remedy=_("可以向审计部门反映。"),
        )
    if not (objector.strip() and contact.strip()):
        raise DomainError(_("提出异议须留下真实姓名和联系方式，系统会保密。"), where=str(line))
    if len(text.strip()) < LEAST_TEXT:
        raise DomainError(_("请把异议的事实和理由写清楚。"), where=str(line))
    with recorded() as log:
        (claim,) = _locked([line.claim_id])
        if claim.state != State.CONTESTED:
            claim.state = after(claim.state, "contest", what=str(line))
        days = next(step.answer_days for step in procedure_of(claim).steps if step.kind == "public_notice")
        objection = Objection.objects.create(
            line=line,
            objector=objector.strip(),
            contact=contact.strip(),
            text=text.strip(),
            filed_on=on,
            due_on=add_working_days(on, days, provisional=True),
        )
        claim.due_on = min(open_objection.due_on for open_objection in Objection.objects.filter(line=line, upheld=None))
        claim.save(update_fields=["state", "due_on"])
        log.record(
            "redemption.object",
            claim,
            f"收到异议：{claim}",
            by=None,
            objection=objection.pk,
            line=line.pk,
            due_on=objection.due_on.isoformat(),
        )
        tell.department(claim, "收到公示异议，请核查", kind="objection", units=[line.notice.unit], urgent=True)
    return objection


def answer_objection(objection: Objection, *, upheld: bool | None, finding: str, by: User, on: date) -> Objection:
    """Upheld: the award is refused. Dismissed: the line goes on when no other objection to it is open. Not by who proposed or confirmed the award."""
    if not finding.strip():
        raise DomainError(_("请写明核查结论。"), where=str(objection))
    upheld = explicit(upheld, _("异议成立或不成立"), where=str(objection))
    with recorded() as log:
        (claim,) = _locked([objection.line.claim_id])
        objection = Objection.objects.select_for_update().select_related("line__notice").get(pk=objection.pk)
        right = require_objection(by, objection, "answer")
        objection.upheld, objection.finding, objection.answered_by, objection.answered_on = upheld, finding.strip(), by, on
        objection.answered_under_id = right.grant
        objection.save(update_fields=["upheld", "finding", "answered_by", "answered_under", "answered_on"])
        others = Objection.objects.filter(line=objection.line, upheld=None)
        if upheld:
            if claim.state == State.CONTESTED:
                close(
                    claim, after(claim.state, "uphold", what=str(claim)), by=by, on=on, outcome=ClaimStep.Outcome.REFUSED, opinion=finding
                )
        elif claim.state == State.CONTESTED and not others.exists():
            claim.state, claim.due_on = after(claim.state, "dismiss", what=str(claim)), objection.line.notice.ends_on
            claim.save(update_fields=["state", "due_on"])
        log.record(
            "redemption.answer",
            claim,
            f"异议{'成立' if upheld else '不成立'}：{claim}",
            by=by,
            objection=objection.pk,
            upheld=upheld,
            **right.details,
        )
    return objection


def clear_notices(*, on: date, limit: int = 1_000) -> int:
    """Lines whose notice ended before this day and to which no objection is open go to payment; as many as `limit` at a time. Returns how many."""
    over = Claim.objects.filter(state=State.PUBLIC, due_on__lt=on).exclude(notice_lines__notice__ends_on__gte=on)
    keys = over.order_by("due_on", "pk").values_list("pk", flat=True)[:limit]
    with recorded() as log:
        found = [claim for claim in _locked(keys) if claim.state == State.PUBLIC]
        for claim in found:
            claim.state = after(claim.state, "clear", what=str(claim))
            advance(claim, by=None, on=on)
            log.record("redemption.clear", claim, f"公示期满无异议：{claim}", by=None)
    return len(found)
