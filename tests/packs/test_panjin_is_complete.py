"""The Panjin pack against the policy as facts: every clause, figure, unit, target, service and unclear place is mapped.

The tables below are typed in from the policy by hand; they are what the pack is held against, so no figure here is read from the pack.
"""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from quintet.engine import load
from quintet.engine.packs.model import Words
from quintet.engine.values import days_of

pytestmark = pytest.mark.engine_only

POLICY = load("panjin-2019-29")
PACK = POLICY.pack
YUAN = 100
USUAL = ("counties",)

# task: (lead units, responsible units)
UNITS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "T1": (("stb",), USUAL),
    "T2": (("cast",), ("stb", *USUAL)),
    "T3": (("drc", "industry_it", "stb"), USUAL),
    "T4": (("stb",), USUAL),
    "T5": (("stb",), ("party_organisation", "hrss", *USUAL)),
    "T6": (("stb",), USUAL),
    "T7": (("stb",), USUAL),
    "T8": (("stb",), USUAL),
    "T9": (("stb", "finance"), USUAL),
    "T10": (("commerce", "stb"), USUAL),
    "T11": (("stb",), USUAL),
    "T12": (("stb", "finance"), USUAL),
    "T13": (("financial_development", "stb", "ip_office"), USUAL),
    "T14": (("financial_development", "stb"), USUAL),
    "T15": (("party_organisation", "hrss", "stb"), USUAL),
    "T16": (("party_organisation", "hrss", "stb"), USUAL),
    "T17": (("party_organisation", "hrss", "stb"), USUAL),
    "T18": (("stb",), ("liaodong_bay", "high_tech_zone")),
    "T19": (("stb",), USUAL),
    "T20": (("ip_office",), USUAL),
    "T21": (("party_publicity", "hrss", "stb", "cast"), USUAL),
    "S1": ((), ()),
    "S2": ((), ()),
    "S3": ((), ()),
}

UNIT_NAMES = {
    "stb": "市科技局", "finance": "市财政局", "drc": "市发展改革委", "industry_it": "市工业和信息化局", "cast": "市科协",
    "party_organisation": "市委组织部", "party_publicity": "市委宣传部", "hrss": "市人力资源社会保障局", "commerce": "市商务局",
    "financial_development": "市金融发展局", "ip_office": "市知识产权局", "counties": "各县区政府和经济区管委会",
    "liaodong_bay": "辽东湾新区管委会", "high_tech_zone": "盘锦高新区管委会", "city": "市委、市政府",
}  # fmt: skip

PROJECTS = {
    "P2.1": ("T1", "T2", "T3", "T4"),
    "P2.2": ("T5", "T6", "T7"),
    "P2.3": ("T8", "T9", "T10", "T11"),
    "P2.4": ("T12", "T13", "T14"),
    "P2.5": ("T15", "T16", "T17"),
    "P2.6": ("T18", "T19", "T20", "T21"),
}

# how many distinct things the city does under each clause
DUTIES = {
    "T1": 3, "T2": 2, "T3": 3, "T4": 2, "T5": 2, "T6": 4, "T7": 2, "T8": 4, "T9": 3, "T10": 3, "T11": 4, "T12": 2, "T13": 6, "T14": 4,
    "T15": 4, "T16": 3, "T17": 4, "T18": 3, "T19": 3, "T20": 3, "T21": 4, "S1": 3, "S2": 4, "S3": 4,
}  # fmt: skip

