import io
import re
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from quintet.core.errors import DomainError
from quintet.core.models import Job
from quintet.directory.models import Recognition
from quintet.policies.engine import policy
from quintet.policies.results import ORDER, by_award, sums, view_of
from quintet.redemption import queries
from quintet.redemption.actions import evaluate_organisation, explain_entitlement
from quintet.redemption.models import Entitlement, EntitlementRun
from quintet.redemption.queries import clause_totals
from quintet.redemption.views.city import few
from tests.directory.city import loan, organisation
from tests.redemption.applications import project
from tests.redemption.city import PANJIN, YEAR_END, incubator, member_of, newly_high_tech, patent_loan, run_of

pytestmark = pytest.mark.django_db


def amounts(run: EntitlementRun) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for rule, amount in run.entitlements.filter(state="entitled").order_by("pk").values_list("rule", "amount"):
        found.setdefault(rule, []).append(amount)
    return found


def test_the_city_of_a_year_is_what_the_rules_give():
    first = newly_high_tech()
    incubator(first)
    patent_loan(first, 10_000_000)
    run = run_of()
    assert amounts(run) == {
        "high_tech_award": [100_000_00],
        "national_incubator_award": [200_000_00],
        "loan_interest_subsidy": [220_520_83],
    }


def test_the_yearly_limit_of_an_enterprise_cuts_the_sum_over_its_loans():
    firm = organisation()
    patent_loan(firm, 10_000_000, "HT-1")
    patent_loan(firm, 30_000_000, "HT-2")
    run = run_of()
    assert amounts(run)["loan_interest_subsidy"] == [220_520_83, 500_000_00 - 220_520_83]
    assert run.entitlements.get(amount=279_479_17).before_limit == 661_562_50


def test_in_a_year_after_the_recognition_nothing_is_given():
    newly_high_tech()
    assert "high_tech_award" not in amounts(run_of(2021))


@pytest.mark.parametrize(("year", "ceiling"), [(2020, 2_000_000_000), (2021, 2_000_000_000), (2022, None)])
def test_a_year_after_the_policy_has_no_ceiling_of_its_own(year: int, ceiling: int | None, make_user: Any, client: Client):
    firm = newly_high_tech()
    loan(
        organisation=firm, contract_number="HT-9", principal_fen=100_000_000, drawn_on=date(2021, 9, 1), due_on=date(2022, 3, 1), released=True,
        interest_paid_fen=5_000_000, interest_settled_on=date(2022, 3, 1),
    )  # fmt: skip
    run = run_of(year)
    budgets = {line["code"]: line["ceiling"] for line in queries.city_totals(run, policy(PANJIN), {})["budgets"]}
    assert set(budgets.values()) <= {ceiling}
    assert budgets or year == 2021
    client.force_login(make_user("leader"))
    page = client.get(reverse("redemption:city"), {"year": year}).content.decode()
    assert ("本年度没有上限" in page) == (year == 2022)


def test_totals_count_the_refusals_too():
    newly_high_tech()
    organisation()
    Recognition.objects.filter(organisation__name__contains="2").delete()
    run = run_of()
    counted = sum(total.count for total in run.totals.filter(rule="high_tech_award"))
    assert counted == 2


def test_a_line_leads_to_its_explanation_and_that_is_kept(make_user):
    newly_high_tech()
    entitlement = run_of().entitlements.get(rule="high_tech_award")
    officer = make_user("officer", unit="stb")
    first = explain_entitlement(entitlement, by=officer)
    Recognition.objects.all().delete()
    again = explain_entitlement(Entitlement.objects.get(pk=entitlement.pk), by=officer)
    assert (again.pk, again.result) == (first.pk, first.result)
    assert again.version.files["panjin-2019-29/pack.yaml"]


def test_the_page_of_the_city_asks_a_constant_number_of_queries(client: Client, make_user, django_assert_max_num_queries):
    client.force_login(make_user("leader"), backend="django.contrib.auth.backends.ModelBackend")
    for number in range(1, 31):
        newly_high_tech(number)
    run_of()
    with django_assert_max_num_queries(12):
        assert "300 万元" in client.get(reverse("redemption:city"), {"year": 2020}).content.decode()
    with django_assert_max_num_queries(12):
        page = client.get(reverse("redemption:entitlements"), {"year": 2020}).content.decode()
    assert page.count("100,000.00") == 30


