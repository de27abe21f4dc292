"""Records of the audit chain as people know them: "申报 2021-T6-000069" with its page, where the chain says `redemption.claim:69`."""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext as _

from quintet.core.models import AccountProposal, PersonalRequest, User
from quintet.core.personal_information import kinds
from quintet.core.roles import Role
from quintet.look.registry import collect
from quintet.look.templatetags.look import open_to
from quintet.look.words import cn_date, listed, yuan
from quintet.policies.queries import unit_names

CODE = re.compile(r"[a-z]+(?:_[a-z]+)*")
HEX = re.compile(r"[0-9a-f]{32,}")


@dataclass(frozen=True)
class Shown:
    """A record in words; `url` is "" where there is no page."""

    text: str
    url: str = ""


def pages() -> dict[str, str]:
    """Label of a model → name of the page of one record; declared by each context's `trail.py`."""
    return dict(collect("trail", "records", everywhere=False))


def kind_of(record: str) -> str:
    """What sort of thing it is, in words."""
    label = record.partition(":")[0]
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return _("其他记录")


def shown(records: Iterable[str], user: User) -> dict[str, Shown]:
    """Each record in words, with its page where the user may open it. One query for each kind that has numbers or names of its own, however many records there are."""
    keys: dict[str, set[int]] = defaultdict(set)
    wanted = list(dict.fromkeys(records))
    for record in wanted:
        label, _colon, key = record.partition(":")
        if key.isascii() and key.isdigit() and len(key) < 18:
            keys[label].add(int(key))
    objects = {label: _objects(label, found) for label, found in keys.items()}
    opened = {label: page for label, page in pages().items() if open_to(page, user)}
    return {record: _shown(record, objects, opened.get(record.partition(":")[0], "")) for record in wanted}


def _objects(label: str, keys: set[int]) -> Mapping[int, Any]:
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return {}
    if not (hasattr(model, "number") or model is User):
        return {}
    found: Mapping[int, Any] = model._default_manager.in_bulk(keys)
    return found


def _shown(record: str, objects: Mapping[str, Mapping[int, Any]], page: str) -> Shown:
    label, _colon, key = record.partition(":")
    one = objects.get(label, {}).get(int(key)) if key.isascii() and key.isdigit() and len(key) < 18 else None
    name = str(one) if isinstance(one, User) else getattr(one, "number", None) or _("第 %(key)s 号") % {"key": key}
    return Shown(f"{kind_of(record)} {name}", reverse(page, args=[int(key)]) if page and key.isdigit() else "")


def record_typed(text: str) -> str:
    """What somebody typed to name a record: a number that a context gives its records (`numbers` of its `trail.py`), or a record as the chain
    writes it; "" for neither."""
    for pattern, label in collect("trail", "numbers", everywhere=False):
        if number := pattern.fullmatch(text):
            return f"{label}:{int(number[1])}"
    return text.strip() if re.fullmatch(r"\s*[a-z_]+\.[a-z_]+:\d{1,17}\s*", text, re.ASCII) else ""


# Keys of rows, addresses and check values: for machines, in the technical fold alone. tests/web/test_audit_words.py holds that nothing else is left out.
TECHNICAL = frozenset(
    {
        "account", "batch", "before", "change", "check", "clawback", "commitment", "decision", "entry", "evaluation", "factor", "file", "files", "follows",
        "from_claim", "joins", "key", "line", "notice", "objection", "organisation", "panel", "payee", "project", "relative", "reversal", "run", "seal",
        "seat", "seed", "sha256", "subject", "token", "worker",
    }
)  # fmt: skip


def labels(action: str = "") -> dict[str, str]:
    """Detail → its label. Where two contexts call a detail otherwise, that of the action's context."""
    own = f"quintet.{action.partition('.')[0]}.trail"
    found = [*collect("trail", "details", everywhere=False), *(getattr(sys.modules[own], "details", ()) if own in sys.modules else ())]
    purged = [(kind.code, kind.what) for kind in kinds()] if action == "core.purge" else []
    return {code: str(label) for code, label in [*found, *purged]}


def details_in_words(details: Mapping[str, Any], action: str = "", record: str = "") -> list[tuple[str, str]]:
    """What of a line's details people read: sums, days, words. Keys and check values are left to the technical fold."""
    words = labels(action)
    values = dict(collect("trail", "values", everywhere=False))
    writers = dict(collect("trail", "writers", everywhere=False))
    found = []
    for name, value in details.items():
        written = writers[name](value, details) if name in writers and value is not None else ""
        if name in words and (
            text := written or (values[name](value) if name in values and value not in (None, "") else _text(name, value, action, record))
        ):
            found.append((words[name], text))
    return found


def _labels() -> dict[str, str]:
    """Lines of earlier versions name roles, and what is asked of an account, by their codes."""
    return {str(code): str(label) for code, label in (*Role.choices, *AccountProposal.Kind.choices, *PersonalRequest.Kind.choices)}


# Details that are codes → code → words
CODES: dict[str, Callable[[], Mapping[str, str]]] = {"unit": unit_names, "role": _labels, "kind": _labels}


def _choice(name: str, code: str, action: str, record: str) -> str:
    """The word of a code: of the record's own field of that name, of CODES, else of a field of the action's context, else of any other."""
    label, context = record.partition(":")[0], action.partition(".")[0]
    models = sorted(apps.get_models(), key=lambda model: (model._meta.label_lower != label, model._meta.app_label != context))
    fields = [(model, field) for model in models for field in model._meta.concrete_fields if field.name == name and field.choices]
    own = [dict(field.flatchoices) for model, field in fields if model._meta.label_lower == label]
    known = [*own, CODES[name]() if name in CODES else {}, *(dict(field.flatchoices) for _model, field in fields)]
    return next((str(words[code]) for words in known if code in words), code)


def _text(name: str, value: Any, action: str, record: str) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name.endswith("_fen"):
        return yuan(int(value))
    if isinstance(value, list):
        return listed(str(item) for item in value)
    text = str(value)
    if CODE.fullmatch(text) or name in CODES:
        return _choice(name, text, action, record)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return cn_date(date.fromisoformat(text))
    return "" if HEX.search(text) else text
