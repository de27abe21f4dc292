"""Whoever is tied to an organisation, or has a close relative who is, does not keep what the registers say of it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from quintet.core.errors import NotAllowed
from quintet.core.models import RoleGrant, User
from quintet.directory.actions import delete_record, propose_membership, save_record, write_records
from quintet.directory.actions.imports import confirm_import, upload_workbook
from quintet.directory.models import Carrier, FormerName, Kinship, Membership, Organisation, Person, Recognition, Shareholding, YearlyFact
from quintet.directory.sheets.sheet import sheets
from quintet.finance.models import Loan
from quintet.market.models import ProjectMember, TransferProject
from quintet.redemption import actions
from quintet.redemption.models import Recusal
from quintet.talent.models import Talent, Team
from tests.directory.city import figure, loan, organisation, person, recognition, workbook
from tests.duties import by_two, keeps_every_register
from tests.redemption.applications import project
from tests.redemption.city import incubator
from tests.redemption.claims import checked, confirmed, newly_high_tech, officer

pytestmark = pytest.mark.django_db
SINCE = date(2019, 1, 1)


@pytest.fixture(autouse=True)
def _kept(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    keeps_every_register("stb")


def keeper(name: str = "keeper") -> tuple[User, Person]:
    user = officer(name)
    return user, Person.objects.get_or_create(user=user, defaults={"name": name})[0]


def relative_of(own: Person) -> Person:
    other = Person.objects.create(name="亲属")
    Kinship.objects.create(person=own, relative=other, declared_on=SINCE)
    return other


TIES: dict[str, Callable[[Person, Organisation], Any]] = {
    "shares": lambda own, firm: Shareholding.objects.create(person=own, organisation=firm, held_from=SINCE),
    "shares that were sold": lambda own, firm: Shareholding.objects.create(
        person=own, organisation=firm, held_from=SINCE, held_until=date(2019, 6, 1)
    ),
    "shares of a relative": lambda own, firm: Shareholding.objects.create(person=relative_of(own), organisation=firm, held_from=SINCE),
    "an authority": lambda own, firm: Membership.objects.create(
        person=own, organisation=firm, granted_on=SINCE, revoked_on=date(2019, 6, 1), **by_two()
    ),
    "an authority of a relative": lambda own, firm: Membership.objects.create(
        person=relative_of(own), organisation=firm, granted_on=SINCE, **by_two()
    ),
    "work": lambda own, firm: Talent.objects.create(person=own, organisation=firm, category="other"),
    "a project": lambda own, firm: ProjectMember.objects.create(project=project(firm), person=own),
}


@pytest.mark.parametrize("tie", TIES)
def test_a_keeper_who_is_tied_to_an_organisation_does_not_change_it(tie: str):
    (mine, own), firm = keeper(), newly_high_tech()
    TIES[tie](own, firm)
    firm.address = "新址"
    with pytest.raises(NotAllowed, match="有利害关系") as refused:
        save_record(firm, by=mine)
    assert "（" in refused.value.where  # it says by which tie
    save_record(firm, by=officer())


def records(firm: Organisation) -> dict[type, Any]:
    """One of each register about the firm."""
    some = Person.objects.create(name="某人")
    return {
        Organisation: firm,
        FormerName: FormerName(organisation=firm, name="示例旧名有限公司", until=SINCE),
        Recognition: recognition(firm, "high_tech_enterprise", date(2018, 9, 15)),
        YearlyFact: figure(firm, 2019, "staff", 120),
        Carrier: incubator(firm),
        Loan: loan(organisation=firm),
        TransferProject: project(firm),
        ProjectMember: ProjectMember(project=project(firm), person=some),
        Shareholding: Shareholding(person=some, organisation=firm, held_from=SINCE),
        Talent: Talent(person=some, organisation=firm, category="other"),
        Team: Team(name="示例团队", organisation=firm, tier="key", selected_on=date(2020, 5, 1)),
    }


def test_nor_anything_that_a_register_says_of_it_by_hand_or_in_bulk():
    (mine, own), firm = keeper(), newly_high_tech()
    TIES["shares of a relative"](own, firm)
    of_it = records(firm)
    registers = {sheet.model for sheet in sheets().values()}
    assert registers - set(of_it) == {Person, Kinship, Membership}  # about people; an authority has its own way, below
    for record in of_it.values():
        for write in (lambda r: save_record(r, by=mine), lambda r: write_records([r], by=mine, reason="导入 x.xlsx")):
            with pytest.raises(NotAllowed, match="有利害关系"):
                write(record)
        save_record(record, by=officer())
        with pytest.raises(NotAllowed, match="有利害关系"):
            delete_record(record, by=mine)


def test_nor_does_a_change_take_it_out_of_what_is_about_it():
    """The attack: the figure is first moved to another organisation, then changed."""
    (mine, own), firm = keeper(), newly_high_tech()
    TIES["shares"](own, firm)
    kept = figure(firm, 2019, "staff", 120)
    kept.organisation = newly_high_tech()
    with pytest.raises(NotAllowed, match="有利害关系"):
        save_record(kept, by=mine)


def test_nor_ties_of_relatives_and_of_the_organisation_to_others():
    (mine, own), firm = keeper(), newly_high_tech()
    mother, stranger = relative_of(own), Person.objects.create(name="路人")
    TIES["shares"](own, firm)
    for tie in (
        Shareholding(person=mother, organisation=newly_high_tech(), held_from=SINCE),
        Kinship(person=mother, relative=stranger, declared_on=SINCE),
        Shareholding(person=stranger, organisation=firm, held_from=SINCE),
    ):
        with pytest.raises(NotAllowed, match="有利害关系"):
            save_record(tie, by=mine)
        save_record(tie, by=officer())
    mother.phone = "13800000000"
    with pytest.raises(NotAllowed, match="有利害关系"):
        save_record(mother, by=mine)
    with pytest.raises(NotAllowed, match="有利害关系"):
        actions.add_tie(Person.objects.create(name="专家"), holds=firm, by=mine, on=date(2021, 1, 4))


def test_nor_an_authority_to_act_for_it():
    (mine, own), firm = keeper(), newly_high_tech()
    TIES["shares"](own, firm)
    with pytest.raises(NotAllowed, match="有利害关系"):
        propose_membership(Person.objects.create(name="亲信"), firm, by=mine, on=date(2021, 1, 4))
    propose_membership(Person.objects.create(name="经办"), firm, by=officer(), on=date(2021, 1, 4))


def test_nor_who_borrowed_the_role_from_who_is_tied():
    (lender, own), firm, borrower = keeper(), newly_high_tech(), officer("borrower", unit="hrss")
    TIES["shares"](own, firm)
    RoleGrant.objects.create(user=borrower, role="officer", unit="stb", granted_on=SINCE, revoked_on=date(2999, 1, 1), delegated_by=lender)
    firm.address = "新址"
    with pytest.raises(NotAllowed, match="有利害关系"):
        save_record(firm, by=User.objects.get(pk=borrower.pk))


def test_nor_who_recused_from_a_case_of_it():
    (mine, _own), claim = keeper(), confirmed()
    actions.recuse(checked(claim), reason="同学", by=mine)
    assert Recusal.objects.count() == 1
    claim.organisation.address = "新址"
    with pytest.raises(NotAllowed, match="声明过回避"):
        raise_where(lambda: save_record(claim.organisation, by=mine))


def raise_where(write: Callable[[], Any]) -> None:
    try:
        write()
    except NotAllowed as error:
        raise NotAllowed(error.where) from error


def test_a_workbook_with_such_a_row_is_refused_with_its_number():
    (mine, own), firm, other = keeper(), organisation(1), organisation(2)
    TIES["shares of a relative"](own, firm)
    sheet = sheets()["shareholdings"]
    rows = [[one.code, "E00000001", SINCE, ""] for one in (other, firm)]
    person("某人", "E00000001")
    batch = upload_workbook(sheet, workbook(sheet, rows), by=mine)
    assert batch.state == "refused", batch.problems
    assert [(row, "近亲属" in message) for row, _letters, _head, message in batch.problems] == [(3, True)]
    clean = upload_workbook(sheet, workbook(sheet, rows), by=officer())
    job = confirm_import(clean, by=mine)
    clean.refresh_from_db()
    assert (clean.state, "第 3 行" in job.error) == ("failed", True)


def test_a_keeper_without_a_tie_keeps_on():
    (mine, own), firm, other = keeper(), newly_high_tech(), newly_high_tech()
    TIES["shares"](own, other)
    firm.address = "新址"
    save_record(firm, by=mine)
    figure_of = figure(firm, 2019, "staff", 120)
    figure_of.value = 121
    save_record(figure_of, by=mine)
