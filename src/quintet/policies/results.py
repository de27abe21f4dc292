"""A stored explanation as pages show it: sorted into what is sure, what needs a decision, what is missing, what is refused."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from quintet.core import clock
from quintet.look.registry import collect
from quintet.look.words import unknown, wan, yuan
from quintet.policies.engine import OWN_MONEY
from quintet.policies.queries import TASK, said

Data = dict[str, Any]
ORDER = ("entitled", "decision", "waiting", "unknown", "superseded", "own_money", "not_entitled")


def sums(
    result: Data,
    openings: Mapping[str, Any] | None = None,
    taken: Mapping[tuple[str, Any, str], int] | None = None,
    invited: Collection[tuple[str, Any, str]] | None = None,
) -> dict[str, int]:
    """Fen and counts over all subjects: entitled, of that `confirm` (nothing to apply for), `apply` and `closed` (what `openings` says cannot be
    had now) and `premised` (it rests on facts that nobody told); decision at most; unknown; waiting. Each counts what the list of the page shows in that state.
    Where it is known to what its payee is `invited`, (subject, row, rule), nothing else is there to confirm: that counts as `uninvited`.

    What somebody may do with money of their own is no money of the city: entitled to, it counts nowhere. `taken` are awards, (subject, row, rule)
    → fen, that are being handled or are settled: they count as such alone. Where an enterprise is looked at with others, what is not its own
    counts as `personal` alone.
    """
    names = ("entitled", "confirm", "apply", "uninvited", "closed", "premised", "taken", "personal", "decision", "unknown", "waiting")
    found = dict.fromkeys([*names, *(f"count_{name}" for name in names)], 0)
    shared = "enterprise" in result["results"]
    for subject, rows in result["results"].items():
        for row in rows:
            for outcome in row["outcomes"]:
                if outcome["state"] in ("entitled", "decision") and (
                    apart := _apart(outcome, shared, (taken or {}).get((subject, row["id"], outcome["rule"])))
                ):
                    found[f"count_{apart[0]}"] += 1
                    found[apart[0]] += apart[1]
                    continue
                if shared and outcome.get("payee") == "talent":
                    continue
                own = outcome["kind"] in OWN_MONEY
                if outcome["state"] in names and not (own and outcome["state"] == "entitled"):
                    asked = invited is None or (subject, row["id"], outcome["rule"]) in invited
                    for name in (outcome["state"], *_way_of(outcome, openings or {}, asked)):
                        found[f"count_{name}"] += 1
                        found[name] += 0 if own else outcome["amount"] or 0
    return found


def _apart(outcome: Data, shared: bool, taken: int | None) -> tuple[str, int] | None:
    """What counts neither as sure nor as for decision here, and with what sum."""
    if taken is not None:
        return "taken", taken
    return ("personal", outcome["amount"] or 0) if shared and outcome.get("payee") == "talent" else None


def openings_now(result: Data) -> dict[str, Any]:
    """rule → whether and until when it can be had today, by the contexts that know (`openings` of each), for the year that was evaluated."""
    found: dict[str, Any] = {}
    for openings in collect("openings", "openings"):
        found |= openings(result["pack"], date.fromisoformat(result["on"]).year, clock.today())
    return found


def _way_of(outcome: Data, openings: Mapping[str, Any], invited: bool) -> tuple[str, ...]:
    if outcome["state"] != "entitled":
        return ()
    premised = ("premised",) if outcome.get("premises") else ()
    if outcome["rule"] in openings and not openings[outcome["rule"]].open:
        return ("closed", *premised)
    if outcome["way"] != "automatic":
        return ("apply", *premised)
    return ("confirm" if invited else "uninvited", *premised)


def clause_name(clause: Data) -> str:
    """A clause as people know it: its number in the list of tasks, if it is one, its title and where it stands."""
    task = TASK.fullmatch(clause["id"])
    title, number = said(clause["title"]), clause["number"]
    if not task:
        return f"{number} {title}"
    return _("第%(task)s项任务“%(title)s”（%(number)s）") % {"task": task[1], "title": title, "number": number}


def sentence(outcome: Data) -> str:
    """Why, in a sentence; the clause it rests on by its task and title too, since a bare number says little."""
    number = outcome["clause"]["number"]
    named = clause_name(outcome["clause"])
    why = said(outcome["sentence"]).replace(f"（依据{number}）", f"，依据{named}").replace(f" (clause {number})", f", by {named}")
    return f"{why}{instalment_sum(outcome)}{premise(outcome)}"


def premise(outcome: Data) -> str:
    """What nobody told and the answer rests on, as a sentence; "" where it rests on nothing of that kind."""
    if not outcome.get("premises"):
        return ""
    names = _("、").join(_("“%(label)s”") % {"label": said(item["label"])} for item in outcome["premises"])
    return _("前提：%(names)s没有填写；填写以后结果可能改变，金额可能减少，也可能没有。") % {"names": names}


def shared_limit(outcome: Data) -> str:
    """What others of the same beneficiary have taken of a yearly limit before this one, as a sentence; "" when it had the limit to itself."""
    if outcome.get("before_limit") is None or outcome["amount"] is None or outcome["amount"] == outcome["limit"]:
        return ""
    return _("同一单位全年合用上限 %(limit)s：排在前面的已用 %(used)s，这一项还可得 %(amount)s。") % {
        "limit": yuan(outcome["limit"]), "used": yuan(outcome["limit"] - outcome["amount"]), "amount": yuan(outcome["amount"]),
    }  # fmt: skip


def step_now(outcome: Data) -> str:
    """What to do now. Nobody is told to confirm and wait while a person still has to decide, or while something else comes first."""
    if outcome["state"] == "superseded" or outcome["state"] == "waiting" or outcome.get("claim"):
        return ""
    if outcome.get("opening") is not None and not outcome["opening"].open:
        return ""
    if outcome["way"] == "automatic" and outcome["state"] in ("entitled", "decision"):
        return _when_invited(outcome)
    return said(outcome["next_step"]) if outcome["next_step"]["zh"] else ""


def _when_invited(outcome: Data) -> str:
    """Of what nobody applies for: there is nothing to confirm before the department has sent its invitation. `uninvited` says what follows if it does not."""
    lead = _("、").join(said(unit) for unit in outcome["lead"]) or _("主管部门")
    if outcome["state"] == "decision":
        return _("等待%(lead)s认定；认定之前没有要确认的。认定后会发来确认邀请。") % {"lead": lead}
    if "uninvited" in outcome:
        return _("%(lead)s尚未发来确认邀请，现在没有要确认的；发来以后在“我的申报”里确认。%(end)s") % {
            "lead": lead,
            "end": outcome["uninvited"],
        }
    return _("%(lead)s按名录核对后会发来确认邀请；收到以后：%(step)s") % {"lead": lead, "step": said(outcome["next_step"])}


def whose(outcome: Data) -> str:
    """Who may apply for it, where it is not the enterprise."""
    return _("这一项归人才本人，由本人申领；用人单位协助提供材料。") if outcome.get("payee") == "talent" else ""


def instalment_states(outcome: Data) -> list[tuple[Data, str]]:
    """Each year of an award with what it is now: of what the policy pays what was decided (`settled`), can still be had (`payable`) or no more (`gone`).

    By its claims where they are known (`years`: year → settled, payable or gone), else by what its `opening` says of its years.
    """
    now, known = outcome.get("opening"), outcome.get("years") or {}
    found = []
    for item in (outcome.get("instalments") or {}).get("items", ()):
        state = item["state"]
        if state == "payable":
            state = known.get(item["year"]) or ("gone" if now is not None and (now.over or item["year"] in now.gone) else state)
        found.append((item, state))
    return found


def instalment_sum(outcome: Data) -> str:
    """What the years of an award that can still be had make together today, and those decided; "" where nobody knows of calls."""
    if outcome["state"] not in ("entitled", "decision") or not outcome.get("instalments") or outcome.get("opening") is None:
        return ""
    states = instalment_states(outcome)
    years = {name: [item["amount"] or 0 for item, state in states if state == name] for name in ("payable", "settled")}
    settled = (
        _("已决定 %(n)d 年，计 %(sum)s；") % {"n": len(years["settled"]), "sum": yuan(sum(years["settled"]))} if years["settled"] else ""
    )
    if not years["payable"]:
        return settled + _("现在没有还能办理的年度。")
    return settled + _("现在还能办理的 %(n)d 年，合计 %(sum)s。") % {"n": len(years["payable"]), "sum": yuan(sum(years["payable"]))}


def instalment_lines(outcome: Data) -> list[dict[str, str]]:
    """The years of an award as lines of a table; years that pay alike or not at all for the same reason stand together."""
    found: list[dict[str, Any]] = []
    for item, state in instalment_states(outcome):
        key = (state, item["amount"])
        if state not in ("payable", "settled") and found and found[-1]["key"] == key:
            found[-1]["last"] = item["year"]
        else:
            found.append({"key": key, "first": item["year"], "last": item["year"]})
    notes = {
        "payable": _("政策期内"),
        "settled": _("已决定"),
        "gone": _("现在不能再办理"),
        "beyond_end": _("以后年度须有后续政策"),
        "not_payable": _("不在发放期内"),
    }
    return [
        {
            "years": str(line["first"]) if line["first"] == line["last"] else f"{line['first']}–{line['last']}",
            "amount": yuan(line["key"][1]) if line["key"][0] in ("payable", "settled") and line["key"][1] is not None else "",
            "note": notes[line["key"][0]],
        }
        for line in found
    ]


def view_of(result: Data, openings: Mapping[str, Any] | None = None) -> list[Data]:
    """Per subject and row: outcomes by state, each with its `opening` where one is given, ladders with the distance, open questions."""
    return [_row(subject, row, openings or {}) for subject, rows in result["results"].items() for row in rows]


def granted(subjects: list[Data]) -> list[tuple[Data, Data]]:
    """(row, outcome) of all that is sure or for decision, over all subjects, in the order they are shown."""
    return [(row, outcome) for row in subjects for state in ("entitled", "decision") for outcome in row["by_state"][state]]


def by_award(subjects: list[Data]) -> list[Data]:
    """Each award once, with all it is looked at for; the surest first, then in the order of the policy. Refusals are not among them.

    {"rule", "title", "state", "lines": [(row, outcome)], "counts": {state: how many}, "entitled", "decision"}: `state` is the surest of its lines, sums in fen.
    """
    awards: dict[str, Data] = {}
    for state in ORDER[:-1]:
        for row in subjects:
            for outcome in row["by_state"][state]:
                new = {
                    "rule": outcome["rule"],
                    "title": outcome["title"],
                    "state": state,
                    "lines": [],
                    "counts": {},
                    "entitled": 0,
                    "decision": 0,
                }
                award = awards.setdefault(outcome["rule"], new)
                award["lines"].append((row, outcome))
                award["counts"][state] = award["counts"].get(state, 0) + 1
                if state in ("entitled", "decision"):
                    award[state] += outcome["amount"] or 0
    return list(awards.values())


def _row(subject: str, row: Data, openings: Mapping[str, Any]) -> Data:
    by_state: dict[str, list[Data]] = {state: [] for state in ORDER}
    for outcome in row["outcomes"]:
        state = "own_money" if outcome["state"] == "entitled" and outcome["kind"] in OWN_MONEY else outcome["state"]
        by_state[state].append({**outcome, "facts": _deciding_facts(outcome), "opening": openings.get(outcome["rule"])})
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
        paying = [item for item in rung["brings"] if item["amount"]]
        judged = any(item.get("decision") for item in paying)
        rungs.append({**rung, "open": unmet, "amount": sum(item["amount"] for item in paying), "judged": judged})
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
    shown = []
    for rung in ladder["rungs"]:
        missing = _("；").join(_distance(leaf) for leaf in rung["open"][:3])
        shown.append(
            {
                "title": said(rung["label"]),
                "met": rung["met"],
                "of": rung["of"],
                "reached": rung["reached"] == "met",
                "amount": _promise(rung),
                "missing": missing if rung["reached"] != "met" else "",
            }
        )
    return shown


def _promise(rung: Data) -> str:
    """What a rung that is not reached would bring, never a sum as certain that a person still has to decide on."""
    if not rung["amount"] or rung["reached"] == "met":
        return ""
    return _("最高 %(amount)s，须认定") % {"amount": wan(rung["amount"])} if rung["judged"] else wan(rung["amount"])


def _distance(leaf: Data) -> str:
    text = said(leaf["text"])
    if leaf["state"] == "unknown":
        return _("%(text)s（%(now)s）") % {"text": text, "now": unknown()}
    value, needed = leaf.get("value"), leaf.get("needed")
    return _("%(text)s（%(now)s）") % {"text": text, "now": f"{said(value)} → {said(needed)}"} if value and needed else text
