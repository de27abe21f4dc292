"""A small city for tests: real records, made with the actions and models that users reach."""

import io
from datetime import date
from typing import Any

import xlsxwriter
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from stdnum.cn import uscc

from quintet.core.models import RoleGrant, User
from quintet.directory.actions.imports import upload_workbook
from quintet.directory.models import (
    Carrier,
    FormerName,
    ImportBatch,
    Kinship,
    Membership,
    Organisation,
    Person,
    Recognition,
    Shareholding,
    YearlyFact,
)
from quintet.directory.sheets import ORGANISATIONS
from quintet.directory.sheets.sheet import Sheet
from quintet.finance.models import Loan
from quintet.market.models import ProjectMember, TransferProject
from quintet.talent.models import Talent, Team
from tests.duties import by_two, keeps_every_register


def code(number: int) -> str:
    """A valid unified social credit code of the city."""
    body = f"91211100MA{number:07d}"
    return body + uscc.calc_check_digit(body)


def organisation(number: int = 0, **more: Any) -> Organisation:
    number = number or Organisation.objects.count() + 1
    fields = {"code": code(number), "name": f"示例化工有限公司{number}", "kind": "enterprise", "division": "211103", "industry": "2614"}
    return Organisation.objects.create(**(fields | more))


def figure(of: Organisation, year: int, name: str, value: int, standing: int = YearlyFact.Standing.FINAL, **more: Any) -> YearlyFact:
    return YearlyFact.objects.create(organisation=of, year=year, name=name, value=value, standing=standing, source="统计年报", **more)


def recognition(of: Organisation, kind: str, granted_on: date, expires_on: date | None = None, **more: Any) -> Recognition:
    fields = {"level": "national", "authority": "省科学技术厅"} | more
    return Recognition.objects.create(organisation=of, kind=kind, granted_on=granted_on, expires_on=expires_on, **fields)


def person(name: str = "李明", number: str = "11010519491231002X", **more: Any) -> Person:
    return Person.objects.create(name=name, identity_number=number, **({"phone": "13800001234"} | more))


def officer() -> User:
    user, _new = User.objects.get_or_create(username="keeper", defaults={"display_name": "张经办"})
    RoleGrant.objects.get_or_create(user=user, role="officer", unit="stb", granted_on=date(2019, 1, 1))
    keeps_every_register("stb")
    return user


def evidenced_recognition() -> Recognition:
    made = recognition(organisation(), "high_tech_enterprise", date(2020, 11, 1), date(2023, 10, 31))
    made.evidence.save("evidence.pdf", ContentFile(b"%PDF-1.4 example"))
    return made


def loan(**more: Any) -> Loan:
    fields = {"contract_number": "HT-1", "pledge": "intellectual_property", "principal_fen": 500_000_000}
    fields |= {"drawn_on": date(2020, 1, 10), "due_on": date(2021, 1, 9)}
    return Loan.objects.create(**({"organisation": more.pop("organisation", None) or organisation()} | fields | more))


RECORDS: dict[str, Any] = {
    "organisation": organisation,
    "person": person,
    "former_name": lambda: FormerName.objects.create(organisation=organisation(), name="示例旧名有限公司", until=date(2019, 1, 1)),
    "membership": lambda: Membership.objects.create(person=person(), organisation=organisation(), granted_on=date(2020, 1, 1), **by_two()),
    "shareholding": lambda: Shareholding.objects.create(person=person(), organisation=organisation(), held_from=date(2020, 1, 1)),
    "kinship": lambda: Kinship.objects.create(person=person(), relative=person("李强", "E00000001"), declared_on=date(2020, 1, 1)),
    "recognition": evidenced_recognition,
    "carrier": lambda: Carrier.objects.create(organisation=organisation(), name="示例技术中心", kind="key_laboratory", level="provincial"),
    "fact": lambda: figure(organisation(), 2019, "staff", 120),
    "loan": loan,
    "project": lambda: TransferProject.objects.create(number="ZH-1", name="示例中试", organisation=organisation(), stage="pilot"),
    "member": lambda: ProjectMember.objects.create(project=RECORDS["project"](), person=person()),
    "talent": lambda: Talent.objects.create(person=person(), organisation=organisation(), category="national_leading"),
    "team": lambda: Team.objects.create(name="示例团队", organisation=organisation(), tier="key", selected_on=date(2020, 5, 1)),
}


def workbook(sheet: Sheet, rows: list[list[Any]], *, headers: list[str] | None = None, prepare: Any = None) -> SimpleUploadedFile:
    """An .xlsx with the sheet's headers and these rows; `prepare(book, page)` may spoil it."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    for n, header in enumerate(headers if headers is not None else [str(column.header) for column in sheet.imported]):
        page.write_string(0, n, header)
    for number, row in enumerate(rows, 1):
        for n, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(number, n, cell, day)
            elif cell != "":
                page.write(number, n, cell)
    if prepare:
        prepare(book, page)
    book.close()
    return SimpleUploadedFile("名录.xlsx", target.getvalue())


def organisation_row(number: int, **more: Any) -> list[Any]:
    row = {"code": code(number), "name": f"示例化工有限公司{number}", "kind": "企业", "division": "211103", "industry": "2614"}
    row |= {"registered_on": date(2012, 3, 1), "resident": "是"} | more
    return [row.get(column.id, "") for column in ORGANISATIONS.imported]


def ready_import(rows: int = 1) -> ImportBatch:
    return upload_workbook(ORGANISATIONS, workbook(ORGANISATIONS, [organisation_row(900 + n) for n in range(rows)]), by=officer())
