"""The commands one by one, in this process: what good input gives, and what each wrong input is told. `test_cli.py` has the process as a whole."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from quintet.engine import EngineError
from quintet.engine.columns import read_tables
from quintet.engine.commands import commands
from quintet.engine.evaluate import load
from tests.engine.packs import write_pack

BODY = """
subjects:
  firm:
    label: {zh: 企业, en: firm}
    refs: {owner: firm}
    facts:
      staff: {type: people, range: [0, 1000], label: {zh: 职工, en: staff}}
      resident: {type: bool, label: {zh: 在本市, en: resident}, question: {zh: 在本市吗？, en: In the city?}}
      grade: {type: text, choices: {national: {zh: 国家级, en: national}, other: {zh: 其他, en: other}}, label: {zh: 级, en: grade}}
      founded_on: {type: date, label: {zh: 成立, en: founded}}
      spent: {type: yuan, range: [0 yuan, 1000000 yuan], label: {zh: 投入, en: spent}}
parameters:
  most: {clause: C1, label: {zh: 上限, en: most}, unit: yuan, value: "1,000 yuan"}
  staff_limit: {clause: C1, label: {zh: 人数, en: limit}, unit: people, value: 500 people}
rules:
- id: GRANT
  clause: C1
  subject: firm
  title: {zh: 补助, en: Grant}
  kind: formula
  budget: none
  amount: min(spent, most)
  when: {all: [resident, staff <= staff_limit, grade == 'national', founded_on <= on]}
  examples:
  - {title: all is well, on: 2020-12-31, facts: {resident: true, staff: 500, grade: national, founded_on: 2020-01-01, spent: 5 yuan}, expect: entitled, amount: 5 yuan}
  - {title: one too many, on: 2020-12-31, facts: {staff: 501}, expect: not_entitled}
"""
GOOD = """
firm:
- {id: A, resident: true, staff: 500, grade: national, founded_on: 2020-01-01, spent: 50 万元}
- {id: B, name: 乙公司, owner: A, staff: 501}
- id: C
  resident: true
  spent: "1,000.00 yuan"
  staff:
  founded_on: "2020-12-31"
"""
ROWS: list[dict[str, Any]] = [
    {"id": "A", "owner": None, "resident": True, "staff": 500, "grade": "national", "founded_on": date(2020, 1, 1), "spent": 5_000_000},
    {"id": "B", "owner": "A", "resident": None, "staff": 501, "grade": None, "founded_on": None, "spent": None},
    {"id": "C", "owner": None, "resident": True, "staff": None, "grade": None, "founded_on": date(2020, 12, 31), "spent": 100_000},
]
FOUND = [
    {"subject": "firm", "id": "A", "rule": "GRANT", "clause": "C1", "state": "entitled", "amount": 100_000},
    {"subject": "firm", "id": "C", "rule": "GRANT", "clause": "C1", "state": "unknown", "amount": None},
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the pack `small` and good facts."""
    write_pack(tmp_path / "packs", BODY)
    (tmp_path / "facts.yaml").write_text(GOOD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUINTET_PACKS", str(tmp_path / "packs"))
    return tmp_path


def run(words: str) -> tuple[int, str]:
    """Exit code and all that is said. An engine's error is what `main` shows with code 1; anything else would be a stack trace."""
    result = CliRunner().invoke(commands, words.split(), prog_name="quintet")
    if not isinstance(result.exception, (EngineError, SystemExit, type(None))):
        raise result.exception
    error = str(result.exception) if isinstance(result.exception, EngineError) else ""
    return result.exit_code, result.output + error


def evaluated(words: str = "") -> Any:
    code, text = run(f"evaluate small --facts facts.yaml --on 2020-12-31 --json {words}")
    assert code == 0, text
    return json.loads(text)


# Good runs --------------------------------------------------------------------------------------------------------------


def test_packs_are_listed_with_number_dates_and_title() -> None:
    code, text = run("packs")
    assert code == 0
    assert text.splitlines()[0] == "small\t试〔2020〕1号\t2019-07-04 – 2021-12-31\t小政策 / A small policy"
    assert {line.split("\t")[0] for line in text.splitlines()} >= {"small", "national", "panjin-2019-29"}


def test_check_counts_what_is_in_order() -> None:
    assert run("check small") == (0, "small: 1 clauses, 1 rules, 2 parameters, 0 duties, 0 targets, 2 examples: all in order\n")


def test_check_names_an_example_that_fails(home: Path) -> None:
    path = home / "packs" / "small" / "pack.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("staff: 501}", "staff: 500}"), encoding="utf-8")
    code, text = run("check small")
    assert code == 1
    assert text.splitlines()[-1] == "1 problem"
    assert "the example one too many of GRANT fails: expected not_entitled, but it is unknown. Mend the rule or the example." in text


