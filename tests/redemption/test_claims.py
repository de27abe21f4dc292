"""From an offer to a decision: who may do what, when, and what is refused."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from quintet.core.calendar import CalendarUnknown, is_provisional
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry, RoleGrant
from quintet.directory.models import Recognition
from quintet.policies.engine import policy
from quintet.redemption import actions
from quintet.redemption.models import Claim, ClaimStep, Decision, PayeeAccount
from quintet.redemption.states import MOVES, State, WrongState, after
from tests import guards
from tests.redemption.city import incubator, newly_high_tech, patent_loan, run_of
from tests.redemption.claims import (
    ON,
    account,
    all_there,
    checked,
    confirmed,
    granted,
    member,
    offered,
    offered_incubator,
    officer,
    proposed,
)

pytestmark = pytest.mark.django_db
PACKS = Path(__file__).resolve().parents[2] / "packs"


@pytest.fixture
def prolonged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The pack as it would be had the city prolonged it, to the end of 2098 unless another day is said."""
    for name in ("national", "panjin-2019-29"):
        copytree(PACKS / name, tmp_path / name)
    document = tmp_path / "panjin-2019-29/pack.yaml"
    text = document.read_text("utf-8")

    def until(day: str) -> None:
        assert "ends: 2021-12-31" in text
        document.write_text(text.replace("ends: 2021-12-31", f"ends: {day}"), "utf-8")

    until("2098-12-31")
    monkeypatch.setenv("QUINTET_PACKS", str(tmp_path))
    return until