# target: (clause, comparison, number in the unit, unit, how it is counted)
PERCENT = Fraction(1, 100)
TARGETS: dict[str, tuple[str, str, Fraction | int, str, str]] = {
    "G1": ("G", ">=", Fraction("2.6") * PERCENT, "percent", "ratio"),
    "G2": ("G", ">=", 50, "items", "cumulative"),
    "G3": ("G", ">=", 200, "items", "cumulative"),
    "G4": ("G", ">=", 10 * PERCENT, "percent", "growth"),
    "G5": ("G", ">=", 10 * PERCENT, "percent", "growth"),
    "G6": ("G", ">=", 140, "items", "stock"),
    "G7": ("G", ">=", 240, "items", "stock"),
    "G8": ("G", ">=", 20 * PERCENT, "percent", "growth"),
    "G9": ("G", ">=", 30, "people", "cumulative"),
    "G10": ("G", ">=", 10, "items", "cumulative"),
    "T1.institutes": ("T1", ">=", 18, "items", "stock"),
    "T2.workstations": ("T2", ">=", 8, "items", "stock"),
    "T3.institutions": ("T3", ">=", 200, "items", "stock"),
    "T4.alliances": ("T4", ">=", 15, "items", "stock"),
    "T5.training": ("T5", ">=", 50, "people", "per_year"),
    "T6.high_tech": ("T6", ">=", 140, "items", "stock"),
    "T6.sme": ("T6", ">=", 240, "items", "stock"),
    "T6.leaders": ("T6", ">=", 25, "items", "stock"),
    "T7.rd_gdp": ("T7", ">=", Fraction("2.6") * PERCENT, "percent", "ratio"),
    "T7.projects": ("T7", ">=", 50, "items", "cumulative"),
    "T18.national": ("T18", ">=", 1, "items", "event"),
}

DAY = "2020-05-01"
PHD = {"phd": True, "full_time_degree": True}
FULL_TIME = {"first_full_time": True, "brought_in_on": "2020-03-01", "contract_years": 3, "review_passed": True}
TRANSFER = {
    "transfer_project": True, "cooperation": True, "registered": True, "registered_on": "2019-08-01", "stage": "pilot",
    "stage_reached_on": "2020-02-01", "accepted": True, "accepted_on": DAY, "significant_for_local_industry": True,
}  # fmt: skip
LOAN = {
    "enterprise": "E1", "pledge": "intellectual_property", "released": True, "principal": 10_000_000 * YUAN, "interest_paid": 2_000_000 * YUAN,
    "drawn_on": "2020-03-01", "due_on": "2021-03-01", "interest_settled_on": "2020-12-31",
}  # fmt: skip
HOME = {
    **PHD,
    "settled": True,
    "settled_on": "2019-10-01",
    "works_in_city": True,
    "home_bought": True,
    "first_home": True,
    "home_bought_on": DAY,
}
FOUNDER = {**PHD, "graduated_on": "2018-06-30", "founded": True, "founded_on": "2020-03-01", "first_business": True}


def carrier(kind: str, level: str) -> dict[str, Any]:
    return {"enterprise": "E1", "kind": kind, "level": level, "recognised_on": DAY}


