"""One self-check of an enterprise together with its loans, carriers, projects and people."""

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core.errors import DomainError
from quintet.policies.results import sums
from quintet.redemption import selfcheck
from quintet.redemption.models import SelfCheck
from tests.redemption.city import answered, self_check, self_check_of_two

pytestmark = pytest.mark.django_db
HIGH_TECH = {"high_tech_recognised": "yes", "high_tech_recognised_on": "2020-09-15", "high_tech_earlier": "no"}
LOAN = {
    "pledge": "intellectual_property",
    "released": "yes",
    "drawn_on": "2019-12-31",
    "due_on": "2020-12-30",
    "interest_paid": "3000000",
    "principal": "1000万元",
}
NOT_HAPPENED = ("high_tech_expires_on", "interest_settled_on", "repaid_on")


def all_answered(check: SelfCheck, answers: dict[str, str]) -> SelfCheck:
    for fact, given in answers.items():
        check = answered(check, fact, given)
    return check


def of_two_loans() -> SelfCheck:
    check = all_answered(self_check(), HIGH_TECH)
    check = all_answered(selfcheck.add(check, "loan"), LOAN)
    return all_answered(selfcheck.add(check, "loan"), LOAN | {"principal": "3000万元"})


def awards(check: SelfCheck) -> list[tuple[str, str, int]]:
    result = selfcheck.finish(check, by=None).result
    return [
        (row["name"], outcome["rule"], outcome["amount"])
        for rows in result["results"].values()
        for row in rows
        for outcome in row["outcomes"]
        if outcome["state"] == "entitled"
    ]


def test_an_enterprise_and_two_loans_share_the_yearly_limit_of_the_subsidy():
    check = of_two_loans()
    while not (step := selfcheck.step(check)).done:
        assert step.spec.name in NOT_HAPPENED
        check = selfcheck.answer(check, step.item["id"], step.spec.name, "", none=True)
    assert awards(check) == [
        ("企业", "high_tech_award", 100_000_00),
        ("贷款 1", "loan_interest_subsidy", 220_520_83),
        ("贷款 2", "loan_interest_subsidy", 279_479_17),
    ]
    assert sums(check.evaluation.result)["entitled"] == 600_000_00
    assert check.evaluation.title == "企业、贷款（2）"


def test_loans_share_the_limit_without_their_enterprise():
    check = all_answered(selfcheck.add(all_answered(self_check("loan"), LOAN), "loan"), LOAN | {"principal": "3000万元"})
    assert sum(amount for _name, _rule, amount in awards(check)) == 500_000_00


def test_each_of_two_provincial_laboratories_brings_its_award():
    laboratory = {"kind": "engineering_laboratory", "level": "provincial", "recognised_on": "2020-06-01"}
    check = all_answered(selfcheck.add(all_answered(self_check("carrier"), laboratory), "carrier"), laboratory)
    assert [(name, amount) for name, _rule, amount in awards(check)] == [
        ("创新平台和孵化载体 1", 200_000_00),
        ("创新平台和孵化载体 2", 200_000_00),
    ]


def test_the_enterprise_is_asked_to_its_end_before_what_was_added():
    check = self_check_of_two()
    step = selfcheck.step(check)
    assert (step.item["subject"], step.spec.name) == ("enterprise", "high_tech_recognised")
    step = selfcheck.step(answered(check, "high_tech_recognised", "no", "self"))
    assert step.item["subject"] == "loan"


def test_only_questions_that_can_still_change_the_answer_are_asked_of_each():
    check = answered(self_check_of_two(), "high_tech_recognised", "no", "self")
    assert selfcheck.step(check).left > 1
    check = answered(check, "pledge", "other")
    assert selfcheck.step(check).done


def test_what_is_removed_gives_its_share_of_the_limit_back():
    check = selfcheck.remove(of_two_loans(), "1")
    assert awards(check)[1:] == [("贷款", "loan_interest_subsidy", 500_000_00)]
    assert all(item != "1" for item, _fact in check.asked)


def test_a_number_is_not_given_twice():
    check = selfcheck.remove(of_two_loans(), "1")
    assert [item["id"] for item in selfcheck.add(check, "loan").items] == ["self", "2", "3"]


@pytest.mark.parametrize("subject", ["enterprise", "horse", ""])
def test_what_cannot_be_added_is_refused(subject):
    with pytest.raises(DomainError, match="请选择"):
        selfcheck.add(self_check(), subject)


def test_there_is_an_end_to_adding():
    check = self_check()
    for _ in range(selfcheck.MOST_ITEMS - 1):
        check = selfcheck.add(check, "loan")
    assert selfcheck.addable(check) == []
    with pytest.raises(DomainError, match="最多 20 个"):
        selfcheck.add(check, "loan")


def test_the_last_subject_stays():
    with pytest.raises(DomainError, match="至少要留一个"):
        selfcheck.remove(self_check(), "self")


def test_taking_back_goes_through_the_subjects_in_the_order_of_the_answers():
    check = answered(answered(self_check_of_two(), "pledge", "other"), "high_tech_recognised", "no", "self")
    check = selfcheck.back(check)
    assert [item["facts"] for item in check.items] == [{}, {"pledge": "other"}]
    assert selfcheck.back(check).items[1]["facts"] == {}


def test_an_answer_can_be_changed_from_the_result(client: Client):
    check = of_two_loans()
    address = reverse("redemption:check-question", args=[check.token])
    page = client.get(address, {"item": "2", "fact": "principal"}).content.decode()
    assert 'value="30000000.00"' in page
    client.post(f"{address}?item=2&fact=principal", {"item": "2", "fact": "principal", "answer": "100万元"})
    assert awards(SelfCheck.objects.get())[2] == ("贷款 2", "loan_interest_subsidy", 22_052_08)


def test_a_question_that_was_not_asked_cannot_be_changed(client: Client):
    check = self_check()
    for item, fact in (("self", "staff"), ("self", "nothing"), ("9", "staff")):
        assert client.get(reverse("redemption:check-question", args=[check.token]), {"item": item, "fact": fact}).status_code == 409


def test_an_answer_for_a_subject_that_was_removed_is_refused_on_the_page(client: Client):
    check = self_check()
    answer = client.post(reverse("redemption:check-question", args=[check.token]), {"item": "7", "fact": "pledge", "answer": "other"})
    assert answer.status_code == 422
    assert "可能已被移除" in answer.content.decode()


def test_the_shared_page_and_the_pdf_hold_every_subject(client: Client):
    evaluation = selfcheck.finish(of_two_loans(), by=None)
    page = client.get(evaluation.get_absolute_url()).content.decode()
    assert "50 万元" in page
    assert "排在前面的已用 220,520.83 元，这一项还可得 279,479.17 元" in page
    pdf = client.get(reverse("policies:evaluation-pdf", args=[evaluation.token]))
    assert pdf.content.startswith(b"%PDF")


def test_a_single_subject_reads_as_before(client: Client):
    check = all_answered(self_check(), HIGH_TECH)
    page = client.get(reverse("redemption:check-result", args=[check.token])).content.decode()
    assert 'id="high_tech_award"' in page
    assert "一起测的对象" not in page
