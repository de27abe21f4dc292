"""How large a table may be, counted while its cells are placed."""

from dataclasses import dataclass
from typing import Any

from quintet.reading.errors import Unreadable

MOST_BYTES = 20 * 2**20  # of a file
MOST_UNPACKED = 400 * 2**20
MOST_MEMBERS = 2000
MOST_ROWS, MOST_COLUMNS = 200_000, 100  # below the headings
MOST_CELLS = 4_000_000
MOST_LETTERS = 40_000_000
MOST_LETTERS_IN_A_CELL = 32_767  # Excel's own
MOST_REMARKS = 200
MEMORY = 512 * 2**20  # address space of the process that reads
SECONDS = 60  # of a processor; the clock on the wall may show twice as many


@dataclass
class Limits:
    """Raises Unreadable from `place` for the first row beyond a limit."""

    rows: int = MOST_ROWS
    cells: int = 0
    letters: int = 0

    def place(self, row: int, cells: list[Any]) -> None:
        if row > self.rows + 1:
            raise Unreadable("file_rows", most=f"{self.rows:,}")
        if len(cells) > MOST_COLUMNS:
            raise Unreadable("file_columns", most=MOST_COLUMNS)
        self.cells += len(cells)
        self.letters += sum([len(cell) for cell in cells if type(cell) is str])
        if self.cells > MOST_CELLS or self.letters > MOST_LETTERS:
            raise Unreadable("file_cells")
