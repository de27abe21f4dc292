"""Tables of facts from Parquet, CSV or Arrow, checked as strictly as single rows are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quintet.engine.backends.arrays import Column, Table, storage
from quintet.engine.errors import FactsError, nearest
from quintet.engine.packs.model import FactSpec, Subject
from quintet.engine.values import date_of


def read_tables(folder: Path, subjects: dict[str, Subject]) -> dict[str, Table]:
    """`<subject>.parquet` or `<subject>.csv` of a folder as tables. Raises FactsError."""
    tables = {}
    for name, subject in subjects.items():
        for suffix in (".parquet", ".csv"):
            path = folder / f"{name}{suffix}"
            if path.is_file():
                tables[name] = table_from_arrow(_read(path, name), subject)
                break
    if not tables:
        raise FactsError(
            str(folder),
            "",
            "",
            zh=f"文件夹中没有 {'、'.join(f'{name}.parquet' for name in subjects)}（或 .csv）",
            en=f"has none of {', '.join(f'{name}.parquet' for name in subjects)} (or .csv)",
        )
    return tables


def _read(path: Path, subject: str) -> pa.Table:
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            return pq.read_table(path)
        import pyarrow.csv as csv

        return csv.read_csv(path, convert_options=csv.ConvertOptions(strings_can_be_null=True))
    except (pa.ArrowInvalid, OSError) as error:
        raise FactsError(subject, path.name, "", zh=f"无法读取：{error}", en=f"cannot be read: {error}") from None


def table_from_arrow(arrow: pa.Table, subject: Subject) -> Table:
    """An Arrow table as engine columns. Raises FactsError naming the first row (from 1) that is wrong."""
    if "id" not in arrow.column_names:
        raise FactsError(subject.name, "", "id", zh="缺少 id 列", en="the column id is missing")
    if pa.types.is_null(arrow["id"].type):  # a file of headings alone
        arrow = arrow.set_column(arrow.column_names.index("id"), "id", arrow["id"].cast(pa.string()))
    if pc.count_distinct(arrow["id"]).as_py() + arrow["id"].null_count != arrow.num_rows:
        raise FactsError(
            subject.name, "", "id", zh="编号重复，每行应有自己的编号", en="an id stands twice; every row needs an id of its own"
        )
    table = Table(arrow.num_rows, {}, ids=arrow["id"])
    for name in arrow.column_names:
        column = arrow[name].combine_chunks() if arrow[name].num_chunks != 1 else arrow[name].chunk(0)
        if name in subject.refs:
            table.refs[name], table.named[name] = _codes(column), column
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
    return table


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
    if not pa.types.is_boolean(column.type):
        raise _wrong(spec, "", "应为是/否列", f"must be a column of true and false, not {column.type}")
    return Column(pc.fill_null(column, False).to_numpy(zero_copy_only=False), known)


def _days(column: pa.Array, spec: FactSpec, known: Any) -> Column:
    try:
        days = pc.fill_null(column.cast(pa.date32()), 0) if not pa.types.is_date32(column.type) else pc.fill_null(column, 0)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise _wrong(spec, "", "应为日期列，如 2020-12-31", f"must be a column of dates, not {column.type}") from None
    values = days.cast(pa.int32()).to_numpy(zero_copy_only=False)
    outside = np.flatnonzero((values < spec.low) | (values > spec.high))
    if len(outside):
        shown = _date_shown(int(values[outside[0]]))
        raise _wrong(spec, int(outside[0]) + 1, f"（{shown}）日期应在1900年至2150年之间", f"{shown} lies outside 1900 to 2150")
    return Column(values, known)


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
    if not pa.types.is_integer(column.type):
        raise _wrong(spec, "", "应为整数列（金额以分计）", f"must be a column of whole numbers (money in fen), not {column.type}")
    values = pc.fill_null(column, 0).to_numpy(zero_copy_only=False)
    if values.dtype == np.uint64:
        raise _wrong(spec, "", "应为 64 位有符号整数", "must be signed 64-bit")
    outside = np.flatnonzero(
        (values < spec.low) | (values > spec.high) if known is None else ((values < spec.low) | (values > spec.high)) & known
    )
    if len(outside):
        value = int(values[outside[0]])
        raise _wrong(
            spec,
            int(outside[0]) + 1,
            f"（{value:,}）超出范围 {spec.low:,} 至 {spec.high:,}",
            f"{value:,} lies outside {spec.low:,} to {spec.high:,}",
        )
    return Column(values.astype(storage(spec), copy=False), known)


def _wrong(spec: FactSpec, row: object, zh: str, en: str) -> FactsError:
    return FactsError(spec.subject, row, spec.name, zh=spec.label.zh + zh, en=en)
