"""From the end of a notice to money set aside."""

from datetime import date

import pytest

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry
from quintet.directory.models import Recognition
from quintet.ledger import check
from quintet.ledger.errors import AlreadyAwarded, CeilingExceeded
from quintet.ledger.models import Commitment, Fund
from quintet.policies.engine import policy
from quintet.redemption import actions
from quintet.redemption.funding import commitments_from_another_fund, funds_for
from quintet.redemption.models import Claim
from quintet.redemption.permissions import Standing
from quintet.redemption.states import WrongState
from quintet.redemption.views.doing import years_offered
from tests import guards
from tests.ledger.books import MILLION, appropriate, committed, finance
from tests.redemption.city import PANJIN
from tests.redemption.claims import ON, confirmed, granted, offered_incubator, officer, proposed
from tests.redemption.claims import checked as form_checked
from tests.scenes import arranged_once

pytestmark = pytest.mark.django_db
AFTER = date(2021, 1, 12)


@arranged_once
def funds(each_fen: int = 15 * MILLION) -> tuple[Fund, Fund, Fund]:
    actions.open_policy_year(policy(PANJIN), 2020, by=finance(), on=date(2020, 1, 2))
    found = list(Fund.objects.order_by("pk"))
    for fund in found:
        appropriate(fund, 2020, each_fen, reference=f"财指{fund.pk}", by=finance(), on=date(2020, 1, 2))
    return found[0], found[1], found[2]


@arranged_once
def cleared(claim: Claim | None = None) -> Claim:
    claim = claim or granted()
    actions.publish_notice([claim], title="公示", by=officer("officer2", unit=claim.unit), on=ON)
    assert actions.clear_notices(on=AFTER) == 1
    claim.refresh_from_db()
    return claim


def test_the_money_is_set_aside_and_leads_back_to_the_claim():
    fund, _agriculture, _talents = funds()
    claim = actions.commit_claim(cleared(), fund=fund, by=finance(), on=AFTER)
    assert (claim.state, claim.commitment.amount_fen, claim.commitment.fact) == ("committed", 100_000_00, claim.awarded)
    assert Commitment.objects.get().claim == claim
    trail = AuditEntry.objects.filter(record=f"redemption.claim:{claim.pk}").order_by("number").values_list("action", flat=True)
    assert [action.removeprefix("redemption.") for action in trail] == [
        "offer", "confirm", "check_form", "propose", "decide", "publish", "clear", "commit",
    ]  # fmt: skip
    assert guards.problems() == check.problems() == []


def test_a_fact_changed_since_the_decision_sends_it_back_and_pays_nothing():
    fund, _agriculture, _talents = funds()
    claim = cleared()
    Recognition.objects.update(granted_on=date(2019, 9, 15))
    claim = actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
    assert (claim.state, claim.step, claim.unit, claim.decided_fen) == ("handled", "decision", "stb", None)
    assert "不能享受" in claim.changed
    assert not Commitment.objects.exists()
    with pytest.raises(DomainError, match="按现有事实不能兑现"):
        proposed(claim, on=AFTER)
    claim = proposed(claim, granted=False, reasons="证书日期有误", on=AFTER)
    assert actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=AFTER).state == "refused"


def test_a_fact_that_the_register_has_again_is_checked_anew_and_granted_anew():
    """An award without application is sent back as others are, and is no dead end: its department reads the register again."""
    fund, _agriculture, _talents = funds()
    claim = cleared()
    Recognition.objects.update(granted_on=date(2019, 9, 15))
    claim = actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
    assert "recheck" in Standing(officer(), [claim]).acts(claim)
    assert "不能享受" in actions.recheck(claim, by=officer(), on=AFTER).changed
    Recognition.objects.update(granted_on=date(2020, 9, 15))
    claim = actions.recheck(claim, by=officer(), on=AFTER)
    assert (claim.changed, claim.amount_fen, claim.way) == ("", 10_000_000, "automatic")
    claim = actions.confirm_decision(proposed(claim, on=AFTER), confirmed=True, by=officer("officer2"), on=AFTER)
    assert (claim.state, claim.decided_fen) == ("granted", 10_000_000)


