"""The loops over a strip of rows in the text that LLVM reads: two for a rule, one for definitions, and what is around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from quintet.engine.backends.llvm_rows import MOMENTS, TABLES, Code, Row
from quintet.engine.backends.lowering import Lowering
from quintet.engine.backends.scalar import settle
from quintet.engine.backends.terms import WIDE, Term, bits_for

if TYPE_CHECKING:
    from quintet.engine.packs.model import BoundRule

STRIP = 4096  # rows of a strip: a hundred bytes each fit the second-level cache
PENDING = 255  # the state of a row that the second loop decides
COSTLY = re.compile(r"//|\b(?:add_years|year_of|int128)\(")
HEAD = """
declare i64 @llvm.smax.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)
declare i32 @llvm.smin.i32(i32, i32)
attributes #0 = { noinline nounwind "prefer-vector-width"="512" }
"""
FLOOR_DIVIDE = """
define internal i128 @floor_divide(i128 %a, i128 %b) noinline nounwind {
  %a64 = trunc i128 %a to i64
  %b64 = trunc i128 %b to i64
  %a_again = sext i64 %a64 to i128
  %b_again = sext i64 %b64 to i128
  %a_fits = icmp eq i128 %a, %a_again
  %b_fits = icmp eq i128 %b, %b_again
  %fits = and i1 %a_fits, %b_fits
  br i1 %fits, label %short, label %long
short:
  %q64 = sdiv i64 %a64, %b64
  %r64 = srem i64 %a64, %b64
  %under = icmp slt i64 %r64, 0
  %less = sext i1 %under to i64
  %found64 = add i64 %q64, %less
  %found = sext i64 %found64 to i128
  ret i128 %found
long:
  %negative = icmp slt i128 %a, 0
  %minus = sub i128 0, %a
  %size = select i1 %negative, i128 %minus, i128 %a
  br label %bit
bit:
  %step = phi i32 [ 0, %long ], [ %step_next, %bit ]
  %left = phi i128 [ %size, %long ], [ %left_next, %bit ]
  %rest = phi i128 [ 0, %long ], [ %rest_next, %bit ]
  %quotient = phi i128 [ 0, %long ], [ %quotient_next, %bit ]
  %top = lshr i128 %left, 127
  %left_next = shl i128 %left, 1
  %doubled = shl i128 %rest, 1
  %brought = or i128 %doubled, %top
  %goes = icmp uge i128 %brought, %b
  %taken = select i1 %goes, i128 %b, i128 0
  %rest_next = sub i128 %brought, %taken
  %shifted = shl i128 %quotient, 1
  %one = zext i1 %goes to i128
  %quotient_next = or i128 %shifted, %one
  %step_next = add i32 %step, 1
  %more = icmp ult i32 %step_next, 128
  br i1 %more, label %bit, label %done
done:
  %uneven = icmp ne i128 %rest_next, 0
  %extra = zext i1 %uneven to i128
  %up = add i128 %quotient_next, %extra
  %down = sub i128 0, %up
  %signed = select i1 %negative, i128 %down, i128 %quotient_next
  ret i128 %signed
}
"""


class TooWide(Exception):
    """An integer that 128 bits may not hold."""


class NativeLowering(Lowering):
    """Raises TooWide at the first such integer."""

    def arith(self, op: str, a: Term, b: Term) -> Term:
        found = super().arith(op, a, b)
        if max(-found.low, found.high) >= 2**126:
            raise TooWide
        return found


class Outcome(NamedTuple):
    """Source of what a rule says of a row: surely not met, met and its amount known, for a person to decide, the amount."""

    false: str
    done: str
    to_decide: str
    fen: Term


def outcome_of(lowering: Lowering, rule: BoundRule) -> Outcome:
    true, false, amount, decided, to_decide, _ = settle(lowering, rule)
    if bits_for(amount.num.low, amount.num.high) == WIDE:
        raise TooWide
    return Outcome(false, lowering.both(true, lowering.known(amount.known), lowering.either(decided, to_decide)), to_decide, amount.num)


def is_costly(lowering: Lowering, *expressions: str) -> bool:
    return any(COSTLY.search(text) for text in (*expressions, *(text for _, text in lowering.needed(list(expressions)))))


def _refusals(lowering: Lowering, false: str) -> list[str]:
    """The flags of which one suffices for a refusal."""
    body, found, waiting = dict(lowering.lines), [], [false]
    while waiting:
        flag = waiting.pop()
        either = re.fullmatch(r"(\w+) or (\w+)", body.get(flag, ""))
        if either:
            waiting += either.groups()
        else:
            found.append(flag)
    return found[::-1]


def _begin(code: Code) -> Row:
    code.say("br label %rows")
    code.label("rows")
    code.say("%i = phi i64 [ %from, %0 ], [ %next, %after ]")
    return Row(code)


def _end(code: Code) -> None:
    code.say("br label %after")
    code.label("after")
    code.say("%next = add nuw nsw i64 %i, 1")
    code.say("%more = icmp slt i64 %next, %to")
    code.say("br i1 %more, label %rows, label %end")
    code.label("end")
    code.say("ret void")


def _state(row: Row, outcome: Outcome) -> str:
    """0 not entitled, 1 entitled, 2 for decision, 3 unknown."""
    done = row.code.new(f"select i1 {row.of(outcome.to_decide).src}, i8 2, i8 1")
    reached = row.code.new(f"select i1 {row.of(outcome.done).src}, i8 {done}, i8 3")
    return row.code.new(f"select i1 {row.of(outcome.false).src}, i8 0, i8 {reached}")


def write_states(code: Code, outcome: Outcome) -> bool:
    """The first loop: states, or PENDING where something costly has to be asked. Tells whether there are such."""
    costly = is_costly(code.lowering, outcome.false, outcome.done, outcome.to_decide)
    row = _begin(code)
    if costly:
        state = str(PENDING)
        for flag in _refusals(code.lowering, outcome.false):
            if not is_costly(code.lowering, flag):
                state = code.new(f"select i1 {row.of(flag).src}, i8 0, i8 {state}")
    else:
        state = _state(row, outcome)
    code.store(8, state, "state")
    _end(code)
    return costly


def write_awards(code: Code, outcome: Outcome, pending: bool) -> None:
    """The second loop: pending states, and a line for each row that is entitled or for decision."""
    code.say("%so_far = load i64, ptr %count, align 8")
    code.say("br label %rows")
    code.label("rows")
    code.say("%i = phi i64 [ %from, %0 ], [ %next, %after ]")
    code.say("%n = phi i64 [ %so_far, %0 ], [ %n_next, %after ]")
    row = Row(code)
    state = code.new(f"load i8, ptr {code.new('getelementptr i8, ptr %state, i64 %i')}, align 1")
    if pending:
        code.say(f"br i1 {code.new(f'icmp eq i8 {state}, {PENDING}')}, label %decide, label %after")
        code.label("decide")
        state = _state(row, outcome)
        code.store(8, state, "state")
        came = "[ %n, %rows ], [ %n, %decide ]"
    else:
        came = "[ %n, %rows ]"
    less = code.new(f"sub i8 {state}, 1")
    code.say(f"br i1 {code.new(f'icmp ult i8 {less}, 2')}, label %award, label %after")
    code.label("award")
    fen = row.of(outcome.fen.src)
    code.store(64, row.sized(fen, 64), "fen", "%n")
    code.store(32, code.new("trunc i64 %i to i32"), "rows_found", "%n")
    code.say("%n_more = add i64 %n, 1")
    code.say("br label %after")
    code.label("after")
    code.say(f"%n_next = phi i64 {came}, [ %n_more, %award ]")
    code.say("%next = add nuw nsw i64 %i, 1")
    code.say("%more = icmp slt i64 %next, %to")
    code.say("br i1 %more, label %rows, label %end")
    code.label("end")
    code.say("store i64 %n_next, ptr %count, align 8")
    code.say("ret void")


def write_values(code: Code, sources: list[str], bits: list[int]) -> None:
    """The loop that writes definitions: each value and whether it is known."""
    row = _begin(code)
    for source, size, target in zip(sources, bits, code.outputs, strict=True):
        value = row.of(source)
        if value.bits == 1:
            code.store(8, code.new(f"zext i1 {value.src} to i8"), target)
        else:
            code.store(size, row.sized(value, size), target)
    _end(code)


class Left(NamedTuple):
    """Rules and definitions that machine integers do not hold."""

    rules: list[str]
    definitions: list[str]


class Assembly(NamedTuple):
    """A function's text, the columns it reads (v_fact or k_fact), and what it writes in which order."""

    text: str
    columns: list[str]
    rules: list[str]
    definitions: list[str]
    left: Left


