"""The corpus through every way in: registers, self-check, results of a bank."""

import io
from typing import Any

import pytest

from quintet.core.errors import DomainError
from quintet.directory.models import YearlyFact
from quintet.directory.sheets import ORGANISATIONS, PEOPLE, YEARLY_FACTS
from quintet.directory.sheets.check import Checked, check_file, read_file
from quintet.directory.sheets.workbook import UnreadableWorkbook
from quintet.finance.sheets import LOANS
from quintet.policies.engine import policy
from quintet.reading import workbooks
from quintet.reading.identifiers import identity_check
from quintet.redemption.batch_files import read_results, treasury_workbook
from quintet.redemption.excel import sheet_of
from tests.directory.city import code, organisation
from tests.reading.books import Book, Raw, fault, formula, number
from tests.reading.corpus import CELLS, CODE, ERROR_CELL, FILES, FORMULA, HEAD, LOST, TOO_WIDE, Cell, File, row
from tests.redemption.batches import signed
from tests.redemption.city import PANJIN

pytestmark = pytest.mark.django_db
NOT_TEXT = "编号 {} 存成了数字，前面的零或后面的位数可能已经丢失。请把单元格设为文本，再按原件重新填写。"
WITH_ZEROS = next(body + "0" for day in range(1, 29) if identity_check(body := f"110105194912{day:02d}200") == "0")
PLACES = {"number": ("合同编号", "A"), "amount": ("贷款本金（元）", "D"), "day": ("放款日期", "E")}


def named(sample: Cell | File) -> str:
    return sample.name


def found(checked: Checked) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.column, problem.message) for problem in checked.problems]


def test_the_corpus_is_large_enough():
    assert len(CELLS) + len(FILES) >= 60


@pytest.mark.parametrize("sample", CELLS, ids=named)
def test_a_cell_in_a_register(sample: Cell):
    organisation(1, code=CODE)
    header, letter = PLACES[sample.role]
    book = Book([HEAD, row(1, **{header: sample.cell})], from_1904=sample.from_1904)
    checked = check_file(io.BytesIO(book.content()), LOANS)
    if sample.sentence:
        assert found(checked) == [(2, letter, sample.sentence)]
        return
    (loan,) = checked.created
    assert found(checked) == []
    assert {"number": loan.contract_number, "amount": loan.principal_fen, "day": loan.drawn_on}[sample.role] == sample.value


@pytest.mark.parametrize("sample", [cell for cell in CELLS if cell.role != "number"], ids=named)
def test_a_cell_in_a_self_check(sample: Cell):
    sheet = sheet_of(policy(PANJIN), "loan")
    id, letter = {"amount": ("principal", "B"), "day": ("drawn_on", "B")}[sample.role]
    book = Book([["名称", sheet.column(id).title], ["贷款一", sample.cell]], from_1904=sample.from_1904)
    checked, rows = read_file(io.BytesIO(book.content()), sheet)
    if sample.sentence:
        assert found(checked) == [(2, letter, sample.sentence)]
    else:
        assert (found(checked), [line[id] for line in rows]) == ([], [sample.value])


@pytest.mark.parametrize("sample", FILES, ids=named)
def test_a_file_in_a_register(sample: File):
    organisation(1, code=CODE)
    if sample.sentence and sample.place is None:
        with pytest.raises(UnreadableWorkbook) as refusal:
            check_file(io.BytesIO(sample.content), LOANS)
        assert refusal.value.message == sample.sentence
        return
    checked = check_file(io.BytesIO(sample.content), LOANS)
    if sample.place:
        assert (*sample.place, sample.sentence) in found(checked)
    else:
        assert (found(checked), len(checked.created), checked.remarks) == ([], sample.rows, [sample.remark] if sample.remark else [])


@pytest.mark.parametrize("sample", [file for file in FILES if file.sentence and file.place is None], ids=named)
def test_a_file_that_is_refused_is_refused_by_every_way_in(sample: File):
    ways: list[Any] = [
        lambda file: read_file(file, sheet_of(policy(PANJIN), "loan"), most_rows=200_000),
        lambda file: read_results(signed(count=1), file) if "row 200" not in sample.name else check_file(file, LOANS),
    ]
    for way in ways:
        with pytest.raises(DomainError) as refusal:
            way(io.BytesIO(sample.content))
        assert refusal.value.message == sample.sentence


