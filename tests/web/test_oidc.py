"""Signing in through the city's identity provider, against a real one."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from joserfc.jwk import OctKey, RSAKey

from quintet.core import account_proposals, oidc, second_factors
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import AccountProposal, AuditEntry, Notification, OutsideIdentity, SignedInSession, Unlinking, User
from quintet.core.permissions import Right, right_of
from quintet.core.personal_information import purge
from quintet.core.roles import Role
from tests import guards
from tests.core.test_second_factors import now_code, with_app
from tests.web.provider import DOCTOR, OFFICER, Notices, authorize, free_port, provider, settings_for

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(scope="module")
def city() -> Iterator[str]:
    with provider(OFFICER, DOCTOR) as address:
        yield address


def came_back(client: Client, subject: str = "wang-at-the-city", query: str = "") -> Any:
    left = client.get(f"/sign-in/oidc/{query}")
    assert left.status_code == 302, left.content.decode()
    return client.get(authorize(left.headers["Location"], subject))


def linked(user: User, issuer: str, subject: str = "wang-at-the-city") -> OutsideIdentity:
    return OutsideIdentity.objects.create(issuer=issuer, subject=subject, user=user, first_seen_at=timezone.now(), linked_at=timezone.now())


def test_the_request_carries_state_nonce_and_a_challenge(client: Client, settings: Any, city: str):
    settings.OIDC = settings_for(city)
    url = client.get("/sign-in/oidc/").headers["Location"]
    assert url.startswith(f"{city}/oauth2/authorize?")
    for part in ("state=", "nonce=", "code_challenge=", "code_challenge_method=S256", "response_type=code"):
        assert part in url


def test_an_unknown_identity_waits_for_an_operator_and_then_comes_in(client: Client, settings: Any, city: str, make_user: Any):
    settings.OIDC = settings_for(city)
    user, operator = make_user("officer", unit="stb", name="wang"), make_user("operator")
    second = make_user("operator")
    answer = came_back(client)
    assert answer.status_code == 403
    assert "尚未关联本系统的账号" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert User.objects.count() == 3
    desk = Client()
    desk.force_login(operator, backend=BACKEND)
    identity = OutsideIdentity.objects.get()
    assert "王静" in desk.get("/accounts/identities/").content.decode()
    assert desk.post("/accounts/identities/", {"identity": identity.pk, "account": "wang"}).status_code == 302
    assert came_back(client).status_code == 403
    proposal = AccountProposal.objects.get()
    assert desk.post(f"/accounts/proposals/{proposal.pk}/answer/", {"confirmed": "1"}).status_code == 403
    desk.force_login(second, backend=BACKEND)
    assert desk.post(f"/accounts/proposals/{proposal.pk}/answer/", {"confirmed": "1"}).status_code == 302
    assert came_back(client, query="?next=/claims/").headers["Location"] == "/claims/"
    assert client.get("/claims/").status_code == 200
    assert AuditEntry.objects.get(action="core.link_identity").by == second
    assert Notification.objects.filter(user=user, text__contains="已关联统一身份").count() == 1


def test_a_claim_that_the_provider_keeps_links_by_itself_and_gives_no_role(client: Client, settings: Any, city: str, make_user: Any):
    settings.OIDC = settings_for(city, username_claim="preferred_username")
    user = make_user(name="wang")
    assert came_back(client).status_code == 302
    assert client.get("/work/").status_code == 403
    assert OutsideIdentity.objects.get().user == user
    assert AuditEntry.objects.get().action == "core.link_identity_by_claim"


def test_no_claim_takes_over_an_account_that_has_another_identity(client: Client, settings: Any, city: str, make_user: Any):
    settings.OIDC = settings_for(city, username_claim="preferred_username")
    linked(make_user(name="wang"), city, "another-subject")
    assert came_back(client).status_code == 403


@pytest.mark.parametrize("verified", [None, False, "true"])
def test_a_mail_address_that_is_not_verified_links_nobody(client: Client, settings: Any, make_user: Any, verified: Any):
    make_user(name="wang@city.example")
    person = {"sub": "s", "email": "wang@city.example"} | ({} if verified is None else {"email_verified": verified})
    with provider(person) as address:
        settings.OIDC = settings_for(address, username_claim="email")
        assert came_back(client, "s").status_code == 403


def test_who_was_deactivated_does_not_come_in(client: Client, settings: Any, city: str, make_user: Any):
    settings.OIDC = settings_for(city)
    user = make_user()
    linked(user, city)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert came_back(client).status_code == 403


def test_the_own_second_factor_is_asked_after_the_provider(client: Client, settings: Any, city: str, make_user: Any):
    settings.OIDC = settings_for(city)
    user = make_user("officer", unit="stb")
    linked(user, city)
    with_app(user)
    assert came_back(client).headers["Location"] == "/sign-in/second/"
    assert client.get("/work/").status_code == 302
    assert client.post("/sign-in/second/", {"code": now_code()}).headers["Location"] == "/work/"
    assert SignedInSession.objects.get().issuer == city


def answered(client: Client, notices: Notices, **claims: Any) -> Any:
    """The whole way with a provider that says what the test wants in its ID token."""
    asked = parse_qs(urlsplit(client.get("/sign-in/oidc/").headers["Location"]).query)
    now = int(timezone.now().timestamp())
    usual = {"iss": notices.address, "aud": "quintet", "sub": "li", "iat": now, "exp": now + 60, "nonce": asked["nonce"][0]}
    notices.claims = {name: value for name, value in (usual | claims).items() if value is not None}
    return client.get("/sign-in/oidc/back/", {"code": "c", "state": asked["state"][0]})


@pytest.fixture
def notices(settings: Any) -> Iterator[Notices]:
    made = Notices()
    settings.OIDC = settings_for(made.address)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("trusted", "methods", "page"),
    [
        (True, ["pwd", "otp"], "/sign-in/"), (True, ["pwd"], "/me/second-factor/app/"),
        (True, None, "/me/second-factor/app/"), (False, ["pwd", "otp"], "/me/second-factor/app/"),
    ],
)  # fmt: skip
def test_a_second_factor_shown_to_the_provider_counts_where_the_city_says_so(
    client: Client, notices: Notices, settings: Any, make_user: Any, trusted: bool, methods: Any, page: str
):
    settings.OIDC["second_factor"] = trusted
    second_factors.demand(["officer"], by=make_user("operator"))
    linked(make_user("officer", unit="stb"), notices.address, "li")
    assert answered(client, notices, amr=methods).status_code == 302
    assert client.get("/work/").headers.get("Location", "/sign-in/") == page
    assert (client.get("/work/").status_code == 200) is (page == "/sign-in/")


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"nonce": "x"},
        {"nonce": None},
        {"exp": 1},
        {"sub": None},
        {"sub": ""},
        {"amr": "otp"},
    ],
)
def test_a_token_that_is_not_right_opens_nothing(client: Client, notices: Notices, make_user: Any, wrong: dict[str, Any]):
    linked(make_user(), notices.address, "li")
    assert answered(client, notices, **wrong).status_code == 403
    assert "_auth_user_id" not in client.session
    assert answered(client, notices).status_code == 302


@pytest.mark.parametrize("change", ["state", "code", "nothing kept"])
def test_an_answer_that_is_not_ours_is_refused(client: Client, settings: Any, city: str, make_user: Any, change: str):
    settings.OIDC = settings_for(city)
    linked(make_user(), city)
    back = authorize(client.get("/sign-in/oidc/").headers["Location"], "wang-at-the-city")
    if change == "nothing kept":
        client = Client()
    else:
        back = back.replace(f"{change}=", f"{change}=x")
    answer = client.get(back)
    assert answer.status_code == 403
    assert "统一身份认证没有成功" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_answer_serves_once(client: Client, settings: Any, city: str, make_user: Any):
    settings.OIDC = settings_for(city)
    linked(make_user(), city)
    back = authorize(client.get("/sign-in/oidc/").headers["Location"], "wang-at-the-city")
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 403


def test_a_refusal_at_the_provider_is_told(client: Client, settings: Any, city: str):
    settings.OIDC = settings_for(city)
    answer = client.get("/sign-in/oidc/back/?error=access_denied&state=x")
    assert answer.status_code == 403
    assert "access_denied" in answer.content.decode()


def test_a_provider_that_is_away_is_told(client: Client, settings: Any):
    settings.OIDC = settings_for(f"http://127.0.0.1:{free_port()}")
    answer = client.get("/sign-in/oidc/")
    assert answer.status_code == 503
    assert "统一身份认证系统现在不可用" in answer.content.decode()


def test_without_a_provider_there_is_no_button(client: Client):
    assert "/sign-in/oidc/" not in client.get("/sign-in/").content.decode()


@pytest.mark.parametrize("address", ["/sign-in/oidc/", "/sign-in/oidc/back/?code=x&state=y"])
def test_without_a_provider_its_addresses_lead_to_the_password(client: Client, address: str):
    answer = client.get(address, follow=True)
    assert answer.redirect_chain == [("/sign-in/", 302)]
    assert "本系统没有接入统一身份认证。请用用户名和密码登录。" in answer.content.decode()


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(client: Client, settings: Any, city: str, make_user: Any, page: str):
    settings.OIDC = settings_for(city)
    linked(make_user(), city)
    assert came_back(client, query=f"?next={page}").headers["Location"] == "/"


def test_signing_in_again_through_the_provider_goes_on_with_the_form(client: Client, settings: Any, city: str, make_user: Any):
    settings.OIDC = settings_for(city)
    operator, user = make_user("operator"), make_user()
    operator.set_unusable_password()
    operator.save()
    linked(operator, city)
    came_back(client)
    session = client.session
    session["signed_in_at"] -= 3600
    session.save()
    grant = {"role": "applicant", "unit": "", "granted_on": timezone.localdate().isoformat(), "reason": "任职文件"}
    asked = client.post(f"/accounts/{user.pk}/grant/", grant).content.decode()
    assert "通过市统一身份认证确认" in asked
    assert "的密码" not in asked
    left = client.get("/sign-in/oidc/?again=1").headers["Location"]
    assert "prompt=login" in left
    page = client.get(authorize(left, "wang-at-the-city")).content.decode()
    assert f'action="/accounts/{user.pk}/grant/"' in page
    assert 'value="任职文件"' in page
    assert client.post(f"/accounts/{user.pk}/grant/", grant).status_code == 302
    assert user.grants.get().role == "applicant"


def test_another_persons_identity_does_not_confirm(client: Client, settings: Any, city: str, make_user: Any):
    settings.OIDC = settings_for(city)
    linked(make_user("operator"), city)
    linked(make_user(), city, "li-at-the-city")
    came_back(client)
    assert came_back(client, "li-at-the-city", "?again=1").status_code == 403


def test_signing_out_offers_to_sign_out_at_the_provider(client: Client, settings: Any, city: str, make_user: Any):
    settings.OIDC = settings_for(city)
    linked(make_user(), city)
    came_back(client)
    page = client.post("/sign-out/", follow=True)
    assert "_auth_user_id" not in client.session
    assert f'href="{city}/oauth2/end_session?id_token_hint=' in page.content.decode()
    assert "退出市统一身份认证" in page.content.decode()


def right(user: Any) -> Right:
    return right_of(user, Role.OPERATOR)


class TestLinks:
    def identity(self) -> OutsideIdentity:
        return OutsideIdentity.objects.create(issuer="https://id.example", subject="7", first_seen_at=timezone.now())

    def test_nobody_links_one_to_the_own_account(self, make_user: Any):
        operator, first = make_user("operator"), right(make_user("operator"))
        with pytest.raises(NotAllowed, match="不能关联自己的账号"):
            oidc.link(self.identity(), operator, proposed=first, by=operator, at=timezone.now())

    def test_who_proposed_it_does_not_link_it(self, make_user: Any):
        operator, identity = make_user("operator"), self.identity()
        with pytest.raises(NotAllowed, match="提出人不能复核"):
            oidc.link(identity, make_user(), proposed=right(operator), by=operator, at=timezone.now())
        identity.refresh_from_db()
        assert identity.user is None

    def test_one_identity_one_account(self, make_user: Any):
        operator, first, second = make_user("operator"), make_user(), make_user()
        identity, proposed = self.identity(), right(make_user("operator"))
        oidc.link(identity, first, proposed=proposed, by=operator, at=timezone.now())
        with pytest.raises(DomainError, match="已关联账号"):
            oidc.link(identity, second, proposed=proposed, by=operator, at=timezone.now())
        other = OutsideIdentity.objects.create(issuer="https://id.example", subject="8", first_seen_at=timezone.now())
        with pytest.raises(DomainError, match="另一个身份"):
            oidc.link(other, first, proposed=proposed, by=operator, at=timezone.now())

    def test_an_unlinked_one_opens_nothing_and_ends_sessions(self, client: Client, make_user: Any):
        operator, user = make_user("operator"), make_user()
        identity = self.identity()
        oidc.link(identity, user, proposed=right(make_user("operator")), by=operator, at=timezone.now())
        client.force_login(user, backend=BACKEND)
        oidc.unlink(identity, by=operator)
        identity.refresh_from_db()
        assert identity.user is None
        assert client.get("/me/").status_code == 302


class TestWhatOperatorsHaveUnlinked:
    """The provider goes on vouching for the user name; only two operators link again."""

    @pytest.fixture
    def unlinked(self, settings: Any, city: str, make_user: Any) -> tuple[User, OutsideIdentity]:
        settings.OIDC = settings_for(city, username_claim="preferred_username")
        user, operator = make_user(name="wang"), make_user("operator", name="one")
        assert came_back(Client()).status_code == 302
        identity = OutsideIdentity.objects.get()
        assert identity.user == user
        oidc.unlink(identity, by=operator)
        identity.refresh_from_db()
        return user, identity

    def test_the_next_sign_in_does_not_link_it_again(self, unlinked: Any, client: Client):
        for _ in range(2):
            answer = came_back(client)
            assert answer.status_code == 403
            assert "_auth_user_id" not in client.session
        assert OutsideIdentity.objects.get().user is None
        assert [line.action for line in guards.lines_of_acts()] == ["core.link_identity_by_claim", "core.unlink_identity"]

    def test_nor_does_the_night_forget_it(self, unlinked: Any, client: Client):
        unknown = OutsideIdentity.objects.create(issuer="x", subject="waits", first_seen_at=timezone.now())
        OutsideIdentity.objects.update(first_seen_at=timezone.now() - timedelta(days=4_000))
        purge(at=timezone.now())
        assert not OutsideIdentity.objects.filter(pk=unknown.pk).exists()
        assert came_back(client).status_code == 403

    def test_nor_does_another_identity_come_in_under_the_name(self, unlinked: Any, client: Client, notices: Notices, settings: Any):
        settings.OIDC["username_claim"] = "preferred_username"
        assert answered(client, notices, sub="somebody-else", preferred_username="wang").status_code == 403
        assert OutsideIdentity.objects.get(subject="somebody-else").user is None

    def test_the_operators_see_it_and_two_of_them_link_it_again(self, unlinked: Any, client: Client, make_user: Any):
        user, identity = unlinked
        one, two, desk = User.objects.get(username="one"), make_user("operator"), Client()
        desk.force_login(one, backend=BACKEND)
        assert "不再按用户名自动关联" in desk.get("/accounts/identities/").content.decode()
        today = timezone.localdate()
        proposal = account_proposals.propose_identity(identity, user, by=one, on=today)
        assert came_back(client).status_code == 403
        account_proposals.confirm(proposal, by=two, on=today)
        assert came_back(client).status_code == 302
        assert client.session["_auth_user_id"] == str(user.pk)

    def test_nor_is_the_account_free_when_its_identity_went_to_another(
        self, unlinked: Any, client: Client, notices: Notices, settings: Any, make_user: Any
    ):
        """The attack: the unlinked identity is linked to another account, and the claim links a new one with the first account."""
        user, identity = unlinked
        one, two, today = User.objects.get(username="one"), make_user("operator"), timezone.localdate()
        account_proposals.confirm(account_proposals.propose_identity(identity, make_user(), by=one, on=today), by=two, on=today)
        settings.OIDC["username_claim"] = "preferred_username"
        assert answered(client, notices, sub="somebody-else", preferred_username="wang").status_code == 403
        assert not user.outside_identities.exists()
        assert list(user.unlinkings.values_list("identity", "by")) == [(identity.pk, one.pk)]

    def test_an_unlinking_is_never_changed(self, unlinked: Any, make_user: Any):
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
            Unlinking.objects.update(user=make_user())


class TestIdentifiersOfTheProvider:
    """An issuer, a subject or a claim is taken whole or not at all: two that begin alike are two."""

    @pytest.mark.parametrize(("length", "status"), [(254, 302), (255, 302), (256, 403)])
    def test_a_subject(self, client: Client, notices: Notices, make_user: Any, length: int, status: int):
        linked(make_user(), notices.address, "x" * min(length, 255))
        answer = answered(client, notices, sub="x" * length)
        assert answer.status_code == status
        assert ("_auth_user_id" in client.session) is (status == 302)
        if status == 403:
            assert "标识（sub）不能使用：应是不超过 255 个字的文字" in answer.content.decode()

    @pytest.mark.parametrize("name", ["sub", "sid", "preferred_username"])
    @pytest.mark.parametrize("value", ["x" * 256, "a\0b", "a\nb", ["x"], {"x": 1}, 7])
    def test_what_is_no_identifier(self, client: Client, notices: Notices, settings: Any, make_user: Any, name: str, value: Any):
        settings.OIDC["username_claim"] = "preferred_username"
        make_user(name="x" * 150)
        before = OutsideIdentity.objects.count()
        assert answered(client, notices, **{name: value}).status_code == 403
        assert OutsideIdentity.objects.count() == before

    @pytest.mark.parametrize(("length", "left"), [(255, 0), (256, 1)])
    def test_a_session_is_not_ended_by_a_longer_name(self, client: Client, notices: Notices, make_user: Any, length: int, left: int):
        user = make_user()
        linked(user, notices.address)
        client.force_login(user, backend=BACKEND)
        SignedInSession.objects.filter(user=user).update(issuer=notices.address, sid="s" * 255)
        Client().get("/sign-out/oidc/front-channel/", {"iss": notices.address, "sid": "s" * length})
        assert SignedInSession.objects.filter(user=user).count() == left


class TestSignOutElsewhere:
    def claims(self, notices: Notices, **more: Any) -> dict[str, Any]:
        now = int(timezone.now().timestamp())
        return {
            "iss": notices.address, "aud": "quintet", "iat": now, "exp": now + 120, "jti": "1", "sid": "s1", "events": {oidc.BACK_CHANNEL: {}},
        } | more  # fmt: skip

    def opened(self, notices: Notices, make_user: Any, sid: str = "s1") -> Client:
        user, client = make_user(), Client()
        linked(user, notices.address, f"subject {sid}")
        client.force_login(user, backend=BACKEND)
        SignedInSession.objects.filter(user=user).update(issuer=notices.address, sid=sid)
        return client

    @pytest.mark.parametrize("by", [{"sid": "s1"}, {"sid": "", "sub": "subject s1"}])
    def test_the_provider_ends_its_session_and_no_other(self, notices: Notices, make_user: Any, by: dict[str, str]):
        client, other = self.opened(notices, make_user), self.opened(notices, make_user, "s2")
        token = notices.signed(self.claims(notices, **by))
        assert Client().post("/sign-out/oidc/back-channel/", {"logout_token": token}).status_code == 200
        assert [one.get("/me/").status_code for one in (client, other)] == [302, 200]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"iss": "https://evil.example"}, {"aud": "another"}, {"iat": 1}, {"events": {}}, {"nonce": "n"}, {"sid": "", "sub": ""}, {"iat": "now"},
        ],
    )  # fmt: skip
    def test_a_notice_that_is_not_right_ends_nothing(self, notices: Notices, make_user: Any, wrong: dict[str, Any]):
        client = self.opened(notices, make_user)
        token = notices.signed(self.claims(notices, **wrong))
        assert Client().post("/sign-out/oidc/back-channel/", {"logout_token": token}).status_code == 400
        assert client.get("/me/").status_code == 200

    @pytest.mark.parametrize("kind", ["another key", "shared secret", "none", "empty"])
    def test_a_notice_that_somebody_else_signed_ends_nothing(self, notices: Notices, make_user: Any, kind: str):
        client, claims = self.opened(notices, make_user), self.claims(notices)
        token = {
            "another key": lambda: notices.signed(claims, RSAKey.generate_key(2048, {"kid": "1"})),
            "shared secret": lambda: notices.signed(claims, OctKey.import_key("a secret that is long enough for it"), "HS256"),
            "none": lambda: notices.signed(claims, OctKey.import_key("x" * 32), "none"),
            "empty": str,
        }[kind]()
        assert Client().post("/sign-out/oidc/back-channel/", {"logout_token": token}).status_code == 400
        assert client.get("/me/").status_code == 200

    def test_the_front_channel_needs_the_name_of_the_session(self, notices: Notices, make_user: Any):
        client = self.opened(notices, make_user)
        for query in ("", f"?iss={notices.address}", "?sid=s1", f"?iss={notices.address}&sid=s2"):
            assert Client().get(f"/sign-out/oidc/front-channel/{query}").status_code == 200
        assert client.get("/me/").status_code == 200
        assert Client().get(f"/sign-out/oidc/front-channel/?iss={notices.address}&sid=%00").status_code == 400
        Client().get(f"/sign-out/oidc/front-channel/?iss={notices.address}&sid=s1")
        assert client.get("/me/").status_code == 302
