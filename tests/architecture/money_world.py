"""One city in which every guarded table has a row and claims stand in every part of their way: keys of rows, by what they are."""

from datetime import date
from types import SimpleNamespace

from django.db.models import Max
from django.utils import timezone

from quintet.core import audit
from quintet.core.calendar import add_working_days
from quintet.core.models import AccountProposal, AuditDigest, HolidayPlan, OutsideIdentity, RoleGrant, SecondFactorReset, Unlinking, User
from quintet.directory.models import FormerName, FurtherAccount, Kinship, Membership, PersonalDataLook, RegisterDuty, Shareholding
from quintet.ledger.models import Appropriation, Commitment, CommitmentStep, Entry, Fund, Posting, Total
from quintet.market.models import ProjectMember
from quintet.redemption import actions
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import (
    AccountChange,
    Appraisal,
    Claim,
    ClaimFile,
    ClaimStep,
    Decision,
    Expert,
    ExpertChange,
    JointVote,
    Objection,
    Panel,
    Reversal,
    Seat,
    SeatChange,
)
from quintet.talent.models import Talent, Team
from tests.directory.city import evidenced_recognition, figure, loan, person
from tests.duties import keeps_every_register
from tests.ledger.books import finance
from tests.redemption.applications import PACK, project, scored
from tests.redemption.batches import AFTER, committed_claims, granted_claims, second_finance
from tests.redemption.city import evaluation, incubator, newly_high_tech, run_of
from tests.redemption.claims import ON, account, checked, member, officer, proposed
from tests.redemption.test_commitments import funds

World = SimpleNamespace
BACK_ON = date(2021, 1, 15)


def arranged() -> World:
    fund = funds()[0]
    world = World()
    _rights_and_registers()
    _by_two_operators(world)
    _applications(world)
    _paid_and_called_back(world, fund)
    _before_the_money(world)
    _keys(world, fund)
    return world


def _rights_and_registers() -> None:
    firm, somebody, other = newly_high_tech(), person(), person("李强", "E00000001")
    FormerName.objects.create(organisation=firm, name="示例旧名有限公司", until=date(2019, 1, 1))
    Kinship.objects.create(person=somebody, relative=other, declared_on=ON)
    Shareholding.objects.create(person=somebody, organisation=firm, held_from=ON)
    FurtherAccount.objects.create(person=somebody, user=User.objects.create_user(username="further"))
    PersonalDataLook.objects.create(person=somebody, looked_by=officer(), reason="核对身份")
    Talent.objects.create(person=somebody, organisation=firm, category="national_leading")
    Team.objects.create(name="示例团队", organisation=firm, tier="key", selected_on=date(2020, 5, 1))
    ProjectMember.objects.create(project=project(firm), person=somebody)
    figure(firm, 2019, "staff", 120)
    incubator(firm)
    loan(organisation=firm)
    evidenced_recognition()
    evaluation(officer())
    AuditDigest.objects.create(day=ON, first=1, last=0, root="", previous="", hash="")


def _by_two_operators(world: World) -> None:
    """Of each kind one that waits; a proposal and a reset that are confirmed, a plan in force."""
    owner, one, two = (User.objects.create_user(username=f"by-two-{n}") for n in range(3))
    under = [RoleGrant.objects.create(user=user, role="operator", granted_on=date(2019, 1, 1)) for user in (one, two)]
    at = timezone.now()
    proposed = [
        AccountProposal.objects.create(kind=kind, user=owner, proposed_by=one, proposed_under=under[0], proposed_at=at)
        for kind in ("link", "return")
    ]
    world.proposal, world.decided_proposal = (proposal.pk for proposal in proposed)
    decided = {"decided_by": two, "decided_under": under[1], "decided_at": at, "confirmed": True}
    AccountProposal.objects.filter(pk=world.decided_proposal).update(**decided)
    resets = [SecondFactorReset.objects.create(user=user, asked_by=one, asked_under=under[0], asked_at=at) for user in (owner, two)]
    world.reset, world.answered_reset = (reset.pk for reset in resets)
    answered = {"answered_by": User.objects.create_user(username="by-two-3"), "answered_under": under[0], "answered_at": at}
    SecondFactorReset.objects.filter(pk=world.answered_reset).update(**answered)
    identity = OutsideIdentity.objects.create(issuer="x", subject="x", first_seen_at=at)
    Unlinking.objects.create(identity=identity, user=owner, by=one, at=at)
    plans = [HolidayPlan.objects.create(year=year, source="x", days=[], entered_by=one, entered_under=under[0]) for year in (2090, 2091)]
    world.plan, world.plan_in_force = (plan.pk for plan in plans)
    HolidayPlan.objects.filter(pk=world.plan_in_force).update(state="in_force", confirmed_by=two, confirmed_under=under[1], confirmed_at=at)