def test_above_the_ceiling_nothing_changes_and_the_sentence_says_why():
    fund, agriculture, _talents = funds(20 * MILLION)
    committed(agriculture, 20 * MILLION - 5_000_000, "other", on=ON)
    claim = cleared()
    with pytest.raises(CeilingExceeded, match=r"只余 50,000.00 元；本笔 100,000.00 元，超出 50,000.00 元"):
        actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
    claim.refresh_from_db()
    assert (claim.state, claim.commitment) == ("cleared", None)
    assert guards.problems() == check.problems() == []


def test_the_same_fact_committed_elsewhere_is_not_committed_again():
    fund, _agriculture, _talents = funds()
    claim = cleared()
    committed(fund, 100, claim.awarded, on=ON)
    with pytest.raises(AlreadyAwarded):
        actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
    assert Claim.objects.get().state == "cleared"


def test_only_finance_commits_in_a_fund_of_the_rule_after_the_notice():
    fund, _agriculture, talents = funds()
    claim = granted()
    with pytest.raises(WrongState, match="待公示"):
        actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
    claim = cleared(claim)
    with pytest.raises(NotAllowed):
        actions.commit_claim(claim, fund=fund, by=officer(), on=AFTER)
    with pytest.raises(DomainError, match="不属于这一项的资金渠道"):
        actions.commit_claim(claim, fund=talents, by=finance(), on=AFTER)
    assert not Commitment.objects.exists()


def test_a_national_incubator_goes_from_the_list_to_the_commitment_without_applying():
    fund, _agriculture, _talents = funds()
    claim = cleared(granted(proposed(form_checked(confirmed(offered_incubator())))))
    claim = actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
    assert (claim.clause, claim.commitment.clause, claim.commitment.amount_fen) == ("T19", "T19", 200_000_00)


def test_the_award_for_a_high_tech_enterprise_is_not_paid_from_the_fund_for_agriculture():
    fund, agriculture, _talents = funds()
    claim = cleared()
    with pytest.raises(DomainError, match="农业科技资金不能支付这一项") as refused:
        actions.commit_claim(claim, fund=agriculture, by=finance(), on=AFTER)
    assert refused.value.remedy == "政策写明的资金是：发展高新技术产业科技资金。"
    assert (Claim.objects.get().state, Commitment.objects.count()) == ("cleared", 0)
    assert actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER).commitment.fund == fund


def test_a_fund_that_a_rule_does_not_name_is_not_offered_and_is_found_in_the_books():
    fund, agriculture, _talents = funds()
    claim = cleared()
    assert (list(funds_for([claim])), list(funds_for([]))) == ([fund], [])
    assert years_offered(claim, AFTER) == [(2020, "2020年度（发展高新技术产业科技资金可用 15,000,000.00 元）")]
    assert list(commitments_from_another_fund()) == []
    committed(agriculture, 5_000_00, "past the action", on=AFTER)
    assert [problem.split("）")[1] for problem in commitments_from_another_fund()] == ["记在农业科技资金，不是政策为这一项写明的资金。"]


def test_every_rule_of_the_special_funds_names_the_fund_that_pays_it():
    pack = policy(PANJIN).pack
    named = {rule.id: pack.funds_of(rule) for rule in pack.rules if rule.budget == "special_funds"}
    either = {rule for rule, codes in named.items() if codes == ("high_tech", "agriculture")}
    assert either == {"national_rd_award", "provincial_rd_award", "transfer_grant", "team_grant", "overseas_start_up_grant"}
    assert {codes for rule, codes in named.items() if rule not in either} == {("high_tech",)}
    assert {pack.funds_of(rule) for rule in pack.rules if rule.budget == "municipal_treasury"} == {("municipal_treasury",)}
    assert {pack.funds_of(rule) for rule in pack.rules if not rule.budget} == {()}
