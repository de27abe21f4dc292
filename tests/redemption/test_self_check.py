import io
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from quintet.core.errors import DomainError
from quintet.policies.engine import policy
from quintet.policies.models import Evaluation
from quintet.redemption import selfcheck
from quintet.redemption.models import SelfCheck
from tests.redemption.city import PANJIN, answered, newly_high_tech, self_check

pytestmark = pytest.mark.django_db


def test_three_answers_lead_to_the_award_and_only_what_may_not_have_happened_is_asked_besides():
    check = self_check()
    for fact, given in (("high_tech_recognised", "yes"), ("high_tech_recognised_on", "2020-09-15"), ("high_tech_earlier", "no")):
        step = selfcheck.step(check)
        assert step.spec.name == fact
        check = answered(check, fact, given)
    step = selfcheck.step(check)
    assert (step.spec.name, step.optional, step.left) == ("high_tech_expires_on", True, 1)
    check = selfcheck.answer(check, "self", "high_tech_expires_on", "", none=True)
    assert selfcheck.step(check).done
    outcome = next(
        o for o in selfcheck.finish(check, by=None).result["results"]["enterprise"][0]["outcomes"] if o["rule"] == "high_tech_award"
    )
    assert (outcome["state"], outcome["amount"]) == ("entitled", 100_000_00)


def test_an_answer_that_decides_everything_ends_the_questions():
    check = answered(self_check(), "high_tech_recognised", "no")
    assert selfcheck.step(check).done


def test_a_question_not_known_is_not_asked_again_and_the_result_says_what_is_missing():
    check = answered(self_check(), "high_tech_recognised", "")
    assert "high_tech_recognised" not in [selfcheck.step(check).spec.name if not selfcheck.step(check).done else ""]
    outcome = selfcheck.finish(check, by=None).result["results"]["enterprise"][0]["outcomes"][0]
    assert outcome["state"] == "unknown"
    assert outcome["missing"]


def test_the_last_answer_can_be_taken_back():
    check = answered(self_check(), "high_tech_recognised", "no")
    check = selfcheck.back(check)
    assert check.items[0]["facts"] == {}
    assert selfcheck.step(check).spec.name == "high_tech_recognised"


def test_the_ladder_goes_on_asking_what_the_next_rung_needs():
    check = answered(self_check(), "high_tech_recognised", "no")
    check.ladder = True
    check.save()
    assert not selfcheck.step(check).done


@pytest.mark.parametrize(
    ("fact", "given"),
    [
        ("principal", "-1"),
        ("principal", "1e30"),
        ("principal", "NaN"),
        ("principal", "1.005"),
        ("drawn_on", "0001-01-01"),
        ("drawn_on", "9999-12-31"),
        ("drawn_on", "soon"),
        ("pledge", "house"),
        ("released", "maybe"),
        ("nothing", "1"),
    ],
)
def test_a_wrong_answer_is_refused_with_a_sentence_and_keeps_what_was_answered(fact, given):
    check = answered(self_check("loan"), "released", "yes")
    with pytest.raises(DomainError, match=r"[\u4e00-\u9fff]"):
        answered(check, fact, given)
    assert SelfCheck.objects.get().items[0]["facts"] == {"released": True}


@pytest.mark.parametrize(
    ("given", "fen"),
    [
        ("10000000", 1_000_000_000),
        ("10,000,000.00", 1_000_000_000),
        ("1000万元", 1_000_000_000),
        ("0.01", 1),
        ("１０,０００,０００", 1_000_000_000),
    ],
)
def test_money_is_read_to_the_fen(given, fen):
    assert answered(self_check("loan"), "principal", given).items[0]["facts"]["principal"] == fen


@pytest.mark.parametrize("given", ["2021/3/1", "2021年3月1日", "20210301", "２０２１.３.１"])
def test_a_day_is_read_as_everywhere(given):
    assert answered(self_check("loan"), "drawn_on", given).items[0]["facts"]["drawn_on"] == "2021-03-01"


def test_after_its_end_the_policy_says_so_and_gives_nothing(client: Client):
    answer = client.post(reverse("redemption:check-start"), {"subject": "enterprise", "on": "2022-03-01"}, follow=True)
    check = SelfCheck.objects.get()
    assert check.on == date(2022, 3, 1)
    for fact, given in (("high_tech_recognised", "yes"), ("high_tech_recognised_on", "2022-02-15"), ("high_tech_earlier", "no")):
        answered(check, fact, given)
    page = client.get(reverse("redemption:check-result", args=[check.token])).content.decode()
    assert "已于2021年12月31日到期失效" in page
    assert answer.status_code == 200
    assert "100,000.00" not in page


def test_a_guessed_address_shows_nothing(client: Client):
    self_check()
    for name in ("redemption:check-question", "redemption:check-result", "policies:evaluation"):
        assert client.get(reverse(name, args=["A" * 32])).status_code == 404


