"""Below, at and above each limit of the books, who is refused, and what stands in the audit chain."""

from typing import Any

import pytest
from django.utils.translation import override

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry
from quintet.ledger import actions, queries
from quintet.ledger.actions import LONGEST
from quintet.ledger.errors import AlreadyBooked, CeilingExceeded, Overdrawn
from quintet.ledger.models import Account, Appropriation, Budget, CommitmentStep, Entry, Fund
from tests.ledger.books import MILLION, ON, YUAN, appropriate, award, balances, committed, confirming_finance, finance, special_funds

pytestmark = pytest.mark.django_db
LABEL = {"zh": "专项", "en": "Special"}


def titles(action: str) -> list[str]:
    return list(AuditEntry.objects.filter(action=action).order_by("number").values_list("title", flat=True))


class TestOpening:
    def test_a_budget_is_opened_once_and_recorded_once(self):
        for _again in range(2):
            actions.open_budget(pack="p", code="c", clause="S2", label=LABEL, funds={}, has_ceiling=False, by=finance())
        assert titles("ledger.open_budget") == ["设立资金渠道：专项"]
        assert list(Fund.objects.values_list("code", "label_zh")) == [("c", "专项")]

    def test_a_year_is_opened_once_and_recorded_once_for_each_fund(self):
        fund, _other = special_funds()
        actions.open_year(fund.budget, 2020, ceiling_fen=20 * MILLION, by=finance(), on=ON)
        assert titles("ledger.open_year") == ["开立 2020 年度：高新技术产业资金", "开立 2020 年度：农业科技资金"]

    def test_a_fund_that_a_policy_adds_later_is_opened_and_recorded(self):
        fund, _other = special_funds()
        Fund.objects.create(budget=fund.budget, code="third", label_zh="第三项", label_en="Third")
        actions.open_year(fund.budget, 2020, ceiling_fen=20 * MILLION, by=finance(), on=ON)
        assert titles("ledger.open_year")[2:] == ["开立 2020 年度：第三项"]

    def test_neither_budget_nor_year_by_who_is_not_finance(self, make_user: Any):
        fund, _other = special_funds()
        other = make_user("operator")
        with pytest.raises(NotAllowed):
            actions.open_budget(pack="p", code="c", clause="S2", label=LABEL, funds={}, has_ceiling=False, by=other)
        with pytest.raises(NotAllowed):
            actions.open_year(fund.budget, 2021, ceiling_fen=1, by=other, on=ON)
        with pytest.raises(NotAllowed):
            actions.open_year(fund.budget, 2020, ceiling_fen=20 * MILLION, by=other, on=ON)
        assert not Budget.objects.filter(pack="p").exists()
        assert not Account.objects.filter(year=2021).exists()

    @pytest.mark.parametrize(("has", "given"), [(True, None), (False, 1)])
    def test_a_ceiling_belongs_to_a_budget_that_has_one(self, has: bool, given: int | None):
        budget = actions.open_budget(pack="p", code="c", clause="S2", label=LABEL, funds={}, has_ceiling=has, by=finance())
        with pytest.raises(ValueError, match="ceiling"):
            actions.open_year(budget, 2020, ceiling_fen=given, by=finance(), on=ON)

    def test_each_change_of_a_ceiling_is_an_entry_of_its_own_and_none_is_none(self):
        budget = actions.open_budget(pack="q", code="c", clause="S2", label=LABEL, funds={}, has_ceiling=True, by=finance())
        for ceiling in (0, 500, 500, 700, 300, 301):
            actions.open_year(budget, 2020, ceiling_fen=ceiling, by=finance(), on=ON)
            assert actions.ceiling_of(budget, 2020) == ceiling
        made = queries.ceiling_entries(budget, 2020).values_list("kind", "amount_fen", "key")
        stem = f"ceiling:{budget.pk}:2020"
        assert list(made) == [
            ("ceiling", 500, f"{stem}:1"), ("ceiling", 200, f"{stem}:2"), ("ceiling_cut", 400, f"{stem}:3"), ("ceiling", 1, f"{stem}:4"),
        ]  # fmt: skip


