"""Asking a policy on behalf of strangers: bounded in memory, and every mishap an answer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import Any

from quintet.api.errors import ApiError, not_found
from quintet.core.errors import DomainError
from quintet.policies import engine
from quintet.policies.engine import Policy


def found_policy(pack: str) -> Policy:
    try:
        return engine.policy(pack)
    except DomainError:
        raise not_found(f"没有名为“{pack}”的政策包。", f"There is no pack {pack}.") from None


@lru_cache(maxsize=64)
def _prepared(policy: Policy, on: date, parameters: tuple[tuple[str, Any], ...]) -> Policy:
    """A policy keeps the program of every day it was asked for. Strangers choose any day and figure, so they get a copy that is dropped again."""
    copy = Policy(policy.folder)
    copy.hash, copy.pack = policy.hash, policy.pack
    return copy


def prepared(policy: Policy, on: date, parameters: Mapping[str, Any]) -> Policy:
    return _prepared(policy, on, tuple(sorted(parameters.items())))


def evaluated(pack: str, facts: dict[str, Any], on: date, parameters: dict[str, Any], *, trace: bool = False) -> dict[str, Any]:
    """Outcomes of all rows. Raises ApiError, FactsError, EngineError."""
    policy = prepared(found_policy(pack), on, parameters)
    with figures(parameters):
        return policy.evaluate(facts, on, parameters=parameters, trace=trace)


@contextmanager
def figures(parameters: Mapping[str, Any]) -> Iterator[None]:
    """Changed figures can lead a calculation out of the calendar or into a division by zero: for the caller to know, no fault of ours."""
    try:
        yield
    except (ArithmeticError, ValueError, TypeError):
        if not parameters:
            raise
        names = ", ".join(parameters)[:200]
        zh, en = f"改动的参数（{names}）使计算超出范围。", f"The changed parameters ({names}) lead the calculation out of range."
        raise ApiError(422, "parameters", zh, en, field="parameters") from None