def test_the_shared_link_cannot_change_the_answers(client: Client):
    check = answered(self_check(), "high_tech_recognised", "no")
    evaluation = selfcheck.finish(check, by=None)
    assert check.token not in client.get(evaluation.get_absolute_url()).content.decode()
    assert client.post(reverse("redemption:check-back", args=[evaluation.token])).status_code == 404


def test_a_wrong_date_is_met_at_the_start(client: Client):
    for on in ("0001-01-01", "9999-12-31", "tomorrow"):
        answer = client.post(reverse("redemption:check-start"), {"subject": "enterprise", "on": on})
        assert answer.status_code == 422
    assert not SelfCheck.objects.exists()


def test_old_answers_are_deleted_and_results_stay():
    old, new = self_check(), self_check("loan")
    selfcheck.finish(old, by=None)
    SelfCheck.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(days=91))
    call_command("purge_self_checks", stdout=io.StringIO())
    assert list(SelfCheck.objects.all()) == [new]
    assert Evaluation.objects.count() == 1


def test_an_organisation_is_found_by_name_or_code_and_nothing_more_is_told(client: Client):
    firm = newly_high_tech(name="示例新材料有限公司")
    for text in ("新材料", firm.code):
        page = client.get(reverse("redemption:check-find"), {"q": text}).content.decode()
        assert firm.name in page
        assert "100,000" not in page
    assert firm.name not in client.get(reverse("redemption:check-find"), {"q": "新"}).content.decode()
    assert client.get(reverse("redemption:my-entitlements"), {"organisation": firm.pk}).status_code == 302


MATCHED = {"category": "provincial_plan", "provincial_support": "500000", "provincial_support_on": "2020-05-01"}
T16 = "provincial_matching"


def walked(check: SelfCheck, answers: dict[str, str], none: tuple[str, ...] = ()) -> tuple[SelfCheck, list[str]]:
    """Every question answered from `answers`, those in `none` with “there is none”, all others with “not known”; and what was asked."""
    asked = []
    while not (step := selfcheck.step(check)).done:
        asked.append(step.spec.name)
        check = selfcheck.answer(check, step.item["id"], step.spec.name, answers.get(step.spec.name, ""), none=step.spec.name in none)
    return check, asked


def outcome_of(check: SelfCheck, rule: str) -> dict:
    rows = selfcheck.finish(check, by=None).result["results"].values()
    return next(outcome for of in rows for row in of for outcome in row["outcomes"] if outcome["rule"] == rule)


@pytest.mark.parametrize(
    ("told", "state", "premises"),
    [
        ({"newly_trained": "no", "newly_brought_in": "no"}, "not_entitled", []),
        ({"newly_trained": "no"}, "entitled", ["newly_brought_in"]),
        ({"newly_trained": "no", "newly_brought_in": "yes"}, "entitled", []),
        ({}, "entitled", ["newly_trained", "newly_brought_in"]),
    ],
)
def test_the_matching_asks_whether_somebody_is_new_and_says_on_what_its_sum_rests(told: dict, state: str, premises: list[str]):
    check, asked = walked(self_check("talent"), MATCHED | told)
    assert {"newly_trained", "newly_brought_in"} - set(asked) == ({"newly_trained"} if told.get("newly_brought_in") == "yes" else set())
    outcome = outcome_of(check, T16)
    assert (outcome["state"], sorted(item["fact"] for item in outcome.get("premises", ()))) == (state, sorted(premises))


def test_an_open_premise_stands_beside_the_sum_is_not_called_sure_and_can_be_answered_later(client: Client):
    check, _asked = walked(self_check("talent"), MATCHED)
    page = client.get(reverse("redemption:check-result", args=[check.token])).content.decode()
    assert "前提：“新培养”、“新引进”没有填写；填写以后结果可能改变，金额可能减少，也可能没有。" in page
    assert "其中 1 项（50 万元）以没有填写的事实为前提" in page
    address = reverse("redemption:check-question", args=[check.token])
    assert f"{address}?item=1&amp;fact=newly_trained" in page
    question = client.get(address, {"item": "1", "fact": "newly_trained"})
    assert question.status_code == 200
    assert "省级人才一比一配套" not in question.content.decode()
    answered(check, "newly_trained", "yes")
    page = client.get(reverse("redemption:check-result", args=[check.token])).content.decode()
    assert "前提：" not in page


LOAN = {
    "pledge": "intellectual_property", "released": "yes", "drawn_on": "2019-12-31", "due_on": "2020-12-30", "interest_paid": "3000000", "principal": "1000万元",
}  # fmt: skip


@pytest.mark.parametrize(
    ("repaid_on", "amount"), [("2020-12-29", 219_916_67), ("2020-12-30", 220_520_83), ("2020-12-31", 220_520_83), ("", 220_520_83)]
)
def test_a_loan_is_asked_when_it_was_repaid_and_pays_interest_until_then(repaid_on: str, amount: int):
    check, asked = walked(self_check("loan"), LOAN | {"repaid_on": repaid_on}, none=("interest_settled_on",))
    assert {"repaid_on", "interest_settled_on"} <= set(asked)
    outcome = outcome_of(check, "loan_interest_subsidy")
    assert (outcome["state"], outcome["amount"]) == ("entitled", amount)
    assert [item["fact"] for item in outcome.get("premises", ())] == ([] if repaid_on else ["repaid_on"])


