"""What a register takes, the policies take: figures within the ranges of the packs, years that have begun, addresses that can be written to."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quintet.core import clock
from quintet.directory.forms.records import DeclaredFigureForm
from quintet.directory.models import Person, YearlyFact
from quintet.directory.sheets import PEOPLE, YEARLY_FACTS
from quintet.directory.sheets.check import check_file
from quintet.directory.sheets.sheet import sheets
from quintet.policies.engine import fact_specs, held
from tests.directory.city import code, officer, organisation, person, workbook

pytestmark = pytest.mark.django_db
SCORE, STAFF, INCOME, PRINCIPAL = (
    fact_specs(*fact)[0].high // fact_specs(*fact)[0].scale
    for fact in (("enterprise", "innovation_score"), ("enterprise", "staff"), ("enterprise", "revenue"), ("loan", "principal"))
)


def told(sheet: Any, row: list[Any], **more: Any) -> list[tuple[str, str]]:
    return [(problem.column, problem.message) for problem in check_file(workbook(sheet, [row], **more).file, sheet).problems]


def figure_row(name: str, value: Any, year: int = 2019) -> list[Any]:
    return [code(1), year, str(YearlyFact.Name(name).label), value, "最终数", "统计年报", "2020-03-01"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("innovation_score", SCORE - 0.5, ""),
        ("innovation_score", SCORE, ""),
        ("innovation_score", SCORE + 0.5, f"数字 {SCORE + 0.5} 太大，请核对单位。（单位：分）"),
        ("innovation_score", 700, "数字 700 太大，请核对单位。（单位：分）"),
        ("innovation_score", 70.25, "应为整数或半数，例如 70.5。（单位：分）"),
        ("staff", STAFF, ""),
        ("staff", STAFF + 1, f"数字 {STAFF + 1} 太大，请核对单位。（单位：人）"),
        ("revenue", f"{INCOME // 100}.00", ""),
        ("revenue", f"{INCOME // 100}.01", f"数字 {INCOME // 100}.01 太大，请核对单位。（单位：元）"),
    ],
)
def test_a_figure_that_no_policy_takes_is_refused_by_import_and_by_form(name: str, value: Any, said: str):
    organisation(1)
    assert told(YEARLY_FACTS, figure_row(name, value)) == ([("D", said)] if said else [])
    form = DeclaredFigureForm({"year": "2019", "name": name, "amount": str(value)})
    assert (form.is_valid(), form.errors.get("amount", [])) == (not said, [said] if said else [])


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_year_that_has_not_begun_has_no_figures(more: int):
    organisation(1)
    now = clock.today().year
    said = f"{now + 1} 年尚未开始，不能登记它的数据；今年是 {now} 年。" if more == 1 else ""
    assert told(YEARLY_FACTS, figure_row("staff", 12, now + more)) == ([("B", said)] if said else [])
    form = DeclaredFigureForm({"year": str(now + more), "name": "staff", "amount": "12"})
    assert (form.is_valid(), form.errors.get("year", [])) == (not said, [said] if said else [])


@pytest.mark.parametrize(("fen", "said"), [(-1, ""), (0, ""), (1, "太大，请核对单位。")])
def test_a_loan_that_no_policy_takes_is_refused_by_import_and_by_form(fen: int, said: str):
    organisation(1)
    yuan = f"{(PRINCIPAL + fen) // 100}.{(PRINCIPAL + fen) % 100:02d}"
    loans = sheets()["loans"]
    row = ["HT-9", code(1), "", "知识产权质押", yuan, "2021-03-15", "2031-03-15", "", "", "", ""]
    assert [(column, said in message) for column, message in told(loans, row)] == ([("E", True)] if said else [])
    client = Client()
    client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
    typed = {"contract_number": "HT-9", "organisation": organisation().pk, "pledge": "intellectual_property", "principal_fen": yuan}
    page = client.post(reverse("finance:loan-add"), {**typed, "drawn_on": "2021-03-15", "due_on": "2031-03-15"}).content.decode()
    assert ("不能大于" in page) == bool(said)


def test_ranges_are_asked_once_as_long_as_packs_are_held():
    with held():
        assert fact_specs("loan", "principal") is fact_specs("loan", "principal")
    assert fact_specs("loan", "no_such_fact") == fact_specs("no_such_subject", "principal") == ()


NO_ADDRESS = "“{}”不是电子邮箱地址，例如 zhang@example.com。只填一个；没有的留空。"


@pytest.mark.parametrize(
    "address", ["/", "无", "-", "13800001234", "a@b.com;c@d.com", "a@b.com，c@d.com", "a@b", "张三 <a@b.com>", "a＠b.com", "见附件"]
)
def test_what_is_no_address_is_not_kept_as_one(address: str):
    assert told(PEOPLE, ["李明", "11010519491231002X", "", address]) == [("D", NO_ADDRESS.format(address))]


@pytest.mark.parametrize("address", ["", "a@example.com", " li.ming+1@mail.example.com\u200b"])
def test_an_address_or_none_is_kept_and_the_form_takes_the_person_again(address: str):
    made = check_file(workbook(PEOPLE, [["李明", "11010519491231002X", "", address]]).file, PEOPLE).created
    assert [one.email for one in made] == [address.strip().strip("\u200b")]
    assert person(email=made[0].email).full_clean() is None
    assert Person.objects.count() == 1
