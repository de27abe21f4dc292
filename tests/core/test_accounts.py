"""Who gets an account and a role, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from quintet.core import account_proposals, actions, departments
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Notification, RoleGrant, User
from quintet.core.permissions import holds
from quintet.core.roles import Role
from quintet.look.words import cn_date

pytestmark = pytest.mark.django_db


@pytest.fixture
def today() -> date:
    from django.utils import timezone

    return timezone.localdate()


@pytest.fixture
def operator(make_user: Any) -> User:
    return make_user("operator")


@pytest.fixture
def second(make_user: Any) -> User:
    return make_user("operator")


def grant(user: User, role: str, *, by: tuple[User, User], on: date, **what: Any) -> RoleGrant:
    """What the first proposes and the second confirms on the same day."""
    known = set(user.grants.values_list("pk", flat=True))
    account_proposals.confirm(account_proposals.propose_role(user, role, by=by[0], on=on, **what), by=by[1], on=on)
    return user.grants.exclude(pk__in=known).get()


def test_an_account_begins_without_a_password_and_without_roles(operator: User):
    made = actions.create_account(username="wang", display_name="王静", by=operator)
    assert not made.has_usable_password()
    assert made.grants.count() == 0
    assert [(version.history_type, version.history_user) for version in made.history.all()] == [("+", operator)]


def test_a_name_that_differs_in_letter_case_only_is_refused(operator: User):
    actions.create_account(username="wang", display_name="王静", by=operator)
    with pytest.raises(ValidationError) as caught:
        actions.create_account(username="WANG", display_name="汪静", by=operator)
    assert caught.value.message_dict == {"username": ["已有同名账号（不分大小写）。"]}


@pytest.mark.parametrize("name", ["ｗａｎｇ_1", "wang-1", "Wang_1", "wang＿1"])
def test_one_user_name_however_it_is_typed(operator: User, name: str):
    actions.create_account(username="wang_1", display_name="王静", by=operator)
    with pytest.raises(ValidationError, match="已有同名账号"):
        actions.create_account(username=name, display_name="汪静", by=operator)


def test_a_user_name_is_kept_as_signing_in_reads_it(operator: User):
    assert actions.create_account(username="ｌｉ", display_name="李明", by=operator).username == "li"


def test_nobody_gives_themselves_another_name(operator: User, make_user: Any):
    with pytest.raises(NotAllowed, match="自己账号的姓名"):
        actions.rename_account(operator, display_name="张三", by=operator)
    assert actions.rename_account(operator, display_name=operator.display_name, by=operator) == operator
    assert actions.rename_account(operator, display_name="张三", by=make_user("operator")).display_name == "张三"


@pytest.mark.parametrize("role", sorted(set(Role.values) - {"operator"}))
def test_only_operators_keep_accounts(make_user: Any, today: date, role: str):
    other, user, operator = make_user(role, unit="stb"), make_user("leader"), make_user("operator")
    make_user("operator")
    waiting = account_proposals.propose_password_link(user, by=operator, on=today)
    refused = [
        lambda: actions.create_account(username="x", display_name="x", by=other),
        lambda: actions.rename_account(user, display_name="x", by=other),
        lambda: account_proposals.propose_email(user, "x@city.example", by=other, on=today),
        lambda: account_proposals.propose_password_link(user, by=other, on=today),
        lambda: account_proposals.propose_return(user, by=other, on=today, reason="x"),
        lambda: account_proposals.propose_role(user, "leader", granted_on=today, by=other, on=today),
        lambda: account_proposals.propose_person(user, person=1, name="x", by=other, on=today),
        lambda: account_proposals.confirm(waiting, by=other, on=today),
        lambda: account_proposals.drop(waiting, by=other),
        lambda: account_proposals.open_code(waiting, by=other),
        lambda: actions.deactivate(user, by=other, on=today, reason="x"),
        lambda: actions.grant_role(user, "applicant", granted_on=today, by=other, on=today),
        lambda: actions.revoke_role(user.grants.get(), by=other, on=today, reason="x"),
    ]
    for act in refused:
        with pytest.raises(NotAllowed):
            act()


def test_a_role_is_held_from_its_first_day_to_its_last(operator: User, second: User, make_user: Any, today: date):
    user, last = make_user(), today + timedelta(days=9)
    given = {"granted_on": today, "last_day": last, "reason": "任职文件 3 号"}
    held = grant(user, "officer", unit="stb", by=(operator, second), on=today, **given)
    assert held.last_day == last
    days = [today - timedelta(days=1), today, last, last + timedelta(days=1)]
    assert [RoleGrant.objects.in_force(day).filter(user=user).exists() for day in days] == [False, True, True, False]
    reason = f"任职文件 3 号（{operator} 提出）"
    assert [(v.history_user, v.history_change_reason) for v in held.history.all()] == [(second, reason)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "officer", "unit": ""}, "unit"),
        ({"role": "applicant", "unit": "stb"}, "unit"),
        ({"first": -1}, "granted_on"),
        ({"first": 5, "last": 4}, "last_day"),
        ({"role": "king", "unit": ""}, "role"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(operator: User, make_user: Any, today: date, change: dict[str, Any], field: str):
    given = {"role": "officer", "unit": "stb", "first": 0, "last": None} | change
    last = None if given["last"] is None else today + timedelta(days=given["last"])
    with pytest.raises(ValidationError) as caught:
        account_proposals.propose_role(
            make_user(),
            given["role"],
            unit=given["unit"],
            granted_on=today + timedelta(days=given["first"]),
            last_day=last,
            by=operator,
            on=today,
        )
    assert list(caught.value.message_dict) == [field]


@pytest.mark.parametrize(
    ("first", "last", "fits"), [(0, None, False), (0, 4, True), (0, 5, False), (9, 12, False), (10, None, True), (7, 8, False)]
)
def test_the_same_role_is_not_granted_twice_for_a_day(
    operator: User, second: User, make_user: Any, today: date, first: int, last: int | None, fits: bool
):
    user = make_user()
    day = [today + timedelta(days=n) for n in range(20)]
    give: dict[str, Any] = {"unit": "stb", "by": (operator, second), "on": today}
    grant(user, "officer", granted_on=day[5], last_day=day[9], **give)
    again = {"granted_on": day[first], "last_day": None if last is None else day[last]} | give
    if fits:
        grant(user, "officer", **again)
        return
    with pytest.raises(ValidationError, match="这段时间里已有同样的角色"):
        grant(user, "officer", **again)


def test_a_revoked_role_ends_at_once_and_its_row_stays(operator: User, second: User, make_user: Any, today: date):
    user = make_user("officer", unit="stb")
    actions.revoke_role(user.grants.get(), by=operator, on=today, reason="调离")
    assert not holds(User.objects.get(pk=user.pk), Role.OFFICER)
    assert user.grants.get().revoked_on == today
    with pytest.raises(DomainError, match="已经结束"):
        actions.revoke_role(user.grants.get(), by=operator, on=today, reason="调离")
    grant(user, "officer", unit="stb", granted_on=today, by=(operator, second), on=today)
    assert holds(User.objects.get(pk=user.pk), Role.OFFICER)


def test_a_role_that_has_not_begun_never_begins_when_revoked(operator: User, second: User, make_user: Any, today: date):
    user, first = make_user(), today + timedelta(days=3)
    coming = grant(user, "leader", granted_on=first, by=(operator, second), on=today)
    assert coming.state(today) == "coming"
    actions.revoke_role(coming, by=operator, on=today, reason="更正")
    assert coming.state(today) == "ended"
    assert not RoleGrant.objects.in_force(first).filter(user=user).exists()


def test_nobody_grants_a_role_to_herself(operator: User, today: date):
    with pytest.raises(NotAllowed):
        account_proposals.propose_role(operator, "officer", unit="stb", granted_on=today, by=operator, on=today)


def test_nobody_deactivates_herself(operator: User, make_user: Any, today: date):
    make_user("operator")
    with pytest.raises(NotAllowed):
        actions.deactivate(operator, by=operator, on=today, reason="x")


def test_the_last_operator_stays(operator: User, today: date):
    with pytest.raises(DomainError, match="最后一位系统管理员"):
        actions.revoke_role(operator.grants.get(), by=operator, on=today, reason="x")
    assert holds(User.objects.get(pk=operator.pk), Role.OPERATOR)


def test_an_operator_for_some_days_only_is_no_successor(operator: User, make_user: Any, today: date):
    deputy = make_user()
    until = today + timedelta(days=31)
    RoleGrant.objects.create(user=deputy, role="operator", granted_on=today, revoked_on=until)
    for act in (
        lambda: actions.revoke_role(operator.grants.get(), by=deputy, on=today, reason="x"),
        lambda: actions.deactivate(operator, by=deputy, on=today, reason="x"),
    ):
        with pytest.raises(DomainError, match="最后一位系统管理员"):
            act()


def test_a_deactivated_operator_is_no_successor(operator: User, make_user: Any, today: date):
    other = make_user("operator")
    actions.deactivate(other, by=operator, on=today, reason="休假")
    with pytest.raises(DomainError, match="最后一位系统管理员"):
        actions.revoke_role(operator.grants.get(), by=operator, on=today, reason="x")
    User.objects.filter(pk=other.pk).update(is_active=True)
    actions.revoke_role(operator.grants.get(), by=operator, on=today, reason="移交")
    assert RoleGrant.objects.in_force(today).get(role="operator").user == other


@pytest.mark.django_db(transaction=True)
def test_two_operators_cannot_take_the_role_from_each_other_at_once(make_user: Any, today: date):
    first, second = make_user("operator"), make_user("operator")

    def take(pair: tuple[User, User]) -> bool:
        by, other = pair
        try:
            actions.revoke_role(other.grants.get(), by=User.objects.get(pk=by.pk), on=today, reason="x")
        except DomainError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as threads:
        taken = list(threads.map(take, [(first, second), (second, first)]))
    assert sum(taken) == 1
    assert RoleGrant.objects.in_force(today).filter(role="operator").count() == 1


def test_signing_in_is_no_change_of_an_account_and_a_password_is_never_in_the_history(operator: User, client: Any):
    before = operator.history.count()
    client.post("/sign-in/", {"username": operator.username, "password": "a long password"})
    operator.refresh_from_db()
    assert operator.last_login is not None
    assert operator.history.count() == before
    assert not {"password", "last_login"} & {field.name for field in User.history.model._meta.get_fields()}


def created(*arguments: str) -> str:
    told = StringIO()
    call_command("create_operator", *arguments, stdout=told)
    return told.getvalue()


def test_the_first_operator_is_made_at_the_machine(today: date, client: Any, settings: Any):
    settings.ALLOWED_HOSTS, settings.HTTPS = ["city.example", "testserver"], True
    told = created("wang", "--name", "王静").split()
    link, code = told[-1], next(word for word in told if word.isdigit())
    user = User.objects.get(username="wang")
    assert holds(user, Role.OPERATOR)
    assert link.startswith("https://city.example/set-password/")
    page = client.get(link.removeprefix("https://city.example"), follow=True)
    client.post(page.redirect_chain[-1][0], {"new_password1": "a good long one", "new_password2": "a good long one", "code": code})
    assert User.objects.get(username="wang").check_password("a good long one")


def test_the_command_lets_an_operator_in_again(today: date, make_user: Any):
    user = make_user(name="wang")
    user.is_active = False
    user.save()
    RoleGrant.objects.create(user=user, role="operator", granted_on=today + timedelta(days=9))
    created("wang")
    created("wang")
    user = User.objects.get(username="wang")
    assert holds(user, Role.OPERATOR)
    assert RoleGrant.objects.in_force(today).filter(user=user).count() == 1
    assert {version.history_change_reason for version in user.history.all()} == {None, "manage.py create_operator"}


class TestWhatIsToldOfARole:
    """The department, the days and who lent it; see `accounts.role_said`."""

    DAY = timezone.localdate()

    def told(self, user: User) -> list[str]:
        return [one.text for one in Notification.objects.filter(user=user).order_by("pk")]

    def test_when_it_is_proposed_and_confirmed(self, make_user: Any):
        user, last = make_user(), self.DAY + timedelta(days=9)
        first, second = make_user("operator"), make_user("operator")
        given = {"unit": "stb", "granted_on": self.DAY, "last_day": last}
        proposal = account_proposals.propose_role(user, "officer", **given, by=first, on=self.DAY)
        account_proposals.confirm(proposal, by=second, on=self.DAY)
        role = f"经办人（市科技局），自 {cn_date(self.DAY)} 起，至 {cn_date(last)}"
        assert all(f"授予角色（{role}）" in text for text in self.told(user))
        assert len(self.told(user)) == 2
        assert f"授予角色（{role}）" in self.told(second)[0]

    def test_when_it_is_lent_and_taken_back(self, make_user: Any):
        lender, borrower = make_user("officer", unit="stb"), make_user("officer", unit="hrss")
        last = self.DAY + timedelta(days=3)
        made = actions.delegate(lender.grants.get(), borrower, first_day=self.DAY, last_day=last, by=lender, on=self.DAY)
        actions.end_delegation(made, by=lender, on=self.DAY)
        role = f"经办人（市科技局），自 {cn_date(self.DAY)} 起，至 {cn_date(last)}，由 {lender} 委托"
        assert self.told(borrower) == [
            f"{lender} 把角色委托给您：{role}。",
            f"{lender} 收回了委托给您的角色：{role}。自 {cn_date(self.DAY)} 起不再有效。",
        ]

    def test_when_it_ends(self, make_user: Any):
        user = make_user("leader")
        actions.revoke_role(user.grants.get(), by=make_user("operator"), on=self.DAY, reason="调离")
        begun = cn_date(user.grants.get().granted_on)
        assert self.told(user) == [f"您的角色已结束：领导，自 {begun} 起，长期。自 {cn_date(self.DAY)} 起不再有效。理由：调离"]

    def test_one_of_no_known_department_is_told_by_its_code(self):
        assert departments.name_of("stb") == "市科技局"
        assert departments.name_of("no-such-unit") == "no-such-unit"