def test_the_export_holds_exactly_the_filtered_lines_in_the_chosen_columns(client: Client, make_user):
    client.force_login(make_user("officer", unit="stb"), backend="django.contrib.auth.backends.ModelBackend")
    firm = newly_high_tech(name="=cmd|'/c calc'!A1")
    incubator(firm)
    run_of()
    answer = client.get(
        reverse("redemption:entitlements-export"),
        {
            "year": 2020,
            "clause": "T6",
            "state": "entitled",
            "column": ["clause", "organisation", "amount", "subject", "industry", "budget"],
        },
    )
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True))
    assert rows[0] == ("条款", "单位", "财政金额（元）", "对象类型", "行业", "资金渠道")
    assert [(row[0], *row[2:]) for row in rows[1:]] == [("第6项任务", 100_000, "企业", "26 化学原料和化学制品制造业", "科技专项资金")]
    assert not str(rows[1][1]).startswith("=")


def test_an_officer_starts_an_evaluation_and_sees_its_progress(client: Client, make_user):
    newly_high_tech()
    client.force_login(make_user("officer", unit="stb"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(reverse("redemption:city-run"), {"year": "2020"}, follow=True)
    assert answer.status_code == 200
    assert Job.objects.get().state == "done"
    assert EntitlementRun.objects.get().ready


def test_only_members_and_officials_see_an_organisation(make_user):
    firm, chosen = newly_high_tech(), policy(PANJIN)
    member, stranger = make_user("applicant"), make_user("applicant")
    member_of(member, firm)
    assert evaluate_organisation(firm, chosen, on=YEAR_END, by=member).title == firm.name
    with pytest.raises(DomainError):
        evaluate_organisation(firm, chosen, on=YEAR_END, by=stranger)


def test_my_entitlements_show_the_year_chosen(client: Client, make_user):
    firm, user = newly_high_tech(), make_user("applicant")
    member_of(user, firm)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "100,000.00" in client.get(reverse("redemption:my-entitlements"), {"year": "2020"}).content.decode()
    assert date(2020, 9, 15).year == 2020


def test_my_entitlements_are_one_list_of_awards_folded_each_with_its_sum(client: Client, make_user):
    firm, user = newly_high_tech(), make_user("applicant")
    member_of(user, firm)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("redemption:my-entitlements"), {"year": "2020"}).content.decode()
    awards = re.findall(r'<li id="award-(\w+)"><details>', page)
    assert awards[0] == "high_tech_award"
    assert len(awards) == len(set(awards))
    summary = re.search(r'id="award-high_tech_award"><details><summary>(.*?)</summary>', page, re.DOTALL)
    assert summary is not None
    assert "可以享受" in summary[1]
    assert "10 万元" in summary[1]
    assert '<details class="card" open' not in page


def test_awards_of_several_projects_stand_under_one_award():
    def line(name, state, amount):
        outcome = {"rule": "r", "title": {"zh": "奖"}, "amount": amount}
        return {"name": name, "by_state": {kind: [outcome] if kind == state else [] for kind in ORDER}}

    awards = by_award(
        [line("甲", "decision", 300), line("乙", "entitled", 500), line("丙", "entitled", 200), line("丁", "not_entitled", 0)]
    )
    assert [(award["rule"], award["state"], award["entitled"], award["decision"]) for award in awards] == [("r", "entitled", 700, 300)]
    assert [row["name"] for row, _outcome in awards[0]["lines"]] == ["乙", "丙", "甲"]


def test_a_clause_tells_what_has_been_paid_by_it_and_folds_its_examples(client: Client):
    newly_high_tech()
    page = client.get(reverse("policies:clause", args=[PANJIN, "T6"])).content.decode()
    assert re.search(r"<h1[^>]*>\s*第6项任务 ", page)
    assert re.search(r"<details><summary>算例（\d+ 个）</summary>", page)
    assert "累计净拨付" not in page  # nothing evaluated, nothing paid
    run_of()
    assert re.search(r"累计净拨付 <b class=\"nowrap\">0 ", client.get(reverse("policies:clause", args=[PANJIN, "T6"])).content.decode())


def test_a_subject_with_unreadable_facts_is_told_and_not_counted():
    firm = newly_high_tech()
    firm.yearly_facts.create(year=2019, name="staff", value=9_000_000, standing=3, source="错误")
    run = run_of()
    assert [item["subject"] for item in run.problems] == ["enterprise"]
    assert not run.entitlements.exists()


def test_looking_twice_at_the_same_facts_keeps_one_evaluation(make_user):
    firm, chosen, officer = newly_high_tech(), policy(PANJIN), make_user("officer", unit="stb")
    first = evaluate_organisation(firm, chosen, on=YEAR_END, by=officer)
    assert evaluate_organisation(firm, chosen, on=YEAR_END, by=officer) == first
    firm.recognitions.update(granted_on=date(2020, 10, 1))
    assert evaluate_organisation(firm, chosen, on=YEAR_END, by=officer) != first


def researchers(firm) -> None:
    """A transfer project with an income of 1,000,000 in 2020, of which 800,000 may go to its researchers: their own money."""
    project(firm, net_income_fen=100_000_000, net_income_on=date(2020, 5, 1))


def test_own_money_is_no_sum_of_the_city_in_list_export_and_clause(client: Client, make_user):
    client.force_login(make_user("officer", unit="stb"), backend="django.contrib.auth.backends.ModelBackend")
    firm = newly_high_tech()
    researchers(firm)
    run_of()
    page = client.get(reverse("redemption:entitlements"), {"year": 2020, "rule": "researchers_reward"}).content.decode()
    assert "自有资金 800,000.00 元" in page
    assert "可以享受</span>" not in page
    columns = {"year": 2020, "state": "entitled", "column": ["title", "state", "amount", "own_money"]}
    answer = client.get(reverse("redemption:entitlements-export"), columns)
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True))
    assert rows[0] == ("事项", "状态", "财政金额（元）", "不由财政给付的金额（元）")
    told = {row[0]: row[1:] for row in rows[1:]}
    assert told["科技人员收益比例"] == ("自有资金", None, 800_000)
    assert told["新认定高新技术企业奖励"] == ("可以享受", 100_000, None)
    assert [line["entitled"] for line in clause_totals(PANJIN, "T9")] == [0]


