import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from quintet.policies.engine import policy
from quintet.policies.models import Evaluation
from quintet.redemption.excel import sheet_of
from tests.reading.books import Book
from tests.redemption.city import PANJIN

pytestmark = pytest.mark.django_db


def filled(rows: list[dict[str, Any]], subject: str = "enterprise", headers: list[str] | None = None) -> SimpleUploadedFile:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    page, columns = book.add_worksheet(), sheet_of(policy(PANJIN), subject).imported
    page.write_row(0, 0, headers or [str(column.header) for column in columns])
    for number, row in enumerate(rows, 1):
        for place, column in enumerate(columns):
            if column.id in row:
                page.write(number, place, row[column.id])
    book.close()
    return SimpleUploadedFile("check.xlsx", target.getvalue())


def upload(client: Client, file: SimpleUploadedFile, kind: str = "enterprise") -> Any:
    return client.post(reverse("redemption:check-upload"), {"kind": kind, "at": "2020", "file": file})


def test_a_filled_workbook_gives_a_result_for_every_row(client: Client):
    rows = [
        {"id": "甲公司", "high_tech_recognised": "是", "high_tech_recognised_on": date(2020, 9, 15), "high_tech_earlier": "否"},
        {"id": "乙公司", "high_tech_recognised": "否"},
    ]
    answer = upload(client, filled(rows))
    assert answer.status_code == 302
    results = Evaluation.objects.get().result["results"]["enterprise"]
    states = [next(o["state"] for o in row["outcomes"] if o["rule"] == "high_tech_award") for row in results]
    assert states == ["entitled", "not_entitled"]


def test_loans_of_one_workbook_are_read_in_yuan(client: Client):
    row = {
        "id": "贷款一",
        "pledge": "知识产权",
        "released": "是",
        "principal": 10_000_000,
        "interest_paid": 480_000.5,
        "drawn_on": date(2020, 3, 2),
        "due_on": date(2021, 3, 2),
    }
    sheet = sheet_of(policy(PANJIN), "loan")
    row["pledge"] = next(column.choices()[0] for column in sheet.imported if column.id == "pledge")
    answer = upload(client, filled([row], "loan"), "loan")
    assert answer.status_code == 302
    facts = Evaluation.objects.get().inputs["loan"][0]
    assert (facts["principal"], facts["interest_paid"]) == (1_000_000_000, 48_000_050)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (SimpleUploadedFile("a.xlsx", b"MZ\x90\x00" + b"\0" * 100), "程序文件"),
        (SimpleUploadedFile("a.xlsx", b"PK\x03\x04broken"), "损坏"),
        (SimpleUploadedFile("a.xlsx", b"name,staff\n"), "不认识的表头"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(client: Client, file, said):
    answer = upload(client, file)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Evaluation.objects.exists()


def test_errors_are_told_by_row_and_column_and_nothing_is_kept(client: Client):
    page = upload(client, filled([{"id": "甲", "staff": -5}, {"id": "乙", "registered_on": "9999-12-31"}, {"id": "丙"}, {"id": "丙"}]))
    text = page.content.decode()
    assert page.status_code == 422
    assert "不能小于" in text
    assert "1900" in text
    assert "重复" in text
    assert not Evaluation.objects.exists()


def test_swapped_headers_are_told(client: Client):
    columns = [str(column.header) for column in sheet_of(policy(PANJIN), "team").imported]
    page = upload(client, filled([{"id": "一队"}], "team", headers=[columns[1], columns[0], *columns[2:]]), "team")
    assert "列的顺序与模板不同" in page.content.decode()


@pytest.mark.parametrize(("recognised", "status"), [("是", 302), ("也许", 422)])
def test_what_is_hidden_is_said_with_the_result_and_with_the_problems(client: Client, recognised: str, status: int):
    title = sheet_of(policy(PANJIN), "enterprise").column("high_tech_recognised").title
    book = Book([["名称", title], ["甲公司", recognised], ["乙公司", "否"]], hidden_rows=[3], before=[("去年", "hidden")])
    answer = upload(client, SimpleUploadedFile("check.xlsx", book.content()))
    assert answer.status_code == status
    page = (client.get(answer.url) if status == 302 else answer).content.decode()
    assert "有 1 行是隐藏的（第 3 行）" in page
    assert "工作表“去年”是隐藏的，没有读取；读的是“表”。" in page