def test_vocabulary_as_text_and_as_json() -> None:
    code, text = run("vocabulary small")
    assert (code, text.splitlines()) == (
        0,
        [
            "firm  企业 / firm",
            "  owner                        → firm",
            "  staff                        people     职工 / staff",
            "  resident                     bool       在本市 / resident",
            "  grade                        national|other 级 / grade",
            "  founded_on                   date       成立 / founded",
            "  spent                        yuan       投入 / spent",
        ],
    )
    (firm,) = json.loads(run("vocabulary small --json")[1])
    assert firm["refs"] == {"owner": "firm"}
    assert [(fact["fact"], fact["unit"], fact["least"], fact["most"]) for fact in firm["facts"]][-1] == ("spent", "yuan", 0, 100_000_000)
    assert firm["facts"][1]["question"] == {"zh": "在本市吗？", "en": "In the city?"}


def test_evaluate_prints_a_line_a_rule() -> None:
    code, text = run("evaluate small --facts facts.yaml --on 2020-12-31")
    assert code == 0
    assert [line.split() for line in text.splitlines()] == [
        ["firm", "A"], ["entitled", "1,000.00", "C1", "补助"], ["firm", "B"], ["not_entitled", "C1", "补助"], ["firm", "C"], ["unknown", "C1", "补助"],
    ]  # fmt: skip


def test_evaluate_json_has_the_outcomes() -> None:
    answer = evaluated()
    assert (answer["pack"], answer["on"], answer["status"]) == ("small", "2020-12-31", "in_force")
    assert [row["id"] for row in answer["results"]["firm"]] == ["A", "B", "C"]
    assert answer["results"]["firm"][0]["outcomes"] == [{"rule": "GRANT", "clause": "C1", "state": "entitled", "amount": 100_000}]
    traced = evaluated("--trace")["results"]["firm"]
    assert [row["outcomes"][0]["conditions"] for row in traced] == [[True] * 4, [None, False, None, None], [True, None, None, True]]


def test_yaml_and_json_give_the_same(home: Path) -> None:
    rows = [{name: str(value) if isinstance(value, date) else value for name, value in row.items()} for row in ROWS]
    (home / "facts.json").write_text(json.dumps({"firm": rows}), encoding="utf-8")
    assert json.loads(run("evaluate small --facts facts.json --on 2020-12-31 --json")[1]) == evaluated()


def test_a_parameter_is_overridden_for_one_evaluation() -> None:
    assert evaluated("--set most=2000yuan")["results"]["firm"][0]["outcomes"][0]["amount"] == 200_000
    assert evaluated()["results"]["firm"][0]["outcomes"][0]["amount"] == 100_000


def test_explain_in_english() -> None:
    code, text = run("explain small --facts facts.yaml --on 2020-12-31 --lang en")
    assert code == 0
    said = text.splitlines()
    assert said[0] == "This policy is in force on the evaluation date."
    assert [line.strip() for line in said if line.startswith("  ") and line.endswith(".")] == [
        "Entitled to 1,000.00 yuan (clause 一).",
        "Not entitled, because this is not met: staff is at most 500 people (now 501 people).",
        "Not known yet: please tell us “staff”.",
    ]
    assert said[-2:] == ["  ? staff", "  ? grade"]


def test_explain_json_has_both_languages() -> None:
    answer = json.loads(run("explain small --facts facts.yaml --on 2020-12-31 --json")[1])
    sentence = answer["results"]["firm"][0]["outcomes"][0]["sentence"]
    assert sentence == {"zh": "可获得 1,000.00 元（依据一）。", "en": "Entitled to 1,000.00 yuan (clause 一)."}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_batch_reads_a_city(suffix: str, home: Path) -> None:
    city = pa.Table.from_pylist(ROWS)
    if suffix == "csv":
        city = city.rename_columns(["spent(fen)" if name == "spent" else name for name in city.column_names])
    (csv.write_csv if suffix == "csv" else pq.write_table)(city, home / f"firm.{suffix}")
    code, text = run("batch small --facts . --on 2020-12-31 --output out.parquet")
    assert code == 0, text
    assert text.endswith("2 outcomes → out.parquet\n")
    assert pq.read_table(home / "out.parquet").to_pylist() == FOUND
    assert not list(home.glob("*.partial"))


