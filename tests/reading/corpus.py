"""What people hand in, and what must come of it: an accepted value, or the exact sentence they read.

Cells go through every way in that has such a column; files are refused or read as a whole, the same through all of them.
"""

import codecs
import io
import zipfile
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.reading.books import LINKS, MAIN, STRICT, Book, Raw, fault, formula, number, text

HEAD = ["合同编号", "借款单位代码", "质押方式", "贷款本金（元）", "放款日期", "到期日期"]
NOT_A_NUMBER = "“{}”不是数字。请只填数字，例如 1234567.89 或 1,234,567.89，不带单位。"
NOT_A_DAY = "“{}”不是日期，请写成 2021-12-06 这样的形式。"
AMBIGUOUS = "“{}”分不清年、月、日。请把四位数的年份写在前面，例如 2021-12-06。"
IMPOSSIBLE = "没有“{}”这一天，请核对月份和日期。"
ERROR_CELL = "单元格里是表格软件的错误值 {}。请改正公式或直接填写内容；没有内容的清空单元格。"
LOST = "“{}”是被表格软件改写过的数字，后面的位数已经丢失。请把单元格设为文本，再按原件重新填写。"
FORMULA = "这里是公式。请复制后“选择性粘贴为数值”，让单元格里只有结果。"
DAMAGED = "文件已损坏，无法打开。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"
COLUMNS = "工作表的列太多，最多 100 列。请删除模板以外的列后再上传。"
MACROS = "工作簿含有宏，已拒绝。请另存为不含宏的“Excel 工作簿(.xlsx)”后再上传。"
NO_FILE = "文件内容不是 Excel 工作簿（.xlsx），也不是 CSV 文本（只看内容，不看扩展名）。请另存为 .xlsx 再上传。"
DECLARED = "工作簿内部含有不允许的声明，已拒绝。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"
WEB_PAGE = "这是网页或 XML 形式的表格（有的系统导出的 .xls 就是这样）。请用 Excel 或 WPS 打开，另存为 .xlsx 再上传。"
TOO_WIDE = "这一行有 {} 格，表头只有 {} 格，分不清哪个数在哪一列。数字里的千分位逗号会把一格拆成几格：请去掉千分位和行末多余的分隔符，或另存为 .xlsx 再上传。"
SHOWN = "表格里显示为“{}”，实际存的是 {}。请把单元格设为常规，按表头的单位写出完整的数字。"
ADDED = "表格里显示为“{}”，实际存的是数字 {}。请把单元格设为文本，再按原件重新填写。"
DECEMBER_6 = date(2021, 12, 6)


@dataclass(frozen=True)
class Cell:
    """`role` is number, amount or day; what must come of it is `value`, or refused with `sentence`."""

    name: str
    role: str
    cell: Any
    value: Any = None
    sentence: str = ""
    from_1904: bool = False


