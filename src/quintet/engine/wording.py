"""Expressions in an accountant's words, Chinese and English: `职工总数不超过 500 人`, `staff is at most 500 people`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from quintet.engine.expressions import nodes as n
from quintet.engine.packs.model import Pack, Words
from quintet.engine.switches import YES as SETTLED_YES
from quintet.engine.switches import is_settled, unsettled
from quintet.engine.values import Type, date_of, date_text, number_text

_ORDER = {
    "<=": Words("不超过", "is at most"), "<": Words("低于", "is below"), ">=": Words("不低于", "is at least"),
    ">": Words("高于", "is above"), "==": Words("等于", "is"), "!=": Words("不等于", "is not"),
}  # fmt: skip
_DATE_ORDER = {
    "<=": Words("不晚于", "is not after"), "<": Words("早于", "is before"), ">=": Words("不早于", "is not before"),
    ">": Words("晚于", "is after"), "==": Words("为", "is"), "!=": Words("不为", "is not"),
}  # fmt: skip
SIGNS = {"<=": "≤", "<": "<", ">=": "≥", ">": ">", "==": "=", "!=": "≠"}
NO_CONDITION = Words("按本政策的口径，没有这方面的条件", "no condition, as the policy is read")
NEVER = Words("按本政策的口径，不适用", "does not apply, as the policy is read")
_INVERSE = {"<=": ">", "<": ">=", ">=": "<", ">": "<=", "==": "!=", "!=": "=="}
YES, NO, UNKNOWN, NONE = Words("是", "yes"), Words("否", "no"), Words("未知", "unknown"), Words("没有", "none")


class Wording:
    """Words for the nodes of one subject on one day."""

    def __init__(self, pack: Pack, subject: str, on: date) -> None:
        self.pack, self.on = pack, on
        self.facts = pack.subjects[subject].facts

    def value(self, value: Any, of: Type, fact: str = "") -> Words:
        """A value as shown: 4.2%, 120 人, 2020年3月1日, 是."""
        if value is None:
            return UNKNOWN
        if of.kind == "bool":
            return YES if value else NO
        if of.kind == "date":
            return Words(date_text(date_of(value), "zh"), date_text(date_of(value), "en"))
        if of.kind == "text":
            return self._choice(str(value), fact)
        if fact == "year":
            return Words(f"{value}年", str(value))
        return Words(number_text(value, of.unit, "zh"), number_text(value, of.unit, "en"))

    def _choice(self, choice: str, fact: str) -> Words:
        if fact in self.facts:
            return self.facts[fact].choices.get(choice, Words(choice, choice))
        listed = [spec.choices for spec in self.facts.values()] + [spec.choices for spec in self.pack.parameters.values()]
        return next((words[choice] for words in listed if choice in words), Words(choice, choice))

    def shown(self, node: n.Node, value: Any) -> Words:
        """The value of a node, in the words that fit what it is."""
        if isinstance(node, (n.YearOf, n.Moment)) and node.type.kind == "number":
            return self.value(value, node.type, "year")
        fact = node.name if isinstance(node, n.Fact) else ""
        if node.type.kind == "number" and not node.type.dimension and value is not None and Fraction(value).denominator != 1:
            return self.value(value, Type("number", "percent"))
        return self.value(value, node.type, fact)

    def describe(self, node: n.Node) -> Words:
        """What a node is, without its value."""
        return _DESCRIBE[type(node)](self, node)  # type: ignore[no-any-return]

    def _const(self, node: n.Const) -> Words:
        if node.type.kind == "bool":  # a switch alone, which says nothing by itself: see `switches`
            if node.name:
                label = self.pack.parameters[node.name].label
                shown = YES if node.value else NO
                return Words(f"{label.zh}（{shown.zh}）", f"{label.en} ({shown.en})")
            return NO_CONDITION if node.value else NEVER
        return self.shown(node, node.value)

    def _fact(self, node: n.Fact) -> Words:
        return self.facts[node.name].label

    def _moment(self, node: n.Moment) -> Words:
        year = self.on.year
        return {
            "on": Words(f"评估日（{date_text(self.on)}）", f"the evaluation date ({date_text(self.on, 'en')})"),
            "year_start": Words(f"{year}年1月1日", f"1 January {year}"),
            "year_end": Words(f"{year}年12月31日", f"31 December {year}"),
            "year": Words(f"{year}年", str(year)),
        }[node.name]

    def _ref(self, node: n.Ref) -> Words:
        return self.pack.definitions[node.name].label

    def _labelled(self, node: n.Labelled) -> Words:
        return Words(node.zh, node.en)

    def _not(self, node: n.Not) -> Words:
        inner = self.describe(node.item)
        if isinstance(node.item, n.Compare):
            return self.describe(replace(node.item, op=_INVERSE[node.item.op]))
        if isinstance(node.item, n.Known):
            item = self.describe(node.item.item)
            return Words(f"没有填写{item.zh}", f"{item.en} is not known")
        if isinstance(node.item, n.InYear):
            item = self.describe(node.item.item)
            return Words(f"{item.zh}不在{self.on.year}年内", f"{item.en} does not lie in {self.on.year}")
        if isinstance(node.item, (n.All, n.Any_)):
            parts = [self.describe(item) for item in node.item.items]
            zh, en = ("不同时满足：", "not all of: ") if isinstance(node.item, n.All) else ("以下都不满足：", "none of: ")
            return Words(zh + "；".join(part.zh for part in parts), en + "; ".join(part.en for part in parts))
        if isinstance(node.item, n.In):
            kinds = self._list(node.item.choices, node.item.item)
            item = self.describe(node.item.item)
            if len(node.item.choices) == 1:
                return Words(f"{item.zh}不为{kinds.zh}", f"{item.en} is not {kinds.en}")
            return Words(f"{item.zh}不属于{kinds.zh}", f"{item.en} is none of {kinds.en}")
        return Words(f"“{inner.zh}”为否", f"not: {inner.en}")

    def _all(self, node: n.All) -> Words:
        parts = [self.describe(item) for item in node.items]
        return Words("，且".join(part.zh for part in parts), " and ".join(part.en for part in parts))

    def _any(self, node: n.Any_) -> Words:
        parts = [self.describe(item) for item in node.items]
        return Words("，或".join(part.zh for part in parts), " or ".join(part.en for part in parts))

    def _compare(self, node: n.Compare) -> Words:
        left, right = self.describe(node.left), self.describe(node.right)
        words = (_DATE_ORDER if node.left.type.kind == "date" else _ORDER)[node.op]
        if node.left.type.kind == "text":
            words = Words("为" if node.op == "==" else "不为", words.en)
        return Words(f"{left.zh}{words.zh}{_spaced(right.zh)}", f"{left.en} {words.en} {right.en}")

    def _in(self, node: n.In) -> Words:
        item, kinds = self.describe(node.item), self._list(node.choices, node.item)
        if len(node.choices) == 1:
            return Words(f"{item.zh}为{kinds.zh}", f"{item.en} is {kinds.en}")
        return Words(f"{item.zh}属于{kinds.zh}", f"{item.en} is one of {kinds.en}")

    def _list(self, choices: tuple[str, ...], item: n.Node) -> Words:
        words = [self._choice(choice, item.name if isinstance(item, n.Fact) else "") for choice in choices]
        return Words("、".join(word.zh for word in words), ", ".join(word.en for word in words))

    def _in_year(self, node: n.InYear) -> Words:
        item, year = self.describe(node.item), self.on.year
        return Words(f"{item.zh}在{year}年内", f"{item.en} lies in {year}")

    def _known(self, node: n.Known) -> Words:
        item = self.describe(node.item)
        return Words(f"已填写{item.zh}", f"{item.en} is known")

    def _arith(self, node: n.Arith) -> Words:
        left, right = self._factor(node.left, node.op), self._factor(node.right, node.op, right=True)
        sign = {"*": "×", "/": "÷", "+": "+", "-": "−"}[node.op]
        return Words(f"{left.zh} {sign} {right.zh}", f"{left.en} {sign} {right.en}")

    def _factor(self, node: n.Node, op: str, *, right: bool = False) -> Words:
        found = self.describe(node)
        if isinstance(node, n.Const) and node.name:
            label = self.pack.parameters[node.name].label
            return Words(f"{label.zh}（{found.zh}）", f"{label.en} ({found.en})")
        if isinstance(node, n.Arith) and ((op in "*/" and node.op in "+-") or (right and op in "-/")):
            return Words(f"（{found.zh}）", f"({found.en})")
        return found

    def _choose(self, node: n.Choice) -> Words:
        settled = unsettled(node.condition, {})
        if is_settled(settled):  # by the policy; its reading stands among the figures
            return self.describe(node.then if settled is SETTLED_YES else node.other)
        condition, then, other = self.describe(node.condition), self.describe(node.then), self.describe(node.other)
        return Words(f"{condition.zh}时为{then.zh}，否则为{other.zh}", f"{then.en} if {condition.en}, else {other.en}")

    def _extreme(self, node: n.Extreme) -> Words:
        parts = [self._factor(item, "") for item in node.items]
        zh, en = ("较低", "the least of") if node.op == "min" else ("较高", "the greatest of")
        return Words(f"以下各项中{zh}的一项：{'；'.join(part.zh for part in parts)}", f"{en}: {'; '.join(part.en for part in parts)}")

    def _round(self, node: n.Round) -> Words:
        item = self.describe(node.item)
        unit = Words("分", "fen") if node.type.unit == "yuan" else Words("整数", "a whole number")
        return Words(f"{item.zh}（四舍五入到{unit.zh}）", f"{item.en} (rounded half up to {unit.en})")

    def _table(self, node: n.Band | n.Lookup) -> Words:
        label, item = self.pack.parameters[node.name].label, self.describe(node.item)
        return Words(f"{label.zh}（按{item.zh}）", f"{label.en} (by {item.en})")

    def _shift(self, node: n.Shift) -> Words:
        item, by = self.describe(node.item), self.describe(node.by)
        return Words(f"{item.zh}后{_spaced(by.zh)}", f"{by.en} after {item.en}")

    def _days_between(self, node: n.DaysBetween) -> Words:
        first, second = self.describe(node.first), self.describe(node.second)
        return Words(f"{first.zh}至{second.zh}的天数", f"days from {first.en} to {second.en}")

    def _year_of(self, node: n.YearOf) -> Words:
        item = self.describe(node.item)
        return Words(f"{item.zh}所在年份", f"the year of {item.en}")


def _spaced(text: str) -> str:
    return f" {text}" if text[:1].isdigit() else text


_DESCRIBE: dict[type, Any] = {
    n.Const: Wording._const, n.Fact: Wording._fact, n.Moment: Wording._moment, n.Ref: Wording._ref, n.Labelled: Wording._labelled,
    n.Not: Wording._not, n.All: Wording._all, n.Any_: Wording._any, n.Compare: Wording._compare, n.In: Wording._in, n.InYear: Wording._in_year,
    n.Known: Wording._known, n.Arith: Wording._arith, n.Choice: Wording._choose, n.Extreme: Wording._extreme, n.Round: Wording._round,
    n.Band: Wording._table, n.Lookup: Wording._table, n.Shift: Wording._shift, n.DaysBetween: Wording._days_between, n.YearOf: Wording._year_of,
}  # fmt: skip
