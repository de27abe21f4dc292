import re
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quintet.core import clock
from quintet.core.search import Hit, Provider, Query, plain, rank
from quintet.engine.describe import clause_rules
from quintet.engine.packs.model import Clause
from quintet.policies import engine
from quintet.policies.queries import said, task_name

AMOUNT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,4})?)(万|亿|(?=元))元?")
SCALES = {"": 1, "万": 10_000, "亿": 100_000_000}
DIGITS = "零一二三四五六七八九"
TASK = re.compile(r"第?([0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:项|条|号)(?:任务|政策)?")


def find_clauses(query: Query, user: Any) -> list[Hit]:
    """The clause that is named by its code or number; otherwise clauses by title, awards and gist, in both languages."""
    clauses = [
        (policy, clause)
        for policy in engine.policies()
        for clause in policy.pack.clauses.values()
        if clause.document == policy.pack.document.pack and clause.gist.zh
    ]
    named = [(policy, clause) for policy, clause in clauses if _is_named(query.text, policy, clause)]
    if (sum_typed := AMOUNT.fullmatch("".join(query.text.split()))) and not named:
        fen = Fraction(sum_typed[1]) * SCALES[sum_typed[2]] * 100
        named = [(policy, clause) for policy, clause in clauses if fen in _sums(policy, clause)]
    if named:
        return [_hit(policy, clause, exact=True) for policy, clause in named[: query.limit]]
    return [_hit(policy, clause) for policy, clause in rank(query, clauses, text=lambda pair: _texts(*pair))]


def _is_named(text: str, policy: engine.Policy, clause: Clause) -> bool:
    """Whether the text is the clause's code (T6), its number in the document, or 第6项任务 in figures of either kind."""
    compact = "".join(text.split()).upper()
    if compact in (clause.id.upper(), "".join(plain(clause.number).split()).upper()):
        return True
    task = TASK.fullmatch(compact)
    return task is not None and bool(policy.pack.document.uses) and clause.id == f"T{_figure(task[1])}"


def _sums(policy: engine.Policy, clause: Clause) -> set[int]:
    """What the awards of a clause give, or give at most, in fen."""
    cards = clause_rules(policy, clause.id, engine.default_day(policy, clock.today()))
    return {fen for card in cards for fen in (*card["amounts"], card["limit"]) if fen}


def _figure(text: str) -> int:
    """6, 六, 十六, 二十 → the number."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return DIGITS.find(text)
    return (DIGITS.find(tens) if tens else 1) * 10 + (DIGITS.find(ones) if ones else 0)


def _texts(policy: engine.Policy, clause: Clause) -> tuple[str, str, str]:
    rules = [rule for rule in policy.pack.rules if rule.clause == clause.id]
    titles = [text for rule in rules for text in (rule.title.zh, rule.title.en)]
    return (
        " ".join([clause.title.zh, clause.title.en, *titles]),
        " ".join(rule.what.zh for rule in rules),
        " ".join([clause.id, clause.number, *clause.gist]),
    )


def _hit(policy: engine.Policy, clause: Clause, *, exact: bool = False) -> Hit:
    awards = [said(rule.what) for rule in policy.pack.rules if rule.clause == clause.id and rule.what.zh]
    return Hit(
        title=task_name(clause.id, policy.pack.document.pack),
        url=reverse("policies:clause", args=[policy.pack.document.pack, clause.id]),
        text=" ".join(awards[:2]) or said(clause.gist),
        exact=exact,
    )


providers = [Provider(label=_("政策条款"), order=5, find=find_clauses)]