class TestAmounts:
    @pytest.mark.parametrize(("amount", "taken"), [(-1, False), (0, False), (1, True)])
    def test_of_an_appropriation_and_of_an_entry(self, amount: int, taken: bool):
        fund, _other = special_funds()
        commitment = committed(fund)
        for work in (
            lambda: actions.propose_appropriation(fund, 2020, amount, reference="财指9号", by=finance(), on=ON),
            lambda: actions.release(commitment, amount, key="k", memo="核减", by=finance(), on=ON),
        ):
            if taken:
                assert work().amount_fen == amount
            else:
                with pytest.raises(DomainError, match="金额必须大于零"):
                    work()

    @pytest.mark.parametrize("more", [-1, 0, 1])
    def test_of_a_text_what_fits_is_kept_whole_and_what_does_not_is_refused(self, more: int):
        fund, _other = special_funds()
        commitment = committed(fund)
        long = {name: "长" * (most + more) for name, most in LONGEST.items()}

        def entered() -> None:
            made = actions.propose_appropriation(
                fund, 2020, 100, reference=long["reference"], memo=f" {long['memo']} ", by=finance(), on=ON
            )
            assert (made.reference, made.memo) == (long["reference"], long["memo"])
            assert made.document
            made.refresh_from_db()
            assert len(made.memo) == 200 + more

        def decided() -> None:
            made = actions.propose_appropriation(fund, 2020, 100, reference="财指7号", by=finance(), on=ON)
            actions.confirm_appropriation(made, confirmed=False, remark=long["remark"], by=confirming_finance(), on=ON)
            assert Appropriation.objects.get(pk=made.pk).remark == long["remark"]

        def booked() -> None:
            paid = actions.pay(commitment, 1, key="p", reference=long["reference"], by=finance(), on=ON)
            freed = actions.release(commitment, 1, key="r", memo=long["memo"], by=finance(), on=ON)
            assert (paid.reference, freed.memo) == (long["reference"], long["memo"])

        for work in (entered, decided, booked):
            if more <= 0:
                work()
            else:
                with pytest.raises(DomainError, match="最多"):
                    work()

    def test_what_cannot_be_read_as_a_number_of_a_document_is_named(self):
        fund, _other = special_funds()
        with pytest.raises(DomainError) as caught:
            actions.propose_appropriation(fund, 2020, 100, reference=" 1.23457E+15 ", by=finance(), on=ON)
        assert caught.value.where == "1.23457E+15"
        assert not Appropriation.objects.filter(amount_fen=100).exists()

    def test_a_payee_keeps_the_whole_name(self):
        fund, _other = special_funds()
        name = "示" * 160
        made = actions.commit(fund, 2020, award(payee=name), 100, by=finance(), on=ON)
        made.refresh_from_db()
        assert made.payee == name


class TestChain:
    def test_an_appropriation_says_what_was_proposed_and_how_it_was_decided(self):
        fund, _other = special_funds(each_fen=0)
        appropriate(fund, 2020, 100 * YUAN, reference="财指1号")
        refused = actions.propose_appropriation(fund, 2020, 200 * YUAN, reference="财指2号", by=finance(), on=ON)
        actions.confirm_appropriation(refused, confirmed=False, remark="文号不对", by=confirming_finance(), on=ON)
        assert [title.split("：")[0] for title in titles("ledger.propose_appropriation")] == [
            "拟安排 100.00 元",
            "拟安排 200.00 元",
        ]
        assert [title.split("：")[0] for title in titles("ledger.confirm_appropriation")] == ["复核入账", "复核未通过"]
        line = AuditEntry.objects.filter(action="ledger.propose_appropriation").order_by("number")[0]
        assert (line.details["amount_fen"], line.details["fund"], line.by) == (100 * YUAN, fund.pk, finance())

    def test_an_entry_names_its_commitment_else_its_fund_else_its_budget(self):
        fund, _other = special_funds(each_fen=10 * YUAN)
        committed(fund, 1 * YUAN)
        named = {action: titles(f"ledger.{action}")[0].split("：")[1] for action in ("commitment", "appropriation", "ceiling")}
        assert named == {"commitment": "示例公司 2020", "appropriation": "高新技术产业资金", "ceiling": "科技专项资金"}

    def test_names_in_both_languages_and_in_chinese_where_none_is_chosen(self):
        fund, _other = special_funds()
        account = Account.objects.get(fund=fund, kind="paid")
        joint = Account.objects.get(budget=fund.budget, fund=None, kind="room")
        with override("en"):
            assert str(fund) == "High-tech"
        with override("zh-hans"):
            assert str(fund) == "高新技术产业资金"
            assert (str(account), str(joint)) == ("高新技术产业资金 2020 已拨付", "科技专项资金 2020 上限余额")
        with override(None):
            assert str(fund) == "高新技术产业资金"


class TestRefusals:
    def test_beyond_the_ceiling_the_sentence_adds_up(self):
        first, _second = special_funds(10 * YUAN, each_fen=20 * YUAN)
        committed(first, 7 * YUAN, "a")
        with pytest.raises(CeilingExceeded) as caught:
            committed(first, 5 * YUAN, "b")
        assert "合计上限 10.00 元，已占用 7.00 元，只余 3.00 元；本笔 5.00 元，超出 2.00 元" in caught.value.message

    def test_beyond_what_is_held_the_sentence_says_what_is(self):
        fund, _other = special_funds()
        commitment = committed(fund, 100 * YUAN)
        actions.pay(commitment, 40 * YUAN, key="p", reference="凭证1", by=finance(), on=ON)
        with pytest.raises(Overdrawn, match=r"本笔 60.01 元，可用 60.00 元"):
            actions.release(commitment, 60 * YUAN + 1, key="r", memo="核减", by=finance(), on=ON)
        with pytest.raises(Overdrawn, match=r"本笔 40.01 元，可用 40.00 元"):
            actions.take_back(commitment, 40 * YUAN + 1, key="t", reference="缴款1", memo="追回", by=finance(), on=ON)
        actions.release(commitment, 60 * YUAN, key="r", memo="核减", by=finance(), on=ON)
        actions.take_back(commitment, 40 * YUAN, key="t", reference="缴款1", memo="追回", by=finance(), on=ON)
        assert balances(fund)["returned"] == 40 * YUAN

    def test_a_key_is_booked_once_and_never_instead_of_another(self):
        fund, _other = special_funds()
        commitment = committed(fund, 100 * YUAN)
        first = actions.pay(commitment, 40 * YUAN, key="p", reference="凭证1", by=finance(), on=ON)
        with pytest.raises(AlreadyBooked):
            actions.pay(commitment, 40 * YUAN, key="p", reference="凭证2", by=finance(), on=ON)
        assert Entry.objects.get(key="p").reference == first.reference == "凭证1"


