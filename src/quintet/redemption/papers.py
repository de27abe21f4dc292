"""Which papers a claim needs."""

from dataclasses import dataclass
from typing import Any

from quintet.policies.engine import policy
from quintet.policies.queries import said
from quintet.redemption.models import Claim


@dataclass(frozen=True)
class Paper:
    """A paper of an application: `key` is how it is kept (its Chinese name), `label` how the page says it."""

    key: str
    label: str


def papers_of(claim: Claim) -> list[Paper]:
    """What the pack asks for, and what the call adds."""
    found = [Paper(words.zh[:160], said(words)) for words in _asked_by_the_pack(claim)]
    return [*found, *(Paper(text, text) for text in (claim.call.extra if claim.call else []))]


def _asked_by_the_pack(claim: Claim) -> list[Any]:
    return next((list(rule.papers) for rule in policy(claim.pack).pack.rules if rule.id == claim.rule), [])
