"""A small demo city is loaded once for all tests of this file; the showcase in it is the same as in a large one."""

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from stdnum.cn import ric, uscc

from quintet.core.models import RoleGrant, User
from quintet.core.permissions import holds
from quintet.core.roles import OFFICIALS, Role
from quintet.demo.accounts import ACCOUNTS
from quintet.demo.city import YEARS, evaluate_years, load_registers
from quintet.directory.models import Carrier, Membership, Organisation, Person, Recognition, YearlyFact
from quintet.directory.queries import may_act_for
from quintet.finance.models import Loan
from quintet.market.models import TransferProject
from quintet.policies.engine import policy
from quintet.redemption.actions import evaluate_organisation
from quintet.redemption.models import Entitlement, EntitlementRun, EntitlementTotal
from quintet.talent.models import Talent, Team
from quintet.web.views.account import DEMO_PASSWORD, demo_accounts

PACK = "panjin-2019-29"
REGISTERS = [Organisation, Person, Membership, Recognition, Carrier, YearlyFact, Loan, TransferProject, Talent, Team]


def load(**options: Any) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **{"enterprises": 60, **options})
    return out.getvalue()


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: Any) -> Any:
    """Loaded and rolled back once for the whole file."""
    from django.db import transaction
    from django.test import override_settings

    with django_db_blocker.unblock(), override_settings(DEMO=True), transaction.atomic():
        yield load()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _demo(settings: Any) -> None:
    settings.DEMO = True


def test_every_official_is_somebody_of_the_register(city: Any):
    for username, _name, role, _unit in ACCOUNTS:
        if role in OFFICIALS:
            assert Person.objects.filter(user__username=username).count() == 1, username


def entitlement(rule: str, year: int, **more: Any) -> Entitlement:
    return Entitlement.objects.get(rule=rule, run__year=year, **more)


def firm(name: str) -> Organisation:
    return Organisation.objects.get(name__contains=name)


def contents(model: Any) -> list[dict[str, Any]]:
    """Every row without what a clock or a key ring decides."""
    return [
        {field.name: getattr(row, field.attname) for field in model._meta.concrete_fields if field.name not in ("id", "password")}
        for row in model.objects.order_by("pk")
    ]


def test_every_rule_is_granted_to_somebody_and_refused_to_somebody(city: str):
    answers: dict[str, set[str]] = {}
    for rule, state in EntitlementTotal.objects.values_list("rule", "state"):
        answers.setdefault(rule, set()).add({"entitled": "granted", "decision": "granted", "not_entitled": "refused"}.get(state, state))
    missing = {rule.id: {"granted", "refused"} - answers[rule.id] for rule in policy(PACK).pack.rules}
    assert {rule: lacks for rule, lacks in missing.items() if lacks} == {}


def test_every_rule_that_registers_can_leave_open_is_unknown_for_somebody(city: str):
    unknown = set(EntitlementTotal.objects.filter(state="unknown").values_list("rule", flat=True))
    always_known = {"high_tech_award", "strong_high_tech_support", "national_incubator_award", "team_grant"}
    assert {rule.id for rule in policy(PACK).pack.rules} - unknown == always_known


def test_the_three_years_are_evaluated_without_problems(city: str):
    runs = EntitlementRun.objects.order_by("year")
    assert [(run.year, run.ready, run.problems) for run in runs] == [(year, True, []) for year in YEARS]


def test_a_firm_newly_recognised_in_2020_has_its_award(city: str):
    award = entitlement("high_tech_award", 2020, organisation=firm("辰海"))
    assert (award.state, award.amount) == ("entitled", 100_000_00)
    assert not Entitlement.objects.filter(rule="high_tech_award", organisation=firm("辰海")).exclude(run__year=2020).exists()


def test_a_recognition_after_a_lapse_and_a_renewal_are_left_to_decision(city: str):
    for name in ("朔航", "凌科自动化"):
        assert entitlement("high_tech_award", 2020, organisation=firm(name)).state == "decision"