class TestReading:
    def test_years_and_rooms(self):
        fund, other = special_funds(10 * YUAN, each_fen=20 * YUAN)
        special_funds(30 * YUAN, year=2021, each_fen=40 * YUAN)
        more = actions.open_budget(pack="panjin-2019-29", code="zz", clause="T9", label=LABEL, funds={}, has_ceiling=False, by=finance())
        actions.open_year(more, 2022, ceiling_fen=None, by=finance(), on=ON)
        committed(fund, 4 * YUAN, "a")
        assert queries.years("panjin-2019-29") == [2022, 2021, 2020]
        found = queries.rooms(("panjin-2019-29", "special_funds"), [2019, 2020, 2021, 2022], ON)
        assert [(year, [state.fund for state in states], room) for year, states, room in found] == [
            (2020, [fund, other], 6 * YUAN),
            (2021, [fund, other], 30 * YUAN),
        ]
        assert [(year, room) for year, _states, room in queries.rooms(("panjin-2019-29", "zz"), [2020, 2022], ON)] == [(2022, None)]

    def test_the_state_of_one_budget_among_several(self):
        fund, _other = special_funds()
        more = actions.open_budget(pack="panjin-2019-29", code="aa", clause="T9", label=LABEL, funds={}, has_ceiling=False, by=finance())
        actions.open_year(more, 2020, ceiling_fen=None, by=finance(), on=ON)
        assert queries.budget_state(fund.budget, 2020, on=ON).budget == fund.budget
        shown = queries.budget_state(more, 2020, on=ON)
        assert (shown.budget, shown.ceiling, shown.room, shown.alert) == (more, None, None, 0)

    def test_a_fund_that_is_not_opened_in_the_year_hides_none_after_it(self):
        fund, _other = special_funds()
        Fund.objects.create(budget=fund.budget, code="later", label_zh="以后", label_en="Later")
        more = actions.open_budget(pack="panjin-2019-29", code="zz", clause="T9", label=LABEL, funds={}, has_ceiling=False, by=finance())
        actions.open_year(more, 2020, ceiling_fen=None, by=finance(), on=ON)
        assert [state.budget for state in queries.states("panjin-2019-29", 2020, ON)] == [fund.budget, more]

    def test_what_was_paid_out_holds_what_came_back(self):
        fund, _other = special_funds()
        commitment = committed(fund, 100 * YUAN)
        actions.pay(commitment, 90 * YUAN, key="p", reference="凭证1", by=finance(), on=ON)
        actions.take_back(commitment, 30 * YUAN, key="t", reference="缴款1", memo="追回", by=finance(), on=ON)
        (state, _none) = queries.states("panjin-2019-29", 2020, ON)[0].funds
        assert (state.paid, state.returned, state.paid_out, state.committed) == (60 * YUAN, 30 * YUAN, 90 * YUAN, 100 * YUAN)

    @pytest.mark.parametrize(("used", "limit", "mark"), [(0, 1, 0), (1, 1, 90), (0, 0, 0), (1, 0, 0), (69, 100, 0), (70, 100, 70)])
    def test_marks_of_small_limits(self, used: int, limit: int, mark: int):
        assert queries.alert_of(used, limit) == mark

    def test_sums_of_a_month_count_its_first_day_and_each_kind_from_nothing(self):
        fund, _other = special_funds()
        first = ON.replace(day=1)
        one = committed(fund, 100, "a", on=first)
        assert queries.sums(fund, 2020, "clause", first) == {"T6": {"committed": 100, "paid": 0, "returned": 0}}
        actions.pay(one, 60, key="p", reference="凭证1", by=finance(), on=first)
        actions.take_back(one, 10, key="t", reference="缴款1", memo="追回", by=finance(), on=first)
        assert queries.sums(fund, 2020, "month", ON) == {"2020-06": {"committed": 100, "paid": 60, "returned": 10}}

    def test_steps_of_a_commitment_number_themselves(self):
        fund, _other = special_funds()
        commitment = committed(fund, 100)
        actions.pay(commitment, 60, key="p", reference="凭证1", by=finance(), on=ON)
        assert list(CommitmentStep.objects.filter(commitment=commitment).order_by("number").values_list("number", flat=True)) == [1, 2]
