"""Machine code says what NumPy and the reference interpreter say: random rules, the nine rules, the Panjin policy."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from quintet.engine import load
from quintet.engine.backends import machine_code
from quintet.engine.backends.arrays import ArrayProgram, Column, Result, Table, storage
from quintet.engine.backends.dialects import Dialect
from quintet.engine.backends.lowering import Lowering
from quintet.engine.backends.native import NativeProgram, best_program
from quintet.engine.backends.reference import Reference
from quintet.engine.expressions import nodes as n
from quintet.engine.packs.model import STATES, Bound, BoundSubject
from quintet.engine.values import PLAIN
from tests.engine.packs import small
from tests.engine.test_equality import bound, facts, packs, table

ROOT = Path(__file__).resolve().parents[2]
PACKS = [ROOT / "benchmarks" / "packs" / "nine", ROOT / "packs" / "panjin-2019-29"]
ON = date(2020, 12, 31)
WIDE = """
subjects:
  firm:
    label: {zh: 企业, en: firm}
    facts:
      money: {type: yuan, range: [0 yuan, 10000000000000 yuan], label: {zh: 钱, en: money}}
      income: {type: yuan, range: [0 yuan, 10000000000000 yuan], label: {zh: 收, en: income}}
rules:
- {id: PLAIN, clause: C1, subject: firm, title: {zh: 一, en: one}, kind: formula, budget: none, amount: 'min(money, income)', when: money > income}
- {id: LONG, clause: C1, subject: firm, title: {zh: 二, en: two}, kind: formula, budget: none, amount: 'min(round_half_up(money * income / (money + income)), money)', when: money * income > money * money}
- {id: LONGEST, clause: C1, subject: firm, title: {zh: 三, en: three}, kind: formula, budget: none, amount: money, when: money * money * income > income * income * income}
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUINTET_CACHE", str(tmp_path / "cache"))


def same(found: Result, wanted: Result) -> None:
    assert found.denominators == wanted.denominators
    for rule, states in wanted.states.items():
        np.testing.assert_array_equal(found.states[rule], states, rule)
        np.testing.assert_array_equal(found.awards[rule].rows, wanted.awards[rule].rows, rule)
        np.testing.assert_array_equal(found.awards[rule].fen, wanted.awards[rule].fen, rule)
    for name, (values, known) in wanted.definitions.items():
        np.testing.assert_array_equal(found.definitions[name][1], known, name)
        np.testing.assert_array_equal(found.definitions[name][0][known], values[known], name)


def with_common_denominator(part: BoundSubject) -> list[str]:
    lowering = Lowering(Dialect(), part.facts, part.definitions)
    return [name for name, node in part.definitions.items() if node.type.kind != "number" or lowering.number(node).den.const]