def _applications(world: World) -> None:
    panel = scored()
    actions.vote(panel.claim, unit="finance", agree="agree", by=officer("fin", unit="finance"), on=date(2020, 11, 2))
    world.seat_change = _kept_seat(panel)
    world.panel, world.seat = panel.pk, Seat.objects.filter(state="scored")[0].pk
    world.expert, world.expert_change = Expert.objects.all()[0].pk, ExpertChange.objects.all()[0].pk
    world.vote, world.file = JointVote.objects.get(unit="finance").pk, ClaimFile.objects.all()[0].pk
    firm = newly_high_tech()
    world.draft = actions.start_application(
        pack=PACK, rule="transfer_grant", subject_id=project(firm).pk, year=2020, by=member(firm, "drafting"), on=panel.drawn_on
    ).pk


def _kept_seat(panel: Panel) -> int:
    """Somebody wanted an expert to leave, and another did not."""
    one, two = officer(), officer("officer2")
    change = SeatChange.objects.create(
        claim=panel.claim, seat=panel.seats.all()[0], reason="x", proposed_by=one, proposed_under=one.grants.get(), proposed_on=ON
    )
    refused = {"confirmed": False, "confirmed_by": two, "confirmed_under": two.grants.get(), "confirmed_on": ON, "remark": "x"}
    SeatChange.objects.filter(pk=change.pk).update(**refused)
    return change.pk


def _paid_and_called_back(world: World, fund: Fund) -> None:
    claims = committed_claims(6, fund)
    paid = actions.make_batch([*claims[:2], claims[5]], fund=fund, year=2020, by=finance(), on=AFTER)
    paid = actions.sign_batch(paid, by=second_finance(), on=AFTER)
    actions.record_results(
        paid,
        [LineResult(number=number, kind="paid", on=BACK_ON, reference=f"凭证{number}") for number in (1, 2, 3)],
        by=finance(),
        on=BACK_ON,
    )
    clawback = actions.propose_clawback(Claim.objects.get(pk=claims[0].pk), amount_fen=100, reasons="证书被撤销", by=officer(), on=BACK_ON)
    actions.confirm_clawback(clawback, confirmed=True, by=officer("officer2"), on=BACK_ON)
    bounced = LineResult(number=1, kind="returned", on=BACK_ON, reference="凭证3", reason="账号有误")
    actions.record_results(paid, [bounced], by=finance(), on=BACK_ON)
    signed = actions.make_batch(claims[2:3], fund=fund, year=2020, by=finance(), on=BACK_ON)
    actions.sign_batch(signed, by=second_finance(), on=BACK_ON)
    made = actions.make_batch(claims[3:4], fund=fund, year=2020, by=finance(), on=BACK_ON)
    world.called_back, world.paid, world.ordered, _waiting, world.committed, world.paid_too = (claim.pk for claim in claims)
    world.clawback, world.batch_signed, world.batch_made = clawback.pk, signed.pk, made.pk
    world.line_signed, world.line_made = signed.lines.get().pk, made.lines.get().pk
    world.result = paid.lines.get(number=2).results.get().pk
    by = member(claims[1].organisation, f"member-{claims[1].organisation_id}")
    Appraisal.objects.create(claim=Claim.objects.get(pk=world.paid), promised="x", reached="x", result="met", by=officer(), on=BACK_ON)
    world.account_of_another = account(claims[1].organisation, by, number="6222020000000001").pk
    _asks_for_another_account(world, claims[4])


