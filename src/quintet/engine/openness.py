"""What could still be told. A rule reads with `known(…)` that something has not been recorded, and takes it as not having happened;
here it is left open, so that what would change an answer can be asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from quintet.engine.backends.reference import Reference, Value
from quintet.engine.expressions import nodes as n
from quintet.engine.packs.model import Bound


class Open(Reference):
    """As `Reference`, but whether an unknown value is known is itself unknown while a fact below it could be told; `never` are facts of which there is none."""

    def __init__(self, bound: Bound, subject: str, facts: Mapping[str, Value], on: date, never: Collection[str]) -> None:
        super().__init__(bound, subject, facts, on)
        self.never = never

    def value(self, node: n.Node) -> Value:
        """The node's value; None when unknown, or when it could be another once more is told."""
        if not isinstance(node, n.Known):
            return super().value(node)
        if super().value(node.item) is not None:
            return True
        return None if any(self._could_be_told(name) for name in self._facts(node.item)) else False

    def below(self, node: n.Node, closed: Reference) -> list[str]:
        """Facts read by `known` that could be told and would change the node, in the order they are read; `closed` takes them as not having happened."""
        telling = {name for known in self._walk(node) if isinstance(known, n.Known) for name in self._facts(known.item)}
        return [name for name in dict.fromkeys(self._changing(node, closed)) if name in telling]

    def _changing(self, node: n.Node, closed: Reference) -> Iterator[str]:
        if self.value(node) is not None:
            return
        if isinstance(node, n.Fact):
            if self._could_be_told(node.name):
                yield node.name
        elif isinstance(node, n.Ref):
            yield from self._changing(self.part.definitions[node.name], closed)
        elif isinstance(node, n.Choice):
            condition = self.value(node.condition)
            if condition is None:
                yield from self._changing(node.condition, closed)
                condition = closed.value(node.condition)
            if condition is not None:
                yield from self._changing(node.then if condition else node.other, closed)
        else:
            for child in node.children():
                yield from self._changing(child, closed)

    def _could_be_told(self, name: str) -> bool:
        return self.facts.get(name) is None and name not in self.never

    def _facts(self, node: n.Node) -> list[str]:
        return [found.name for found in self._walk(node) if isinstance(found, n.Fact)]

    def _walk(self, node: n.Node) -> Iterator[n.Node]:
        """Every node below, through the definitions."""
        for found in n.walk(node):
            yield found
            if isinstance(found, n.Ref):
                yield from self._walk(self.part.definitions[found.name])
