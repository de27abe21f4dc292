"""From the end of a notice to money set aside: the facts are asked once more, and what changed goes back to a person."""

from datetime import date
from typing import cast

from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.core.models import User
from quintet.ledger import actions as ledger
from quintet.ledger.errors import CeilingExceeded
from quintet.ledger.models import Fund
from quintet.policies.queries import task_name
from quintet.redemption import tell
from quintet.redemption.actions.claims import (
    advance,
    carried,
    evaluate_anew,
    explained_ahead,
    handled,
    not_called_back,
    not_the_same_again,
    restart,
    rule_of,
)
from quintet.redemption.funding import first_year, require_funds_named
from quintet.redemption.models import Claim
from quintet.redemption.permissions import require_act
from quintet.redemption.states import after


def commit_claim(claim: Claim, *, fund: Fund, year: int | None = None, by: User, on: date) -> Claim:
    """Set the money aside, in a fund that the rule names, out of a year's money: the first it may come from (`funding.first_year`) unless the city
    names a later one.

    Facts of today are evaluated first: when they no longer carry what was decided, the claim goes back to its department instead, and
    the answer's state says so. Raises CeilingExceeded, Overdrawn, AlreadyAwarded, and then nothing has changed.
    """
    ahead = explained_ahead(claim)
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "commit")
        state = after(claim.state, "commit", what=str(claim))
        not_called_back(claim)
        rule = rule_of(claim)
        if (fund.budget.pack, fund.budget.code) != (claim.pack, rule.budget):
            raise DomainError(_("%(fund)s不属于这一项的资金渠道。") % {"fund": fund}, where=str(claim), remedy=_("请选择政策规定的资金。"))
        require_funds_named(fund, [claim])
        first = first_year(claim)
        year = first if year is None else year
        if not first <= year <= on.year:
            raise DomainError(
                _("不能从%(year)d年度的资金中安排。") % {"year": year}, where=str(claim),
                remedy=_("请选择%(first)d至%(last)d年度。") % {"first": first, "last": on.year},
            )  # fmt: skip
        decided = cast(int, claim.decided_fen)  # what is cleared has been decided, the database holds it
        evaluate_anew(claim, by=by, ahead=ahead)
        not_the_same_again(claim)
        if not carried(claim.amount_fen, decided, capped=rule.kind == "cap"):
            claim.state, claim.decided_fen = after(claim.state, "reopen", what=str(claim)), None
            restart(claim, "decision", by=by, on=on, opinion=claim.changed)
            log.record(
                "redemption.reopen",
                claim,
                f"事实有变，退回部门：{claim}",
                by=by,
                changed=claim.changed,
                evaluation=claim.evaluation_id,
                **right.details,
            )
            tell.payees([claim], "reopened", on, what=claim.changed)
            tell.department(claim, f"落实资金时事实有变，退回重新核查（{claim.changed}）", kind="reopened", urgent=True)
            return claim
        award = ledger.Award(
            pack=claim.pack,
            rule=claim.rule,
            clause=claim.clause,
            fact=claim.awarded,
            instalment=claim.instalment,
            division=claim.division,
            payee=claim.payee.name,
        )
        before = tell.alert_of(fund, year, on)
        try:
            claim.commitment = ledger.commit(fund, year, award, decided, by=by, on=on)
        except CeilingExceeded as error:
            error.where = _("依据：%(clause)s") % {"clause": task_name(fund.budget.clause, fund.budget.pack)}
            raise
        claim.state = state
        claim.save()
        log.record(
            "redemption.commit",
            claim,
            f"落实资金：{claim}",
            by=by,
            commitment=claim.commitment.pk,
            amount_fen=decided,
            year=year,
            evaluation=claim.evaluation_id,
            **right.details,
        )
        tell.of_fund(fund, year, before, on)
    return claim


def deliver(claim: Claim, *, what: str, by: User, on: date) -> Claim:
    """What is no money (factory space of T11, a post of T15) has been handed over; noticed like money, without a line in the ledger."""
    if not what.strip():
        raise DomainError(_("请写明兑现的内容，例如场地位置、面积和起止日期。"), where=str(claim))
    with handled(claim) as (claim, log):
        right = require_act(by, claim, "deliver")
        state = after(claim.state, "deliver", what=str(claim))
        advance(claim, by=by, on=on, opinion=what)
        claim.state = state
        claim.save()
        tell.payees([claim], "delivered", on)
        log.record("redemption.deliver", claim, f"兑现：{claim}", by=by, what=what.strip(), **right.details)
    return claim
