"""Typed text outlives the session; addresses that only take forms lead somewhere."""

import html
import re

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from quintet.core import typed
from quintet.core.sessions import SEEN
from quintet.directory.models import Organisation
from quintet.directory.queries.history import version_of
from tests.architecture.access import ACCESS, EVERY_ROLE
from tests.directory.city import officer, organisation

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def hidden(page: str) -> dict[str, str]:
    form = page[page.index('class="narrow"') :]
    rows = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in rows if name != "csrfmiddlewaretoken"}


def idle(user) -> Client:
    """A browser in which the session of `user` has been left alone for too long."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    session = client.session
    session[SEEN] = 0
    session.save()
    return client


def posted_signed_out(client: Client) -> tuple[str, dict[str, str]]:
    firm = organisation(1)
    address = reverse("directory:organisation-edit", args=[firm.pk])
    text = {"code": firm.code, "name": "示例改名有限公司", "kind": "enterprise", "division": "211103", "password": "geheim"}
    text["version"] = str(version_of(firm))
    answer = client.post(address, text)
    assert answer.status_code == 302
    assert f"next={address}" in answer.url
    return address, text


def test_what_was_typed_comes_back_after_signing_in_and_goes_on():
    typist = officer()
    client = idle(typist)
    address, text = posted_signed_out(client)
    client.force_login(typist, backend=BACKEND)
    page = client.get(address).content.decode()
    assert "您填写的内容还在" in page
    assert "示例改名有限公司" in page
    kept = hidden(page)
    assert kept == {name: value for name, value in text.items() if name != "password"}
    assert client.post(address, kept).status_code == 302
    assert Organisation.objects.get().name == "示例改名有限公司"
    assert "您填写的内容还在" not in client.get(address).content.decode()


def test_whoever_does_not_want_it_gets_the_page():
    typist = officer()
    client = idle(typist)
    address, _text = posted_signed_out(client)
    client.force_login(typist, backend=BACKEND)
    assert "您填写的内容还在" not in client.get(f"{address}?typed=drop").content.decode()
    assert "您填写的内容还在" not in client.get(address).content.decode()


def autosaved(client: Client) -> str:
    firm = organisation(1)
    page = reverse("directory:organisation", args=[firm.pk])
    save = reverse("directory:organisation-edit", args=[firm.pk])
    answer = client.post(save, {"name": "写到一半"}, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"})
    assert f"next={page}" in answer["HX-Redirect"]
    return page


def test_an_autosave_comes_back_to_the_page_it_came_from():
    typist = officer()
    client = idle(typist)
    page = autosaved(client)
    client.force_login(typist, backend=BACKEND)
    assert "写到一半" in client.get(page).content.decode()


def test_another_person_at_the_same_browser_never_sees_it(make_user):
    client = idle(officer())
    address, _text = posted_signed_out(client)
    client.force_login(make_user("officer"), backend=BACKEND)
    page = client.get(address).content.decode()
    assert "您填写的内容还在" not in page
    assert "示例改名有限公司" not in page
    assert typed.KEPT not in client.session


def test_another_person_at_the_same_browser_never_sees_an_autosave(make_user):
    typist = officer()
    client = idle(typist)
    page = autosaved(client)
    client.force_login(make_user("officer"), backend=BACKEND)
    assert "写到一半" not in client.get(page).content.decode()
    client.force_login(typist, backend=BACKEND)
    assert "写到一半" not in client.get(page).content.decode()


def test_what_nobody_typed_is_not_kept():
    client = Client()
    posted_signed_out(client)
    assert typed.KEPT not in client.session


def test_after_signing_out_by_hand_nothing_is_kept():
    client = Client()
    client.force_login(officer(), backend=BACKEND)
    client.logout()
    posted_signed_out(client)
    assert typed.KEPT not in client.session


@pytest.mark.parametrize(
    ("length", "kept"), [(typed.MOST_LETTERS - 5, True), (typed.MOST_LETTERS - 4, True), (typed.MOST_LETTERS - 3, False)]
)
def test_the_longest_text_below_at_and_above(length: int, kept: bool):
    client = idle(officer())
    client.post(reverse("directory:organisation-add"), {"name": "字" * length})
    assert (typed.KEPT in client.session) is kept


def test_addresses_for_forms_lead_to_the_page_above():
    client = Client()
    client.force_login(officer(), backend=BACKEND)
    answer = client.get("/audit/receipt/")
    assert (answer.status_code, answer.url) == (302, "/audit/")


def test_no_page_without_arguments_answers_405_to_a_bookmark(make_user):
    users = {role: make_user(role) for role in EVERY_ROLE}
    wrong = []
    for name in sorted(_without_arguments()):
        client = Client()
        client.force_login(users[sorted(ACCESS[name] & EVERY_ROLE)[0]], backend=BACKEND)
        if client.get(reverse(name)).status_code == 405:
            wrong.append(name)
    assert wrong == []


def _without_arguments() -> set[str]:
    names = set()
    for name in ACCESS:
        if name.partition(":")[0] in ("api", "api-1", "v1") or name == "web:sign-out":
            continue
        try:
            reverse(name)
        except NoReverseMatch:
            continue
        names.add(name)
    return names
