"""A stored explanation as pages show it: sorted into what is sure, what needs a decision, what is missing, what is refused."""

from typing import Any

from quintet.look.words import unknown
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


def view_of(result: Data) -> list[Data]:
    """Per subject and row: outcomes by state, ladders with the distance, open questions."""
    return [_row(subject, row) for subject, rows in result["results"].items() for row in rows]


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
        missing = "；".join(_distance(leaf) for leaf in rung["open"][:3])
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
        return f"{text}（{unknown()}）"
    value, needed = leaf.get("value"), leaf.get("needed")
    return f"{text}（{said(value)} → {said(needed)}）" if value and needed else text