CELLS_OF_PEOPLE: list[Any] = [
    (number("1.10105194912310E+17"), LOST.format("110105194912310000"), ""),
    (number("110105194912310030"), LOST.format("110105194912310000"), ""),
    ("1.10105E+17", LOST.format("1.10105E+17"), ""),
    (number("12345678"), NOT_TEXT.format("12345678"), ""),
    (number("110105491231002"), "", "11010519491231002X"),
    ("１１０１０５１９４９１２３１００２ｘ", "", "11010519491231002X"),
    ("110105 19491231 002X", "", "11010519491231002X"),
]


@pytest.mark.parametrize(("cell", "sentence", "value"), CELLS_OF_PEOPLE, ids=lambda value: str(getattr(value, "content", value))[:30])
def test_an_identity_number_that_lost_digits_is_never_taken(cell: Any, sentence: str, value: str):
    checked = check_file(io.BytesIO(Book([["姓名", "证件号码"], ["李明", cell]]).content()), PEOPLE)
    assert found(checked) == ([(2, "B", sentence)] if sentence else [])
    assert [made.identity_number for made in checked.created] == ([value] if value else [])


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (number("13800001234"), ""),
        (number("4272825555"), NOT_TEXT.format("4272825555")),
        ("0427-2825555", ""),
        ("1.38E+10", LOST.format("1.38E+10")),
    ],
)
def test_a_telephone_that_lost_its_zero_is_never_taken(cell: Any, told: str):
    checked = check_file(io.BytesIO(Book([["姓名", "证件号码", "电话"], ["李明", "11010519491231002X", cell]]).content()), PEOPLE)
    assert found(checked) == ([(2, "C", told)] if told else [])


def test_an_identity_number_that_ends_with_zeros_is_told_and_taken():
    checked = check_file(io.BytesIO(Book([["姓名", "证件号码"], ["李明", WITH_ZEROS]]).content()), PEOPLE)
    assert (found(checked), len(checked.created)) == ([], 1)
    assert checked.remarks == [
        f"B2 格：{WITH_ZEROS[:6]} 开头的号码最后三位是 000，可能是表格软件把末尾的数字改成了零，请对照证照逐位核对；无误的可以照登。"
    ]


ORGANISATION = ["统一社会信用代码", "单位名称", "单位类型", "行政区划代码", "行业代码"]


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("A", number("9.12111E+17"), LOST.format("912111000000000000")),
        ("A", "9.12111E+17", LOST.format("9.12111E+17")),
        ("A", code(5).translate({letter: letter + 0xFEE0 for letter in range(33, 127)}), ""),
        ("A", f"{code(5)[:8].lower()} {code(5)[8:]}", ""),
        ("D", "２１１１０３", ""),
        ("D", "２１１１0３\u3000", ""),
        ("D", number("211103"), ""),
        ("D", "2.11103E5", LOST.format("2.11103E5")),
        ("E", number("2614"), ""),
        ("E", "２６１４", ""),
        ("E", "0111", ""),
        ("E", number("111"), NOT_TEXT.format("111")),  # 0111 is growing rice
    ],
)
def test_codes_in_full_width_are_read_and_those_that_lost_digits_are_not(column: str, cell: Any, told: str):
    row_ = [code(5), "示例甲公司", "企业", "211103", "2614"]
    row_["ABCDE".index(column)] = cell
    checked = check_file(io.BytesIO(Book([ORGANISATION, row_]).content()), ORGANISATIONS)
    assert found(checked) == ([(2, column, told)] if told else [])
    if not told:
        (made,) = checked.created
        assert (made.code, made.division) == (code(5), "211103")
        assert made.industry in ("2614", "0111")


def test_an_optional_column_left_out_moves_no_heading():
    organisation(1, code=CODE)
    checked = check_file(io.BytesIO(Book([HEAD, row(1, 放款日期="昨天")]).content()), LOANS)
    assert checked.headings == HEAD
    assert [(problem.header, problem.column) for problem in checked.problems] == [("放款日期", "E")]


NO_SUM = "第 3 行像是合计、附注或签名，不是一条记录。请删除这一行。"
NO_NAME = "“{}”不是名称。请按营业执照、登记证书或身份证件填写全称，每一格各填各的；表格里没有的记录请删除整行。"


