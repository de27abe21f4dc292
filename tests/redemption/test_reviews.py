"""Expert review, joint review and recusal: who is drawn can be worked out again, who has an interest keeps away, one vote a department."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AuditEntry
from quintet.directory.models import Membership, Person
from quintet.redemption import actions
from quintet.redemption.actions.reviews import drawn, duplicates_of
from quintet.redemption.interests import interest_of
from quintet.redemption.models import Claim, ClaimFact, JointVote, Panel, Seat
from quintet.talent.models import Talent, Team
from tests.duties import by_two, keeps_every_register
from tests.guards import without
from tests.redemption.applications import ON, expert, experts, panel_of, project, reviewed, scored, submitted
from tests.redemption.city import newly_high_tech
from tests.redemption.claims import all_there, officer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def counties() -> Any:
    return officer("county", unit="counties")


def both_vote(claim: Claim, vote: str = "agree", opinion: str = "") -> Claim:
    """The other units that T9 names: the Finance Bureau and the counties."""
    actions.vote(claim, unit="finance", agree="agree", by=officer("fin", unit="finance"), on=ON)
    actions.vote(claim, unit="counties", agree=vote, opinion=opinion, by=counties(), on=ON)
    claim.refresh_from_db()
    return claim


class TestDraw:
    def test_whoever_has_the_seed_draws_the_same_experts(self):
        panel = panel_of()
        line = AuditEntry.objects.get(action="redemption.draw")
        assert [seat.expert_id for seat in panel.seats.order_by("number")] == drawn(line.details["seed"], line.details["pool"])[:5]

    def test_it_is_drawn_once(self):
        panel = panel_of()
        with pytest.raises(DomainError, match="不能重抽"):
            actions.draw_panel(panel.claim, by=officer(), on=ON)

    def test_too_few_experts_are_told_not_made_do_with(self):
        claim = reviewed()
        experts(4)
        with pytest.raises(DomainError, match="可抽取的专家只有 4 位"):
            actions.draw_panel(claim, by=officer(), on=ON)

    def test_every_known_interest_keeps_an_expert_out(self):
        keeps_every_register("stb")
        claim = reviewed()
        firm, other = claim.organisation, newly_high_tech()
        experts(6)
        shares, joint, employed, family = (expert(number).person for number in (11, 12, 13, 14))
        actions.add_tie(shares, holds=firm, by=officer("officer3"), on=ON)
        theirs = project(firm, name="另一个项目")
        actions.add_tie(joint, project=theirs, by=officer("officer3"), on=ON)
        expert(13, employer=firm)
        brother = Person.objects.create(name="兄弟")
        Membership.objects.create(person=brother, organisation=firm, granted_on=date(2019, 1, 1), **by_two())
        actions.add_tie(family, relative=brother, by=officer("officer3"), on=ON)
        free = expert(15).person
        actions.add_tie(free, holds=other, by=officer("officer3"), on=ON)
        panel = actions.draw_panel(claim, by=officer(), on=ON)
        why = {item["name"]: item["reason"] for item in panel.excluded}
        assert why == {
            "专家11": "持有申报单位的股份",
            "专家12": "与申报单位有合作项目",
            "专家13": "在申报单位任职",
            "专家14": "近亲属：是申报单位的代理人",
        }
        assert len(panel.pool) == 7
        assert not panel.seats.filter(expert__person__in=[shares, joint, employed, family]).exists()

    def test_a_retired_expert_is_not_drawn(self):
        claim = reviewed()
        found = experts(6)
        change = actions.propose_leaving(found[0], by=officer(), on=ON)
        actions.confirm_expert(change, confirmed=True, by=officer("officer3"), on=ON)
        assert found[0].pk not in actions.draw_panel(claim, by=officer(), on=ON).pool


class TestRecusal:
    def test_the_next_in_the_drawn_order_takes_the_place(self):
        panel = panel_of()
        seat = panel.seats.get(number=2)
        actions.declare(seat, free=False, reason="导师与我共事", by=seat.expert.person.user, on=ON)
        order = drawn(panel.seed, panel.pool)
        assert panel.seats.get(number=6).expert_id == order[5]
        assert panel.seats.exclude(state="recused").count() == 5

    def test_an_official_who_declared_to_keep_away_decides_nothing(self):
        claim = submitted()
        actions.recuse(claim, reason="与法定代表人是同学", by=officer())
        with pytest.raises(NotAllowed, match="回避"):
            actions.check_form(claim, checked=all_there(claim), by=officer(), on=ON)
        actions.check_form(claim, checked=all_there(claim), by=officer("officer2"), on=ON)

    def test_an_official_with_shares_of_the_applicant_decides_nothing(self):
        claim = submitted()
        someone = Person.objects.create(name="经办", user=officer())
        keeps_every_register("stb")
        actions.add_tie(someone, holds=claim.organisation, by=officer("officer2"), on=ON)
        assert interest_of(someone, claim)
        with pytest.raises(NotAllowed, match="回避"):
            actions.check_form(claim, checked=all_there(claim), by=officer(), on=ON)


class TestScores:
    def test_the_mean_is_exact_and_goes_to_the_joint_review(self):
        panel = panel_of()
        seats = list(panel.seats.order_by("number"))
        for seat, points in zip(seats, (25, 25, 25, 25, 24), strict=True):
            by = seat.expert.person.user
            actions.declare(seat, free=True, by=by, on=ON)
            actions.score(seat, scores={"novelty": points, "benefit": 20, "maturity": 10, "accounts": 10}, opinion="可行。", by=by, on=ON)
        panel = actions.close_panel(panel, by=officer(), on=ON)
        assert (panel.points, panel.passed) == (6480, True)
        assert Claim.objects.get().step == "joint_review"

    def test_it_is_closed_only_when_all_sheets_are_in(self):
        panel = panel_of()
        with pytest.raises(DomainError, match="还有 5 位专家没有评分"):
            actions.close_panel(panel, by=officer(), on=ON)

    @pytest.mark.parametrize("points", [31, -1, None])
    def test_points_beyond_a_criterion_are_refused(self, points: Any):
        panel = panel_of()
        seat = panel.seats.get(number=1)
        by = seat.expert.person.user
        actions.declare(seat, free=True, by=by, on=ON)
        with pytest.raises(DomainError, match="技术水平和创新性"):
            actions.score(seat, scores={"novelty": points, "benefit": 20, "maturity": 10, "accounts": 10}, opinion="可行。", by=by, on=ON)

    def test_nobody_scores_for_another_or_before_declaring(self):
        panel = panel_of()
        one, other = panel.seats.filter(number__in=[1, 2])
        sheet = {"novelty": 20, "benefit": 20, "maturity": 10, "accounts": 10}
        with pytest.raises(NotAllowed):
            actions.score(one, scores=sheet, opinion="好。", by=other.expert.person.user, on=ON)
        with pytest.raises(DomainError, match="请先声明"):
            actions.score(one, scores=sheet, opinion="好。", by=one.expert.person.user, on=ON)

    def test_a_review_not_passed_stops_the_grant(self):
        panel = scored(points=(10, 10, 10, 10))
        assert not panel.passed
        claim = panel.claim
        claim = both_vote(claim)
        claim.refresh_from_db()
        assert claim.step == "decision"
        with pytest.raises(DomainError, match="评审没有通过"):
            actions.propose(claim, granted=True, amount_fen=1_000_000, reasons="理由", by=officer(), on=ON)
        actions.propose(claim, granted=False, reasons="评审没有通过", by=officer(), on=ON)

    @pytest.mark.parametrize(
        "change",
        [
            lambda: Seat.objects.filter(state="scored").update(points=99),
            lambda: Seat.objects.filter(state="scored").delete(),
            lambda: Panel.objects.update(seed="0" * 64),
            lambda: Panel.objects.all().delete(),
            lambda: JointVote.objects.update(unit="stb"),
        ],
    )
    def test_the_database_keeps_sheets_draw_and_votes_as_they_are(self, change: Any):
        scored()
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


class TestVotes:
    def test_with_the_last_department_the_claim_goes_to_its_decision(self):
        claim = scored().claim
        assert set(claim.votes.values_list("unit", flat=True)) == {"finance", "counties"}
        claim = both_vote(claim)
        assert (claim.step, claim.unit) == ("decision", "stb")

    def test_a_department_votes_once_and_only_when_asked(self):
        claim = scored().claim
        with pytest.raises(DomainError, match="不参加"):
            actions.vote(claim, unit="hrss", agree="agree", by=officer("other", unit="hrss"), on=ON)
        with pytest.raises(NotAllowed):
            actions.vote(claim, unit="counties", agree="agree", by=officer(), on=ON)
        with pytest.raises(DomainError, match="写明意见"):
            actions.vote(claim, unit="counties", agree="object", by=counties(), on=ON)

    def test_against_a_department_a_grant_needs_reasons(self):
        claim = scored().claim
        claim = both_vote(claim, "object", "县里另有安排")
        with pytest.raises(DomainError, match="联审中有部门不同意"):
            actions.propose(claim, granted=True, amount_fen=1_000_000, by=officer(), on=ON)
        actions.propose(claim, granted=True, amount_fen=40_000_000, reasons="全市统筹后仍有必要。", by=officer(), on=ON)


class TestFindings:
    def test_only_the_department_finds_what_the_pack_leaves_to_it(self):
        claim = submitted()
        assert claim.amount_fen is None
        actions.check_form(claim, checked=all_there(claim), by=officer(), on=ON)
        with pytest.raises(DomainError, match="不由主管部门认定"):
            actions.judge(claim, fact="cooperation", value=True, reason="有协议", by=officer(), on=ON)
        with pytest.raises(DomainError, match="写明认定的理由"):
            actions.judge(claim, fact="significant_for_local_industry", value=True, reason=" ", by=officer(), on=ON)
        claim = actions.judge(claim, fact="significant_for_local_industry", value=True, reason="带动三家配套企业。", by=officer(), on=ON)
        assert claim.amount_fen == 50_000_000
        assert ClaimFact.objects.get().kind == "judged"

    def test_nothing_is_granted_after_the_policys_end(self):
        claim = scored().claim
        claim = both_vote(claim)
        with pytest.raises(DomainError, match="政策已于2021年12月31日期满"):
            actions.propose(claim, granted=True, amount_fen=1, reasons="晚了", by=officer(), on=date(2022, 1, 4))
        actions.propose(claim, granted=True, amount_fen=1, reasons="按时", by=officer(), on=date(2021, 12, 31))
        with pytest.raises(DomainError, match="政策已于2021年12月31日期满"):
            actions.confirm_decision(claim, confirmed=True, by=officer("officer2"), on=date(2022, 1, 4))

    def test_another_claim_for_the_same_project_is_shown_whoever_gets_it(self):
        claim = submitted()
        assert duplicates_of(claim) == []
        same, else_s = like(claim), like(claim, organisation=newly_high_tech(7))
        assert duplicates_of(claim) == [else_s, same]
        like(claim, state="withdrawn")
        like(claim, subject_id=claim.subject_id + 1)
        assert len(duplicates_of(claim)) == 2

    def test_a_talent_and_the_team_they_lead_are_looked_at_together(self):
        claim = submitted()
        leader = Person.objects.create(name="王带头")
        talent = Talent.objects.create(person=leader, category="national_leading")
        team = Team.objects.create(name="示例团队", organisation=claim.organisation, tier="key", leader=leader, selected_on=ON)
        of_talent = like(claim, subject="talent", subject_id=talent.pk, organisation=None, person=leader, awarded="talent")
        of_team = like(claim, subject="team", subject_id=team.pk, awarded="team")
        assert (duplicates_of(of_talent), duplicates_of(of_team)) == ([of_team], [of_talent])

    def test_an_enterprises_claims_of_different_kinds_are_no_duplicates(self):
        claim = submitted()
        mine = like(claim, subject="enterprise", subject_id=claim.organisation_id, awarded="enterprise=1")
        like(claim, subject="enterprise", subject_id=claim.organisation_id, awarded="level=national", rule="national_incubator_award")
        assert duplicates_of(mine) == []
        before = like(claim, subject="enterprise", subject_id=claim.organisation_id, awarded="enterprise=1|earlier")
        assert duplicates_of(mine) == [before]


def like(claim: Claim, **other: Any) -> Claim:
    """Another claim like this one, refused, of another fact unless said otherwise."""
    names = ("version", "pack", "rule", "clause", "way", "year", "on", "subject", "subject_id", "name", "organisation")
    fields: dict[str, Any] = {name: getattr(claim, name) for name in names}
    fields |= {"awarded": "elsewhere", "state": "refused", "created_by": claim.created_by, "created_on": claim.created_on}
    with without("quintet_claim_begins"):
        return Claim.objects.create(**fields | other)