class TestOffers:
    def test_what_needs_no_application_is_offered_with_its_amount_and_last_day(self):
        firm = newly_high_tech()
        incubator(firm)
        patent_loan(firm, 10_000_000)
        assert actions.make_offers(run_of(), by=officer(), on=ON) == {"made": 2, "there": 0, "settled": 0, "left": 0}
        found = {claim.rule: claim for claim in Claim.objects.all()}
        assert {rule: claim.amount_fen for rule, claim in found.items()} == {
            "high_tech_award": 100_000_00,
            "national_incubator_award": 200_000_00,
        }
        claim = found["high_tech_award"]
        assert (claim.state, claim.step, claim.organisation, claim.on) == ("offered", "confirmation", firm, date(2020, 12, 31))
        assert claim.due_on == date(2021, 2, 19)  # thirty working days: Spring Festival 2021 lies between, and a Sunday is worked
        assert claim.awarded == f"enterprise={firm.pk}|high_tech_recognised_on=2020-09-15"
        assert AuditEntry.objects.filter(action="redemption.offer").count() == 2
        assert guards.problems() == []

    def test_offers_are_made_once_however_often_they_are_asked_for(self):
        newly_high_tech()
        run = run_of()
        actions.make_offers(run, by=officer(), on=ON)
        assert actions.make_offers(run, by=officer(), on=ON) == {"made": 0, "there": 1, "settled": 0, "left": 0}
        assert actions.make_offers(run_of(), by=officer(), on=ON) == {"made": 0, "there": 1, "settled": 0, "left": 0}
        assert Claim.objects.count() == ClaimStep.objects.count() == 1

    def test_what_was_withdrawn_can_be_offered_again_and_what_is_under_way_cannot(self):
        claim = offered()
        actions.withdraw(claim, by=member(claim.organisation), on=ON)
        assert actions.make_offers(run_of(), by=officer(), on=ON)["made"] == 1
        again = Claim.objects.get(state="offered")
        again.pk = None
        with pytest.raises(IntegrityError, match=r"redemption_one_claim_a_fact|redemption_claim\.pack"), transaction.atomic():
            again.save()

    def test_within_the_year_an_offer_is_evaluated_as_of_its_day_and_before_the_year_there_is_none(self):
        newly_high_tech()
        run = run_of()
        assert run.on == date(2020, 12, 31)
        with pytest.raises(DomainError, match="2020 年尚未开始"):
            actions.make_offers(run, by=officer(), on=date(2019, 12, 31))
        actions.make_offers(run, by=officer(), on=date(2020, 11, 2))
        assert Claim.objects.get().on == date(2020, 11, 2)

    def test_what_falls_due_later_in_the_year_is_not_offered_yet(self):
        newly_high_tech()
        run = run_of()
        assert actions.make_offers(run, by=officer(), on=date(2020, 9, 14)) == {"made": 0, "there": 0, "settled": 0, "left": 1}
        assert actions.make_offers(run, by=officer(), on=date(2020, 9, 15)) == {"made": 1, "there": 0, "settled": 0, "left": 0}

    def test_a_year_without_announced_holidays_is_said_and_not_guessed(self, prolonged: Any):
        newly_high_tech()
        with pytest.raises(CalendarUnknown, match="2098 年的放假安排尚未收录"):
            actions.make_offers(run_of(), by=officer(), on=date(2098, 12, 30))
        assert not Claim.objects.exists()

    def test_an_offer_may_reach_into_such_a_year_and_then_shows_a_provisional_day(self, prolonged: Any):
        """Nothing is known of 2027: thirty working days after 26 November 2026 go by the week there, New Year's Day counts."""
        newly_high_tech()
        assert actions.make_offers(run_of(), by=officer(), on=date(2026, 11, 26))["made"] == 1
        claim = Claim.objects.get()
        assert claim.due_on == date(2027, 1, 7)
        assert is_provisional(claim.due_on)

    def test_officers_are_warned_of_an_end_before_such_a_year(self, prolonged: Any):
        """The warning is reckoned when the offers are made: it does not fail for want of a calendar."""
        assert actions.little_time(policy("panjin-2019-29"), date(2026, 11, 26)) == ""
        prolonged("2026-12-31")
        assert "2026年12月31日之后不能再决定" in actions.little_time(policy("panjin-2019-29"), date(2026, 11, 26))

    def test_many_are_offered_with_progress(self, monkeypatch: pytest.MonkeyPatch):
        from quintet.redemption.actions import claims

        monkeypatch.setattr(claims, "CHUNK", 2)
        for _number in range(5):
            newly_high_tech()
        told: list[tuple[int, int]] = []
        actions.make_offers(run_of(), by=officer(), on=ON, progress=lambda done, total, _message: told.append((done, total)))
        assert told == [(2, 5), (4, 5), (5, 5)]
        assert Claim.objects.count() == 5

    def test_offers_lapse_after_their_last_day_and_not_on_it(self):
        claim = offered()
        assert actions.lapse_overdue(on=claim.due_on) == 0
        assert actions.lapse_overdue(on=date(2021, 2, 20)) == 1
        claim.refresh_from_db()
        assert (claim.state, claim.closed_on) == ("lapsed", date(2021, 2, 20))
        with pytest.raises(WrongState, match="逾期失效"):
            confirmed(claim)

    @pytest.mark.parametrize("role", ["applicant", "finance_officer", "leader", "auditor"])
    def test_officers_and_operators_make_offers(self, make_user: Any, role: str):
        newly_high_tech()
        with pytest.raises(NotAllowed):
            actions.make_offers(run_of(), by=make_user(role), on=ON)


