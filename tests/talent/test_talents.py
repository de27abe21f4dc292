from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from quintet.directory.actions import save_record
from quintet.directory.sheets.check import check_file
from quintet.directory.sheets.columns import in_chinese
from quintet.talent.filters import TeamFilter
from quintet.talent.models import Talent, Team
from quintet.talent.queries import fact_sources, talent_facts, team_facts
from quintet.talent.sheets import TALENTS, TEAMS
from tests.directory.city import officer, organisation, person, workbook

pytestmark = pytest.mark.django_db


def test_a_talent_in_the_words_of_the_packs():
    of = organisation()
    made = Talent.objects.create(
        person=person(),
        organisation=of,
        category="national_leading",
        newly_brought_in=True,
        brought_in_on=date(2020, 2, 1),
        provincial_support_fen=5,
    )
    assert talent_facts(date(2020, 6, 30)) == [
        {
            "id": made.pk,
            "enterprise": of.pk,
            "category": "national_leading",
            "newly_brought_in": True,
            "brought_in_on": date(2020, 2, 1),
            "provincial_support": 5,
        }
    ]
    assert talent_facts(date(2020, 1, 31)) == []
    assert fact_sources("talent", made.pk, date(2020, 6, 30))["provincial_support"].unit == "yuan"


def test_a_person_is_one_talent():
    somebody = person()
    Talent.objects.create(person=somebody, category="other")
    with pytest.raises(IntegrityError), transaction.atomic():
        Talent.objects.create(person=somebody, category="other")


def test_who_founded_nothing_and_bought_no_home_is_known_not_to_have():
    made = Talent.objects.create(person=person(), category="other", founded=False, settled=False, home_bought=False, brings_results=False)
    known = {"id": made.pk, "category": "other", "founded": False, "settled": False, "home_bought": False, "brings_results": False}
    assert talent_facts(date(2020, 6, 30)) == [known]


def test_what_nobody_recorded_is_neither_yes_nor_no():
    made = Talent.objects.create(person=person(), category="other")
    assert talent_facts(date(2020, 6, 30)) == [{"id": made.pk, "category": "other"}]


@pytest.mark.parametrize(("happened", "day"), [("founded", "founded_on"), ("settled", "settled_on"), ("home_bought", "home_bought_on")])
def test_a_day_is_a_yes_and_never_a_no(happened: str, day: str):
    made = save_record(Talent(person=person(), category="other", **{day: date(2020, 3, 1)}), by=officer())
    assert getattr(made, happened) is True
    setattr(made, happened, False)
    with pytest.raises(ValidationError, match="不能填“否”") as refused:
        save_record(made, by=officer())
    assert list(refused.value.message_dict) == [happened]
    with pytest.raises(IntegrityError), transaction.atomic():
        made.save()


def checked(**cells: str):
    """What an import of one talent with these cells, by column id, would do."""
    cells = {"person": person().identity_number, "category": "其他人才"} | cells
    columns = [column for column in TALENTS.imported if column.id in cells]
    return check_file(
        workbook(TALENTS, [[cells[column.id] for column in columns]], headers=[in_chinese(column.header) for column in columns]).file,
        TALENTS,
    )


def test_a_workbook_says_that_nothing_happened():
    (made,) = checked(founded="否", home_bought="否", brings_results="是").created
    assert (made.founded, made.settled, made.home_bought, made.brings_results) == (False, None, False, True)


def test_a_day_in_a_workbook_is_a_yes():
    (made,) = checked(founded="", founded_on="2020-03-01").created
    assert made.founded is True


def test_a_no_beside_a_day_is_refused_at_its_cell():
    (problem,) = checked(founded="否", founded_on="2020-03-01").problems
    assert (problem.row, problem.column, problem.header) == (2, "C", "已在市内创业")
    assert problem.message == "已有创业日期，“已在市内创业”不能填“否”。"


def test_a_team_counts_from_the_day_it_was_selected():
    of = organisation()
    Team.objects.create(name="示例团队", organisation=of, tier="key", selected_on=date(2020, 5, 1))
    assert team_facts(date(2020, 4, 30)) == []
    (team,) = team_facts(date(2020, 5, 1))
    assert (team["enterprise"], team["tier"]) == (of.pk, "key")


TEAM_NAMES = ["示例（一）团队", "示例(一) 团队", "示例【一】团队", "示例〈一〉团隊", "示例\u200b（一）团队", "⽰例（⼀）团队"]


@pytest.mark.parametrize("name", TEAM_NAMES)
def test_one_team_however_its_name_is_typed(name: str):
    of = organisation()
    Team.objects.create(name=TEAM_NAMES[0], organisation=of, tier="key", selected_on=date(2020, 5, 1))
    with pytest.raises(ValidationError, match="同名团队"):
        Team(name=name, organisation=of, tier="key", selected_on=date(2020, 5, 1)).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        Team.objects.create(name=name, organisation=of, tier="key", selected_on=date(2020, 5, 1))
    rows = [[of.code, name, None, "特别支持", date(2020, 6, 1)]]
    check = check_file(workbook(TEAMS, rows), TEAMS)
    assert ([problem.message for problem in check.problems], len(check.created), len(check.changed)) == ([], 0, 1)
    twice = check_file(workbook(TEAMS, [rows[0], [of.code, TEAM_NAMES[0], None, "特别支持", date(2020, 6, 1)]]), TEAMS)
    assert [problem.message for problem in twice.problems] == ["与第 2 行重复，同一条记录只能出现一次。"]
    assert list(TeamFilter({"q": name}, Team.objects.all()).qs) == [Team.objects.get()]


def test_teams_of_two_names_or_two_organisations_are_two():
    of, other = organisation(1), organisation(2)
    for owner, name in ((of, "示例团队"), (other, "示例团队"), (of, "示例团队二")):
        team = Team(name=name, organisation=owner, tier="key", selected_on=date(2020, 5, 1))
        team.full_clean()
        team.save()
    assert Team.objects.count() == 3
