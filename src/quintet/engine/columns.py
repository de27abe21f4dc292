"""Tables of facts from Parquet, CSV or Arrow, checked as strictly as single rows are."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quintet.engine.backends.arrays import Column, Table, storage
from quintet.engine.errors import FactsError, nearest
from quintet.engine.identity import placed, stray
from quintet.engine.packs.model import FactSpec, Subject
from quintet.engine.runtime import day_of, said_too_early
from quintet.engine.values import INT64, date_of, measured, outside, parse_quantity


def read_tables(folder: Path, subjects: dict[str, Subject]) -> dict[str, Table]:
    """`<subject>.parquet` or `<subject>.csv` of a folder as tables. Raises FactsError, also for a file that looks like one of them and is none,
    and for two of a subject."""
    _refuse_misnamed(folder, subjects)
    tables = {}
    for name, subject in subjects.items():
        for suffix in (".parquet", ".csv"):
            path = folder / f"{name}{suffix}"
            if path.is_file():
                tables[name] = table_from_arrow(_read(path, subject), subject)
                break
    for name, table in tables.items():
        for ref, target in subjects[name].refs.items():
            if ref in table.named and target in tables:
                _refuse_strays(name, ref, target, table, tables[target])
    if not tables:
        raise FactsError(
            str(folder),
            "",
            "",
            zh=f"文件夹中没有 {'、'.join(f'{name}.parquet' for name in subjects)}（或 .csv）",
            en=f"has none of {', '.join(f'{name}.parquet' for name in subjects)} (or .csv)",
        )
    return tables


def _refuse_misnamed(folder: Path, subjects: dict[str, Subject]) -> None:
    """What would be passed over without a word: loans.csv, Loan.CSV, loan.csv beside loan.parquet."""
    read = {f"{name}{suffix}" for name in subjects for suffix in (".parquet", ".csv")}
    there = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".parquet", ".csv")) if folder.is_dir() else []
    for path in there:
        near = get_close_matches(path.stem.lower(), subjects, n=1, cutoff=0.8)  # results may lie beside the facts
        if path.name not in read and near:
            right = f"{near[0]}{path.suffix.lower()}"
            raise FactsError(
                near[0], path.name, "", zh=f"这个文件名不认识，请改为 {right}", en=f"is no file of facts; did you mean {right}?"
            )
        if path.suffix == ".csv" and path.name in read and path.with_suffix(".parquet") in there:
            other = path.with_suffix(".parquet").name
            raise FactsError(path.stem, path.name, "", zh=f"与 {other} 重复，请只留一个", en=f"stands beside {other}; keep one of them")


def _read(path: Path, subject: Subject) -> pa.Table:
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            return pq.ParquetFile(path).read()  # as it stands: a doubled column is told, not merged
        return _read_csv(path, subject, "utf8")
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        if path.suffix == ".csv" and ("utf" in str(error).lower() or isinstance(error, UnicodeDecodeError)):
            try:
                return _read_csv(path, subject, "gb18030")  # as Excel saves it in China
            except (pa.ArrowException, UnicodeDecodeError, OSError):
                zh, en = (
                    "既不是 UTF-8，也不是 GBK/GB18030 文本，请另存为 UTF-8 的 CSV",
                    "is neither UTF-8 nor GB18030 text; save it as UTF-8",
                )
                raise FactsError(subject.name, path.name, "", zh=zh, en=en) from None
        raise FactsError(subject.name, path.name, "", zh=f"无法读取：{error}", en=f"cannot be read: {error}") from None
    except (pa.ArrowException, OSError) as error:
        raise FactsError(subject.name, path.name, "", zh=f"无法读取：{error}", en=f"cannot be read: {error}") from None


_UNIT_BEHIND = re.compile(r"\s*(.+?)\s*[(（]\s*(yuan|fen|元|万元|亿元)\s*[)）]\s*")


def _read_csv(path: Path, subject: Subject, encoding: str) -> pa.Table:
    """Ids and references are text, so that 001 and 1 stay apart; so are sums, whose unit stands beside the figure or in the heading:
    `spent（元）`, `spent(fen)`. Only an empty cell is unknown: #N/A, NA and null are told."""
    import pyarrow.csv as csv

    read = csv.ReadOptions(encoding=encoding)
    headings = csv.open_csv(path, read_options=read).schema.names
    units = {heading: found.groups() for heading in headings if (found := _UNIT_BEHIND.fullmatch(heading)) and _is_money(subject, found[1])}
    texts = ("id", "name", *subject.refs, *units, *(name for name in subject.facts if _is_money(subject, name)))
    options = csv.ConvertOptions(
        strings_can_be_null=True, quoted_strings_can_be_null=True, null_values=[""], column_types=dict.fromkeys(texts, pa.string())
    )
    table = csv.read_csv(path, read_options=read, convert_options=options)
    for heading, (name, unit) in units.items():
        place = table.column_names.index(heading)
        table = table.set_column(place, name, _with_unit(table[heading], unit))
    return table