@pytest.mark.parametrize(
    ("row_", "told"),
    [
        ([code(5), "-", "企业", "211103"], (3, "B", NO_NAME.format("-"))),
        ([code(5), "N/A", "企业", "211103"], (3, "B", NO_NAME.format("N/A"))),
        ([code(5), "无", "企业", "211103"], (3, "B", NO_NAME.format("无"))),
        ([code(5), "合计", "企业", "211103"], (3, "A", NO_SUM)),
        ([None, "合 计", None, None, "3"], (3, "A", NO_SUM)),
        (["本页小计：", "2"], (3, "A", NO_SUM)),
        (["第 1 组", "共计（家）", "2"], (3, "A", NO_SUM)),
    ],
)
def test_a_row_of_an_organisation_that_is_none_is_said_to_be_none(row_: list, told: tuple):
    good = [code(4), "'示例乙公司", "企业", "211103"]
    checked = check_file(io.BytesIO(Book([ORGANISATION, good, row_]).content()), ORGANISATIONS)
    assert found(checked) == [told]
    checked = check_file(io.BytesIO(Book([ORGANISATION, good]).content()), ORGANISATIONS)
    assert [made.name for made in checked.created] == ["示例乙公司"]


@pytest.mark.parametrize("name", ["同上", "合计"])
def test_a_person_has_a_name(name: str):
    checked = check_file(io.BytesIO(Book([["姓名", "证件号码"], ["李明", "11010519491231002X"], [name, "E1234567"]]).content()), PEOPLE)
    assert [(row, column) for row, column, _message in found(checked)] == [(3, "A")]


YEARLY = ["统一社会信用代码", "年度", "指标", "数值", "数据性质", "来源", "登记日期"]
NOT_YES = "“{}”不是“是”或“否”。这个指标请填“是”或“否”；不知道的不登记，不要留空，表格里请删除这一行，系统会按“未知”处理。（单位：是/否）"


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("是", ""),
        ("√", ""),
        ("NO", ""),
        ("", "必填，不能为空。不知道的不登记：请删除这一行，系统会按“未知”处理。"),
        ("未知", NOT_YES.format("未知")),
        ("大概", NOT_YES.format("大概")),
    ],
)
def test_a_figure_of_yes_or_no_says_what_it_takes(cell: str, told: str):
    organisation(1, code=CODE)
    line = [CODE, 2019, str(YearlyFact.Name("core_ip").label), cell, str(YearlyFact.Standing.FINAL.label), "年报", "2020-03-01"]
    checked = check_file(io.BytesIO(Book([YEARLY, line]).content()), YEARLY_FACTS)
    assert found(checked) == ([(2, "D", told)] if told else [])


@pytest.mark.parametrize(
    ("cell", "told"), [("", ""), ("不清楚", ""), ("否", ""), ("大概", "“大概”不是“是”或“否”。请填“是”或“否”；不知道时留空，不要填“否”。")]
)
def test_a_yes_or_no_may_stay_empty_and_names_what_is_neither(cell: str, told: str):
    head = [*ORGANISATION[:4], "居民企业"]
    checked = check_file(io.BytesIO(Book([head, [code(5), "示例甲公司", "企业", "211103", cell]]).content()), ORGANISATIONS)
    assert found(checked) == ([(2, "E", told)] if told else [])


SHOWN_ONLY = ["统一社会信用代码", "单位名称", "年度", "指标", "数值", "单位", "数据性质", "来源", "登记日期"]
OTHER_UNIT = "这里写的单位是“{}”，这个指标的单位是“人”。请把数值换算成“人”，再把这一格改为“人”。"


@pytest.mark.parametrize(
    ("letter", "cell", "told"),
    [
        ("F", fault("#N/A"), ERROR_CELL.format("#N/A")),
        ("F", "#REF!", ERROR_CELL.format("#REF!")),
        ("F", formula("A1", 3), FORMULA),
        ("F", number(5, 15), OTHER_UNIT.format("5人")),
        ("F", number("1.5"), OTHER_UNIT.format("1.5")),
        ("F", Raw("<v>1</v>", 't="b"'), OTHER_UNIT.format("TRUE")),
        ("F", number(44536, 1), OTHER_UNIT.format("2021-12-06")),
        ("F", " 人 ", ""),
        ("B", fault("#N/A"), ERROR_CELL.format("#N/A")),
        ("B", "#VALUE!", ERROR_CELL.format("#VALUE!")),
        ("B", Raw("<f>A9</f><v>#N/A</v>", 't="e"'), FORMULA),
    ],
)
def test_a_cell_of_a_column_that_is_only_shown_is_told_as_it_is_shown(letter: str, cell: Any, told: str):
    made = organisation(1, code=CODE)
    row_: list[Any] = [CODE, made.name, 2019, "职工总数", 12, "人", "最终数", "年报", "2020-03-01"]
    row_["ABCDEF".index(letter)] = cell
    checked = check_file(io.BytesIO(Book([SHOWN_ONLY, row_]).content()), YEARLY_FACTS)
    assert found(checked) == ([(2, letter, told)] if told else [])


