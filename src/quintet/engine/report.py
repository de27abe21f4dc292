"""An explanation as lines of text for the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MARKS = {"met": "✔", "unmet": "✘", "unknown": "?"}


def lines(answer: dict[str, Any], lang: str) -> Iterator[str]:
    """The explanation line by line, in one language."""
    yield answer["status_text"][lang]
    for subject, rows in answer["results"].items():
        for row in rows:
            yield f"\n■ {subject} {row['id']}"
            for outcome in row["outcomes"]:
                yield f"\n{outcome['title'][lang]} · {outcome['clause']['number']}"
                yield f"  {outcome['sentence'][lang]}"
                yield from _tree(outcome["conditions"], lang, 1)
                for item in outcome["inputs"]["parameters"]:
                    if item["treatment"]:
                        yield f"    {'说明' if lang == 'zh' else 'note'}: {item['treatment'][lang]}"
            for question in row["questions"]:
                yield f"  ? {question['question'][lang]}"


def _tree(node: dict[str, Any], lang: str, depth: int) -> Iterator[str]:
    value = node.get("value")
    shown = f" [{value[lang]}]" if value else ""
    yield f"{'  ' * depth}{MARKS[node['state']]} {node['text'][lang]}{shown}"
    for child in node["children"]:
        yield from _tree(child, lang, depth + 1)
