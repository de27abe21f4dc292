import io
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from quintet.core.errors import DomainError
from quintet.policies.models import Evaluation
from quintet.redemption import selfcheck
from quintet.redemption.models import SelfCheck
from tests.redemption.city import answered, newly_high_tech, self_check

pytestmark = pytest.mark.django_db


def test_three_answers_lead_to_the_award_and_nothing_else_is_asked():
    check = self_check()
    for fact, given in (("high_tech_recognised", "yes"), ("high_tech_recognised_on", "2020-09-15"), ("high_tech_earlier", "no")):
        step = selfcheck.step(check)
        assert step.spec.name == fact
        check = answered(check, fact, given)
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