def test_the_tiles_count_what_the_list_below_them_shows(client: Client, make_user):
    firm, user = newly_high_tech(), make_user("applicant")
    project(firm, name="没有填收入的项目", net_income_fen=None)
    member_of(user, firm)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    evaluation = evaluate_organisation(firm, policy(PANJIN), on=YEAR_END, by=user)
    shown, found = by_award(view_of(evaluation.result)), sums(evaluation.result)
    for state in ("decision", "unknown", "waiting"):
        assert found[f"count_{state}"] == sum(award["counts"].get(state, 0) for award in shown)
    assert found["count_unknown"] > 0
    assert found["count_entitled"] == sum(award["counts"].get("entitled", 0) for award in shown)
    page = client.get(reverse("redemption:my-entitlements"), {"year": "2020"}).content.decode()
    assert f'<p class="sum">{found["count_unknown"]} 项</p>' in page


@pytest.mark.parametrize(
    ("number", "bars", "last"), [(9, 9, "行业8"), (10, 10, "行业9"), (11, 10, "其余 2 个行业"), (30, 10, "其余 21 个行业")]
)
def test_industries_beyond_the_bars_are_told_with_what_they_have(number: int, bars: int, last: str):
    lines = [{"label": f"行业{n}", "entitled": 100 - n} for n in range(number)]
    shown = few([*lines, {"label": "没有的", "entitled": 0}])
    assert (len(shown), shown[-1]["label"]) == (bars, last)
    assert sum(line["entitled"] for line in shown) == sum(line["entitled"] for line in lines)
