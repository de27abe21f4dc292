"""The corpus in the results of a bank: a batch is sent once, every cell comes back in its workbook."""

import io
from datetime import date
from typing import Any

import pytest

from quintet.core.errors import DomainError
from quintet.reading import workbooks
from quintet.redemption.batch_files import read_results, treasury_workbook
from quintet.redemption.models import PaymentBatch
from tests.reading.books import Book, formula, number
from tests.reading.corpus import CELLS, Cell
from tests.redemption.batches import signed
from tests.scenes import scene

pytestmark = pytest.mark.django_db
Sent = tuple[PaymentBatch, list[tuple[int, Any]]]


def batch_and_rows() -> Sent:
    batch = signed(count=1)
    return batch, list(workbooks.read(treasury_workbook(batch)).rows)


sent = scene(batch_and_rows)
VOUCHERS = {  # a voucher is text or refused, whatever its length
    "a number of 16 digits as a figure": "编号 2021031512345679.0 存成了数字，前面的零或后面的位数可能已经丢失。请把单元格设为文本，再按原件重新填写",
    "a number with decimals": "编号 1.5 存成了数字，前面的零或后面的位数可能已经丢失。请把单元格设为文本，再按原件重新填写",
}


@pytest.mark.parametrize("sample", [cell for cell in CELLS if cell.role != "amount"], ids=lambda sample: sample.name)
def test_a_cell_in_the_results_of_a_bank(sent: Sent, sample: Cell):
    batch, rows = sent
    lines = [list(cells) for _row, cells in rows]
    number = {row: n for n, (row, _cells) in enumerate(rows)}[5]
    voucher, day = (sample.cell, "2021-12-06") if sample.role == "number" else ("凭证1", sample.cell)
    lines[number] = [*lines[number][:7], "到账", day, voucher]
    book = Book(lines, row_numbers=[row for row, _cells in rows], from_1904=sample.from_1904)
    if sample.sentence:
        with pytest.raises(DomainError) as refusal:
            read_results(batch, io.BytesIO(book.content()))
        letter = "J" if sample.role == "number" else "I"
        assert refusal.value.where == f"{letter}5 格：{VOUCHERS.get(sample.name, sample.sentence).rstrip('。')}"
        return
    (result,) = read_results(batch, io.BytesIO(book.content()))
    assert (result.on, result.reference) == ((date(2021, 12, 6), sample.value) if sample.role == "number" else (sample.value, "凭证1"))


def came_back(rows: list[tuple[int, Any]]) -> list[list[Any]]:
    """The rows as they were sent, one to every line, the payment filled in."""
    lines: list[list[Any]] = [[] for _n in range(rows[-1][0])]
    for row, cells in rows:
        lines[row - 1] = list(cells)
    lines[4] = [*lines[4][:7], "到账", "2021-01-13", "凭证1"]
    return lines


def results(batch: PaymentBatch, book: Book) -> tuple[list[str], list[str]]:
    told: list[str] = []
    return [result.reference for result in read_results(batch, io.BytesIO(book.content()), told)], told


SUM, SIGNED = "第 {} 行是合计，没有读入。", "第 {} 行是签名或附注（{}），没有读入。"


@pytest.mark.parametrize(
    ("below", "told"),
    [
        ([[None, "合计", None, None, None, 100_000]], [SUM.format(6)]),
        ([["合 计：", None, None, None, None, formula("SUM(F5:F5)", 100_000)]], [SUM.format(6)]),
        ([[None, None, "本页小计（元）", "1 笔"]], [SUM.format(6)]),
        ([[None, None, None, None, None, 100_000]], [SUM.format(6)]),
        ([["经办人：张三", None, None, "复核：李四"]], [SIGNED.format(6, "经办人:张三")]),
        (
            [[], ["（盖章）", None, number("44209", 1)], ["注：本表一式两份"]],
            [SIGNED.format(7, "(盖章)"), SIGNED.format(8, "注:本表一式两份")],
        ),
        ([["总计", None, None, None, None, 100_000], ["制表人：王五"]], [SUM.format(6), SIGNED.format(7, "制表人:王五")]),
    ],
)
def test_what_banks_write_below_the_payments_is_told_and_not_read(sent: Sent, below: list, told: list[str]):
    batch, rows = sent
    assert batch.sum_fen == 100_000_00
    assert results(batch, Book([*came_back(rows), *below])) == (["凭证1"], told)


