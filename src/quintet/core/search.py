"""What search needs below the pages: a query taken apart, results, and the ranking of short Chinese texts.

A context offers results in `search.py`: `providers = [Provider(…)]`.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, TypeVar

import rjieba
from django.db.models import Q
from django.utils.functional import Promise

Item = TypeVar("Item")

# What people say, and what documents write.
SYNONYMS = {
    "高企": "高新技术企业",
    "科小": "科技型中小企业",
    "专精特新": "专精特新企业",
    "瞪羚": "瞪羚企业",
    "独角兽": "独角兽企业",
    "贴息": "贷款贴息",
    "奖励": "奖励补助",
    "补贴": "补助",
    "多少钱": "补助金额",
    "孵化器": "科技企业孵化器",
    "众创": "众创空间",
    "技术合同": "技术交易合同",
}
# Words a question is made of; they say nothing about what is asked for.
ASKING = frozenset(
    [
        "的",
        "了",
        "吗",
        "呢",
        "吧",
        "啊",
        "有",
        "没有",
        "有没有",
        "是",
        "是否",
        "能",
        "能不能",
        "可以",
        "怎么",
        "怎样",
        "如何",
        "什么",
        "哪些",
        "哪里",
        "多少",
        "我",
        "我们",
        "要",
        "想",
        "请问",
        "和",
        "与",
        "及",
        "在",
        "给",
        "对",
    ]
)


@dataclass(frozen=True)
class Query:
    text: str
    limit: int = 10

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(word for word in _words(self.text) if word not in ASKING)

    @cached_property
    def code(self) -> str:
        """The text as a unified social credit code, or the beginning of one; otherwise empty."""
        compact = re.sub(r"[\s-]", "", self.text).upper()
        return compact if re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{6,18}", compact) and any(map(str.isdigit, compact)) else ""

    @cached_property
    def meaning(self) -> str:
        """The text with the words of documents beside the words of people."""
        return " ".join([self.text, *(long for short, long in SYNONYMS.items() if short in self.text)])

    def matches(self, *fields: str) -> Q:
        """A filter: every word occurs in one of the fields, or the text is the beginning of a code in one of them."""
        if self.code:
            return reduce(lambda found, field: found | Q(**{f"{field}__istartswith": self.code}), fields, Q(pk__in=[]))
        terms = self.words or (self.text,)
        whole: Q = Q()
        for term in terms:
            whole &= reduce(lambda found, field, term=term: found | Q(**{f"{field}__icontains": term}), fields, Q(pk__in=[]))  # type: ignore[misc]
        return whole


@dataclass(frozen=True, kw_only=True)
class Hit:
    title: str
    url: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One group of results. `find(query, user)` returns the best first, at most `query.limit`."""

    label: str | Promise
    order: int
    find: Callable[[Query, Any], list[Hit]]


def rank(query: Query, items: Iterable[Item], *, text: Callable[[Item], str], least: float = 0.2) -> list[Item]:
    """The items whose text shares rare words and character pairs with the query, best first, at most `query.limit`.

    `least` is the share of the query's weight a text must reach, so that one common word alone finds nothing.
    """
    documents = [(item, Counter(terms(text(item)))) for item in items]
    frequency = Counter(term for _, counted in documents for term in counted)
    weights = {term: math.log(1 + len(documents) / (1 + frequency[term])) for term in set(terms(query.meaning)) - ASKING}
    best_possible = sum(weights[term] for term in weights if frequency[term])
    if not best_possible:
        return []
    scored = [(sum(weights[term] for term in weights if counted[term]), item) for item, counted in documents]
    found = [(score, item) for score, item in scored if score >= least * best_possible]
    return [item for _, item in sorted(found, key=lambda pair: -pair[0])][: query.limit]


def terms(text: str) -> list[str]:
    """Words of two characters or more, and all pairs of Chinese characters that stand side by side."""
    words = [word for word in _words(text) if len(word) > 1]
    pairs = [run[n : n + 2] for run in re.findall(r"[\u4e00-\u9fff]+", text) for n in range(len(run) - 1)]
    return words + pairs


def _words(text: str) -> list[str]:
    return [word.lower() for word in rjieba.cut(text) if re.search(r"\w", word)]


providers: list[Provider] = []  # core has no pages of its own to offer
