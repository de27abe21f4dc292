"""Rules and what they lean on: budgets, definitions, the examples beside them, and ladders of rules."""

from __future__ import annotations

from quintet.engine.packs import model as m
from quintet.engine.packs.draft import NO_WORDS, Draft
from quintet.engine.packs.reader import Map
from quintet.engine.values import BOOL, DATE, UNITS, number


def read_budget(draft: Draft, name: str, item: Map) -> None:
    draft.known(item, "clause", "label", "ceiling", "funds")
    ceiling = draft.text(item, "ceiling", "")
    if ceiling:
        draft.one_of(ceiling, item, "ceiling", draft.pack.parameters)
    funds = item.get("funds") or Map(item.file, item.line)
    draft.pack.budgets[name] = m.Budget(
        name,
        draft.clause(item),
        draft.words(item, "label", needed=True),
        ceiling,
        {fund: draft.words(funds, fund, needed=True) for fund in funds},
        item,
    )


def read_definition(draft: Draft, name: str, item: Map) -> None:
    draft.known(item, "subject", "clause", "label", "unit", "formula", "all", "any", "examples")
    if name in draft.pack.definitions:
        raise draft.fail(item, None, f"definition {name} stands twice.")
    source = next((item[key] if key == "formula" else _alone(item, key) for key in ("formula", "all", "any") if key in item), None)
    if source is None:
        raise draft.fail(item, None, f"definition {name} has no formula.", "Write `formula:`, `all:` or `any:`.")
    unit = draft.one_of(draft.text(item, "unit", "bool"), item, "unit", ("bool", "date", *UNITS))
    type_ = {"bool": BOOL, "date": DATE}.get(unit) or number(unit)
    draft.pack.definitions[name] = m.Definition(
        name,
        draft.subject(item),
        draft.clause(item),
        draft.words(item, "label", needed=True),
        type_,
        source,
        _examples(draft, item),
        item,
    )


def read_rule(draft: Draft, name: str, item: Map) -> None:
    draft.known(
        item, "clause", "subject", "title", "kind", "beneficiary", "when", "amount", "decide", "begins", "years", "limit", "waits", "beyond_end", "once",
        "event", "group", "budget", "funds", "right", "what", "next_step", "from", "to", "papers", "way", "procedure", "examples",
    )  # fmt: skip
    start, end = draft.day(item, "from"), draft.day(item, "to")
    for other in draft.pack.rules:
        if other.id == name and (other.end is None or start is None or start <= other.end):
            raise draft.fail(
                item,
                "from",
                f"rule {name} stands twice with overlapping dates.",
                "Give the earlier one `to:` and the later one `from:`.",
            )
    kind = draft.one_of(draft.text(item, "kind"), item, "kind", m.KINDS)
    if "when" not in item:
        raise draft.fail(item, None, f"rule {name} has no `when`.", "Write its conditions, or `when: true`.")
    _kind_has(draft, item, name, kind)
    subject = draft.subject(item)
    limit, decide = item.get("limit"), item.get("decide")
    if "limit" in item and not (isinstance(limit, Map) and {"amount", "per"} <= set(limit)):
        raise draft.fail(item, "limit", "`limit` needs amount and per.")
    if "decide" in item and not (isinstance(decide, Map) and {"when", "reason"} <= set(decide)):
        raise draft.fail(item, "decide", "`decide` needs when and reason.")
    if isinstance(limit, Map):
        draft.known(limit, "amount", "per", "of", "taken")
    waits = item.get("waits")
    if "waits" in item and not (isinstance(waits, Map) and {"until", "reason"} <= set(waits)):
        raise draft.fail(item, "waits", "`waits` needs until and reason.")
    refs = ["", "self", *draft.pack.subjects[subject].refs]
    draft.pack.rules.append(
        m.Rule(
            name,
            subject,
            draft.clause(item),
            draft.words(item, "title", needed=True),
            kind,
            draft.one_of(draft.text(item, "beneficiary", "self"), item, "beneficiary", refs),
            item["when"],
            item.get("amount"),
            decide["when"] if decide else None,
            draft.words(decide, "reason", needed=True) if decide else NO_WORDS,
            item.get("begins"),
            item.get("years"),
            limit["amount"] if limit else None,
            draft.one_of(str(limit["per"]), limit, "per", refs) if limit else "",
            _definition(draft, limit, "of", subject, "years"),
            _definition(draft, limit, "taken", subject, "yuan"),
            _definition(draft, waits, "until", subject, "bool"),
            draft.words(waits, "reason", needed=True) if waits else NO_WORDS,
            item.get("beyond_end"),
            draft.texts(item, "once"),
            tuple(draft.one_of(fact, item, "event", draft.pack.subjects[subject].facts) for fact in draft.texts(item, "event")),
            _group(draft, item),
            _budget(draft, item, kind),
            _funds(draft, item),
            draft.words(item, "right"),
            draft.words(item, "what"),
            draft.words(item, "next_step"),
            start,
            end,
            [m.Words(p["zh"], p["en"]) for p in item.get("papers") or () if isinstance(p, Map) and {"zh", "en"} <= set(p)],
            draft.one_of(draft.text(item, "way", "ordinary"), item, "way", m.WAYS),
            draft.one_of(draft.text(item, "procedure"), item, "procedure", draft.pack.procedures) if "procedure" in item else "",
            _examples(draft, item),
            item,
        )
    )


