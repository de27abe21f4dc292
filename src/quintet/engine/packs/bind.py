"""`Pack` + a day + overrides → `Bound`: every expression parsed, typed and holding the figures of that day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from quintet.engine.backends.dialects import Dialect
from quintet.engine.backends.lowering import Lowering
from quintet.engine.errors import EngineError, PackError, Problem, nearest
from quintet.engine.expressions import nodes as n
from quintet.engine.expressions.parser import ExpressionError, Parameter, parse
from quintet.engine.packs import model as m
from quintet.engine.packs.reader import Map, Seq
from quintet.engine.values import BOOL, DATE, INT64, Type, days_of, number, parse_quantity

YUAN, YEARS = number("yuan"), number("years")


@dataclass(slots=True)
class _Parameter:
    spec: m.ParameterSpec
    value: Any

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def shape(self) -> str:
        return self.spec.shape

    def constant(self) -> n.Const:
        of = self.spec.type
        if of.kind == "text" and not of.choices:
            of = Type("text", choices=(str(self.value),))
        return n.Const(self.value, of, self.name)

    def listed(self) -> tuple[str, ...]:
        return tuple(self.value)

    def applied(self, item: n.Node) -> n.Node:
        of = self.spec.of
        if of is None or item.type.kind != of.kind or item.type.dimension != of.dimension:
            raise ExpressionError(
                f"{self.name} is read by a value {of.says() if of else ''}, not by one {item.type.says()}.", "Check what it is `of:`."
            )
        if self.shape == "map":
            return n.Lookup(self.name, item, self.value, self.spec.type)
        return n.Band(self.name, item, self.value, self.spec.type)


@dataclass(slots=True)
class _PolicyEnd:
    """The last day of the policy, to be named in `beyond_end`."""

    day: date
    name: str = "policy_end"
    shape: str = "value"

    def constant(self) -> n.Const:
        return n.Const(days_of(self.day), DATE, "")

    def listed(self) -> tuple[str, ...]:
        return ()

    def applied(self, item: n.Node) -> n.Node:
        raise ExpressionError("policy_end is a day, not a table.")


@dataclass(slots=True)
class _Scope:
    facts: Mapping[str, Type]
    definitions: Mapping[str, Type]
    parameters: Mapping[str, Parameter]


def bind(pack: m.Pack, on: date, overrides: Mapping[str, Any] | None = None) -> m.Bound:
    """The pack with the figures of a day. Raises PackError with every expression that does not hold together."""
    overrides = dict(overrides or {})
    values = parameter_values(pack, on, overrides)
    parameters: dict[str, Parameter] = {name: _Parameter(spec, values[name]) for name, spec in pack.parameters.items()}
    if pack.document.ends:
        parameters["policy_end"] = _PolicyEnd(pack.document.ends)
    problems: list[Problem] = []
    bound = m.Bound(pack, on, overrides, {})
    for name, subject in pack.subjects.items():
        scope = _Scope(
            {fact.name: fact.type for fact in subject.facts.values()},
            {definition.id: definition.type for definition in pack.definitions.values() if definition.subject == name},
            parameters,
        )
        binder = _Binder(scope, problems, on)
        definitions = {d.id: binder.definition(d) for d in pack.definitions.values() if d.subject == name}
        _refuse_cycles(pack, definitions, problems)
        rules = [binder.rule(rule, pack) for rule in pack.rules_of(name) if (rule.start or on) <= on <= (rule.end or on)]
        bound.subjects[name] = m.BoundSubject(subject, definitions, rules, _facts_read(subject, definitions, rules))
    if problems:
        raise PackError(list(dict.fromkeys(problems)))
    for part in bound.subjects.values():
        problems += _out_of_range(pack, part)
    if problems:
        raise PackError(list(dict.fromkeys(problems)))
    return bound


def _out_of_range(pack: m.Pack, part: m.BoundSubject) -> list[Problem]:
    """What the declared ranges cannot rule out: dates out of reach, payments beyond 64 bits, parts of a year."""
    problems: list[Problem] = []
    lowering = Lowering(Dialect(), part.facts, part.definitions)

    def lowered(at: Map, key: str | None, node: n.Node) -> None:
        try:
            if node.type.kind == "bool":
                lowering.logic(node)
            elif node.type.kind == "number":
                found = lowering.number(node)
                if key == "amount" and max(-found.num.low, found.num.high) > INT64:
                    problems.append(at.problem(key, "the amount may exceed 64 bits.", "Narrow the ranges or cap it: min(…, …)."))
                if key in ("begins", "years") and found.den.high != 1:
                    problems.append(at.problem(key, f"`{key}` may have parts of a year."))
            else:
                lowering.scalar(node)
        except ExpressionError as error:
            problems.append(at.problem(key, error.text, error.hint))

    for name, node in part.definitions.items():
        lowered(pack.definitions[name].at, next(key for key in ("formula", "all", "any") if key in pack.definitions[name].at), node)
    for rule in part.rules:
        at = rule.spec.at
        for key, name in (("of", rule.spec.limit_of), ("taken", rule.spec.limit_taken)):
            if name and lowering.number(part.definitions[name]).den.high != 1:
                problems.append(at["limit"].problem(key, f"{name} may have parts.", "Round it by name: round_half_up(…)."))
        if rule.spec.group and rule.amount is not None:
            most = lowering.number(rule.amount)
            rule.most = max(most.num.high // max(most.den.low, 1), 0)
        for key, expression in (("when", rule.when), ("amount", rule.amount), ("begins", rule.begins), ("years", rule.years)):
            if expression is not None:
                lowered(at, key, expression)
        if rule.decide is not None:
            lowered(at["decide"], "when", rule.decide)
    return problems


def parameter_values(pack: m.Pack, on: date, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter's value on a day, overrides applied. Raises EngineError for an override that is not one."""
    values = {name: spec.on(on) for name, spec in pack.parameters.items()}
    for name, given in overrides.items():
        if name not in pack.parameters:
            near = nearest(name, pack.parameters)
            raise EngineError(f"there is no parameter {name}." + (f" Did you mean {near}?" if near else ""))
        values[name] = _overridden(pack.parameters[name], given)
    return values


