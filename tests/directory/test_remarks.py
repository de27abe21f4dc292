"""What is hidden in a workbook is said before it can be confirmed, with the sheet that was read."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from quintet.directory.actions.imports import upload_workbook
from quintet.directory.models import Person
from quintet.directory.sheets import PEOPLE
from quintet.finance.sheets import LOANS
from quintet.reading.identifiers import identity_check
from tests.directory.city import officer, organisation
from tests.reading.books import Book
from tests.reading.corpus import CODE, HEAD, row

pytestmark = pytest.mark.django_db


def test_hidden_rows_and_sheets_stand_on_the_page_before_the_button(settings: Any, tmp_path: Path):
    settings.MEDIA_ROOT = tmp_path
    organisation(1, code=CODE)
    book = Book([HEAD, row(1), row(2)], hidden_rows=[3], before=[("去年", "hidden")])
    batch = upload_workbook(LOANS, SimpleUploadedFile("贷款.xlsx", book.content()), by=officer())
    client = Client()
    client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(batch.get_absolute_url()).content.decode()
    assert page.index("有 1 行是隐藏的（第 3 行）") < page.index("确认导入</button>")
    assert "工作表“去年”是隐藏的，没有读取；读的是“表”。" in page
    assert "工作表“表”" in page
    assert [heading in page for heading in HEAD] == [True] * 6


ODD_AREA = "17000019700101001" + identity_check("17000019700101001")
DOUBT = "身份证号码的前六位 170000 不是已知的地区，请对照证件核对；无误的可以照登。"


def test_an_unknown_area_is_told_before_an_import_is_confirmed(settings: Any, tmp_path: Path):
    settings.MEDIA_ROOT = tmp_path
    book = Book([["姓名", "证件号码"], ["李明", "11010519491231002X"], ["王静", ODD_AREA]])
    batch = upload_workbook(PEOPLE, SimpleUploadedFile("人员.xlsx", book.content()), by=officer())
    assert (batch.state, batch.created, batch.remarks) == ("ready", 2, [f"B3 格：{DOUBT}"])


@pytest.mark.parametrize(("number", "told"), [(ODD_AREA, True), ("11010519491231002X", False), ("E1234567", False)])
def test_an_unknown_area_is_told_where_the_number_is_entered(number: str, told: bool):
    client = Client()
    client.force_login(officer(), backend="django.contrib.auth.backends.ModelBackend")
    page = client.post(reverse("directory:person-add"), {"name": "王静", "identity_number": number}, follow=True).content.decode()
    assert Person.objects.get().name == "王静"
    assert (DOUBT in page) == told
