"""Calls for applications: published by the department that leads, for a year and a window; a window is made longer, never shorter."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from quintet.core.audit import recorded
from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.core.texts import fitting
from quintet.look.words import cn_date
from quintet.policies.engine import Policy, may_go_on, policy
from quintet.redemption import acts, tell
from quintet.redemption.models import Call, Claim
from quintet.redemption.states import State


def publish_call(
    *,
    pack: str,
    rule: str,
    year: int,
    opens_on: date,
    closes_on: date,
    contact: str,
    remark: str = "",
    more_papers: str = "",
    by: User,
    on: date,
) -> Call:
    """Open an award that is applied for. Raises DomainError when a call for that year is there, or the window lies wrong."""
    chosen = policy(pack)
    found = next((one for one in chosen.pack.rules if one.id == rule and one.way == "ordinary" and one.is_award), None)
    if found is None or chosen.pack.procedure_of(found) is None:
        raise DomainError(_("这一项不用申报通知。"), remedy=_("免申即享的由部门发出确认邀请，快申快享的随时可以申报。"))
    unit = next(iter(chosen.pack.clauses[found.clause].lead), "")
    right = acts.PUBLISH_CALL.right(by, unit=unit)
    if closes_on < opens_on or closes_on < on:
        raise DomainError(_("截止日期不能早于开始日期，也不能早于今天。"), where=cn_date(closes_on))
    within_policy(chosen, found, closes_on)
    if not contact.strip():
        raise DomainError(_("请写明咨询联系方式。"))
    with recorded() as log:
        try:
            with transaction.atomic():
                call = Call.objects.create(
                    pack=pack, rule=rule, clause=found.clause, unit=unit, year=year, opens_on=opens_on, closes_on=closes_on, contact=fitting(Call, "contact", contact),
                    remark=remark.strip(), more_papers=more_papers.strip(), published_by=by, published_on=on,
                )  # fmt: skip
        except IntegrityError:
            raise DomainError(
                _("%(year)d 年的申报通知已经发布过。") % {"year": year}, remedy=_("需要延长时，请修改原通知的截止日期。")
            ) from None
        log.record(
            "redemption.call",
            call,
            f"发布申报通知：{call}",
            by=by,
            rule=rule,
            opens_on=opens_on.isoformat(),
            closes_on=closes_on.isoformat(),
            **right.details,
        )
        tell.of_call(call, found.title.zh)
    return call


def within_policy(chosen: Policy, rule: Any, closes_on: date) -> None:
    """A window ends while the award may still be decided: until the policy's last day, later only where the pack lets the award go on."""
    last = chosen.pack.document.last_decision
    if last and closes_on > last and not may_go_on(chosen, rule.subject, rule.id, closes_on):
        raise DomainError(_("政策到%(day)s为止，申报应在此前截止。") % {"day": cn_date(last)}, where=cn_date(closes_on))


def change_call(call: Call, *, closes_on: date, contact: str, remark: str, by: User, on: date) -> Call:
    """More time, another telephone number, another remark. Drafts get the new last day with it."""
    with recorded() as log:
        call = Call.objects.select_for_update().get(pk=call.pk)
        right = acts.CHANGE_CALL.right(by, unit=call.unit)
        if closes_on < call.closes_on or closes_on < on:
            raise DomainError(
                _("截止日期只能延后，不能提前。"), where=cn_date(call.closes_on), remedy=_("已经公布的期限，申报人会照它安排。")
            )
        chosen = policy(call.pack)
        within_policy(chosen, next(rule for rule in chosen.pack.rules if rule.id == call.rule), closes_on)
        if not contact.strip():
            raise DomainError(_("请写明咨询联系方式。"))
        call.closes_on, call.contact, call.remark = closes_on, fitting(Call, "contact", contact), remark.strip()
        call.save()
        Claim.objects.filter(call=call, state=State.DRAFT).update(due_on=closes_on)
        log.record("redemption.change_call", call, f"修改申报通知：{call}", by=by, closes_on=closes_on.isoformat(), **right.details)
        tell.of_longer_call(call, on)
    return call
