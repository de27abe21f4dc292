"""How long a signed-in session lives, and what ends it."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from quintet.api.actions import create_token
from quintet.core.models import AuditEntry, Notification, RoleGrant, SignedInSession, User
from quintet.core.session_store import row_of

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "a long password"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0"
PHONE = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116 Mobile Safari/537.36 MicroMessenger/8.0"


def entered(user: User, agent: str = EDGE, address: str = "192.0.2.7") -> Client:
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    assert client.post("/sign-in/", {"username": user.username, "password": PASSWORD}).status_code == 302
    return client


def aged(client: Client, **seconds: int) -> None:
    session = client.session
    for name, number in seconds.items():
        session[name] = int(timezone.now().timestamp()) - number
    session.save()


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("role", "minutes", "stays"), [("officer", 29, True), ("officer", 31, False), ("applicant", 119, True), ("applicant", 121, False)]
)
def test_a_session_ends_when_nobody_uses_it(make_user: Any, role: str, minutes: int, stays: bool):
    client = entered(make_user(role, unit="stb" if role == "officer" else ""))
    aged(client, seen_at=minutes * 60)
    assert is_in(client) is stays
    assert SignedInSession.objects.exists() is stays
    if not stays:
        assert "为了安全已退出" in client.get("/sign-in/").content.decode()


@pytest.mark.parametrize(("minutes", "stays"), [(8 * 60 - 1, True), (8 * 60 + 1, False)])
def test_a_session_ends_however_busy_it_is(make_user: Any, minutes: int, stays: bool):
    client = entered(make_user("officer", unit="stb"))
    aged(client, started_at=minutes * 60, seen_at=10)
    assert is_in(client) is stays


def test_use_keeps_a_session_and_is_not_written_for_every_page(make_user: Any, django_assert_num_queries: Any):
    client = entered(make_user("officer", unit="stb"))
    aged(client, seen_at=25 * 60)
    assert is_in(client)
    assert client.session["seen_at"] >= int(timezone.now().timestamp()) - 30
    before = SignedInSession.objects.get().last_seen_at
    assert is_in(client)
    assert SignedInSession.objects.get().last_seen_at == before


def test_the_list_names_device_and_address_and_this_one(make_user: Any):
    user = make_user("officer", unit="stb")
    here, _phone = entered(user), entered(user, PHONE, "198.51.100.3")
    page = here.get("/me/sessions/").content.decode()
    for part in ("Edge · Windows", "微信 · Android", "192.0.2.7", "198.51.100.3", "本机"):
        assert part in page


def test_sign_out_everywhere_leaves_this_one_and_nobody_elses(make_user: Any):
    user, other = make_user("officer", unit="stb"), make_user("officer", unit="stb")
    here, phone, others = entered(user), entered(user, PHONE), entered(other)
    here.post("/me/sessions/end/")
    assert [is_in(client) for client in (here, phone, others)] == [True, False, True]
    assert SignedInSession.objects.count() == 2


def test_one_session_is_ended_and_never_that_of_another(make_user: Any):
    user, other = make_user("officer", unit="stb"), make_user("officer", unit="stb")
    here, phone, others = entered(user), entered(user, PHONE), entered(other)
    theirs = SignedInSession.objects.get(user=other).pk
    here.post("/me/sessions/end/", {"session": theirs})
    here.post("/me/sessions/end/", {"session": "²"})
    here.post("/me/sessions/end/", {"session": "9" * 30})
    assert [is_in(client) for client in (here, phone, others)] == [True, True, True]
    here.post("/me/sessions/end/", {"session": SignedInSession.objects.get(user=user, device="微信 · Android").pk})
    assert [is_in(client) for client in (here, phone, others)] == [True, False, True]


def test_signing_out_ends_the_row(make_user: Any):
    client = entered(make_user("officer", unit="stb"))
    client.post("/sign-out/")
    assert not SignedInSession.objects.exists()


@pytest.mark.parametrize("change", ["grant", "revoke"])
def test_the_key_changes_with_the_roles(make_user: Any, change: str):
    user = make_user("officer", unit="stb")
    client = entered(user)
    old = client.session.session_key
    assert is_in(client)
    assert client.session.session_key == old
    if change == "grant":
        RoleGrant.objects.create(user=user, role="leader", unit="city")
    else:
        user.grants.update(revoked_on=timezone.localdate())
    assert is_in(client)
    assert client.session.session_key != old
    assert SignedInSession.objects.get().key == Session.objects.get().session_key
    stolen = Client()
    stolen.cookies["sessionid"] = old
    assert not is_in(stolen)


@pytest.mark.parametrize("with_tokens", [True, False])
def test_a_new_password_ends_other_sessions_and_tokens_as_wanted(make_user: Any, with_tokens: bool):
    user = make_user("officer", unit="stb")
    today = timezone.localdate()
    token, _secret = create_token(user, name="取数", scopes=[], expires_on=today, by=user, on=today)
    here, phone = entered(user), entered(user, PHONE)
    assert f"取数 {token.prefix}" in here.get("/me/sessions/").content.decode()
    fields = {"old_password": PASSWORD, "new_password1": "another long one", "new_password2": "another long one"}
    assert here.post("/me/password/", fields | ({"end_tokens": "on"} if with_tokens else {})).status_code == 302
    assert [is_in(client) for client in (here, phone)] == [True, False]
    token.refresh_from_db()
    assert token.is_valid(today) is not with_tokens
    told = " ".join(Notification.objects.filter(user=user).values_list("text", flat=True))
    assert "密码已修改" in told
    assert ("访问令牌已撤销" in told) is with_tokens
    lines = AuditEntry.objects.filter(record=f"core.user:{user.pk}").order_by("number")
    assert {line.by for line in lines} == {user}
    expected = ["api.create_token", "core.change_password", *(["api.revoke_token"] if with_tokens else [])]
    assert [line.action for line in lines] == expected


@pytest.mark.parametrize("path", ["/me/", "/work/", "/", "/search/", "/claims/", "/no-such-page/"])
def test_what_somebody_signed_in_sees_is_kept_nowhere(make_user: Any, path: str):
    assert "no-store" not in Client().get(path).headers.get("Cache-Control", "") or path in ("/me/",)
    assert "no-store" in entered(make_user("officer", unit="stb")).get(path)["Cache-Control"]


@pytest.mark.parametrize("path", ["/sign-in/", "/check/some-token/", "/set-password/MQ/some-token/", "/evaluations/some-token/"])
def test_pages_that_an_address_opens_are_kept_nowhere(path: str):
    answer = Client().get(path)
    assert "no-store" in answer.headers.get("Cache-Control", ""), answer.status_code


@pytest.mark.parametrize("path", ["/check/some-token/", "/set-password/MQ/some-token/"])
def test_an_address_that_opens_something_goes_along_to_no_other_page(path: str):
    assert Client().get(path)["Referrer-Policy"] == "strict-origin"


def test_cookies_are_for_this_site_and_for_no_script(make_user: Any):
    cookie = entered(make_user()).cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


class TestRows:
    def test_no_row_holds_what_the_cookie_holds(self, make_user: Any):
        client = entered(make_user())
        value = client.cookies["sessionid"].value
        rows = [*Session.objects.values_list(), *SignedInSession.objects.values_list()]
        assert value not in repr(rows)
        assert Session.objects.get().session_key == SignedInSession.objects.get().key

    def test_the_key_of_a_row_opens_nothing(self, make_user: Any):
        client = entered(make_user())
        stolen = Client()
        stolen.cookies["sessionid"] = Session.objects.get().session_key
        assert not is_in(stolen)
        assert is_in(client)

    def test_a_row_copied_under_the_key_of_another_session_opens_nothing(self, make_user: Any):
        official, visitor = entered(make_user("officer", unit="stb")), entered(make_user())
        theirs, own = (Session.objects.get(session_key=row_of(client.session.session_key)) for client in (official, visitor))
        Session.objects.filter(pk=own.pk).update(session_data=theirs.session_data)
        assert not is_in(visitor)
        assert is_in(official)

    def test_two_sessions_have_two_rows_and_one_ends_alone(self, make_user: Any):
        user = make_user()
        here, there = entered(user), entered(user)
        assert Session.objects.count() == 2
        here.post("/sign-out/")
        assert [is_in(client) for client in (here, there)] == [False, True]
        assert Session.objects.filter(session_key=row_of(there.session.session_key)).exists()

    def test_sessions_from_before_end_with_the_upgrade(self, make_user: Any):
        client = entered(make_user())
        kept = Session.objects.get()
        Session.objects.create(session_key="a" * 32, session_data=kept.session_data, expire_date=kept.expire_date)
        old = Client()
        old.cookies["sessionid"] = "a" * 32
        assert not is_in(old)
        import_module("quintet.core.migrations.0022_sessions_by_hash").end_sessions(apps, None)
        assert not is_in(client)
        assert (Session.objects.count(), SignedInSession.objects.count()) == (0, 0)


def test_the_page_of_components_is_not_public_in_production(client: Client, settings: Any):
    assert client.get("/components/").status_code == 200
    settings.PRODUCTION = True
    assert client.get("/components/").status_code == 404
