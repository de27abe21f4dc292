"""Why: each outcome as a sentence, a tree of conditions with values, what is missing and which question decides most.

Everything is plain data with words in both languages, so that it can be stored and shown again exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from quintet.engine.backends.reference import Reference
from quintet.engine.evaluate import Policy, status_on
from quintet.engine.expressions import nodes as n
from quintet.engine.groups import Earlier
from quintet.engine.instalments import instalments, total
from quintet.engine.openness import Open
from quintet.engine.packs.bind import rule_nodes
from quintet.engine.packs.model import Bound, BoundRule, FactSpec, Words
from quintet.engine.switches import unsettled
from quintet.engine.values import date_text, number_text
from quintet.engine.wording import NO, NONE, SIGNS, YES, Wording

Data = dict[str, Any]
STATE = {True: "met", False: "unmet", None: "unknown"}


def explain(
    policy: Policy,
    facts: Mapping[str, list[Data]],
    on: date,
    *,
    parameters: Mapping[str, Any] | None = None,
    sources: Mapping[str, Mapping[str, Data]] | None = None,
    earlier: Sequence[Earlier] = (),
) -> Data:
    """Every outcome of every row with its reasons.

    `earlier` are awards decided before, which stacking groups look at; `sources` maps "subject/id" to fact → {"source": …, "period": …}, with
    "none": True for a fact of which somebody said that there is none. `questions` are what has to be known, `optional` what a rule takes as not
    having happened while it is not told; an outcome that rests on such a thing names it in `premises`. Raises FactsError and EngineError as `evaluate` does.
    """
    program, bound = policy.program(on, parameters), policy.bound(on, parameters)
    status = status_on(program.meta, on)
    program.evaluate(dict(facts), on)  # refuses what evaluate refuses, in the same words
    readers = {
        subject: [
            _Row(
                policy,
                bound,
                subject,
                program.check(subject, row),
                row,
                on,
                parameters,
                (sources or {}).get(f"{subject}/{row.get('id')}", {}),
                len(rows) == 1,
            )
            for row in rows
        ]
        for subject, rows in facts.items()
    }
    program.settle(dict(facts), {subject: [{"outcomes": row.outcomes} for row in rows] for subject, rows in readers.items()}, on, earlier)
    results = {subject: [row.explanation(status) for row in rows] for subject, rows in readers.items()}
    given = {"earlier": [award._asdict() for award in earlier]} if earlier else {}
    return {
        **given, "pack": policy.pack.document.pack, "hash": policy.hash, "on": on.isoformat(), "status": status, "status_text": _both(status_words(policy, status)),
        "overrides": {name: str(value) for name, value in (parameters or {}).items()}, "results": results,
    }  # fmt: skip


def goes_on(policy: Policy, subject: str, row: Data, rule: str, on: date) -> bool:
    """Whether after the policy's end a rule still pays this row: what its `beyond_end` says."""
    part = policy.bound(on).subjects[subject]
    beyond = next((bound.beyond_end for bound in part.rules if bound.spec.id == rule), None)
    return beyond is not None and _reference(policy, subject, row, on).value(beyond) is True


def may_go_on(policy: Policy, subject: str, rule: str, on: date) -> bool:
    """Whether after the policy's end a rule may still pay anybody at all, as its figures are set."""
    bound = policy.bound(on)
    beyond = next((part.beyond_end for part in bound.subjects[subject].rules if part.spec.id == rule), None)
    return beyond is not None and Reference(bound, subject, {}, on).value(beyond) is not False


def definition_value(policy: Policy, subject: str, row: Data, name: str, on: date) -> Any:
    """The value of a definition for one row, exact; None when unknown."""
    reference = _reference(policy, subject, row, on)
    return reference.value(reference.part.definitions[name])


def _reference(policy: Policy, subject: str, row: Data, on: date) -> Reference:
    bound, values = policy.bound(on), policy.program(on).check(subject, row)
    facts = bound.subjects[subject].facts.items()
    known = {name: _as_said(spec, value) for (name, spec), value in zip(facts, values, strict=True)}
    return Reference(bound, subject, known, on)


