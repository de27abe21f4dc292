"""A fact that may not have happened and on which a sum rests is asked of the applicant, for every rule of every pack, and answered before a decision."""

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core.errors import DomainError
from quintet.engine import load
from quintet.engine.packs.check import check
from quintet.finance.models import Loan
from quintet.policies.engine import policies, policy
from quintet.redemption import actions, books
from quintet.redemption.models import Claim, ClaimFact
from quintet.redemption.papers import papers_of
from tests.redemption.applications import PACK, pdf
from tests.redemption.city import newly_high_tech
from tests.redemption.claims import account, all_there, member, officer
from tests.redemption.test_policy_time import drawn_in_force

pytestmark = pytest.mark.django_db
RULE = "loan_interest_subsidy"
ON = date(2022, 6, 1)


def filled() -> Claim:
    """A loan of which the register knows no day of repayment, with everything but that answer."""
    firm = newly_high_tech()
    kept, by = drawn_in_force(firm), member(firm)
    claim = actions.start_application(pack=PACK, rule=RULE, subject_id=kept.pk, year=2022, by=by, on=ON)
    for paper in papers_of(claim):
        actions.add_file(claim, pdf(text=paper.key), paper=paper.key, by=by, on=ON)
    actions.use_account(claim, account=account(firm, by), by=by, on=ON)
    return actions.save_draft(claim, {"contact": "王经办", "phone": "13800000000"}, by=by, on=ON)


def by(claim: Claim) -> Any:
    return member(claim.organisation)


def submit(claim: Claim) -> Claim:
    return actions.submit(claim, pledged=True, by=by(claim), on=ON)


def test_the_form_asks_and_nothing_is_handed_in_before_the_answer(client: Client, settings: Any):
    settings.DEMO = True
    claim = filled()
    client.force_login(by(claim))
    page = client.get(reverse("redemption:my-claim", args=[claim.pk])).content.decode()
    assert ("贷款哪一天还清" in page, "“还清日期”如果没有填" in page, "不用再填" in page) == (True, True, False)
    with pytest.raises(DomainError, match=r"金额取决于尚未答复的事实：.*还清日期"):
        submit(claim)


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        ({"none_repaid_on": "yes", "none_interest_settled_on": "yes"}, 21_991_667),
        ({"fact_repaid_on": "2022-05-30", "none_interest_settled_on": "yes"}, 21_931_250),
        ({"fact_repaid_on": "2022-05-30", "none_repaid_on": "yes", "none_interest_settled_on": "yes"}, 21_931_250),
    ],
    ids=["not repaid", "repaid a day early", "both, the day goes first"],
)
def test_the_answer_is_kept_and_the_sum_goes_by_it(given: dict[str, str], amount: int, client: Client, settings: Any):
    settings.DEMO = True
    claim = filled()
    client.force_login(by(claim))
    client.post(reverse("redemption:my-claim-save", args=[claim.pk]), {"contact": "王经办", "phone": "13800000000", **given})
    claim = submit(claim)
    assert claim.amount_fen == amount
    assert not [fact for fact in ClaimFact.objects.filter(claim=claim) if fact.value is None and f"fact_{fact.fact}" in given]
    client.force_login(officer())
    text = client.get(reverse("redemption:claim", args=[claim.pk])).content.decode()
    assert "没有，或尚未发生" in text
    assert "有事实没有答复" not in text
    assert not list(books.applications_as_handed_in())


def test_a_day_before_the_loan_was_drawn_is_no_answer():
    claim = filled()
    drawn = Loan.objects.get(pk=claim.subject_id).drawn_on
    with pytest.raises(DomainError, match=r"还清日期（.*）早于放款日期"):
        actions.save_draft(claim, {"fact_repaid_on": str(drawn - timedelta(days=1))}, by=by(claim), on=ON)
    actions.save_draft(claim, {"fact_repaid_on": str(drawn)}, by=by(claim), on=ON)
    assert ClaimFact.objects.get(claim=claim, fact="repaid_on").value == str(drawn)


