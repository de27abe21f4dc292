"""The demo city walked through as every role: nothing that is offered is refused, nothing is told in raw codes."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import override, trans_real

from quintet.core.models import User
from quintet.policies.engine import policies
from tests.demo.test_demo import load

WALKERS = ["", "demo-applicant", "demo-officer", "demo-officer2", "demo-finance", "demo-finance2", "demo-expert", "demo-leader", "demo-auditor", "demo-operator"]  # fmt: skip
RECORDS, LISTS = 3, 2  # addresses of one page that are looked at: records in several states, a list with and without a filter
# Whoever does the duties of a colleague sees the same pages: one of each is enough for what only the second person is offered.
COLLEAGUES = {"demo-officer2", "demo-finance2"}
NOT_PRESSED = {"web:sign-out", "web:language", "web:demo-day", "web:sign-in"}
# Words that officials do not use, and what only the machine reads. A fold 技术信息 may hold the latter.
UNWANTED = ["这一件", "还没有", "不要了", "政策给什么", "最近一年的评估", "本地代码"]
RAW = re.compile(
    r"\b[0-9a-f]{32,}\b|\b(?:redemption|ledger|directory|core)\.[a-z]+:\d+|\benterprise=\d+|\b2111L\d\b|\b[a-z]+(?:_[a-z]+)+\b"
)
# Codes of clauses (a case's number holds one: 2021-T6-000001), dates, values and units as programs keep them.
KEPT = re.compile(
    r"(?<!\d-)\b[TNPSG]\d{1,2}(?:\.\d+)*\b|(?<![\d-])\d{4}-\d{2}-\d{2}(?!\d)|\b(?:None|True|False)\b(?! yet| recorded|\.)|[{}]|\[\W*\]|（分）|\b\d+ fen\b"
)
READ_BY_PROGRAMMERS = {"web:components", "api:openapi-view", "api:reference", "web:audit-digests", "api:tokens"}


class Page(HTMLParser):
    """Links, forms and what is seen of a page; without scripts, and without folds for technical information."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.seen: list[str] = []
        self.unseen, self.select = 0, ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        if self.unseen or tag in ("script", "style", "pre", "code") or "technical" in had.get("class", "").split():
            self.unseen += tag not in ("input", "br", "hr", "img", "link", "meta")
        if tag == "a" and "href" in had:
            self.links.append(had["href"])
        if tag == "form":
            self.forms.append({"method": had.get("method", "get").lower(), "action": had.get("action", ""), "fields": {}})
        if self.forms and tag in ("input", "textarea", "button") and had.get("name"):
            if had.get("type") not in ("radio", "checkbox", "file"):
                self.forms[-1]["fields"].setdefault(had["name"], had.get("value", ""))
            elif had.get("type") in ("radio", "checkbox"):
                self.forms[-1]["fields"].setdefault(had["name"], had.get("value", "on"))
        if tag == "select":
            self.select = had.get("name", "")
        if tag == "option" and self.forms and self.select and had.get("value"):
            self.forms[-1]["fields"].setdefault(self.select, had["value"])

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= bool(self.unseen)
        self.select = "" if tag == "select" else self.select

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.seen.append(data)


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    from django.test import override_settings

    with django_db_blocker.unblock(), override_settings(DEMO=True), transaction.atomic():
        load()
        yield
        transaction.set_rollback(True)


def name_of(address: str) -> str:
    return match.view_name if (match := matched(address)) else ""


def matched(address: str) -> ResolverMatch | None:
    try:
        return resolve(urlsplit(address).path)
    except Resolver404:
        return None


