"""The nine rules against the benchmark's oracle, which says them in exact fractions; random money against fractions said here."""

from __future__ import annotations

import random
import sys
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quintet.engine import Policy, load
from quintet.engine.backends.arrays import Column, Table, storage
from quintet.engine.values import days_of, half_up

ROOT = Path(__file__).resolve().parents[2]
ON = date(2020, 12, 31)
STATES = {"not_entitled": 0, "unknown": 1, "entitled": 2}
EDGES = [
    date(2019, 12, 31),
    date(2020, 1, 1),
    date(2020, 12, 31),
    date(2021, 1, 1),
    date(2018, 1, 1),
    date(2017, 12, 31),
    date(2016, 2, 29),
    date(2020, 2, 29),
]


@cache
def nine() -> Policy:
    return load(ROOT / "benchmarks" / "packs" / "nine")


@cache
def oracle() -> Any:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import oracle

    return oracle


def random_row(subject: str, source: random.Random) -> dict[str, Any]:
    """Facts near the bounds of the rules, some unknown."""
    row: dict[str, Any] = {}
    for name, spec in nine().pack.subjects[subject].facts.items():
        kind = spec.type.kind
        if source.random() < 0.05:
            continue
        if kind == "bool":
            row[name] = source.random() < (0.1 if name in ("prohibited_industry", "major_incident", "abnormal_or_dishonest") else 0.9)
        elif kind == "date":
            row[name] = (
                source.choice(EDGES) if source.random() < 0.4 else date(2014, 1, 1) + timedelta(source.randrange(3000))
            ).isoformat()
        elif kind == "text":
            row[name] = source.choice(list(spec.type.choices))
        elif spec.type.unit == "yuan":
            row[name] = source.choice(
                [0, 1, 100, 5_000_000_000, 20_000_000_000, 20_000_000_001, source.randrange(10**9), source.randrange(10**12)]
            )
        else:
            row[name] = source.choice([0, 1, 2, 3, 4, 60, 70, 71, source.randrange(spec.low, min(spec.high, 600) + 1)])
    return row


def enterprise_near_the_bounds(source: random.Random) -> dict[str, Any]:
    row = random_row("enterprise", source)
    whole = source.randrange(1, 10**9)
    shares = [1, 2, 3, 4, 5, 6, 10, 15, 20, 25, 30, 60]
    for part, total in (
        ("technical_staff", "staff"),
        ("rd_spending", "revenue"),
        ("rd_spending_3y", "revenue_3y"),
        ("domestic_rd_spending_3y", "rd_spending_3y"),
        ("high_tech_income", "total_income"),
    ):
        if (total in row and part in row and row[total] == 0) or source.random() < 0.5:
            continue
        base = row.get(total) or whole
        if base <= 5_000_000_000 and total in row:
            row[part] = min(base * source.choice(shares) // 100 + source.choice([-1, 0, 0, 1]) if base > 100 else base, 5_000_000)
            row[part] = max(row[part], 0)
    return row


def as_oracle_knows(row: dict[str, Any]) -> Any:
    return oracle().facts(row)


def test_single_cases_of_the_nine_rules_equal_the_oracle() -> None:
    source = random.Random(20201231)
    checks = {
        "enterprise": oracle().enterprise_row,
        "carrier": oracle().carrier_row,
        "talent": oracle().talent_row,
        "loan": oracle().t13_loan,
    }
    for subject, says in checks.items():
        rows = [enterprise_near_the_bounds(source) if subject == "enterprise" else random_row(subject, source) for _ in range(1500)]
        if subject == "loan":
            rows = [row for row in rows if row.get("due_on", "9") >= row.get("drawn_on", "0")]
        results = nine().program(ON).evaluate({subject: rows}, ON, definitions=True)[subject]
        seen = set()
        for row, result in zip(rows, results, strict=True):
            found: list[Any] = []
            for outcome in result["outcomes"]:
                amount = outcome.get("before_limit", outcome["amount"])
                found += [STATES[outcome["state"]], amount or 0]
            if subject == "enterprise":
                values = result["definitions"]
                score = values["sme_score"]
                found += [-1 if score is None else score, *({True: 2, False: 0, None: 1}[values[name]] for name in ("sme", "high_tech"))]
            assert tuple(found) == tuple(says(as_oracle_knows(row))), row
            seen.add(tuple(found))
        assert len(seen) > 2


def test_columns_of_the_nine_rules_equal_the_single_cases() -> None:
    source = random.Random(7)
    loans = [{**random_row("loan", source), "enterprise": source.randrange(40)} for _ in range(3000)]
    rows = {
        "enterprise": [{"id": number, **enterprise_near_the_bounds(source)} for number in range(3000)],
        "carrier": [random_row("carrier", source) for _ in range(1500)],
        "loan": loans,
    }
    rows["talent"] = [random_row("talent", source) for _ in range(3000)]
    tables = {}
    for subject, listed in rows.items():
        columns = {}
        for name, spec in nine().pack.subjects[subject].facts.items():
            given = [row.get(name) for row in listed]
            known = np.array([value is not None for value in given])
            columns[name] = Column(np.array([code(value, spec) for value in given], storage(spec)), known)
        tables[subject] = Table(len(listed), columns, refs={"enterprise": np.array([row.get("enterprise", 0) for row in listed])})
    city = nine().arrays(ON).run(tables, ON)
    single = nine().evaluate(rows, ON)["results"]
    names = ("not_entitled", "entitled", "decision", "unknown", "superseded")
    for subject, listed in rows.items():
        for rule, states in city[subject].states.items():
            outcomes = [next(item for item in result["outcomes"] if item["rule"] == rule) for result in single[subject]]
            assert [names[state] for state in states] == [outcome["state"] for outcome in outcomes]
            assert city[subject].awards[rule].dense(len(listed)).tolist() == [outcome["amount"] or 0 for outcome in outcomes]


def code(value: Any, spec: Any) -> Any:
    if value is None:
        return 0
    if spec.type.kind == "text":
        return spec.type.choices.index(value)
    return days_of(date.fromisoformat(value)) if spec.type.kind == "date" else value


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**12), st.integers(1, 2500), st.integers(0, 10**15))
def test_interest_is_rounded_half_up_to_the_fen_exactly(principal: int, days: int, interest: int) -> None:
    rate = Fraction("0.0435") if days <= 365 else Fraction("0.0475") if days <= 1825 else Fraction("0.0490")
    exact = Fraction(principal) * rate * Fraction(1, 2) * days / 360
    wanted = min(int(exact + Fraction(1, 2)), interest)
    drawn = date(2020, 1, 1)
    loan = {
        "pledged_by_ip": True,
        "principal": principal,
        "drawn_on": drawn.isoformat(),
        "due_on": (drawn + timedelta(days)).isoformat(),
        "interest_paid": interest,
    }
    outcome = nine().program(ON).evaluate({"loan": [loan]}, ON)["loan"][0]["outcomes"][0]
    assert outcome.get("before_limit", outcome["amount"]) == wanted


def test_a_half_rounds_upwards_also_below_zero() -> None:
    halves = {
        Fraction(1, 2): 1,
        Fraction(-1, 2): 0,
        Fraction(3, 2): 2,
        Fraction(-3, 2): -1,
        Fraction(5, 2): 3,
        Fraction(-5, 2): -2,
        Fraction(-51, 100): -1,
        Fraction(0): 0,
    }
    assert {value: half_up(value) for value in halves} == halves