@pytest.mark.parametrize("text", ["id,owner,staff,grade,founded_on\n", "id,staff,resident,spent,founded_on,grade\nA,,,,,\n"])
def test_batch_of_nobody_or_of_nothing_known(text: str, home: Path) -> None:
    (home / "firm.csv").write_text(text, encoding="utf-8")
    code, said = run("batch small --facts . --on 2020-12-31 --output out.parquet")
    assert code == 0, said
    states = [row["state"] for row in pq.read_table(home / "out.parquet").to_pylist()]
    assert states == ["unknown"] * (text.count("\n") - 1)


def test_batch_of_a_policy_that_ended_is_empty(home: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), home / "firm.parquet")
    assert run("batch small --facts . --on 2022-01-01 --output out.parquet")[0] == 0
    assert pq.read_table(home / "out.parquet").num_rows == 0


# Wrong inputs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("evaluate smal --facts facts.yaml --on 2020-12-31", 1, "smal: is not a pack: it has no pack.yaml. Did you mean small?"),
        ("check nowhere-at-all", 1, "nowhere-at-all: is not a pack: it has no pack.yaml. See `quintet packs`."),
        ("evaluate small --facts none.yaml --on 2020-12-31", 2, "'none.yaml' does not exist."),
        ("evaluate small --facts packs --on 2020-12-31", 1, "packs: cannot be read: Is a directory"),
        ("evaluate small --on 2020-12-31", 2, "Missing option '--facts'."),
        ("evaluate small --facts facts.yaml", 2, "Missing option '--on'."),
        ("evaluate small --facts facts.yaml --on 2020-02-30", 2, "'2020-02-30' is not a date; write it like 2020-12-31"),
        ("evaluate small --facts facts.yaml --on 1899-12-31", 1, "1899-12-31 lies outside 1900 to 2150 and cannot be evaluated."),
        ("evaluate small --facts facts.yaml --on 2020-12-31 --set most", 2, "'most' is not NAME=VALUE"),
        ("evaluate small --facts facts.yaml --on 2020-12-31 --set mst=1yuan", 1, "there is no parameter mst. Did you mean most?"),
        ("evaluate small --facts facts.yaml --on 2020-12-31 --set most=1", 1, "most: '1' lacks its unit; write '1 yuan'."),
        ("explain small --facts facts.yaml --on 2020-12-31 --lang fr", 2, "'fr' is not one of 'zh', 'en'."),
        ("explain small --facts facts.yaml --on tomorrow", 2, "'tomorrow' is not a date"),
        ("batch small --facts nowhere --on 2020-12-31 --output out.parquet", 2, "'nowhere' does not exist."),
        ("batch small --facts facts.yaml --on 2020-12-31 --output out.parquet", 2, "'facts.yaml' is a file."),
        ("batch small --facts packs --on 2020-12-31 --output out.parquet", 1, "packs: has none of firm.parquet (or .csv)"),
        ("batch small --facts . --on 2020-12-31", 2, "Missing option '--output'."),
        ("evaluat", 2, "No such command 'evaluat'."),
    ],
)
def test_a_wrong_command_line_is_told_what_to_do(words: str, code: int, says: str) -> None:
    found, text = run(words)
    assert (found, says in text) == (code, True), text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("firm: [", "facts.yaml line 2: is not valid YAML: did not find expected node content."),
        ("firm:\n- {id: A, id: B}", "facts.yaml line 2: `id` stands twice in one mapping."),
        ("firm:\n- &a {id: A}\n- *a", "facts.yaml line 2: uses an anchor or alias"),
        ("firm: !!python/object:os.system {}", "facts.yaml line 1: uses a tag"),
        ("- firm", "facts.yaml line 1: must be a mapping"),
        ("firm: {id: A}", "firm: must be a list of rows"),
        ("firm: [A]", "firm 1: must be a mapping from facts to values"),
        ("firm: [{id: A}, {id: A}]", "firm A, id: stands twice; every row needs an id of its own"),
        ("frm: []", "frm: there is no such subject. Did you mean firm?"),
        ("firm: [{id: A, staf: 1}]", "firm A, staf: there is no such fact. Did you mean staff?"),
        ("firm: [{id: A, staff: .nan}]", "firm A, staff: '.nan' '.nan' is not a number with a unit"),
        ("firm: [{id: A, staff: 5.5}]", "firm A, staff: '5.5' must be a whole number"),
        ("firm: [{id: A, staff: 1001}]", "firm A, staff: 1,001 lies outside 0 to 1,000"),
        ("firm: [{id: A, resident: yes}]", "firm A, resident: 'yes' must be true or false"),
        ("firm: [{id: A, grade: nationl}]", "firm A, grade: 'nationl' is not one of the choices; did you mean national?"),
        ("firm: [{id: A, founded_on: 2020-02-30}]", "facts.yaml line 1: '2020-02-30' is not a date. Write it like 2020-12-31."),
        ("firm: [{id: A, founded_on: soon}]", "firm A, founded_on: 'soon' is not a date; write it like 2020-12-31"),
        ("firm: [{id: A, spent: 100}]\nfirm: []", "facts.yaml line 2: `firm` stands twice"),
        ("firm: [{id: A, spent: 1.005 yuan}]", "firm A, spent: '1.005 yuan' has more than two decimals"),
    ],
)
@pytest.mark.parametrize("command", ["evaluate", "explain"])
def test_wrong_facts_in_yaml_are_refused(command: str, text: str, says: str, home: Path) -> None:
    (home / "facts.yaml").write_text(text, encoding="utf-8")
    code, said = run(f"{command} small --facts facts.yaml --on 2020-12-31")
    assert (code, says in said) == (1, True), said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"firm": [{"id": "A", "staff": NaN}]}', "facts.json: is not valid JSON: NaN is not a number"),
        ('{"firm": [{"id": "A", "staff": -Infinity}]}', "facts.json: is not valid JSON: -Infinity is not a number"),
        ('{"firm": [{"id": "A", "staff": 1e2}]}', "firm A, staff: '1e2' '1e2' is not a number with a unit"),
        ('{"firm": [{"id": "A", "staff": 5.5}]}', "firm A, staff: '5.5' must be a whole number"),
        ('{"firm": [{"id": "A", "spent": 100.5}]}', "firm A, spent: '100.5' '100.5' lacks its unit"),
        ('{"firm": [{"id": "A", "founded_on": "2020-13-01"}]}', "firm A, founded_on: '2020-13-01' is not a date"),
        ('{"firm": [{"id": null, "reident": true}]}', "reident: there is no such fact. Did you mean resident?"),
        ("[]", "facts.json: must map subjects to lists of rows"),
        ("firm: []", "facts.json: is not valid JSON"),
    ],
)
def test_wrong_facts_in_json_are_refused(text: str, says: str, home: Path) -> None:
    (home / "facts.json").write_text(text, encoding="utf-8")
    code, said = run("evaluate small --facts facts.json --on 2020-12-31")
    assert (code, says in said) == (1, True), said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "firm firm.csv: cannot be read: Empty CSV file"),
        ("id,staff\nA\n", "firm firm.csv: cannot be read: CSV parse error"),
        ("staff\n1\n", "firm, id: the column id is missing"),
        ("id,staff\nA,1\nA,2\n", "firm, id: an id stands twice; every row needs an id of its own"),
        ("id,staf\nA,1\n", "firm, staf: there is no such fact. Did you mean staff?"),
        ("id,staff\nA,1\nB,1001\n", "firm 2, staff: 1,001 lies outside 0 to 1,000"),
        ("id,staff\nA,1.5\n", "firm, staff: must be a column of whole numbers (money in fen), not double"),
        ("id,founded_on\nA,2020-02-30\n", "firm 1, founded_on: '2020-02-30' is not a date; write it like 2020-12-31"),
        ("id,founded_on\nA,1899-12-31\n", "firm 1, founded_on: 1899-12-31 lies outside 1900 to 2150"),
        ("id,grade\nA,national\nB,nationl\n", "firm 2, grade: 'nationl' is not one of the choices; did you mean national"),
        ("id,resident\nA,maybe\n", "firm 1, resident: 'maybe' is neither true nor false; leave out what is not known"),
    ],
)
def test_a_wrong_table_is_refused_and_nothing_is_written(text: str, says: str, home: Path) -> None:
    (home / "firm.csv").write_text(text, encoding="utf-8")
    code, said = run("batch small --facts . --on 2020-12-31 --output out.parquet")
    assert (code, says in said) == (1, True), said
    assert not list(home.glob("out.parquet*"))


