"""The second factor: codes once, recovery codes once, demanded by role, reset by two."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyotp
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from quintet.core import second_factors
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import (
    AuditEntry,
    Notification,
    RecoveryCode,
    RoleGrant,
    SecondFactor,
    SecondFactorDemand,
    SecondFactorReset,
    SignedInSession,
    User,
)
from tests import guards

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "a long password"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOON = datetime(2026, 3, 2, 4, 0, 10, tzinfo=UTC)


def code_at(at: datetime, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(at)


def with_app(user: User, at: datetime = NOON) -> list[str]:
    return second_factors.add_totp(user, secret=SECRET, code=code_at(at), name="手机", at=at, by=user)


def now_code(seconds: int = 0) -> str:
    return code_at(timezone.now() + timedelta(seconds=seconds))


class TestCodes:
    @pytest.mark.parametrize(("seconds", "right"), [(-41, False), (-40, True), (-11, True), (0, True), (20, True), (49, True), (50, False)])
    def test_a_code_of_the_step_before_or_after_is_taken(self, seconds: int, right: bool):
        """NOON is ten seconds into a step of thirty."""
        assert (second_factors.step_of(SECRET, code_at(NOON + timedelta(seconds=seconds)), NOON) is not None) is right

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "abcdef", "²²²²²²"])
    def test_what_is_no_code_is_wrong(self, code: str):
        assert second_factors.step_of(SECRET, code, NOON) is None

    def test_an_app_is_added_only_with_its_code(self, make_user: Any):
        user = make_user()
        with pytest.raises(second_factors.WrongFactor):
            second_factors.add_totp(user, secret=SECRET, code="000000", name="", at=NOON, by=user)
        assert not second_factors.has_one(user)

    def test_a_code_works_once_and_none_before_it(self, make_user: Any):
        user = make_user()
        with_app(user)
        later = NOON + timedelta(minutes=2)
        assert not second_factors.is_right(user, code=code_at(NOON), at=NOON)
        assert second_factors.is_right(user, code=code_at(later), at=later)
        assert not second_factors.is_right(user, code=code_at(later), at=later)
        assert not second_factors.is_right(user, code=code_at(later - timedelta(seconds=30)), at=later)

    def test_the_secret_is_encrypted_in_the_database(self, make_user: Any):
        with_app(make_user())
        with connection.cursor() as cursor:
            cursor.execute("SELECT secret FROM core_secondfactor")
            assert SECRET not in str(cursor.fetchone()[0])
        assert SecondFactor.objects.get().secret == SECRET

    def test_the_owner_is_told(self, make_user: Any):
        user = make_user()
        with_app(user)
        assert "添加了第二因素“手机”" in Notification.objects.get(user=user).text


def recorded_of(user: User) -> list[str]:
    lines = AuditEntry.objects.filter(record=f"core.user:{user.pk}").order_by("number")
    assert {line.by for line in lines} <= {user}
    return [line.action for line in lines]


class TestRecoveryCodes:
    def test_ten_come_with_the_first_factor_and_none_with_the_next(self, make_user: Any):
        user = make_user()
        assert len(set(with_app(user))) == 10
        assert with_app(user, NOON + timedelta(minutes=5)) == []

    def test_each_works_once(self, make_user: Any):
        user = make_user()
        codes = with_app(user)
        assert second_factors.is_right(user, code=codes[0].upper().replace("-", " "), at=NOON)
        assert not second_factors.is_right(user, code=codes[0], at=NOON)
        assert second_factors.is_right(user, code=codes[1], at=NOON)

    def test_those_of_another_are_of_no_use(self, make_user: Any):
        codes, other = with_app(make_user()), make_user()
        with_app(other)
        assert not second_factors.is_right(other, code=codes[0], at=NOON)

    def test_new_ones_void_the_old(self, make_user: Any):
        user = make_user()
        old, new = with_app(user), second_factors.new_recovery_codes(user, by=user)
        assert not second_factors.is_right(user, code=old[0], at=NOON)
        assert second_factors.is_right(user, code=new[0], at=NOON)

    def test_new_ones_stand_in_the_chain_and_the_owner_is_told(self, make_user: Any):
        user = make_user()
        with_app(user)
        second_factors.new_recovery_codes(user, by=user)
        assert recorded_of(user) == ["core.add_second_factor", "core.new_recovery_codes", "core.new_recovery_codes"]
        assert Notification.objects.filter(user=user, urgent=True, text__contains="换了新的恢复码").count() == 1

    def test_so_does_each_that_was_used_and_no_wrong_one(self, make_user: Any):
        user = make_user()
        codes = with_app(user)
        before = len(recorded_of(user))
        for code, right in ((codes[0], True), (codes[0], False), ("aaaaa-aaaaa", False)):
            assert second_factors.is_right(user, code=code, at=NOON) is right
        assert recorded_of(user)[before:] == ["core.use_recovery_code"]
        assert AuditEntry.objects.get(action="core.use_recovery_code").title == "使用恢复码，还剩 9 个"

    def test_only_their_owner_gets_new_ones_and_only_with_a_factor(self, make_user: Any):
        user, operator = make_user(), make_user("operator")
        with pytest.raises(DomainError, match="请先添加"):
            second_factors.new_recovery_codes(user, by=user)
        codes = with_app(user)
        with pytest.raises(NotAllowed, match="只由本人设置"):
            second_factors.new_recovery_codes(user, by=operator)
        assert second_factors.is_right(user, code=codes[0], at=NOON)
        with pytest.raises(NotAllowed, match="只由本人设置"):
            second_factors.add_totp(user, secret=SECRET, code=code_at(NOON), name="", at=NOON, by=operator)
        assert user.second_factors.count() == 1

    def test_none_is_kept_in_clear(self, make_user: Any):
        codes = with_app(make_user())
        assert not set(codes) & set(RecoveryCode.objects.values_list("hash", flat=True))


class TestSigningIn:
    def entered(self, client: Client, user: User, **query: str) -> Any:
        address = "/sign-in/" + (f"?next={query['next']}" if query else "")
        return client.post(address, {"username": user.username, "password": PASSWORD})

    def test_the_password_is_half_of_it(self, client: Client, make_user: Any):
        user = make_user("officer", unit="stb")
        with_app(user)
        assert self.entered(client, user, next="/claims/").headers["Location"] == "/sign-in/second/"
        assert client.get("/claims/").status_code == 302
        assert client.post("/sign-in/second/", {"code": "000000"}).status_code == 200
        assert client.get("/claims/").status_code == 302
        assert client.post("/sign-in/second/", {"code": now_code()}).headers["Location"] == "/claims/"
        assert client.get("/claims/").status_code == 200

    def test_the_second_half_alone_opens_nothing(self, client: Client, make_user: Any):
        with_app(make_user())
        assert client.post("/sign-in/second/", {"code": now_code()}).headers["Location"] == "/sign-in/"

    @pytest.mark.parametrize(("minutes", "there"), [(9, True), (11, False)])
    def test_the_first_half_is_good_for_ten_minutes(self, client: Client, make_user: Any, minutes: int, there: bool):
        user = make_user()
        with_app(user)
        self.entered(client, user)
        session = client.session
        session["half_signed_in"] = session["half_signed_in"] | {"at": session["half_signed_in"]["at"] - minutes * 60}
        session.save()
        assert (client.post("/sign-in/second/", {"code": now_code()}).headers["Location"] != "/sign-in/") is there

    def test_codes_cannot_be_guessed_and_the_password_buys_no_more_guesses(self, make_user: Any):
        user = make_user()
        with_app(user)
        answers = []
        for n in range(8):
            client = Client()
            self.entered(client, user)
            answers.append(client.post("/sign-in/second/", {"code": f"00000{n}"}).status_code)
        assert answers[5:] != [200, 200, 200]
        assert 200 not in answers[5:]

    def test_who_was_deactivated_between_the_halves_does_not_come_in(self, client: Client, make_user: Any):
        user = make_user()
        with_app(user)
        self.entered(client, user)
        User.objects.update(is_active=False)
        assert client.post("/sign-in/second/", {"code": now_code()}).headers["Location"] == "/sign-in/"

    def test_a_code_serves_to_sign_in_again(self, client: Client, make_user: Any):
        user = make_user("officer", unit="stb")
        with_app(user)
        client.force_login(user, backend=BACKEND)
        session = client.session
        session["signed_in_at"] -= 3600
        session.save()
        assert "请再次确认是您本人" in client.post("/me/second-factor/codes/", {"again_code": "000000"}).content.decode()
        page = client.post("/me/second-factor/codes/", {"again_code": now_code()}).content.decode()
        assert page.count("<li><code>") == 10


class TestDemand:
    def demanded(self, make_user: Any, *roles: str) -> User:
        operator = make_user("operator")
        second_factors.demand(roles, by=operator)
        return operator

    def test_who_lacks_one_is_led_to_it_before_anything_else(self, client: Client, make_user: Any):
        self.demanded(make_user, "officer")
        user = make_user("officer", unit="stb")
        client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
        for path in ("/", "/work/", "/claims/", "/me/", "/me/second-factor/"):
            assert client.get(path).headers["Location"] == "/me/second-factor/app/", path
        assert client.post("/claims/1/confirm/").headers["Location"] == "/me/second-factor/app/"
        page = client.get("/me/second-factor/app/")
        assert page.status_code == 200
        secret = page.context["secret"].replace(" ", "")
        answer = client.post("/me/second-factor/app/", {"code": code_at(timezone.now(), secret), "name": "手机"})
        assert answer.content.decode().count("<li><code>") == 10
        assert client.get("/work/").status_code == 200

    def test_others_are_not_asked(self, client: Client, make_user: Any):
        self.demanded(make_user, "officer")
        client.force_login(make_user("leader", unit="city"), backend=BACKEND)
        assert client.get("/work/").status_code == 200

    def test_a_session_of_before_is_asked_within_a_minute(self, client: Client, make_user: Any):
        user = make_user("officer", unit="stb")
        with_app(user)
        client.force_login(user, backend=BACKEND)
        self.demanded(make_user, "officer")
        session = client.session
        session["seen_at"] -= 61
        session.save()
        assert client.get("/work/").headers["Location"] == "/sign-in/check/"
        client.post("/sign-in/check/", {"code": now_code()})
        assert client.get("/work/").status_code == 200

    def test_a_role_granted_later_is_asked_at_once(self, client: Client, make_user: Any):
        self.demanded(make_user, "leader")
        user = make_user("officer", unit="stb")
        client.force_login(user, backend=BACKEND)
        user.grants.create(role="leader", unit="city")
        assert client.get("/work/").headers["Location"] == "/me/second-factor/app/"

    def test_one_that_is_removed_stands_in_the_chain_and_the_owner_is_told(self, make_user: Any):
        user, other = make_user(), make_user("operator")
        with_app(user)
        factor = user.second_factors.get()
        with pytest.raises(NotAllowed):
            second_factors.remove(factor, by=other)
        before = len(recorded_of(user))
        second_factors.remove(factor, by=user)
        assert recorded_of(user)[before:] == ["core.remove_second_factor"]
        line = AuditEntry.objects.get(action="core.remove_second_factor")
        assert (line.title, line.details["kind"]) == ("移除第二因素：手机", "验证器应用")
        assert Notification.objects.filter(user=user, text__contains="移除了第二因素“手机”").count() == 1

    def test_the_last_one_stays_while_it_is_demanded(self, make_user: Any):
        self.demanded(make_user, "officer")
        user = make_user("officer", unit="stb")
        with_app(user)
        with_app(user, NOON + timedelta(minutes=5))
        second_factors.remove(user.second_factors.first(), by=user)
        with pytest.raises(DomainError, match="最后一个不能移除"):
            second_factors.remove(user.second_factors.get(), by=user)

    def test_operators_say_so_and_the_chain_keeps_it(self, client: Client, make_user: Any):
        operator = make_user("operator")
        client.force_login(operator, backend=BACKEND)
        client.post("/accounts/second-factor/", {"roles": ["officer", "finance_officer"]})
        assert second_factors.demanded_roles() == {"officer", "finance_officer"}
        line = AuditEntry.objects.get(action="core.demand_second_factor")
        assert (line.by, line.details["roles_before"], line.details["roles_after"]) == (operator, [], ["经办人", "财政经办人"])
        with pytest.raises(NotAllowed):
            second_factors.demand([], by=make_user("officer", unit="stb"))


class TestReset:
    def test_two_operators_reset_and_the_owner_is_told(self, make_user: Any):
        first, second, user = make_user("operator"), make_user("operator"), make_user("officer", unit="stb")
        with_app(user)
        client = Client()
        client.force_login(user, backend=BACKEND)
        reset = second_factors.ask_reset(user, by=first, reason="手机丢失", at=NOON)
        assert second_factors.has_one(user)
        with pytest.raises(NotAllowed, match="另一位"):
            second_factors.answer_reset(reset, confirmed=True, by=first, at=NOON)
        second_factors.answer_reset(reset, confirmed=True, by=second, at=NOON)
        assert not second_factors.has_one(user)
        assert not RecoveryCode.objects.exists()
        assert not SignedInSession.objects.exists()
        assert client.get("/me/").status_code == 302
        assert Notification.objects.filter(user=user, kind="account").count() == 3
        assert list(AuditEntry.objects.filter(action__contains="reset").order_by("number").values_list("action", "by")) == [
            ("core.ask_second_factor_reset", first.pk), ("core.reset_second_factor", second.pk),
        ]  # fmt: skip
        with pytest.raises(DomainError, match="已经办结"):
            second_factors.answer_reset(reset, confirmed=True, by=second, at=NOON)

    def test_nobody_asks_or_confirms_for_themself(self, make_user: Any):
        first, second = make_user("operator"), make_user("operator")
        with_app(second)
        with pytest.raises(NotAllowed):
            second_factors.ask_reset(second, by=second, reason="x", at=NOON)
        reset = second_factors.ask_reset(second, by=first, reason="x", at=NOON)
        with pytest.raises(NotAllowed):
            second_factors.answer_reset(reset, confirmed=True, by=second, at=NOON)

    def test_both_keep_the_right_under_which_they_acted_and_the_page_offers_what_the_act_allows(self, make_user: Any):
        first, second, user = make_user("operator"), make_user("operator"), make_user("officer", unit="stb")
        with_app(user)
        reset = second_factors.ask_reset(user, by=first, reason="x", at=NOON)
        offered = {person.pk for person in (first, second, user) if second_factors.may_confirm_reset(reset, person)}
        assert offered == {second.pk}
        second_factors.answer_reset(reset, confirmed=True, by=second, at=NOON)
        reset.refresh_from_db()
        assert (reset.asked_under, reset.answered_under) == (first.grants.get(), second.grants.get())
        asked, answered = AuditEntry.objects.filter(action__contains="reset").order_by("number")
        assert (asked.details["grant"], answered.details["grant"]) == (first.grants.get().pk, second.grants.get().pk)

    def test_who_lent_the_first_operator_the_role_is_no_second_one(self, make_user: Any):
        """Rights that come from one person count as one person, here as with decisions."""
        lender, borrower, user = make_user("operator"), make_user("officer", unit="hrss"), make_user()
        with_app(user)
        RoleGrant.objects.create(
            user=borrower, role="operator", granted_on=date(2019, 1, 1), revoked_on=date(2099, 1, 1), delegated_by=lender
        )
        reset = second_factors.ask_reset(user, by=borrower, reason="x", at=NOON)
        assert not second_factors.may_confirm_reset(reset, lender)
        with pytest.raises(NotAllowed, match="另一位"):
            second_factors.answer_reset(reset, confirmed=True, by=lender, at=NOON)
        assert second_factors.may_confirm_reset(reset, make_user("operator"))

    def test_nobody_confirms_their_own_under_a_role_that_they_lent(self, make_user: Any):
        first, user, borrower = make_user("operator"), make_user("operator"), make_user("officer", unit="hrss")
        with_app(user)
        RoleGrant.objects.create(
            user=borrower, role="operator", granted_on=date(2019, 1, 1), revoked_on=date(2099, 1, 1), delegated_by=user
        )
        reset = second_factors.ask_reset(user, by=first, reason="x", at=NOON)
        with pytest.raises(NotAllowed, match="另一位"):
            second_factors.answer_reset(reset, confirmed=True, by=borrower, at=NOON)

    def test_only_operators(self, make_user: Any):
        user, officer = make_user(), make_user("officer", unit="stb")
        with_app(user)
        with pytest.raises(NotAllowed):
            second_factors.ask_reset(user, by=officer, reason="x", at=NOON)
        reset = second_factors.ask_reset(user, by=make_user("operator"), reason="x", at=NOON)
        with pytest.raises(NotAllowed):
            second_factors.answer_reset(reset, confirmed=True, by=officer, at=NOON)

    def test_a_refusal_changes_nothing_and_one_stands_open_at_a_time(self, make_user: Any):
        first, user = make_user("operator"), make_user()
        with_app(user)
        reset = second_factors.ask_reset(user, by=first, reason="x", at=NOON)
        with pytest.raises(DomainError, match="等待复核"):
            second_factors.ask_reset(user, by=first, reason="x", at=NOON)
        second_factors.answer_reset(reset, confirmed=False, by=first, at=NOON)
        assert second_factors.has_one(user)
        assert Notification.objects.filter(user=user, text__contains="没有通过").count() == 1
        second_factors.ask_reset(user, by=first, reason="x", at=NOON)
        assert SecondFactorReset.objects.count() == 2


class TestADemandEndsByTwo:
    """The attack: one operator unticks a role, and nobody of it needs a second factor any more."""

    @pytest.fixture
    def asked(self, make_user: Any) -> tuple[User, User, SecondFactorDemand]:
        one, two = make_user("operator"), make_user("operator")
        second_factors.demand(["finance_officer", "officer"], by=one)
        second_factors.demand(["officer"], by=one)
        return one, two, SecondFactorDemand.objects.get(role="finance_officer")

    def test_it_stands_until_another_agrees(self, asked: Any, make_user: Any):
        one, two, demand = asked
        concerned = make_user("finance_officer", unit="finance")
        assert second_factors.demanded_roles() == {"finance_officer", "officer"}
        with pytest.raises(NotAllowed, match="另一位系统管理员复核"):
            second_factors.answer_lifting(demand, confirmed=True, by=one)
        second_factors.answer_lifting(demand, confirmed=True, by=two)
        assert second_factors.demanded_roles() == {"officer"}
        for user in (concerned, one):
            assert Notification.objects.filter(user=user, text__contains="不再要求用第二因素登录").count() == 1
        actions = [line.action for line in guards.lines_of_acts()]
        assert actions == ["core.demand_second_factor", "core.ask_lifting", "core.lift_second_factor"]

    def test_or_is_kept(self, asked: Any):
        one, two, demand = asked
        second_factors.answer_lifting(demand, confirmed=False, by=one)
        assert second_factors.demanded_roles() == {"finance_officer", "officer"}
        with pytest.raises(DomainError, match="没有待复核的取消"):
            second_factors.answer_lifting(demand, confirmed=True, by=two)

    def test_asked_twice_it_is_one(self, asked: Any):
        one, two, demand = asked
        second_factors.demand(["officer"], by=two)
        demand.refresh_from_db()
        assert demand.lifting_by == one

    def test_on_the_page_the_second_operator_confirms(self, asked: Any, client: Client):
        one, two, demand = asked
        address = f"/accounts/second-factor/{demand.pk}/lifting/"
        for user, offered in ((one, False), (two, True)):
            client.force_login(user, backend=BACKEND)
            assert ("复核并取消" in client.get("/accounts/second-factor/").content.decode()) is offered
        client.post(address, {"confirmed": "1"})
        assert second_factors.demanded_roles() == {"officer"}
