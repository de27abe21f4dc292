"""Runs generated single-case programs. Imports as little as it can: the command line and one-case calls start from here.

A program is cached as marshalled code under its pack's content hash and the generator's, in QUINTET_CACHE or the user's cache folder.
"""

from __future__ import annotations

import marshal
import os
import re
import sys
from collections.abc import Iterator
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import CodeType
from typing import Any

from quintet.engine.errors import EngineError, FactsError
from quintet.engine.identity import canonical, placed

STATES = ("not_entitled", "entitled", "decision", "unknown", "superseded", "waiting")
EPOCH = 719163  # ordinal of 1970-01-01
REMEMBERED = 100_000  # days, before what was worked out for them is forgotten


_WHOLE = re.compile(r"-?[0-9]{1,30}")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_of(text: Any) -> date:
    """A day as the cache's quick way reads it, or as people write it (`reading.dates`). Raises TypeError and ValueError."""
    if _ISO.fullmatch(text):
        return date.fromisoformat(text)
    from quintet.reading.dates import day

    return day(str(text))


class Program:
    """Compiled rules of a pack for the figures of one day."""

    def __init__(self, code: CodeType, meta: dict[str, Any]) -> None:
        self.code, self.meta = code, meta
        self.subjects: dict[str, Any] = meta["subjects"]
        self._readers = _Readers(self.subjects)
        namespace: dict[str, Any] = {
            "read": self._readers.read, "days": self._readers.days, "unknown_name": self._readers.unknown_name, "wrong_name": self._readers.wrong_name,
            "too_early": self._readers.too_early, "nothing": type(None), "add_years": add_years, "year_of": year_of,
        }  # fmt: skip
        exec(code, namespace)
        self._case = {name: namespace[f"case_{name}"] for name in self.subjects}
        self._settling = {name: _settling(name, about, self._readers) for name, about in self.subjects.items()}
        self.groups = _groups(self.subjects)
        self._settles = bool(self.groups) or any(before or after for before, after in self._settling.values())
        self._moments: tuple[date | None, tuple[int, int, int, int]] = (None, (0, 0, 0, 0))

    def check(self, subject: str, row: dict[str, Any]) -> tuple[Any, ...]:
        """The row's values in program order. Raises FactsError."""
        return self._case[subject](row, None, -1)  # type: ignore[no-any-return]

    def case(self, subject: str, row: Any, on: date) -> list[dict[str, Any]]:
        """The outcomes of one row on a day, before anything is settled between rows and rules."""
        return self._case[subject](row, moments(on), 0)["outcomes"]  # type: ignore[no-any-return]

    def evaluate(
        self, facts: dict[str, Any], on: date, *, trace: bool = False, definitions: bool = False, earlier: Any = ()
    ) -> dict[str, list[dict[str, Any]]]:
        """Outcomes of every row of every subject, as plain data. Raises FactsError; then nothing was evaluated.

        `trace` adds the value of every condition and definition, `definitions` that of the definitions only; `earlier` are the awards
        decided before (`groups.Earlier`), which stacking groups look at.
        """
        known, days = self._moments
        if known != on:
            days = moments(on)
            self._moments = on, days
        level = 2 if trace else 1 if definitions else 0
        answer: dict[str, list[dict[str, Any]]] = {}
        for subject, rows in facts.items():
            if subject not in self._case:
                self._readers.unknown_subject(subject)
            if rows.__class__ is not list:
                raise FactsError(subject, "", "", zh="应为列表", en="must be a list of rows")
            case = self._case[subject]
            found: list[dict[str, Any]] = []
            for row in rows:
                if row.__class__ is not dict:
                    raise FactsError(subject, len(found) + 1, "", zh="应为一组“事实: 值”", en="must be a mapping from facts to values")
                found.append(case(row, days, level))
            if len(found) > 1:
                _unique(subject, rows)
            answer[subject] = found
        if self._settles:
            self.settle(facts, answer, on, earlier)
        return answer

    def settle(self, facts: dict[str, Any], answer: dict[str, list[dict[str, Any]]], on: date, earlier: Any = ()) -> None:
        """Apply `waits`, `once`, stacking groups and limits, in this order, rows in the order given, to each item's `outcomes`.

        - waits: what is entitled or for decision waits until its time has come.
        - once: of rows with the same complete key, the first that is entitled or for decision keeps it; later ones are superseded.
        - group: of all that a beneficiary may be given in one group only the highest is given; see `groups`.
        - limit: a beneficiary's running sum is cut at the limit, the amount before it kept as `before_limit`; unknown rows take nothing from it.
          What waiting rows may come to (`expected`) is cut at what the others leave, the amount before it kept as `expected_before_limit`.
        """
        for subject, items in answer.items():
            for step, *how in self._settling[subject][0]:
                step(facts[subject], items, *how)
        if self.groups:
            from quintet.engine.groups import settle_groups

            settle_groups(
                self.meta["groups"], self.groups, {name: (facts[name], items) for name, items in answer.items()}, on.year, earlier
            )
        for subject, items in answer.items():
            for step, *how in self._settling[subject][1]:
                step(facts[subject], items, *how)


