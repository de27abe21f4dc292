"""What asks to sign in again stands in one table, and each of its addresses really asks."""

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.architecture.access import ACCESS, EVERY_ROLE
from tests.architecture.reauthentication import SIGNED_IN_AGAIN
from tests.architecture.samples import SAMPLES
from tests.architecture.test_access import patterns

BACKEND = "django.contrib.auth.backends.ModelBackend"


def test_the_table_says_what_the_decorators_say():
    asking = {name: view.again for name, view in patterns(get_resolver()) if hasattr(view, "again")}
    said = {
        name: ({"actions": set(again.actions)} if again.actions else {}) | {field: set(values) for field, values in again.posted.items()}
        for name, again in asking.items()
    }
    assert said == SIGNED_IN_AGAIN


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(SIGNED_IN_AGAIN))
def test_who_signed_in_long_ago_is_asked_and_keeps_what_was_typed(name: str, make_user: Any):
    role = sorted(ACCESS[name] & EVERY_ROLE)[0]
    user = make_user(role)
    client = Client(raise_request_exception=False)  # what the view then does is for its own tests
    client.force_login(user, backend=BACKEND)
    session = client.session
    session["signed_in_at"] -= 16 * 60
    session.save()
    narrowed = SIGNED_IN_AGAIN[name]
    arguments = SAMPLES[name](user) if name in SAMPLES else {}
    if "actions" in narrowed:
        arguments["action"] = sorted(narrowed["actions"])[0]
    typed = {field: sorted(values)[0] for field, values in narrowed.items() if field != "actions"} | {"note": ["甲", "乙"]}
    address = reverse(name, kwargs=arguments)
    answer = client.post(address, typed)
    page = answer.content.decode()
    assert "请再次确认是您本人" in page
    assert f'action="{address}"' in page
    assert '<input type="hidden" name="note" value="甲">' in page
    assert '<input type="hidden" name="note" value="乙">' in page
    again = client.post(address, typed | {"again_password": "a long password"})
    assert "请再次确认是您本人" not in again.content.decode()