def _is_money(subject: Subject, name: str) -> bool:
    return name in subject.facts and subject.facts[name].type.unit == "yuan"


def _with_unit(column: pa.ChunkedArray, unit: str) -> Any:
    """The texts of a column with the unit that its heading has; what is blank stays blank."""
    blank = pc.equal(pc.utf8_trim_whitespace(column), "")
    return pc.if_else(blank, pa.scalar(None, pa.string()), pc.binary_join_element_wise(column, pa.scalar(unit), " "))


def table_from_arrow(arrow: pa.Table, subject: Subject) -> Table:
    """An Arrow table as engine columns. Raises FactsError naming the first row (from 1) that is wrong."""
    twice = next((name for name in arrow.column_names if arrow.column_names.count(name) > 1), None)
    if twice is not None:
        raise FactsError(subject.name, "", twice, zh="这一列出现了两次，请删去一列", en="the column stands twice; take one away")
    if "id" not in arrow.column_names:
        raise FactsError(subject.name, "", "id", zh="缺少 id 列", en="the column id is missing")
    if pa.types.is_null(arrow["id"].type):  # a file of headings alone
        arrow = arrow.set_column(arrow.column_names.index("id"), "id", arrow["id"].cast(pa.string()))
    ids = canonical_column(arrow["id"], subject.name, "id")
    if pc.count_distinct(ids).as_py() + ids.null_count != arrow.num_rows:
        raise FactsError(
            subject.name, "", "id", zh="编号重复，每行应有自己的编号", en="an id stands twice; every row needs an id of its own"
        )
    table = Table(arrow.num_rows, {}, ids=ids, written=arrow["id"])
    for name in arrow.column_names:
        column = arrow[name].combine_chunks() if arrow[name].num_chunks != 1 else arrow[name].chunk(0)
        if name in subject.refs:
            table.named[name] = canonical_column(column, subject.name, name)
            table.refs[name] = _codes(table.named[name])
        elif name in subject.facts:
            table.facts[name] = _column(column, subject.facts[name])
        elif name not in ("id", "name"):
            near = nearest(name, [*subject.facts, *subject.refs, "id", "name"])
            raise FactsError(
                subject.name,
                "",
                name,
                zh="没有这项事实" + (f"，是否指“{near}”？" if near else ""),
                en="there is no such fact." + (f" Did you mean {near}?" if near else ""),
            )
    for name, spec in subject.facts.items():
        if spec.not_before in table.facts and name in table.facts:
            _refuse_too_early(table, spec, subject.facts[spec.not_before])
    return table


def _refuse_too_early(table: Table, spec: FactSpec, first: FactSpec) -> None:
    """A day before the one that comes first is refused, where both are known."""
    days, before = table.facts[spec.name], table.facts[first.name]
    wrong = days.values < before.values
    for known in (days.known, before.known):
        wrong = wrong if known is None else wrong & known
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        said = said_too_early(spec.label, date_of(int(days.values[row])), first.label, date_of(int(before.values[row])))
        raise FactsError(spec.subject, row + 1, spec.name, **said)


# What `identity.canonical` leaves as it is, told of a whole column at once: most ids of a city.
_USUAL = "^[0-9A-Z]+(?:[-./][0-9A-Z]+)*$"
_ODD = r"^[^0-9]+$|^[0-9](?:\.[0-9]+)?E\+?[0-9]+$|^[0-9]+\.0+$"