def _groups(subjects: dict[str, Any]) -> dict[str, Any]:
    """The rules of each stacking group; what looks at them is imported only where there are any."""
    if not any(rule["group"] for about in subjects.values() for rule in about["rules"]):
        return {}
    from quintet.engine.groups import members_of

    return members_of(subjects)


def _unique(subject: str, rows: list[dict[str, Any]]) -> None:
    seen = set()
    for place, row in enumerate(rows, 1):
        name = row.get("id")
        if name is not None:
            key = placed(name, subject, place, "id")
            if key in seen:
                raise FactsError(
                    subject, name, "id", zh="编号重复，每行应有自己的编号", en="stands twice; every row needs an id of its own"
                )
            seen.add(key)


def _settling(subject: str, about: dict[str, Any], readers: _Readers) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The steps of `Program.settle` before and after the groups: a function and what it needs besides rows and outcomes."""
    rules, facts = about["rules"], about["facts"]

    def value(row: dict[str, Any], name: str) -> Any:
        if name in facts:
            return readers.read(subject, row, name, row[name]) if name in row else None
        return canonical(row[name]) if row.get(name) is not None else None

    before: list[tuple[Any, ...]] = [(_wait, position) for position, rule in enumerate(rules) if rule["waits"]]
    before += [(_once, position, rule["once"], value) for position, rule in enumerate(rules) if rule["once"]]
    after: list[tuple[Any, ...]] = []
    for position, rule in enumerate(rules):
        if rule["limit"] is not None:
            step = _limit_by if rule["of"] or rule["taken"] else _limit
            after.append((step, position, rule["limit"], "id" if rule["per"] in ("", "self") else rule["per"]))
    return before, after


def _wait(rows: list[dict[str, Any]], items: list[dict[str, Any]], position: int) -> None:
    for item in items:
        outcome = item["outcomes"][position]
        until = outcome.pop("_until")
        if outcome["state"] in ("entitled", "decision") and until is not True:
            if outcome["amount"]:
                outcome["expected"] = outcome["amount"]
            outcome["state"], outcome["amount"] = ("waiting" if until is False else "unknown"), None


def _once(rows: list[dict[str, Any]], items: list[dict[str, Any]], position: int, names: tuple[str, ...], value: Any) -> None:
    if len(rows) < 2:
        return
    seen = set()
    for row, item in zip(rows, items, strict=True):
        outcome = item["outcomes"][position]
        key = tuple(value(row, name) for name in names)
        if outcome["state"] not in ("entitled", "decision") or None in key:
            continue
        if key in seen:
            outcome["state"], outcome["amount"] = "superseded", None
        seen.add(key)


def _limit(rows: list[dict[str, Any]], items: list[dict[str, Any]], position: int, limit: int, name: str) -> None:
    left: dict[Any, int] = {}
    keys = []
    for index, item in enumerate(items):
        outcome = item["outcomes"][position]
        if len(items) == 1 and outcome["state"] == "entitled" and outcome["amount"] <= limit:
            return
        key = rows[index].get(name)
        keys.append(("row", index) if key is None else canonical(key))
        if outcome["state"] != "entitled":
            continue
        key = keys[-1]
        amount, room = outcome["amount"], left.get(key, limit)
        if amount > room:
            outcome["amount"], outcome["before_limit"] = room, amount
            left[key] = 0
        else:
            left[key] = room - amount
    _limit_expected(items, position, limit, keys, left)


def _limit_expected(items: list[dict[str, Any]], position: int, limit: int, keys: list[Any], left: dict[Any, int]) -> None:
    """What is still to come is never told of above what the limit leaves, nor all of it together."""
    for key, item in zip(keys, items, strict=True):
        outcome = item["outcomes"][position]
        if "expected" in outcome:
            amount, room = outcome["expected"], max(left.get(key, limit), 0)
            if amount > room:
                outcome["expected"], outcome["expected_before_limit"] = room, amount
            left[key] = room - outcome["expected"]


def _limit_by(rows: list[dict[str, Any]], items: list[dict[str, Any]], position: int, limit: int, name: str) -> None:
    """A limit for each beneficiary and whatever the rule's `of` says; what rows have `taken` of it before is gone."""
    left: dict[Any, int] = {}
    keys = []
    for index, (row, item) in enumerate(zip(rows, items, strict=True)):
        outcome = item["outcomes"][position]
        of, taken, key = outcome.pop("_of", None), outcome.pop("_taken", None), row.get(name)
        keys.append(("row", index) if key is None else (canonical(key), of))
        left[keys[-1]] = left.get(keys[-1], limit) - max(taken or 0, 0)
    for key, item in zip(keys, items, strict=True):
        outcome = item["outcomes"][position]
        if outcome["state"] == "entitled":
            amount, room = outcome["amount"], max(left[key], 0)
            if amount > room:
                outcome["amount"], outcome["before_limit"] = room, amount
            left[key] = room - outcome["amount"]
    _limit_expected(items, position, limit, keys, left)


