"""Restricted Python syntax → typed tree. Parsed with `ast`, never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from fractions import Fraction
from typing import Protocol

from quintet.engine.errors import EngineError, nearest
from quintet.engine.expressions import nodes as n
from quintet.engine.values import BOOL, DATE, PLAIN, Type, combined, number

MAX_LENGTH, MAX_NODES = 2_000, 400
_OPS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_ARITH = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
MOMENTS = ("on", "year", "year_start", "year_end")
FUNCTIONS = ("min", "max", "round_half_up", "in_year", "add_years", "add_days", "days_between", "year_of", "known")


class ExpressionError(EngineError):
    """What is wrong in an expression, and what to do."""

    def __init__(self, text: str, hint: str = "") -> None:
        self.text, self.hint = text, hint
        super().__init__(f"{text} {hint}".strip())


class Parameter(Protocol):
    """A parameter as the parser needs it: a figure, a closed list, or a table over another value."""

    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> str: ...  # value | list | bands | map
    def constant(self) -> n.Const: ...
    def listed(self) -> tuple[str, ...]: ...
    def applied(self, item: n.Node) -> n.Node: ...


class Scope(Protocol):
    """The names an expression may use."""

    facts: Mapping[str, Type]
    definitions: Mapping[str, Type]

    @property
    def parameters(self) -> Mapping[str, Parameter]: ...


def parse(text: object, scope: Scope) -> n.Node:
    """The typed tree of an expression. Raises ExpressionError."""
    if isinstance(text, bool):
        return n.Const(text, BOOL)
    if isinstance(text, int):
        return n.Const(Fraction(text), PLAIN)
    if not isinstance(text, str) or not text.strip():
        raise ExpressionError("is empty or not an expression.", "Write one such as `staff <= staff_limit`.")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"is longer than {MAX_LENGTH} characters.", "Split it with definitions.")
    try:
        tree = ast.parse(" ".join(text.split()), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        shown = text if len(text) <= 80 else f"{text[:77]}…"
        raise ExpressionError(f"`{shown}` is not an expression: {getattr(error, 'msg', error)}.") from None
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise ExpressionError("has too many parts.", "Split it with definitions.")
    return _Parser(scope).node(tree.body)


class _Parser:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def node(self, tree: ast.expr) -> n.Node:
        method = getattr(self, f"_{type(tree).__name__.lower()}", None)
        if method is None:
            raise ExpressionError(
                f"`{ast.unparse(tree)}` is not allowed in an expression.",
                f"Allowed: comparisons, and/or/not, + - * /, `a if c else b`, {', '.join(FUNCTIONS)}.",
            )
        return method(tree)  # type: ignore[no-any-return]

    def _constant(self, tree: ast.Constant) -> n.Node:
        if isinstance(tree.value, bool):
            return n.Const(tree.value, BOOL)
        if isinstance(tree.value, int):
            if tree.value not in (0, 1):
                raise ExpressionError(
                    f"the figure {tree.value} has no clause.", "Give it a name under `parameters:` with its clause, and use the name."
                )
            return n.Const(Fraction(tree.value), PLAIN)
        if isinstance(tree.value, str):
            return n.Const(tree.value, Type("text", choices=(tree.value,)))
        raise ExpressionError(f"{ast.unparse(tree)} is not allowed in an expression.", "Exact figures stand under `parameters:`.")

    def _name(self, tree: ast.Name) -> n.Node:
        name = tree.id
        if name in MOMENTS:
            return n.Moment(name)
        if name in self.scope.facts:
            return n.Fact(name, self.scope.facts[name])
        if name in self.scope.definitions:
            return n.Ref(name, self.scope.definitions[name])
        if name in self.scope.parameters:
            parameter = self.scope.parameters[name]
            if parameter.shape != "value":
                raise ExpressionError(
                    f"`{name}` is a {'list' if parameter.shape == 'list' else 'table'}, not a value.",
                    f"Write `x in {name}`." if parameter.shape == "list" else f"Write `{name}(x)`.",
                )
            return parameter.constant()
        raise self._unknown(name)

    def _unknown(self, name: str) -> ExpressionError:
        known = [*self.scope.facts, *self.scope.definitions, *self.scope.parameters, *MOMENTS, *FUNCTIONS]
        near = nearest(name, known)
        return ExpressionError(
            f"`{name}` is neither a fact, a definition nor a parameter here.", f"Did you mean {near}?" if near else "Declare it."
        )

    def _boolop(self, tree: ast.BoolOp) -> n.Node:
        items = tuple(self.bool(item) for item in tree.values)
        return n.All(items) if isinstance(tree.op, ast.And) else n.Any_(items)

    def bool(self, tree: ast.expr) -> n.Node:
        found = self.node(tree)
        if found.type != BOOL:
            raise ExpressionError(f"`{ast.unparse(tree)}` is {found.type.says()}, but a condition is wanted.", "Compare it with something.")
        return found

    def number(self, tree: ast.expr) -> n.Node:
        found = self.node(tree)
        if found.type.kind != "number":
            raise ExpressionError(f"`{ast.unparse(tree)}` is {found.type.says()}, but a number is wanted.")
        return found

    def date(self, tree: ast.expr) -> n.Node:
        found = self.node(tree)
        if found.type != DATE:
            raise ExpressionError(f"`{ast.unparse(tree)}` is {found.type.says()}, but a date is wanted.")
        return found

    def _unaryop(self, tree: ast.UnaryOp) -> n.Node:
        if isinstance(tree.op, ast.Not):
            return n.Not(self.bool(tree.operand))
        if isinstance(tree.op, ast.USub):
            item = self.number(tree.operand)
            return n.Arith("-", n.Const(Fraction(0), item.type), item, item.type)
        raise ExpressionError(f"`{ast.unparse(tree)}` is not allowed in an expression.")

    def _compare(self, tree: ast.Compare) -> n.Node:
        parts, left_tree = [], tree.left
        for op, right_tree in zip(tree.ops, tree.comparators, strict=True):
            parts.append(self._one_comparison(op, left_tree, right_tree))
            left_tree = right_tree
        return parts[0] if len(parts) == 1 else n.All(tuple(parts))

    def _one_comparison(self, op: ast.cmpop, left_tree: ast.expr, right_tree: ast.expr) -> n.Node:
        if isinstance(op, (ast.In, ast.NotIn)):
            found = self._membership(left_tree, right_tree)
            return n.Not(found) if isinstance(op, ast.NotIn) else found
        if type(op) not in _OPS:
            raise ExpressionError(f"`{ast.unparse(left_tree)} … {ast.unparse(right_tree)}`: only < <= > >= == != and in compare.")
        left, right = self.node(left_tree), self.node(right_tree)
        sign = _OPS[type(op)]
        left, right = _zero_in_unit(left, right.type), _zero_in_unit(right, left.type)
        self._comparable(left, right, left_tree, right_tree)
        if left.type.kind in ("text", "bool") and sign not in ("==", "!="):
            raise ExpressionError(f"`{ast.unparse(left_tree)}` is {left.type.says()} and has no order.", "Use == or in.")
        if left.type == BOOL:
            both = n.Any_((n.All((left, right)), n.All((n.Not(left), n.Not(right)))))
            return both if sign == "==" else n.Not(both)
        return n.Compare(sign, left, right)

    def _comparable(self, left: n.Node, right: n.Node, left_tree: ast.expr, right_tree: ast.expr) -> None:
        a, b = left.type, right.type
        if a.kind != b.kind or (a.kind == "number" and a.dimension != b.dimension):
            shown = ast.unparse(left_tree)
            near = self._same_unit(shown, b)
            other = b.says().removeprefix("in ")
            raise ExpressionError(
                f"{shown} is {a.says()} but is compared with {other}.", f"Did you mean {near}?" if near else "Compare like with like."
            )
        if a.kind == "text":
            _closed(left, right)
            _closed(right, left)

    def _same_unit(self, name: str, wanted: Type) -> str:
        fitting = [
            other
            for other, kind in {**self.scope.facts, **self.scope.definitions}.items()
            if (kind.kind, kind.dimension) == (wanted.kind, wanted.dimension)
        ]
        return nearest(name, fitting)

    def _membership(self, left_tree: ast.expr, right_tree: ast.expr) -> n.Node:
        item = self.node(left_tree)
        if item.type.kind != "text":
            raise ExpressionError(f"`{ast.unparse(left_tree)}` is {item.type.says()}; `in` is for texts from a closed list.")
        if (
            isinstance(right_tree, ast.Name)
            and right_tree.id in self.scope.parameters
            and self.scope.parameters[right_tree.id].shape == "list"
        ):
            name, choices = right_tree.id, self.scope.parameters[right_tree.id].listed()
        elif isinstance(right_tree, (ast.Tuple, ast.List)) and all(
            isinstance(e, ast.Constant) and isinstance(e.value, str) for e in right_tree.elts
        ):
            name, choices = "", tuple(e.value for e in right_tree.elts)  # type: ignore[attr-defined]
        else:
            raise ExpressionError(f"`in {ast.unparse(right_tree)}`: a list of texts or a list parameter is wanted.")
        for choice in choices:
            _closed(item, n.Const(choice, Type("text", choices=(choice,))))
        return n.In(item, choices, name)

    def _binop(self, tree: ast.BinOp) -> n.Node:
        op = _ARITH.get(type(tree.op))
        if op is None:
            raise ExpressionError(f"`{ast.unparse(tree)}`: only + - * / calculate.")
        left, right = self.node(tree.left), self.node(tree.right)
        if DATE in (left.type, right.type):
            raise ExpressionError(f"`{ast.unparse(tree)}` calculates with a date.", "Use add_days, add_years or days_between.")
        left, right = self.number(tree.left), self.number(tree.right)
        if op in "*/":
            return n.Arith(op, left, right, combined(left.type, right.type, 1 if op == "*" else -1))
        left, right = _zero_in_unit(left, right.type), _zero_in_unit(right, left.type)
        if left.type.dimension != right.type.dimension:
            raise ExpressionError(
                f"{ast.unparse(tree.left)} is {left.type.says()} but {ast.unparse(tree.right)} is {right.type.says()}.",
                "Only like units add up.",
            )
        return n.Arith(op, left, right, left.type)

    def _ifexp(self, tree: ast.IfExp) -> n.Node:
        condition, then, other = self.bool(tree.test), self.node(tree.body), self.node(tree.orelse)
        then, other = _zero_in_unit(then, other.type), _zero_in_unit(other, then.type)
        if (then.type.kind, then.type.dimension) != (other.type.kind, other.type.dimension) or then.type.kind == "text":
            raise ExpressionError(f"`{ast.unparse(tree)}` gives {then.type.says()} or {other.type.says()}.", "Both must be alike.")
        if then.type == BOOL:
            return n.Any_((n.All((condition, then)), n.All((n.Not(condition), other))))
        return n.Choice(condition, then, other)

    def _call(self, tree: ast.Call) -> n.Node:
        if not isinstance(tree.func, ast.Name) or tree.keywords:
            raise ExpressionError(
                f"`{ast.unparse(tree)}` is not allowed in an expression.", f"Functions: {', '.join(FUNCTIONS)}, and tables by name."
            )
        name, args = tree.func.id, tree.args
        if name in self.scope.parameters:
            parameter = self.scope.parameters[name]
            if parameter.shape not in ("bands", "map") or len(args) != 1:
                raise ExpressionError(f"`{ast.unparse(tree)}`: {name} is not a table of one value.")
            return parameter.applied(self.node(args[0]))
        if name not in FUNCTIONS:
            raise self._unknown(name)
        wanted = {"add_years": 2, "add_days": 2, "days_between": 2}.get(name, 1)
        if name in ("min", "max"):
            return self._extreme(name, tree)
        if len(args) != wanted:
            raise ExpressionError(f"`{ast.unparse(tree)}`: {name} takes {wanted} value{'s' if wanted > 1 else ''}.")
        if name == "round_half_up":
            return n.Round(self.number(args[0]))
        if name == "known":
            return n.Known(self.node(args[0]))
        if name == "days_between":
            return n.DaysBetween(self.date(args[0]), self.date(args[1]))
        if name in ("add_years", "add_days"):
            return self._shift(name.removeprefix("add_"), args)
        return (n.InYear if name == "in_year" else n.YearOf)(self.date(args[0]))

    def _shift(self, unit: str, args: list[ast.expr]) -> n.Node:
        by = _zero_in_unit(self.number(args[1]), number(unit))
        if by.type.dimension != number(unit).dimension:
            raise ExpressionError(f"{ast.unparse(args[1])} is {by.type.says()}, but {unit} are wanted.")
        return n.Shift(unit, self.date(args[0]), by)

    def _extreme(self, name: str, tree: ast.Call) -> n.Node:
        items = [self.number(arg) for arg in tree.args]
        if len(items) < 2:
            raise ExpressionError(f"`{ast.unparse(tree)}`: {name} takes two values or more.")
        wanted = next((item.type for item in items if item.type.dimension), items[0].type)
        items = [_zero_in_unit(item, wanted) for item in items]
        for item, arg in zip(items, tree.args, strict=True):
            if item.type.dimension != wanted.dimension:
                raise ExpressionError(f"{ast.unparse(arg)} is {item.type.says()}, but the others of {name} are {wanted.says()}.")
        return n.Extreme(name, tuple(items))


def _zero_in_unit(item: n.Node, wanted: Type) -> n.Node:
    """A bare 0 has every unit, and so has 1 where a count is meant."""
    bare = isinstance(item, n.Const) and not item.name and item.type == PLAIN and wanted.kind == "number" and wanted.dimension
    if bare and isinstance(item, n.Const) and (item.value == 0 or wanted.unit not in ("yuan", "")):
        return n.Const(item.value, wanted)
    return item


def _closed(item: n.Node, const: n.Node) -> None:
    if isinstance(item, n.Const) or not isinstance(const, n.Const):
        return
    if const.value not in item.type.choices:
        near = nearest(str(const.value), item.type.choices)
        raise ExpressionError(f"'{const.value}' is not one of {', '.join(item.type.choices)}.", f"Did you mean '{near}'?" if near else "")