class TestConfirmation:
    def test_one_click_brings_it_to_the_department_with_facts_of_today(self):
        claim = confirmed()
        assert (claim.state, claim.step, claim.unit, claim.changed) == ("handled", "form_check", "stb", "")
        assert claim.due_on == date(2021, 1, 7)
        assert claim.evaluation.inputs["enterprise"][0]["high_tech_recognised_on"] == "2020-09-15"
        assert [(step.kind, step.outcome) for step in claim.steps.all()] == [("confirmation", "passed"), ("form_check", "")]

    def test_a_fact_changed_meanwhile_is_told_to_a_person(self):
        claim = offered()
        Recognition.objects.update(granted_on=date(2019, 9, 15))
        claim = confirmed(claim)
        assert claim.state == "handled"
        assert claim.amount_fen is None
        assert "不能享受" in claim.changed
        with pytest.raises(DomainError, match="按现有事实不能兑现"):
            proposed(checked(claim))

    def test_only_who_may_act_for_the_organisation_confirms(self, make_user: Any):
        claim = offered()
        by = member(claim.organisation)
        its = account(claim.organisation, by)
        for stranger in (make_user("applicant"), officer(), make_user("operator")):
            with pytest.raises(NotAllowed, match="不能代表"):
                actions.confirm_offer(claim, account=its, by=stranger, on=ON)

    def test_twice_is_refused_and_changes_nothing(self):
        claim = confirmed()
        with pytest.raises(WrongState, match="办理中"):
            confirmed(claim)
        assert claim.steps.count() == 2

    def test_money_goes_to_an_account_in_the_payees_own_name(self):
        claim = offered()
        by = member(claim.organisation)
        with pytest.raises(DomainError, match="户名与收款人不一致"):
            account(claim.organisation, by, holder="王某")
        other = newly_high_tech(7)
        elsewhere = account(other, member(other, "other"))
        with pytest.raises(DomainError, match="不是收款人自己的账户"):
            actions.confirm_offer(claim, account=elsewhere, by=by, on=ON)
        assert Claim.objects.get(pk=claim.pk).state == "offered"

    def test_an_account_number_is_encrypted_masked_and_kept_once(self):
        claim = offered()
        by = member(claim.organisation)
        first = account(claim.organisation, by)
        assert str(first).endswith("****7890")
        assert account(claim.organisation, by, number="6222 0212 3456 7890") == first
        assert PayeeAccount.objects.count() == 1
        assert "6222021234567890" not in str(list(AuditEntry.objects.values()))

    @pytest.mark.parametrize("number", ["", "1234567", "1" * 31, "62220212345678AB"])
    def test_an_account_number_that_cannot_be(self, number: str):
        from django.core.exceptions import ValidationError

        claim = offered()
        with pytest.raises(ValidationError):
            account(claim.organisation, member(claim.organisation), number=number)


class TestFormCheck:
    def test_one_notice_tells_everything_missing_and_the_clock_stands(self):
        claim = confirmed()
        claim = actions.check_form(
            claim, checked=all_there(claim), missing=["高新技术企业证书", " ", "开户许可"], by=officer(), on=date(2021, 1, 5)
        )
        assert (claim.state, claim.step) == ("correction", "form_check")
        assert claim.steps.get(outcome="returned").opinion == "高新技术企业证书\n开户许可"
        claim = actions.resubmit(claim, note="已寄送", by=member(claim.organisation), on=date(2021, 1, 20))
        assert (claim.state, claim.due_on) == ("handled", date(2021, 1, 22))  # two of three working days were left
        assert [step.outcome for step in claim.steps.all()] == ["passed", "returned", ""]

    @pytest.mark.parametrize("unit", ["finance", "hrss"])
    def test_another_department_cannot(self, unit: str):
        claim = confirmed()
        with pytest.raises(NotAllowed):
            actions.check_form(claim, checked=all_there(claim), by=officer("elsewhere", unit=unit), on=ON)

    def test_who_acts_or_acted_for_the_organisation_keeps_away(self):
        claim = confirmed()
        insider = member(claim.organisation, "insider")
        RoleGrant.objects.create(user=insider, role="officer", unit="stb", granted_on=date(2019, 1, 1))
        with pytest.raises(NotAllowed, match="回避"):
            actions.check_form(claim, checked=all_there(claim), by=insider, on=ON)
        insider.person.memberships.update(revoked_on=date(2020, 1, 1))
        with pytest.raises(NotAllowed, match="回避"):
            actions.check_form(claim, checked=all_there(claim), by=insider, on=ON)