def _overridden(spec: m.ParameterSpec, given: Any) -> Any:
    if spec.shape != "value":
        raise EngineError(f"{spec.name} is a {spec.shape} and cannot be overridden here.")
    kind = spec.type.kind
    try:
        if kind == "bool":
            if given in (True, "true"):
                return True
            if given in (False, "false"):
                return False
            raise ValueError(f"{given!r} is not true or false")
        if kind == "date":
            return days_of(given if isinstance(given, date) else date.fromisoformat(str(given)))
        if kind == "text":
            if spec.type.choices and given not in spec.type.choices:
                raise ValueError(f"{given!r} is not one of {', '.join(spec.type.choices)}")
            return str(given)
        if isinstance(given, int) and spec.type.unit == "yuan":
            return Fraction(given)
        return parse_quantity(given, spec.type.unit)
    except ValueError as error:
        raise EngineError(f"{spec.name}: {error}.") from None


class _Binder:
    def __init__(self, scope: _Scope, problems: list[Problem], on: date) -> None:
        self.scope, self.problems, self.on = scope, problems, on

    def definition(self, definition: m.Definition) -> n.Node:
        at = definition.at
        key = next(key for key in ("formula", "all", "any") if key in at)
        found = self.condition(at, key, definition.source) if key != "formula" else self.expression(at, key, definition.source)
        wanted = definition.type
        if found is not n.TRUE and (found.type.kind, found.type.dimension) != (wanted.kind, wanted.dimension):
            self.problems.append(
                at.problem(key, f"{definition.id} says it is {wanted.says()} but its formula is {found.type.says()}.", "Set `unit:`.")
            )
        return found

    def rule(self, rule: m.Rule, pack: m.Pack) -> m.BoundRule:
        at = rule.at
        when = self.condition(at, "when", rule.when)
        amount = self.typed(at, "amount", rule.amount, YUAN) if rule.amount is not None else None
        if amount is not None and not _whole(amount, pack, self.scope):
            self.problems.append(at.problem("amount", "the amount may have parts of a fen.", "Round it by name: round_half_up(…)."))
        decide = self.condition(at["decide"], "when", rule.decide) if rule.decide is not None else None
        begins = self.typed(at, "begins", rule.begins, YEARS) if rule.begins is not None else None
        years = self.typed(at, "years", rule.years, YEARS) if rule.years is not None else None
        limit = None
        if rule.limit is not None:
            cap = self.typed(at["limit"], "amount", rule.limit, YUAN)
            if isinstance(cap, n.Const) and isinstance(cap.value, Fraction):
                limit = int(cap.value)
            elif cap is not n.TRUE:
                self.problems.append(at["limit"].problem("amount", "a limit is a parameter."))
        for name in rule.once:
            if name not in self.scope.facts and name not in pack.subjects[rule.subject].refs and name != "id":
                near = nearest(name, [*self.scope.facts, *pack.subjects[rule.subject].refs])
                self.problems.append(
                    at.problem(
                        "once", f"`{name}` is neither a fact nor a reference of {rule.subject}.", f"Did you mean {near}?" if near else ""
                    )
                )
        beyond = self.condition(at, "beyond_end", rule.beyond_end) if rule.beyond_end is not None else None
        if beyond is not None and pack.document.ends is None:
            self.problems.append(at.problem("beyond_end", "the policy has no end to go beyond."))
        if beyond is not None and pack.document.ends is not None and self.on > pack.document.ends:
            return m.BoundRule(rule, n.All((when, beyond)), amount, decide, begins, years, limit, beyond, None)
        return m.BoundRule(rule, when, amount, decide, begins, years, limit, beyond, None)

    def expression(self, at: Map, key: str, source: Any) -> n.Node:
        try:
            return parse(source, self.scope)
        except ExpressionError as error:
            self.problems.append(at.problem(key, error.text, error.hint))
            return n.TRUE

    def typed(self, at: Map, key: str, source: Any, wanted: Type) -> n.Node:
        found = self.expression(at, key, source)
        if found is not n.TRUE and (found.type.kind, found.type.dimension) != (wanted.kind, wanted.dimension):
            self.problems.append(at.problem(key, f"`{key}` is {found.type.says()}, but {wanted.says().removeprefix('in ')} is wanted."))
        return found

    def condition(self, at: Map, key: str, source: Any) -> n.Node:
        """A condition written as an expression, `{test, zh, en}`, `{all: […]}`, `{any: […]}` or a list (all of it)."""
        if isinstance(source, Seq):
            return n.All(tuple(self._item(source, position, item, at.file) for position, item in enumerate(source)))
        if not isinstance(source, Map):
            found = self.expression(at, key, source)
            if found.type != BOOL:
                self.problems.append(
                    at.problem(key, f"`{source}` is {found.type.says()}, but a condition is wanted.", "Compare it with something.")
                )
                return n.TRUE
            return found
        inner = next((name for name in ("all", "any", "test") if name in source), None)
        extra = set(source) - {"all", "any", "test", "zh", "en"}
        if inner is None or extra or len({"all", "any", "test"} & set(source)) != 1:
            self.problems.append(source.problem(None, "a condition is an expression, {test, zh, en}, {all: […]} or {any: […]}."))
            return n.TRUE
        body = source[inner]
        if inner == "test":
            found = self.condition(source, "test", body)
        elif not isinstance(body, Seq) or not body:
            self.problems.append(source.problem(inner, f"`{inner}` must be a list of conditions."))
            return n.TRUE
        else:
            items = tuple(self._item(body, position, item, source.file) for position, item in enumerate(body))
            found = n.All(items) if inner == "all" else n.Any_(items)
        return n.Labelled(found, str(source["zh"]), str(source.get("en", source["zh"]))) if "zh" in source else found

    def _item(self, seq: Seq, position: int, item: Any, file: str) -> n.Node:
        at = Map(file, seq.lines[position])
        return self.condition(at, "", item)