@pytest.mark.parametrize(
    ("below", "told"),
    [
        ([None, "合计", None, None, None, 99_999], "第 6 行的合计与本批次的合计 100000.00 元不一致"),
        ([None, None, None, None, None, 99_999], "第 6 行的合计与本批次的合计 100000.00 元不一致"),
        ([None, "合计", None, None, None, 100_000, None, "到账"], "第 6 行不是这个批次的拨付"),
        (["经办人：张三", None, None, None, None, None, None, "退回"], "第 6 行不是这个批次的拨付"),
        (["某某公司", None, None, None, None, 100], "第 6 行不是这个批次的拨付"),
        ([2, None, "合计", None, None, None], ""),
        (["请把这笔改付他人"], "第 6 行不是这个批次的拨付"),
    ],
)
def test_what_may_be_a_payment_or_a_wrong_sum_is_refused(sent: Sent, below: list, told: str):
    batch, rows = sent
    if not told:
        assert results(batch, Book([*came_back(rows), below]))[1] == [SUM.format(6)]
        return
    with pytest.raises(DomainError) as refusal:
        results(batch, Book([*came_back(rows), below]))
    assert told in refusal.value.where


@pytest.mark.parametrize("above", [1, 2, 6])
def test_the_headers_may_stand_in_another_row(sent: Sent, above: int):
    batch, rows = sent
    assert results(batch, Book([["示例银行代发结果"], *[[]] * (above - 1), *came_back(rows)])) == (["凭证1"], [])


def test_headers_too_far_down_are_no_headers(sent: Sent):
    batch, rows = sent
    with pytest.raises(DomainError, match="这不是本系统导出的拨付明细"):
        results(batch, Book([["示例银行代发结果"], *[[]] * 6, *came_back(rows)]))


def test_without_its_title_a_file_is_still_ours_and_without_its_number_it_is_not(sent: Sent):
    batch, rows = sent
    lines = came_back(rows)
    assert results(batch, Book(lines[1:])) == (["凭证1"], [])
    with pytest.raises(DomainError, match="这是另一个批次的文件：—"):
        results(batch, Book([lines[0], *lines[2:]]))
    with pytest.raises(DomainError, match="校验码与本批次不符"):
        results(batch, Book([*lines[:2], *lines[3:]]))


def test_headers_in_half_width_and_with_blanks_are_the_same(sent: Sent):
    batch, rows = sent
    lines = came_back(rows)
    lines[3] = [" 序 号", *lines[3][1:5], "金额(元)", *lines[3][6:]]
    assert results(batch, Book(lines)) == (["凭证1"], [])
    lines[3][5] = "金额（万元）"
    with pytest.raises(DomainError, match="这不是本系统导出的拨付明细"):
        results(batch, Book(lines))


def test_a_cover_before_the_payments_is_told_and_another_name_is_asked_for(sent: Sent):
    batch, rows = sent
    cover = Book([["示例银行"], ["代发回单"]], title="封面", behind=[("拨付明细", came_back(rows))])
    assert results(batch, cover) == (["凭证1"], ["读的是工作表“拨付明细”；“封面”没有读。"])
    other = Book([["示例银行"], ["代发回单"]], title="封面", behind=[("Sheet2", came_back(rows))])
    with pytest.raises(DomainError, match="工作表“封面”不是本系统导出的拨付明细") as refusal:
        results(batch, other)
    assert refusal.value.remedy == "请把“拨付明细”这张工作表放在最前面，或只留这一张，再上传。"