def assembled(codes: list[tuple[Code, str]], rules: list[str], definitions: list[str], left: Left) -> Assembly:
    """The whole function: strip after strip, it calls every loop."""
    columns = list(dict.fromkeys(name for code, _ in codes for name in code.columns))
    outputs = [f"r{place}_{name}" for place in range(len(rules)) for name in ("state", "rows_found", "fen", "count")]
    outputs += [f"d_{name}{place}" for place in range(len(definitions)) for name in ("value", "known")]
    moments = ", ".join(f"i{bits} %{name}" for name, bits in MOMENTS.items())
    lines = [
        HEAD,
        FLOOR_DIVIDE,
        *(code.text() for code, _ in codes),
        f"define void @block(ptr %columns, ptr %outputs, ptr %calendar, i64 %rows, {moments}) {{",
    ]
    for source, names in (("columns", [f"c{place}" for place in range(len(columns))]), ("outputs", outputs), ("calendar", TABLES)):
        for place, name in enumerate(names):
            lines += [f"  %at_{name} = getelementptr ptr, ptr %{source}, i64 {place}", f"  %{name} = load ptr, ptr %at_{name}, align 8"]
    lines += [
        "  br label %strip",
        "strip:",
        "  %from = phi i64 [ 0, %0 ], [ %to, %strip ]",
        f"  %end = add i64 %from, {STRIP}",
        "  %to = call i64 @llvm.smin.i64(i64 %end, i64 %rows)",
    ]
    lines += [line for code, place in codes for line in code.call(columns, place)]
    lines += ["  %more = icmp slt i64 %to, %rows", "  br i1 %more, label %strip, label %done", "done:", "  ret void", "}"]
    return Assembly("\n".join(lines) + "\n", columns, rules, definitions, left)
