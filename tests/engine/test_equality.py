"""Random rules and facts: the reference interpreter, generated Python and generated NumPy say the same, to the fen."""

from __future__ import annotations

import dataclasses
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from quintet.engine.backends.arrays import ArrayProgram, Column, Table, storage
from quintet.engine.backends.dialects import Dialect
from quintet.engine.backends.lowering import Lowering
from quintet.engine.backends.reference import Reference
from quintet.engine.backends.scalar import conditions, generate
from quintet.engine.expressions import nodes as n
from quintet.engine.packs.model import STATES, Bound, BoundRule
from quintet.engine.runtime import Program
from quintet.engine.values import BOOL, DATE, PLAIN, Type, date_of, days_of
from tests.engine.packs import small

GRADES = ("a", "b", "c")
TEXT = Type("text", choices=GRADES)
CAP = 10**12
PACK = """
subjects:
  firm:
    label: {zh: 企业, en: firm}
    facts:
      yes: {type: bool, label: {zh: 是, en: yes}}
      also: {type: bool, label: {zh: 也, en: also}}
      tiny: {type: points, range: [0, 100], label: {zh: 小, en: tiny}}
      count: {type: people, range: [0, 5000000], label: {zh: 数, en: count}}
      other: {type: people, range: [-3, 3], label: {zh: 另, en: other}}
      money: {type: yuan, range: [0 yuan, 10000000000000 yuan], label: {zh: 钱, en: money}}
      profit: {type: yuan, range: [-90000000000000000 yuan, 90000000000000000 yuan], label: {zh: 利, en: profit}}
      day: {type: date, label: {zh: 日, en: day}}
      then: {type: date, label: {zh: 时, en: then}}
      grade: {type: text, choices: {a: {zh: 甲, en: a}, b: {zh: 乙, en: b}, c: {zh: 丙, en: c}}, label: {zh: 级, en: grade}}
rules:
- {id: R, clause: C1, subject: firm, title: {zh: 一, en: one}, kind: fixed, budget: none, amount: money, when: yes}
"""
RANGES = {"tiny": (0, 100), "count": (0, 5_000_000), "other": (-3, 3), "money": (0, 10**15), "profit": (-9 * 10**18, 9 * 10**18)}
LEAP, BEFORE_LEAP = days_of(date(2020, 2, 29)), days_of(date(2016, 2, 29))


@cache
def bound() -> Bound:
    return small(Path(mkdtemp()), PACK).bound(date(2020, 12, 31))


# Trees ------------------------------------------------------------------------------------------------------------------

fractions = st.one_of(
    st.integers(-5, 5).map(Fraction),
    st.sampled_from(
        [Fraction(0), Fraction(1, 2), Fraction(435, 10_000), Fraction(-7, 3), Fraction(10**9), Fraction(10**17), Fraction(360)]
    ),
)
numbers_of_facts = st.sampled_from(sorted(RANGES)).map(lambda name: n.Fact(name, PLAIN))
days = st.one_of(
    st.sampled_from(
        [n.Fact("day", DATE), n.Fact("then", DATE), n.Moment("on"), n.Moment("year_start"), n.Moment("year_end"), n.Const(LEAP, DATE)]
    ),
    st.builds(
        lambda name, by, unit: n.Shift(unit, n.Fact(name, DATE), by),
        st.sampled_from(["day", "then"]),
        st.one_of(
            st.integers(-60, 60).map(lambda by: n.Const(Fraction(by), PLAIN)),
            st.sampled_from(["tiny", "other"]).map(lambda name: n.Fact(name, PLAIN)),
        ),
        st.sampled_from(["years", "days"]),
    ),
)
texts = st.just(n.Fact("grade", TEXT))
orders = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
chosen_grades = st.lists(st.sampled_from(GRADES), unique=True, max_size=3).map(tuple)