def moments(on: date) -> tuple[int, int, int, int]:
    """(on, 1 January, 31 December, year) of an evaluation date, dates in days since 1970-01-01."""
    if not 1900 <= on.year <= 2150:
        raise EngineError(f"{on} lies outside 1900 to 2150 and cannot be evaluated.")
    start = date(on.year, 1, 1).toordinal() - EPOCH
    return on.toordinal() - EPOCH, start, date(on.year, 12, 31).toordinal() - EPOCH, on.year


def add_years(days: int, years: int) -> int:
    """The same day so many years on; 29 February becomes the 28th in a common year."""
    return _SHIFTED[days, years]


class _Shifted(dict[tuple[int, int], int]):
    """Days some years on, remembered."""

    def __missing__(self, key: tuple[int, int]) -> int:
        days, years = key
        day = date.fromordinal(days + EPOCH)
        try:
            found = day.replace(year=day.year + years)
        except ValueError:
            found = day.replace(year=day.year + years, day=28)
        if len(self) > REMEMBERED:
            self.clear()
        self[key] = result = found.toordinal() - EPOCH
        return result


_SHIFTED = _Shifted()


class _Years(dict[int, int]):
    """The calendar year of a day, remembered: at most the days of 1900 to 2150."""

    def __missing__(self, days: int) -> int:
        self[days] = year = date.fromordinal(days + EPOCH).year
        return year


year_of = _Years().__getitem__


