"""The search box as people use it: real questions, firms, codes, case numbers; who finds what."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quintet.core import clock
from quintet.directory.models import FormerName
from quintet.redemption.models import Claim, Notice
from tests.redemption.batches import granted_claims
from tests.redemption.claims import ON, member, offered, officer

QUESTIONS: dict[str, str] = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text(encoding="utf-8"))
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(settings: Any) -> None:
    settings.DEMO = True
    clock.move_to(ON)


def groups(text: str, user: Any = None) -> list[dict[str, Any]]:
    client = Client()
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/search/", {"q": text})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.context["groups"]
    return found


def first(text: str, user: Any = None) -> str:
    found = groups(text, user)
    return found[0]["hits"][0].url if found else ""


def test_there_are_thirty_questions_and_more():
    assert len([answer for answer in QUESTIONS.values() if answer]) >= 30


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_right_clause_comes_first(question: str):
    expected = QUESTIONS[question]
    assert first(question) == (f"/policies/panjin-2019-29/clauses/{expected}/" if expected else "")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("异议", "/help/citizen/"), ("个人信息", "/help/citizen/"), ("3.6万", "/policies/panjin-2019-29/clauses/T17/"),
        ("36000元", "/policies/panjin-2019-29/clauses/T17/"), ("3.7万", ""), ("议", ""),
    ],
)  # fmt: skip
def test_sections_of_the_guides_are_found_by_their_heading_and_awards_by_their_sum(text: str, address: str):
    assert first(text) == address


def test_where_nothing_is_found_the_page_says_what_to_do():
    page = Client().get("/search/", {"q": "公交线路"}).content.decode()
    for address in ("/check/", "/policies/", "/notices/", "/sign-in/"):
        assert f'href="{address}"' in page


def test_a_stranger_finds_by_name_and_code_what_is_public_of_a_firm_and_no_case():
    claim = offered()
    firm = claim.organisation
    for text in (firm.name, firm.name[2:-2], firm.code, f" {firm.code[:10].lower()} {firm.code[10:].lower()} ", f"{firm.name}能拿多少补贴"):
        assert first(text) == f"/check/organisations/?q={firm.code}", text
        assert all("/claims/" not in hit.url for group in groups(text) for hit in group["hits"])
    assert groups(claim.number) == []


def test_an_officer_finds_a_case_by_its_number_however_it_is_typed_and_by_its_firm():
    claim, by = offered(), officer()
    full = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in claim.number)
    for text in (claim.number, claim.number.lower(), f"  {claim.number} ", full, claim.number.replace("-", "—"), claim.number.replace("-", " "), str(claim.pk)):  # fmt: skip
        assert first(text, by) == f"/claims/{claim.pk}/", text
    urls = [hit.url for group in groups(claim.organisation.name, by) for hit in group["hits"]]
    assert urls[0] == claim.organisation.get_absolute_url()
    assert f"/claims/{claim.pk}/" in urls
    by_code = [hit.url for group in groups(claim.organisation.code, by) for hit in group["hits"]]
    assert f"/claims/{claim.pk}/" in by_code


def test_a_number_of_another_year_or_clause_is_not_this_case():
    claim = offered()
    for text in (claim.number.replace("2020-", "2021-"), claim.number.replace("T6", "T9")):
        assert f"/claims/{claim.pk}/" not in [hit.url for group in groups(text, officer()) for hit in group["hits"]]


def test_an_applicant_finds_their_own_case_alone(make_user: Any):
    claim = offered()
    own, other = member(claim.organisation), make_user("applicant")
    assert first(claim.number, own) == f"/my/claims/{claim.pk}/"
    assert groups(claim.number, other) == []


def test_anybody_finds_a_notice_by_its_title_and_by_who_is_named_in_it():
    from quintet.redemption import actions

    claims = granted_claims(2)
    notice = actions.publish_notice(claims, title="2020年第三批高新技术企业奖励公示", by=officer("officer2"), on=ON)
    assert first(notice.title) == f"/notices/{notice.pk}/"
    named = [hit.url for group in groups(claims[0].name) for hit in group["hits"]]
    assert f"/notices/{notice.pk}/" in named
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    "text", ["a" * 2000, "高" * 300, "'; DROP TABLE x;--", "%_%", "\u200b高企\ufeff", "（）【】", "9" * 40, "🙂🙂", "\\", "2021-T6-99999999999", "公司", "-" * 90]
)  # fmt: skip
def test_odd_and_long_queries_are_answered(text: str):
    claim = offered()
    for user in (None, officer(), member(claim.organisation)):
        groups(text, user)


def test_a_word_with_an_invisible_character_or_in_full_width_is_the_same_word():
    assert first("\u200b高企奖励\ufeff") == first("高企奖励")
    assert first("Ｈｉｇｈ－ｔｅｃｈ award") == first("high-tech award")


def test_the_number_of_queries_does_not_grow_with_what_is_found():
    counts = []
    for count in (3, 20):
        granted_claims(count)
        by = officer()
        client = Client()
        client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
        with CaptureQueriesContext(connection) as asked:
            client.get("/search/", {"q": Claim.objects.all()[0].name[:4]})
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_firm_is_found_by_a_name_it_bore_before_and_however_its_brackets_are_typed():
    claim = offered()
    firm = claim.organisation
    FormerName.objects.create(organisation=firm, name="盘锦（旧名）化工厂", until=ON)
    for text in ("盘锦（旧名）化工厂", "盘锦(旧名)化工厂", "盘锦 ( 旧名 ) 化工厂"):
        assert first(text) == f"/check/organisations/?q={firm.code}", text
        assert first(text, officer()) == firm.get_absolute_url(), text
        assert f"/claims/{claim.pk}/" in [hit.url for group in groups(text, officer()) for hit in group["hits"]], text