class TestDecision:
    def test_two_officers_grant_what_the_rule_gives(self):
        claim = granted()
        assert (claim.state, claim.step, claim.decided_fen) == ("granted", "public_notice", 100_000_00)
        decision = Decision.objects.get()
        assert (decision.confirmed, decision.proposed_by.username, decision.confirmed_by.username) == (True, "officer1", "officer2")
        assert list(AuditEntry.objects.filter(record=f"redemption.claim:{claim.pk}").order_by("number").values_list("action", flat=True)) == [
            "redemption.offer", "redemption.confirm", "redemption.check_form", "redemption.propose", "redemption.decide",
        ]  # fmt: skip
        assert guards.problems() == []

    def test_nobody_confirms_their_own_decision_not_even_past_the_action(self):
        claim = proposed()
        with pytest.raises(NotAllowed, match="承办人"):
            actions.confirm_decision(claim, confirmed=True, by=officer(), on=ON)
        with pytest.raises(IntegrityError, match="redemption_four_eyes"), transaction.atomic():
            Decision.objects.update(confirmed=True, confirmed_by=officer(), confirmed_under=F("proposed_under"))

    def test_a_decision_sent_back_is_proposed_anew(self):
        claim = proposed()
        second = officer("officer2")
        with pytest.raises(DomainError, match="写明意见"):
            actions.confirm_decision(claim, confirmed=False, by=second, on=ON)
        claim = actions.confirm_decision(claim, confirmed=False, remark="请补充理由", by=second, on=ON)
        assert (claim.state, claim.step) == ("handled", "decision")
        assert granted(proposed(claim)).state == "granted"
        assert Decision.objects.count() == 2

    def test_a_refusal_has_reasons_and_ends_the_claim(self):
        claim = checked()
        with pytest.raises(DomainError, match="必须写明理由"):
            proposed(claim, granted=False)
        claim = granted(proposed(claim, granted=False, reasons="证书已被撤销"))
        assert (claim.state, claim.step, claim.decided_fen) == ("refused", "", None)

    @pytest.mark.parametrize(
        ("amount", "reason"), [(100_000_01, "超过上限"), (99_999_99, "定额"), (0, "填写决定的金额"), (-1, "填写决定的金额")]
    )
    def test_the_amount_of_a_fixed_award_is_what_the_rule_gives(self, amount: int, reason: str):
        with pytest.raises(DomainError, match=reason):
            proposed(checked(), amount_fen=amount, reasons="x")
        assert not Decision.objects.exists()

    def test_the_database_holds_that_no_more_is_decided_than_the_rule_gives(self):
        claim = granted()
        with pytest.raises(IntegrityError, match="redemption_decided_within_the_amount"), transaction.atomic():
            Claim.objects.filter(pk=claim.pk).update(amount_fen=99_999_99)

    def test_two_officers_at_once_make_one_proposal(self):
        claim = checked()
        proposed(claim)
        with pytest.raises(DomainError, match="待复核"):
            actions.propose(claim, granted=False, reasons="x", by=officer("officer3"), on=ON)
        assert Decision.objects.count() == 1

    def test_nothing_is_decided_before_the_form_was_checked(self):
        with pytest.raises(DomainError, match="形式审查"):
            proposed(confirmed())

    def test_an_incubator_is_led_by_its_department(self):
        claim = granted(proposed(checked(confirmed(offered_incubator()))))
        assert (claim.state, claim.decided_fen, claim.clause) == ("granted", 200_000_00, "T19")


def test_every_state_is_reached_and_left_by_some_event():
    reached = set(MOVES.values())
    assert reached | {State.OFFERED, State.DRAFT} == set(State)
    left = {state for state, _event in MOVES}
    assert set(State) - left == {State.REFUSED, State.WITHDRAWN, State.LAPSED, State.RETURNED, State.DELIVERED}


def test_an_event_that_does_not_fit_is_refused_in_words():
    with pytest.raises(WrongState, match="现在是“已拨付”"):
        after("paid", "confirm")
