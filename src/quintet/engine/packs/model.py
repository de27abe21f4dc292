"""What a pack holds, once it has been read: plain records with their clause and the line they stand on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from quintet.engine.errors import Problem
from quintet.engine.expressions import nodes as n
from quintet.engine.packs.reader import Map
from quintet.engine.values import Type

STATES = ("not_entitled", "entitled", "decision", "unknown", "superseded", "waiting")
KINDS = ("fixed", "formula", "cap", "floor", "share", "matching", "instalments", "right", "discretionary")
MONEY_KINDS = ("fixed", "formula", "cap", "floor", "matching", "instalments")
OWN_MONEY = ("floor", "share")  # what somebody may or must do with money of their own: nothing the city gives


class Words(NamedTuple):
    """The same words in Simplified Chinese and English."""

    zh: str
    en: str

    def get(self, lang: str) -> str:
        return self.en if lang == "en" else self.zh


@dataclass(slots=True)
class Document:
    """The policy document: number, issuer, dates. `ends` is the last day in force, None while it is open.

    `decide_until` is the last day on which events of its time may still be decided, where the pack has a transition rule; else `ends` is.
    `decide_handed_in` names the parameter that says whether what was handed in by that day may be decided after it.
    """

    pack: str
    title: Words
    number: str
    issuer: Words
    region: str
    signed: date | None
    published: date | None
    in_force: date
    ends: date | None
    note: Words
    standing: Words
    standing_source: Words
    uses: tuple[str, ...]
    decide_until: date | None
    decide_handed_in: str

    def in_force_on(self, day: date) -> bool:
        return self.in_force <= day and (self.ends is None or day <= self.ends)

    @property
    def last_decision(self) -> date | None:
        """The last day on which something can be granted; None while the document is open."""
        return self.decide_until or self.ends


@dataclass(slots=True)
class Clause:
    id: str
    parent: str
    number: str
    title: Words
    gist: Words
    lead: tuple[str, ...]
    responsible: tuple[str, ...]
    document: str
    informative: bool
    assigned: tuple[str, ...]  # by the city, where the text names nobody
    at: Map


@dataclass(slots=True)
class FactSpec:
    """A fact of a subject: type, unit, range, the question that asks for it. `judged`: the department finds it, with reasons, nobody else."""

    name: str
    subject: str
    type: Type
    low: int
    high: int
    label: Words
    question: Words
    help: Words
    choices: dict[str, Words]
    period: str
    judged: bool
    at: Map
    scale: int = 1  # 2 where halves are counted: values, low and high are kept as so many halves
    not_before: str = ""  # of a date: another date of the subject that comes first, or falls on the same day


@dataclass(slots=True)
class Subject:
    name: str
    label: Words
    refs: dict[str, str]
    facts: dict[str, FactSpec] = field(default_factory=dict)


@dataclass(slots=True)
class Dated:
    """One value of a parameter, from its first to its last day."""

    start: date | None
    end: date | None
    value: Any
    at: Map


@dataclass(slots=True)
class ParameterSpec:
    """A figure of the policy with its clause; `treatment` marks how an unclear place is read."""

    name: str
    shape: str
    type: Type
    of: Type | None
    clause: str
    label: Words
    treatment: Words | None
    confirmed: bool
    values: list[Dated]
    at: Map
    choices: dict[str, Words]

    def on(self, day: date) -> Any:
        """The value on a day; before its first day the first, after its last the last."""
        chosen = self.values[0]
        for dated in self.values:
            if dated.start is None or dated.start <= day:
                chosen = dated
        return chosen.value


@dataclass(slots=True)
class Example:
    on: date
    facts: dict[str, Any]
    state: str
    amount: int | None
    values: dict[str, Any]
    title: str
    parameters: dict[str, str]
    at: Map


@dataclass(slots=True)
class Citation:
    """What a statement about the text asserts: the clause, words and figures that stand there (`says`) and such as do not (`silent`)."""

    clause: str
    says: tuple[str, ...]
    silent: tuple[str, ...]
    statements: tuple[Words, ...]
    at: Map


@dataclass(slots=True)
class Definition:
    """A named value of a subject: a score, a test with its conditions."""

    id: str
    subject: str
    clause: str
    label: Words
    type: Type
    source: Any
    examples: list[Example]
    at: Map


@dataclass(slots=True)
class Rule:
    """One provision of the policy: who gets what, when, how much, of what kind."""

    id: str
    subject: str
    clause: str
    title: Words
    kind: str
    beneficiary: str
    when: Any
    amount: Any
    decide: Any
    decide_reason: Words
    begins: Any
    years: Any
    limit: Any
    limit_per: str
    limit_of: str
    limit_taken: str
    waits_until: str
    waits_reason: Words
    beyond_end: Any
    once: tuple[str, ...]
    event: tuple[str, ...]
    group: str
    budget: str
    funds: tuple[str, ...]  # of the budget; none named: any of them, see `Pack.funds_of`
    right: Words
    what: Words
    next_step: Words
    start: date | None
    end: date | None
    papers: list[Words]
    way: str
    procedure: str
    examples: list[Example]
    at: Map

    @property
    def is_award(self) -> bool:
        """Whether it gives money, a right or support, rather than saying what somebody may do with their own money."""
        return self.kind not in OWN_MONEY


@dataclass(slots=True)
class Group:
    """Rules of which a beneficiary is given only the highest (就高不重复).

    `years`: once a calendar year (each) or once for good (once). `earlier`: what an award given before leaves of a higher one, nothing or the difference.
    """

    id: str
    clause: str
    label: Words
    years: str
    earlier: str
    at: Map


@dataclass(slots=True)
class Duty:
    id: str
    clause: str
    text: Words
    lead: tuple[str, ...]
    responsible: tuple[str, ...]
    at: Map


@dataclass(slots=True)
class Target:
    """An indicator with its target. `measure` says how it is counted (stock, cumulative, per_year, growth, ratio, event), `word` in what the text
    counts where that is not the unit's own word (家, 个)."""

    id: str
    clause: str
    label: Words
    measure: str
    unit: str
    op: str
    value: Fraction
    due: date | None
    owner: str
    method: Words
    word: Words
    at: Map