# (clause, rule, kind, way, subject, facts, state, yuan)
MONEY: list[tuple[str, str, str, str, str, dict[str, Any], str, str]] = [
    ("T3", "national_rd_award", "fixed", "automatic", "carrier", carrier("engineering_technology_research_center", "national"), "entitled", "1000000"),
    ("T3", "national_rd_award", "fixed", "automatic", "carrier", carrier("enterprise_technology_center", "national"), "entitled", "1000000"),
    ("T3", "national_rd_award", "fixed", "automatic", "carrier", carrier("engineering_research_center", "national"), "entitled", "1000000"),
    ("T3", "national_rd_award", "fixed", "automatic", "carrier", carrier("engineering_laboratory", "national"), "entitled", "1000000"),
    ("T3", "provincial_rd_award", "fixed", "automatic", "carrier", carrier("technology_innovation_center", "provincial"), "entitled", "200000"),
    ("T3", "provincial_rd_award", "fixed", "automatic", "carrier", carrier("enterprise_technology_center", "provincial"), "entitled", "200000"),
    ("T3", "provincial_rd_award", "fixed", "automatic", "carrier", carrier("engineering_research_center", "provincial"), "entitled", "200000"),
    ("T3", "provincial_rd_award", "fixed", "automatic", "carrier", carrier("engineering_laboratory", "provincial"), "entitled", "200000"),
    ("T6", "high_tech_award", "fixed", "automatic", "enterprise",
     {"high_tech_recognised": True, "high_tech_recognised_on": DAY, "high_tech_earlier": False}, "entitled", "100000"),
    ("T9", "researchers_reward", "share", "ordinary", "project", {"transfer_project": True, "net_income": 1_000_000 * YUAN, "net_income_on": "2020-06-01"}, "entitled", "800000"),
    ("N4", "legal_researchers_reward", "share", "ordinary", "project",
     {"transfer_project": True, "net_income": 1_000_000 * YUAN, "net_income_on": "2020-06-01", "own_rule_or_agreement": False}, "entitled", "500000"),
    ("T9", "transfer_grant", "cap", "ordinary", "project", TRANSFER, "decision", "500000"),
    ("T13", "loan_interest_subsidy", "formula", "fast", "loan", LOAN, "entitled", "220520.83"),
    ("T13", "loan_interest_subsidy", "formula", "fast", "loan", {**LOAN, "principal": 30_000_000 * YUAN}, "entitled", "500000"),
    ("T15", "arrival_grant", "fixed", "ordinary", "talent", {"category": "international_top", "newly_brought_in": True, "brought_in_on": DAY}, "entitled", "2000000"),
    ("T15", "arrival_grant", "fixed", "ordinary", "talent", {"category": "national_leading", "newly_brought_in": True, "brought_in_on": DAY}, "entitled", "1000000"),
    ("T16", "provincial_matching", "matching", "ordinary", "talent",
     {"category": "provincial_plan", "provincial_support": 300_000 * YUAN, "provincial_support_on": DAY}, "entitled", "300000"),
    ("T16", "provincial_matching", "matching", "ordinary", "talent",
     {"category": "provincial_outstanding_expert", "provincial_support": 50_000 * YUAN, "provincial_support_on": DAY}, "entitled", "50000"),
    ("T16", "team_grant", "fixed", "ordinary", "team", {"tier": "priority", "selected": True, "selected_on": DAY}, "entitled", "200000"),
    ("T16", "team_grant", "fixed", "ordinary", "team", {"tier": "key", "selected": True, "selected_on": DAY}, "entitled", "500000"),
    ("T16", "team_grant", "fixed", "ordinary", "team", {"tier": "special", "selected": True, "selected_on": DAY}, "entitled", "1000000"),
    ("T16", "overseas_start_up_grant", "cap", "ordinary", "project",
     {"overseas_talent": True, "start_up_stage": True, "registered": True, "registered_on": DAY}, "decision", "1000000"),
    ("T17", "founder_subsidy", "instalments", "ordinary", "talent", FOUNDER, "entitled", "36000"),
    ("T17", "salary_subsidy", "instalments", "ordinary", "talent", {"category": "international_top", **FULL_TIME}, "entitled", "150000"),
    ("T17", "salary_subsidy", "instalments", "ordinary", "talent", {"category": "national_leading", **FULL_TIME}, "entitled", "100000"),
    ("T17", "home_subsidy", "cap", "ordinary", "talent", HOME, "decision", "120000"),
    ("T19", "national_incubator_award", "fixed", "automatic", "carrier", carrier("incubator", "national"), "entitled", "200000"),
    ("T19", "national_incubator_award", "fixed", "automatic", "carrier", carrier("maker_space", "national"), "entitled", "200000"),
    ("T19", "provincial_incubator_award", "fixed", "automatic", "carrier", carrier("incubator", "provincial"), "entitled", "100000"),
    ("T19", "provincial_incubator_award", "fixed", "automatic", "carrier", carrier("accelerator", "provincial"), "entitled", "100000"),
    ("T19", "provincial_incubator_award", "fixed", "automatic", "carrier", carrier("maker_space", "provincial"), "entitled", "100000"),
]  # fmt: skip

# rights and discretionary support: (clause, rule, kind)
RIGHTS = [
    ("T1", "institute_priority", "discretionary"),
    ("T6", "strong_high_tech_support", "discretionary"),
    ("T11", "free_factory_space", "right"),
    ("T12", "angel_fund_investment", "discretionary"),
    ("T15", "expert_project_priority", "discretionary"),
    ("T15", "phd_posts", "right"),
]

