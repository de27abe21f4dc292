"""What somebody wrote past the actions gives no right and moves no money, also before anybody checks the chain."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quintet.core import account_proposals, seals
from quintet.core import actions as accounts
from quintet.core.errors import NotAsSealed
from quintet.core.models import AuditEntry, Notification, RoleGrant, User
from quintet.directory.actions import confirm_membership, propose_membership, save_record
from quintet.directory.actions.records import look_at_personal_data
from quintet.directory.models import Membership, Person, PersonalDataLook
from quintet.ledger.models import Fund
from quintet.policies.engine import policy
from quintet.redemption import actions
from quintet.redemption.actions import evaluation
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import AccountChange, Claim, Clawback, Decision, PayeeAccount, PaymentBatch, Reversal, Seat
from quintet.redemption.permissions import batch_refusal
from tests import guards
from tests.directory.city import organisation
from tests.duties import keeps_every_register
from tests.ledger.books import finance
from tests.redemption.applications import PACK, panel_of
from tests.redemption.batches import AFTER, batch_of, cleared_claims, committed_claims, second_finance, signed
from tests.redemption.city import newly_high_tech, run_of
from tests.redemption.claims import ON, account, checked, granted, member, officer, proposed
from tests.redemption.test_after import paid
from tests.redemption.test_commitments import funds
from tests.redemption.test_notices import objected

pytestmark = pytest.mark.django_db
SINCE = date(2019, 1, 1)


def slipped_in(user: User, role: str, unit: str = "", lender: User | None = None) -> RoleGrant:
    """As somebody writes it who has the database in hand: no signal, no action."""
    lent = {"delegated_by": lender, "revoked_on": date(2999, 1, 1)} if lender else {}
    return RoleGrant.objects.bulk_create([RoleGrant(user=user, role=role, unit=unit, granted_on=SINCE, **lent)])[0]


def changed_by_hand(model: Any, pk: Any, **values: Any) -> None:
    with guards.without():
        model.objects.filter(pk=pk).update(**values)


def someone(name: str = "intruder") -> User:
    return User.objects.create(username=name, display_name=name)


@pytest.fixture
def operator(make_user: Callable[..., Any]) -> Any:
    return make_user("operator", name="operator-1")


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user, kind="upkeep").values_list("text", flat=True))


def test_a_role_that_no_line_tells_of_signs_nothing_and_the_operators_are_told_once(operator: User) -> None:
    batch = batch_of(1)
    grant = slipped_in(someone(), "finance_officer", "finance")
    for _again in range(2):
        with pytest.raises(NotAsSealed) as refused:
            actions.sign_batch(batch, by=User.objects.get(username="intruder"), on=AFTER)
    batch.refresh_from_db()
    assert batch.state == PaymentBatch.State.MADE
    assert refused.value.names == [f"{RoleGrant._meta.verbose_name} {grant.pk}"]
    (text,) = told(operator)
    assert str(grant.pk) in text
    assert signed(batch).state == PaymentBatch.State.SIGNED


def friend() -> User:
    return User.objects.get(username="friend")


def intruder(role: str = "officer", unit: str = "stb") -> User:
    slipped_in(someone(), role, unit)
    return User.objects.get(username="intruder")


class TestARoleThatNoLineTellsOf:
    """It gives no right in any act that keeps the right under which it is done, and enters nothing into a register."""

    @pytest.fixture(autouse=True)
    def _registers(self) -> None:
        keeps_every_register("stb")

    def refused(self, operator: User, act: Callable[[], Any]) -> None:
        lines = AuditEntry.objects.count()
        with pytest.raises(NotAsSealed):
            act()
        assert AuditEntry.objects.count() == lines
        assert len(told(operator)) == 1

    def test_confirms_no_authority_to_act(self, operator: User) -> None:
        made = propose_membership(Person.objects.create(name="王芳"), organisation(), by=officer(), on=ON)
        self.refused(operator, lambda: confirm_membership(made, by=intruder(), on=ON))
        assert Membership.objects.get(pk=made.pk).granted_on is None
        assert confirm_membership(made, by=officer("officer2"), on=ON).granted_on == ON

    def test_proposes_none(self, operator: User) -> None:
        person, firm, by = Person.objects.create(name="王芳"), organisation(), intruder()
        self.refused(operator, lambda: propose_membership(person, firm, by=by, on=ON))

    def test_reads_no_number_in_clear(self, operator: User) -> None:
        someone_else, by = Person.objects.create(name="王芳", identity_number="11010519491231002X"), intruder()
        why = {"purpose": "law", "reference": "来函〔2021〕1号", "reason": "协助调查"}
        self.refused(operator, lambda: look_at_personal_data(someone_else, **why, by=by))
        assert not PersonalDataLook.objects.exists()

    def test_confirms_no_expert(self, operator: User) -> None:
        change = actions.propose_expert(Person.objects.create(name="专家"), employer=None, title="教授", field="化工", by=officer(), on=ON)
        self.refused(operator, lambda: actions.confirm_expert(change, confirmed=True, by=intruder(), on=ON))

    def test_enters_nothing_into_a_register(self, operator: User) -> None:
        by = intruder()
        self.refused(operator, lambda: save_record(Person(name="王芳"), by=by))
        assert not Person.objects.filter(name="王芳").exists()

    def test_grants_no_role(self, operator: User) -> None:
        slipped_in(someone(), "operator")
        self.refused(
            operator,
            lambda: account_proposals.propose_role(
                someone("friend"), "auditor", granted_on=ON, by=User.objects.get(username="intruder"), on=ON
            ),
        )

    @pytest.mark.parametrize(
        "act",
        [
            lambda by: accounts.create_account(username="another", display_name="another", by=by),
            lambda by: accounts.rename_account(friend(), display_name="other", by=by),
            lambda by: accounts.deactivate(friend(), by=by, on=ON, reason="离岗"),
            lambda by: accounts.leave(friend(), by=by, on=ON, reason="离岗"),
            lambda by: accounts.revoke_role(RoleGrant.objects.get(user=friend()), by=by, on=ON, reason="调岗"),
        ],
        ids=["create", "rename", "deactivate", "leave", "revoke"],
    )
    def test_changes_no_account(self, act: Callable[[User], Any], operator: User) -> None:
        left = someone("friend")
        left.set_unusable_password()
        left.save()
        RoleGrant.objects.create(user=left, role="auditor", granted_on=SINCE)
        slipped_in(someone(), "operator")
        self.refused(operator, lambda: act(User.objects.get(username="intruder")))

    def test_offers_and_calls_for_nothing_and_evaluates_no_city(self, operator: User) -> None:
        newly_high_tech()
        run, by = run_of(), intruder()
        self.refused(operator, lambda: actions.make_offers(run, by=by, on=ON))
        assert not Claim.objects.exists()
        with pytest.raises(NotAsSealed):
            evaluation.start_run(policy(PACK), 2020, by=by)
        days = {"opens_on": date(2021, 3, 1), "closes_on": date(2021, 4, 1), "contact": "0427-1"}
        with pytest.raises(NotAsSealed):
            actions.publish_call(pack=PACK, rule="transfer_grant", year=2021, **days, by=by, on=ON)
        with pytest.raises(NotAsSealed):
            actions.open_instalments(2021, by=by, on=ON)

    def test_opens_no_year(self, operator: User) -> None:
        slipped_in(someone(), "finance_officer", "finance")
        by = User.objects.get(username="intruder")
        self.refused(operator, lambda: actions.open_policy_year(policy(PACK), 2020, by=by, on=date(2020, 1, 2)))
        assert not Fund.objects.exists()


def test_a_seat_that_was_changed_past_the_actions_scores_nothing() -> None:
    seat = panel_of().seats.filter(state="invited").first()
    assert seat is not None
    by = seat.expert.person.user
    changed_by_hand(Seat, seat.pk, reason="slipped in")
    with pytest.raises(NotAsSealed):
        actions.declare(seat, free=True, by=by, on=ON)


def test_what_was_lent_by_a_role_that_no_line_tells_of_signs_nothing() -> None:
    batch = batch_of(1)
    lender, borrower = someone(), someone("borrower")
    RoleGrant.objects.create(user=borrower, role="officer", unit="stb", granted_on=SINCE)
    slipped_in(lender, "finance_officer", "finance")
    RoleGrant.objects.create(
        user=borrower, role="finance_officer", unit="finance", granted_on=SINCE, revoked_on=date(2999, 1, 1), delegated_by=lender
    )
    with pytest.raises(NotAsSealed):
        actions.sign_batch(batch, by=User.objects.get(pk=borrower.pk), on=AFTER)


def test_a_loan_that_no_line_tells_of_signs_nothing() -> None:
    batch, borrower = batch_of(1), someone()
    RoleGrant.objects.create(user=borrower, role="officer", unit="stb", granted_on=SINCE)
    slipped_in(borrower, "finance_officer", "finance", lender=second_finance())
    with pytest.raises(NotAsSealed):
        actions.sign_batch(batch, by=User.objects.get(pk=borrower.pk), on=AFTER)


def test_a_role_that_no_line_tells_of_decides_nothing() -> None:
    slipped_in(someone(), "officer", "stb")
    intruder = User.objects.get(username="intruder")
    with pytest.raises(NotAsSealed):
        actions.propose(checked(), granted=True, by=intruder, on=ON)
    claim = proposed(Claim.objects.get())
    with pytest.raises(NotAsSealed):
        actions.confirm_decision(claim, confirmed=True, by=intruder, on=ON)
    assert granted(claim).state == "granted"


def test_a_role_that_no_line_tells_of_commits_and_orders_nothing() -> None:
    (fund, *_rest), (claim,) = funds(), cleared_claims(1)
    slipped_in(someone(), "finance_officer", "finance")
    intruder = User.objects.get(username="intruder")
    with pytest.raises(NotAsSealed):
        actions.commit_claim(claim, fund=fund, by=intruder, on=AFTER)
    claim = actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)
    with pytest.raises(NotAsSealed):
        actions.make_batch([claim], fund=fund, year=2020, by=intruder, on=AFTER)


def test_an_account_that_was_changed_by_hand_gets_no_money() -> None:
    (fund, *_rest) = funds()
    (claim,) = committed_claims(1, fund)
    changed_by_hand(PayeeAccount, claim.account_id, bank="另一家银行")
    with pytest.raises(NotAsSealed):
        actions.make_batch([claim], fund=fund, year=2020, by=finance(), on=AFTER)


def test_another_account_put_into_a_case_by_hand_gets_no_money() -> None:
    (fund, *_rest) = funds()
    (claim,) = committed_claims(1, fund)
    other = account(claim.organisation, member(claim.organisation, f"member-{claim.organisation_id}"), number="6222021234599999")
    changed_by_hand(Claim, claim.pk, account=other)
    with pytest.raises(NotAsSealed):
        actions.make_batch([Claim.objects.get(pk=claim.pk)], fund=fund, year=2020, by=finance(), on=AFTER)


def test_an_account_changed_after_the_batch_was_made_is_found_when_it_is_signed() -> None:
    batch = batch_of(1)
    changed_by_hand(PayeeAccount, batch.lines.get().claim.account_id, bank="另一家银行")
    with pytest.raises(NotAsSealed):
        signed(batch)


def test_a_decision_that_was_changed_by_hand_is_not_carried_out() -> None:
    (fund, *_rest), (claim,) = funds(), cleared_claims(1)
    changed_by_hand(Decision, claim.decisions.get().pk, amount_fen=999)
    with pytest.raises(NotAsSealed):
        actions.commit_claim(claim, fund=fund, by=finance(), on=AFTER)


def test_nobody_verifies_an_account_that_was_slipped_in_or_under_a_role_that_was() -> None:
    claim = checked()
    by = member(claim.organisation)
    actions.change_account(claim, account=account(claim.organisation, by, number="6222021234599999"), by=by, on=ON)
    slipped_in(someone(), "officer", "stb")
    with pytest.raises(NotAsSealed):
        actions.confirm_account(claim, confirmed=True, by=User.objects.get(username="intruder"), on=ON)
    changed_by_hand(PayeeAccount, AccountChange.objects.get().account_id, bank="另一家银行")
    with pytest.raises(NotAsSealed):
        actions.confirm_account(claim, confirmed=True, by=officer(), on=ON)


def test_a_demand_that_was_changed_by_hand_is_not_confirmed() -> None:
    claim = paid()
    demand = actions.propose_clawback(claim, amount_fen=100, reasons="证书被撤销", by=officer(), on=AFTER)
    changed_by_hand(Clawback, demand.pk, amount_fen=200)
    with pytest.raises(NotAsSealed):
        actions.confirm_clawback(demand, confirmed=True, by=officer("officer2"), on=AFTER)


def test_a_role_that_no_line_tells_of_reads_back_and_gives_up_nothing() -> None:
    slipped_in(someone(), "finance_officer", "finance")
    intruder = User.objects.get(username="intruder")
    batch = batch_of(1)
    with pytest.raises(NotAsSealed):
        actions.drop_batch(batch, reason="更换账户", by=intruder, on=AFTER)
    batch = signed(batch)
    with pytest.raises(NotAsSealed):
        actions.record_results(batch, [LineResult(number=1, kind="paid", on=AFTER, reference="K1")], by=intruder, on=AFTER)
    assert Claim.objects.get().state == "ordered"


def test_a_role_that_no_line_tells_of_publishes_and_answers_nothing() -> None:
    slipped_in(someone(), "officer", "stb")
    intruder = User.objects.get(username="intruder")
    with pytest.raises(NotAsSealed):
        actions.publish_notice([granted()], title="公示", by=intruder, on=ON)
    objection = objected(actions.publish_notice([Claim.objects.get()], title="公示", by=officer("officer2"), on=ON))
    with pytest.raises(NotAsSealed):
        actions.answer_objection(objection, upheld=False, finding="不成立。", by=intruder, on=ON)
    actions.answer_objection(objection, upheld=True, finding="属实。", by=officer("officer3"), on=ON)
    with pytest.raises(NotAsSealed):
        actions.confirm_upholding(objection, confirmed=True, by=User.objects.get(username="intruder"), on=ON)


def test_an_upholding_that_was_proposed_by_hand_is_not_confirmed() -> None:
    objection = objected(actions.publish_notice([granted()], title="公示", by=officer("officer2"), on=ON))
    actions.answer_objection(objection, upheld=True, finding="属实。", by=officer("officer3"), on=ON)
    changed_by_hand(Reversal, Reversal.objects.get().pk, reasons="另有原因。")
    with pytest.raises(NotAsSealed):
        actions.confirm_upholding(objection, confirmed=True, by=officer("officer4"), on=ON)


class TestRoles:
    def test_an_operator_that_no_line_tells_of_grants_and_confirms_nothing(self, make_user: Callable[..., Any]) -> None:
        first, second, user = make_user("operator"), make_user("operator"), make_user()
        today = date(2031, 1, 1)
        proposal = account_proposals.propose_role(user, "officer", unit="stb", granted_on=today, by=first, on=today)
        slipped_in(someone(), "operator")
        intruder = User.objects.get(username="intruder")
        with pytest.raises(NotAsSealed):
            account_proposals.confirm(proposal, by=intruder, on=today)
        with pytest.raises(NotAsSealed):
            accounts.grant_role(user, "applicant", granted_on=today, by=intruder, on=today)
        account_proposals.confirm(proposal, by=second, on=today)
        assert RoleGrant.objects.filter(user=user, role="officer").exists()

    def test_a_proposal_slipped_in_is_not_confirmed(self, make_user: Callable[..., Any]) -> None:
        first, second, user = make_user("operator"), make_user("operator"), make_user()
        today = date(2031, 1, 1)
        made = account_proposals.propose_role(user, "officer", unit="stb", granted_on=today, by=first, on=today)
        made.pk, made.role, made.unit = None, "leader", ""
        type(made).objects.bulk_create([made])
        with pytest.raises(NotAsSealed):
            account_proposals.confirm(type(made).objects.get(role="leader"), by=second, on=today)

    def test_a_role_that_no_line_tells_of_is_not_lent(self, make_user: Callable[..., Any]) -> None:
        colleague = make_user("officer", unit="stb")
        grant, today = slipped_in(someone(), "officer", "ip_office"), date(2031, 1, 1)
        with pytest.raises(NotAsSealed):
            accounts.delegate(grant, colleague, first_day=today, last_day=today, by=grant.user, on=today)


class TestStatements:
    def test_how_many_rows_there_are_costs_no_statement(self) -> None:
        people = [someone(f"person{number}") for number in range(9)]
        grants = [RoleGrant.objects.create(user=user, role="leader", granted_on=SINCE) for user in people]

        def statements(rows: list[RoleGrant]) -> int:
            with CaptureQueriesContext(connection) as asked:
                assert not seals.unlike(rows)
            return len(asked)

        assert statements(grants[:1]) == statements(grants) == 5

    def test_pages_offer_an_act_without_asking_for_seals(self) -> None:
        batch = batch_of(1)
        intruder = someone()
        slipped_in(intruder, "finance_officer", "finance")
        assert batch_refusal(intruder, batch, "sign") is None

    def test_a_line_with_many_seals_is_worked_out_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(seals, "MANY", 1)
        grant = RoleGrant.objects.create(user=someone(), role="leader", granted_on=SINCE)
        counts = []
        for _again in range(2):
            with CaptureQueriesContext(connection) as asked:
                assert seals.stands(grant)
            counts.append(len(asked))
        assert counts[1] == counts[0] - 1
