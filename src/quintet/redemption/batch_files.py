"""Files of a payment batch: the treasury's workbook, the bank's text file, and the workbook that comes back with results."""

import csv
import io
import os
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.directory.sheets.workbook import check_workbook, read_rows
from quintet.directory.sheets.write import neutral
from quintet.redemption.actions.payments import LineResult
from quintet.redemption.models import PaymentBatch, PaymentLine, PaymentResult

HEAD = 4  # rows above the first payment
# In Chinese whatever the language of the page: treasury and bank read these files.
COLUMNS = ("序号", "拨付编号", "收款人", "开户行", "账号", "金额（元）", "用途", "结果", "到账或退回日期", "凭证号", "退回原因")
FROZEN = COLUMNS[:7]
WORDS = {"到账": PaymentResult.Kind.PAID, "退回": PaymentResult.Kind.RETURNED}


def treasury_workbook(batch: PaymentBatch) -> io.BytesIO:
    """The list for the treasury, one payment a row; its last four columns are filled in and read back."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    page = book.add_worksheet("拨付明细")
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
    page.data_validation(HEAD, 7, last, 7, {"validate": "list", "source": list(WORDS)})
    page.set_column(8, 8, 14, day)
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


def read_results(batch: PaymentBatch, file: IO[bytes]) -> list[LineResult]:
    """The results in a treasury workbook that came back. Rows without a result are not told yet.

    Raises DomainError with every place that does not fit: another batch, a changed seal, payee, account or amount, a row too many or few.
    """
    file.seek(0, os.SEEK_END)
    check_workbook(file, file.tell())
    rows = read_rows(file)
    _same_batch(batch, rows)
    lines = {line.number: line for line in batch.lines.select_related("batch")}
    found, problems, seen = [], [], set()
    for number, row in enumerate(rows[HEAD:], HEAD + 1):
        cells = [*row, *[""] * len(COLUMNS)][: len(COLUMNS)]
        if not any(str(cell).strip() for cell in cells):
            continue
        line = lines.get(_whole(cells[0]))
        if line is None or str(cells[1]).strip() != line.key:
            problems.append(_("第 %(row)d 行不是这个批次的拨付") % {"row": number})
            continue
        seen.add(line.number)
        problems += [_("第 %(row)d 行的“%(column)s”与签发时不一致") % {"row": number, "column": column} for column in _changed(line, cells)]
        result = _result(line, cells, number, problems)
        if result:
            found.append(result)
    if missing := len(lines) - len(seen):
        problems.append(_("少了 %(n)d 行；没有结果的行也要留在表里") % {"n": missing})
    if problems:
        raise DomainError(
            _("回盘文件有 %(n)d 处问题，一笔也没有登记。") % {"n": len(problems)}, where="；".join(problems[:8]),
            remedy=_("请在本批次导出的 Excel 上只填写最后四列，再上传。"),
        )  # fmt: skip
    if not found:
        raise DomainError(_("文件里没有填写任何结果。"), where=str(batch), remedy=_("请在“结果”一列填写“到账”或“退回”。"))
    return found


def _same_batch(batch: PaymentBatch, rows: Sequence[Sequence[Any]]) -> None:
    def cell(row: int, column: int) -> str:
        return str(rows[row][column]).strip() if len(rows) > row and len(rows[row]) > column else ""

    if [cell(HEAD - 1, column) for column in range(len(COLUMNS))] != list(COLUMNS):
        raise DomainError(_("这不是本系统导出的拨付明细。"), where=str(batch), remedy=_("请下载本批次的 Excel，填好结果后再上传。"))
    if cell(1, 1) != batch.number:
        raise DomainError(
            _("这是另一个批次的文件：%(other)s。") % {"other": cell(1, 1)[:40] or "—"},
            where=str(batch),
            remedy=_("请到那个批次的页面上传。"),
        )
    if cell(2, 1) != batch.seal:
        raise DomainError(
            _("文件的校验码与本批次不符，文件可能被改动过。"), where=str(batch), remedy=_("请重新下载本批次的 Excel，只填写最后四列。")
        )


def _changed(line: PaymentLine, cells: Sequence[Any]) -> list[str]:
    told = {"收款人": neutral(line.payee), "开户行": neutral(line.bank), "账号": line.account, "用途": neutral(line.purpose)}
    changed = [column for column, value in told.items() if str(cells[COLUMNS.index(column)]).strip() != str(value).strip()]
    try:
        same = Decimal(str(cells[5])) * 100 == line.amount_fen
    except InvalidOperation:
        same = False
    return changed if same else [*changed, "金额（元）"]


def _result(line: PaymentLine, cells: Sequence[Any], number: int, problems: list[str]) -> LineResult | None:
    word, day, reference, reason = cells[7:11]
    if not str(word).strip():
        return None
    kind, on = WORDS.get(str(word).strip()), _day(day)
    if kind is None:
        problems.append(_("第 %(row)d 行的结果应为“到账”或“退回”") % {"row": number})
    elif on is None:
        problems.append(_("第 %(row)d 行没有日期，或日期不是年-月-日") % {"row": number})
    else:
        return LineResult(number=line.number, kind=kind, on=on, reference=_text(reference), reason=_text(reason))
    return None


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _whole(value: Any) -> int:
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return 0


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip().replace("/", "-"))
    except ValueError:
        return None