def _asks_for_another_account(world: World, claim: Claim) -> None:
    by = member(claim.organisation, f"member-{claim.organisation_id}")
    other = account(claim.organisation, by, number="6222020000000002")
    actions.change_account(claim, account=other, by=by, on=BACK_ON)
    world.other_account, world.account_change = other.pk, AccountChange.objects.get(claim=claim).pk


def _before_the_money(world: World) -> None:
    """Decided and through its notice; in its notice, with an objection; proposed only."""
    over, running = granted_claims(2)
    notice = actions.publish_notice([over], title="公示", by=officer("officer2"), on=ON)
    assert actions.clear_notices(on=add_working_days(notice.ends_on, 1)) == 1
    line = actions.publish_notice([running], title="公示", by=officer("officer2"), on=ON).lines.get()
    objection = actions.object_to(line, objector="张三", contact="13800000000", text="研发人员数与事实不符，请核查。", by=None, on=ON)
    contested, upheld = granted_claims(2)
    lines = actions.publish_notice([contested, upheld], title="公示", by=officer("officer2"), on=ON).lines.order_by("pk")
    text = "研发人员数与事实不符，请核查。"
    world.asked, world.doubted = (
        actions.object_to(one, objector="李四", contact="1", text=text, by=officer("citizen", unit="elsewhere"), on=ON).pk for one in lines
    )
    actions.answer_objection(Objection.objects.get(pk=world.doubted), upheld=True, finding="属实。", by=officer("officer4"), on=ON)
    world.upholding, world.contested = Reversal.objects.get().pk, contested.pk
    actions.recuse(running, reason="亲属", by=officer("officer3"))
    world.cleared, world.public, world.proposed = over.pk, running.pk, _proposed().pk
    world.notice_line, world.objection = line.pk, objection.pk


def _proposed() -> Claim:
    firm = newly_high_tech()
    actions.make_offers(run_of(), by=officer(), on=ON)
    by = member(firm, "offered")
    claim = Claim.objects.get(organisation=firm, rule="high_tech_award")
    return proposed(checked(actions.confirm_offer(claim, account=account(firm, by, number="6222020000000003"), by=by, on=ON)))


def _keys(world: World, fund: Fund) -> None:
    """Of rows that the actions above have left."""
    world.grant = RoleGrant.objects.order_by("pk")[0].pk
    keeps_every_register("stb")
    world.duty = RegisterDuty.objects.all()[0].pk
    world.membership = Membership.objects.filter(granted_on__isnull=False)[0].pk
    world.appropriation = Appropriation.objects.filter(fund=fund)[0].pk
    world.appropriated = Entry.objects.get(appropriation=world.appropriation).pk
    world.ceiling = Entry.objects.filter(kind="ceiling")[0].pk
    world.committing = Entry.objects.filter(kind="commitment", fund=fund)[0].pk
    world.commitment = Commitment.objects.get(claim=world.committed).pk
    world.commitment_step = CommitmentStep.objects.filter(commitment=world.commitment)[0].pk
    world.posting = Posting.objects.aggregate(last=Max("pk"))["last"]
    world.total = Total.objects.all()[0].pk
    world.step = ClaimStep.objects.filter(claim=world.paid, ended_on__isnull=False).exclude(kind="application")[0].pk
    world.decision = Decision.objects.get(claim=world.paid).pk
    world.open_decision = Decision.objects.get(claim=world.proposed).pk
    assert audit.AuditEntry.objects.filter(number=1).exists()