SERVICES = {
    "T8": {"T8.supply", "T8.demand", "T8.platform", "T8.events"},
    "T11": {"T11.market", "T11.agency"},
    "T13": {
        "T13.funds", "T13.linked_lending", "T13.property_insurance", "T13.liability_insurance", "T13.export_insurance", "T13.bridge_loan", "T13.guarantee",
    },
    "T14": {"T14.listing", "T14.share_reform", "T14.equity", "T14.debt", "T14.accounting_legal", "T14.road_show"},
    "T17": {"T17.relations", "T17.household", "T17.social_insurance", "T17.flat", "T17.school", "T17.entry_exit", "T17.talent_fund"},
}  # fmt: skip

# unclear place → the parameters that say how it is read, with their values
UNCLEAR: dict[str, dict[str, Any]] = {
    "one ceiling of 20 million for both funds": {"annual_ceiling": 20_000_000 * YUAN},
    "up to 500,000 for a transfer project": {"transfer_grant_cap": 500_000 * YUAN},
    "up to 1,000,000 for an overseas project": {"overseas_grant_cap": 1_000_000 * YUAN},
    "up to 120,000 for a home": {"home_subsidy_cap": 120_000 * YUAN},
    "the cap of the interest subsidy is per enterprise and year of drawing": {"loan_subsidy_cap": 500_000 * YUAN},
    "settled when the interest has been paid, also after the end": {"loan_settled_after_interest": True, "loan_settled_beyond_end": True},
    "acceptance of a transfer project": {"transfer_grant_needs_acceptance": True},
    "the year of T15, T16, T17 and T19": {
        "arrival_this_year": True,
        "matching_new_by_selection": True,
        "team_this_year": True,
        "overseas_registered_this_year": True,
        "home_bought_this_year": True,
        "listed_this_year": True,
    },
    "top talents of T15 and T17": {"top_talents_are_one": True},
    "promised years after the end": {"promised_years_paid_out": False},
    "handed in before the end and not decided": {"handed_in_decided_after_end": False},
    "whose interest is subsidised": {
        "loan_interest_scope": "whole_term",
        "loan_capped_by_interest_paid": True,
        "loan_interest_until_repaid": True,
    },
    "days of an interest year": {"loan_day_basis": 360},
    "how long the salary subsidy runs": {"salary_years_least": 3},
    "when the founder's five years end and which years are paid": {"founder_window": 5, "founder_years": 3},
    "which benchmark rate": {"benchmark_rate": None, "benchmark_short_term": 1, "benchmark_middle_term": 5},
    "who counts as newly recognised": {"events_count_from": days_of(date(2019, 1, 1))},
    "recognised again after a lapse": {"re_recognition_needs_decision": True},
    "lists in brackets are complete": {"listed_kinds_only": True},
    "80 % is a reference, 50 % the law": {"researchers_share": 80 * PERCENT},
    "from when factory space is free": {"free_space_years": 2},
}

# unclear place → words that the document's note must hold
NOTED = {
    "lost digits": "〔2019〕29号",
    "in force and after the end": "2021年12月31日",
    "transition": "过渡规定",
    "ceiling and the municipal line": "单列",
    "caps": "上限",
    "one fact, several awards": "不重复奖励",
}

# other figures: parameter → value in base units
FIGURES: dict[str, Any] = {
    "national_rd_award": 1_000_000 * YUAN,
    "provincial_rd_award": 200_000 * YUAN,
    "high_tech_award": 100_000 * YUAN,
    "loan_subsidy_share": 50 * PERCENT,
    "arrival_grant": {"international_top": 2_000_000 * YUAN, "national_leading": 1_000_000 * YUAN},
    "matching_ratio": 1,
    "team_grant": {"priority": 200_000 * YUAN, "key": 500_000 * YUAN, "special": 1_000_000 * YUAN},
    "founder_subsidy": 36_000 * YUAN,
    "salary_subsidy": {"international_top": 150_000 * YUAN, "national_leading": 100_000 * YUAN},
    "contract_years_least": 3,
    "national_incubator_award": 200_000 * YUAN,
    "provincial_incubator_award": 100_000 * YUAN,
    "legal_researchers_share": 50 * PERCENT,
    "sme_staff_limit": 500,
    "sme_revenue_limit": 200_000_000 * YUAN,
    "sme_assets_limit": 200_000_000 * YUAN,
    "sme_pass": 60,
    "high_tech_age": 365,
    "high_tech_staff_least": 10 * PERCENT,
    "high_tech_domestic_least": 60 * PERCENT,
    "high_tech_income_least": 60 * PERCENT,
    "high_tech_score_above": 70,
    "high_tech_years": 3,
}

