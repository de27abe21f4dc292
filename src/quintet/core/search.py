"""What search needs below the pages: a query taken apart, results, and the ranking of short texts, Chinese and English.

A context offers results in `search.py`: `providers = [Provider(…)]`. The words people say are data: `search_words.yaml`.
"""

import math
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from pathlib import Path
from typing import Any, TypeVar

import rjieba
import yaml
from django.db.models import Q
from django.utils.functional import Promise

from quintet.reading.names import canonical

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # a syllable for every character is enough here; the phrases weigh 50 MB
from pypinyin import lazy_pinyin

Item = TypeVar("Item")

LONGEST = 100  # characters of a query that are looked at
MOST_WORDS = 12  # … and words of it that a filter asks for
# What a shared feature counts, by its kind: a whole word, two characters side by side, how these sound, three letters.
COUNTS = {"w": 1.0, "p": 1.0, "s": 0.5, "l": 0.3}
BOOSTS = (3.0, 2.0, 1.0)  # the first part of a text is its title, the second what it is about, then the rest
HAN = re.compile(r"[\u4e00-\u9fff]+")
Feature = tuple[str, str]


@cache
def _words_of_people() -> tuple[dict[str, list[str]], frozenset[str]]:
    """Synonyms and the words of asking."""
    read = yaml.safe_load(Path(__file__).with_name("search_words.yaml").read_text(encoding="utf-8"))
    return read["synonyms"], frozenset(str(word) for word in read["asking"])


def plain(text: str) -> str:
    """As people may type it, made one: full width to half width, no control characters, single spaces."""
    narrow = unicodedata.normalize("NFKC", text)
    seen = "".join(" " if unicodedata.category(letter) in ("Cc", "Cf", "Zs", "Zl", "Zp") else letter for letter in narrow)
    return " ".join(seen.split())


@dataclass(frozen=True)
class Query:
    typed: str
    limit: int = 10

    @cached_property
    def text(self) -> str:
        return plain(self.typed)[:LONGEST]

    @cached_property
    def words(self) -> tuple[str, ...]:
        _synonyms, asking = _words_of_people()
        return tuple(dict.fromkeys(word for word in _words(self.text) if word not in asking))[:MOST_WORDS]

    @cached_property
    def code(self) -> str:
        """The text as a unified social credit code, or the beginning of one; otherwise empty."""
        compact = re.sub(r"[\s-]", "", self.text).upper()
        return compact if re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{6,18}", compact) and any(map(str.isdigit, compact)) else ""

    @cached_property
    def meaning(self) -> str:
        """The text with the words of documents beside the words of people."""
        low = self.text.lower()
        latin = set(re.findall(r"[a-z][a-z&-]+", low))
        synonyms, _asking = _words_of_people()
        heard = [word for short, written in synonyms.items() if (short in latin if short.isascii() else short in low) for word in written]
        return " ".join([self.text, *heard])

    def matches(self, *fields: str) -> Q:
        """A filter: every word occurs in one of the fields, or the text is the beginning of a code in one of them."""
        if self.code:
            return reduce(lambda terms, field: terms | Q(**{f"{field}__istartswith": self.code}), fields, Q(pk__in=[]))
        return self._every(self.words or (self.text,), fields)

    @cached_property
    def name(self) -> str:
        """The name that the text is or begins with: 某某科技有限公司能拿多少补贴 → 某某科技有限公司."""
        before, word, _after = self.text.rpartition("公司")
        return before + word if Query(before).words else self.text

    def names(self, *fields: str) -> Q:
        """A filter for names: the text as it is, or all its words, in one of the fields."""
        as_typed = reduce(lambda terms, field: terms | Q(**{f"{field}__icontains": self.name}), fields, Q(pk__in=[]))
        return as_typed | self._every(tuple(word for word in Query(self.name).words if len(word) > 1) or (self.name,), fields)

    def is_name(self, name: str) -> bool:
        """Whether the text is this name, or half of it and more as it stands."""
        wanted, known = ("".join(canonical(text).lower().split()) for text in (self.name, name))
        return bool(wanted) and (wanted == known or (2 * len(wanted) >= len(known) and wanted in known))

    @staticmethod
    def _every(words: Sequence[str], fields: Sequence[str]) -> Q:
        whole: Q = Q()
        for word in words:
            whole &= reduce(lambda terms, field, word=word: terms | Q(**{f"{field}__icontains": word}), fields, Q(pk__in=[]))  # type: ignore[misc]
        return whole


