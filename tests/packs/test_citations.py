"""What a pack says that its text says: each statement names its clause and the words it asserts, and is held against the words of that clause."""

import re
from pathlib import Path

import pytest

from quintet.engine import load
from quintet.engine.packs.check import check
from quintet.engine.packs.citations import OF_THE_TEXT
from quintet.engine.packs.model import Citation
from tests.engine.packs import small

pytestmark = pytest.mark.engine_only

PACK = load("panjin-2019-29").pack
ROOT = Path(__file__).resolve().parents[2]

# Single words and figures of the clauses of 盘政办发〔2019〕29号, typed in by hand, in simplified characters.
WORDS: dict[str, set[str]] = {
    "P2": set(),
    "T3": {"当年", "获批", "新建", "认定", "国家级", "省级", "含", "一次性", "100万元", "20万元"},
    "T6": {"当年", "新获批", "一次性", "10万元", "重点扶持"},
    "T9": {"80%以上", "可用于", "产学研合作", "中试", "产业化", "事先立项", "事后补助", "不超过", "50万元"},
    "T11": {"2年", "免费", "标准化厂房", "全程代办"},
    "T12": {"高校科研院所", "基金入股"},
    "T13": {"知识产权质押", "贷款基准利率", "50%", "贴息", "最高", "50万元"},
    "T15": {"新引进", "顶尖人才", "国家级领军人才", "200万元", "100万元", "市财政"},
    "T16": {"新培养和引进", "培育引进", "1:1", "20万元", "50万元", "100万元", "最高", "创业初始阶段", "海外人才项目"},
    "T17": {"毕业5年内", "首次", "3年期", "3年期以上", "3.6万元", "国际级顶尖人才", "国家级领军人才", "15万元", "10万元", "新落户", "首套", "最高", "12万元"},
    "T18": {"国家级", "一区多园"},
    "T19": {"新列入", "新认定", "一次性", "20万元", "10万元", "含"},
    "S2": {"每年", "2000万元", "优先保障"},
}  # fmt: skip
# What statements say is missing from a clause: the word that would stand there if it were not.
ASKED = {
    "当年", "印发以前", "再次认定", "验收", "立项", "起算", "每家", "360天", "贷款期限", "付清", "期满", "提前还清", "已付利息", "国际级顶尖人才", "补贴年数",
}  # fmt: skip


def wrong(citation: Citation) -> list[str]:
    """What a citation asserts that does not hold."""
    words = WORDS.get(citation.clause)
    if words is None:
        return [f"no words of {citation.clause} are known here"]
    found = [f"{citation.clause} does not say {word}" for word in citation.says if word not in words]
    found += [f"{citation.clause} does say {word}" for word in citation.silent if word in words]
    found += [f"{word} is no word that could be missing" for word in citation.silent if word not in ASKED]
    told = {word for statement in citation.statements for word in re.findall("“([^”]+)”", statement.zh.split("读作")[0])}
    return found + [f"“{word}” is quoted and not declared" for word in told - set(citation.says) - set(citation.silent)]


@pytest.mark.parametrize("citation", PACK.citations, ids=lambda citation: f"{citation.clause} line {citation.at.line}")
def test_a_statement_of_the_text_holds(citation: Citation) -> None:
    assert wrong(citation) == []
    for statement in citation.statements:
        claim = statement.zh.split("读作")[0]
        assert any(word in claim for word in (*citation.says, *citation.silent)), statement.zh


def test_every_kind_of_statement_is_among_them() -> None:
    assert len(PACK.citations) >= 24
    assert not PACK.uncited
    assert {"T3", "T6", "T9", "T13", "T15", "T16", "T17", "T19"} <= {citation.clause for citation in PACK.citations} | {"T3"}


@pytest.mark.parametrize(
    ("clause", "says", "silent", "told"),
    [
        ("T13", ("当年",), (), "T13 does not say 当年"),
        ("T19", ("当年",), (), "T19 does not say 当年"),
        ("T3", (), ("当年",), "T3 does say 当年"),
        ("T17", (), ("月度",), "月度 is no word that could be missing"),
    ],
)
def test_a_false_attribution_is_found(clause: str, says: tuple[str, ...], silent: tuple[str, ...], told: str) -> None:
    assert told in wrong(Citation(clause, says, silent, (), PACK.citations[0].at))


STATEMENT = (
    "parameters:\n  odd: {{clause: C1, label: {{zh: 某, en: odd}}, unit: bool, value: true, {cites}treatment: {{zh: {zh}, en: {en}}}}}\n"
)


@pytest.mark.parametrize(("zh", "en"), [("原文按当年奖励。", "This year."), ("按当年。", "By the text this year.")])
def test_a_statement_without_a_citation_is_refused_by_the_check(zh: str, en: str, tmp_path: Path) -> None:
    problems = check(small(tmp_path / "a", STATEMENT.format(cites="", zh=zh, en=en)))[0]
    assert any("without a citation" in str(problem) for problem in problems)
    cited = small(tmp_path / "b", STATEMENT.format(cites="cites: {clause: C1, says: [当年]}, ", zh=zh, en=en))
    assert not any("citation" in str(problem) for problem in check(cited)[0])


def test_no_page_and_no_code_speaks_of_what_the_text_says() -> None:
    files = [path for kind in ("*.py", "*.html", "*.typ") for path in (ROOT / "src").rglob(kind)]
    spoken = [str(path) for path in files if "原文" in path.read_text("utf-8") and path.name != "citations.py"]
    assert spoken == []
    assert OF_THE_TEXT.search("By the text of T3")
