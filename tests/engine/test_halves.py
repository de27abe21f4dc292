"""Half points: a score of 70.5 is taken exactly, in every way in, and 70.3 is refused."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from quintet.engine import FactsError, load
from quintet.engine.backends.arrays import ArrayProgram
from quintet.engine.backends.native import NativeProgram
from quintet.engine.columns import table_from_arrow
from quintet.engine.explain import explain

pytestmark = pytest.mark.engine_only

PANJIN = load("panjin-2019-29")
ON = date(2020, 12, 31)
FIRM: dict[str, Any] = {
    "id": "f", "registered_on": "2015-05-01", "core_ip": True, "listed_field": True, "staff": 100, "technical_staff": 10, "revenue": "50,000,000 yuan",
    "rd_spending_3y": "7,500,000 yuan", "revenue_3y": "150,000,000 yuan", "domestic_rd_spending_3y": "4,500,000 yuan",
    "high_tech_income": "30,000,000 yuan", "total_income": "50,000,000 yuan", "major_incident": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("score", "met"),
    [
        (69, False),
        ("69.5", False),
        (70, False),
        ("70.0", False),
        ("70.5", True),
        (70.5, True),
        ("70.5 分", True),
        (71, True),
        (100, True),
        (0, False),
    ],
)
def test_more_than_seventy_is_asked_to_the_half_point(score: Any, met: bool) -> None:
    row = PANJIN.program(ON).evaluate({"enterprise": [{**FIRM, "innovation_score": score}]}, ON, definitions=True)["enterprise"][0]
    assert row["definitions"]["high_tech_test"] is met


@pytest.mark.parametrize("score", ["70.3", 70.25, "100.5", 101, -1, "-0.5", True])
def test_another_score_is_refused(score: Any) -> None:
    with pytest.raises(FactsError, match="innovation_score"):
        PANJIN.evaluate({"enterprise": [{**FIRM, "innovation_score": score}]}, ON)


def test_an_explanation_shows_the_score_as_it_was_given() -> None:
    told = str(explain(PANJIN, {"enterprise": [{**FIRM, "innovation_score": "70.5"}]}, ON)["results"])
    assert "70.5 分" in told
    assert "141" not in told


@pytest.mark.parametrize("kind", [ArrayProgram, NativeProgram])
def test_columns_hold_halves(kind: type[ArrayProgram]) -> None:
    spec = PANJIN.pack.subjects["enterprise"]
    for scores in ([70.0, 70.5, 71.0], ["70", "70.5", "71"]):
        table = table_from_arrow(pa.table({"id": ["a", "b", "c"], "innovation_score": scores}), spec)
        assert table.facts["innovation_score"].values.tolist() == [140, 141, 142]
    with pytest.raises(FactsError, match="70\\.5"):
        table_from_arrow(pa.table({"id": ["a"], "innovation_score": [70.3]}), spec)
    whole = table_from_arrow(pa.table({"id": ["a"], "innovation_score": [71]}), spec)
    assert kind(PANJIN.bound(ON), definitions=["high_tech_test"]).run({"enterprise": whole}, ON)["enterprise"].definitions[
        "high_tech_test"
    ][1].tolist() == [False]
