"""What officials and citizens read is official Chinese: words of talk stand in no text of the site and in no guide."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import quintet

SOURCE = Path(quintet.__file__).parent
GUIDES = Path(__file__).parents[2] / "docs" / "guide"
HAN = re.compile(r"[\u4e00-\u9fff]")
# word of talk → what stands instead
INSTEAD = {
    "还没": "尚未、暂无",
    "不要了": "放弃",
    "这一件": "本件",
    "那一件": "该件",
    "点一下": "点击",
    "东西": "物品、凭据，说出是什么",
    "样子": "字形、外观",
    "打不开": "无法打开",
    "试试": "请…",
    "就行": "即可",
    "马上": "立即、即刻",
    "丢了": "丢失",
    "关掉": "关闭",
    "别人": "他人",
    "想从头": "如需从头",
    "没法": "无法",
    "看看": "查看",
    "算了": "放弃",
    "赶紧": "尽快",
    "赶快": "尽快",
    "别忘": "请勿遗漏",
    "差不多": "约",
    "一会儿": "稍后",
    "搞": "办理",
    "弄": "办理",
    "挺": "较",
    "咱": "我们",
    "啥": "什么",
    "咋": "如何",
    "呢": "",
    "嘛": "",
    "啦": "",
    "哦": "",
}
NAMES = re.compile(r"高挺|挺进")  # within which such a word is no talk


def texts() -> Iterator[tuple[str, str]]:
    """Every Chinese text of the site's sources, with its place; docstrings and comments are for engineers."""
    for path in sorted(SOURCE.rglob("*.py")):
        place = str(path.relative_to(SOURCE))
        if place.startswith("demo/") or "/migrations/" in place:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and HAN.search(node.value):
                yield f"{place}:{node.lineno}", node.value
    for path in sorted([*SOURCE.rglob("*.html"), *SOURCE.rglob("*.js"), *SOURCE.rglob("*.typ")]):
        text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for number, line in enumerate(text.splitlines(), 1):
            if HAN.search(line):
                yield f"{path.relative_to(SOURCE)}:{number}", line
    for path in sorted(GUIDES.glob("*.zh-CN.md")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield f"{path.name}:{number}", line


def talk(text: str) -> list[str]:
    return [word for word in INSTEAD if word in NAMES.sub("", text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2020 年度还没有开立", ["还没"]),
        ("2020 年度尚未开立", []),
        ("不要了，重新打开", ["不要了"]),
        ("这一件已经复核", ["这一件"]),
        ("本件已经复核", []),
    ],
)
def test_words_of_talk_are_found(text: str, found: list[str]):
    assert talk(text) == found


def test_no_text_of_the_site_speaks_in_words_of_talk():
    found = [f"{place}: {word} → {INSTEAD[word]}" for place, text in texts() for word in talk(text)]
    assert found == []
