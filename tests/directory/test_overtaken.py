"""Two officers over one record: the second is told what the first changed, and nothing goes back silently."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from quintet.directory.actions.records import Overtaken, save_record
from quintet.directory.queries.history import version_of
from tests.architecture.access import REGISTERS
from tests.directory.city import RECORDS, loan, officer, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def fields(page: str) -> dict[str, str]:
    """What a browser would send back of the page's form."""
    form = page[page.index('<form class="narrow"') :]
    form = form[: form.index("</form>")]
    values = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="file"' not in tag and ('type="checkbox"' not in tag or "checked" in tag):
            values[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        values[name] = next(iter(re.findall(r'<option value="([^"]*)" selected', options)), "")
    for name, text in re.findall(r'<textarea name="([^"]*)"[^>]*>\s*(.*?)</textarea>', form, re.DOTALL):
        values[name] = text
    values.pop("csrfmiddlewaretoken", None)
    return values


def test_the_second_officer_is_told_and_keeps_what_they_typed(desk: Client):
    record = loan(principal_fen=100_000_00)
    address = reverse("finance:loan-edit", args=[record.pk])
    first, second = (fields(desk.get(address).content.decode()) for _ in range(2))
    assert desk.post(address, first | {"principal_fen": "200000"}).status_code == 302
    answer = desk.post(address, second | {"interest_paid_fen": "1234.5"})
    page = answer.content.decode()
    record.refresh_from_db()
    assert (answer.status_code, record.principal_fen, record.interest_paid_fen) == (409, 200_000_00, loan_interest(record))
    assert "100,000.00" in page
    assert "200,000.00" in page
    again = fields(page)
    assert (again["principal_fen"], again["interest_paid_fen"]) == ("200000.00", "1234.5")
    assert desk.post(address, again).status_code == 302
    record.refresh_from_db()
    assert (record.principal_fen, record.interest_paid_fen) == (200_000_00, 1234_50)


def loan_interest(record) -> int | None:
    return record.history.last().interest_paid_fen


def test_a_field_that_both_changed_is_named_and_stays_as_the_second_typed_it(desk: Client):
    record = organisation(1, name="示例甲公司")
    address = reverse("directory:organisation-edit", args=[record.pk])
    first, second = (fields(desk.get(address).content.decode()) for _ in range(2))
    desk.post(address, first | {"name": "示例乙公司"})
    page = desk.post(address, second | {"name": "示例丙公司"}).content.decode()
    assert "您也改了这一项" in page
    assert fields(page)["name"] == "示例丙公司"


@pytest.mark.parametrize(("space", "noun", "plural"), [register for register in REGISTERS if register[1] != "membership"])
def test_every_register_tells_the_second_officer(desk: Client, space: str, noun: str, plural: str):
    record = RECORDS[noun]()
    address = reverse(f"{space}:{noun}-edit", args=[record.pk])
    seen = fields(desk.get(address).content.decode())
    assert seen["version"] == str(version_of(record))
    record.save()  # by somebody else
    assert desk.post(address, seen).status_code == 409


def test_an_authority_to_act_is_not_changed_whatever_version_is_sent(desk: Client):
    address = reverse("directory:membership-edit", args=[RECORDS["membership"]().pk])
    answer = desk.post(address, fields(desk.get(address).content.decode()))
    assert answer.status_code == 422
    assert "由一人提出、另一人确认，不能直接修改" in answer.content.decode()


def test_the_version_before_at_and_after():
    record = organisation(1, registered_on=date(2012, 3, 1))
    seen = version_of(record)
    save_record(record, by=officer(), seen=seen)
    with pytest.raises(Overtaken):
        save_record(record, by=officer(), seen=seen)
    with pytest.raises(Overtaken):
        save_record(record, by=officer(), seen=version_of(record) + 1)
    save_record(record, by=officer(), seen=version_of(record))