def random_table(part: BoundSubject, rows: int, seed: int) -> Table:
    """Facts with what lies on the policy's bounds: round sums, days about New Year's, everything and nothing."""
    random, columns = np.random.default_rng(seed), {}
    for place, (name, spec) in enumerate(part.facts.items()):
        if spec.type.kind == "bool":
            values = random.random(rows) < 0.7
        elif spec.type.kind == "text":
            values = random.integers(0, len(spec.type.choices), rows)
        elif spec.type.kind == "date":
            values = np.where(
                random.random(rows) < 0.5,
                random.integers(18_200, 18_640, rows),
                random.choice([18_261, 18_262, 18_321, 18_627, spec.low, spec.high], rows),
            )
        else:
            round_sums = random.choice([0, 1, 2, 3, 4, 30, 50, 60, 70, 71, 500, 5_000_000_000, 20_000_000_000, 50_000_000], rows)
            values = np.clip(
                np.where(random.random(rows) < 0.5, round_sums, random.integers(spec.low, min(spec.high, 10**11) + 1, rows)),
                spec.low,
                spec.high,
            )
        known = None if place % 5 == 4 else random.random(rows) < 0.97
        columns[name] = Column((values if known is None else np.where(known, values, 0)).astype(storage(spec)), known)
    return Table(rows, columns, ids=np.arange(rows), refs={name: random.integers(0, max(rows // 3, 1), rows) for name in part.subject.refs})


def test_a_definition_too_wide_for_machine_code_is_worked_out_beside_it() -> None:
    base = bound()
    part = base.subjects["firm"]
    profit = n.Fact("profit", PLAIN)
    wide = n.Extreme("min", (n.Arith("*", n.Arith("*", profit, profit, PLAIN), profit, PLAIN), n.Const(Fraction(7), PLAIN)))
    pack = dataclasses.replace(
        base, subjects={"firm": dataclasses.replace(part, definitions={"wide": wide}, facts=dict(part.subject.facts))}
    )
    rows = [dict.fromkeys(part.subject.facts, None) | {"profit": value} for value in (-(2**31), 1, 2**31, None)]
    program = NativeProgram(pack, definitions=["wide"])
    assert program.assembly("firm").left.definitions == ["wide"]
    values, known = program.run({"firm": table(pack, rows)}, ON)["firm"].definitions["wide"]
    assert [int(value) for value in values[:3]] == [-(2**93), 1, 7]
    assert list(known) == [True, True, True, False]


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
@given(packs(), st.lists(facts(), min_size=1, max_size=8), st.sampled_from([ON, date(2020, 2, 29), date(2019, 7, 4)]))
def test_random_rules_give_the_same_as_numpy_and_the_reference(pack: Bound, rows: list[dict[str, Any]], on: date) -> None:
    part = pack.subjects["firm"]
    wanted = with_common_denominator(part)
    many = {"firm": table(pack, [rows[place % len(rows)] for place in range(150)])}  # enough for the widest loop and for a rest
    found = NativeProgram(pack, definitions=wanted).run(many, on)["firm"]
    same(found, ArrayProgram(pack, definitions=wanted).run(many, on)["firm"])
    for position, row in enumerate(rows):
        reference = Reference(pack, "firm", row, on)
        for rule in part.rules:
            assert STATES[found.states[rule.spec.id][position]] == reference.rule(rule)[0]


@pytest.mark.parametrize("folder", PACKS, ids=lambda folder: folder.name)
def test_every_subject_of_a_policy_gives_the_same_as_numpy(folder: Path) -> None:
    policy = load(folder)
    bound = policy.bound(ON)
    definitions = [name for part in bound.subjects.values() for name in with_common_denominator(part)]
    tables = {name: random_table(part, 70_001, seed) for seed, (name, part) in enumerate(bound.subjects.items())}
    wanted = ArrayProgram(bound, definitions=definitions).run(tables, ON)
    found = NativeProgram(bound, definitions=definitions).run(tables, ON)
    for name in bound.subjects:
        same(found[name], wanted[name])
    assert any(len(awards.rows) for result in found.values() for awards in result.awards.values())


def test_a_fact_that_nobody_gave_is_unknown() -> None:
    bound = load(PACKS[0]).bound(ON)
    tables = {
        name: Table(5, {}, ids=np.arange(5), refs={ref: np.arange(5) for ref in part.subject.refs}) for name, part in bound.subjects.items()
    }
    found = NativeProgram(bound).run(tables, ON)
    assert {int(state) for result in found.values() for states in result.states.values() for state in states} == {STATES.index("unknown")}


def test_products_beyond_64_and_128_bits_are_exact(tmp_path: Path) -> None:
    bound = small(tmp_path, WIDE).bound(ON)
    values = [0, 1, 7, 10**14 + 1, 10**15 - 1, 10**15]
    rows = [{"money": money, "income": income} for money in values for income in values]
    columns = {name: Column(np.array([row[name] for row in rows])) for name in ("money", "income")}
    program = NativeProgram(bound)
    found = program.run({"firm": Table(len(rows), columns, ids=np.arange(len(rows)))}, ON)["firm"]
    assert program.assembly("firm").left.rules == ["LONGEST"]
    for rule in bound.subjects["firm"].rules:
        amounts = found.awards[rule.spec.id].dense(len(rows))
        for position, row in enumerate(rows):
            state, amount, _ = Reference(bound, "firm", {name: Fraction(value) for name, value in row.items()}, ON).rule(rule)
            assert (STATES[found.states[rule.spec.id][position]], amounts[position]) == (state, amount or 0)


SCRIPT = """
from datetime import date
from pathlib import Path
from quintet.engine import load
from quintet.engine.backends.native import NativeProgram
from tests.engine.test_native import ON, PACKS, random_table
bound = load(PACKS[0]).bound(ON)
tables = {"loan": random_table(bound.subjects["loan"], 1000, 1)}
program = NativeProgram(bound)
print(program.compiled(tables), int(program.run(tables, ON)["loan"].awards["T13"].fen.sum()))
"""


def test_another_process_finds_the_machine_code_in_the_cache(tmp_path: Path) -> None:
    def outcome() -> list[str]:
        environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        return subprocess.run(
            [sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True, env=environment, cwd=ROOT
        ).stdout.split()

    first, second = outcome(), outcome()
    assert (first[0], second[0], first[1]) == ("False", "True", second[1])
    (kept,) = (tmp_path / "cache").glob("*.native")
    kept.write_bytes(kept.read_bytes()[:-1])
    assert outcome() == second  # a damaged file is made anew
    assert machine_code.kept(kept) is not None


def test_small_jobs_do_not_wait_for_a_compiler() -> None:
    bound = load(PACKS[0]).bound(ON)
    tables = {"loan": random_table(bound.subjects["loan"], 1000, 2)}
    assert type(best_program(bound, tables)) is ArrayProgram
    NativeProgram(bound).run(tables, ON)
    assert type(best_program(bound, tables)) is NativeProgram  # it is there, so it costs nothing