OWN = [rule for rule in PACK.rules if rule.at.file.startswith("panjin-2019-29/")]
RULES = {rule.id: rule for rule in OWN}


def value_of(parameter: str) -> Any:
    value = PACK.parameters[parameter].on(date(2020, 12, 31))
    return dict(value) if PACK.parameters[parameter].shape == "map" else value


def outcome(subject: str, facts: dict[str, Any], rule: str, on: date, **parameters: Any) -> dict[str, Any]:
    answer = POLICY.evaluate({subject: [{"id": "1", **facts}]}, on, parameters=parameters)
    return next(item for item in answer["results"][subject][0]["outcomes"] if item["rule"] == rule)


def words_of(item: object) -> list[Words]:
    return [value for name in getattr(item, "__slots__", ()) if isinstance(value := getattr(item, name), Words)]


# the document -------------------------------------------------------------------------------------------------------


def test_the_document_has_its_number_and_dates() -> None:
    document = PACK.document
    assert (document.number, document.region) == ("盘政办发〔2019〕29号", "211100")
    assert (document.signed, document.published) == (date(2019, 7, 4), date(2019, 11, 13))
    assert (document.in_force, document.ends) == (date(2019, 7, 4), date(2021, 12, 31))


@pytest.mark.parametrize(("place", "words"), NOTED.items())
def test_an_unclear_place_of_the_document_is_noted(place: str, words: str) -> None:
    assert words in PACK.document.note.zh, place


# clauses and units --------------------------------------------------------------------------------------------------


def test_the_tree_holds_three_parts_six_projects_21_tasks_and_3_safeguards() -> None:
    own = {name: clause for name, clause in PACK.clauses.items() if clause.document == "panjin-2019-29"}
    assert set(own) == {"P1", "P1.1", "G", "P2", *PROJECTS, "P3", *UNITS}
    for project, tasks in PROJECTS.items():
        assert own[project].parent == "P2"
        assert tuple(name for name, clause in own.items() if clause.parent == project) == tasks
    assert [name for name, clause in own.items() if clause.parent == "P3"] == ["S1", "S2", "S3"]


@pytest.mark.parametrize("task", UNITS)
def test_a_clause_has_its_lead_and_responsible_units(task: str) -> None:
    lead, responsible = UNITS[task]
    assert (PACK.clauses[task].lead, PACK.clauses[task].responsible) == (lead, responsible)


def test_units_carry_their_names() -> None:
    assert {code: PACK.units[code].zh for code in UNIT_NAMES} == UNIT_NAMES
    own = {code for code, name in PACK.units.items() if code not in ("most", "pboc")}
    assert own == set(UNIT_NAMES)


@pytest.mark.parametrize("clause", [name for name, clause in PACK.clauses.items() if not clause.informative])
def test_a_leaf_clause_has_a_provision(clause: str) -> None:
    if any(other.parent == clause for other in PACK.clauses.values()):
        return
    items = [
        *PACK.rules,
        *PACK.duties,
        *PACK.targets,
        *PACK.services,
        *PACK.parameters.values(),
        *PACK.definitions.values(),
        *PACK.budgets.values(),
    ]
    assert any(item.clause == clause for item in items)


def test_nothing_hangs_below_an_informative_clause() -> None:
    assert [name for name, clause in PACK.clauses.items() if clause.informative] == ["P1.1"]
    assert not [item.id for item in [*PACK.rules, *PACK.duties, *PACK.targets, *PACK.services] if item.clause == "P1.1"]


