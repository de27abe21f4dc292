"""Whatever is typed behind the question mark, into a form or into a cookie, a page answers; it never breaks.

On PostgreSQL the same says that no odd text reaches a query that cannot take it.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse
from django_filters import FilterSet

import quintet
from quintet.api.v1 import PREFIX
from quintet.core import asked
from quintet.core.middleware import API
from tests.architecture.access import ACCESS
from tests.architecture.samples import POSTS, SAMPLES
from tests.architecture.test_access import patterns

SOURCE = Path(quintet.__file__).parent
VIEWS = dict(patterns(get_resolver()))
ODD = ["²", "-1", "1e9", "9" * 30, "0001-01-01", "9999-12-31", "2021-02-30", "%_'\\\ufffd🙂", "a" * 3000]
# Alone, where another odd value would hide it: on each database what it takes worse than the other, on both what Python does.
SHARPEST = {"sqlite": ["²", "9" * 30], "postgresql": ["-1", "9" * 30, "9999-12-31"]}
ZERO = "a\0b"
PAGING = {"page", "per_page", "sort"}
READS = re.compile(r"""asked\.texts?\(request, "(\w+)"|request\.GET(?:\.get(?:list)?\(|\[)["'](\w+)""")


def subclasses(base: type) -> Iterator[type]:
    for child in base.__subclasses__():
        yield child
        yield from subclasses(child)


def named_in(source: str) -> set[str]:
    return {name for names in READS.findall(source) for name in names if name}


def every_parameter() -> set[str]:
    """Names that any view, filter or filter form of the site reads."""
    names = PAGING | {name for path in SOURCE.rglob("*.py") for name in named_in(path.read_text(encoding="utf-8"))}
    for filterset in subclasses(FilterSet):
        names |= set(filterset.base_filters) if filterset.__module__.startswith("quintet.") else set()  # type: ignore[attr-defined]
    return names | {
        "kind",
        "clause",
        "division",
        "rule",
        "unit",
        "due",
        "year",
        "on",
        "action",
        "record",
        "by",
        "start",
        "end",
        "industry",
        "budget",
    }


PARAMETERS = sorted(every_parameter())


def numbered(resolver: Any, space: str = "") -> Iterator[str]:
    """Names of addresses with a whole number in them."""
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from numbered(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif "<int:" in str(pattern.pattern):
            yield f"{space}{pattern.name}"


def visitor(name: str, make_user: Any) -> tuple[Client, Any]:
    """Somebody with every role that may open the page."""
    roles = sorted(ACCESS[name] - {"anonymous"})
    user = make_user(*roles)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client, user


def address_of(name: str, user: Any) -> str:
    return reverse(name, kwargs=SAMPLES[name](user) if name in SAMPLES else {})


def own_parameters(name: str) -> list[str]:
    """What the module of a view reads; a register's view reads its filters."""
    module = inspect.getmodule(inspect.unwrap(VIEWS[name]))
    return sorted(PAGING | named_in(inspect.getsource(module))) if module else sorted(PAGING)


READ = sorted(name for name in ACCESS if name not in POSTS)


@pytest.mark.django_db
@pytest.mark.parametrize("name", READ)
def test_a_page_answers_whatever_stands_behind_the_question_mark(name: str, make_user: Any):
    client, user = visitor(name, make_user)
    address = address_of(name, user)
    broken = []
    for value in ODD:
        if client.get(address, dict.fromkeys(PARAMETERS, value)).status_code >= 500:
            broken.append(("all", value))
    for parameter in own_parameters(name):
        broken += [
            (parameter, value) for value in SHARPEST[connection.vendor] if client.get(address, {parameter: value}).status_code >= 500
        ]
    assert broken == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["web:search", "web:accounts", "directory:people", "redemption:claims", "redemption:funds", "redemption:claim"]
)
def test_a_zero_byte_in_an_address_is_told_in_words(name: str, make_user: Any):
    client, user = visitor(name, make_user)
    address = address_of(name, user)
    for query in ({"q": ZERO}, {"page": "\0"}, {"a\0": "1"}):
        answer = client.get(address, query)
        assert answer.status_code == 400
        assert "零字节" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["web:audit-receipt", "redemption:check-start", "redemption:my-claim-save", "redemption:claim-do"])
def test_a_zero_byte_in_a_form_is_told_in_words(name: str, make_user: Any):
    client, user = visitor(name, make_user)
    answer = client.post(address_of(name, user), {**POSTS[name], "text": ZERO})
    assert answer.status_code == 400
    assert "零字节" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page", ["packs/a%00b", "packs?x=%00", "packs/panjin-2019-29/clauses/%00", "organisations?q=%00", "organisations/%00", "jobs/%00"]
)
def test_the_api_tells_zero_bytes_in_its_own_way(page: str, client: Client):
    assert f"/{PREFIX}" == API
    assert client.get(f"{API}{page}").status_code < 500


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(POSTS))
def test_a_form_answers_whatever_is_typed(name: str, make_user: Any):
    client, user = visitor(name, make_user)
    address = address_of(name, user)
    fields = sorted(
        {*POSTS[name], "do", "claim", "item", "year", "reasons", "on", "next", "subject", "days", "session", "notification", "amount"}
    )
    broken = [value for value in ODD if client.post(address, POSTS[name] | dict.fromkeys(fields, value)).status_code >= 500]
    assert broken == []


