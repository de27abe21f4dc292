"""What an accountant reads of a policy's own figures."""

from datetime import date
from pathlib import Path

import pytest

from quintet.engine import load
from quintet.engine.explain import explain

pytestmark = pytest.mark.engine_only

LOAN = {
    "id": "loan", "enterprise": "firm", "pledge": "intellectual_property", "released": True, "principal": 10_000_000_00, "interest_paid": 500_000_00,
    "drawn_on": "2020-01-01", "due_on": "2020-12-31",
}  # fmt: skip


def test_a_loan_names_the_rate_read_from_the_table_and_the_reading_of_the_unclear_place() -> None:
    policy = load(Path(__file__).resolve().parents[2] / "packs" / "panjin-2019-29")

    answer = explain(policy, {"loan": [LOAN]}, date(2020, 12, 31))

    rules = {item["rule"]: item for item in answer["results"]["loan"][0]["outcomes"]}
    figures = {item["name"]: item["value"] for item in rules["loan_interest_subsidy"]["inputs"]["parameters"]}
    assert figures["benchmark_rate"] == {"zh": "4.35%", "en": "4.35%"}
    assert figures["loan_interest_scope"] == {"zh": "整个贷款期限", "en": "the whole term"}
