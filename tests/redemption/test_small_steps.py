"""What an action does beside its main effect: the step that ends, the check that comes too late elsewhere, the text on its limit."""

from datetime import date
from typing import Any

import pytest

from quintet.core.errors import DomainError
from quintet.redemption import actions
from quintet.redemption.actions.notices import LEAST_TEXT
from quintet.redemption.models import Objection
from tests.ledger.books import finance
from tests.redemption import test_after
from tests.redemption.claims import ON
from tests.redemption.test_notices import published
from tests.redemption.test_provisions import IN_KIND
from tests.redemption.ways import applied, fund_of, one_of, until_cleared

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_no_money_is_set_aside_while_the_instalment_before_is_called_back():
    first, on = test_after.TestInstalments().founder(), date(2021, 11, 2)
    second, day = until_cleared(applied(first.rule, first.subject_id, first.created_by, first.person, on), on)
    found = actions.propose_clawback(first, amount_fen=first.decided_fen or 0, reasons="不符合条件", by=one_of("party_organisation"), on=on)
    actions.confirm_clawback(found, confirmed=True, by=one_of("party_organisation", 2), on=on)
    with pytest.raises(DomainError, match="上一期的资金已经或正在追回"):
        actions.commit_claim(second, fund=fund_of(second), by=finance(), on=day)
    second.refresh_from_db()
    assert (second.state, second.commitment) == ("cleared", None)
    actions.drop_clawback(found, reasons="核实无误", by=one_of("party_organisation", 3), on=day)
    assert actions.commit_claim(second, fund=fund_of(second), by=finance(), on=day).state == "committed"


def test_what_is_handed_over_ends_its_step_and_goes_to_the_next():
    claim, day = until_cleared(IN_KIND["T11 free factory space"]())
    before = claim.steps.get(ended_on=None)
    claim = actions.deliver(claim, what="三号楼二层", by=one_of(claim.unit), on=day)
    before.refresh_from_db()
    assert (before.ended_on, before.outcome, before.opinion) == (day, "passed", "三号楼二层")
    assert claim.step != before.kind
    assert claim.steps.get(ended_on=None).kind == claim.step


@pytest.mark.parametrize(("letters", "enough"), [(LEAST_TEXT - 1, False), (LEAST_TEXT, True), (LEAST_TEXT + 1, True)])
def test_an_objection_says_enough_to_be_looked_into(letters: int, enough: bool):
    line = published().lines.get()
    if not enough:
        with pytest.raises(DomainError, match="写清楚"):
            actions.object_to(line, objector="赵某", contact="13800000000", text=" " + "事" * letters, by=None, on=ON)
        assert not Objection.objects.exists()
        return
    assert actions.object_to(line, objector="赵某", contact="13800000000", text=" " + "事" * letters, by=None, on=ON).text == "事" * letters
