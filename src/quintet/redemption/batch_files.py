"""Files of a payment batch: the treasury's workbook, the bank's text file, and the workbook that comes back with results."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.core.unreadable import words
from quintet.directory.sheets.workbook import Table, column_letters, read_table
from quintet.directory.sheets.write import neutral
from quintet.reading import amounts, names, workbooks
from quintet.reading.errors import Unreadable, short
from quintet.reading.identifiers import voucher_number
from quintet.reading.letters import narrow, one_line
from quintet.reading.workbooks import Cell
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import PaymentBatch, PaymentLine, PaymentResult

MOST_LINES = 100_000
SHEET = "拨付明细"
HEAD = 4  # rows above the first payment
HEADERS_LOOKED_FOR = 10  # rows from the top; banks put a title above, or take ours away
# How the lines begin that treasuries and banks write below the payments.
BELOW_THE_PAYMENTS = (
    "经办", "复核", "审核", "审批", "制表", "制单", "填表", "负责人", "主管", "会计", "出纳", "盖章", "(盖章", "(公章", "签字", "签名", "签章", "打印", "日期:",
    "备注:", "注:", "说明:", "以下空白", "(以下", "联系",
)  # fmt: skip
# In Chinese whatever the language of the page: treasury and bank read these files.
COLUMNS = ("序号", "拨付编号", "收款人", "开户行", "账号", "金额（元）", "用途", "结果", "到账或退回日期", "凭证号", "退回原因")
FROZEN = COLUMNS[:7]
DAY = COLUMNS.index("到账或退回日期")
CHOICES = ("到账", "退回")  # what the workbook offers
# How treasuries and banks say it themselves. Whole words only: what is not among them (such as 部分成功, 疑似到账) is never guessed.
PAID = (
    "到账", "已到账", "到账成功", "入账", "已入账", "入账成功", "已入账成功", "付款成功", "已付款成功", "支付成功", "已支付成功", "转账成功", "汇款成功",
    "划款成功", "拨付成功", "交易成功", "代发成功", "成功",
)  # fmt: skip
RETURNED = (
    "退回", "已退回", "被退回", "退票", "已退票", "退汇", "已退汇", "付款失败", "支付失败", "转账失败", "汇款失败", "划款失败", "拨付失败", "交易失败",
    "入账失败", "到账失败", "代发失败", "失败",
)  # fmt: skip
UNDER_WAY = (
    "处理中",
    "正在处理",
    "待处理",
    "已受理",
    "受理成功",
    "已提交",
    "提交成功",
    "已发送",
    "银行处理中",
    "在途",
    "未到账",
    "未入账",
    "待回盘",
)
WORDS = {
    **dict.fromkeys(PAID, PaymentResult.Kind.PAID),
    **dict.fromkeys(RETURNED, PaymentResult.Kind.RETURNED),
}


def kind_of(word: str) -> PaymentResult.Kind | None:
    """What a bank's word for a result means; 帐 is written for 账. None for a word that is not in the table."""
    return WORDS.get(_written(word))


def _written(word: str) -> str:
    return names.canonical(word).replace("帐", "账")


