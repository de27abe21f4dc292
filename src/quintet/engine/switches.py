"""Conditions as people read them: without what the policy's own switches (its treatments) have settled.

A switch that is set leaves the conditions it asks for; one that is not set takes its alternative away. How it is set, and why, stands among
the figures of the rule. What a condition means is not changed: the same facts meet it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from quintet.engine.expressions import nodes as n
from quintet.engine.values import BOOL

YES, NO = n.Const(True, BOOL), n.Const(False, BOOL)
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def unsettled(node: n.Node, definitions: Mapping[str, n.Node]) -> n.Node:
    """The condition with its settled parts left out; YES or NO where the switches settle all of it."""
    if isinstance(node, n.Ref) and node.type.kind == "bool" and node.name in definitions:
        inner = unsettled(definitions[node.name], definitions)
        return inner if is_settled(inner) else node
    if isinstance(node, n.Labelled):
        inner = unsettled(node.item, definitions)
        return inner if is_settled(inner) else replace(node, item=inner)
    if isinstance(node, n.Not):
        return _not(unsettled(node.item, definitions))
    if isinstance(node, (n.All, n.Any_)):
        return _joined(node, [unsettled(item, definitions) for item in node.items])
    if isinstance(node, n.Compare) and isinstance(node.left, n.Const) and isinstance(node.right, n.Const):
        return YES if _COMPARED[node.op](node.left.value, node.right.value) else NO
    if isinstance(node, n.Const) and node.type.kind == "bool":
        return YES if node.value else NO
    if isinstance(node, n.Choice) and node.type.kind == "bool":
        condition = unsettled(node.condition, definitions)
        if is_settled(condition):
            return unsettled(node.then if condition is YES else node.other, definitions)
    return node


def is_settled(node: n.Node) -> bool:
    return node is YES or node is NO


def _not(item: n.Node) -> n.Node:
    if is_settled(item):
        return NO if item is YES else YES
    return item.item if isinstance(item, n.Not) else n.Not(item)


def _joined(node: n.All | n.Any_, items: list[n.Node]) -> n.Node:
    """Without the items that make no difference; one that decides all of it is all of it; conditions of one kind within each other stand side by side."""
    nothing, decides = (YES, NO) if isinstance(node, n.All) else (NO, YES)
    if any(item is decides for item in items):
        return decides
    kept: list[n.Node] = []
    for item in items:
        if item is not nothing:
            kept += item.items if isinstance(item, (n.All, n.Any_)) and type(item) is type(node) else (item,)
    if not kept:
        return nothing
    return kept[0] if len(kept) == 1 else replace(node, items=tuple(kept))
