"""A whole city from files to a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from quintet.engine.backends.native import best_program
from quintet.engine.columns import read_tables
from quintet.engine.errors import EngineError
from quintet.engine.evaluate import Policy, status_on
from quintet.engine.packs.model import STATES

SCHEMA = pa.schema(
    [
        ("subject", pa.string()),
        ("id", pa.string()),
        ("rule", pa.string()),
        ("clause", pa.string()),
        ("state", pa.string()),
        ("amount", pa.int64()),
    ]
)


def run_batch(
    policy: Policy,
    folder: Path,
    on: date,
    output: Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Evaluate the tables of a folder and write every outcome that is not a refusal; amount in fen, null where unknown.

    Returns the number of rows written. The output appears only when it is whole. Raises FactsError, EngineError for an ending that is not one.
    """
    ending = output.suffix.lower()
    if ending not in (".parquet", ".csv"):
        raise EngineError(f"the output must end in .parquet or .csv, not {ending or 'nothing'}. 输出文件应以 .parquet 或 .csv 结尾。")
    bound = policy.bound(on, parameters)
    tables = read_tables(folder, policy.pack.subjects)
    results = best_program(bound, tables).run(tables, on, progress=progress)
    status = status_on(policy.program(on, parameters).meta, on)
    partial = output.with_name(output.name + ".partial")
    rows = 0
    with _writer(partial, ending) as writer:
        for subject, result in results.items():
            ids = tables[subject].written
            for rule in bound.subjects[subject].rules:
                if status != "in_force" and not (status == "ended" and rule.beyond_end is not None):
                    continue
                state = result.states[rule.spec.id]
                index = np.flatnonzero(state)
                amount = result.awards[rule.spec.id].dense(len(state))[index]
                rows += len(index)
                writer.write_table(_outcomes(subject, rule.spec.id, rule.spec.clause, ids, index, state[index], amount))
    partial.replace(output)
    return rows


def _writer(path: Path, ending: str) -> Any:
    """What writes a file of that ending."""
    if ending == ".parquet":
        return pq.ParquetWriter(path, SCHEMA)
    import pyarrow.csv as csv

    return csv.CSVWriter(path, SCHEMA)


def _outcomes(subject: str, rule: str, clause: str, ids: Any, index: Any, state: Any, amount: Any) -> pa.Table:
    count = len(index)
    names = pa.DictionaryArray.from_arrays(pa.array(state.astype(np.int8)), pa.array(STATES)).cast(pa.string())
    columns = [
        pa.array([subject] * count, pa.string()), pa.chunked_array([ids.take(pa.array(index)).combine_chunks().cast(pa.string())]), pa.array([rule] * count, pa.string()),
        pa.array([clause] * count, pa.string()), names, pa.array(amount, mask=(state == 3) | (state == 4)),
    ]  # fmt: skip
    return pa.table(columns, schema=SCHEMA)