def _whole(amount: n.Node, pack: m.Pack, scope: _Scope) -> bool:
    """Whether an amount is surely a whole number of fen."""
    if isinstance(amount, (n.Fact, n.Round)):
        return True
    if isinstance(amount, n.Const):
        return isinstance(amount.value, Fraction) and amount.value.denominator == 1
    if isinstance(amount, n.Lookup):
        return all(value.denominator == 1 for _, value in amount.table)
    if isinstance(amount, n.Band):
        return all(value.denominator == 1 for _, _, value in amount.steps)
    if isinstance(amount, n.Extreme):
        return all(_whole(item, pack, scope) for item in amount.items)
    if isinstance(amount, n.Choice):
        return _whole(amount.then, pack, scope) and _whole(amount.other, pack, scope)
    if isinstance(amount, n.Arith) and amount.op in "+-":
        return _whole(amount.left, pack, scope) and _whole(amount.right, pack, scope)
    if isinstance(amount, n.Ref):
        body = pack.definitions[amount.name]
        return _whole(parse(body.source, scope), pack, scope) if not isinstance(body.source, Map) else False
    return False


def _refuse_cycles(pack: m.Pack, definitions: dict[str, n.Node], problems: list[Problem]) -> None:
    uses = {name: n.names(node, n.Ref) for name, node in definitions.items()}
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> None:
        if name in path:
            circle = " → ".join([*path[path.index(name) :], name])
            problems.append(
                pack.definitions[name].at.problem(
                    None, f"the definitions need each other in a circle: {circle}.", "Break it with a fact or a parameter."
                )
            )
            definitions[name] = n.TRUE
            return
        if name in done:
            return
        for other in uses.get(name, ()):
            visit(other, [*path, name])
        done.add(name)

    for name in list(definitions):
        visit(name, [])


def _facts_read(subject: m.Subject, definitions: dict[str, n.Node], rules: list[m.BoundRule]) -> dict[str, m.FactSpec]:
    read: set[str] = set()
    for node in [*definitions.values(), *(part for rule in rules for part in rule_nodes(rule))]:
        read.update(n.names(node, n.Fact))
    for rule in rules:
        read.update(name for name in rule.spec.once if name in subject.facts)
    return {name: spec for name, spec in subject.facts.items() if name in read}


def rule_nodes(rule: m.BoundRule) -> list[n.Node]:
    """All expressions of a rule."""
    return [node for node in (rule.when, rule.amount, rule.decide, rule.begins, rule.years) if node is not None]


def epochs(pack: m.Pack) -> list[date]:
    """The days on which any figure or rule changes, in order."""
    starts = [dated.start for spec in pack.parameters.values() for dated in spec.values if dated.start]
    starts += [rule.start for rule in pack.rules if rule.start]
    starts += [date.fromordinal(rule.end.toordinal() + 1) for rule in pack.rules if rule.end]
    if pack.document.ends and any(rule.beyond_end is not None for rule in pack.rules):
        starts.append(date.fromordinal(pack.document.ends.toordinal() + 1))
    return sorted({date(1900, 1, 1), *starts})


def epoch(pack: m.Pack, on: date) -> date:
    """The day from which the figures valid on `on` have been the same: a program compiled for it serves `on` too."""
    return max((day for day in epochs(pack) if day <= on), default=on)
