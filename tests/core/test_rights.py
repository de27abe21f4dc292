"""What two operators decide, altered by somebody with the rights of the database's owner: `quintet audit verify` names it."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from quintet.core import account_proposals, actions, audit, holidays, oidc, second_factors
from quintet.core.models import AccountProposal, HolidayPlan, OutsideIdentity, SecondFactorReset, User
from tests import guards
from tests.core.test_holidays import TEXT, YEAR
from tests.core.test_second_factors import with_app

pytestmark = pytest.mark.django_db
DAY = timezone.localdate()
BEFORE_THE_YEAR = date(YEAR - 1, 11, 20)


@pytest.fixture
def first(make_user: Any) -> User:
    return make_user("operator", name="first")


@pytest.fixture
def second(make_user: Any) -> User:
    return make_user("operator", name="second")


@pytest.fixture
def owner(make_user: Any) -> User:
    return make_user(name="owner")


@pytest.fixture(autouse=True)
def third(first: User, second: User, owner: User, make_user: Any) -> User:
    """Everybody who is there before somebody alters anything; who came by no action counts as found."""
    made = make_user("operator", name="third")
    with_app(owner)
    guards.as_found()
    return made


def found() -> list[str]:
    return [finding.problem for finding in audit.verify()]


def by_hand(*statements: str) -> list[str]:
    """What a check finds after these statements, with every guard of the database taken away for them."""
    with guards.without(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    return found()


class TestEveryWayOfThem:
    """Done as it should be, nothing is found."""

    def test_proposals_of_every_kind(self, first: User, second: User, owner: User):
        identity = OutsideIdentity.objects.create(issuer="https://id.example", subject="7", first_seen_at=timezone.now())
        made = [
            account_proposals.propose_role(owner, "auditor", granted_on=DAY, last_day=DAY, by=first, on=DAY, reason="任职文件"),
            account_proposals.propose_email(owner, "owner@example.org", by=first, on=DAY),
            account_proposals.propose_password_link(owner, by=first, on=DAY),
            account_proposals.propose_identity(identity, owner, by=first, on=DAY),
        ]
        assert found() == []
        for proposal in made:
            account_proposals.confirm(proposal, by=second, on=DAY)
        account_proposals.open_code(made[2], by=first)
        account_proposals.drop(account_proposals.propose_role(owner, "leader", granted_on=DAY, by=first, on=DAY), by=second)
        oidc.unlink(OutsideIdentity.objects.get(), by=second)
        assert found() == []

    def test_resets(self, first: User, second: User, owner: User):
        for confirmed in (False, True):
            reset = second_factors.ask_reset(owner, by=first, reason="丢失", at=timezone.now())
            assert found() == []
            second_factors.answer_reset(reset, confirmed=confirmed, by=second, at=timezone.now())
        assert found() == []

    def test_plans_that_are_dropped_and_replaced(self, first: User, second: User):
        for year in (YEAR, YEAR, YEAR + 1):
            text = TEXT if year == YEAR else "\n".join(f"{year}-05-{n:02} 休" for n in range(1, 9))
            holidays.confirm_plan(holidays.propose_plan(year, text, source="通知", by=first), by=second, on=BEFORE_THE_YEAR)
        waits = holidays.propose_plan(YEAR, TEXT, source="通知", by=first)
        holidays.drop_plan(holidays.propose_plan(YEAR, TEXT, source="更正", by=second), by=first)
        waits.refresh_from_db()
        assert waits.state == "dropped"
        assert sorted(HolidayPlan.objects.values_list("year", "state")) == [
            (YEAR, "dropped"), (YEAR, "dropped"), (YEAR, "in_force"), (YEAR, "replaced"), (YEAR + 1, "in_force"),
        ]  # fmt: skip
        assert found() == []


class TestAnAccountProposal:
    @pytest.fixture(autouse=True)
    def _one_of_each(self, first: User, second: User, owner: User) -> None:
        account_proposals.confirm(account_proposals.propose_role(owner, "auditor", granted_on=DAY, by=first, on=DAY), by=second, on=DAY)
        account_proposals.propose_email(owner, "owner@example.org", by=first, on=DAY)

    @pytest.mark.parametrize(
        "change",
        [
            "role = 'operator' WHERE kind = 'role'",
            "unit = 'stb' WHERE kind = 'role'",
            "last_day = '2099-12-31' WHERE kind = 'role'",
            "reason = 'x' WHERE kind = 'role'",
            "confirmed = false WHERE kind = 'role'",
            "decided_by_id = (SELECT id FROM core_user WHERE username = 'third') WHERE kind = 'role'",
            "email = 'evil@example.org' WHERE kind = 'email'",
            "user_id = (SELECT id FROM core_user WHERE username = 'third') WHERE kind = 'email'",
            "proposed_by_id = (SELECT id FROM core_user WHERE username = 'third') WHERE kind = 'email'",
        ],
    )
    def test_altered(self, make_user: Any, change: str):
        key = AccountProposal.objects.get(kind="role" if "kind = 'role'" in change else "email").pk
        assert by_hand(f"UPDATE core_accountproposal SET {change}") == [f"账号事项 {key} 与办理记录不符：被直接改动过。"]

    def test_confirmed(self, second: User):
        key = AccountProposal.objects.get(kind="email").pk
        change = f"confirmed = true, decided_by_id = {second.pk}, decided_under_id = {second.grants.get().pk}, decided_at = proposed_at"
        assert by_hand(f"UPDATE core_accountproposal SET {change} WHERE id = {key}") == [f"账号事项 {key} 与办理记录不符：被直接改动过。"]

    def test_put_in(self, first: User, owner: User):
        made = AccountProposal.objects.create(
            kind="link", user=owner, proposed_by=first, proposed_under=first.grants.get(), proposed_at=timezone.now()
        )
        assert found() == [f"账号事项 {made.pk} 没有办理记录：不是通过系统办理的。"]

    def test_deleted(self):
        key = AccountProposal.objects.get(kind="email").pk
        assert by_hand(f"DELETE FROM core_accountproposal WHERE id = {key}") == [f"账号事项 {key} 有办理记录，现在却没有了。"]

    def test_its_line_is_in_words(self):
        line = audit.AuditEntry.objects.filter(action="core.propose_account").order_by("number")[0]
        assert (line.details["kind"], line.details["role"]) == ("授予角色", "审计员")


class TestAReset:
    @pytest.mark.parametrize(
        "change", ["confirmed = false", "reason = 'x'", "answered_by_id = (SELECT id FROM core_user WHERE username = 'third')"]
    )
    def test_altered(self, first: User, second: User, owner: User, make_user: Any, change: str):
        reset = second_factors.ask_reset(owner, by=first, reason="丢失", at=timezone.now())
        second_factors.answer_reset(reset, confirmed=True, by=second, at=timezone.now())
        assert by_hand(f"UPDATE core_secondfactorreset SET {change}") == [f"第二因素重置 {reset.pk} 与办理记录不符：被直接改动过。"]

    def test_put_in_and_deleted(self, first: User, owner: User):
        gone = second_factors.ask_reset(owner, by=first, reason="丢失", at=timezone.now())
        assert by_hand("DELETE FROM core_secondfactorreset") == [f"第二因素重置 {gone.pk} 有办理记录，现在却没有了。"]
        made = SecondFactorReset.objects.create(user=owner, reason="丢失", asked_by=first, asked_at=timezone.now())
        assert f"第二因素重置 {made.pk} " in found()[0]


class TestAPlan:
    @pytest.mark.parametrize(
        "change",
        ["days = '[]'", "source = 'x'", "state = 'dropped', confirmed_by_id = NULL, confirmed_under_id = NULL, confirmed_at = NULL"],
    )
    def test_altered(self, first: User, second: User, change: str):
        plan = holidays.propose_plan(YEAR, TEXT, source="通知", by=first)
        holidays.confirm_plan(plan, by=second, on=BEFORE_THE_YEAR)
        assert by_hand(f"UPDATE core_holidayplan SET {change}") == [f"放假安排 {plan.pk} 与办理记录不符：被直接改动过。"]

    def test_confirmed(self, first: User, second: User):
        plan = holidays.propose_plan(YEAR, TEXT, source="通知", by=first)
        change = f"state = 'in_force', confirmed_by_id = {second.pk}, confirmed_at = entered_at"
        assert by_hand(f"UPDATE core_holidayplan SET {change}") == [f"放假安排 {plan.pk} 与办理记录不符：被直接改动过。"]


class TestAnAccount:
    @pytest.mark.parametrize("change", ["email = 'evil@example.org'", "is_active = true", "is_superuser = true", "username = 'x'"])
    def test_altered(self, first: User, owner: User, change: str):
        actions.deactivate(owner, by=first, on=DAY, reason="调离")
        assert found() == []
        assert by_hand(f"UPDATE core_user SET {change} WHERE id = {owner.pk}") == [f"用户 {owner.pk} 与办理记录不符：被直接改动过。"]

    def test_put_in(self):
        (made,) = User.objects.bulk_create([User(username="ghost")])
        assert found() == [f"用户 {made.pk} 没有办理记录：不是通过系统办理的。"]


class TestAnIdentity:
    @pytest.mark.parametrize("change", ["user_id = (SELECT id FROM core_user WHERE username = 'third')", "user_id = NULL"])
    def test_altered(self, first: User, second: User, owner: User, make_user: Any, change: str):
        identity = OutsideIdentity.objects.create(issuer="https://id.example", subject="7", first_seen_at=timezone.now())
        account_proposals.confirm(account_proposals.propose_identity(identity, owner, by=first, on=DAY), by=second, on=DAY)
        assert by_hand(f"UPDATE core_outsideidentity SET {change}") == [f"统一身份 {identity.pk} 与办理记录不符：被直接改动过。"]

    def test_linked_by_nobody(self, owner: User):
        identity = OutsideIdentity.objects.create(issuer="https://id.example", subject="7", first_seen_at=timezone.now())
        assert found() == []
        assert by_hand(f"UPDATE core_outsideidentity SET user_id = {owner.pk}") == [
            f"统一身份 {identity.pk} 没有办理记录：不是通过系统办理的。"
        ]
