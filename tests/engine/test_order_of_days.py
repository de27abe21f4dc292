"""A day that has to come after another one is refused before it, in single rows and in tables, in both languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quintet.engine import FactsError, PackError, Policy
from quintet.engine.columns import read_tables
from quintet.engine.packs.load import load_pack
from tests.engine.packs import small, write_pack

ON = date(2020, 12, 31)
BODY = """
subjects:
  loan:
    label: {{zh: 贷款, en: loan}}
    facts:
      drawn_on: {{type: date, label: {{zh: 放款日期, en: Date of drawing}}}}
      repaid_on: {{type: date, not_before: drawn_on, label: {{zh: 还清日期, en: Day of repayment}}}}
      asked_on: {{type: date, not_before: drawn_on, label: {{zh: 申请日期, en: Day of application}}}}
      sum: {{type: yuan, range: [0 yuan, 1000 yuan], label: {{zh: 金额, en: Sum}}}}
rules:
- {{id: R, clause: C1, subject: loan, title: {{zh: 一, en: one}}, kind: fixed, budget: none, amount: sum, when: {when}}}
"""
BOTH = "repaid_on >= drawn_on"
ORDERS = [("2020-03-01", "2020-02-29", False), ("2020-03-01", "2020-03-01", True), ("2020-03-01", "2020-03-02", True)]
ORDERS += [(None, "2020-02-29", True), ("2020-03-01", None, True), (None, None, True)]


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return small(tmp_path, BODY.format(when=f"{{all: [{BOTH}]}}"))


@pytest.mark.parametrize(("drawn", "later", "fits"), ORDERS)
@pytest.mark.parametrize("fact", ["repaid_on", "asked_on"])  # read by a rule, and by none
def test_a_row(drawn: str | None, later: str | None, fits: bool, fact: str, policy: Policy) -> None:
    row = {"id": "L1", "drawn_on": drawn, fact: later}
    if fits:
        assert policy.evaluate({"loan": [row]}, ON)
        return
    with pytest.raises(FactsError) as caught:
        policy.evaluate({"loan": [row]}, ON)
    assert (caught.value.subject, caught.value.row, caught.value.fact) == ("loan", "L1", fact)
    label = "还清日期" if fact == "repaid_on" else "申请日期"
    assert caught.value.zh == f"{label}（2020-02-29）早于放款日期（2020-03-01），请核对这两个日期"
    assert caught.value.en == "2020-02-29 lies before 2020-03-01, the date of drawing; look at both days again"


@pytest.mark.parametrize(("drawn", "later", "fits"), ORDERS)
@pytest.mark.parametrize("fact", ["repaid_on", "asked_on"])
def test_a_table(drawn: str | None, later: str | None, fits: bool, fact: str, policy: Policy, tmp_path: Path) -> None:
    columns: dict[str, Any] = {"id": ["L0", "L1"], "drawn_on": pa.array(["2020-01-01", drawn]), fact: pa.array(["2020-01-01", later])}
    pq.write_table(pa.table(columns), tmp_path / "loan.parquet")
    if fits:
        assert list(read_tables(tmp_path, policy.pack.subjects)) == ["loan"]
        return
    with pytest.raises(FactsError) as caught:
        read_tables(tmp_path, policy.pack.subjects)
    assert (caught.value.row, caught.value.fact) == (2, fact)
    assert "早于放款日期（2020-03-01）" in caught.value.zh


@pytest.mark.parametrize(
    ("fact", "written", "says"),
    [
        ("repaid_on", "not_before: drawn", "Did you mean drawn_on?"),
        ("repaid_on", "not_before: sum", "is not known"),
        ("repaid_on", "not_before: repaid_on", "is not known"),
        ("sum", "not_before: drawn_on", "fact sum is no date"),
        ("drawn_on", "not_before: repaid_on", "comes before itself"),
    ],
)
def test_a_pack_names_another_day_of_the_same_subject(fact: str, written: str, says: str, tmp_path: Path) -> None:
    plain = BODY.format(when=f"{{all: [{BOTH}]}}").replace("not_before: drawn_on", "period: event", 1 if fact == "repaid_on" else 0)
    kind = "type: yuan" if fact == "sum" else "type: date"
    body = plain.replace(f"{fact}: {{{kind}", f"{fact}: {{{kind}, {written}")
    with pytest.raises(PackError, match=says.replace("?", r"\?")):
        load_pack(write_pack(tmp_path, body))