@st.composite
def bands(draw: Any, item: Any) -> n.Node:
    bounds = draw(st.lists(fractions, min_size=1, max_size=4, unique=True).map(lambda found: sorted(found, reverse=True)))
    op = draw(st.sampled_from([">", ">=", "<", "<="]))
    if op in ("<", "<="):
        bounds.reverse()
    values = draw(
        st.lists(
            st.sampled_from([Fraction(0), Fraction(4), Fraction(20), Fraction(-90), Fraction(120), Fraction(3, 7), Fraction(10**12)]),
            min_size=len(bounds) + 1,
            max_size=len(bounds) + 1,
        )
    )
    steps = [(op, bound, value) for bound, value in zip(bounds, values, strict=False)]
    return n.Band("band", draw(item), (*steps, ("", Fraction(0), values[-1])), PLAIN)


def trees(depth: int) -> tuple[Any, Any]:
    """(numbers, conditions) at most so deep."""
    simple = st.one_of(
        numbers_of_facts, numbers_of_facts, fractions.map(lambda value: n.Const(value, PLAIN)), st.just(n.Moment("year")),
        st.builds(n.DaysBetween, days, days), st.builds(n.YearOf, days),
        st.builds(lambda table: n.Lookup("table", n.Fact("grade", TEXT), table, PLAIN), st.lists(st.tuples(st.sampled_from(GRADES), fractions), unique_by=lambda pair: pair[0], max_size=3).map(tuple)),
    )  # fmt: skip
    plain = st.one_of(
        st.sampled_from([n.Fact("yes", BOOL), n.Fact("also", BOOL), n.Const(True, BOOL), n.Const(False, BOOL)]), st.builds(n.InYear, days),
        st.builds(n.Compare, orders, days, days), st.builds(lambda op, choice: n.Compare(op, n.Fact("grade", TEXT), n.Const(choice, TEXT)), st.sampled_from(["==", "!="]), st.sampled_from(GRADES)),
        st.builds(n.In, texts, chosen_grades), st.builds(n.Known, st.one_of(days, texts, simple)),
    )  # fmt: skip
    if depth == 0:
        return simple, plain
    inner, conditions = trees(depth - 1)
    several = st.lists(conditions, min_size=1, max_size=3).map(tuple)
    numbers = st.one_of(
        simple, st.builds(lambda op, a, b: n.Arith(op, a, b, PLAIN), st.sampled_from("+-*/"), inner, inner), st.builds(n.Choice, conditions, inner, inner),
        st.builds(lambda op, items: n.Extreme(op, tuple(items)), st.sampled_from(["min", "max"]), st.lists(inner, min_size=2, max_size=3)), st.builds(n.Round, inner), bands(inner),
    )  # fmt: skip
    logic = st.one_of(
        plain, st.builds(n.Compare, orders, inner, inner), st.builds(n.All, several), st.builds(n.Any_, several), st.builds(n.Not, conditions),
        st.builds(lambda item: n.Labelled(item, "条件", "condition"), conditions), st.builds(n.Known, inner),
    )  # fmt: skip
    return numbers, logic


NUMBERS, CONDITIONS = trees(3)


def payable(number: n.Node) -> n.Node:
    """A whole amount of fen between nothing and a ceiling."""
    return n.Extreme("min", (n.Extreme("max", (n.Round(number), n.Const(Fraction(0), PLAIN))), n.Const(Fraction(CAP), PLAIN)))


def facts() -> Any:
    values: dict[str, Any] = {
        name: st.one_of(st.sampled_from([low, high, 0, 1]), st.integers(low, high)) for name, (low, high) in RANGES.items()
    }
    values |= {"yes": st.booleans(), "also": st.booleans(), "grade": st.sampled_from(GRADES)}
    dates = st.one_of(
        st.dates(date(1900, 1, 1), date(2150, 12, 31)),
        st.sampled_from([date(2020, 1, 1), date(2020, 12, 31), date(2020, 2, 29), date(2016, 2, 29), date(1900, 1, 1), date(2150, 12, 31)]),
    )
    values |= {"day": dates.map(days_of), "then": dates.map(days_of)}
    return st.fixed_dictionaries({name: st.one_of(value, value, value, st.none()) for name, value in values.items()})