CELLS = [
    Cell("an amount as Excel stores it", "amount", number("370370.33999999997"), 37037034),
    Cell("an amount in scientific form that Excel stores", "amount", number("1E5"), 10_000_000),
    Cell("an amount with thousands", "amount", "1,234,567.89", 123456789),
    Cell("an amount in full width", "amount", "１，２３４．５０", 123450),
    Cell("an amount with blanks and a zero width", "amount", " 12.30\u200b", 1230),
    Cell("an amount whose format adds 万元", "amount", number("100", 7), sentence=SHOWN.format("100万元", "100")),
    Cell("an amount whose format adds 万", "amount", number("377.6", 8), sentence=SHOWN.format("377.6万", "377.6")),
    Cell("an amount that its format shows in 万元", "amount", number("1234567", 9), sentence=SHOWN.format("123.5万元", "1234567")),
    Cell("an amount that its format shows in thousands", "amount", number("1234567", 12), sentence=SHOWN.format("1234.567", "1234567")),
    Cell("an amount that its format shows as negative", "amount", number("5", 14), sentence=SHOWN.format("(5)", "5")),
    Cell("an amount whose format adds 元", "amount", number("99.5", 11), 9950),
    Cell("an amount whose format adds the sign of the currency", "amount", number("99.5", 13), 9950),
    Cell("a figure whose format adds what is counted", "amount", number("12", 15), 1200),
    Cell("a number of a contract whose format adds its beginning", "number", number("12", 10), sentence=ADDED.format("HT-2021-12", "12")),
    Cell("an amount whose format adds 万元 to the number as it is", "amount", number("100", 16), sentence=SHOWN.format("100万元", "100")),
    Cell("an amount whose format shows nought as a dash and adds 万元", "amount", number("100", 17), sentence=SHOWN.format("100万元", "100")),
    Cell("an amount that its format shows in 万元 from 10,000", "amount", number("12345", 18), sentence=SHOWN.format("1.2万元", "12345")),
    Cell("an amount below what its format shows in 万元", "amount", number("500", 18), 50_000),
    Cell("an amount of another currency", "amount", number("100", 19), sentence=SHOWN.format("USD 100", "100")),
    Cell("an amount about which its format is unsure", "amount", number("100", 20), sentence=SHOWN.format("约100", "100")),
    Cell("a time for an amount", "amount", number("0.5", 21), sentence=SHOWN.format("12:00", "0.5")),
    Cell("an amount as accountants show it", "amount", number("99.5", 22), 9950),
    Cell("an amount shown in red", "amount", number("99.5", 5), 9950),
    Cell("a superscript", "amount", "²", sentence=NOT_A_NUMBER.format("²")),
    Cell("a power typed as text", "amount", "1e5", sentence=NOT_A_NUMBER.format("1e5")),
    Cell("commas in wrong places", "amount", "1,0,0", sentence=NOT_A_NUMBER.format("1,0,0")),
    Cell("a decimal comma", "amount", "1,23", sentence=NOT_A_NUMBER.format("1,23")),
    Cell("underscores", "amount", "1_000_000", sentence=NOT_A_NUMBER.format("1_000_000")),
    Cell("an amount with its unit", "amount", "100元", sentence=NOT_A_NUMBER.format("100元")),
    Cell("three decimals", "amount", number("1.005"), sentence="1.005 的小数位太多，最多 2 位。"),
    Cell(
        "a percentage", "amount", number("0.05", 3),
        sentence="表格里显示为“5%”，实际存的是 0.05。请把单元格设为常规，再填写不带百分号的数字。",
    ),
    Cell("an error for an amount", "amount", fault("#REF!"), sentence=ERROR_CELL.format("#REF!")),
    Cell("a truth for an amount", "amount", Raw("<v>1</v>", 't="b"'), sentence=NOT_A_NUMBER.format("TRUE")),
    Cell("a formula for an amount", "amount", formula("A1*2", 200), sentence=FORMULA),
    Cell("a formula without its value", "amount", formula("A1*2"), sentence=FORMULA),
    *(
        Cell(f"a day as {written}", "day", written, DECEMBER_6)
        for written in ("2021/12/6", "2021-12-6", "2021.12.06", "2021年12月6日", "20211206", "２０２１－１２－０６", "2021-12-06 00:00:00")
    ),
    Cell("a day with its format", "day", number(44536, 1), DECEMBER_6),
    Cell("a day in the Chinese format", "day", number(44536, 4), DECEMBER_6),
    Cell("a serial without a format", "day", number(44536), DECEMBER_6),
    Cell("a serial with a time", "day", number("44536.75", 1), DECEMBER_6),
    Cell("a day of eight digits in a cell for days", "day", number(20211206, 1), DECEMBER_6),
    Cell("a day from 1904 with its format", "day", number(44536 - 1462, 1), DECEMBER_6, from_1904=True),
    Cell("a serial from 1904", "day", number(44536 - 1462), DECEMBER_6, from_1904=True),
    Cell("an ambiguous day", "day", "12/6/2021", sentence=AMBIGUOUS.format("12/6/2021")),
    Cell("a year of two digits", "day", "21-12-06", sentence=AMBIGUOUS.format("21-12-06")),
    Cell("30 February", "day", "2021-02-30", sentence=IMPOSSIBLE.format("2021-02-30")),
    Cell("the day that Excel invented", "day", number(60), sentence=NOT_A_DAY.format("60")),
    Cell("an error for a day", "day", fault("#VALUE!"), sentence=ERROR_CELL.format("#VALUE!")),
    Cell("words for a day", "day", "去年底", sentence=NOT_A_DAY.format("去年底")),
    Cell("a month typed as a number", "day", number("2021.6"), sentence=NOT_A_DAY.format("2021.6")),
    Cell("a month typed as a number in a workbook from 1904", "day", number("2021.6"), sentence=NOT_A_DAY.format("2021.6"), from_1904=True),
    Cell("a year typed as a number", "day", number("2021"), sentence=NOT_A_DAY.format("2021")),
    Cell("a month typed as text", "day", "2021.6", sentence=NOT_A_DAY.format("2021.6")),
    *(
        Cell(f"an amount with a unit or a sign, {written}", "amount", written, sentence=NOT_A_NUMBER.format(written))
        for written in ("1,234.5万元", "￥1,234.50", "¥1234.50", "1.5亿", "RMB 100", "人民币壹万元", "(5)", "1 234.50", "—", "无")
    ),
    Cell("a comma of a Chinese keyboard", "amount", "1，234.50", 123450),
    *(
        Cell(f"a day as {written}", "day", written, date(2019, 3, 1))
        for written in ("2019年3月1日", "2019 年 3 月 1 日", "2019年3月1号", "2019.3.1", "20190301", "2019/3/1 0:00", "2019-03-01T00:00:00")
    ),
    *(
        Cell(f"a day in another form, {written}", "day", written, sentence=NOT_A_DAY.format(written))
        for written in ("二〇一九年三月一日", "2019年3月", "2019、3、1", "43525", "长期", "2019年3月1日（放款）", "1-Mar-19")
    ),
    Cell("a serial in scientific form", "day", number("4.3525E4"), date(2019, 3, 1)),
    Cell("eight digits in scientific form", "day", number("2.0190301E7"), date(2019, 3, 1)),
    Cell("a day of the format's own type", "day", Raw("<v>2019-03-01T00:00:00</v>", 't="d"'), date(2019, 3, 1)),
    Cell("a truth for a number", "number", Raw("<v>1</v>", 't="b"'),
         sentence="编号 TRUE 存成了数字，前面的零或后面的位数可能已经丢失。请把单元格设为文本，再按原件重新填写。"),
    Cell("a number of 16 digits as text", "number", "2021031512345679", "2021031512345679"),
    Cell("a number in full width with blanks", "number", "示借 Ａ—００１", "示借A-001"),
    Cell("a number with invisible characters", "number", "示借\u200bA001\ufeff", "示借A001"),
    Cell("a number over two lines", "number", "示借\nA001", "示借A001"),
    *(
        Cell(f"a number with an escape that names no letter, {escape}", "number", f"示借{escape}A001", "示借A001")
        for escape in ("_xD800_", "_xdfff_", "_xDE00__xD83D_", "_x0000_", "_x0001_", "_x001F_", "_x000D_", "_x000D_\n", "_xD800__x0000_", "_xFEFF_")
    ),
    Cell("an amount with an escape", "amount", "_x0000_12.30_xDC00_", 1230),
    Cell("an escape that is written out", "number", "HT_x005F_x0000_", "HT-X0000-"),
    Cell("a day with an escape", "day", "2021-12-06_x000D_", DECEMBER_6),
    Cell("a number with leading zeros as text", "number", "000123", "000123"),
    Cell("a number in runs", "number", Raw("<is><r><t>示借</t></r><r><t>A001</t></r><rPh><t>shi</t></rPh></is>", 't="inlineStr"'), "示借A001"),
    Cell("a number of 16 digits as a figure", "number", number("2021031512345679"), sentence=LOST.format("2021031512345680")),
    Cell("an error value as text", "number", "#N/A", sentence=ERROR_CELL.format("#N/A")),
    Cell("an error value in full width", "number", "＃REF！", sentence=ERROR_CELL.format("＃REF！")),
    Cell("a column that was too narrow", "number", "########", sentence=ERROR_CELL.format("########")),
    Cell("an error value of LibreOffice", "amount", "Err:502", sentence=ERROR_CELL.format("Err:502")),
    Cell("an error value where a day should stand", "day", "#VALUE!", sentence=ERROR_CELL.format("#VALUE!")),
    Cell("a number with a sharp in it", "number", "HT#1", value="HT#1"),
    Cell("a number with decimals", "number", number("1.5"), sentence=LOST.format("1.5")),
    Cell("a power typed as a number", "number", "2.02103E+17", sentence=LOST.format("2.02103E+17")),
    Cell(
        "zeros that are only shown", "number", number(123, 2),
        sentence="表格里显示为“00000123”，实际存的是数字 123。请把单元格设为文本，再按原件重新填写。",
    ),
    Cell("an error for a number", "number", fault("#NAME?"), sentence=ERROR_CELL.format("#NAME?")),
    Cell("a day for a number", "number", number(44536, 1), sentence="这里应为文字，现在是日期。请把单元格设为文本，再重新填写。"),
    *(
        Cell(f"a day in another form, {written}", "day", written, sentence=NOT_A_DAY.format(written))
        for written in (
            "2021.3", "2021年3月", "2021-3", "2021/03", "2021年", "民国110年3月15日", "43831", "44270.0", "2021,3,15", "2021 3 15",
            "2021-03-15~2022-03-15", "2021.3.15至2022.3.14", "约2021-03-15", "2021年3月15日前", "Mar 15, 2021", "2021年3月15", "2021年3月15日 星期一",
        )
    ),
    *(Cell(f"an ambiguous day, {written}", "day", written, sentence=AMBIGUOUS.format(written)) for written in ("21/3/5", "15/3/2021", "3/15/21", "21.3.5")),
    Cell("a day as software of accounts stores none", "day", "1900-01-00", sentence=IMPOSSIBLE.format("1900-01-00")),
    Cell("a day with dashes of a Chinese keyboard", "day", "2021—12—06", DECEMBER_6),
    Cell("a day with points in full width", "day", "2021．12．6", DECEMBER_6),
    Cell("a day with blanks around its signs", "day", "2021 年12 月 6日", DECEMBER_6),
    Cell("a day and a time of a bank", "day", "20211206120000", DECEMBER_6),
    Cell("a day and midnight as Americans write it", "day", "2021-12-6 12:00:00 AM", DECEMBER_6),
    *(
        Cell(f"no amount, {written}", "amount", written, sentence=NOT_A_NUMBER.format(written))
        for written in (
            "5%", "1E+06", "1.234.567,89", "100-", "+100", "100.", ".5", "壹佰元", "约100", "≥100", "100/200", "1,23,456", "12,345,67", "$100",
            "USD100", "100元整", "NaN", "0x10", "1 00", "同上", "1\n2",
        )
    ),
    Cell("an amount with a comma of a Chinese keyboard twice", "amount", "1，234，567", 123_456_700),
    Cell("a number with the mark that makes a text of it", "number", "'00123", "00123"),
    Cell("a number written as a formula of a text", "number", '="00123"', "00123"),
    Cell("a number written as a formula with Chinese quotes", "number", "=“00123”", "00123"),
    Cell("a number with a comma behind it", "number", "HT1，", "HT1"),
    *(
        Cell(f"no number yet, {written}", "number", written, sentence=f"“{written}”不是编号。有编号的请按原件填写，没有的清空。")
        for written in ("待定", "待补充", "暂缺", "见附件", "不适用", "tbd")
    ),
    *(
        Cell(f"two numbers in a cell, {written}", "number", written, sentence=f"“{shown}”像是几个编号写在了一起。请一行（一格）只写一个编号。")
        for written, shown in (("HT1、HT2", "HT1、HT2"), ("HT1，HT2", "HT1,HT2"), ("HT1; HT2", "HT1;HT2"))
    ),
    *(Cell(f"dashes, brackets and dots, {written}", "number", written, "HT(2019)-1") for written in ("HT〈2019〉_1", "HT【2019】～1", "ht［2019］—1", "HT《2019》⁃1")),
    Cell("a number in traditional letters", "number", "遼借字第１號", "辽借字第1号"),
    Cell("a number with radicals", "number", "⻋借⼀号", "车借一号"),
    Cell(
        "a letter that only looks Latin", "number", "НT-1",
        sentence="编号里的“Н”不是汉字、英文字母或数字（可能只是字形相似），请改用键盘重新输入。",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class File:
    """A whole file: refused with `sentence`, or read with its `rows`; `remark` is what is said of it before confirming."""

    name: str
    content: bytes
    sentence: str = ""
    rows: int = 0
    remark: str = ""
    place: tuple[int, str] | None = None


def row(n: int = 1, **more: Any) -> list[Any]:
    values = dict(zip(HEAD, [f"示借{n}", CODE, "知识产权质押", "1000000", "2021-03-15", "2031-03-15"], strict=True)) | more
    return list(values.values())


CODE = "91211100DEMB00001Q"
ROWS = [HEAD, row(1), row(2)]
BOOK = Book(ROWS)
TEXT = "\r\n".join(",".join(cells) for cells in ROWS)


def member(content: bytes, name: str, part: bytes) -> bytes:
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, part)
    return target.getvalue()


def zipped(**parts: str | bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


def with_rows(rows: str) -> bytes:
    """The workbook with more rows, letter for letter."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK.content())) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            part = before.read(name)
            after.writestr(name, part.replace(b"</sheetData>", rows.encode() + b"</sheetData>") if "sheet1" in name else part)
    return target.getvalue()


STYLE = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyFont="1"><alignment vertical="center"/></xf>'
SEPARATORS = "文本文件的各列之间要用英文逗号、分号、竖线或制表符隔开。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"
NO_ENCODING = "看不懂文件里的文字编码。请用 Excel 或 WPS 打开后另存为 .xlsx，或另存为 UTF-8 的 CSV 再上传。"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLD_EXCEL = "这是旧版 .xls 文件（改扩展名没有用）。请用 Excel 或 WPS 打开，另存为“Excel 工作簿(.xlsx)”后再上传。"
NO_RECORD = "第 3 行像是合计、附注或签名，不是一条记录。请删除这一行。"
MACRO_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
)


def with_backslashes(content: bytes) -> bytes:
    """The same workbook as some programs of Windows pack it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(target, "w") as other:
        for name in archive.namelist():
            other.writestr(name.replace("/", "\\"), archive.read(name))
    return target.getvalue()


FILES = [
    File("plain", BOOK.content(), rows=2),
    File("no addresses", Book(ROWS, addresses=False).content(), rows=2),
    File("a prefix for every element", Book(ROWS, prefix="x").content(), rows=2),
    File("the strict namespace", Book(ROWS, space=STRICT).content(), rows=2),
    File("UTF-16 inside", Book(ROWS, encoding="utf-16").content(), rows=2),
    File("a comment before the sheet", Book(ROWS, head="<!-- t='e' -->").content(), rows=2),
    File(
        "a hidden row", Book(ROWS, hidden_rows=[3]).content(), rows=2,
        remark="有 1 行是隐藏的（第 3 行），也会一起读入。不要的请先取消隐藏、删除后重新上传。",
    ),
    File(
        "a hidden first sheet", Book(ROWS, before=[("去年", "hidden")]).content(), rows=2,
        remark="工作表“去年”是隐藏的，没有读取；读的是“表”。",
    ),
    File(
        "a very hidden first sheet", Book(ROWS, before=[("底稿", "veryHidden")]).content(), rows=2,
        remark="工作表“底稿”是隐藏的，没有读取；读的是“表”。",
    ),
    File(
        "a hidden column", Book(ROWS, columns='<cols><col min="4" max="4" hidden="1"/></cols>').content(), rows=2,
        remark="有隐藏的列（D），也会一起读入。请取消隐藏核对。",
    ),
    File(
        "a column without width", Book(ROWS, columns='<cols><col min="4" max="4" width="0" customWidth="1"/></cols>').content(), rows=2,
        remark="有隐藏的列（D），也会一起读入。请取消隐藏核对。",
    ),
    File("empty rows between", Book(ROWS, row_numbers=[1, 5, 90]).content(), rows=2),
    File("UTF-8", TEXT.encode(), rows=2),
    File("UTF-8 with its mark", b"\xef\xbb\xbf" + TEXT.encode(), rows=2),
    File("GB18030", TEXT.encode("gb18030"), rows=2),
    File("UTF-16 text", TEXT.encode("utf-16"), rows=2),
    File("semicolons", TEXT.replace(",", ";").encode(), rows=2),
    File("tabs", TEXT.replace(",", "\t").encode(), rows=2),
    File("a line that names the separator", b"sep=;\n" + TEXT.replace(",", ";").encode(), rows=2),
    File("headers in full width and with line breaks", Book([[*HEAD[:3], "贷款本金\n(元)", *HEAD[4:]], *ROWS[1:]]).content(), rows=2),
    *(
        File(f"a header with an escape that names no letter, {escape}", Book([[*HEAD[:3], f"贷款本金{escape}（元）", *HEAD[4:]], row(1)]).content(), rows=1)
        for escape in ("_xD800_", "_x0000_", "_x000D_\n", "_xDE00__xD83D_")
    ),
    File("merged cells", Book(ROWS, tail='<mergeCells><mergeCell ref="A2:A3"/></mergeCells>').content(), place=(2, "A"),
         sentence="A2:A3 是合并单元格，请取消合并，每个单元格各填各的值。"),
    File("a cell without a header", Book([HEAD, [*row(1), "备注"]]).content(), place=(2, "G"),
         sentence="这一列没有表头。请删除这一格，或在第 1 行补上表头。"),
    File("a header twice", Book([[*HEAD, "合同编号"], [*row(1), "A"]]).content(), place=(1, "G"), sentence="表头“合同编号”出现了两次，请删除一列。"),
    File("an unknown header", Book([[*HEAD, "备注说明"], [*row(1), "A"]]).content(), place=(1, "G"),
         sentence="不认识的表头“备注说明”。请删除这一列，或改为模板中的表头。"),
    File("16,000 cells without addresses and one far down",
         Book([HEAD, [1] * 16_000, [1]], addresses=False, row_numbers=None).content(), sentence=COLUMNS),
    File("101 columns", Book([[*HEAD, *map(str, range(95))]]).content(), sentence=COLUMNS),
    File("a cell in row 200,002", Book(ROWS, row_numbers=[1, 2, 200_002]).content(),
         sentence="工作表超过 200,000 行。请拆成几个文件，并删除表格下方的空行后再上传。"),
    File("a declaration of entities", Book(ROWS, head="<!DOCTYPE a [<!ENTITY b 'c'>]>").content(), sentence=DECLARED),
    File("rows out of order", Book(ROWS, row_numbers=[1, 3, 2]).content(), sentence=DAMAGED),
    File("a shared text that is not there", Book([HEAD, [Raw("<v>7</v>", 't="s"')]]).content(), sentence=DAMAGED),
    File("macros by name", member(BOOK.content(), "xl/vbaProject.bin", b"x"), sentence=MACROS),
    File("macros by type", Book(ROWS, types='<Default Extension="y" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/>').content(),
         sentence=MACROS),
    File("XLM", member(BOOK.content(), "xl/macrosheets/sheet1.xml", b"<x/>"), sentence=MACROS),
    File("cut off", BOOK.content()[:-40], sentence=DAMAGED),
    File("empty", b"", sentence="文件是空的。请用“下载模板”得到的 .xlsx 文件填写后再上传。"),
    File("a program", b"MZ\x90\x00" + bytes(100), sentence="这是一个程序文件，不是 Excel 工作簿，已拒绝。请用“下载模板”得到的 .xlsx 文件填写后再上传。"),
    File("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
         sentence="这是旧版 .xls 文件（改扩展名没有用）。请用 Excel 或 WPS 打开，另存为“Excel 工作簿(.xlsx)”后再上传。"),
    File("a workbook with a password", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100) + "EncryptedPackage".encode("utf-16-le") + bytes(100),
         sentence="文件设了打开密码。请在 Excel 或 WPS 里去掉密码，保存后再上传。"),
    File("a web page that a system calls .xls", "<html><table><tr><td>合同编号</td></tr></table>".encode("gb18030"), sentence=WEB_PAGE),
    File("a workbook of Excel 2003 in XML", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', sentence=WEB_PAGE),
    File("a title above the headers", Book([["盘锦市质押贷款登记表"], HEAD, row(1)]).content(), place=(1, "A"),
         sentence="第 1 行应是表头，现在表头像是在第 2 行。请删除它上面的标题和空行，再上传。"),
    File("a title over merged cells and a blank row", Book(
        [["登记表"], HEAD, row(1)], row_numbers=[1, 3, 4], tail='<mergeCells><mergeCell ref="A1:F1"/></mergeCells>').content(), place=(1, "A"),
         sentence="第 1 行应是表头，现在表头像是在第 3 行。请删除它上面的标题和空行，再上传。"),
    File("a row of sums", Book([HEAD, row(1), ["合 计", None, None, "1000000"]]).content(), place=(3, "A"),
         sentence="第 3 行像是合计、附注或签名，不是一条记录。请删除这一行。"),
    File("a note below", Book([HEAD, row(1), ["注：以上均为2021年数据"]], row_numbers=[1, 2, 5]).content(), place=(5, "A"),
         sentence="第 5 行像是合计、附注或签名，不是一条记录。请删除这一行。"),
    File("who filled it in", Book([HEAD, row(1), [None, "填表人：张三", None, "审核人："]]).content(), place=(3, "A"),
         sentence="第 3 行像是合计、附注或签名，不是一条记录。请删除这一行。"),
    *(File(f"another unit in a header, {header}", Book([[*HEAD[:3], header, *HEAD[4:]], row(1)]).content(), place=(1, "D"),
           sentence=f"表头“{plain}”的单位与模板不同：这一列要填元。请把整列数字换算成元，再把表头改为“贷款本金(元)”。")
      for header, plain in (("贷款本金（万）", "贷款本金(万)"), ("贷款本金（万元人民币）", "贷款本金(万元人民币)"), ("贷款金额（万元）", "贷款金额(万元)"),
                            ("本金（万元）", "本金(万元)"), ("贷款本金 单位：万元", "贷款本金单位:万元"), ("贷款本金万元", "贷款本金万元"))),
    File("another unit in a header", Book([[*HEAD[:3], "贷款本金（万元）", *HEAD[4:]], row(1)]).content(), place=(1, "D"),
         sentence="表头“贷款本金(万元)”的单位与模板不同：这一列要填元。请把整列数字换算成元，再把表头改为“贷款本金(元)”。"),
    File("blanks behind every text", Book([[f"{text} " for text in HEAD], [f" {text}\u3000" for text in row(1)]]).content(), rows=1),
    File("UTF-16 text with tabs, as Excel saves Unicode text", TEXT.replace(",", "\t").encode("utf-16"), rows=2),
    File("UTF-16 from the other end", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), rows=2),
    File("line ends of an old Mac", TEXT.replace("\r\n", "\r").encode(), rows=2),
    File("commas behind every line", "\r\n".join(f"{line},,,," for line in TEXT.split("\r\n")).encode(), rows=2),
    File("rows of commas and blanks", (TEXT + "\r\n,,,,,\r\n , ,\u3000,\u200b,,").encode(), rows=2),
    File("rows and columns of blanks", Book([[*HEAD, " "], [*row(1), "\u3000"], [" ", "\xa0"], row(2)]).content(), rows=2),
    File("a number kept as text by an equals sign", (",".join(HEAD) + "\r\n" + ",".join(row(1, 合同编号='="00123"'))).encode(), rows=1),
    File("a formula in a text file", (",".join(HEAD) + "\r\n" + ",".join(row(1, 合同编号="=A1&B1"))).encode(), place=(2, "A"), sentence=FORMULA),
    File("the headers once more", Book([HEAD, row(1), HEAD, row(2)]).content(), place=(3, "A"),
         sentence="第 3 行又是一行表头，不是一条记录。请删除这一行。"),
    *(
        File(f"below the table: {text}", Book([HEAD, row(1), [text, None, None, "1000000"]]).content(), place=(3, "A"), sentence=NO_RECORD)
        for text in ("本页小计", "共2笔", "以下空白", "（以下无正文）", "累计")
    ),
    File("a sum without a word", Book([HEAD, row(1), [None, None, None, "1,000,000"]]).content(), place=(3, "A"), sentence=NO_RECORD),
    *(
        File(f"a sum in a row that is filled, {text}", Book([HEAD, row(1), row(2, 合同编号=text)]).content(), place=(3, "A"), sentence=NO_RECORD)
        for text in ("合计", "总 计：")
    ),
    File("the headers in row 12", Book([*[[f"说明{n}"] for n in range(11)], HEAD, row(1)]).content(), place=(1, "A"),
         sentence="第 1 行应是表头，现在表头像是在第 12 行。请删除它上面的标题和空行，再上传。"),
    File("headers on two levels", Book(
        [["贷款信息", None, None, "金额"], HEAD, row(1)], tail='<mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="D1:F1"/></mergeCells>').content(),
         place=(1, "A"), sentence="第 1 行应是表头，现在表头像是在第 2 行。请删除它上面的标题和空行，再上传。"),
    File("merged headers", Book(ROWS, tail='<mergeCells><mergeCell ref="A1:B1"/></mergeCells>').content(), place=(1, "A"),
         sentence="A1:B1 是合并单元格，请取消合并，每个单元格各填各的值。"),
    File("another sheet with rows behind", Book(ROWS, behind=[("二", [HEAD, row(7)])]).content(), rows=2,
         remark="只读了第一张工作表“表”；“二”没有读取，里面的数据要另外上传。"),
    File("the sheet of a template that explains its columns", Book(ROWS, behind=[("填写说明", [["列"]])]).content(), rows=2),
    File("the rows in the second sheet", Book([], behind=[("二", [HEAD, row(7)])]).content(), place=(1, "A"),
         sentence="第一张工作表“表”是空的，另外还有“二”。请把要导入的表移到最前面，再上传。"),
    File("nothing but a mark", codecs.BOM_UTF8, place=(1, "A"), sentence="表里没有内容。请用“下载模板”得到的 .xlsx 文件填写后再上传。"),
    File("a web page in one file", b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n', sentence=WEB_PAGE),
    File("a text of a word processor", b"{\\rtf1 a}", sentence=NO_FILE),
    File("SYLK", b"ID;PWXL;N;E\r\n", sentence=NO_FILE),
    File("a document of Word", zipped(**{
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships><Relationship Id="r" Type="{LINKS}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": "<document/>",
    }), sentence=NO_FILE),
    File("a workbook of LibreOffice", zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": "<x/>"}), sentence=NO_FILE),
    File("a workbook inside an archive", zipped(**{"名录.xlsx": BOOK.content()}), sentence=NO_FILE),
    File("a binary workbook", zipped(**{
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships><Relationship Id="r" Type="{LINKS}/officeDocument" Target="xl/workbook.bin"/></Relationships>',
        "xl/workbook.bin": b"x",
    }), sentence=NO_FILE),
    File("a workbook with macros, as Excel writes it", member(Book(ROWS, parts={"[Content_Types].xml": MACRO_TYPES}).content(), "xl/vbaProject.bin", b"x"),
         sentence=MACROS),
    File("numbers stored as figures", Book([HEAD, row(1, 合同编号=number(12345)), row(2), row(3, 合同编号=number(678))]).content(), rows=3,
         remark="A 列有 2 格编号存成了数字（第 2、4 行），前面的零可能已经丢失。请对照原件核对，有零的请把单元格设为文本再填写。"),
    File("bars between the values", TEXT.replace(",", "|").encode(), rows=2),
    File("a line that names bars", ("sep=|\r\n" + TEXT.replace(",", "|")).encode(), rows=2),
    File("commas of a Chinese keyboard between the values", TEXT.replace(",", "，").encode(), sentence=SEPARATORS),
    File("blanks behind commas", TEXT.replace(",", ", ").encode(), rows=2),
    File("blanks and quotation marks behind commas", ('"' + TEXT.replace(",", '", "').replace("\r\n", '"\r\n"') + '"').encode(), rows=2),
    File("quotation marks around everything, semicolons between", ('"' + TEXT.replace(",", '";"').replace("\r\n", '"\r\n"') + '"').encode(), rows=2),
    File("the end of a file of DOS", TEXT.encode() + b"\r\n\x1a", rows=2),
    File("UTF-16 that ends with a letter whose last byte ends files of DOS",
         codecs.BOM_UTF16_BE + (TEXT + "\r\n业").encode("utf-16-be"), place=(4, "B"), sentence="必填，不能为空。"),
    File("a line break of a word processor in a cell", TEXT.replace("示借1", "示借\x0b1").encode(), rows=2),
    File("blank lines before the headers of a text file", ("\r\n,,\r\n" + TEXT).encode(), place=(1, "A"),
         sentence="第 1 行应是表头，现在表头像是在第 3 行。请删除它上面的标题和空行，再上传。"),
    File("UTF-16 without its mark", TEXT.encode("utf-16-le"), sentence=NO_ENCODING),
    File("UTF-32", TEXT.encode("utf-32"), sentence=NO_FILE),
    File("a decimal comma in a text file with semicolons", TEXT.replace(",", ";").replace("1000000", "1000000,50").encode(), place=(2, "D"),
         sentence=NOT_A_NUMBER.format("1000000,50")),
    *(
        File(f"thousands without quotes in a text file, {name}", content.encode(), place=(2, "A"), sentence=TOO_WIDE.format(there, most))
        for name, there, most, content in (
            ("nothing behind them", 8, 6, TEXT.replace(",1000000,2021-03-15,2031-03-15", ",1,000,000,2021-03-15,", 1)),
            ("empty values behind them", 10, 6, TEXT.replace(",1000000,2021-03-15,2031-03-15", ",1,000,000,,,,", 1)),
            ("empty headers behind theirs", 9, 7, TEXT.replace(",到期日期", ",到期日期,").replace(",1000000,2021-03-15,2031-03-15", ",1,000,000,2021-03-15,,", 1)),
            ("with tabs", 8, 6, TEXT.replace(",", "\t").replace("\t1000000\t", "\t1\t000\t000\t", 1)),
            ("a separator too many", 7, 6, TEXT.replace("2031-03-15", "2031-03-15,", 1)),
        )
    ),
    File("thousands in quotes in a text file", TEXT.replace("1000000", '"1,000,000.00"').encode(), rows=2),
    File("empty values behind every record of a text file", TEXT.replace("\r\n", ",,\r\n").encode() + b",,", rows=2),
    File("empty values left out at the end of a record", TEXT.replace("到期日期", "到期日期,结清日期").encode(), rows=2),
    File("a serial in a text file", TEXT.replace("2021-03-15", "44270").encode(), place=(2, "E"), sentence=NOT_A_DAY.format("44270")),
    File("headers in traditional letters", Book([["合同編號", "借款單位代碼", *HEAD[2:]], row(1)]).content(), rows=1),
    File("a star beside a header", Book([["*合同编号", *HEAD[1:]], row(1)]).content(), place=(1, "A"), sentence="不认识的表头“*合同编号”。是不是“合同编号”？"),
    File("a header without its unit", Book([[*HEAD[:3], "贷款本金", *HEAD[4:]], row(1)]).content(), place=(1, "D"),
         sentence="不认识的表头“贷款本金”。是不是“贷款本金(元)”？"),
    File("numbers of rows ahead", Book([["序号", *HEAD], [1, *row(1)]]).content(), place=(1, "A"),
         sentence="不认识的表头“序号”。请删除这一列，或改为模板中的表头。"),
    File("an empty first column", Book([[None, *HEAD], [None, *row(1)]]).content(), place=(1, "A"), sentence="这一列没有表头。请删除这一列，或按模板补上表头。"),
    File("a row of units below the headers", Book([HEAD, [None, None, None, "元", None, None], row(1)]).content(), place=(2, "A"),
         sentence="第 2 行像是合计、附注或签名，不是一条记录。请删除这一行。"),
    File("a row that counts the columns", Book([HEAD, ["1", "2", "3", "4", "5", "6"], row(1)]).content(), place=(2, "A"),
         sentence="第 2 行像是合计、附注或签名，不是一条记录。请删除这一行。"),
    File("a unit for the whole table above it", Book([["单位：万元"], HEAD, row(1)]).content(), place=(1, "A"),
         sentence="第 1 行应是表头，现在表头像是在第 2 行。请删除它上面的标题和空行，再上传。"),
    File("headers below blank rows", Book([HEAD, row(1)], row_numbers=[4, 5]).content(), place=(1, "A"),
         sentence="第 1 行应是表头，现在表头像是在第 4 行。请删除它上面的标题和空行，再上传。"),
    File("a sum far below", Book([HEAD, row(1), ["合计", None, None, 1_000_000]], row_numbers=[1, 2, 900]).content(), place=(900, "A"),
         sentence="第 900 行像是合计、附注或签名，不是一条记录。请删除这一行。"),
    File("a sum that is calculated", Book([HEAD, row(1), ["合计", None, None, formula("SUM(D2:D2)")]]).content(), place=(3, "D"), sentence=FORMULA),
    File("a text that is calculated", Book([HEAD, row(1, 合同编号=Raw('<f>B1&amp;"1"</f><v>示借9</v>', 't="str"'))]).content(), place=(2, "A"), sentence=FORMULA),
    File("the sign for the same as above", Book([HEAD, row(1), row(2, 借款单位代码="〃")]).content(), place=(3, "B"),
         sentence="“〃”不能代替内容，每个单元格各填各的值。"),
    File("the words for the same as above", Book([HEAD, row(1), row(2, 合同编号="同上")]).content(), place=(3, "A"),
         sentence="“同上”不能代替内容，每个单元格各填各的值。"),
    File("one code for two rows", Book([HEAD, row(1), row(2, 借款单位代码=None)], tail='<mergeCells><mergeCell ref="B2:B3"/></mergeCells>').content(), place=(2, "B"),
         sentence="B2:B3 是合并单元格，请取消合并，每个单元格各填各的值。"),
    File("a filter", Book(ROWS, hidden_rows=[3], tail='<autoFilter ref="A1:F3"/>').content(), rows=2,
         remark="有 1 行是隐藏的（第 3 行），也会一起读入。不要的请先取消隐藏、删除后重新上传。"),
    File("an error in a column that is no part of the table", Book([HEAD, [*row(1), None, fault()]]).content(), place=(2, "H"),
         sentence="这一列没有表头。请删除这一格，或在第 1 行补上表头。"),
    File("rows to the last of a sheet, formatted and empty", with_rows("".join(f'<row r="{n}" s="1" customFormat="1" ht="15"/>' for n in range(4, 1_048_577))), rows=2),
    File("cells to row 300,000, formatted and empty",
         with_rows("".join(f'<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in range(4, 300_001))), rows=2),
    File("60,000 styles, as copying from many workbooks leaves them", Book(ROWS, parts={"xl/styles.xml":
         f'<styleSheet xmlns="{MAIN}"><cellXfs>{STYLE * 60_000}</cellXfs></styleSheet>'}).content(), rows=2),
    File("charts, pictures, pivots and links to other workbooks beside the sheet", Book(ROWS, parts={
        "xl/charts/chart1.xml": "<c/>", "xl/drawings/drawing1.xml": "<d/>", "xl/pivotTables/pivotTable1.xml": "<p/>", "xl/media/image1.png": b"\x89PNG",
        "xl/externalLinks/externalLink1.xml": "<e/>", "xl/comments1.xml": "<c/>",
    }).content(), rows=2),
    File("a sheet of WPS's old form under a new name", OLD + bytes(600), sentence=OLD_EXCEL),
    File("notes in the first sheet", Book([["填报说明"], ["一、请如实填写"]], behind=[("数据", [HEAD, row(7)])]).content(), place=(1, "A"),
         sentence="不认识的表头“填报说明”。请删除这一列，或改为模板中的表头。"),
    File("a picture that swells", zipped(**{"[Content_Types].xml": "<Types/>", "xl/media/a.png": bytes(30_000_000)}),
         sentence="文件解压后异常地大，疑似压缩炸弹，已拒绝。请用“下载模板”得到的 .xlsx 文件填写后再上传。"),
    File("rows that are struck through", Book([HEAD, [Raw(text(str(cell)).content, 't="inlineStr" s="1"') for cell in row(1)], row(2)], parts={"xl/styles.xml":
         f'<styleSheet xmlns="{MAIN}"><fonts><font/><font><strike/></font></fonts><cellXfs><xf/><xf fontId="1"/></cellXfs></styleSheet>'}).content(), rows=2,
         remark="有 1 行整行划了删除线（第 2 行），也会一起读入。不要的请删除这些行后重新上传。"),
    File("a row of which a part is struck through", Book([HEAD, [Raw(text("示借1").content, 't="inlineStr" s="1"'), *row(1)[1:]]], parts={"xl/styles.xml":
         f'<styleSheet xmlns="{MAIN}"><fonts><font/><font><strike/></font></fonts><cellXfs><xf/><xf fontId="1"/></cellXfs></styleSheet>'}).content(), rows=1),
    File("fonts that strike nothing", Book([HEAD, [Raw(text(str(cell)).content, 't="inlineStr" s="1"') for cell in row(1)]], parts={"xl/styles.xml":
         f'<styleSheet xmlns="{MAIN}"><fonts><font/><font><strike val="0"/></font></fonts><cellXfs><xf/><xf fontId="1"/></cellXfs></styleSheet>'}).content(), rows=1),
    File("folders written with backslashes", with_backslashes(Book(ROWS).content()), rows=2),
    File("a photograph of a telephone", b"\0\0\0\x18ftypheic" + bytes(50), sentence=NO_FILE),
    File("a picture", b"\x89PNG\r\n\x1a\n" + bytes(50), sentence=NO_FILE),
    File("a PDF", b"%PDF-1.7\n", sentence=NO_FILE),
    File("zero bytes in a text", b"a,b\x00\n", sentence=NO_FILE),
    File("bytes in no encoding", b"\xff\xff\xff\xff,", sentence="看不懂文件里的文字编码。请用 Excel 或 WPS 打开后另存为 .xlsx，或另存为 UTF-8 的 CSV 再上传。"),
    File("quotation marks that do not pair up", (TEXT + '\r\n"示借3,x').encode(),
         sentence="CSV 文件第 4 行的引号不成对，或者一格的文字太长。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。"),
]  # fmt: skip