def test_a_day_that_a_register_contradicts_later_is_asked_for_anew():
    """The claim can still be opened, and its answer put right."""
    claim = filled()
    kept = Loan.objects.get(pk=claim.subject_id)
    actions.save_draft(claim, {"fact_repaid_on": str(kept.drawn_on), "none_interest_settled_on": "yes"}, by=by(claim), on=ON)
    Loan.objects.filter(pk=kept.pk).update(drawn_on=kept.drawn_on + timedelta(days=1))
    with pytest.raises(DomainError, match=r"金额取决于尚未答复的事实：.*还清日期"):
        submit(claim)
    actions.save_draft(claim, {"fact_repaid_on": "2022-05-30"}, by=by(claim), on=ON)
    assert submit(claim).state == "handled"


def test_an_answer_that_was_taken_back_is_asked_for_again():
    claim = filled()
    actions.save_draft(claim, {"none_repaid_on": "yes"}, by=by(claim), on=ON)
    assert ClaimFact.objects.get(claim=claim, fact="repaid_on").value is None
    actions.save_draft(claim, {"none_repaid_on": ""}, by=by(claim), on=ON)
    assert not ClaimFact.objects.filter(claim=claim, fact="repaid_on").exists()


def unasked() -> Claim:
    """Handed in before the question was asked."""
    claim = filled()
    claim = actions.save_draft(claim, {"none_repaid_on": "yes", "none_interest_settled_on": "yes"}, by=by(claim), on=ON)
    claim = submit(claim)
    ClaimFact.objects.filter(claim=claim).delete()
    return actions.recheck(claim, by=officer(unit=claim.unit), on=ON)


def test_what_was_handed_in_without_the_answer_is_not_granted_and_goes_back(client: Client, settings: Any):
    settings.DEMO = True
    claim = unasked()
    office = officer(unit=claim.unit)
    client.force_login(office)
    assert "有事实没有答复" in client.get(reverse("redemption:claim", args=[claim.pk])).content.decode()
    returned = actions.check_form(claim, checked=all_there(claim), missing=["请答复贷款是否已经还清"], by=office, on=ON)
    with pytest.raises(DomainError, match="还清日期"):
        actions.resubmit(returned, note="已核对", by=by(claim), on=ON)
    actions.save_draft(returned, {"none_repaid_on": "yes", "none_interest_settled_on": "yes"}, by=by(claim), on=ON)
    assert actions.resubmit(returned, by=by(claim), on=ON).state == "handled"
    assert not list(books.applications_as_handed_in())


@pytest.mark.parametrize("answered", [False, True], ids=["open", "entered in the register"])
def test_a_grant_is_proposed_once_the_answer_is_there(answered: bool):
    claim = unasked()
    office = officer(unit=claim.unit)
    claim = actions.check_form(claim, checked=all_there(claim), by=office, on=ON)
    claim = actions.review(claim, opinion="同意。", by=office, on=ON)
    if not answered:
        with pytest.raises(DomainError, match="金额取决于尚未答复的事实"):
            actions.propose(claim, granted=True, by=office, on=ON)
        assert actions.propose(claim, granted=False, reasons="没有答复。", by=office, on=ON).granted is False
        return
    Loan.objects.update(repaid_on=date(2022, 5, 31), interest_settled_on=date(2022, 5, 31))
    claim = actions.recheck(claim, by=office, on=ON)
    assert actions.propose(claim, granted=True, by=office, on=ON).amount_fen == 21_991_667


@pytest.mark.parametrize("pack", [chosen.pack.document.pack for chosen in policies()])
def test_every_fact_that_a_rule_takes_as_not_having_happened_can_be_answered(pack: str):
    """By whoever applies: no rule without application reads one, and of the others none is the department's to find."""
    assert not [problem.text for problem in check(policy(pack))[0] if "nobody is asked" in problem.text]


def test_a_rule_without_application_that_rests_on_an_unasked_fact_is_a_problem_of_the_pack(tmp_path: Path):
    home = tmp_path / "packs"
    shutil.copytree(policy(PACK).folder.parent, home)
    file = home / PACK / "rules" / "finance.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("  way: fast\n", "  way: automatic\n"), encoding="utf-8")
    problems = [problem.text for problem in check(load(home / PACK))[0]]
    assert [text for text in problems if "loan_interest_subsidy" in text and "nobody is asked" in text]
