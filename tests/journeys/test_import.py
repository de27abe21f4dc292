"""Officers and their workbooks: two at the same time, and one that is far too large."""

import http.client
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openpyxl
import pytest
from playwright.sync_api import expect

from quintet.core.models import Job
from quintet.directory.models import ImportBatch, Organisation
from quintet.directory.sheets import ORGANISATIONS
from tests.directory.city import organisation_row, workbook
from tests.duties import keeps_every_register

pytestmark = pytest.mark.django_db(transaction=True)
MB = 1024 * 1024
TOLD = re.compile("另一批导入正在写入，同一时间只能写入一批|已被他人改动，没有写入任何一行")


def keeper(make_user: Any) -> Any:
    keeps_every_register("stb")
    return make_user("officer", unit="stb")


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path


def upload(visitor: Any, who: str) -> Any:
    """A sheet of three enterprises, the same codes for everybody, with names that say who uploaded it."""
    page = visitor.open("/directory/organisations/import/")
    sheet = workbook(ORGANISATIONS, [organisation_row(n, name=f"示例{who}{n}有限公司") for n in (1, 2, 3)])
    page.set_input_files("input[type=file]", {"name": f"{who}.xlsx", "mimeType": "application/octet-stream", "buffer": sheet.read()})
    page.get_by_role("button", name="上传并检查").click()
    expect(page.locator("main")).to_contain_text("检查通过，尚未写入")
    return page


def test_of_two_officers_with_the_same_sheet_one_wins_whole_and_the_other_is_told(visit: Any, make_user: Any):
    visitors = {"甲方": visit(), "乙方": visit()}
    for visitor in visitors.values():
        visitor.sign_in(keeper(make_user))
    pages = {who: upload(visitor, who) for who, visitor in visitors.items()}
    addresses = {who: page.url for who, page in pages.items()}
    for page in pages.values():
        page.evaluate("setTimeout(() => document.querySelector('form[action$=\"/confirm/\"]').requestSubmit(), 50)")
    for who, page in pages.items():
        page.wait_for_url(lambda url, here=addresses[who]: url != here)

    winner = ImportBatch.objects.get(state="done").file_name.removesuffix(".xlsx")
    (loser,) = set(pages) - {winner}
    assert set(Organisation.objects.values_list("name", flat=True)) == {f"示例{winner}{n}有限公司" for n in (1, 2, 3)}
    assert Organisation.history.count() == 3
    expect(pages[loser].locator("main")).to_contain_text(TOLD)
    # A refusal answers with 409, which the browser's console notes.
    visitors[loser].complaints = [text for text in visitors[loser].complaints if "409" not in text]
    visitors[loser].check()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_workbook_with_an_error_cell_a_hidden_sheet_and_a_long_number_is_refused_in_three_sentences(
    visit: Any, make_user: Any, width: int
):
    visitor = visit(width=width)
    visitor.sign_in(keeper(make_user))
    page = visitor.open("/directory/organisations/import/")
    book = openpyxl.load_workbook(workbook(ORGANISATIONS, [organisation_row(n) for n in (1, 2)]))
    sheet = book.active
    headings = {cell.value: cell.column for cell in sheet[1]}
    hidden = book.create_sheet("旧数据", 0)
    hidden.append(["统一社会信用代码"])
    hidden.sheet_state = "hidden"
    book.active = 1
    sheet.cell(2, headings["成立日期"], "#N/A").data_type = "e"
    sheet.cell(3, headings["统一社会信用代码"], 9121110012345678)
    file = io.BytesIO()
    book.save(file)
    page.set_input_files("input[type=file]", {"name": "企业.xlsx", "mimeType": "application/octet-stream", "buffer": file.getvalue()})
    page.get_by_role("button", name="上传并检查").click()
    for sentence in (
        "单元格里是表格软件的错误值 #N/A。请改正公式或直接填写内容；没有内容的清空单元格。",
        "“9121110012345680”是被表格软件改写过的数字，后面的位数已经丢失。请把单元格设为文本，再按原件重新填写。",
        "工作表“旧数据”是隐藏的，没有读取；读的是“Sheet1”。",
        "有错误，一行也没有写入",
    ):
        expect(page.locator("main")).to_contain_text(sentence)
    expect(page.get_by_role("button", name="确认写入")).to_have_count(0)
    assert not Organisation.objects.exists()
    visitor.check()


def test_who_confirms_after_another_has_written_is_told_what_would_change_and_nothing_is_written(visit: Any, make_user: Any):
    first, second = visit(), visit(width=390)
    for visitor in (first, second):
        visitor.sign_in(keeper(make_user))
    early, late = upload(first, "甲方"), upload(second, "乙方")
    early.get_by_role("button", name="确认导入").click()
    expect(early.locator("main")).to_contain_text("已写入：新增 3")
    late.get_by_role("button", name="确认导入").click()
    expect(late.locator("main")).to_contain_text("检查之后有 3 条要修改的记录已被他人改动，没有写入任何一行")
    expect(late.locator("main")).to_contain_text("请重新上传检查")
    second.check()
    assert not Organisation.objects.filter(name__contains="乙方").exists()
    assert Organisation.history.count() == 3
    assert Job.objects.get(state="failed").created_by != Job.objects.get(state="done").created_by


def resident() -> int:
    """Bytes of memory this process holds now; the live server runs in it."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def post_file(address: str, fields: dict[str, str], megabytes: int, cookies: dict[str, str], watch: Callable[[], None]) -> tuple[int, str]:
    """Stream a file of zeros behind the fields of a form, looking around after every megabyte."""
    boundary, chunk = "quintet", bytes(MB)
    head = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="big.xlsx"\r\nContent-Type: application/zip\r\n\r\n'
    tail = f"\r\n--{boundary}--\r\n"

    def body() -> Any:
        yield head.encode()
        for _ in range(megabytes):
            yield chunk
            watch()
        yield tail.encode()

    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=120)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(head) + megabytes * MB + len(tail)),
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "Accept-Language": "zh-CN",
    }
    connection.request("POST", where.path, body(), headers)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    return answer.status, page


@pytest.mark.parametrize("address", ["/directory/organisations/import/", "/check/upload/"])
def test_a_workbook_of_200_megabytes_is_refused_by_its_size_and_never_kept(visit: Any, make_user: Any, address: str, tmp_path: Path):
    visitor = visit()
    visitor.sign_in(keeper(make_user))
    page = visitor.open(address)
    token = page.locator("main form[enctype] input[name=csrfmiddlewaretoken]").get_attribute("value")
    fields = {"csrfmiddlewaretoken": token, "kind": "enterprise", "at": "2020"}
    cookies = {cookie["name"]: cookie["value"] for cookie in visitor.context.cookies()}
    before, held, kept = resident(), [0], [0]

    def watch() -> None:
        held.append(resident() - before)
        kept.append(sum(path.stat().st_size for path in tmp_path.glob("*.upload*")))

    status, told = post_file(visitor.address + address, fields, 200, cookies, watch)
    assert (status, "文件超过 20 MB 的上限。请拆成几个文件" in told) == (422, True)
    assert (max(held) < 40 * MB, 0 < max(kept) <= 20 * MB) == (True, True)
    assert not ImportBatch.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
