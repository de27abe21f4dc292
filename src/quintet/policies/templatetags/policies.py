from datetime import date
from typing import Any

from django import template
from django.utils.translation import gettext as _

from quintet.look import words
from quintet.policies import engine, queries
from quintet.policies.results import by_award, clause_name, granted, instalment_lines, rungs_shown, sentence, shared_limit, step_now, whose

register = template.Library()

register.filter(by_award)
register.filter(clause_name)
register.filter(granted)
register.filter(instalment_lines)
register.filter(step_now)
register.filter(sentence)
register.filter(whose)
register.filter(queries.subject_said)
register.filter(queries.task_name)
register.filter(queries.task_number)
register.filter(shared_limit)

STATE_TONES = {
    "entitled": "ok",
    "decision": "decision",
    "unknown": "unknown",
    "not_entitled": "bad",
    "superseded": "muted",
    "waiting": "decision",
    "own_money": "muted",
}


@register.filter
def said(value: Any) -> str:
    """Words of a pack in the language of the page."""
    return queries.said(value)


@register.filter
def iso_day(day: str) -> str:
    """A date of a pack or of an explanation (2020-03-01), as pages write it."""
    return words.cn_date(date.fromisoformat(day))


@register.filter
def tree(node: dict[str, Any]) -> dict[str, Any]:
    """An explanation tree in the language of the page."""
    return queries.tree_said(node)


@register.filter
def outcome_tone(state: str) -> str:
    return STATE_TONES[state]


@register.filter
def outcome_label(state: str) -> str:
    return {
        "entitled": _("可以享受"), "decision": _("待认定"), "unknown": _("尚缺信息"), "not_entitled": _("不能享受"), "superseded": _("不重复享受"), "waiting": _("尚待"), "own_money": _("自有资金"),
        "met": _("满足"), "unmet": _("不满足"),
    }[state]  # fmt: skip


@register.filter
def kind_label(kind: str) -> str:
    return {
        "fixed": _("定额"), "formula": _("按公式计算"), "cap": _("最高限额，由主管部门决定"), "floor": _("不低于"), "share": _("自有资金的用途"), "matching": _("按比例配套"),
        "instalments": _("分年发放"), "right": _("实物或权利"), "discretionary": _("由主管部门决定"),
    }[kind]  # fmt: skip


@register.filter
def way_label(way: str) -> str:
    return {"automatic": _("免申即享"), "fast": _("快申快享"), "ordinary": _("申报办理")}[way]


@register.filter
def target_text(target: Any) -> str:
    """A target's figure with its comparison, counted in the text's own word: ≥ 140 家. What happens once is reached or not."""
    from quintet.engine.values import UNIT_WORDS, number_text

    if target.measure == "event":
        return _("达成")
    sign = {">=": "≥", "<=": "≤", "==": "="}[target.op]
    shown = number_text(target.value, target.unit, "en" if words.english() else "zh")
    if target.word.zh:
        shown = f"{shown.removesuffix(UNIT_WORDS[target.unit][words.english()]).strip()} {queries.said(target.word)}".strip()
    return f"{sign} {shown}"


@register.filter
def measure_label(measure: str) -> str:
    return {
        "stock": _("年末存量"), "cumulative": _("期内累计"), "per_year": _("每年"), "growth": _("比上年增长"), "ratio": _("比率"), "event": _("达成事项"),
    }[measure]  # fmt: skip


@register.inclusion_tag("look/parts/ladder.html")
def ladder_of(ladder: dict[str, Any]) -> dict[str, Any]:
    """A ladder of an explanation, drawn by the look."""
    return {"rungs": rungs_shown(ladder), "label": queries.said(ladder["label"])}


@register.filter
def unit_word(unit: str) -> str:
    """A unit beside an input: 元, 人, 年."""
    return engine.UNIT_WORDS.get(unit, ("", ""))[words.english()]