def _definition(draft: Draft, item: Map | None, key: str, subject: str, unit: str) -> str:
    """A definition of the rule's subject that a key names, of the type it needs."""
    if not item or key not in item:
        return ""
    fitting = [
        definition.id
        for definition in draft.pack.definitions.values()
        if definition.subject == subject and unit in (definition.type.kind, definition.type.unit)
    ]
    return draft.one_of(draft.text(item, key), item, key, fitting)


def _group(draft: Draft, item: Map) -> str:
    """The stacking group a rule names; one that `groups:` does not describe is once a calendar year, and an award given before leaves nothing."""
    name = draft.text(item, "group", "")
    if name and name not in draft.pack.groups:
        draft.pack.groups[name] = m.Group(name, draft.clause(item), m.Words(name, name), "each", "nothing", item)
    return name


def read_group(draft: Draft, name: str, item: Map) -> None:
    draft.known(item, "clause", "label", "years", "earlier")
    draft.pack.groups[name] = m.Group(
        name,
        draft.clause(item),
        draft.words(item, "label", needed=True),
        draft.one_of(draft.text(item, "years", "each"), item, "years", ("each", "once")),
        draft.one_of(draft.text(item, "earlier", "nothing"), item, "earlier", ("nothing", "difference")),
        item,
    )


def _kind_has(draft: Draft, item: Map, name: str, kind: str) -> None:
    needs = {
        "instalments": ("amount", "begins", "years"),
        "right": ("right",),
        "discretionary": ("right",),
        "share": ("amount", "right"),
    }.get(kind, ("amount",))
    for key in needs:
        if key not in item:
            raise draft.fail(item, "kind", f"rule {name} is of kind {kind} and has no `{key}`.")
    if kind in ("right", "discretionary") and "amount" in item:
        raise draft.fail(item, "amount", f"rule {name} is of kind {kind}; it gives no money.", "Remove `amount` or change the kind.")


def _budget(draft: Draft, item: Map, kind: str) -> str:
    budget = draft.text(item, "budget", "none" if kind in ("right", "discretionary", *m.OWN_MONEY) else "")
    if budget == "none":
        return ""
    if not budget:
        raise draft.fail(item, None, "the rule gives money but names no `budget`.", "Name one of `budgets:`, or `none`.")
    return draft.one_of(budget, item, "budget", draft.pack.budgets)


def _funds(draft: Draft, item: Map) -> tuple[str, ...]:
    """The funds of its budget that a rule names; a fund that the budget does not have is a problem of form."""
    budget = draft.pack.budgets.get(draft.text(item, "budget", ""))
    if "funds" in item and (budget is None or not budget.funds):
        raise draft.fail(item, "funds", "`funds` needs a `budget` with several funds.", "Name the budget, or leave `funds` out.")
    return tuple(draft.one_of(fund, item, "funds", budget.funds) for fund in draft.texts(item, "funds")) if budget else ()


def read_ladder(draft: Draft, name: str, item: Map) -> None:
    draft.known(item, "clause", "label", "rungs")
    rungs = []
    for entry in item.get("rungs") or ():
        if not isinstance(entry, Map):
            raise draft.fail(item, "rungs", "each rung needs id, label, test.")
        draft.known(entry, "label", "subject", "test", "reached", "brings")
        test = draft.one_of(draft.text(entry, "test"), entry, "test", draft.pack.definitions)
        rule_ids = [rule.id for rule in draft.pack.rules]
        brings = tuple(draft.one_of(rule, entry, "brings", rule_ids) for rule in draft.texts(entry, "brings"))
        rungs.append(
            m.Rung(
                draft.text(entry, "id"),
                draft.words(entry, "label", needed=True),
                draft.pack.definitions[test].subject,
                test,
                draft.text(entry, "reached", ""),
                brings,
            )
        )
    draft.pack.ladders[name] = m.Ladder(name, draft.clause(item), draft.words(item, "label", needed=True), rungs, item)


def _examples(draft: Draft, item: Map) -> list[m.Example]:
    found = []
    for entry in item.get("examples") or ():
        if not isinstance(entry, Map):
            raise draft.fail(item, "examples", "an example needs on, facts and expect.")
        draft.known(entry, "title", "on", "facts", "set", "expect", "amount", "value")
        day = draft.day(entry, "on")
        if day is None:
            raise draft.fail(entry, None, "the example has no date.", "Write `on: 2020-12-31`.")
        expect = draft.text(entry, "expect", "") if "expect" in entry else ""
        amount = draft.quantity(entry, "amount", entry["amount"], "yuan") if "amount" in entry else None
        values = {"value": entry["value"]} if "value" in entry else {}
        if expect:
            draft.one_of(expect, entry, "expect", (*m.STATES, "met", "unmet"))
        found.append(
            m.Example(
                day,
                dict(entry.get("facts") or {}),
                expect,
                None if amount is None else int(amount),
                values,
                draft.text(entry, "title", ""),
                {name: str(value) for name, value in (entry.get("set") or {}).items()},
                entry,
            )
        )
    return found


def _alone(item: Map, key: str) -> Map:
    """The mapping `{all: …}` or `{any: …}` alone, with its line."""
    alone = Map(item.file, item.lines[key])
    alone[key] = item[key]
    alone.lines[key] = item.lines[key]
    return alone
