"""Workbooks by the thousand from a seed: honest ones with what must be read of them, and hostile ones that must be answered."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from quintet.reading.identifiers import contract_number
from tests.reading.books import Book, Raw, fault, formula, number, spoiled
from tests.reading.corpus import CODE, HEAD

WIDE = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")


@dataclass(frozen=True)
class Made:
    """`rows` is what an honest workbook says (number, fen, day); None for a hostile one."""

    content: bytes
    rows: list[tuple[str, int, date]] | None


def made(seed: int) -> Made:
    """Half of all seeds make honest workbooks, half hostile ones; the same seed makes the same bytes of XML."""
    chance = random.Random(seed)
    return honest(chance) if seed % 2 else Made(hostile(chance), None)


def honest(chance: random.Random) -> Made:
    from_1904 = chance.random() < 0.2
    facts, lines = [], [list[Any](HEAD)]
    for n in range(chance.randint(1, 30)):
        contract, amount, day = _contract(chance, n), chance.randint(1, 10**13), date(1990, 1, 1) + timedelta(chance.randrange(11_000))
        lines.append([_typed(chance, contract), CODE, "知识产权质押", _amount(chance, amount), _day(chance, day, from_1904), "2031-03-15"])
        facts.append((contract_number(contract), amount, day))
    book = Book(
        lines,
        from_1904=from_1904,
        addresses=chance.random() < 0.8,
        prefix=chance.choice(["", "", "x"]),
        encoding=chance.choice(["utf-8", "utf-8", "utf-16"]),
        before=[("去年", "hidden")] if chance.random() < 0.2 else (),
        hidden_rows=[2] if chance.random() < 0.2 else (),
    )
    if chance.random() < 0.25:
        return Made(_as_csv(chance, lines, facts), facts)
    return Made(book.content(), facts)


def _contract(chance: random.Random, n: int) -> str:
    return f"{chance.choice(['示借', 'HT', '(2020)借字', '𪚥'])}-{n}-{chance.randrange(10**16):016d}"


def _typed(chance: random.Random, text: str) -> str:
    ways = [
        str,
        str.lower,
        lambda t: t.translate(WIDE),
        lambda t: f" {t}\u200b",
        lambda t: t.replace("-", "—"),
        lambda t: t.replace("-", "\n-"),
    ]
    return chance.choice(ways)(text)


def _amount(chance: random.Random, fen: int) -> Any:
    exact = f"{fen // 100}.{fen % 100:02d}"
    return chance.choice(
        [exact, f"{fen // 100:,}.{fen % 100:02d}", exact.translate(WIDE), number(repr(fen / 100)), number(repr(fen / 100), 5), f" {exact} "]
    )


def _day(chance: random.Random, day: date, from_1904: bool) -> Any:
    serial = (day - (date(1904, 1, 1) if from_1904 else date(1899, 12, 30))).days
    written = [
        f"{day:%Y-%m-%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y.%m.%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
    ]
    return chance.choice(
        [
            *written,
            f"{day} 00:00:00",
            str(day).translate(WIDE),
            number(serial, 1),
            number(serial, 4),
            number(f"{serial}.5", 1),
            number(serial),
        ]
    )


def _as_csv(chance: random.Random, lines: list[list[Any]], facts: list[tuple[str, int, date]]) -> bytes:
    rows = [lines[0]] + [
        [contract, CODE, "知识产权质押", f"{fen // 100}.{fen % 100:02d}", f"{day:%Y/%m/%d}", "2031-03-15"] for contract, fen, day in facts
    ]
    text = "\r\n".join(",".join(row) for row in rows) + "\r\n"
    return text.encode(chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))


def hostile(chance: random.Random) -> bytes:
    """Broken, swollen or misleading, in one way or several."""
    kind = chance.randrange(8)
    good = honest(chance).content
    if kind == 0:
        return bytes(chance.randrange(256) for _n in range(chance.randrange(2_000)))
    if kind == 1:
        return good[: chance.randrange(len(good))]
    if kind == 2:
        place = chance.randrange(len(good))
        return good[:place] + bytes([good[place] ^ (1 << chance.randrange(8))]) + good[place + 1 :]
    if kind == 3:
        wide = chance.choice([101, 1_000, 16_000])
        return Book([HEAD, [1] * wide, *[[1] * 100] * chance.randrange(50)], addresses=False).content()
    if kind == 4:
        return Book([HEAD, [1]], row_numbers=[1, chance.choice([200_002, 1_048_576, 99_999_999, 1])]).content()
    if kind == 5:
        odd = [
            fault(),
            formula("1/0"),
            Raw("<v>nan</v>"),
            Raw("<v>1_0</v>"),
            Raw("<v>9</v>", 't="s"'),
            Raw("<v>1</v>", 't="?"'),
            Raw("x" * 40_000, 't="str"'),
        ]
        return Book([HEAD, [chance.choice(odd) for _n in range(6)]]).content()
    plain = Book([HEAD, [f"示借{chance.randrange(99)}", CODE, "知识产权质押", "1", "2021-03-15", "2031-03-15"]])
    return spoiled(plain.content(), chance)
