"""Days that share their figures share what is compiled, and are still told apart."""

from datetime import date

import pytest

from quintet.engine import load
from quintet.engine.describe import clause_rules

pytestmark = pytest.mark.engine_only


def test_days_with_the_same_figures_share_one_program():
    policy = load("panjin-2019-29")
    assert policy.program(date(2020, 3, 1)) is policy.program(date(2021, 12, 31))


def test_a_clause_names_the_year_it_is_shown_for_whatever_day_was_asked_before():
    policy = load("panjin-2019-29")
    said = {year: str(clause_rules(policy, "T6", date(year, 12, 31))) for year in (2019, 2020, 2021)}
    for year, text in said.items():
        assert f"在{year}年内" in text
        assert not any(f"在{other}年内" in text for other in said if other != year)