# duties, targets, services ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("clause", "count"), DUTIES.items())
def test_every_duty_of_a_clause_is_there_with_its_units(clause: str, count: int) -> None:
    duties = [duty for duty in PACK.duties if duty.clause == clause]
    assert len(duties) == count
    assigned = PACK.clauses[clause].assigned
    assert all((duty.lead, duty.responsible) == ((assigned, ()) if assigned else UNITS[clause]) for duty in duties)
    assert all(duty.id.startswith(f"{clause}.") for duty in duties)


def test_targets_are_exactly_those_of_the_policy() -> None:
    assert {target.id: (target.clause, target.op, target.value, target.unit, target.measure) for target in PACK.targets} == TARGETS
    assert all(target.owner in PACK.units and target.method.zh for target in PACK.targets)
    assert {target.id for target in PACK.targets if target.due != date(2021, 12, 31)} == {"T18.national"}
    assert next(target.due for target in PACK.targets if target.id == "T18.national") is None


def test_who_is_named_by_nobody_is_assigned_by_the_city() -> None:
    assert {name for name, clause in PACK.clauses.items() if clause.assigned} == {"G", "S1", "S2", "S3"}
    assert not any(PACK.clauses[name].lead or PACK.clauses[name].responsible for name in ("G", "S1", "S2", "S3"))


def test_the_document_is_told_to_be_no_longer_in_force_with_the_source() -> None:
    assert "失效" in PACK.document.standing.zh
    assert "发布页面" in PACK.document.standing_source.zh


@pytest.mark.parametrize(("clause", "services"), SERVICES.items())
def test_services_of_a_clause(clause: str, services: set[str]) -> None:
    assert {service.id for service in PACK.services if service.clause == clause} == services


def test_one_stop_has_seven_services() -> None:
    assert len([service for service in PACK.services if service.clause == "T17"]) == 7


# money and rights ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("clause", "rule", "kind", "way", "subject", "facts", "state", "yuan"), MONEY)
def test_money_of_a_clause(clause: str, rule: str, kind: str, way: str, subject: str, facts: dict[str, Any], state: str, yuan: str) -> None:
    spec = RULES[rule]
    found = outcome(subject, facts, rule, date(2020, 12, 31))
    assert (spec.clause, spec.kind, spec.way, spec.subject) == (clause, kind, way, subject)
    assert (found["state"], found["amount"]) == (state, Fraction(yuan) * YUAN)


@pytest.mark.parametrize(("clause", "rule", "kind"), RIGHTS)
def test_a_right_or_discretionary_support(clause: str, rule: str, kind: str) -> None:
    spec = RULES[rule]
    assert (spec.clause, spec.kind, spec.budget) == (clause, kind, "")
    assert all(spec.right)


def test_every_rule_is_in_one_of_the_tables() -> None:
    assert set(RULES) == {row[1] for row in MONEY} | {row[1] for row in RIGHTS}


def test_nothing_is_given_before_the_policy_or_after_its_end() -> None:
    for _, rule, _, _, subject, facts, _, _ in MONEY:
        for day, status in ((date(2019, 7, 3), "not_yet"), (date(2022, 1, 1), "ended")):
            found = outcome(subject, facts, rule, day)
            assert (found["state"], found["amount"], found["reason"]) == ("not_entitled", None, status), rule


def test_the_founder_is_paid_three_instalments_and_none_after_the_end() -> None:
    facts = {**FOUNDER, "founded_on": "2019-03-01"}
    paid = [outcome("talent", facts, "founder_subsidy", date(year, 12, 31))["amount"] for year in (2019, 2020, 2021, 2022)]
    assert paid == [36_000 * YUAN] * 3 + [None]


def test_two_loans_of_one_enterprise_share_one_cap() -> None:
    rows = [{"id": "L1", **LOAN}, {"id": "L2", **LOAN, "principal": 20_000_000 * YUAN}]
    found = POLICY.evaluate({"loan": rows}, date(2020, 12, 31))["results"]["loan"]
    amounts = [row["outcomes"][0]["amount"] for row in found]
    assert amounts == [22_052_083, 50_000_000 - 22_052_083]