def test_ten_million_for_a_year_are_subsidised_by_the_formula(city: str):
    subsidy = entitlement("loan_interest_subsidy", 2020, organisation=firm("澜石"))
    assert (subsidy.state, subsidy.amount) == ("entitled", 220_520_83)


def test_thirty_million_are_cut_to_the_cap(city: str):
    subsidy = entitlement("loan_interest_subsidy", 2020, organisation=firm("恒岳"))
    assert (subsidy.amount, subsidy.before_limit) == (500_000_00, 661_562_50)


def test_two_loans_of_one_firm_share_one_cap(city: str):
    subsidies = Entitlement.objects.filter(rule="loan_interest_subsidy", run__year=2020, organisation=firm("宏景"))
    assert subsidies.count() == 2
    assert sum(subsidy.amount for subsidy in subsidies) == 500_000_00


def test_interest_that_nobody_recorded_leaves_the_subsidy_unknown(city: str):
    states = Entitlement.objects.filter(rule="loan_interest_subsidy", run__year=2020, organisation=firm("森茂")).values_list("state")
    assert set(states) == {("unknown",), ("waiting",)}  # not paid out as far as is known; not due before 2021
    states = Entitlement.objects.filter(rule="loan_interest_subsidy", run__year=2021, organisation=firm("森茂"), state="unknown")
    assert states.count() == 1


def test_the_founder_has_three_instalments(city: str):
    founder = Talent.objects.get(person__name="沈知远")
    for year in YEARS:
        subsidy = entitlement("founder_subsidy", year, subject_id=founder.pk)
        assert (subsidy.state, subsidy.amount) == ("entitled", 36_000_00)


def test_one_day_after_five_years_is_too_late_to_found(city: str):
    founders = {name: Talent.objects.get(person__name=name).pk for name in ("汤若溪", "易修然")}
    granted = Entitlement.objects.filter(rule="founder_subsidy", run__year=2020).values_list("subject_id", flat=True)
    assert founders["汤若溪"] in granted
    assert founders["易修然"] not in granted


def test_who_founded_nothing_and_bought_no_home_has_no_subsidy_for_either(city: str):
    subject = Talent.objects.get(person__name="秦思远")
    assert (subject.founded, subject.home_bought) == (False, False)
    lines = Entitlement.objects.filter(subject="talent", subject_id=subject.pk)
    assert not lines.filter(rule__in=["founder_subsidy", "home_subsidy"]).exists()
    assert lines.filter(rule="phd_posts", run__year=2020).get().state == "entitled"


def test_half_of_the_income_is_due_without_an_own_rule_and_from_a_state_institute_whatever_its_rule(city: str):
    projects = {
        name: TransferProject.objects.get(name=name).pk for name in ("海水提溴工艺许可", "苯乙烯脱氢催化剂专利转让", "特种环氧树脂技术转让")
    }
    lines = Entitlement.objects.filter(rule="legal_researchers_reward", run__year=2020, subject_id__in=projects.values())
    assert set(lines.values_list("subject_id", "state", "amount")) == {
        (projects["海水提溴工艺许可"], "entitled", 300_000_00),
        (projects["特种环氧树脂技术转让"], "entitled", 1_100_000_00),
    }


def test_one_condition_is_missing_for_the_nearly_high_tech_firm(city: str):
    keeper = User.objects.get(username="demo-officer")
    for year in YEARS:
        evaluation = evaluate_organisation(firm("拓原"), policy(PACK), on=date(year, 12, 31), by=keeper)
        ladder = evaluation.result["results"]["enterprise"][0]["ladders"][0]
        conditions = next(rung for rung in ladder["rungs"] if rung["rung"] == "high_tech")["conditions"]
        conditions = conditions["children"] if isinstance(conditions, dict) else conditions
        missing = [condition for condition in conditions if condition["state"] != "met"]
        assert [(condition["state"], condition["value"]["zh"], condition["needed"]["zh"]) for condition in missing] == [
            ("unmet", "4.2%", "≥ 5%")
        ]


def test_the_incubator_is_national_since_2020(city: str):
    award = entitlement("national_incubator_award", 2020, organisation=firm("芦海"))
    assert (award.state, award.amount) == ("entitled", 200_000_00)


