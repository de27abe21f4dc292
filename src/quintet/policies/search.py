from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quintet.core.search import Hit, Provider, Query, rank
from quintet.engine.packs.model import Clause
from quintet.policies import engine
from quintet.policies.queries import said


def find_clauses(query: Query, user: Any) -> list[Hit]:
    """Clauses by their title, gist and the awards they give, in both languages."""
    clauses = [
        (policy, clause)
        for policy in engine.policies()
        for clause in policy.pack.clauses.values()
        if clause.document == policy.pack.document.pack and clause.gist.zh
    ]
    return [_hit(policy, clause) for policy, clause in rank(query, clauses, text=lambda pair: _text(*pair))]


def _text(policy: engine.Policy, clause: Clause) -> str:
    rules = [f"{rule.title.zh} {rule.title.en} {rule.what.zh}" for rule in policy.pack.rules if rule.clause == clause.id]
    return " ".join([clause.id, clause.number, *clause.title, *clause.gist, *rules])


def _hit(policy: engine.Policy, clause: Clause) -> Hit:
    awards = [said(rule.what) for rule in policy.pack.rules if rule.clause == clause.id and rule.what.zh]
    return Hit(
        title=f"{clause.id} {said(clause.title)}",
        url=reverse("policies:clause", args=[policy.pack.document.pack, clause.id]),
        text=" ".join(awards[:2]) or said(clause.gist),
    )


providers = [Provider(label=_("政策条款"), order=5, find=find_clauses)]