@pytest.mark.django_db
def test_a_zero_byte_in_a_path_or_a_cookie_breaks_nothing(client: Client):
    assert client.get("/organisations/1%00/").status_code == 404
    assert client.get("/clauses/a%00b/").status_code in (400, 404)
    client.cookies[settings.SESSION_COOKIE_NAME] = "a\0b"
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en\0"
    assert client.get("/").status_code == 200
    assert client.get("/work/").status_code == 302


NUMBERED = sorted(set(numbered(get_resolver())) & ACCESS.keys() & SAMPLES.keys())


@pytest.mark.django_db
@pytest.mark.parametrize("name", NUMBERED)
def test_a_number_in_a_path_is_answered_however_large_it_is(name: str, make_user: Any):
    """Also where it is no key: a year that no column holds."""
    client, user = visitor(name, make_user)
    given, broken = SAMPLES[name](user), []
    for number in (99_999, 2**31, 2**63, 10**20):
        for part in (part for part, value in given.items() if isinstance(value, int)):
            address = reverse(name, kwargs={**given, part: number})
            for answer in (client.get(address), client.post(address, POSTS.get(name, {}))):
                broken += [(part, number)] if answer.status_code >= 500 else []
    assert broken == []


@pytest.mark.django_db
def test_a_very_long_address_is_told(client: Client):
    assert client.get("/search/", {"q": "a" * 7_000}).status_code == 200
    answer = client.get("/search/", {"q": "a" * 8_000})
    assert answer.status_code == 400
    assert "地址太长" in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "number"),
    [("2021", 2021), ("0", 0), ("007", 7), ("9" * 18, int("9" * 18)), ("9" * 19, None)]
    + [(text, None) for text in ("", "²", "①", "٣", "２", "-1", "+1", "1_0", " 1", "1.0", "x")],
)
def test_a_number_is_plain_digits(text: str, number: int | None):
    assert asked.whole(text) == number


@pytest.mark.parametrize(("text", "year"), [("2021", 2021), ("999", None), ("12021", None), ("²021", None), ("", None)])
def test_a_year_has_four_digits(text: str, year: int | None):
    assert asked.year(text) == year


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("", 20),
        ("per_page=25", 25),
        ("per_page=200", 200),
        ("per_page=201", 20),
        ("per_page=100000", 20),
        ("per_page=-1", 20),
        ("per_page=²", 20),
    ],
)
def test_rows_on_a_page_are_one_of_few_numbers(query: str, size: int, rf: Any):
    assert asked.page_size(rf.get(f"/?{query}"), 20) == size


@pytest.mark.parametrize(
    ("address", "kept"),
    [("/work/", True), ("/claims/?year=2020", True), ("", False), ("²", False), ("web:work", False), ("//evil.example", False)]
    + [(text, False) for text in ("/\\evil.example", "https://evil.example/", "javascript:alert(1)", "work/")],
)
def test_only_an_address_of_this_site_leads_back(address: str, kept: bool, rf: Any):
    assert asked.own_page(rf.get("/"), address) == (address if kept else "")


def test_views_read_addresses_in_one_place():
    """Forms and filters take the whole of it; single parameters are read by core.asked."""
    alone = re.compile(r"request\.GET(?:\[|\.get\(|\.getlist\()|\bGET\.get\(|RequestConfig")
    readers = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if alone.search(path.read_text(encoding="utf-8")) and path.name != "asked.py"
    }
    assert readers == set()


def test_views_never_ask_python_what_a_digit_is():
    """`"²".isdigit()` is true, and `int("²")` an error."""
    careless = re.compile(r"(?<!isascii\(\) and )(?<!isascii\(\) and \w)\b[\w.\[\]()\"', ]*\.is(?:digit|numeric|decimal)\(\)")
    lines = [
        f"{path.relative_to(SOURCE).as_posix()}: {line.strip()}"
        for path in SOURCE.rglob("views/**/*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if careless.search(line)
    ]
    assert lines == []
