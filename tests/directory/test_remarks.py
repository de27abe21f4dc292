"""What is hidden in a workbook is said before it can be confirmed, with the sheet that was read."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from quintet.directory.actions.imports import upload_workbook
from quintet.finance.sheets import LOANS
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
