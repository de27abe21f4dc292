"""Tokens: made once, shown once, refused when they should be; and how often strangers may ask."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django.utils.translation import override

from quintet.api.actions import MOST_TOKENS, create_token, revoke_token
from quintet.api.errors import of_domain, said
from quintet.api.models import ApiToken
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Notification
from quintet.policies.engine import policy
from tests import guards
from tests.api.callers import Caller, official, refused, token_of

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def today():
    return timezone.localdate()


def test_the_secret_is_kept_nowhere_and_opens_what_its_user_may():
    user = official()
    token, secret = token_of(user)
    assert secret not in str(ApiToken.objects.filter(pk=token.pk).values().get())
    assert Caller(secret).get("jobs").status_code == 200


def test_the_day_of_last_use_is_kept():
    token, secret = token_of(official())
    Caller(secret).get("packs")
    token.refresh_from_db()
    assert token.last_used_on == today()


@pytest.mark.parametrize("header", ["Bearer nothing", "Bearer ", "Basic abc", "Bearer qt_00000000_x", "Bearer \0", "x"])
def test_a_token_that_is_none_is_refused_even_where_strangers_are_answered(client, header):
    answer = client.get("/api/v1/packs", headers={"Authorization": header})
    assert refused(answer)[:2] == (401, "token_invalid")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_the_secret_must_be_right_to_the_last_character():
    _token, secret = token_of(official())
    assert Caller(secret[:-1]).get("packs").status_code == 401


def test_a_revoked_token_an_expired_one_and_that_of_a_closed_account_are_refused():
    user = official()
    revoked, first = token_of(user)
    revoke_token(revoked, by=user, on=today())
    expired, second = token_of(user)
    ApiToken.objects.filter(pk=expired.pk).update(expires_on=today() - timedelta(days=1))
    closed = official()
    _token, third = token_of(closed)
    closed.is_active = False
    closed.save()
    assert [Caller(secret).get("packs").status_code for secret in (first, second, third)] == [401, 401, 401]


def test_a_role_that_is_taken_away_is_gone_at_once():
    user = official()
    _token, secret = token_of(user)
    user.grants.update(revoked_on=today())
    assert refused(Caller(secret).post("jobs", {}))[:2] == (403, "not_allowed")


def test_one_makes_and_revokes_ones_own_tokens_and_nobody_those_of_others():
    user, token = official(), token_of(official())[0]
    for other in (user, official("operator")):
        with pytest.raises(NotAllowed, match="令牌只由本人"):
            revoke_token(token, by=other, on=today())
        with pytest.raises(NotAllowed, match="令牌只由本人"):
            create_token(token.user, name="x", scopes=[], expires_on=today(), by=other, on=today())
    assert ApiToken.objects.get() == token
    revoke_token(token, by=token.user, on=today())
    token.refresh_from_db()
    assert token.revoked_on == today()


def test_each_stands_in_the_chain_and_its_owner_is_told():
    user = official()
    token, secret = token_of(user)
    for _ in range(2):
        revoke_token(token, by=user, on=today())
    lines = guards.lines_of_acts()
    assert [(line.action, line.by, line.record) for line in lines] == [
        ("api.create_token", user, f"core.user:{user.pk}"), ("api.revoke_token", user, f"core.user:{user.pk}"),
    ]  # fmt: skip
    assert secret not in "".join(str(vars(line)) for line in lines)
    told = list(Notification.objects.filter(user=user, urgent=True).order_by("pk").values_list("text", flat=True))
    assert ["新建了访问令牌" in told[0], "访问令牌已撤销" in told[1], len(told)] == [True, True, 2]


@pytest.mark.parametrize("wrong", [{"name": " "}, {"scopes": ["all"]}, {"expires_on": -1}, {"expires_on": 367}])
def test_a_token_has_a_name_known_scopes_and_an_end_within_a_year(wrong):
    user = official()
    chosen = {"name": "x", "scopes": ["evaluate"], "expires_on": 30} | wrong
    chosen["expires_on"] = today() + timedelta(days=chosen["expires_on"])
    with pytest.raises(DomainError):
        create_token(user, **chosen, by=user, on=today())


def test_nobody_has_more_than_twenty_valid_tokens():
    user = official()
    for _ in range(MOST_TOKENS):
        token_of(user)
    with pytest.raises(DomainError):
        token_of(user)


def test_the_page_shows_a_new_secret_once(client):
    user = official()
    client.force_login(user, backend=BACKEND)
    expires = (today() + timedelta(days=10)).isoformat()
    page = client.post("/my/tokens/", {"name": "园区系统", "scopes": ["evaluate", "bulk"], "expires_on": expires})
    token = ApiToken.objects.get()
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert Caller(secret).get("jobs").status_code == 200
    later = client.get("/my/tokens/").content.decode()
    assert secret not in later
    assert token.prefix in later


def test_the_page_refuses_what_the_action_refuses(client):
    client.force_login(official(), backend=BACKEND)
    page = client.post("/my/tokens/", {"name": "x", "scopes": ["evaluate"], "expires_on": "2200-01-01"})
    assert page.context["form"].errors.keys() == {"expires_on"}
    assert not ApiToken.objects.exists()


def test_one_revokes_a_token_on_the_page_but_not_that_of_another(client):
    user = official()
    own, _secret = token_of(user)
    foreign, _secret = token_of(official())
    client.force_login(user, backend=BACKEND)
    assert client.post(f"/my/tokens/{own.pk}/revoke/").status_code == 302
    assert client.post(f"/my/tokens/{foreign.pk}/revoke/").status_code == 404
    assert client.get(f"/my/tokens/{own.pk}/revoke/").url == "/my/tokens/"
    assert ApiToken.objects.get(pk=own.pk).revoked_on == today()
    assert ApiToken.objects.get(pk=foreign.pk).revoked_on is None


def test_an_operator_makes_lists_and_revokes_tokens_at_the_machine():
    user = official()
    out = StringIO()
    call_command("api_token", "create", user.username, "夜间核对", "--scope", "bulk", stdout=out)
    secret = out.getvalue().strip()
    assert Caller(secret).get("jobs").status_code == 200
    listed = StringIO()
    call_command("api_token", "list", stdout=listed)
    assert secret[:11] in listed.getvalue()
    assert secret not in listed.getvalue()
    call_command("api_token", "revoke", secret[:11], stdout=StringIO())
    assert Caller(secret).get("jobs").status_code == 401
    lines = guards.lines_of_acts().values_list("action", "by", "record")
    assert list(lines) == [(f"api.{act}_token", None, f"core.user:{user.pk}") for act in ("create", "revoke")]
    assert Notification.objects.filter(user=user).count() == 2
    with pytest.raises(CommandError):
        call_command("api_token", "create", "nobody", "x")


@pytest.mark.parametrize(("days", "made"), [(-1, 0), (0, 1), (366, 1), (367, 0), (10**12, 0)])
def test_a_token_made_at_the_machine_ends_within_a_year(days: int, made: int):
    call = lambda: call_command("api_token", "create", official().username, "x", "--days", str(days), stdout=StringIO())
    if made:
        call()
    else:
        with pytest.raises(CommandError, match="between 0 and 366"):
            call()
    assert ApiToken.objects.count() == made


def test_strangers_are_asked_to_wait_after_120_requests_a_minute(anyone, officer, monkeypatch):
    # The clock stands still, lest the minute should end in the middle.
    monkeypatch.setattr("quintet.api.limits.time.time", lambda: 1_600_000_015.0)
    for _ in range(120):
        assert anyone.get("organisations").status_code == 200
    answer = anyone.get("organisations")
    assert refused(answer)[:2] == (429, "too_many_requests")
    assert answer["Retry-After"] == "5"
    assert officer.get("organisations").status_code == 200
    monkeypatch.setattr("quintet.api.limits.time.time", lambda: 1_600_000_021.0)
    assert anyone.get("organisations").status_code == 200


def test_addresses_are_counted_apart(anyone, settings, monkeypatch):
    monkeypatch.setattr("quintet.api.limits.time.time", lambda: 1_600_000_015.0)
    settings.API_REQUESTS_PER_MINUTE = {"anonymous": 0}
    assert anyone.get("packs").status_code == 429
    settings.API_REQUESTS_PER_MINUTE = {"anonymous": 1}
    answers = [anyone.client.get("/api/v1/packs", REMOTE_ADDR=f"192.0.2.{n}").status_code for n in (1, 2, 2)]
    assert answers == [200, 200, 429]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_refusal_gives_its_reason_in_the_language_asked_for_and_says_so_in_the_other(language):
    with override(language), pytest.raises(DomainError) as caught:
        policy("nowhere")
    with override(language):
        told = said(of_domain(caught.value))["error"]
    if language == "en":
        assert told["en"] == "There is no policy pack called “nowhere”. Please choose one from the policy library."
        assert told["zh"].endswith("原因用中文写在 zh。")
    else:
        assert told["zh"] == "没有名为“nowhere”的政策包。 请从政策文库选择。"
        assert told["en"] == "Refused; the reason stands in zh. Send Accept-Language: en to have it in English, in this field."