def _as_said(spec: FactSpec, value: Any) -> Any:
    """A value as the reference interpreter takes it: a text by its word, halves as the number they make."""
    if value is None or spec.type.kind not in ("text", "number"):
        return value
    return spec.type.choices[value] if spec.type.kind == "text" else value if spec.scale == 1 else Fraction(value, spec.scale)


def status_words(policy: Policy, status: str) -> Words:
    """Whether the policy is in force, as a sentence."""
    document = policy.pack.document
    if status == "ended" and document.ends:
        return Words(
            f"本政策已于{date_text(document.ends)}到期失效，此后不再给予新的支持。",
            f"This policy ended on {date_text(document.ends, 'en')}; it gives nothing new after that day.",
        )
    if status == "not_yet":
        return Words(
            f"本政策自{date_text(document.in_force)}起施行，此前不适用。",
            f"This policy is in force from {date_text(document.in_force, 'en')}; it does not apply before.",
        )
    return Words("本政策在评估日有效。", "This policy is in force on the evaluation date.")


def _both(words: Words) -> Data:
    return {"zh": words.zh, "en": words.en}


def _instalments_words(found: Data, money: Words, clause: str) -> Words:
    """What this year pays, how many years the policy pays, and which need a following policy; what they make together depends on which can still be had."""
    items = found["items"]
    payable = [item for item in items if item["state"] == "payable"]
    beyond = [item["year"] for item in items if item["state"] == "beyond_end"]
    text = Words(f"第{found['number']}年可获得 {money.zh}；", f"{money.en} in year {found['number']} of {found['years']}; ")
    if len({item["amount"] for item in payable}) > 1:
        each = Words(*(_each(payable, lang) for lang in ("zh", "en")))
        text = Words(f"{text.zh}逐年为{each.zh}；", f"{text.en}year by year {each.en}; ")
    if not beyond:
        return Words(
            f"{text.zh}共{len(payable)}年，逐年决定（依据{clause}）。",
            f"{text.en}years in all: {len(payable)}, each decided by itself (clause {clause}).",
        )
    span = (
        Words(f"{beyond[0]}年至{beyond[-1]}年", f"{beyond[0]} to {beyond[-1]}")
        if len(beyond) > 1
        else Words(f"{beyond[0]}年", f"{beyond[0]}")
    )
    return Words(
        f"{text.zh}政策期内共{len(payable)}年，逐年决定；以后年度（{span.zh}）须有后续政策（依据{clause}）。",
        f"{text.en}years within the policy: {len(payable)}, each decided by itself; later years ({span.en}) need a following policy (clause {clause}).",
    )


def _each(items: list[Data], lang: str) -> str:
    shown = [number_text(item["amount"] or 0, "yuan", lang) for item in items]
    if lang == "zh":
        return "、".join(f"{item['year']}年 {text}" for item, text in zip(items, shown, strict=True))
    return ", ".join(f"{text} in {item['year']}" for item, text in zip(items, shown, strict=True))


