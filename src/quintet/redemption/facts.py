"""What exactly an award rewards, as one text: the same text is never awarded twice (`ledger_no_second_award`)."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from quintet.core.errors import DomainError
from quintet.look.words import listed
from quintet.policies.queries import said

LONGEST = 200


def awarded_fact(rule: Any, facts: Mapping[str, Any], *, label: Mapping[str, Any] | None = None) -> str:
    """The fact behind an award under a rule of a pack: what `once` names, else the subject itself; and what `event` names.

    enterprise=5|kind=incubator|level=national · loan=12 · enterprise=5|high_tech_recognised_on=2020-09-15. A person, team or carrier is so
    rewarded once under a clause, an enterprise once for each recognition. Raises DomainError when a fact that tells awards apart is unknown.
    """
    names = [*(rule.once or ()), *rule.event]
    missing = [name for name in names if facts.get(name) is None]
    if missing:
        words = listed(said((label or {}).get(name)) or name for name in missing)
        raise DomainError(
            _("缺少“%(facts)s”，无法判断是否重复奖励。") % {"facts": words},
            where=str(facts.get("name") or facts["id"]),
            remedy=_("请先在名录中补充。"),
        )
    parts = [f"{name}={_text(facts[name])}" for name in names]
    if not rule.once:
        parts.insert(0, f"{rule.subject}={facts['id']}")
    found = "|".join(parts)
    return found if len(found) <= LONGEST else sha256(found.encode()).hexdigest()


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