@dataclass(slots=True)
class Service:
    id: str
    clause: str
    label: Words
    text: Words
    lead: tuple[str, ...]
    at: Map


@dataclass(slots=True)
class Budget:
    id: str
    clause: str
    label: Words
    ceiling: str
    funds: dict[str, Words]
    at: Map


@dataclass(slots=True)
class Rung:
    """A step of a ladder: the test that reaches it and what it brings."""

    id: str
    label: Words
    subject: str
    test: str
    reached: str
    brings: tuple[str, ...]


@dataclass(slots=True)
class Ladder:
    id: str
    clause: str
    label: Words
    rungs: list[Rung]
    at: Map


WAYS = ("automatic", "fast", "ordinary")
# The steps a case can go through, in the only order they can stand in.
STEPS = (
    "confirmation", "application", "form_check", "department_review", "expert_review", "joint_review", "decision", "public_notice", "payment", "appraisal",
)  # fmt: skip


@dataclass(slots=True)
class Criterion:
    """One line of an expert's scoring sheet and the most points it gives."""

    id: str
    points: int
    label: Words


@dataclass(slots=True)
class Step:
    """One step of a procedure: who does it and in how many working days.

    `experts` are drawn for an expert review, each scores the `criteria`; a mean of `pass_points` passes. `answer_days` are for an objection.
    """

    kind: str
    unit: str
    days: int
    experts: int
    answer_days: int
    criteria: tuple[Criterion, ...]
    pass_points: int


@dataclass(slots=True)
class Procedure:
    """The way of a case from its start to money or right, with its limits; `ways` are those of the rules that follow it unless they name another."""

    id: str
    label: Words
    ways: tuple[str, ...]
    steps: list[Step]
    at: Map


@dataclass(slots=True)
class Pack:
    """A pack with everything it uses, read but not yet bound to a date."""

    document: Document
    hash: str
    documents: dict[str, Document]
    units: dict[str, Words]
    clauses: dict[str, Clause]
    parameters: dict[str, ParameterSpec]
    subjects: dict[str, Subject]
    definitions: dict[str, Definition]
    rules: list[Rule]
    duties: list[Duty]
    targets: list[Target]
    services: list[Service]
    budgets: dict[str, Budget]
    ladders: dict[str, Ladder]
    procedures: dict[str, Procedure]
    groups: dict[str, Group]
    citations: list[Citation]
    uncited: list[Problem]  # statements of the text that name no clause

    def procedure_of(self, rule: Rule) -> Procedure | None:
        """The procedure that cases under a rule follow; None in a pack that has none, which can be asked but not claimed under."""
        if rule.procedure:
            return self.procedures[rule.procedure]
        return next((procedure for procedure in self.procedures.values() if rule.way in procedure.ways), None)

    @property
    def decides_what_was_handed_in(self) -> bool:
        """Whether what was handed in by the last day for decisions may still be decided after it."""
        name, last = self.document.decide_handed_in, self.document.last_decision
        return bool(name and last and self.parameters[name].on(last))

    def funds_of(self, rule: Rule) -> tuple[str, ...]:
        """The codes of the funds that may pay an award: those the rule names, else every fund of its budget; a budget without funds is its own."""
        if not rule.budget:
            return ()
        return rule.funds or tuple(self.budgets[rule.budget].funds) or (rule.budget,)

    def rules_of(self, subject: str) -> list[Rule]:
        return [rule for rule in self.rules if rule.subject == subject]


@dataclass(slots=True)
class BoundRule:
    """A rule whose expressions are typed trees with the figures of a day."""

    spec: Rule
    when: n.Node
    amount: n.Node | None
    decide: n.Node | None
    begins: n.Node | None
    years: n.Node | None
    limit: int | None
    beyond_end: n.Node | None = None  # on what the rule goes on paying after the policy's end; part of `when` from then on
    most: int | None = None  # the most it can ever give, in fen; of rules in a group


@dataclass(slots=True)
class BoundSubject:
    subject: Subject
    definitions: dict[str, n.Node]
    rules: list[BoundRule]
    facts: dict[str, FactSpec]  # only those the rules and definitions read


@dataclass(slots=True)
class Bound:
    """A pack with the figures of one day and any overrides: ready to generate from."""

    pack: Pack
    on: date
    overrides: dict[str, Any]
    subjects: dict[str, BoundSubject]