@pytest.mark.parametrize(("kind", "level", "rule"), [("incubator", "national", "national_incubator_award"), ("maker_space", "provincial", "provincial_incubator_award"), ("engineering_laboratory", "national", "national_rd_award"), ("technology_innovation_center", "provincial", "provincial_rd_award")])  # fmt: skip
def test_each_carrier_of_one_operator_is_rewarded(kind: str, level: str, rule: str) -> None:
    rows = [{"id": "C1", **carrier(kind, level)}, {"id": "C2", **carrier(kind, level)}]
    found = POLICY.evaluate({"carrier": rows}, date(2020, 12, 31))["results"]["carrier"]
    assert [next(item["state"] for item in row["outcomes"] if item["rule"] == rule) for row in found] == ["entitled", "entitled"]


def test_the_ceiling_covers_both_funds_and_the_treasury_stands_alone() -> None:
    special = PACK.budgets["special_funds"]
    assert (special.clause, special.ceiling, set(special.funds)) == ("S2", "annual_ceiling", {"high_tech", "agriculture"})
    assert value_of("annual_ceiling") == 20_000_000 * YUAN
    assert PACK.budgets["municipal_treasury"].ceiling == ""
    assert {rule.id for rule in OWN if rule.budget == "municipal_treasury"} == {"arrival_grant", "provincial_matching"}
    assert all(
        rule.budget == "special_funds"
        for rule in OWN
        if rule.kind in ("fixed", "formula", "cap", "matching", "instalments") and rule.budget != "municipal_treasury"
    )


def test_the_ladder_has_three_rungs() -> None:
    ladder = PACK.ladders["enterprise_growth"]
    assert [(rung.id, rung.test) for rung in ladder.rungs] == [
        ("sme", "technology_sme"),
        ("high_tech", "high_tech_test"),
        ("leader", "innovation_leader_test"),
    ]
    assert ladder.rungs[1].brings == ("high_tech_award", "strong_high_tech_support")


def test_the_high_tech_test_counts_nine_conditions() -> None:
    assert len(PACK.definitions["high_tech_test"].source["all"]) == 9


# figures and unclear places -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("parameter", "value"), FIGURES.items())
def test_a_figure_of_the_policy(parameter: str, value: Any) -> None:
    assert value_of(parameter) == value


def test_the_benchmark_rates() -> None:
    found = [(op, bound, rate) for op, bound, rate in value_of("benchmark_rate")]
    assert found == [("<=", 365, Fraction("0.0435")), ("<=", 1825, Fraction("0.0475")), ("", 0, Fraction("0.049"))]
    assert PACK.parameters["benchmark_rate"].values[0].start == date(2015, 10, 24)


@pytest.mark.parametrize("place", UNCLEAR)
def test_an_unclear_place_has_a_visible_treatment(place: str) -> None:
    for parameter, value in UNCLEAR[place].items():
        treatment = PACK.parameters[parameter].treatment
        assert treatment is not None
        assert all(treatment)
        if value is not None:
            assert value_of(parameter) == value


def test_every_treatment_is_in_the_table() -> None:
    stated = {name for name, spec in PACK.parameters.items() if spec.treatment is not None}
    assert stated == {name for parameters in UNCLEAR.values() for name in parameters} | {"sme_number_last_day"}


def test_a_figure_that_is_general_knowledge_is_unconfirmed() -> None:
    assert [name for name, spec in PACK.parameters.items() if not spec.confirmed] == ["high_tech_years"]


def test_events_can_be_counted_from_the_day_of_issue_instead() -> None:
    facts = {"high_tech_recognised": True, "high_tech_recognised_on": "2019-03-01", "high_tech_earlier": False}
    assert outcome("enterprise", facts, "high_tech_award", date(2019, 12, 31))["state"] == "entitled"
    assert outcome("enterprise", facts, "high_tech_award", date(2019, 12, 31), events_count_from="2019-07-04")["state"] == "not_entitled"


