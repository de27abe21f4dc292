"""Every page says who may see it, the table says the same, and the answers prove it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.architecture.access import ACCESS, EVERYBODY, KEEPERS
from tests.architecture.samples import POSTS, SAMPLES
from tests.duties import keeps_every_register

TENS = [sorted(ACCESS)[first : first + 10] for first in range(0, len(ACCESS), 10)]  # pages that one visitor asks for
OF_REGISTERS = ("directory:", "finance:", "market:", "talent:")


def patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name or pattern.pattern}", pattern.callback
        else:
            yield from patterns(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)


def test_every_view_says_who_may_see_it():
    assert [name for name, view in patterns(get_resolver()) if not hasattr(view, "access")] == []


def test_every_url_is_in_the_table_and_the_table_holds_nothing_else():
    names = {name for name, _ in patterns(get_resolver())}
    assert sorted(names - ACCESS.keys()) == [], "add these to tests/architecture/access.py"
    assert sorted(ACCESS.keys() - names) == [], "these no longer exist"


def test_the_table_agrees_with_the_decorators():
    said = {name: said_by(view.access) for name, view in patterns(get_resolver()) if name in ACCESS}
    assert said == {name: sorted(roles) for name, roles in ACCESS.items()}


def said_by(access: Any) -> list[str]:
    return sorted({"public": EVERYBODY, "signed_in": EVERYBODY - {"anonymous"}, "roles": access.roles}[access.kind])


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(EVERYBODY))
@pytest.mark.parametrize("names", TENS, ids=lambda names: names[0])
def test_a_page_opens_for_those_in_the_table_and_for_nobody_else(names: list[str], role: str, make_user: Any):
    user = None if role == "anonymous" else make_user(role, unit="stb" if role == "officer" else "")
    client = visitor(user)
    if any(name.startswith(OF_REGISTERS) for name in names):
        keeps_every_register("stb")
    answers = {name: apart(client, name, user) for name in names}
    refused = "asks to sign in" if user is None else "refuses"
    assert answers == {name: "opens" if role in ACCESS[name] else refused for name in names}


def apart(client: Client, name: str, user: Any) -> str:
    """How a page answers; afterwards all is as it was, the sign-in included."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        answer = verdict(asked(client, name, user))
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name in ACCESS if name.startswith(OF_REGISTERS) and ACCESS[name] == KEEPERS))
def test_a_register_is_changed_by_the_department_whose_duty_it_is_and_by_no_other(name: str, make_user: Any):
    """The list of imports opens for every officer and shows those of the own registers; so does that of wrong ties."""
    keeps_every_register("stb")
    officer = make_user("officer", unit="hrss")
    answer = asked(visitor(officer), name, officer)
    assert verdict(answer) == ("opens" if name in ("directory:imports", "directory:wrong-ties") else "refuses")


def visitor(user: Any) -> Client:
    client = Client()
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def asked(client: Client, name: str, user: Any) -> Any:
    address = reverse(name, kwargs=SAMPLES[name](user) if name in SAMPLES else {})
    return client.post(address, POSTS[name]) if name in POSTS else client.get(address)


def verdict(answer: Any) -> str:
    if answer.status_code in (401, 302) and (answer.status_code == 401 or answer.url.startswith(reverse("web:sign-in") + "?next=")):
        return "asks to sign in"
    return {200: "opens", 201: "opens", 202: "opens", 204: "opens", 302: "opens", 403: "refuses"}.get(
        answer.status_code, f"answers {answer.status_code}"
    )
