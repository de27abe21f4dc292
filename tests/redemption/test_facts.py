"""Which awards are the same award."""

import dataclasses
from datetime import date
from typing import Any

import pytest

from quintet.core.errors import DomainError
from quintet.policies.engine import policy
from quintet.redemption.facts import awarded_fact

PACK = policy("panjin-2019-29").pack
RULES = {rule.id: rule for rule in PACK.rules}


@pytest.mark.parametrize(
    ("rule", "facts", "fact"),
    [
        (
            "national_incubator_award",
            {"id": 3, "enterprise": 5, "kind": "incubator", "level": "national"},
            "carrier=3",
        ),
        ("high_tech_award", {"id": 5, "high_tech_recognised_on": date(2020, 9, 15)}, "enterprise=5|high_tech_recognised_on=2020-09-15"),
        ("high_tech_award", {"id": 5, "high_tech_recognised_on": "2020-09-15"}, "enterprise=5|high_tech_recognised_on=2020-09-15"),
        ("loan_interest_subsidy", {"id": 12, "enterprise": 5}, "loan=12"),
        ("founder_subsidy", {"id": 7}, "talent=7"),
        ("transfer_grant", {"id": 9, "enterprise": 5}, "project=9"),
    ],
)
def test_the_fact_names_what_is_rewarded(rule: str, facts: dict[str, Any], fact: str):
    assert awarded_fact(RULES[rule], facts) == fact


def test_another_carrier_of_the_same_operator_is_another_fact():
    for rule in ("national_incubator_award", "provincial_incubator_award", "national_rd_award", "provincial_rd_award"):
        first, again = ({"id": pk, "enterprise": 5, "kind": "incubator", "level": "national"} for pk in (3, 4))
        assert awarded_fact(RULES[rule], first) != awarded_fact(RULES[rule], again)
        assert awarded_fact(RULES[rule], first) == awarded_fact(RULES[rule], {**first, "kind": "maker_space"})


def test_a_later_recognition_is_another_fact():
    rule = RULES["high_tech_award"]
    assert awarded_fact(rule, {"id": 5, "high_tech_recognised_on": "2019-09-15"}) != awarded_fact(
        rule, {"id": 5, "high_tech_recognised_on": "2022-09-15"}
    )


def test_an_unknown_fact_is_asked_for_in_words():
    labels = {name: spec.label for name, spec in PACK.subjects["enterprise"].facts.items()}
    with pytest.raises(DomainError, match="缺少“高新技术企业发证日期”"):
        awarded_fact(RULES["high_tech_award"], {"id": 5, "name": "示例公司"}, label=labels)


def test_a_long_fact_fits_its_column():
    rule = dataclasses.replace(RULES["national_incubator_award"], once=("enterprise", "kind"))
    long = awarded_fact(rule, {"id": 3, "enterprise": 5, "kind": "x" * 300, "level": "national"})
    assert len(long) == 64


@pytest.mark.parametrize("rule", [rule for rule in PACK.rules if rule.budget], ids=lambda rule: rule.id)
def test_every_rule_with_money_can_be_told_apart_and_has_its_procedure(rule: Any):
    subject = PACK.subjects[rule.subject]
    assert {*rule.once, *rule.event} <= {*subject.facts, *subject.refs}
    procedure = PACK.procedure_of(rule)
    assert procedure
    assert [step.kind for step in procedure.steps][-2:] == ["payment", "appraisal"]
