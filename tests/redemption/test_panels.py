"""Who reviews is drawn once: nobody alone changes the panel afterwards, by a tie, by a project that moves, or by withdrawing."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import User
from quintet.directory.actions import save_record
from quintet.directory.models import Kinship, Person, Shareholding
from quintet.market.models import ProjectMember, TransferProject
from quintet.redemption import actions
from quintet.redemption.actions.reviews import drawn
from quintet.redemption.models import Claim, Panel, Seat
from quintet.redemption.permissions import refusal
from tests.duties import keeps_every_register
from tests.redemption.applications import NUMBERS, ON, PACK, expert, experts, filled, panel_of, project, reviewed
from tests.redemption.city import newly_high_tech
from tests.redemption.claims import all_there, member, officer

pytestmark = pytest.mark.django_db
SHEET = {"novelty": 25, "benefit": 25, "maturity": 15, "accounts": 15}


@pytest.fixture(autouse=True)
def _kept(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    keeps_every_register("stb")


def tied(seat: Seat, by: User | None = None) -> None:
    """Somebody enters, after the draw, that the expert holds shares of the applicant."""
    actions.add_tie(seat.expert.person, holds=seat.panel.claim.organisation, by=by or officer("clerk"), on=ON)


def sits(seat: Seat) -> User:
    user = seat.expert.person.user
    actions.declare(seat, free=True, by=user, on=ON)
    return user


def scores(seat: Seat) -> None:
    actions.score(seat, scores=SHEET, opinion="可行。", by=sits(seat), on=ON)


class TestATieEnteredAfterTheDraw:
    def test_pushes_nobody_out_and_lets_nobody_sit(self):
        panel = panel_of()
        seat = panel.seats.get(number=1)
        tied(seat)
        with pytest.raises(NotAllowed, match="抽取之后，名录登记了您与申报单位或本人的关系：持有申报单位的股份"):
            sits(seat)
        seat.refresh_from_db()
        assert (seat.state, panel.seats.count()) == ("invited", 5)

    def test_keeps_who_declared_before_it_from_scoring(self):
        panel = panel_of()
        seat = panel.seats.get(number=1)
        user = sits(seat)
        tied(seat)
        with pytest.raises(NotAllowed, match="抽取之后"):
            actions.score(seat, scores=SHEET, opinion="可行。", by=user, on=ON)

    def test_keeps_the_panel_open_where_the_sheet_is_in(self):
        panel = panel_of()
        for seat in panel.seats.all():
            scores(seat)
        tied(panel.seats.get(number=3))
        with pytest.raises(DomainError, match="应当回避，请先办理更换"):
            actions.close_panel(panel, by=officer(), on=ON)
        claim = panel.claim
        actions.propose_unseat(claim, by=officer(), on=ON)
        actions.confirm_unseat(claim, confirmed=True, by=officer("officer2"), on=ON)
        left = panel.seats.get(number=3)
        assert (left.state, left.points, left.reason) == ("recused", None, "持有申报单位的股份")
        with pytest.raises(DomainError, match="还有 1 位专家没有评分"):
            actions.close_panel(panel, by=officer(), on=ON)
        scores(panel.seats.get(number=6))
        assert actions.close_panel(panel, by=officer(), on=ON).passed

    def test_the_expert_who_agrees_leaves_by_themself(self):
        panel = panel_of()
        seat = panel.seats.get(number=1)
        tied(seat)
        seat = actions.declare(seat, free=False, reason="确有股份", by=seat.expert.person.user, on=ON)
        assert (seat.state, panel.seats.count()) == ("recused", 6)

    def test_the_next_in_order_is_next_whatever_was_entered_since(self):
        panel = panel_of()
        following = drawn(panel.seed, panel.pool)[5]
        person = Person.objects.get(expert=following)
        actions.add_tie(person, holds=panel.claim.organisation, by=officer("clerk"), on=ON)
        seat = panel.seats.get(number=1)
        actions.declare(seat, free=False, reason="同学", by=seat.expert.person.user, on=ON)
        assert panel.seats.get(number=6).expert_id == following


class TestAnExpertLeavesByTwo:
    def test_neither_by_who_entered_the_tie_nor_by_one_alone(self):
        panel = panel_of()
        claim = panel.claim
        assert "不用更换" in str(refusal(officer(), claim, "unseat"))
        tied(panel.seats.get(number=1))
        with pytest.raises(NotAllowed, match="登记过"):
            actions.propose_unseat(claim, by=officer("clerk"), on=ON)
        actions.propose_unseat(claim, by=officer(), on=ON)
        with pytest.raises(DomainError, match="正在等待复核"):
            actions.propose_unseat(claim, by=officer("officer2"), on=ON)
        with pytest.raises(NotAllowed, match="不能自己复核"):
            actions.confirm_unseat(claim, confirmed=True, by=officer(), on=ON)
        with pytest.raises(NotAllowed, match="登记过"):
            actions.confirm_unseat(claim, confirmed=True, by=officer("clerk"), on=ON)
        assert panel.seats.count() == 5
        actions.confirm_unseat(claim, confirmed=True, by=officer("officer2"), on=ON)
        assert panel.seats.get(number=6).expert_id == drawn(panel.seed, panel.pool)[5]

    def test_sent_back_with_a_remark_nothing_changes_and_the_tie_still_keeps_them_from_scoring(self):
        panel = panel_of()
        seat = panel.seats.get(number=1)
        tied(seat)
        actions.propose_unseat(panel.claim, by=officer(), on=ON)
        with pytest.raises(DomainError, match="写明意见"):
            actions.confirm_unseat(panel.claim, confirmed=False, by=officer("officer2"), on=ON)
        actions.confirm_unseat(panel.claim, confirmed=False, remark="登记有误，先更正", by=officer("officer2"), on=ON)
        assert panel.seats.count() == 5
        with pytest.raises(NotAllowed, match="抽取之后"):
            sits(seat)
        actions.propose_unseat(panel.claim, by=officer(), on=ON)

    def test_nor_by_sql(self):
        panel = panel_of()
        seat = panel.seats.get(number=1)
        sits(seat)
        with pytest.raises(IntegrityError, match="redemption_seat_left_by_one"), transaction.atomic():
            Seat.objects.filter(pk=seat.pk).update(state="recused", reason="x")


class TestBeforeTheDraw:
    def test_whoever_moved_a_project_of_an_expert_to_the_applicant_does_not_draw(self):
        claim, pool = reviewed(), experts()
        theirs = project(newly_high_tech())
        ProjectMember.objects.create(project=theirs, person=pool[0].person)
        theirs.organisation = claim.organisation
        save_record(theirs, by=officer())
        with pytest.raises(NotAllowed, match="登记过被排除专家的回避关系"):
            actions.draw_panel(claim, by=officer(), on=ON)
        panel = actions.draw_panel(claim, by=officer("officer2"), on=ON)
        assert [item["name"] for item in panel.excluded] == [pool[0].person.name]

    def test_nor_who_entered_what_a_relative_of_an_expert_holds(self):
        claim, pool = reviewed(), experts()
        mother = Person.objects.create(name="母亲")
        Kinship.objects.create(person=pool[0].person, relative=mother, declared_on=ON)
        save_record(Shareholding(person=mother, organisation=claim.organisation, held_from=ON), by=officer())
        with pytest.raises(NotAllowed, match="登记过被排除专家的回避关系"):
            actions.draw_panel(claim, by=officer(), on=ON)

    def test_who_wrote_something_else_of_such_a_project_draws(self):
        claim, pool = reviewed(), experts()
        theirs = project(claim.organisation)
        ProjectMember.objects.create(project=theirs, person=pool[0].person)
        theirs.name = "改名"
        save_record(theirs, by=officer())
        assert len(actions.draw_panel(claim, by=officer(), on=ON).excluded) == 1


class TestWithdrawnAndHandedInAgain:
    def again(self, claim: Claim) -> Claim:
        by = member(claim.organisation)
        actions.withdraw(Claim.objects.get(pk=claim.pk), by=by, on=ON)
        second = actions.start_application(pack=PACK, rule="transfer_grant", subject_id=claim.subject_id, year=2020, by=by, on=ON)
        second = actions.submit(filled(second), pledged=True, by=by, on=ON)
        actions.check_form(second, checked=all_there(second), by=officer(), on=ON)
        actions.judge(second, fact="significant_for_local_industry", value=True, reason="带动三家配套企业。", by=officer(), on=ON)
        return actions.review(second, opinion="材料齐全，同意送评审。", by=officer(), on=ON)

    def test_has_the_same_experts(self):
        first = panel_of()
        second = self.again(first.claim)
        for number in range(9, 15):
            expert(number)
        panel = actions.draw_panel(second, by=officer(), on=ON)
        assert (panel.seed, panel.pool) == (first.seed, first.pool)
        order = [list(one.seats.order_by("number").values_list("expert", flat=True)) for one in (first, panel)]
        assert order[0] == order[1]

    def test_without_those_who_recused_then(self):
        first = panel_of()
        left = first.seats.get(number=2)
        actions.declare(left, free=False, reason="同学", by=left.expert.person.user, on=ON)
        panel = actions.draw_panel(self.again(first.claim), by=officer(), on=ON)
        order = [key for key in drawn(first.seed, first.pool) if key != left.expert_id]
        assert list(panel.seats.order_by("number").values_list("expert", flat=True)) == order[:5]
        assert (left.expert_id, "同学") in {(item["expert"], item["reason"]) for item in panel.excluded}

    def test_another_project_is_another_draw(self):
        first = panel_of()
        claim = reviewed(filled_anew(first.claim))
        assert actions.draw_panel(claim, by=officer(), on=ON).seed != first.seed
        assert Panel.objects.count() == 2


def filled_anew(claim: Claim) -> Claim:
    """Another project of the same firm, handed in."""
    by, other = member(claim.organisation), project(claim.organisation, name=f"另一项目{next(NUMBERS)}")
    second = actions.start_application(pack=PACK, rule="transfer_grant", subject_id=other.pk, year=2020, by=by, on=ON)
    assert TransferProject.objects.count() == 2
    return actions.submit(filled(second), pledged=True, by=by, on=ON)
