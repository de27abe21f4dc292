import json
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import transaction

from quintet.core.models import User
from quintet.core.texts import fitting
from quintet.engine.explain import explain
from quintet.engine.groups import Earlier
from quintet.engine.packs.home import pack_files
from quintet.engine.packs.load import used_folders
from quintet.policies.engine import Policy
from quintet.policies.models import Evaluation, PackVersion


def record_version(policy: Policy) -> PackVersion:
    """The stored version of a policy's content; written on first use, so that any evaluation can be repeated with it."""
    found = PackVersion.objects.filter(hash=policy.hash).first()
    if found:
        return found
    document = policy.pack.document
    files = {
        f"{folder.name}/{path.relative_to(folder).as_posix()}": path.read_text("utf-8")
        for folder in used_folders(policy.folder)
        for path in pack_files(folder)
    }
    version, _ = PackVersion.objects.get_or_create(
        hash=policy.hash, defaults={"pack": document.pack, "title": document.title.zh, "number": document.number, "files": files}
    )
    return version


def fingerprint_of(
    policy: Policy,
    facts: Mapping[str, list[dict[str, Any]]],
    *,
    on: date,
    title: str = "",
    parameters: Mapping[str, Any] | None = None,
    sources: Mapping[str, Mapping[str, dict[str, Any]]] | None = None,
    earlier: Sequence[Earlier] = (),
) -> str:
    """The same for the same facts, sources, day, title, changed parameters, earlier awards and content of the pack."""
    parts = [policy.hash, on.isoformat(), title, json_ready(facts), json_ready(sources or {}), json_ready(parameters or {})]
    parts += [list(map(list, earlier))] if earlier else []
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def evaluate_and_store(
    policy: Policy,
    facts: Mapping[str, list[dict[str, Any]]],
    *,
    on: date,
    by: User | None,
    title: str = "",
    parameters: Mapping[str, Any] | None = None,
    sources: Mapping[str, Mapping[str, dict[str, Any]]] | None = None,
    again: bool = True,
    known: Mapping[str, dict[str, Any]] | None = None,
    earlier: Sequence[Earlier] = (),
) -> Evaluation:
    """Explain the facts on a day and keep inputs and explanation. Raises FactsError and EngineError; then nothing is kept.

    `earlier` are awards decided before, which stacking groups look at; they are kept with the explanation. `known` holds explanations made
    before, by their fingerprint. With `again=False` an evaluation by the same person of exactly the same facts, sources and pack is given back.
    """
    signed_in = by if by and by.is_authenticated else None
    inputs, changed = json_ready(facts), json_ready(parameters or {})
    fingerprint = fingerprint_of(policy, facts, on=on, title=title, parameters=parameters, sources=sources, earlier=earlier)
    if not again and signed_in:
        kept = Evaluation.objects.filter(fingerprint=fingerprint, created_by=signed_in).select_related("version").first()
        if kept:
            return kept
    result = (known or {}).get(fingerprint) or explain(policy, facts, on, parameters=parameters, sources=sources, earlier=earlier)
    version = record_version(policy)
    return Evaluation.objects.create(
        version=version,
        on=on,
        title=fitting(Evaluation, "title", title),
        parameters=changed,
        inputs=inputs,
        result=result,
        created_by=signed_in,
        fingerprint=fingerprint,
    )


def json_ready(value: Any) -> Any:
    """Dates as ISO texts, everything else as it is."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: json_ready(item) for key, item in value.items()}
    return [json_ready(item) for item in value] if isinstance(value, (list, tuple)) else value
