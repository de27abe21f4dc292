"""What an official can do with one claim: each with its title, its form and its action. `permissions.Standing` says which of them now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quintet.core import clock
from quintet.core.models import User
from quintet.ledger import queries as ledger_queries
from quintet.look.words import yuan
from quintet.policies.queries import unit_names
from quintet.redemption import actions
from quintet.redemption.actions.claims import rule_of, why_ended
from quintet.redemption.application_forms import JudgeForm, RecuseForm, VoteForm
from quintet.redemption.checks import checklist
from quintet.redemption.forms import (
    AccountChangeForm,
    AppraisalForm,
    ClawbackForm,
    ConfirmForm,
    DeliverForm,
    FormCheckForm,
    FundForm,
    OfferAgainForm,
    OpinionForm,
    ProposeForm,
    ReasonsForm,
    ReturnForm,
)
from quintet.redemption.funding import first_year, fund_codes, funds_for
from quintet.redemption.models import Claim
from quintet.redemption.permissions import Standing
from quintet.redemption.views.reviews import judged_specs

Given = dict[str, Any]


@dataclass(frozen=True)
class Doing:
    title: Any
    button: Any
    form: Callable[[Any, Claim, User], forms.Form]
    work: Callable[[Claim, Given, User, date], Any]
    aside: bool = False  # rarely wanted: folded away below


def _units(claim: Claim, user: User) -> list[tuple[str, str]]:
    names = unit_names()
    return [(unit, names.get(unit, unit)) for unit in Standing(user, [claim]).units_asked(claim)]


def _funds(claim: Claim) -> Any:
    return funds_for([claim])


def years_offered(claim: Claim, on: date) -> list[tuple[int, str]]:
    """Opened years from the first to this one whose money still holds what was decided, with what each fund has left; the first always."""
    decided, first, offered = claim.decided_fen or 0, first_year(claim), []
    codes = fund_codes(claim.pack, claim.rule)
    for year, funds, room in ledger_queries.rooms((claim.pack, claim.budget), range(first, on.year + 1), on):
        funds = [line for line in funds if line.fund.code in codes]
        left = max((line.usable for line in funds), default=0)
        if year == first or (left >= decided and (room is None or room >= decided)):
            rest = "；".join(str(_("%(fund)s可用 %(left)s") % {"fund": line.fund, "left": yuan(line.usable)}) for line in funds)
            offered.append((year, str(_("%(year)d年度（%(rest)s）") % {"year": year, "rest": rest})))
    return offered or [(first, str(_("%(year)d年度（尚未开账）") % {"year": first}))]


def _grant_waits(claim: Claim) -> bool:
    return claim.decisions.filter(confirmed=None, granted=True).exists()


def _nothing(data: Any, claim: Claim, user: User) -> forms.Form:
    return forms.Form(data)


def _account_form(data: Any, claim: Claim, user: User) -> forms.Form:
    form = AccountChangeForm(data)
    change = claim.account_changes.filter(confirmed=None).select_related("before", "account", "asked_by").first()
    if change is not None:
        words = {"who": change.asked_by, "before": change.before.masked if change.before else "—", "after": change.account.masked}
        asked = gettext("%(who)s 要求由 %(before)s 换为 %(after)s。请用登记的电话与收款人核实，不要只听来电。")
        if change.account_id == change.before_id:
            asked = gettext("银行退回过付到 %(after)s 的款项，%(who)s 确认这个账户无误。请用登记的电话与收款人核实，不要只听来电。")
        form.fields["confirmed"].help_text = asked % words
    return form


def _unseat_form(data: Any, claim: Claim, user: User) -> forms.Form:
    form = ConfirmForm(data)
    change = claim.seat_changes.filter(confirmed=None).select_related("seat__expert__person", "proposed_by").first()
    if change is not None:
        words = {"who": change.proposed_by, "expert": change.seat.expert, "why": change.reason}
        form.fields["confirmed"].help_text = gettext("%(who)s 提出 %(expert)s 退出评审：%(why)s。通过后由下一位专家递补。") % words
    return form


def _clawback(claim: Claim) -> Any:
    return get_object_or_404(claim.clawbacks, state__in=["proposed", "demanded"])


DOINGS: dict[str, Doing] = {
    "check_form": Doing(
        _("形式审查"), _("提交审查结果"), lambda data, claim, user: FormCheckForm(data, items=checklist(claim)),
        lambda claim, given, by, on: actions.check_form(claim, checked=given["checked"], missing=given["missing"].splitlines(), opinion=given["opinion"], by=by, on=on),
    ),
    "judge": Doing(
        _("由本部门认定的事实"), _("提交"), lambda data, claim, user: JudgeForm(data, specs=judged_specs(claim)),
        lambda claim, given, by, on: actions.judge(claim, fact=given["fact"], value=given["value"], reason=given["reason"], by=by, on=on),
    ),
    "review": Doing(
        _("部门初审"), _("提交"), lambda data, claim, user: OpinionForm(data), lambda claim, given, by, on: actions.review(claim, opinion=given["opinion"], by=by, on=on)
    ),
    "draw": Doing(_("抽取评审专家"), _("随机抽取"), _nothing, lambda claim, given, by, on: actions.draw_panel(claim, by=by, on=on)),
    "close": Doing(
        _("汇总专家评审"), _("汇总并进入下一环节"), _nothing, lambda claim, given, by, on: actions.close_panel(get_object_or_404(claim.panels, closed_on=None), by=by, on=on)
    ),
    "unseat": Doing(_("更换应当回避的评审专家"), _("送复核"), _nothing, lambda claim, given, by, on: actions.propose_unseat(claim, by=by, on=on)),
    "unseat_confirm": Doing(
        _("复核更换评审专家"), _("提交"), _unseat_form,
        lambda claim, given, by, on: actions.confirm_unseat(claim, confirmed=given["confirmed"], remark=given["remark"], by=by, on=on),
    ),
    "vote": Doing(
        _("部门联审表决"), _("提交"), lambda data, claim, user: VoteForm(data, units=_units(claim, user)),
        lambda claim, given, by, on: actions.vote(claim, unit=given["unit"], agree=given["agree"], opinion=given["opinion"], by=by, on=on),
    ),
    "propose": Doing(
        _("提出决定"), _("送复核"), lambda data, claim, user: ProposeForm(data, most=claim.amount_fen, capped=rule_of(claim).kind == "cap", ended=why_ended(claim, clock.today())),
        lambda claim, given, by, on: actions.propose(claim, granted=given["granted"], amount_fen=given.get("amount"), reasons=given["reasons"], by=by, on=on),
    ),
    "confirm": Doing(
        _("复核决定"), _("提交"), lambda data, claim, user: ConfirmForm(data, ended=why_ended(claim, clock.today()) if _grant_waits(claim) else ""),
        lambda claim, given, by, on: actions.confirm_decision(claim, confirmed=given["confirmed"], remark=given["remark"], by=by, on=on),
    ),
    "confirm_account": Doing(
        _("核实收款账户的更换"), _("提交"), _account_form,
        lambda claim, given, by, on: actions.confirm_account(claim, confirmed=given["confirmed"], remark=given["remark"], by=by, on=on),
    ),
    "commit": Doing(
        _("落实资金"), _("按今天的事实重新评估并落实资金"), lambda data, claim, user: FundForm(data, funds=_funds(claim), years=years_offered(claim, clock.today()), own=claim.year),
        lambda claim, given, by, on: actions.commit_claim(claim, fund=given["fund"], year=given["year"], by=by, on=on),
    ),
    "deliver": Doing(
        _("登记兑现"), _("提交"), lambda data, claim, user: DeliverForm(data), lambda claim, given, by, on: actions.deliver(claim, what=given["what"], by=by, on=on)
    ),
    "clawback_confirm": Doing(
        _("复核追回"), _("提交"), lambda data, claim, user: ConfirmForm(data),
        lambda claim, given, by, on: actions.confirm_clawback(_clawback(claim), confirmed=given["confirmed"], by=by, on=on),
    ),
    "clawback_receive": Doing(
        _("登记收到的退款"), _("登记"), lambda data, claim, user: ReturnForm(data),
        lambda claim, given, by, on: actions.receive_return(
            _clawback(claim), amount_fen=given["amount"], reference=given["reference"], joint_voucher=given["joint_voucher"], by=by, on=on
        ),
    ),
    "clawback_drop_confirm": Doing(
        _("复核撤销追回"), _("提交"), lambda data, claim, user: ConfirmForm(data),
        lambda claim, given, by, on: actions.confirm_drop(_clawback(claim), confirmed=given["confirmed"], remark=given["remark"], by=by, on=on),
    ),
    "clawback_drop": Doing(
        _("提出撤销追回"), _("送复核"), lambda data, claim, user: ReasonsForm(data), lambda claim, given, by, on: actions.propose_drop(_clawback(claim), reasons=given["reasons"], by=by, on=on), aside=True,
    ),
    "appraise": Doing(
        _("绩效评价"), _("提交"), lambda data, claim, user: AppraisalForm(data), lambda claim, given, by, on: actions.appraise(claim, **given, by=by, on=on), aside=True
    ),
    "clawback": Doing(
        _("追回已拨付的资金"), _("送复核"), lambda data, claim, user: ClawbackForm(data, most=actions.paid_of(claim)),
        lambda claim, given, by, on: actions.propose_clawback(claim, amount_fen=given["amount"], reasons=given["reasons"], due_on=given["due_on"], by=by, on=on), aside=True,
    ),
    "release_confirm": Doing(
        _("复核不再拨付"), _("提交"), lambda data, claim, user: ConfirmForm(data),
        lambda claim, given, by, on: actions.confirm_release(claim, confirmed=given["confirmed"], remark=given["remark"], by=by, on=on),
    ),
    "release": Doing(
        _("提出不再拨付，释放资金"), _("送复核"), lambda data, claim, user: ReasonsForm(data), lambda claim, given, by, on: actions.propose_release(claim, reasons=given["reasons"], by=by, on=on), aside=True,
    ),
    "offer_again": Doing(
        _("再次邀请确认"), _("再次邀请"), lambda data, claim, user: OfferAgainForm(data),
        lambda claim, given, by, on: actions.offer_again(claim, reasons=given["reasons"], by=by, on=on), aside=True,
    ),
    "recheck": Doing(_("按名录重新核对"), _("按名录重新核对"), _nothing, lambda claim, given, by, on: actions.recheck(claim, by=by, on=on)),
    "recuse": Doing(_("我应当回避本件"), _("声明回避"), lambda data, claim, user: RecuseForm(data), lambda claim, given, by, on: actions.recuse(claim, reason=given["reason"], by=by)),
}  # fmt: skip
APART = ("recheck", "recuse")  # they stand elsewhere on the page
