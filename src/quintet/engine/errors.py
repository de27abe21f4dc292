"""What can go wrong in the engine.

EngineError
├── PackError     a pack does not say what it must: one or more problems, each with file, line, what and what to do
└── FactsError    facts that cannot be read: subject, row, fact, what and what to do
"""

from __future__ import annotations


class EngineError(Exception):
    """Base of every error the engine raises on purpose."""


class Problem:
    """One thing wrong in a pack: where it stands, what it is, what to do about it."""

    __slots__ = ("file", "hint", "line", "text")

    def __init__(self, file: str, line: int, text: str, hint: str = "") -> None:
        self.file, self.line, self.text, self.hint = file, line, text, hint

    def __str__(self) -> str:
        where = f"{self.file} line {self.line}" if self.line else self.file
        return f"{where}: {self.text}" + (f" {self.hint}" if self.hint else "")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


class PackError(EngineError):
    """A pack that cannot be used. `problems` lists all that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class FactsError(EngineError):
    """Facts that cannot be used; nothing was evaluated.

    `subject` and `row` (its id, or its position from 1) say where, `fact` which, `zh` and `en` what and what to do.
    """

    def __init__(self, subject: str, row: object, fact: str, *, zh: str, en: str) -> None:
        self.subject, self.row, self.fact, self.zh, self.en = subject, row, fact, zh, en
        where = f"{subject} {row}".rstrip()
        super().__init__(f"{where}, {fact}: {en}" if fact else f"{where}: {en}")


def nearest(name: str, known: object) -> str:
    """The known name most like a mistyped one, or ''."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1, cutoff=0.6)  # type: ignore[call-overload]
    return close[0] if close else ""