@pytest.mark.parametrize(
    ("fact", "day", "fits"),
    [
        ("due_on", "2019-12-30", False),
        ("due_on", "2019-12-31", True),
        ("repaid_on", "2019-12-30", False),
        ("repaid_on", "2020-01-01", True),
    ],
)
def test_days_that_contradict_each_other_are_refused_at_the_question(fact: str, day: str, fits: bool, client: Client):
    """Whichever of the two is answered last."""
    check = answered(self_check("loan"), "drawn_on", "2019-12-31")
    address = reverse("redemption:check-question", args=[check.token])
    page = client.post(address, {"item": "1", "fact": fact, "answer": day})
    assert page.status_code == 302 if fits else f"（{day}）早于放款日期（2019-12-31），请核对这两个日期" in page.content.decode()
    check.refresh_from_db()
    assert (fact in check.items[0]["facts"]) == fits
    other = answered(self_check("loan"), fact, day)
    if fits:
        answered(other, "drawn_on", "2019-12-31")
    else:
        with pytest.raises(DomainError, match="早于放款日期"):
            answered(other, "drawn_on", "2019-12-31")


def test_what_has_not_happened_is_said_by_a_button_and_leaves_no_premise(client: Client):
    check, _asked = walked(self_check("loan"), LOAN, none=("interest_settled_on",))
    address = reverse("redemption:check-question", args=[check.token])
    question = client.get(address, {"item": "1", "fact": "repaid_on"}).content.decode()
    assert "没有，或尚未发生" in question
    assert client.post(address, {"item": "1", "fact": "repaid_on", "none": "1"}).status_code == 302
    page = client.get(reverse("redemption:check-result", args=[check.token])).content.decode()
    assert "前提：" not in page
    assert "没有，或尚未发生" in page
    button = 'name="none"'
    assert button in question
    assert button not in client.get(address, {"item": "1", "fact": "principal"}).content.decode()


def test_a_fact_that_decides_nothing_is_no_question(client: Client):
    check = answered(self_check("loan"), "released", "no")
    answer = client.get(reverse("redemption:check-question", args=[check.token]), {"item": "1", "fact": "repaid_on"})
    assert answer.status_code == 409 or "没有这个问题" in answer.content.decode()


@pytest.mark.parametrize("on", [date(2022, 12, 31)])
def test_a_loan_that_is_settled_after_the_policys_end_is_asked_for(on: date):
    check = selfcheck.start(policy(PANJIN), "loan", on)
    assert not selfcheck.step(check).done
    check, _asked = walked(check, LOAN | {"drawn_on": "2021-12-31", "due_on": "2022-12-31"}, none=("interest_settled_on", "repaid_on"))
    outcome = outcome_of(check, "loan_interest_subsidy")
    assert (outcome["state"], outcome["amount"]) == ("entitled", 220_520_83)


@pytest.mark.parametrize(
    ("principal", "expected", "uncut"),
    [
        ("22673594.48", 499_999_99, None),
        ("22673594.49", 500_000_00, None),
        ("22673594.94", 500_000_00, 500_000_01),
        ("30000000", 500_000_00, 661_562_50),
    ],
)
def test_a_subsidy_still_to_come_is_told_within_the_yearly_limit(principal: str, expected: int, uncut: int | None):
    check, _asked = walked(
        self_check("loan"),
        LOAN | {"drawn_on": "2020-03-01", "due_on": "2021-03-01", "principal": principal},
        none=("interest_settled_on", "repaid_on"),
    )
    outcome = outcome_of(check, "loan_interest_subsidy")
    assert (outcome["state"], outcome["expected"], outcome.get("expected_before_limit")) == ("waiting", expected, uncut)


def test_two_subsidies_still_to_come_share_the_limit_with_one_that_has_come():
    later = LOAN | {"drawn_on": "2020-03-01", "due_on": "2021-03-01"}
    none = ("interest_settled_on", "repaid_on")
    check, _asked = walked(self_check("loan"), LOAN | {"drawn_on": "2020-01-01", "due_on": "2020-12-30"}, none=none)
    for _loan in range(2):
        check, _asked = walked(selfcheck.add(check, "loan"), later, none=none)
    rows = selfcheck.finish(check, by=None).result["results"]["loan"]
    said = [next(o for o in row["outcomes"] if o["rule"] == "loan_interest_subsidy") for row in rows]
    assert [o["state"] for o in said] == ["entitled", "waiting", "waiting"]
    assert said[0]["amount"] + said[1]["expected"] + said[2]["expected"] == 500_000_00
    assert said[2]["expected"] < said[1]["expected"] == 220_520_83