def canonical_column(column: Any, subject: str, fact: str) -> Any:
    """Ids or references as they are compared, see `identity.canonical`; whole numbers stay numbers. Raises FactsError."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        return pa.array(
            [None if value is None else placed(value, subject, str(value)[:40], fact) for value in column.to_pylist()], pa.string()
        )
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    usual = pc.and_not(pc.match_substring_regex(column, _USUAL), pc.match_substring_regex(column, _ODD))
    if pc.all(usual).as_py() is not False:
        return column
    odd = pc.fill_null(pc.invert(usual), False)
    forms = pa.array([placed(text, subject, text[:40], fact) for text in pc.filter(column, odd).to_pylist()], column.type)
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    mask = odd.combine_chunks() if isinstance(odd, pa.ChunkedArray) else odd
    return pc.replace_with_mask(whole, mask, forms)


def _refuse_strays(subject: str, ref: str, target: str, table: Table, targets: Table) -> None:
    """A reference to nobody is refused, where the table it refers to is given."""
    texts = table.named[ref].cast(pa.string())
    ids = targets.ids.cast(pa.string())
    known = pc.is_in(texts, value_set=ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids)
    strays = pc.and_(pc.is_valid(texts), pc.invert(known))
    if pc.any(strays).as_py():
        place = pc.index(strays, True).as_py()
        raise stray(subject, table.ids[place].as_py(), ref, target, texts[place].as_py())


def _codes(column: pa.Array) -> Any:
    """References as integers: equal numbers mean the same; a missing one stands for itself alone."""
    if pa.types.is_integer(column.type) and not column.null_count and (pc.min(column).as_py() or 0) >= 0:
        return column.to_numpy(zero_copy_only=False)
    codes = pc.fill_null(column.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    missing = np.flatnonzero(codes < 0)
    codes[missing] = -1 - missing
    return codes


def _column(column: pa.Array, spec: FactSpec) -> Column:
    if pa.types.is_null(column.type):
        column = column.cast({"bool": pa.bool_(), "date": pa.date32(), "text": pa.string()}.get(spec.type.kind, pa.int64()))
    known = column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else None
    return {"bool": _bools, "date": _days, "text": _texts, "number": _numbers}[spec.type.kind](column, spec, known)


def _bools(column: pa.Array, spec: FactSpec, known: Any) -> Column:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _each_text(
            column, spec, pa.bool_(), _truth_of, "应为“是”或“否”；不知道的留空", "is neither true nor false; leave out what is not known"
        )
        known = column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else known
    if not pa.types.is_boolean(column.type):
        raise _wrong(spec, "", "应为是/否列", f"must be a column of true and false, not {column.type}")
    return Column(pc.fill_null(column, False).to_numpy(zero_copy_only=False), known)


_TRUTHS = {"true": True, "是": True, "1": True, "false": False, "否": False, "0": False}


def _truth_of(text: str) -> bool:
    """Raises ValueError for what is neither."""
    if text.strip().lower() not in _TRUTHS:
        raise ValueError(text)
    return _TRUTHS[text.strip().lower()]


def _days(column: pa.Array, spec: FactSpec, known: Any) -> Column:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _each_text(column, spec, pa.date32(), day_of, "应为日期，如 2020-12-31", "is not a date; write it like 2020-12-31")
    try:
        days = pc.fill_null(column.cast(pa.date32()), 0) if not pa.types.is_date32(column.type) else pc.fill_null(column, 0)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise _wrong(spec, "", "应为日期列，如 2020-12-31", f"must be a column of dates, not {column.type}") from None
    values = days.cast(pa.int32()).to_numpy(zero_copy_only=False)
    beyond = np.flatnonzero((values < spec.low) | (values > spec.high))
    if len(beyond):
        shown = _date_shown(int(values[beyond[0]]))
        raise _wrong(spec, int(beyond[0]) + 1, f"（{shown}）日期应在1900年至2150年之间", f"{shown} lies outside 1900 to 2150")
    return Column(values, known)


def _each_text(column: pa.Array, spec: FactSpec, kind: Any, read: Callable[[str], Any], zh: str, en: str) -> pa.Array:
    """A column of texts, each different one read as in a single row."""
    coded = column.dictionary_encode()
    values = []
    for text in coded.dictionary.to_pylist():
        try:
            values.append(read(text) if text and text.strip() else None)
        except ValueError:
            raise _wrong(spec, pc.index(column, text).as_py() + 1, f"（{text[:40]}）{zh}", f"{text[:40]!r} {en}") from None
    return pc.take(pa.array(values, kind), coded.indices)


def steps_of(text: str, spec: FactSpec) -> int:
    """A figure as text in the steps that the engine counts. Raises ValueError."""
    steps = parse_quantity(text, spec.type.unit) * spec.scale
    if steps.denominator != 1 or abs(steps) > INT64:
        raise ValueError(text)
    return int(steps)


def _date_shown(days: int) -> str:
    try:
        return date_of(days).isoformat()
    except (ValueError, OverflowError):
        return f"{days} days"


def _texts(column: pa.Array, spec: FactSpec, known: Any) -> Column:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_dictionary(column.type)):
        raise _wrong(spec, "", "应为文字列", f"must be a column of texts, not {column.type}")
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    codes = []
    for text in coded.dictionary.to_pylist():
        if text not in spec.type.choices:
            row = pc.index(column.cast(pa.string()), text).as_py() + 1
            near = nearest(str(text), spec.type.choices)
            raise _wrong(
                spec,
                row,
                f"（{text}）不在可选项内" + (f"，是否指“{near}”？" if near else ""),
                f"{text!r} is not one of the choices" + (f"; did you mean {near}?" if near else ""),
            )
        codes.append(spec.type.choices.index(text))
    table = np.array([*codes, 0], storage(spec))
    indices = pc.fill_null(coded.indices, len(codes)).to_numpy(zero_copy_only=False)
    return Column(np.take(table, indices), known)


def _numbers(column: pa.Array, spec: FactSpec, known: Any) -> Column:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _each_text(
            column,
            spec,
            pa.int64(),
            lambda text: steps_of(text, spec),
            *_no_figure(spec),
        )
    elif spec.scale > 1:
        column = _halves(column, spec)
    if not pa.types.is_integer(column.type):
        raise _wrong(spec, "", "应为整数列（金额以分计）", f"must be a column of whole numbers (money in fen), not {column.type}")
    values = pc.fill_null(column, 0).to_numpy(zero_copy_only=False)
    if values.dtype == np.uint64:
        raise _wrong(spec, "", "应为 64 位有符号整数", "must be signed 64-bit")
    beyond = np.flatnonzero(
        (values < spec.low) | (values > spec.high) if known is None else ((values < spec.low) | (values > spec.high)) & known
    )
    if len(beyond):
        shown = measured(int(values[beyond[0]]), spec.type.unit, spec.scale)
        zh, en = outside(spec.low, spec.high, spec.type.unit, spec.scale)
        raise _wrong(spec, int(beyond[0]) + 1, f"（{shown[0]}）{zh}", f"{shown[1]} {en}")
    return Column(values.astype(storage(spec), copy=False), known)


def _no_figure(spec: FactSpec) -> tuple[str, str]:
    if spec.type.unit != "yuan":
        return "应为整数；不知道的留空", "is no figure; leave out what is not known"
    zh = f"应为金额并写明单位：数字写成“10000 元”，或表头写成“{spec.name}（元）”；不知道的留空"
    return zh, f"is no sum with its unit; write '10,000 yuan', or {spec.name}(yuan) in the heading; leave out what is not known"


def _halves(column: pa.Array, spec: FactSpec) -> pa.Array:
    """A column of whole and half numbers as so many halves."""
    try:
        doubled = pc.multiply(column.cast(pa.float64()), float(spec.scale))
        return doubled.cast(pa.int64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise _wrong(spec, "", "应为整数或半数，如 70.5", "must hold whole and half numbers, such as 70.5") from None


def _wrong(spec: FactSpec, row: object, zh: str, en: str) -> FactsError:
    return FactsError(spec.subject, row, spec.name, zh=spec.label.zh + zh, en=en)