@st.composite
def packs(draw: Any) -> Bound:
    """A bound pack with a definition of each type and a rule of each way to money, of random expressions."""
    base = bound()
    part = base.subjects["firm"]
    definitions: dict[str, n.Node] = {"score": draw(NUMBERS), "test": draw(CONDITIONS), "deadline": draw(days)}
    number, condition = n.Ref("score", PLAIN), n.Ref("test", BOOL)
    spec = part.rules[0].spec
    rules = [
        BoundRule(spec, draw(CONDITIONS), payable(draw(NUMBERS)), None, None, None, None),
        BoundRule(dataclasses.replace(spec, id="S"), n.All((condition, draw(CONDITIONS))), payable(number), draw(CONDITIONS), None, None, None),
        BoundRule(
            dataclasses.replace(spec, id="T", kind="instalments"), draw(CONDITIONS), payable(draw(NUMBERS)), None,
            n.YearOf(draw(days)), draw(st.sampled_from([n.Const(Fraction(3), PLAIN), n.Fact("tiny", PLAIN)])), None,
        ),
        BoundRule(dataclasses.replace(spec, id="U", kind="cap"), draw(CONDITIONS), payable(draw(NUMBERS)), None, None, None, None),
    ]  # fmt: skip
    return Bound(
        base.pack, base.on, {}, {"firm": dataclasses.replace(part, definitions=definitions, rules=rules, facts=dict(part.subject.facts))}
    )


def table(bound: Bound, rows: list[dict[str, Any]]) -> Table:
    columns = {}
    for name, spec in bound.subjects["firm"].facts.items():
        given = [GRADES.index(row[name]) if name == "grade" and row[name] is not None else row[name] for row in rows]
        known = np.array([value is not None for value in given])
        columns[name] = Column(
            np.array([0 if value is None else value for value in given]).astype(storage(spec)), None if known.all() else known
        )
    return Table(len(rows), columns, ids=np.arange(len(rows)))


@settings(
    max_examples=300,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(
    packs(),
    st.lists(facts(), min_size=1, max_size=8),
    st.sampled_from([date(2020, 12, 31), date(2020, 2, 29), date(2019, 7, 4), date(2021, 1, 1)]),
)
def test_reference_scalar_and_arrays_agree_on_random_rules(pack: Bound, rows: list[dict[str, Any]], on: date) -> None:
    part = pack.subjects["firm"]
    lowering = Lowering(Dialect(), part.facts, part.definitions)
    common = lowering.number(part.definitions["score"]).den.const
    source, subjects = generate(pack)
    program = Program(compile(source, "<test>", "exec"), {"subjects": subjects})
    city = ArrayProgram(pack, definitions=["score", "test", "deadline"] if common else ["test", "deadline"]).run(
        {"firm": table(pack, rows)}, on
    )["firm"]
    dense = {rule: awards.dense(len(rows)) for rule, awards in city.awards.items()}
    for position, row in enumerate(rows):
        reference = Reference(pack, "firm", row, on)
        given = {name: date_of(value) if name in ("day", "then") and value is not None else value for name, value in row.items()}
        item = program.evaluate({"firm": [given]}, on, trace=True)["firm"][0]
        for rule, outcome in zip(part.rules, item["outcomes"], strict=True):
            truth = reference.rule(rule)
            assert (outcome["state"], outcome["amount"]) == truth[:2]
            assert truth[0] == "not_entitled" or outcome.get("instalment", 0) == truth[2]
            assert outcome["conditions"] == [reference.value(leaf) for leaf in conditions(rule.when)]
            assert STATES[city.states[rule.spec.id][position]] == truth[0]
            assert dense[rule.spec.id][position] == (truth[1] or 0)
        found = list(item["definitions"].values())
        assert [outcome.keys() for outcome in program.evaluate({"firm": [given]}, on)["firm"][0]["outcomes"]] == [
            outcome.keys() - {"conditions"} for outcome in item["outcomes"]
        ]
        score, test, deadline = (reference.value(node) for node in part.definitions.values())
        assert (None if found[0] is None else Fraction(*found[0]) if isinstance(found[0], tuple) else found[0]) == score
        assert found[1:] == [test, deadline]
        _same(city, "test", position, test)
        _same(city, "deadline", position, deadline)
        if common:
            _same(city, "score", position, None if score is None else score * city.denominators["score"])


def _same(city: Any, name: str, position: int, truth: Any) -> None:
    values, known = city.definitions[name]
    assert bool(known[position]) == (truth is not None)
    if truth is not None:
        assert values[position] == truth