NO_SUM = "is no sum with its unit; write '10,000 yuan', or spent(yuan) in the heading; leave out what is not known"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,spent\nA,100000\n", f"firm 1, spent: '100000' {NO_SUM}"),
        ("id,spent\nA,100000.50\n", f"firm 1, spent: '100000.50' {NO_SUM}"),
        ("id,spent\nA,10 yuan\nB,#N/A\n", f"firm 2, spent: '#N/A' {NO_SUM}"),
        ("id,spent(yuan)\nA,10\nB,NA\n", f"firm 2, spent: 'NA yuan' {NO_SUM}"),
        ("id,spent(yuan)\nA,10 yuan\n", f"firm 1, spent: '10 yuan yuan' {NO_SUM}"),
        ("id,spent(yuan)\nA,10.005\n", f"firm 1, spent: '10.005 yuan' {NO_SUM}"),
        ("id,spent(yuan),spent\nA,10,10 yuan\n", "firm, spent: the column stands twice; take one away"),
        ("id,spent(dollar)\nA,10\n", "firm, spent(dollar): there is no such fact"),
        ("id,staff(yuan)\nA,10\n", "firm, staff(yuan): there is no such fact"),
        ("id,staff\nA,null\n", "firm 1, staff: 'null' is no figure; leave out what is not known"),
        ("id,staff\nA,1\nB,n/a\n", "firm 2, staff: 'n/a' is no figure; leave out what is not known"),
        ("id,resident\nA,true\nB,#N/A\n", "firm 2, resident: '#N/A' is neither true nor false; leave out what is not known"),
        ("id,grade\nA,NULL\n", "firm 1, grade: 'NULL' is not one of the choices"),
        ("id,founded_on\nA,NA\n", "firm 1, founded_on: 'NA' is not a date"),
        ("id,staff\nNA,1\n", "is no id; leave out what has none"),
    ],
)
def test_a_csv_says_its_units_and_leaves_out_what_is_unknown(text: str, says: str, home: Path) -> None:
    (home / "firm.csv").write_text(text, encoding="utf-8")
    code, said = run("batch small --facts . --on 2020-12-31 --output out.parquet")
    assert (code, says in said) == (1, True), said


