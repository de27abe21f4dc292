"""Below, at and above: every limit, date and count of the money actions, one step to either side of it."""

from datetime import date
from typing import Any

import pytest

from quintet.finance.models import Loan
from quintet.redemption import actions
from quintet.redemption.actions.claims import procedure_of
from quintet.redemption.models import Claim
from tests.redemption.applications import ON as REVIEWED_ON
from tests.redemption.applications import panel_of, scored
from tests.redemption.batches import granted_claims
from tests.redemption.city import newly_high_tech, patent_loan
from tests.redemption.claims import ON, all_there, member, officer
from tests.redemption.test_reviews import both_vote
from tests.redemption.ways import applied, one_of

pytestmark = pytest.mark.django_db
SHEET = ("novelty", "benefit", "maturity", "accounts")


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


class TestPassMark:
    @pytest.mark.parametrize(("last", "points", "passed"), [(19, 5980, False), (20, 6000, True), (21, 6020, True)])
    def test_sixty_points_on_average_pass(self, last: int, points: int, passed: bool):
        panel = panel_of()
        for seat in panel.seats.order_by("number"):
            by = seat.expert.person.user
            actions.declare(seat, free=True, by=by, on=REVIEWED_ON)
            scores = dict(zip(SHEET, (last if seat.number == 5 else 20, 20, 10, 10), strict=True))
            actions.score(seat, scores=scores, opinion="可行。", by=by, on=REVIEWED_ON)
        panel = actions.close_panel(panel, by=officer(), on=REVIEWED_ON)
        assert (panel.points, panel.passed) == (points, passed)


class TestNoticeDays:
    def test_a_notice_lasts_as_long_as_the_longest_of_its_procedures_asks(self):
        long = both_vote(scored().claim)
        actions.propose(long, granted=True, amount_fen=1_000_000, reasons="按材料核定。", by=officer(), on=REVIEWED_ON)
        long = actions.confirm_decision(long, confirmed=True, by=officer("officer2"), on=REVIEWED_ON)
        (short,) = granted_claims(1)
        days = [next(step.days for step in procedure_of(claim).steps if step.kind == "public_notice") for claim in (short, long)]
        assert days == [5, 7]
        notice = actions.publish_notice([short, long], title="公示", by=officer("officer2"), on=ON)
        assert notice.ends_on == date(2021, 1, 13)  # seven working days after Monday 4 January 2021


class TestYearlyLimit:
    """T13 pays a firm 500,000 yuan a year at most; each of these loans alone would have 430,000 or so."""

    def decided(self, claim: Claim, on: date) -> Claim:
        one, two = one_of(claim.unit), one_of(claim.unit, 2)
        actions.check_form(claim, checked=all_there(claim), by=one, on=on)
        claim.refresh_from_db()
        if claim.step == "department_review":
            actions.review(claim, opinion="符合。", by=one, on=on)
        for unit in list(claim.votes.filter(vote="").values_list("unit", flat=True)):
            actions.vote(claim, unit=unit, agree="agree", by=one_of(unit), on=on)
        actions.propose(claim, granted=True, reasons="按材料核定。", by=one, on=on)
        return actions.confirm_decision(claim, confirmed=True, by=two, on=on)

    def test_what_was_granted_and_then_refused_leaves_the_whole_limit(self):
        firm, on = newly_high_tech(), date(2020, 11, 2)
        by = member(firm)
        loans = [patent_loan(firm, 20_000_000, number) for number in ("A", "B")]
        first = self.decided(applied("loan_interest_subsidy", loans[0].pk, by, firm, on), on)
        alone = first.decided_fen
        assert 25_000_000 < alone < 50_000_000
        notice = actions.publish_notice([first], title="公示", by=one_of(first.unit, 2), on=on)
        objection = actions.object_to(notice.lines.get(), objector="赵某", contact="13800000000", text="利息没有付清，请核查。", on=on)
        objection = actions.accept_objection(objection, by=one_of(first.unit, 3), on=on)
        actions.answer_objection(objection, upheld=True, finding="属实。", by=one_of(first.unit, 3), on=on)
        actions.confirm_upholding(objection, confirmed=True, by=one_of(first.unit, 4), on=on)
        first.refresh_from_db()
        assert (first.state, first.decided_fen) == ("refused", alone)
        Loan.objects.filter(pk=loans[0].pk).update(released=False)  # the register is corrected, too
        second = applied("loan_interest_subsidy", loans[1].pk, by, firm, date(2020, 11, 20))
        assert (second.amount_fen, second.changed) == (alone, "")

    @pytest.mark.parametrize(("over", "told"), [(-1, False), (0, False), (1, True)])
    def test_what_was_decided_for_another_claim_leaves_the_rest(self, over: int, told: bool):
        firm, on = newly_high_tech(), date(2020, 11, 2)
        by = member(firm)
        loans = [patent_loan(firm, 20_000_000, number) for number in ("A", "B")]
        first = self.decided(applied("loan_interest_subsidy", loans[0].pk, by, firm, on), on)
        Loan.objects.filter(pk=loans[0].pk).update(released=False)  # so that the register's answer alone does not know of it
        left = 50_000_000 - first.decided_fen
        Loan.objects.filter(pk=loans[1].pk).update(interest_paid_fen=left + over)  # no more is paid than the interest
        second = applied("loan_interest_subsidy", loans[1].pk, by, firm, date(2020, 11, 20))
        assert second.amount_fen == min(left, left + over)
        assert ("本年度上限内只余" in second.changed) is told