def pages(client: Client, *, once: bool = False) -> Iterator[tuple[str, str, Any, Page]]:
    """(address, name, answer, page) of everything that can be reached by links from the front door, a few of each kind; a file once."""
    waiting, met, kinds, files = deque(["/"]), {"/"}, Counter[str](), set[str]()
    while waiting:
        address = waiting.popleft()
        match = matched(address)
        name = match.view_name if match else ""
        kinds[name] += 1
        if kinds[name] > (1 if once or name in files else RECORDS if match and match.kwargs else LISTS):
            continue
        answer = client.get(address)
        html = "text/html" in answer.get("Content-Type", "")
        files |= set() if html else {name}
        page = Page("" if answer.streaming or not html else answer.content.decode())
        yield address, name, answer, page
        for link in page.links:
            target = urljoin(address, link).partition("#")[0]
            if target.startswith("/") and target not in met and not target.startswith(("/static/", "/api/v1/")):
                met.add(target)
                waiting.append(target)


@pytest.fixture
def walk(city: None, db: None, settings: Any) -> Any:
    settings.DEMO = True

    def start(username: str, language: str = "zh-CN") -> Client:
        client = Client(headers={"accept-language": language})
        if username:
            client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return start


@pytest.mark.parametrize("username", WALKERS)
def test_what_a_page_offers_is_not_refused_and_what_it_says_is_said_in_words(username: str, walk: Any):
    client, refused, raw = walk(username), [], []
    pressed: set[str] = set()
    for address, name, answer, page in pages(client, once=username in COLLEAGUES):
        if answer.status_code >= 400:
            refused.append((address, answer.status_code))
        text = " ".join(page.seen)
        if name not in READ_BY_PROGRAMMERS and not name.startswith("api:"):
            raw += [(address, word) for word in UNWANTED if word in text]
            raw += [(address, found) for found in RAW.findall(text) + KEPT.findall(text)]
        for form in page.forms:
            target = urljoin(address, form["action"] or address)
            if form["method"] != "post" or name_of(target) in NOT_PRESSED or f"{name_of(target)} {sorted(form['fields'])}" in pressed:
                continue
            pressed.add(f"{name_of(target)} {sorted(form['fields'])}")
            with transaction.atomic():
                answered = client.post(target, form["fields"])
                transaction.set_rollback(True)
            if answered.status_code in (403, 404, 500):
                refused.append((f"{address} → {target}", answered.status_code))
    assert (refused, sorted(set(raw))) == ([], [])


def chinese_with_an_english_form() -> set[str]:
    """Every text of the site and every title and gist of the packs that is written in both languages."""
    catalogue = trans_real.translation("en")._catalog
    site = {text for one in catalogue._catalogs for text in one if isinstance(text, str) and catalogue[text] != text}
    packs = [policy.pack for policy in policies()]
    words = [words for pack in packs for one in pack.clauses.values() for words in (one.title, one.gist)]
    words += [words for pack in packs for rule in pack.rules for words in (rule.what, rule.next_step, rule.right)]
    words += [fact.label for pack in packs for subject in pack.subjects.values() for fact in subject.facts.values()]
    return {text for text in site | {one.zh for one in words if one.zh != one.en} if CHINESE.search(text)}


CHINESE = re.compile("[\u4e00-\u9fff]")
STORED = {
    "web:notifications",
    "web:notification",
    "web:information",
    "web:search",
}  # messages and numbers of documents stand as they were written
IN_CHINESE_ONLY = {"web:guide", "redemption:experts"}  # the guides; what experts know is what somebody typed


@pytest.mark.parametrize("username", [name for name in WALKERS if name not in COLLEAGUES])
def test_a_page_in_english_is_in_english(username: str, walk: Any):
    both, left = chinese_with_an_english_form(), []
    assert {"申报", "科技型企业梯度培育"} <= both
    with override("zh-hans"):  # what the last request chose does not stay
        for address, name, _answer, page in pages(walk(username, "en"), once=True):
            if name in READ_BY_PROGRAMMERS | IN_CHINESE_ONLY or name.startswith("api:"):
                continue
            left += [(address, text) for part in page.seen if (text := " ".join(part.split())) in both]
            left += [(address, found) for found in KEPT.findall(" ".join(page.seen))]
            left += [(address, found) for found in re.findall(r"\d+年\d+月(?:\d+日)?", " ".join(page.seen)) if name not in STORED]
    assert left == []
