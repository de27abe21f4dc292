"""A stored explanation as pages show it: sorted into what is sure, what needs a decision, what is missing, what is refused."""

import re
from typing import Any

from django.utils.translation import gettext as _

from quintet.look.words import unknown, yuan
from quintet.policies.queries import said

Data = dict[str, Any]
ORDER = ("entitled", "decision", "unknown", "superseded", "not_entitled")


def sums(result: Data) -> dict[str, int]:
    """Fen by state over all subjects: what is sure, what a decision may bring at most. Shares of others (floors) are no money of the city."""
    found = {"entitled": 0, "decision": 0, "unknown": 0, "count_entitled": 0, "count_decision": 0, "count_unknown": 0}
    for rows in result["results"].values():
        for row in rows:
            for outcome in row["outcomes"]:
                if outcome["state"] in ("entitled", "decision", "unknown"):
                    found[f"count_{outcome['state']}"] += 1
                    if outcome["kind"] != "floor":
                        found[outcome["state"]] += outcome["amount"] or 0
    return found


def clause_name(clause: Data) -> str:
    """A clause as people know it: its number in the list of tasks, if it is one, its title and where it stands."""
    task = re.fullmatch(r"T(\d+)", clause["id"])
    title, number = said(clause["title"]), clause["number"]
    if not task:
        return f"{number} {title}"
    return _("第%(task)s项任务“%(title)s”（%(number)s）") % {"task": task[1], "title": title, "number": number}


def sentence(outcome: Data) -> str:
    """Why, in a sentence; the clause it rests on by its task and title too, since a bare number says little."""
    number = outcome["clause"]["number"]
    named = clause_name(outcome["clause"])
    return said(outcome["sentence"]).replace(f"（依据{number}）", f"，依据{named}").replace(f" (clause {number})", f", by {named}")


def shared_limit(outcome: Data) -> str:
    """What others of the same beneficiary have taken of a yearly limit before this one, as a sentence; "" when it had the limit to itself."""
    if outcome.get("before_limit") is None or outcome["amount"] is None or outcome["amount"] == outcome["limit"]:
        return ""
    return _("同一单位全年合用上限 %(limit)s：排在前面的已用 %(used)s，这一项还可得 %(amount)s。") % {
        "limit": yuan(outcome["limit"]), "used": yuan(outcome["limit"] - outcome["amount"]), "amount": yuan(outcome["amount"]),
    }  # fmt: skip


def view_of(result: Data) -> list[Data]:
    """Per subject and row: outcomes by state, ladders with the distance, open questions."""
    return [_row(subject, row) for subject, rows in result["results"].items() for row in rows]


def granted(subjects: list[Data]) -> list[tuple[Data, Data]]:
    """(row, outcome) of all that is sure or for decision, over all subjects, in the order they are shown."""
    return [(row, outcome) for row in subjects for state in ("entitled", "decision") for outcome in row["by_state"][state]]


def _row(subject: str, row: Data) -> Data:
    by_state: dict[str, list[Data]] = {state: [] for state in ORDER}
    for outcome in row["outcomes"]:
        by_state[outcome["state"]].append({**outcome, "facts": _deciding_facts(outcome)})
    return {
        "subject": subject, "id": row["id"], "name": row.get("name") or "", "by_state": by_state, "questions": row["questions"],
        "ladders": [_ladder(ladder) for ladder in row["ladders"]],
    }  # fmt: skip


def _deciding_facts(outcome: Data) -> list[Data]:
    """The facts that decided, at most three for a card."""
    return [fact for fact in outcome["inputs"]["facts"] if fact["known"]][:3]


def _ladder(ladder: Data) -> Data:
    rungs = []
    for rung in ladder["rungs"]:
        unmet = [leaf for condition in rung["conditions"] for leaf in _leaves(condition) if leaf["state"] != "met"]
        rungs.append({**rung, "open": unmet, "amount": sum(item["amount"] or 0 for item in rung["brings"])})
    highest = max((place for place, rung in enumerate(rungs) if rung["reached"] == "met"), default=-1)
    following = rungs[highest + 1] if highest + 1 < len(rungs) else None
    return {**ladder, "rungs": rungs, "next": following}


def _leaves(node: Data) -> list[Data]:
    """The conditions that are not met, as deep as they can be named; an alternative stays one condition."""
    if node["state"] == "met":
        return []
    if node["children"] and node.get("joins") == "all":
        return [leaf for child in node["children"] for leaf in _leaves(child)]
    return [node]


def rungs_shown(ladder: Data) -> list[Data]:
    """A ladder as the look's component wants it."""
    from quintet.look.words import wan

    shown = []
    for rung in ladder["rungs"]:
        missing = _("；").join(_distance(leaf) for leaf in rung["open"][:3])
        shown.append(
            {
                "title": said(rung["label"]),
                "met": rung["met"],
                "of": rung["of"],
                "reached": rung["reached"] == "met",
                "amount": wan(rung["amount"]) if rung["amount"] else "",
                "missing": missing if rung["reached"] != "met" else "",
            }
        )
    return shown


def _distance(leaf: Data) -> str:
    text = said(leaf["text"])
    if leaf["state"] == "unknown":
        return _("%(text)s（%(now)s）") % {"text": text, "now": unknown()}
    value, needed = leaf.get("value"), leaf.get("needed")
    return _("%(text)s（%(now)s）") % {"text": text, "now": f"{said(value)} → {said(needed)}"} if value and needed else text