def treasury_workbook(batch: PaymentBatch) -> io.BytesIO:
    """The list for the treasury, one payment a row; its last four columns are filled in and read back."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    page = book.add_worksheet(SHEET)
    bold, head = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True, "bg_color": "#dce8f6", "border": 1})
    text, money = book.add_format({"num_format": "@"}), book.add_format({"num_format": "#,##0.00"})
    day, wanted = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True, "bg_color": "#fff3cd", "border": 1})
    page.write_string(0, 0, f"{batch.fund.label_zh} {batch.year} 年度拨付明细", bold)
    page.write_row(
        1, 0, ["批次号", batch.number, "笔数", batch.count, "合计（元）", batch.sum_fen / 100, "签发日期", str(batch.signed_on or "")]
    )
    page.write_row(2, 0, ["校验码", batch.seal])
    for column, title in enumerate(COLUMNS):
        page.write_string(HEAD - 1, column, title, head if column < len(FROZEN) else wanted)
    for column, width in enumerate((6, 22, 30, 26, 24, 16, 34, 8, 14, 20, 26)):
        page.set_column(column, column, width)
    last = HEAD + batch.count - 1
    page.data_validation(HEAD, 7, last, 7, {"validate": "list", "source": list(CHOICES), "error_type": "warning"})
    page.set_column(8, 8, 14, day)
    page.set_column(9, 9, 20, text)  # a voucher typed in stays as it is typed
    page.freeze_panes(HEAD, 2)
    for row, line in enumerate(batch.lines.order_by("number").select_related("batch"), HEAD):
        page.write_number(row, 0, line.number)
        for column, value in ((1, line.key), (2, line.payee), (3, line.bank), (4, line.account), (6, line.purpose)):
            page.write_string(row, column, str(neutral(value)), text)
        page.write_number(row, 5, line.amount_fen / 100, money)
    book.close()
    file.seek(0)
    return file


def bank_file(batch: PaymentBatch) -> bytes:
    """One payment a line, GB18030 as banks read it: number, account, payee, bank, yuan with two decimals, purpose."""
    file = io.StringIO(newline="")
    lines = csv.writer(file, lineterminator="\r\n")
    lines.writerow([batch.number, batch.count, _two(batch.sum_fen), batch.seal])
    for line in batch.lines.order_by("number").select_related("batch"):
        lines.writerow([line.key, line.account, neutral(line.payee), neutral(line.bank), _two(line.amount_fen), neutral(line.purpose)])
    return file.getvalue().encode("gb18030")


def _two(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def read_results(batch: PaymentBatch, file: IO[bytes], told: list[str] | None = None) -> list[LineResult]:
    """The results in a treasury workbook (or the same as CSV) that came back. Rows without a result are not told yet.

    The sheet of the payments may stand behind a cover, its headers in another row; a sum that fits the batch and lines of who handled it
    are not read, and `told` says so. Raises DomainError with every place that does not fit: another batch, a changed seal, payee,
    account or amount, a row too many or few, an error value, a voucher that a spreadsheet program made a number of.
    """
    table = read_table(file, most_rows=MOST_LINES, sheet=SHEET)
    head = _row_of_headers(batch, table)
    _same_batch(batch, [cells for row, cells in table.rows if row < head])
    lines = {line.number: line for line in batch.lines.select_related("batch")}
    results: list[LineResult] = []
    problems: list[str] = []
    notes: dict[int, str] = {}
    seen: set[int] = set()
    for row, cells in table.rows:
        if row > head:
            whole = [*cells, *[None] * len(COLUMNS)][: len(COLUMNS)]
            if note := _no_payment(batch, row, cells, problems):
                notes[row] = note
                continue
            if too_wide := table.more_values_than(head, row):
                problems.append(_at(row, "A", words(too_wide)))
                seen.add(_whole(cells[0]))
                continue
            problems += [
                _at(row, column_letters(n), _("表外另写了内容，不能入账。请核对后删除这一格，或把结果写在“结果”一列"))
                for n, cell in enumerate(cells[len(COLUMNS) :], len(COLUMNS) + 1)
                if cell not in (None, "")
            ]
            if table.from_1904:
                whole[DAY] = workbooks.counted_from_1900(whole[DAY])
            _read_line(row, whole, lines, seen, results, problems)
    problems = [
        *(_at(place.row, place.column, words(place.error)) for place in table.places if place.row >= head and place.row not in notes),
        *problems,
    ]
    if missing := len(lines) - len(seen):
        problems.append(_("少了 %(n)d 行；没有结果的行也要留在表里") % {"n": missing})
    if problems:
        raise DomainError(
            _("回盘文件有 %(n)d 处问题，一笔也没有登记。") % {"n": len(problems)},
            where="；".join(problems[:8]),
            remedy=_("请在本批次导出的 Excel 上只填写最后四列，再上传。"),
        )
    if not results:
        raise DomainError(_("文件里没有填写任何结果。"), where=str(batch), remedy=_("请在“结果”一列填写“到账”或“退回”。"))
    if told is not None:
        told += [*_sheets_not_read(table), *notes.values()]
    return results


def _sheets_not_read(table: Table) -> list[str]:
    if not table.other_sheets:
        return []
    others = "”“".join(table.other_sheets)
    return [_("读的是工作表“%(title)s”；“%(others)s”没有读。") % {"title": table.title, "others": others}]


def _row_of_headers(batch: PaymentBatch, table: Table) -> int:
    headers = [names.canonical(title) for title in COLUMNS]
    for row, cells in table.rows:
        if row <= HEADERS_LOOKED_FOR and [names.canonical(_shown(cell)) for cell in cells[: len(COLUMNS)]] == headers:
            return row
    if table.other_sheets:
        raise DomainError(
            _("工作表“%(title)s”不是本系统导出的拨付明细。") % {"title": table.title},
            where=str(batch),
            remedy=_("请把“拨付明细”这张工作表放在最前面，或只留这一张，再上传。"),
        )
    raise DomainError(_("这不是本系统导出的拨付明细。"), where=str(batch), remedy=_("请下载本批次的 Excel，填好结果后再上传。"))


def _no_payment(batch: PaymentBatch, row: int, cells: Sequence[Cell], problems: list[str]) -> str:
    """What a row is that treasuries and banks write below the payments, in words; "" for what should be a payment.

    A row with a number of a payment or with a result is one; a sum must be that of the batch.
    """
    texts = [text for cell in cells if isinstance(cell, str) and (text := names.canonical(cell))]
    filled = [cell for cell in cells if cell not in (None, "")]
    if any(kind_of(text) or text.startswith(f"{batch.number}-") for text in texts):
        return ""
    figures = [cell for cell in filled if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
    if any(map(names.is_sum, texts)) or (figures and len(figures) == len(filled) and not any(cells[:2])):
        amount = COLUMNS.index("金额（元）")
        if len(cells) > amount and cells[amount] not in (None, "") and _fen(cells[amount]) != batch.sum_fen:
            problems.append(_("第 %(row)d 行的合计与本批次的合计 %(sum)s 元不一致") % {"row": row, "sum": _two(batch.sum_fen)})
        return _("第 %(row)d 行是合计，没有读入。") % {"row": row}
    if texts and len(texts) == len(filled) - sum(isinstance(cell, date) for cell in filled) and texts[0].startswith(BELOW_THE_PAYMENTS):
        return _("第 %(row)d 行是签名或附注（%(text)s），没有读入。") % {"row": row, "text": short(texts[0])}
    return ""


def _fen(cell: Cell) -> int | None:
    try:
        return amounts.fen(workbooks.number_in(cell))
    except Unreadable:
        return None


def _at(row: int, column: str, message: str) -> str:
    return _("%(column)s%(row)d 格：%(message)s") % {"column": column, "row": row, "message": message.rstrip("。")}


def _read_line(
    row: int, cells: list[Cell], lines: dict[int, PaymentLine], seen: set[int], results: list[LineResult], problems: list[str]
) -> None:
    line = lines.get(_whole(cells[0]))
    if line is None or _shown(cells[1]) != line.key:
        problems.append(_("第 %(row)d 行不是这个批次的拨付") % {"row": row})
        return
    if line.number in seen:
        problems.append(_("第 %(row)d 行的拨付在表里出现了两次") % {"row": row})
        return
    seen.add(line.number)
    problems += [_("第 %(row)d 行的“%(column)s”与签发时不一致") % {"row": row, "column": column} for column in _changed(line, cells)]
    if (result := _result(line, cells, row, problems)) is not None:
        results.append(result)


def _same_batch(batch: PaymentBatch, above: Sequence[Sequence[Cell]]) -> None:
    """Raises DomainError for the headings of another batch; each value stands beside its word."""
    pairs = [pair for cells in above for pair in pairwise(cells)]

    def beside(word: str) -> str:
        return next((_shown(value) for title, value in pairs if names.canonical(_shown(title)).rstrip(":") == word), "")

    if beside("批次号") != batch.number:
        raise DomainError(
            _("这是另一个批次的文件：%(other)s。") % {"other": beside("批次号")[:40] or "—"},
            where=str(batch),
            remedy=_("请到那个批次的页面上传。"),
        )
    if beside("校验码") != batch.seal:
        raise DomainError(
            _("文件的校验码与本批次不符，文件可能被改动过。"), where=str(batch), remedy=_("请重新下载本批次的 Excel，只填写最后四列。")
        )


def _changed(line: PaymentLine, cells: Sequence[Cell]) -> list[str]:
    """Frozen columns that say something else than when the batch was signed; how a name is spelt makes no difference."""
    told = {"收款人": line.payee, "开户行": line.bank, "账号": line.account, "用途": line.purpose}
    changed = [
        column
        for column, value in told.items()
        if names.canonical(_without_mark(_shown(cells[COLUMNS.index(column)]))) != names.canonical(_without_mark(str(value)))
    ]
    same = _fen(cells[COLUMNS.index("金额（元）")]) == line.amount_fen
    return changed if same else [*changed, "金额（元）"]


def _without_mark(text: str) -> str:
    """Without the apostrophe that keeps an exported text from being a formula; a CSV file has lost it, a workbook has not."""
    return text[1:] if text.startswith("'") and neutral(text[1:]) == text else text


def _result(line: PaymentLine, cells: Sequence[Cell], row: int, problems: list[str]) -> LineResult | None:
    before = len(problems)
    word = _read_cell(row, 7, cells, problems, workbooks.text_of)
    if not word:
        if filled := [COLUMNS[column] for column in (8, 9, 10) if cells[column] not in (None, "")]:
            problems.append(
                _("第 %(row)d 行没有结果，却填了“%(columns)s”；请填写结果，或清空这些格") % {"row": row, "columns": "、".join(filled)}
            )
        return None
    kind = kind_of(word)
    if kind is None and _written(word) in UNDER_WAY:
        problems.append(_("第 %(row)d 行的“%(word)s”还不是结果，办完以前请留空") % {"row": row, "word": word})
    elif kind is None:
        problems.append(_("第 %(row)d 行的结果应为“到账”或“退回”，“%(word)s”不能判断是哪一种") % {"row": row, "word": word})
    if cells[8] in (None, ""):
        problems.append(_("第 %(row)d 行没有日期") % {"row": row})
    on = _read_cell(row, 8, cells, problems, workbooks.day_in) if cells[8] not in (None, "") else None
    reference = _read_cell(row, 9, cells, problems, _voucher)
    reason = _read_cell(row, 10, cells, problems, workbooks.text_of)
    if kind == PaymentResult.Kind.PAID and reason:
        problems.append(_("第 %(row)d 行的结果是“%(word)s”，却填了退回原因；请核对是哪一种") % {"row": row, "word": word})
    if len(problems) > before or kind is None or on is None:
        return None
    return LineResult(number=line.number, kind=kind, on=on, reference=reference or "", reason=one_line(reason or ""))


def _read_cell(row: int, column: int, cells: Sequence[Cell], problems: list[str], read: Callable[[Cell], Any]) -> Any:
    """What stands in a cell, or None with a problem that names the cell."""
    try:
        return read(cells[column])
    except Unreadable as error:
        problems.append(_at(row, column_letters(column + 1), words(error)))
        return None


def _voucher(cell: Cell) -> str:
    """The number of a voucher; one that is stored as a number may have lost zeros before it or digits behind it."""
    if isinstance(cell, (int, float)):
        raise Unreadable("number_not_text", text=short(cell))
    text = workbooks.text_of(cell)
    return voucher_number(text) if narrow(text) else ""


def _shown(cell: Cell) -> str:
    """A cell that the system has written itself, as text; what is none of its texts equals none of them."""
    try:
        return one_line(workbooks.text_of(cell))
    except Unreadable:
        return "\0"


def _whole(cell: Cell) -> int:
    try:
        return amounts.steps(workbooks.number_in(cell))
    except Unreadable:
        return 0
