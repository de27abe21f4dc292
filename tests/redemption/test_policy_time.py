"""What a policy's last day means for offers, applications and those who handle them: the day before, on it, after."""

from datetime import date
from typing import Any

import pytest

from quintet.core.errors import DomainError
from quintet.policies.engine import policy
from quintet.redemption import actions
from quintet.redemption.models import Claim
from tests.redemption.city import newly_high_tech, run_of
from tests.redemption.claims import account, member, officer
from tests.redemption.ways import PACK

pytestmark = pytest.mark.django_db
LAST = date(2021, 12, 31)
AFTER = date(2022, 1, 1)


def test_an_offer_is_made_on_the_last_day_and_not_after_it():
    newly_high_tech()
    with pytest.raises(DomainError, match="政策已于2021年12月31日期满"):
        actions.make_offers(run_of(), by=officer(), on=AFTER)
    assert not Claim.objects.exists()
    assert actions.make_offers(run_of(), by=officer(), on=LAST)["made"] == 1


def test_what_was_offered_in_time_is_not_confirmed_after_the_end():
    firm = newly_high_tech()
    actions.make_offers(run_of(), by=officer(), on=date(2021, 12, 30))
    claim, by = Claim.objects.get(), member(firm)
    kept = account(firm, by)
    with pytest.raises(DomainError, match="政策已于2021年12月31日期满"):
        actions.confirm_offer(claim, account=kept, by=by, on=AFTER)
    assert actions.confirm_offer(claim, account=kept, by=by, on=LAST).state == "handled"


def test_nothing_is_applied_for_after_the_end():
    firm = newly_high_tech()
    with pytest.raises(DomainError, match="政策已于2021年12月31日期满"):
        actions.start_application(pack=PACK, rule="transfer_grant", subject_id=firm.pk, year=2021, by=member(firm), on=AFTER)


def test_officers_are_told_when_the_procedure_may_outlast_the_policy(make_user: Any, client: Any):
    chosen = policy(PACK)
    days = [day for day in range(1, 31) if actions.little_time(chosen, date(2021, 11, day))]
    assert 0 < len(days) < 30
    assert days == list(range(days[0], 31))
    assert "2021年12月31日之后不能再决定" in actions.little_time(chosen, date(2021, 11, days[0]))
