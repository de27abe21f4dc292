"""Ids, references and files of facts: one thing has one id, nobody is referred to who is not there, and what cannot be read is told."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from quintet.engine import FactsError, load
from quintet.engine.batch import run_batch
from quintet.engine.columns import read_tables
from quintet.engine.errors import EngineError
from quintet.engine.evaluate import read_facts

pytestmark = pytest.mark.engine_only

PANJIN = load("panjin-2019-29")
ON = date(2020, 12, 31)
LOAN: dict[str, Any] = {
    "pledge": "intellectual_property", "released": True, "principal": 30_000_000_00, "interest_paid": 2_000_000_00, "drawn_on": "2020-03-01",
    "due_on": "2021-03-01", "interest_settled_on": "2020-12-20",
}  # fmt: skip


def subsidies(rows: list[dict[str, Any]]) -> list[int]:
    answer = PANJIN.evaluate({"loan": [{**LOAN, **row} for row in rows]}, ON)["results"]["loan"]
    return [outcome["amount"] for row in answer for outcome in row["outcomes"] if outcome["rule"] == "loan_interest_subsidy"]


SAME: list[tuple[Any, Any]] = [
    ("E1", "E1 "), ("E1", " E1"), (1, "1"), ("E1", "Ｅ1"), ("E1", "E\u200b1"), ("企业一", "企业一\u3000"), ("e1", "E1"), ("E 1", "E1"),
    *(("E-1", f"E{dash}1") for dash in "—－–−‑_〜～⁃"),
    *(("盘锦·甲", f"盘锦{dot}甲") for dot in "•・‧．●･"),
    *(("E1", f"E{mark}1") for mark in "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u202a\u202e\u2066\u2069\ufe0f\u180e"),
    ("企业（一）", "企业(一)"), ("遼寧甲", "辽宁甲"), ("⻋辆", "车辆"),
    ("91211100DEMB00001Q", "91211100demb00001q"), ("91211100DEMB00001Q", "９１２１１１００ＤＥＭＢ０００Ｏ１Ｑ".replace("Ｏ", "０")),
    (1, 1.0), ("1", "1.0"), (123456789012345, 123456789012345.0),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), SAME)
def test_one_enterprise_has_one_limit_however_it_is_written(first: Any, second: Any) -> None:
    assert subsidies([{"id": "a", "enterprise": first}, {"id": "b", "enterprise": second}]) == [500_000_00, 0]


@pytest.mark.parametrize(("first", "second"), [("001", "1"), ("E1", "E2"), ("1.5", "1"), ("V1.0", "V1"), ("企业一", "企业二")])
def test_what_is_different_stays_apart(first: Any, second: Any) -> None:
    assert subsidies([{"id": "a", "enterprise": first}, {"id": "b", "enterprise": second}]) == [500_000_00, 500_000_00]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_two_rows_of_one_id_are_refused(first: Any, second: Any) -> None:
    with pytest.raises(FactsError, match="stands twice"):
        subsidies([{"id": first}, {"id": second}])


LOST: list[tuple[Any, str]] = [
    ("2.02103E+17", "改写过"), ("2021031512345679.0", "改写过"), (1e15, "应为文字或整数"), (2021031512345679.0, "应为文字或整数"),
    (float("nan"), "应为文字或整数"), (1.5, "应为文字或整数"), (True, "应为文字或整数"),
    ("Е1", "字形相似"), ("E٣", "字形相似"), ("无", "没有编号的请留空"), ("—", "没有编号的请留空"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "told"), LOST)
@pytest.mark.parametrize("where", ["id", "enterprise"])
def test_an_id_that_lost_digits_or_only_looks_like_one_is_refused(where: str, value: Any, told: str) -> None:
    with pytest.raises(FactsError) as error:
        subsidies([{"id": "a", "enterprise": "E1"} | {where: value}, {"id": "b", "enterprise": "E1"}])
    assert told in error.value.zh
    assert (error.value.subject, error.value.fact) == ("loan", where)


def test_a_reference_to_nobody_is_refused_where_the_others_are_given() -> None:
    with pytest.raises(FactsError, match="refers to 'E2'") as error:
        PANJIN.evaluate({"enterprise": [{"id": "E1"}], "loan": [{"id": "a", "enterprise": "E2", **LOAN}]}, ON)
    assert "请核对编号" in error.value.zh
    PANJIN.evaluate({"enterprise": [{"id": 1}], "loan": [{"id": "a", "enterprise": "1", **LOAN}]}, ON)
    PANJIN.evaluate({"loan": [{"id": "a", "enterprise": "E2", **LOAN}]}, ON)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"loan": [{"id": "a", "principal": 1, "principal": 2}]}', "stands twice"),
        ('{"loan": [], "loan": []}', "stands twice"),
        ('{"loan": [{"id": "a\\ud800"}]}', "half of a character"),
        ('{"loan": [{"\\udc00": 1}]}', "half of a character"),
    ],
)
def test_a_json_file_that_says_two_things_or_none_is_refused(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FactsError, match=told):
        read_facts(path)


# columns ------------------------------------------------------------------------------------------------------------

HEAD = "id,enterprise,pledge,released,principal,interest_paid,drawn_on,due_on,interest_settled_on\n"
FEN = HEAD.replace("principal", "principal(fen)").replace("interest_paid", "interest_paid(fen)")
ROW = "{id},{firm},intellectual_property,true,3000000000,200000000,2020-03-01,2021-03-01,2020-12-20\n"


def folder_of(tmp_path: Path, *rows: tuple[str, str], encoding: str = "utf-8", head: str = FEN) -> Path:
    text = head + "".join(ROW.format(id=name, firm=firm) for name, firm in rows)
    (tmp_path / "loan.csv").write_bytes(text.encode(encoding))
    return tmp_path


def amounts(folder: Path, ending: str = "parquet") -> dict[str, int]:
    output = folder / f"out.{ending}"
    run_batch(PANJIN, folder, ON, output)
    table = (
        pq.read_table(output)
        if ending == "parquet"
        else csv.read_csv(output, convert_options=csv.ConvertOptions(column_types={"id": pa.string()}))
    )
    return {row["id"]: row["amount"] for row in table.to_pylist() if row["rule"] == "loan_interest_subsidy"}


def test_zeros_ahead_keep_rows_and_firms_of_a_csv_apart(tmp_path: Path) -> None:
    assert amounts(folder_of(tmp_path, ("001", "001"), ("1", "1"))) == {"001": 500_000_00, "1": 500_000_00}


def test_blanks_do_not_make_two_firms_of_one(tmp_path: Path) -> None:
    assert amounts(folder_of(tmp_path, ("a", "E1"), ("b", "E1 "), ("c", "Ｅ1"))) == {"a": 500_000_00, "b": 0, "c": 0}


@pytest.mark.parametrize(("first", "second"), [pair for pair in SAME if all(isinstance(one, str) for one in pair)])
def test_columns_compare_as_single_rows_do_and_give_back_what_was_written(first: str, second: str, tmp_path: Path) -> None:
    assert amounts(folder_of(tmp_path, ("loan-a", first), ("Loan b", second))) == {"loan-a": 500_000_00, "Loan b": 0}
    with pytest.raises(FactsError, match="stands twice"):
        amounts(folder_of(tmp_path, (first, "E1"), (second, "E1")))


def test_figures_of_a_parquet_file_are_the_ids_that_they_show(tmp_path: Path) -> None:
    kinds = {"principal": 30_000_000_00, "interest_paid": 2_000_000_00, "released": True, "pledge": "intellectual_property"}
    days = {name: LOAN[name] for name in ("drawn_on", "due_on", "interest_settled_on")}
    rows = [{"id": 1.0, "enterprise": 7.0, **kinds, **days}, {"id": 2.0, "enterprise": 7.0, **kinds, **days}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "loan.parquet")
    assert sorted(amounts(tmp_path).values()) == [0, 500_000_00]
    pq.write_table(pa.table({"id": ["7"]}), tmp_path / "enterprise.parquet")
    assert sorted(amounts(tmp_path).values()) == [0, 500_000_00]


@pytest.mark.parametrize("value", [1.5, 1e15, float("inf")])
def test_figures_that_are_no_ids_are_refused_in_a_parquet_file(value: float, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"], "enterprise": [value]}), tmp_path / "loan.parquet")
    with pytest.raises(FactsError) as error:
        amounts(tmp_path)
    assert "改写过" in error.value.zh


@pytest.mark.parametrize(("value", "told"), [pair for pair in LOST if isinstance(pair[0], str)])
def test_columns_refuse_what_single_rows_refuse(value: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(FactsError) as error:
        amounts(folder_of(tmp_path, ("a", "E1"), ("b", value)))
    assert told in error.value.zh
    assert error.value.subject == "loan"


def test_zeros_ahead_keep_ids_of_a_yaml_file_apart(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text("loan:\n- {id: 0012, enterprise: 010}\n- {id: 12, enterprise: 10}\n- {id: 0, principal: 5}\n", encoding="utf-8")
    assert [row["id"] for row in read_facts(path)["loan"]] == ["0012", 12, 0]
    assert [row.get("enterprise") for row in read_facts(path)["loan"]] == ["010", 10, None]


def test_a_gbk_file_is_read(tmp_path: Path) -> None:
    assert amounts(folder_of(tmp_path, ("贷款一", "企业一"), ("贷款二", "企业一"), encoding="gbk")) == {"贷款一": 500_000_00, "贷款二": 0}


def test_bytes_of_no_encoding_are_told(tmp_path: Path) -> None:
    (tmp_path / "loan.csv").write_bytes(HEAD.encode() + b"\xff\xfe\xff,E1,,,,,,,\n")
    with pytest.raises(FactsError, match="neither UTF-8 nor GB18030") as error:
        read_tables(tmp_path, PANJIN.pack.subjects)
    assert "另存为 UTF-8" in error.value.zh


def test_a_doubled_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loan.csv").write_text("id,principal,principal\na,1,2\n", encoding="utf-8")
    with pytest.raises(FactsError, match="stands twice"):
        read_tables(tmp_path, PANJIN.pack.subjects)


def test_a_doubled_parquet_column_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table([["a"], [1], [2]], names=["id", "principal", "principal"]), tmp_path / "loan.parquet")
    with pytest.raises(FactsError, match="stands twice"):
        read_tables(tmp_path, PANJIN.pack.subjects)


def test_a_reference_to_nobody_in_columns_is_refused(tmp_path: Path) -> None:
    folder_of(tmp_path, ("a", "E1"), ("b", "E9"))
    (tmp_path / "enterprise.csv").write_text("id\nE1\n", encoding="utf-8")
    with pytest.raises(FactsError, match="refers to 'E9'"):
        read_tables(tmp_path, PANJIN.pack.subjects)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_batch_writes_what_the_ending_says(ending: str, tmp_path: Path) -> None:
    assert amounts(folder_of(tmp_path, ("a", "E1")), ending) == {"a": 500_000_00}
    if ending == "csv":
        assert (tmp_path / "out.csv").read_text("utf-8").startswith('"subject","id","rule"')


@pytest.mark.parametrize("name", ["out.xlsx", "out", "out.csv.gz"])
def test_another_ending_is_refused_and_nothing_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"\.parquet or \.csv"):
        run_batch(PANJIN, folder_of(tmp_path, ("a", "E1")), ON, tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loan.csv"]


@pytest.mark.parametrize(
    "text",
    [
        '{"loan": [{"id": "a\\ud800"}]}',
        '{"a": 1, "a": 2}',
        "[[[",
        '{"loan": [{"id": "a", "enterprise": "E9"}], "enterprise": [{"id": "E1"}]}',
    ],
)
@pytest.mark.parametrize("command", ["evaluate", "explain"])
def test_the_command_line_tells_without_a_trace(command: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_text(text, encoding="utf-8")
    asked = [
        sys.executable,
        "-m",
        "quintet.engine.cli",
        command,
        "panjin-2019-29",
        "--facts",
        str(tmp_path / "facts.json"),
        "--on",
        "2020-12-31",
    ]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert json.dumps(told.stderr)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in told.stderr)


def test_days_and_figures_of_a_csv_are_read_as_those_of_a_row(tmp_path: Path) -> None:
    rows = [
        "a,E1,intellectual_property,true,30000000 yuan,2000000元,2020/3/1,2021年3月1日,20201220",
        "b,E2,intellectual_property,true,3000万元,200 万元,2020-03-01,2021.3.1,2020-12-20",
    ]
    (tmp_path / "loan.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8-sig")
    assert amounts(tmp_path) == {"a": 500_000_00, "b": 500_000_00}


@pytest.mark.parametrize(
    ("figure", "day"), [("1e5 yuan", "2020/3/1"), ("1_000 yuan", "2020/3/1"), ('"1,0,0 yuan"', "2020/3/1"), ("100 yuan", "3/1/2020")]
)
def test_what_no_row_may_say_no_csv_may_either(figure: str, day: str, tmp_path: Path) -> None:
    (tmp_path / "loan.csv").write_text(
        f"{HEAD}a,E1,intellectual_property,true,{figure},2000000 yuan,{day},2021-03-01,2020-12-20\n", "utf-8"
    )
    with pytest.raises(FactsError):
        read_tables(tmp_path, PANJIN.pack.subjects)
    row = {"id": "a", **LOAN, "principal": figure.strip('"'), "drawn_on": day}
    with pytest.raises(FactsError):
        PANJIN.evaluate({"loan": [row]}, ON)


@pytest.mark.parametrize("day", ["2020/3/1", "2020.03.01", "2020年3月1日", "20200301", "２０２０-03-01"])
def test_a_day_of_a_row_is_read_as_everywhere(day: str) -> None:
    one, other = (PANJIN.evaluate({"loan": [{"id": "a", **LOAN, "drawn_on": text}]}, ON) for text in (day, "2020-03-01"))
    assert one == other
