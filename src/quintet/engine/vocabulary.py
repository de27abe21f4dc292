"""What a pack reads: subjects, their facts, types, units, questions, in both languages."""

from __future__ import annotations

from typing import Any

from quintet.engine.evaluate import Policy


def vocabulary(policy: Policy) -> list[dict[str, Any]]:
    """One entry a subject that has facts, with its references and facts, as plain data."""
    found = []
    for subject in policy.pack.subjects.values():
        facts = [
            {
                "fact": spec.name, "type": spec.type.kind, "unit": spec.type.unit, "label": spec.label._asdict(), "question": spec.question._asdict(),
                "help": spec.help._asdict(), "period": spec.period, "choices": {choice: words._asdict() for choice, words in spec.choices.items()},
                "least": spec.low // spec.scale if spec.type.kind == "number" else None, "most": spec.high // spec.scale if spec.type.kind == "number" else None,
                "step": "0.5" if spec.scale == 2 else "1" if spec.type.kind == "number" else None,
            }
            for spec in subject.facts.values()
        ]  # fmt: skip
        found.append({"subject": subject.name, "label": subject.label._asdict(), "refs": dict(subject.refs), "facts": facts})
    return found
