"""The corpus in the results of a bank: a batch is sent once, every cell comes back in its workbook."""

import io
from datetime import date
from typing import Any

import pytest

from quintet.core.errors import DomainError
from quintet.reading import workbooks
from quintet.redemption.batch_files import read_results, treasury_workbook
from quintet.redemption.models import PaymentBatch
from tests.reading.books import Book
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