class _Readers:
    """What the generated checks call when a value is not plainly right: convert it or say what is wrong."""

    def __init__(self, subjects: dict[str, Any]) -> None:
        self.subjects = subjects
        self.days: dict[str, int] = {}  # of dates written as text, met before

    def unknown_subject(self, subject: str) -> None:
        from quintet.engine.errors import nearest

        near = nearest(subject, self.subjects)
        raise FactsError(
            subject, "", "",
            zh=f"没有这类对象“{subject}”" + (f"，是否指“{near}”？" if near else f"，可用：{'、'.join(self.subjects)}"),
            en="there is no such subject." + (f" Did you mean {near}?" if near else f" Subjects: {', '.join(self.subjects)}."),
        )  # fmt: skip

    def unknown_name(self, subject: str, row: dict[str, Any]) -> None:
        from quintet.engine.errors import nearest

        about = self.subjects[subject]
        allowed = {"id", "name", *about["refs"], *about["facts"]}
        wrong = next(name for name in row if name not in allowed)
        near = nearest(str(wrong), allowed)
        raise FactsError(
            subject, row.get("id", "?"), str(wrong),
            zh="没有这项事实" + (f"，是否指“{near}”？" if near else "，请先查看词汇表"),
            en="there is no such fact." + (f" Did you mean {near}?" if near else " See `quintet vocabulary`."),
        )  # fmt: skip

    def wrong_name(self, subject: str, row: dict[str, Any], name: str) -> None:
        value = row[name]
        if value.__class__ is float and value.is_integer() and abs(value) < 1e15:
            return  # 1.0, as programs with figures alone write 1
        raise FactsError(
            subject,
            row["id"] if name != "id" and row.get("id").__class__ is str else "?",
            name,
            zh="应为文字或整数",
            en="must be a text or a whole number",
        )

    def read_day(self, subject: str, row: dict[str, Any], fact: str, value: Any) -> int:
        """A date or an ISO text as days since 1970-01-01."""
        try:
            day = value if value.__class__ is date else day_of(value)
            days = day.toordinal() - EPOCH
            _, _, low, high, *_ = self.subjects[subject]["facts"][fact]
            if not low <= days <= high:
                raise self._wrong(subject, row, fact, value, "日期应在1900年至2150年之间", "lies outside 1900 to 2150")
            if value.__class__ is str:
                if len(self.days) > REMEMBERED:
                    self.days.clear()
                self.days[value] = days
            return days
        except (TypeError, ValueError):
            raise self._wrong(subject, row, fact, value, "应为日期，如 2020-12-31", "is not a date; write it like 2020-12-31") from None

    def read(self, subject: str, row: dict[str, Any], fact: str, value: Any) -> Any:
        """A value that is not of the plain type: money with its unit, a whole number as text; else a FactsError."""
        kind, unit, low, high, choices, _, scale, _ = self.subjects[subject]["facts"][fact]
        if value is None:
            return None
        if kind == "date":
            return self.read_day(subject, row, fact, value)
        if kind == "bool":
            if value is True or value is False:
                return value
            raise self._wrong(subject, row, fact, value, "应为 true（是）或 false（否）", "must be true or false")
        if kind == "text":
            if value in choices:
                return choices.index(value)
            from quintet.engine.errors import nearest

            near = nearest(str(value), choices)
            raise self._wrong(
                subject, row, fact, value,
                "不在可选项内" + (f"，是否指“{near}”？" if near else f"，可选：{'、'.join(choices)}"),
                "is not one of the choices" + (f"; did you mean {near}?" if near else f": {', '.join(choices)}"),
            )  # fmt: skip
        return self._number(subject, row, fact, value, unit, low, high, scale)

    def _number(self, subject: str, row: dict[str, Any], fact: str, value: Any, unit: str, low: int, high: int, scale: int) -> int:
        wanted_zh = "应为整数" + ("（单位：分），或写成“10000 元”" if unit == "yuan" else "")
        wanted_en = "must be a whole number" + (" of fen, or written like '10,000 yuan'" if unit == "yuan" else "")
        if scale > 1:
            wanted_zh, wanted_en = "应为整数或半数，如 70.5", "must be a whole or a half number, such as 70.5"
        if scale > 1 and value.__class__ is float:
            value = str(value)
        if value.__class__ is str:
            from quintet.engine.values import parse_quantity

            try:
                exact = parse_quantity(value if unit in ("yuan", "percent") or not _WHOLE.fullmatch(value) else int(value), unit)
            except ValueError as error:
                raise self._wrong(subject, row, fact, value, wanted_zh, str(error)) from None
            exact *= scale
            if exact.denominator != 1:
                raise self._wrong(
                    subject,
                    row,
                    fact,
                    value,
                    "金额最多两位小数" if unit == "yuan" else wanted_zh,
                    "has more than two decimals" if unit == "yuan" else wanted_en,
                )
            value = int(exact)
        elif value.__class__ is int:
            value *= scale
        if value.__class__ is not int:
            raise self._wrong(subject, row, fact, value, wanted_zh, wanted_en)
        if not low <= value <= high:
            from quintet.engine.values import measured, outside

            raise self._wrong(
                subject,
                row,
                fact,
                value,
                *outside(low, high, unit, scale),
                shown=measured(value, unit, scale),
            )
        return value

    def too_early(self, subject: str, row: dict[str, Any], fact: str) -> None:
        """Refuses a day that lies before the one that comes first."""
        facts = self.subjects[subject]["facts"]
        first = facts[fact][7]
        if row.get(fact) is None or row.get(first) is None:
            return
        day, before = (date.fromordinal(self.read_day(subject, row, name, row[name]) + EPOCH) for name in (fact, first))
        if day < before:
            raise FactsError(subject, row.get("id", "?"), fact, **said_too_early(facts[fact][5], day, facts[first][5], before))

    def _wrong(
        self, subject: str, row: dict[str, Any], fact: str, value: Any, zh: str, en: str, *, shown: tuple[str, str] | None = None
    ) -> FactsError:
        label = self.subjects[subject]["facts"][fact][5]
        zh_shown, en_shown = shown or _shown(value)
        return FactsError(subject, row.get("id", "?"), fact, zh=f"{label[0]}（{zh_shown}）{zh}", en=f"{en_shown} {en}")


