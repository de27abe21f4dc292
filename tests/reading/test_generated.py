"""200 workbooks from a seed through the reader; `benchmarks/workbooks.py` runs 10,000, and 300 through each way in."""

import io

import pytest

from quintet.core.unreadable import words
from quintet.reading import workbooks
from quintet.reading.amounts import fen
from quintet.reading.errors import Unreadable
from quintet.reading.identifiers import contract_number
from tests.reading.generated import Made, made

pytestmark = pytest.mark.engine_only


def answered(workbook: Made) -> str:
    """read or refused; anything else is raised."""
    refusal = None
    try:
        table = workbooks.read(io.BytesIO(workbook.content))
    except Unreadable as error:
        refusal = error
    if refusal:
        assert workbook.rows is None, refusal
        assert words(refusal)
        return "refused"
    if workbook.rows is not None:
        assert [read(table, row) for row in table.body()] == workbook.rows
    return "read"


def read(table: workbooks.Table, row: tuple[int, list]) -> tuple:
    cells = row[1]
    day = workbooks.counted_from_1900(cells[4]) if table.from_1904 else cells[4]
    return contract_number(workbooks.text_of(cells[0], exact=True)), fen(workbooks.number_in(cells[3])), workbooks.day_in(day)


@pytest.mark.parametrize("tens", range(20))
def test_ten_workbooks_are_answered(tens: int):
    assert {answered(made(seed)) for seed in range(10 * tens, 10 * tens + 10)} <= {"read", "refused"}
