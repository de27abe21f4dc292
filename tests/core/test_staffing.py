"""Operators are told where people are too few for what takes two."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from quintet.core import clock
from quintet.core.models import RoleGrant, User
from quintet.core.staffing import shortages
from quintet.directory.models import FurtherAccount, Person
from tests.duties import keeps_every_register
from tests.redemption.applications import expert
from tests.web.test_one_person import as_one_person

pytestmark = pytest.mark.django_db


def told(part: str) -> list[str]:
    return [sentence for sentence in shortages(clock.today()) if part in sentence]


@pytest.mark.parametrize(("there", "said"), [(0, "只有 0 位"), (1, "只有 1 位"), (2, "有 2 位"), (3, "")])
def test_operators(make_user, there, said):
    for _number in range(there):
        make_user("operator")
    assert [said in sentence for sentence in told("系统管理员")] == ([True] if said else [])


@pytest.mark.parametrize(("there", "short"), [(0, True), (1, True), (2, False), (3, False)])
def test_finance_officers(make_user, there, short):
    for _number in range(there):
        make_user("finance_officer", unit="finance")
    assert bool(told("财政经办人")) is short


def test_two_accounts_of_one_person_are_not_two(make_user):
    one, other = (make_user("finance_officer", unit="finance") for _number in range(2))
    assert not told("财政经办人")
    as_one_person(one, other)
    assert "只有 1 位" in told("财政经办人")[0]
    make_user("finance_officer", unit="finance")
    assert not told("财政经办人")


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (0, "没有经办人，申报无人受理"),
        (1, "只有 1 位经办人，提出的决定没有人复核"),
        (2, "公示收到异议时没有人可以受理和答复"),
        (3, "认为成立的，没有第二位未参与决定的人复核"),
        (4, ""),
    ],
)
def test_officers_of_a_department_that_leads_a_clause(make_user, there, said):
    """Two decide; a third answers that an objection is not right; a third and a fourth that it is."""
    for _number in range(there):
        make_user("officer", unit="stb")
    found = [sentence for sentence in told("市科技局") if "表决" not in sentence]
    assert [said in sentence for sentence in found] == ([True] if said else [])


def test_departments_that_are_asked_to_vote_need_an_officer(make_user):
    assert "市财政局" in "".join(told("无人表决"))
    make_user("officer", unit="finance")
    assert "市财政局" not in "".join(told("无人表决"))


def test_experts_are_enough_for_the_largest_review():
    assert told("专家库只有 0 位专家，一次评审要抽 5 位")
    for number in range(4):
        expert(number)
    assert told("专家库只有 4 位专家")
    expert(4)
    assert not told("专家库只有")


def test_one_person_with_two_grants_a_borrower_and_a_closed_account_are_no_second_person(make_user):
    own, borrower, closed = make_user("officer", unit="stb"), make_user("officer", unit="hrss"), make_user("officer", unit="stb")
    RoleGrant.objects.create(user=own, role="officer", unit="stb", granted_on=date(2020, 1, 1), revoked_on=date(2020, 2, 1))
    RoleGrant.objects.create(
        user=borrower, role="officer", unit="stb", granted_on=date(2019, 1, 1), revoked_on=date(2999, 1, 1), delegated_by=own
    )
    closed.is_active = False
    closed.save()
    assert ["只有 1 位经办人" in sentence for sentence in told("市科技局") if "表决" not in sentence] == [True]


def test_registers_without_a_department_and_authority_kept_by_one(make_user):
    assert "没有人经办的名录" in "".join(told("名录"))
    keeps_every_register("stb")
    assert told("没有人经办的名录"), "a department without officers keeps nothing"
    make_user("officer", unit="stb")
    assert not told("没有人经办的名录")
    assert told("代理授权的经办人只有 1 位")
    make_user("officer", unit="stb")
    assert not told("代理授权的经办人")


@pytest.mark.parametrize("there", [0, 1, 5, 6])  # none, one, as many as are named, one more
def test_officials_who_are_nobody_of_the_register(make_user, there):
    make_user("applicant"), make_user("expert")
    for number in range(there):
        make_user("officer", unit="stb", name=f"official-{number}")
    found = told("没有关联人员名录")
    assert [sentence.split(" ")[0] for sentence in found] == ([str(there)] if there else [])
    assert ["等）" in sentence for sentence in found] == ([there > 5] if there else [])


@pytest.mark.parametrize("further", [False, True])
def test_an_official_who_is_somebody_of_the_register_is_not_told_of(make_user, further):
    user = make_user("officer", unit="stb")
    assert told("没有关联人员名录")
    person = Person.objects.create(name="赵某", user=make_user("applicant") if further else user)
    if further:
        FurtherAccount.objects.create(person=person, user=user)
    assert not told("没有关联人员名录")


def test_whose_account_or_role_has_ended_is_not_told_of(make_user):
    gone, ended = make_user("officer", unit="stb"), make_user("auditor")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    RoleGrant.objects.filter(user=ended).update(revoked_on=timezone.localdate())
    assert not told("没有关联人员名录")


def test_it_stands_on_the_page_and_asks_as_often_however_many_there_are(make_user, django_assert_max_num_queries):
    desk = Client()
    desk.force_login(make_user("operator"), backend="django.contrib.auth.backends.ModelBackend")
    assert "系统管理员只有 1 位" in desk.get(reverse("web:system")).content.decode()
    with django_assert_max_num_queries(20) as few:
        shortages(clock.today())
    for _number in range(6):
        make_user("officer", "finance_officer", "operator", unit="stb")
    with django_assert_max_num_queries(len(few)):
        assert shortages(clock.today())


def test_only_departments_that_decide_awards_are_asked_for_officers(make_user):
    """A ministry whose definition the city's policy uses has no officers here, and nothing is handed in to it."""
    assert told("市科技局")
    assert not told("科技部")


def test_the_page_counts_roles_by_the_real_day_whatever_day_the_city_lives_on(make_user, settings):
    settings.DEMO = True
    clock.move_to(date(2021, 1, 4))
    operators = [make_user("expert") for _number in range(3)]
    for one in operators:
        RoleGrant.objects.create(user=one, role="operator", granted_on=date(2021, 2, 1))
    desk = Client()
    desk.force_login(operators[0], backend="django.contrib.auth.backends.ModelBackend")
    assert "系统管理员只有" not in desk.get(reverse("web:system")).content.decode()