def test_a_recognition_after_a_lapse_can_be_taken_as_new() -> None:
    facts = {"high_tech_recognised": True, "high_tech_recognised_on": DAY, "high_tech_earlier": True}
    assert outcome("enterprise", facts, "high_tech_award", date(2020, 12, 31))["state"] == "decision"
    assert outcome("enterprise", facts, "high_tech_award", date(2020, 12, 31), re_recognition_needs_decision=False)["state"] == "entitled"


def test_other_research_institutions_can_be_shown_for_decision() -> None:
    facts = carrier("key_laboratory", "national")
    assert outcome("carrier", facts, "national_rd_award", date(2020, 12, 31))["state"] == "not_entitled"
    assert outcome("carrier", facts, "national_rd_award", date(2020, 12, 31), listed_kinds_only=False)["state"] == "decision"


@pytest.mark.parametrize(
    ("year", "fen"),
    [(2019, None), (2020, 10_000_000 * 306 * YUAN * 435 // 10000 / 2 / 360), (2021, 10_000_000 * 59 * YUAN * 435 // 10000 / 2 / 360)],
)
def test_interest_can_be_counted_by_calendar_year(year: int, fen: float | None) -> None:
    """1 March 2020 to 1 March 2021: 306 days in 2020 and 59 in 2021, together 365."""
    found = outcome("loan", LOAN, "loan_interest_subsidy", date(year, 12, 31), loan_interest_scope="calendar_year")
    assert found["amount"] == (None if fen is None else int(fen + 0.5))


def test_a_basis_of_365_days_gives_exactly_half_the_benchmark_interest() -> None:
    assert outcome("loan", LOAN, "loan_interest_subsidy", date(2020, 12, 31), loan_day_basis="365 days")["amount"] == 217_500 * YUAN


def test_the_salary_subsidy_outlasts_three_years_with_a_longer_contract() -> None:
    """Brought in on 1 January 2019 the third year is 2021; nothing is paid in 2022, when the policy has ended."""
    facts = {"category": "national_leading", **FULL_TIME, "brought_in_on": "2019-01-01", "contract_years": 5}
    amounts = [outcome("talent", facts, "salary_subsidy", date(year, 12, 31))["amount"] for year in (2019, 2020, 2021, 2022)]
    assert amounts == [100_000 * YUAN] * 3 + [None]


# words --------------------------------------------------------------------------------------------------------------


def test_every_fact_has_a_label_and_a_question_in_both_languages() -> None:
    for subject in PACK.subjects.values():
        for fact in subject.facts.values():
            for words in (fact.label, fact.question):
                assert all(words), f"{subject.name}.{fact.name}"
            assert fact.question.zh.endswith("？"), f"{subject.name}.{fact.name}"
            assert fact.question.en.endswith("?"), f"{subject.name}.{fact.name}"


def test_facts_that_an_accountant_fills_in_have_help() -> None:
    for fact in PACK.subjects["enterprise"].facts.values():
        if fact.type.unit in ("yuan", "people", "items"):
            assert all(fact.help), fact.name


def test_every_rule_says_what_it_gives_what_to_do_and_which_papers() -> None:
    for rule in OWN:
        for words in (rule.title, rule.what, rule.next_step, *rule.papers):
            assert all(words), rule.id
        assert rule.papers, rule.id


def test_conditions_have_words_in_both_languages_or_none() -> None:
    def walk(source: Any, owner: str) -> None:
        if isinstance(source, dict):
            assert ("zh" in source) == ("en" in source), owner
            for part in source.values():
                walk(part, owner)
        elif isinstance(source, list):
            for part in source:
                walk(part, owner)

    for rule in PACK.rules:
        walk(rule.when, rule.id)
    for definition in PACK.definitions.values():
        walk(definition.source, definition.id)


def test_english_is_not_chinese_and_chinese_is_not_english() -> None:
    for item in [*PACK.clauses.values(), *PACK.rules, *PACK.duties, *PACK.targets, *PACK.services, *PACK.parameters.values()]:
        for words in words_of(item):
            if words.zh:
                assert any("一" <= letter <= "鿿" for letter in words.zh), words
                assert not any("一" <= letter <= "鿿" for letter in words.en), words