@dataclass(frozen=True, kw_only=True)
class Hit:
    """`exact`: this is the very thing the query names; its group goes before all others."""

    title: str
    url: str
    text: str = ""
    exact: bool = False


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One group of results. `find(query, user)` returns the best first, at most `query.limit`, in a constant number of queries."""

    label: str | Promise
    order: int
    find: Callable[[Query, Any], list[Hit]]


def rank(query: Query, items: Iterable[Item], *, text: Callable[[Item], str | Sequence[str]], least: float = 0.25) -> list[Item]:
    """The items whose text shares rare words, character pairs or sounds with the query, best first, at most `query.limit`.

    A text in parts is its title, what it is about, and the rest: the earlier a word stands, the more it counts.
    `least` is the share of what was typed that a text must answer, so that one common word alone finds nothing.
    """
    documents = [(item, _features_of(text(item))) for item in items]
    frequency: dict[Feature, int] = {}
    for _item, boosts in documents:
        for feature in boosts:
            frequency[feature] = frequency.get(feature, 0) + 1
    wanted = features(query.meaning)
    weights = {feature: COUNTS[feature[0]] * math.log(1 + len(documents) / (1 + frequency.get(feature, 0))) for feature in wanted}
    # What no text has is left out where it is a mere pair across two words, and counts where it is a word that was typed.
    typed = {feature for feature in features(query.text) if feature in frequency or feature[0] == "w"}
    whole = sum(weights.get(feature, 0) for feature in typed)
    if not whole or not any(feature in frequency for feature in wanted):
        return []
    scored = []
    for item, boosts in documents:
        answered = sum(weights[feature] for feature in wanted if feature in boosts)
        if answered >= least * whole:
            scored.append((sum(weights[feature] * boosts[feature] for feature in wanted if feature in boosts), item))
    return [item for _score, item in sorted(scored, key=lambda pair: -pair[0])][: query.limit]


def _features_of(text: str | Sequence[str]) -> Mapping[Feature, float]:
    return _boosted((text,) if isinstance(text, str) else tuple(text))


@cache
def _boosted(parts: tuple[str, ...]) -> Mapping[Feature, float]:
    boosts: dict[Feature, float] = {}
    for number, part in enumerate(parts):
        for feature in features(part):
            boosts[feature] = max(boosts.get(feature, 0.0), BOOSTS[min(number, len(BOOSTS) - 1)])
    return boosts


def features(text: str) -> frozenset[Feature]:
    """Words, pairs of neighbouring characters, their sounds, and threes of letters; without the words of asking."""
    _synonyms, asking = _words_of_people()
    low = plain(text).lower()
    marks: set[Feature] = set()
    for word in re.findall(r"[a-z][a-z&]*", low.replace("-", "")):
        if word not in asking and len(word) > 1:
            stem = word[:-1] if word.endswith("s") and len(word) > 3 else word
            marks.add(("w", stem))
            marks |= {("l", stem[n : n + 3]) for n in range(len(stem) - 2)}
    for run in HAN.findall(low):
        for words in _without_asking(run, asking):
            marks |= {("w", word) for word in words if len(word) > 1}
            joined = "".join(words)
            sounds = lazy_pinyin(joined)
            marks |= {("p", joined[n : n + 2]) for n in range(len(joined) - 1)}
            marks |= {("s", " ".join(sounds[n : n + 2])) for n in range(len(sounds) - 1)}
    return frozenset(marks)


def _without_asking(run: str, asking: frozenset[str]) -> list[list[str]]:
    """The words of a run of characters, broken where a word of asking stands."""
    parts: list[list[str]] = [[]]
    for word in _words(run):
        if word in asking:
            parts.append([])
        else:
            parts[-1].append(word)
    return [part for part in parts if part]


def _words(text: str) -> list[str]:
    return [word.lower() for word in rjieba.cut(text) if re.search(r"\w", word)]


providers: list[Provider] = []  # core has no pages of its own to offer