def said_too_early(label: tuple[str, str], day: date, first: tuple[str, str], before: date) -> dict[str, str]:
    """What is wrong with a day before the one that comes first, in both languages."""
    return {
        "zh": f"{label[0]}（{day.isoformat()}）早于{first[0]}（{before.isoformat()}），请核对这两个日期",
        "en": f"{day.isoformat()} lies before {before.isoformat()}, the {first[1][0].lower()}{first[1][1:]}; look at both days again",
    }


def _shown(value: Any) -> tuple[str, str]:
    """What was given, in both languages, as it was written: a text in quotation marks, yes and no as JSON has them, never as Python would."""
    from quintet.engine.values import date_text

    if value.__class__ is str:
        return f"“{value[:60]}”", f"'{value[:60]}'"
    if value.__class__ is bool:
        return ("true", "true") if value else ("false", "false")
    if value.__class__ is date:
        return date_text(value), date_text(value, "en")
    if value.__class__ in (list, dict, tuple):
        return "一组值", "a list of values"
    return str(value)[:60], str(value)[:60]


def cache_folder() -> Path:
    """Where compiled programs are kept."""
    named = os.environ.get("QUINTET_CACHE")
    return Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "quintet"


@cache
def generator() -> str:
    """SHA-256 over the sources of all that makes a program: another generator makes other programs, whether or not anybody says so.

    Reading them takes half a millisecond and imports nothing.
    """
    home = Path(__file__).parent
    digest = sha256()
    for folder in (home, home.parent / "reading"):
        for path in sorted(_sources(str(folder))):
            with open(path, "rb", buffering=0) as file:
                body = file.read()
            digest.update(f"{os.path.relpath(path, home)}\0{len(body)}\0".encode())
            digest.update(body)
    return digest.hexdigest()


def _sources(folder: str) -> Iterator[str]:
    """Python's files below a folder; compiled ones only where they stand in place of a source."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith((".py", ".pyc")):
                    yield entry.path
                elif entry.name != "__pycache__" and entry.is_dir():
                    yield from _sources(entry.path)
    except FileNotFoundError:
        return


def cached(pack_hash: str, epoch: date) -> Program | None:
    """The cached program of a pack's content and epoch, if this Python can run it."""
    try:
        found = marshal.loads(_cache_file(pack_hash, epoch).read_bytes())
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return Program(found[0], found[1])


def keep(pack_hash: str, epoch: date, program: Program) -> None:
    """Write a program to the cache; a cache that cannot be written is no error."""
    path = _cache_file(pack_hash, epoch)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(marshal.dumps((program.code, program.meta)))
        partial.replace(path)
    except OSError:
        return


def keep_index(own_hash: str, folders: list[Path], epochs: list[date]) -> None:
    """Remember which folders a pack uses and when its figures change, under the hash of its own files."""
    try:
        cache_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        path = cache_folder() / f"{own_hash[:32]}-{generator()[:16]}.index"
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(marshal.dumps(([str(folder) for folder in folders], [day.isoformat() for day in epochs])))
        partial.replace(path)
    except OSError:
        return


def cached_index(own_hash: str) -> tuple[list[Path], list[str]] | None:
    """What `keep_index` remembered: (folders, days on which figures change)."""
    try:
        folders, epochs = marshal.loads((cache_folder() / f"{own_hash[:32]}-{generator()[:16]}.index").read_bytes())
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return [Path(folder) for folder in folders], epochs


def _cache_file(pack_hash: str, epoch: date) -> Path:
    tag = sys.implementation.cache_tag or "python"
    return cache_folder() / f"{pack_hash[:32]}-{epoch.isoformat()}-{generator()[:16]}.{tag}"
