"""The register, to read: what is public for strangers, the rest for officials with a token."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quintet.api.models import Scope
from quintet.core.roles import OFFICIALS
from quintet.directory.models import Carrier, Membership
from tests.api.callers import Caller, official, refused, token_of
from tests.directory.city import code, organisation, person, recognition
from tests.duties import by_two

pytestmark = pytest.mark.django_db


@pytest.fixture
def three():
    first = organisation(1, name="乙公司", division="211103", industry="2614", address="示例路 1 号")
    second = organisation(2, name="甲公司", division="211104", industry="3511")
    third = organisation(3, name="丙大学", kind="university", division="211103", industry="8341")
    recognition(first, "high_tech_enterprise", date(2020, 1, 1), date(2099, 12, 31), number="GR-SECRET")
    recognition(second, "high_tech_enterprise", date(2017, 1, 1), date(2019, 12, 31))
    return first, second, third


def names(answer):
    return [item["name"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["乙公司", "甲公司", "丙大学"]),
        ({"kind": "university"}, ["丙大学"]),
        ({"division": "211104"}, ["甲公司"]),
        ({"industry": "26"}, ["乙公司"]),
        ({"title": "high_tech_enterprise"}, ["乙公司"]),
        ({"q": "公司"}, ["乙公司", "甲公司"]),
        ({"q": code(3)}, ["丙大学"]),
        ({"sort": "-code"}, ["丙大学", "甲公司", "乙公司"]),
        ({"size": 2, "page": 2}, ["丙大学"]),
        ({"page": 99}, []),
    ],
)
def test_filters_sorting_and_paging(anyone, three, query, found):
    assert names(anyone.get("organisations", **query)) == found


@pytest.mark.parametrize(
    "query",
    [{"kind": "zoo"}, {"page": 0}, {"size": 201}, {"sort": "address"}, {"division": "x"}, {"industry": "1"}, {"q": "a\0"}, {"title": "x"}],
)
def test_a_filter_that_does_not_fit_is_refused(anyone, query):
    status, code_, where = refused(anyone.get("organisations", **query))
    assert (status, code_, list(where)) == (422, "invalid", ["field"])


def test_strangers_see_the_public_part_and_nothing_of_persons(anyone, three):
    Membership.objects.create(person=person("李明"), organisation=three[0], granted_on=date(2020, 1, 1), **by_two())
    Carrier.objects.create(
        organisation=three[0], name="示例中心", kind="key_laboratory", level="provincial", recognised_on=date(2020, 1, 1)
    )
    answer = anyone.get(f"organisations/{three[0].code}")
    page = answer.json()
    assert page["recognitions"][0]["in_force"] is True
    assert [carrier["name"] for carrier in page["carriers"]] == ["示例中心"]
    assert page["registered"] is None
    shown = answer.content.decode()
    assert not [text for text in ("示例路", "GR-SECRET", "李明", "13800001234") if text in shown]


@pytest.mark.parametrize("role", [role.value for role in OFFICIALS])
def test_an_official_with_the_scope_sees_what_is_registered(three, role):
    page = Caller(token_of(official(role), Scope.DIRECTORY)[1]).get(f"organisations/{three[0].code}").json()
    assert page["registered"]["address"] == "示例路 1 号"


def test_neither_the_scope_nor_the_role_alone_is_enough(three):
    for caller in (Caller(token_of(official("applicant"))[1]), Caller(token_of(official(), Scope.EVALUATE)[1])):
        assert caller.get(f"organisations/{three[0].code}").json()["registered"] is None


def test_an_unknown_code_is_not_found(anyone):
    assert refused(anyone.get("organisations/91211100MA00000000"))[:2] == (404, "not_found")


def test_a_page_asks_the_same_number_of_queries_for_one_row_and_for_many(anyone, three):
    def asked(size):
        with CaptureQueriesContext(connection) as captured:
            anyone.get("organisations", size=size)
        return len(captured)

    asked(1)
    assert asked(1) == asked(3)