class _Row:
    def __init__(
        self,
        policy: Policy,
        bound: Bound,
        subject: str,
        values: tuple[Any, ...],
        row: Data,
        on: date,
        parameters: Mapping[str, Any] | None,
        sources: Mapping[str, Data],
        alone: bool,
    ) -> None:
        self.parameters, self.alone = parameters, alone
        self.policy, self.bound, self.part, self.row, self.on = policy, bound, bound.subjects[subject], row, on
        self.subject, self.sources = subject, sources
        known = {}
        for (name, spec), value in zip(self.part.facts.items(), values, strict=True):
            known[name] = _as_said(spec, value)
        self.reference = Reference(bound, subject, known, on)
        self.facts = known
        self.never = frozenset(name for name, said in sources.items() if said.get("none"))
        self.open = Open(bound, subject, known, on, self.never)
        self.words = Wording(policy.pack, subject, on)
        self.outcomes: list[Data] = [self._settled(rule) for rule in self.part.rules]
        for node in self.part.definitions.values():
            self.reference.value(node)

    def _settled(self, rule: BoundRule) -> Data:
        """State, amount and instalment, and what settling asks for beside them."""
        state, amount, instalment = self.reference.rule(rule)
        named = {"_of": rule.spec.limit_of, "_taken": rule.spec.limit_taken, "_until": rule.spec.waits_until}
        asides = {key: self.value(self.part.definitions[name]) for key, name in named.items() if name}
        return {"state": state, "amount": amount, "instalment": instalment, **asides}

    def value(self, node: n.Node) -> Any:
        return self.reference.value(node)

    def explanation(self, status: str) -> Data:
        asked = self._going_on(status)
        necessary = self._questions({rule.spec.id: [item["fact"] for item in self._live(rule)] for rule in asked if self._is_unknown(rule)})
        known = {question["fact"] for question in necessary}
        optional = self._questions({rule.spec.id: [name for name in self._untold(rule) if name not in known] for rule in asked})
        return {
            "id": self.row.get("id"),
            "name": self.row.get("name", ""),
            "outcomes": [self._outcome(rule, result, status) for rule, result in zip(self.part.rules, self.outcomes, strict=True)],
            "questions": necessary,
            "optional": optional,
            "ladders": self._ladders(status),
        }

    # one rule --------------------------------------------------------------------------------------------------------

    def _outcome(self, rule: BoundRule, result: Data, status: str) -> Data:
        given = status == "in_force" or (status == "ended" and rule.beyond_end is not None and result["state"] != "not_entitled")
        state = result["state"] if given else "not_entitled"
        amount = result["amount"] if given else None
        asked = given or (status == "ended" and rule.beyond_end is not None and self.value(rule.beyond_end) is True)
        spec, clause = rule.spec, self.policy.pack.clauses[rule.spec.clause]
        lead = [self.policy.pack.units[unit] for unit in clause.lead]
        found: Data = {
            "rule": spec.id, "title": _both(spec.title), "kind": spec.kind, "state": state, "amount": amount, "budget": spec.budget,
            "clause": {"id": clause.id, "number": clause.number, "title": _both(clause.title)},
            "lead": [_both(unit) for unit in lead], "what": _both(spec.what), "next_step": _both(spec.next_step), "way": spec.way, "payee": self._payee(rule),
            "papers": [_both(paper) for paper in spec.papers], "right": _both(spec.right),
            "conditions": self._tree(rule.when), "inputs": self._inputs(rule), "missing": self._live(rule) if state == "unknown" else [],
        }  # fmt: skip
        if rule.amount is not None:
            found["formula"] = _both(self.words.describe(rule.amount))
        if "before_limit" in result:
            found["before_limit"], found["limit"] = result["before_limit"], rule.limit
        for key in ("expected", "expected_before_limit", "before_group", "waits_for"):
            if key in result and given:
                found[key] = result[key]
        if "expected_before_limit" in found:
            found["limit"] = rule.limit
        if state in ("entitled", "decision", "waiting") and (premises := self._untold(rule)):
            found["premises"] = [self._question(name) for name in premises]
        if rule.begins is not None:
            found["instalments"] = self._instalments(rule, result)
        found["sentence"] = _both(self._sentence(rule, found, "in_force" if asked else status))
        found["deciding"] = self._deciding(rule.when) if state == "not_entitled" and asked else None
        return found

    def _payee(self, rule: BoundRule) -> str:
        """The kind of subject to which the award belongs, such as enterprise: the one it is worked out for, or the one this refers to."""
        of = rule.spec.beneficiary
        return self.subject if of in ("", "self") else self.part.subject.refs[of]

    def _instalments(self, rule: BoundRule, result: Data) -> Data | None:
        assert rule.begins is not None
        assert rule.years is not None
        begins, years = self.value(rule.begins), self.value(rule.years)
        if begins is None or years is None:
            return None
        now = result["amount"] if result["state"] in ("entitled", "decision") else None
        program = self.policy.program(self.on, self.parameters)
        items = instalments(
            lambda day: self.policy.program(day, self.parameters), program.meta, self.subject, self.row, rule.spec.id, begins=int(begins),
            years=int(years), on=self.on, now=now,
        )  # fmt: skip
        return {"number": result["instalment"], "first_year": int(begins), "years": int(years), "total": total(items), "items": items}

    def _sentence(self, rule: BoundRule, found: Data, status: str) -> Words:
        state = found["state"]
        number = found["clause"]["number"]
        if status != "in_force":
            return status_words(self.policy, status)
        if state == "entitled":
            return self._entitled(rule, found)
        if state == "decision":
            return self._for_decision(rule, found)
        if state == "waiting":
            return self._waiting(rule, found)
        if state == "superseded" and rule.spec.group:
            return Words(
                "按就高不重复，由同组更高的一项支持，本项不另给。",
                "Of these supports only the highest is given; another one counts, this one does not.",
            )
        if state == "superseded":
            return Words(
                "同一事项已由另一项支持计入，不重复给予。", "The same fact already counts for another award; it is not paid twice."
            )
        if state == "unknown":
            if not found["missing"]:
                return Words("尚不能判断。", "This cannot be judged yet.")
            first = found["missing"][0]
            return Words(f"尚不能判断：请先补充“{first['label']['zh']}”。", f"Not known yet: please tell us “{first['label']['en']}”.")
        reason = self._deciding(rule.when)
        if reason is None and found.get("instalments"):
            item = found["instalments"]
            last = item["first_year"] + item["years"] - 1
            return Words(
                f"{self.on.year}年不在发放期内（{item['first_year']}年至{last}年）。",
                f"{self.on.year} lies outside the years of payment ({item['first_year']} to {last}).",
            )
        if reason is None:
            return Words(f"不符合{number}的条件。", f"The conditions of {number} are not met.")
        text, value = reason["text"], reason.get("value")
        now = (
            Words(f"（现为{' ' * value['zh'][:1].isdigit()}{value['zh']}）", f" (now {value['en']})")
            if value and reason["state"] == "unmet"
            else Words("", "")
        )
        if not rule.spec.is_award:
            return Words(
                f"这一项不适用，因为不满足：{text['zh']}{now.zh}。", f"Does not apply, because this is not met: {text['en']}{now.en}."
            )
        return Words(f"不能享受，因为不满足：{text['zh']}{now.zh}。", f"Not entitled, because this is not met: {text['en']}{now.en}.")

    def _entitled(self, rule: BoundRule, found: Data) -> Words:
        amount = found["amount"] or 0
        money = Words(number_text(amount, "yuan"), number_text(amount, "yuan", "en"))
        clause = found["clause"]["number"]
        if rule.spec.kind == "right":
            return Words(f"可以享受：{rule.spec.right.zh}（依据{clause}）。", f"Entitled to: {rule.spec.right.en} (clause {clause}).")
        if rule.spec.kind == "share":
            return Words(
                f"{rule.spec.right.zh}。按所填净收入为 {money.zh}；这是单位自己的钱，不是财政给付（依据{clause}）。",
                f"{rule.spec.right.en}. Of the income stated that is {money.en}; it is the institution's own money, not paid by the city (clause {clause}).",
            )
        if rule.spec.kind == "floor":
            return Words(f"不低于 {money.zh}（依据{clause}）。", f"At least {money.en} (clause {clause}).")
        text = Words(f"可获得 {money.zh}（依据{clause}）。", f"Entitled to {money.en} (clause {clause}).")
        if found.get("instalments"):
            return _instalments_words(found["instalments"], money, clause)
        if "before_group" in found:
            uncut = Words(*(number_text(found["before_group"], "yuan", lang) for lang in ("zh", "en")))
            return Words(
                f"本项为 {uncut.zh}，同组此前已给的抵扣后可获得 {money.zh}（依据{clause}）。",
                f"This one is {uncut.en}; after what was given in its group before, {money.en} is left (clause {clause}).",
            )
        if "before_limit" in found:
            uncut, limit = (
                Words(number_text(found[key], "yuan"), number_text(found[key], "yuan", "en")) for key in ("before_limit", "limit")
            )
            return Words(
                f"按公式为 {uncut.zh}，年度上限为 {limit.zh}，可获得 {money.zh}（依据{clause}）。",
                f"The formula gives {uncut.en}; the yearly limit of {limit.en} leaves {money.en} (clause {clause}).",
            )
        return text

    def _waiting(self, rule: BoundRule, found: Data) -> Words:
        if "waits_for" in found:
            title = next(other.title for other in self.policy.pack.rules if other.id == found["waits_for"])
            return Words(
                f"按就高不重复，先确认较高一项“{title.zh}”；确认之前本项暂不给予。",
                f"Only the higher of these is given: “{title.en}” is settled first, and this one is not given meanwhile.",
            )
        reason = rule.spec.waits_reason
        if "expected" not in found:
            return Words(f"条件符合，尚待：{reason.zh}", f"The conditions are met; still to come: {reason.en}")
        money = Words(*(number_text(found["expected"], "yuan", lang) for lang in ("zh", "en")))
        if "expected_before_limit" in found:
            uncut, limit = (
                Words(*(number_text(found[key], "yuan", lang) for lang in ("zh", "en"))) for key in ("expected_before_limit", "limit")
            )
            return Words(
                f"条件符合，尚待：{reason.zh}按现在的事实，公式为 {uncut.zh}，年度上限为 {limit.zh}，最多 {money.zh}。",
                f"The conditions are met; still to come: {reason.en} By the facts as they are now the formula gives {uncut.en}; the yearly limit of {limit.en} leaves at most {money.en}.",
            )
        return Words(
            f"条件符合，尚待：{reason.zh}按现在的事实为 {money.zh}。",
            f"The conditions are met; still to come: {reason.en} By the facts as they are now it is {money.en}.",
        )

    def _for_decision(self, rule: BoundRule, found: Data) -> Words:
        by = Words(
            "、".join(unit["zh"] for unit in found["lead"]) or "主管部门",
            ", ".join(unit["en"] for unit in found["lead"]) or "the department in charge",
        )
        if rule.decide is not None and self.value(rule.decide):
            return Words(
                f"条件符合，但需由{by.zh}认定：{rule.spec.decide_reason.zh}",
                f"The conditions are met, but {by.en} must decide: {rule.spec.decide_reason.en}",
            )
        if rule.spec.kind == "cap":
            money = Words(number_text(found["amount"] or 0, "yuan"), number_text(found["amount"] or 0, "yuan", "en"))
            return Words(
                f"条件符合，金额由{by.zh}决定，最高 {money.zh}。",
                f"The conditions are met; {by.en} decides the amount, at most {money.en}.",
            )
        right = rule.spec.right
        return Words(f"条件符合，由{by.zh}决定是否给予：{right.zh}。", f"The conditions are met; {by.en} decides on: {right.en}.")

    # the tree ----------------------------------------------------------------------------------------------------------

    def _tree(self, node: n.Node) -> Data:
        node = unsettled(node, self.part.definitions)
        words = self.words.describe(node)
        value = self.value(node)
        found: Data = {"text": _both(words), "state": STATE[value], "children": []}
        inner = node
        while isinstance(inner, (n.Labelled, n.Ref)):
            inner = inner.item if isinstance(inner, n.Labelled) else unsettled(self.part.definitions[inner.name], self.part.definitions)
        if isinstance(inner, (n.All, n.Any_)):
            if not isinstance(node, (n.Labelled, n.Ref)):
                found["text"] = _both(
                    Words("同时满足以下各项", "All of the following")
                    if isinstance(inner, n.All)
                    else Words("满足以下任意一项", "One of the following")
                )
            found["joins"] = "all" if isinstance(inner, n.All) else "any"
            found["children"] = [self._tree(item) for item in inner.items]
            return found
        found.update(self._facing(inner))
        found["facts"] = [self._fact(name) for name in self._facts_below(inner)]
        return found

    def _facing(self, node: n.Node) -> Data:
        """The value beside what is needed."""
        if isinstance(node, n.Not):
            inner = self.value(node.item)
            if not isinstance(node.item, (n.Fact, n.Ref)):
                return {}
            return {"value": _both(self.words.shown(node.item, inner)), "needed": _both(NO)}
        if isinstance(node, n.Compare):
            shown = self.words.shown(node.left, self.value(node.left))
            needed = self.words.shown(node.right, self.value(node.right))
            sign = SIGNS[node.op]
            return {"value": _both(shown), "needed": _both(Words(f"{sign} {needed.zh}", f"{sign} {needed.en}"))}
        if isinstance(node, (n.In, n.InYear)):
            shown = self.words.shown(node.item, self.value(node.item))
            if isinstance(node, n.InYear):
                return {"value": _both(shown), "needed": _both(Words(f"{self.on.year}年内", f"in {self.on.year}"))}
            return {"value": _both(shown)}
        if isinstance(node, n.Fact):
            return {"value": _both(self.words.shown(node, self.value(node))), "needed": _both(YES)}
        return {}

    def _facts_below(self, node: n.Node) -> list[str]:
        found = n.names(node, n.Fact)
        for ref in n.names(node, n.Ref):
            found += [name for name in self._facts_below(self.part.definitions[ref]) if name not in found]
        return list(dict.fromkeys(found))

    def _fact(self, name: str) -> Data:
        spec = self.part.subject.facts[name]
        value = self.facts.get(name)
        found = {
            "fact": name,
            "label": _both(spec.label),
            "value": _both(self.words.value(value, spec.type, name)),
            "known": value is not None,
            "period": spec.period,
        }
        if value is None and name in self.never:
            found["value"], found["known"] = _both(NONE), True
        return {**found, **{key: said for key, said in self.sources.get(name, {}).items() if key != "none"}}

    def _inputs(self, rule: BoundRule) -> Data:
        facts, figures = [], []
        for node in rule_nodes(rule):
            facts += self._facts_below(node)
            figures += self._figures_below(node)
        if rule.beyond_end is not None:
            figures += self._figures_below(rule.beyond_end)
        parameters = []
        for name in dict.fromkeys(figures):
            spec = self.policy.pack.parameters[name]
            used = next((part for part in self._walk(rule) if isinstance(part, (n.Const, n.Band, n.Lookup)) and part.name == name), None)
            value = self.value(used) if used is not None else None
            words = None
            if used is not None and value is not None:
                words = self.words.value(value, spec.type) if isinstance(used, n.Const) else self.words.shown(used, value)
            parameters.append(
                {
                    "name": name,
                    "label": _both(spec.label),
                    "clause": spec.clause,
                    "value": _both(words) if words else None,
                    "treatment": _both(spec.treatment) if spec.treatment else None,
                    "confirmed": spec.confirmed,
                }
            )
        return {"facts": [self._fact(name) for name in dict.fromkeys(facts)], "parameters": parameters}

    def _walk(self, rule: BoundRule) -> Iterator[n.Node]:
        """Every node of a rule and of the definitions it reads."""
        waiting = [*rule_nodes(rule), *([rule.beyond_end] if rule.beyond_end is not None else [])]
        while waiting:
            node = waiting.pop(0)
            yield from n.walk(node)
            waiting += [self.part.definitions[ref] for ref in n.names(node, n.Ref)]

    def _figures_below(self, node: n.Node) -> list[str]:
        found = [part.name for part in n.walk(node) if isinstance(part, (n.Const, n.Band, n.Lookup, n.In)) and part.name]
        for ref in n.names(node, n.Ref):
            found += self._figures_below(self.part.definitions[ref])
        return found

    def _deciding(self, node: n.Node) -> Data | None:
        """The first condition that is not met, as deep as it can be named."""
        tree = self._tree(node)
        if tree["state"] != "unmet":
            return None
        while tree["children"] and tree.get("joins") == "all":
            tree = next(child for child in tree["children"] if child["state"] == "unmet")
        return {key: tree.get(key) for key in ("text", "state", "value", "needed")}

    # what is missing -----------------------------------------------------------------------------------------------------

    def _parts(self, rule: BoundRule) -> list[n.Node]:
        """What decides whether and how much a rule gives this row, and when."""
        until = self.part.definitions[rule.spec.waits_until] if rule.spec.waits_until else None
        return [part for part in (rule.when, rule.begins, rule.years, rule.amount, rule.decide, until) if part is not None]

    def _undecided(self, rule: BoundRule) -> list[n.Node]:
        """Parts of a rule that could still change its outcome."""
        if self.value(rule.when) is False:
            return []
        return [part for part in self._parts(rule) if self.value(part) is None]

    def _untold(self, rule: BoundRule) -> list[str]:
        """Facts whose absence the rule reads (`known`) and that would change its outcome, or what it leaves to others, if they were told."""
        parts = self._parts(rule) if self.open.value(rule.when) is not False else []
        if rule.spec.limit_taken and not self.alone:
            parts.append(self.part.definitions[rule.spec.limit_taken])
        return list(dict.fromkeys(name for part in parts for name in self.open.below(part, self.reference)))

    def _live(self, rule: BoundRule) -> list[Data]:
        names = list(dict.fromkeys(name for part in self._undecided(rule) for name in self._unknown_below(part)))
        return [self._question(name) for name in names]

    def _unknown_below(self, node: n.Node) -> list[str]:
        """Unknown facts that can still change a node's value, in the order they are read."""
        if self.value(node) is not None:
            return []
        if isinstance(node, n.Fact):
            return [node.name]
        if isinstance(node, n.Ref):
            return self._unknown_below(self.part.definitions[node.name])
        if isinstance(node, n.Choice) and self.value(node.condition) is not None:
            return self._unknown_below(node.then if self.value(node.condition) else node.other)
        if isinstance(node, n.Choice):
            return self._unknown_below(node.condition)
        return [name for child in node.children() for name in self._unknown_below(child)]

    def _question(self, name: str) -> Data:
        spec = self.part.subject.facts[name]
        question = spec.question if spec.question.zh else spec.label
        return {"subject": self.subject, "fact": name, "label": _both(spec.label), "question": _both(question), "help": _both(spec.help)}

    def _going_on(self, status: str) -> list[BoundRule]:
        """The rules that an answer can still change: after the policy's end those that go on paying, before its start none."""
        if status == "ended":
            return [rule for rule in self.part.rules if rule.beyond_end is not None]
        return list(self.part.rules) if status == "in_force" else []

    def _is_unknown(self, rule: BoundRule) -> bool:
        return any(outcome["state"] == "unknown" for one, outcome in zip(self.part.rules, self.outcomes, strict=True) if one is rule)

    def _questions(self, asked: Mapping[str, Sequence[str]]) -> list[Data]:
        """The facts that rules ask for, as questions, the one that decides most rules first."""
        weight: dict[str, list[str]] = {}
        for rule, names in asked.items():
            for name in names:
                weight.setdefault(name, []).append(rule)
        ordered = sorted(weight, key=lambda name: -len(weight[name]))
        return [{**self._question(name), "decides": weight[name]} for name in ordered]

    # the next rung -------------------------------------------------------------------------------------------------------

    def _ladders(self, status: str) -> list[Data]:
        found = []
        for ladder in self.policy.pack.ladders.values():
            rungs = [self._rung(rung, status) for rung in ladder.rungs if rung.subject == self.subject]
            if rungs:
                found.append({"ladder": ladder.id, "label": _both(ladder.label), "clause": ladder.clause, "rungs": rungs})
        return found

    def _promised(self, rule: BoundRule, status: str) -> Data:
        """What a rule would give whoever reaches its rung: the sum, None where it is not known or the policy gives nothing any more;
        and whether a person decides on it, by the rule's kind or by facts, or may have to as long as these are not known."""
        amount = self.value(rule.amount) if rule.amount is not None and status == "in_force" else None
        decided = rule.spec.kind in ("cap", "discretionary") or (rule.decide is not None and self.value(rule.decide) is not False)
        return {"amount": None if amount is None else int(amount), "decision": decided}

    def _rung(self, rung: Any, status: str) -> Data:
        node = unsettled(self.part.definitions[rung.test], self.part.definitions)
        while isinstance(node, (n.Labelled, n.Ref)):
            node = node.item if isinstance(node, n.Labelled) else unsettled(self.part.definitions[node.name], self.part.definitions)
        items = node.items if isinstance(node, n.All) else (node,)
        conditions = [self._tree(item) for item in items]
        reached = rung.reached
        value = None
        if reached in self.part.definitions:
            value = self.value(self.part.definitions[reached])
        elif reached in self.facts:
            value = self.facts[reached]
        brings = []
        for rule in self.part.rules:
            if rule.spec.id in rung.brings:
                brings.append({"rule": rule.spec.id, "title": _both(rule.spec.title), **self._promised(rule, status)})
        return {
            "rung": rung.id, "label": _both(rung.label), "test": STATE[self.value(self.part.definitions[rung.test])], "reached": STATE[value if reached else None],
            "met": sum(item["state"] == "met" for item in conditions), "of": len(conditions), "conditions": conditions, "brings": brings,
        }  # fmt: skip