def test_accounts_have_their_roles_and_the_demo_password(city: str):
    assert sorted(RoleGrant.objects.values_list("user__username", "role", "unit")) == sorted(
        (username, role, unit) for username, _name, role, unit in ACCOUNTS
    )
    user = User.objects.get(username="demo-officer")
    assert user.check_password(DEMO_PASSWORD)
    assert holds(user, Role.OFFICER, unit="stb")
    assert [account.username for account in demo_accounts()] == [username for username, *_rest in ACCOUNTS]


def test_applicants_act_for_the_showcase_firms(city: str):
    today = date(2021, 12, 31)
    for username, names in {
        "demo-applicant": ["辰海"],
        "demo-applicant2": ["澜石", "恒岳", "拓原", "芦海"],
        "demo-founder": ["微澜"],
    }.items():
        for name in names:
            assert may_act_for(User.objects.get(username=username), firm(name), today)


def test_numbers_are_valid_and_visibly_fictional(city: str):
    for code in Organisation.objects.values_list("code", flat=True):
        assert uscc.is_valid(code)
        assert code[8:11] == "DEM"
    for person in Person.objects.all():
        assert ric.is_valid(person.identity_number)
        assert person.identity_number.startswith("210000")
        assert person.phone.startswith("120")
    for name in Organisation.objects.values_list("name", flat=True):
        assert "盘锦" not in name


def test_every_record_has_its_line_in_the_history(city: str):
    for model in REGISTERS:
        assert model.history.values("id").distinct().count() == model.objects.count()


def test_a_second_load_changes_nothing(city: str):
    before = Organisation.objects.count(), EntitlementRun.objects.count()
    assert "没有改动" in load(if_empty=True)
    assert "没有改动" in load()
    assert (Organisation.objects.count(), EntitlementRun.objects.count()) == before


@pytest.mark.django_db
def test_the_usual_city_uses_most_of_its_special_funds_in_2020():
    evaluate_years(load_registers(enterprises=400, seed=2019, say=lambda _text: None), lambda _text: None)
    assert Organisation.objects.filter(kind="enterprise").count() == 400
    totals = EntitlementTotal.objects.filter(run__year=2020, budget="special_funds")
    granted = sum(total.amount for total in totals if total.state == "entitled")
    decided = sum(total.amount for total in totals if total.state == "decision")
    ceiling = 20_000_000_00
    assert 0.6 * ceiling <= granted <= granted + decided <= 0.95 * ceiling


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_city_and_another_seed_another():
    from django.db import transaction

    cities = []
    for seed in (1, 1, 2):
        with transaction.atomic():
            load_registers(seed=seed, enterprises=45, say=lambda _text: None)
            first = {model: (model.objects.order_by("pk").first() or model()).pk for model in REGISTERS}
            cities.append([[_relative(row, first) for row in contents(model)] for model in REGISTERS])
            transaction.set_rollback(True)
    assert cities[0] == cities[1]
    assert cities[0] != cities[2]


def _relative(row: dict[str, Any], first: dict[Any, int]) -> dict[str, Any]:
    """Keys counted from the first of their table, since a sequence does not go back."""
    tables = {"organisation": Organisation, "bank": Organisation, "person": Person, "leader": Person}
    return {
        name: value - first[tables[name]] if name in tables and value is not None else value
        for name, value in row.items()
        if name != "user" and not name.endswith(("_by", "_under"))  # people and their roles, by keys of tables of their own
    }


@pytest.mark.django_db
def test_a_database_with_other_data_is_left_alone(make_user: Any):
    make_user("officer", unit="stb")
    assert "没有改动" in load(if_empty=True)
    with pytest.raises(CommandError, match="只载入空数据库"):
        load()
    assert not Organisation.objects.exists()


@pytest.mark.django_db
def test_only_a_demo_site_loads_the_demo(settings: Any):
    settings.DEMO = False
    with pytest.raises(CommandError, match="QUINTET_DEMO=1"):
        load(if_empty=True)
    assert not User.objects.exists()