@pytest.mark.parametrize(
    "text",
    [
        "id,spent\nA,1234.5 yuan\n",
        'id,spent\nA,"1,234.50 元"\n',
        "id,spent(yuan)\nA,1234.5\n",
        "id,spent（元）\nA,１２３４.５０\n",
        "id,spent（万元）\nA,0.12345\n",
        "id,spent (fen)\nA,123450\n",
    ],
)
def test_a_sum_in_a_csv_is_one_whichever_way_its_unit_is_said(text: str, home: Path) -> None:
    (home / "firm.csv").write_text(text, encoding="utf-8")
    table = read_tables(home, load("small").pack.subjects)["firm"]
    assert table.facts["spent"].values.tolist() == [123450]


def test_truths_and_blanks_of_a_csv(home: Path) -> None:
    (home / "firm.csv").write_text("id,resident,spent(yuan)\nA,是,\nB,否, \nC,,1\n", encoding="utf-8")
    facts = read_tables(home, load("small").pack.subjects)["firm"].facts
    assert (facts["resident"].values.tolist(), facts["resident"].known.tolist()) == ([True, False, False], [True, True, False])
    assert facts["spent"].known.tolist() == [False, False, True]


def test_a_damaged_parquet_file_is_refused(home: Path) -> None:
    (home / "firm.parquet").write_bytes(b"PAR1 nothing")
    code, said = run("batch small --facts . --on 2020-12-31 --output out.parquet")
    assert (code, "firm firm.parquet: cannot be read" in said) == (1, True), said


def test_an_output_that_cannot_be_written_is_told(home: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), home / "firm.parquet")
    code, said = run("batch small --facts . --on 2020-12-31 --output nowhere/out.parquet")
    assert (code, "nowhere/out.parquet cannot be written" in said) == (2, True), said