@pytest.mark.parametrize(("cell", "shown"), [(number(5, 15), "5人"), (number(12, 10), "HT-2021-12"), (Raw("<v>1</v>", 't="b"'), "TRUE")])
def test_a_name_beside_a_code_is_told_as_it_is_shown(cell: Any, shown: str):
    organisation(1, code=CODE, name="示例甲公司")
    row_ = [CODE, cell, 2019, "职工总数", 12, "人", "最终数", "年报", "2020-03-01"]
    checked = check_file(io.BytesIO(Book([SHOWN_ONLY, row_]).content()), YEARLY_FACTS)
    said = f"B2 格：写的是“{shown}”，而“统一社会信用代码”一格指的是“示例甲公司”。读入的是后者，请核对。"
    assert (found(checked), said in checked.remarks) == ([], True)


@pytest.mark.parametrize(
    ("header", "shown"), [(fault("#N/A"), "#N/A"), (number(5, 15), "5人"), (number("0.5", 3), "50%"), (Raw("<v>0</v>", 't="b"'), "FALSE")]
)
def test_a_header_is_told_as_it_is_shown(header: Any, shown: str):
    checked = check_file(io.BytesIO(Book([[*HEAD, header], [*row(1), "1"]]).content()), LOANS)
    assert found(checked) == [(1, "G", f"不认识的表头“{shown}”。请删除这一列，或改为模板中的表头。")]
    assert checked.headings[-1] == shown


@pytest.mark.parametrize("below", [1, 2])
def test_thousands_without_quotes_in_the_results_of_a_bank_as_text_are_refused(below: int):
    batch = signed(count=1)
    lines = [[str(cell or "") for cell in cells] for _row, cells in workbooks.read(treasury_workbook(batch)).rows]
    lines[-1] = [*lines[-1][:5], "100", "000.00", *lines[-1][6:7], "到账", "2021-01-13", "凭证1", *[""] * below]
    with pytest.raises(DomainError) as refusal:
        read_results(batch, io.BytesIO("\r\n".join(map(",".join, lines)).encode()))
    assert refusal.value.where == "A5 格：" + TOO_WIDE.format(11 + below, 11).rstrip("。")


@pytest.mark.parametrize(
    "below",
    [
        *(
            [word, 100]
            for word in (
                "合计",
                "总 计",
                "汇总",
                "本页汇总：",
                "总额",
                "总数",
                "Total",
                "GRAND TOTAL",
                "Subtotal:",
                "平均",
                "平均值",
                "(空白)",
                "行标签",
            )
        ),
        *(
            [note]
            for note in (
                "注：以上均为2021年数据",
                "填表人：张三",
                "制表人：李四",
                "审核：",
                "负责人（签字）：",
                "说明：金额单位为元",
                "以下空白",
                "共 12 户",
            )
        ),
        [" 汇 总 ", 100],
        ["制表：张三", None, None],
    ],
)
def test_what_stands_below_a_table_is_no_subject_of_a_self_check(below: list):
    sheet = sheet_of(policy(PANJIN), "loan")
    book = Book([["名称", sheet.column("principal").title], ["贷款一", 100], below])
    checked, rows = read_file(io.BytesIO(book.content()), sheet)
    assert found(checked) == [(3, "A", NO_SUM)]
    assert [line["id"] for line in rows] == ["贷款一"]


@pytest.mark.parametrize("name", ["注塑设备贷款", "汇总科技有限公司", "审核用贷款", "TOTAL 能源公司", "平均律乐器厂", "总额宝"])
def test_a_name_that_begins_like_a_sum_is_one(name: str):
    sheet = sheet_of(policy(PANJIN), "loan")
    book = Book([["名称", sheet.column("principal").title], [name, 100]])
    checked, rows = read_file(io.BytesIO(book.content()), sheet)
    assert (found(checked), [line["id"] for line in rows]) == ([], [name])
