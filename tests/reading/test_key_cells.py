"""A cell that tells which record a row is, with a formula in it or merged: refused by its place, whatever it shows."""

import io
from collections.abc import Sequence
from typing import Any

import pytest

from quintet.directory.sheets import ORGANISATIONS, PEOPLE, YEARLY_FACTS
from quintet.directory.sheets.check import check_file, read_file
from quintet.directory.sheets.sheet import Sheet
from quintet.finance.sheets import LOANS
from quintet.policies.engine import policy
from quintet.redemption.excel import sheet_of
from tests.directory.city import organisation
from tests.reading.books import Book, Raw, formula
from tests.reading.corpus import CODE, FORMULA, HEAD, row
from tests.redemption.city import PANJIN

pytestmark = pytest.mark.django_db
ORGANISATION = ["统一社会信用代码", "单位名称", "单位类型", "行政区划代码"]
PERSON = ["姓名", "证件号码"]
FIGURE = ["统一社会信用代码", "年度", "指标", "数值", "数据性质", "来源", "登记日期"]
MERGED = "{} 是合并单元格，请取消合并，每个单元格各填各的值。"
SUBJECTS = ("enterprise", "carrier", "loan", "project", "talent", "team")


def failing(of: str, shown: str) -> Raw:
    return Raw(f"<f>{of}</f><v>{shown}</v>", 't="e"')


def saying(of: str, shown: str) -> Raw:
    return Raw(f"<f>{of}</f><v>{shown}</v>", 't="str"')


def figure(**more: Any) -> list[Any]:
    values = dict(zip(FIGURE, [CODE, 2019, "职工总数", 12, "最终数", "统计年报", "2020-03-01"], strict=True)) | more
    return list(values.values())


def told(sheet: Sheet, rows: Sequence[Sequence[Any]], **book: Any) -> list[tuple[int, str, str]]:
    checked = check_file(io.BytesIO(Book(rows, **book).content()), sheet)
    assert checked.created == []
    return [(problem.row, problem.column, problem.message) for problem in checked.problems]


@pytest.mark.parametrize(
    ("sheet", "head", "line", "place"),
    [
        (LOANS, HEAD, row(1, 合同编号=failing("VLOOKUP(B2,Sheet2!A:B,2,0)", "#N/A")), (2, "A")),
        (LOANS, HEAD, row(1, 合同编号=formula("Sheet2!A1")), (2, "A")),
        (LOANS, HEAD, row(1, 合同编号=saying("A9", "同上")), (2, "A")),
        (ORGANISATIONS, ORGANISATION, [formula("Sheet2!A1"), "示例甲公司", "企业", "211103"], (2, "A")),
        (ORGANISATIONS, ORGANISATION, [saying("B9", "91211100DEMB00001X"), "示例甲公司", "企业", "211103"], (2, "A")),
        (PEOPLE, PERSON, ["李明", saying("A9", "110105194912310021")], (2, "B")),
        (PEOPLE, PERSON, ["李明", Raw("<f>A9</f><v>1.10105194912310E+17</v>")], (2, "B")),
        (YEARLY_FACTS, FIGURE, figure(统一社会信用代码=failing("VLOOKUP(A9,C:C,1,0)", "#N/A")), (2, "A")),
        (YEARLY_FACTS, FIGURE, figure(年度=saying('TEXT(A9,"0年")', "2020年")), (2, "B")),
        (YEARLY_FACTS, FIGURE, figure(指标=formula("C1")), (2, "C")),
        (YEARLY_FACTS, FIGURE, figure(数据性质=saying("A9", "大概")), (2, "E")),
    ],
)
def test_a_formula_in_a_cell_of_the_key_is_refused_whatever_it_shows(sheet: Sheet, head: list, line: list, place: tuple):
    organisation(1, code=CODE)
    assert told(sheet, [head, line]) == [(*place, FORMULA)]


@pytest.mark.parametrize("shown", ["同上", None, "N/A", "合计"])
def test_a_merged_cell_of_the_key_is_refused_whatever_it_shows(shown: str | None):
    organisation(1, code=CODE)
    found = told(LOANS, [HEAD, row(1, 合同编号=shown), row(2, 合同编号="示借2")], tail='<mergeCells><mergeCell ref="A2:A3"/></mergeCells>')
    assert (2, "A", MERGED.format("A2:A3")) in found
    assert {line for line, _column, _message in found} == {2}


def test_two_rows_below_a_merged_code_are_each_without_one():
    rows = [ORGANISATION, [None, "示例甲公司", "企业", "211103"], [None, "示例乙公司", "企业", "211103"]]
    found = told(ORGANISATIONS, rows, tail='<mergeCells><mergeCell ref="A2:A3"/></mergeCells>')
    assert found == [(2, "A", MERGED.format("A2:A3")), (3, "A", "必填，不能为空。")]


def test_a_picture_in_a_cell_of_wps_is_a_formula_in_a_text_file_too():
    organisation(1, code=CODE)
    text = "\r\n".join([",".join(HEAD), ",".join(['"=DISPIMG(""ID_1"",1)"', *row(1)[1:]])])
    checked = check_file(io.BytesIO(text.encode()), LOANS)
    assert [(problem.row, problem.column, problem.message) for problem in checked.problems] == [(2, "A", FORMULA)]


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("cell", [failing("A9", "#N/A"), formula("A9"), saying("A9", "同上")])
def test_a_name_in_a_self_check_that_is_a_formula_is_refused(subject: str, cell: Raw):
    checked, rows = read_file(io.BytesIO(Book([["名称"], [cell], ["乙"]]).content()), sheet_of(policy(PANJIN), subject))
    assert [(problem.row, problem.column, problem.message) for problem in checked.problems] == [(2, "A", FORMULA)]
    assert [line["id"] for line in rows] == ["乙"]


def test_the_same_key_twice_is_told_beside_a_formula_in_another_cell():
    organisation(1, code=CODE)
    found = told(LOANS, [HEAD, row(1, **{"贷款本金（元）": formula("A1*2")}), row(1)])
    assert [(line, column) for line, column, _message in found] == [(2, "D"), (3, "A")]
