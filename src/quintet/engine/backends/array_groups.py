"""Stacking groups over columns: the same verdicts as `groups.judged`, for a whole city at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quintet.engine.backends.arrays import Awards
from quintet.engine.groups import Candidate, Earlier, Member, judged, relevant
from quintet.engine.identity import canonical
from quintet.engine.packs.model import STATES

if TYPE_CHECKING:
    from quintet.engine.backends.arrays import Result, Table
    from quintet.engine.packs.model import BoundRule, Pack

ENTITLED, DECISION, UNKNOWN, SUPERSEDED, WAITING = (
    STATES.index(name) for name in ("entitled", "decision", "unknown", "superseded", "waiting")
)


def settle_groups(
    pack: Pack, rules: Mapping[str, list[BoundRule]], tables: Mapping[str, Table], results: dict[str, Result], year: int, earlier: Iterable[Earlier]
) -> None:  # fmt: skip
    """Change states and awards of the rules of each group in place."""
    awarded = list(earlier)
    for name, group in pack.groups.items():
        members = [
            (_member(pack, subject, rule), tables[subject], results[subject])
            for subject in tables
            for rule in rules[subject]
            if rule.spec.group == name
        ]
        pool = _Pool(members)
        if pool.size:
            everybody = [_member(pack, subject, rule) for subject, own in rules.items() for rule in own if rule.spec.group == name]
            pool.by_hand(everybody, awarded, group.years, group.earlier, year)
            pool.settle()
            pool.write()


def _member(pack: Pack, subject: str, rule: BoundRule) -> Member:
    ref = "" if rule.spec.beneficiary in ("", "self") else rule.spec.beneficiary
    whose = pack.subjects[subject].refs[ref] if ref else subject
    return Member(rule.spec.id, subject, 0, whose, ref, rule.most or 0)


class _Pool:
    """All that may be given in one group: for each candidate its rule, row, beneficiary (a number), state and the most it can give."""

    def __init__(self, members: list[tuple[Member, Table, Result]]) -> None:
        self.members = members
        numbers, rows, most, states, keys = [], [], [], [], []
        for number, (member, table, result) in enumerate(members):
            state = result.states[member.rule]
            where = np.flatnonzero((state == ENTITLED) | (state == DECISION) | (state == UNKNOWN))
            amounts = np.full(len(state), member.most, np.int64)
            awards = result.awards[member.rule]
            amounts[awards.rows] = awards.fen
            numbers.append(np.full(len(where), number))
            rows.append(where)
            states.append(state[where])
            most.append(amounts[where])
            keys.append(_keys(member, table, where))
        self.number, self.row, self.state, self.most = (
            np.concatenate([np.zeros(0, np.int64), *part]) for part in (numbers, rows, states, most)
        )
        self.size = len(self.row)
        coded = pa.chunked_array([*keys, pa.array([], pa.string())]).combine_chunks().dictionary_encode()
        self.code, self.whose = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary
        self.now = self.state.copy()
        self.open = np.ones(self.size, np.bool_)

    def by_hand(self, members: list[Member], awarded: list[Earlier], years: str, earlier: str, year: int) -> None:
        """Beneficiaries with an award of the group decided before: few, judged one after the other."""
        for whose in {
            f"{member.whose} {canonical(award.beneficiary)}" for award in awarded for member in members if member.rule == award.rule
        }:
            code = pc.index(self.whose, whose).as_py()
            before = relevant(awarded, members, years, whose, year)
            if code < 0 or not before:
                continue
            places = np.flatnonzero(self.code == code)
            pool = [self._candidate(int(place)) for place in places]
            for place, verdict in zip(places, judged(pool, before, earlier), strict=True):
                self.now[place], self.open[place] = STATES.index(verdict.state), False
                if verdict.fen is not None:
                    self.most[place] = verdict.fen

    def _candidate(self, place: int) -> Candidate:
        member, table, _ = self.members[int(self.number[place])]
        return Candidate(
            member.rule,
            member.subject,
            canonical(table.ids[int(self.row[place])].as_py()),
            STATES[int(self.state[place])],
            int(self.most[place]),
        )

    def settle(self) -> None:
        """As `groups.judged` does without earlier awards."""
        best, best_most = self._first(self.open & (self.state == ENTITLED), np.zeros(self.size, np.int64))
        places = np.arange(self.size)
        lower = self.open & (best[self.code] >= 0) & (best[self.code] != places) & (self.most <= best_most[self.code])
        rivals = self.open & ~lower & (best[self.code] != places)
        top, _ = self._first(rivals, (self.state != DECISION).astype(np.int64))
        waits = (
            self.open
            & (top[self.code] >= 0)
            & ((best[self.code] == places) | (rivals & (self.state == DECISION) & (top[self.code] != places)))
        )
        self.now[lower] = SUPERSEDED
        self.now[waits] = WAITING

    def _first(self, asked: Any, second: Any) -> tuple[Any, Any]:
        """For each beneficiary the place of the asked candidate with the most, then the lowest `second`, then the first; -1 where there is none; and its most."""
        where = np.flatnonzero(asked)
        order = where[np.lexsort((where, second[where], -self.most[where], self.code[where]))]
        found, most = np.full(len(self.whose), -1, np.int64), np.full(len(self.whose), -1, np.int64)
        codes, first = np.unique(self.code[order], return_index=True)
        found[codes], most[codes] = order[first], self.most[order[first]]
        return found, most

    def write(self) -> None:
        for number, (member, _, result) in enumerate(self.members):
            mine = np.flatnonzero(self.number == number)
            states, awards = result.states[member.rule], result.awards[member.rule]
            amounts = awards.dense(len(states))
            states[self.row[mine]], amounts[self.row[mine]] = self.now[mine], self.most[mine]
            kept = (states == ENTITLED) | (states == DECISION)
            result.awards[member.rule] = Awards(states, amounts[kept].astype(awards.fen.dtype))


def _keys(member: Member, table: Table, where: Any) -> pa.Array:
    """The beneficiaries of some rows as text."""
    column = table.named.get(member.ref) if member.ref else table.ids
    places = pa.array(where)
    own = pc.binary_join_element_wise(f"{member.subject} row", places.cast(pa.string()), " ")
    if column is None:
        return own
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pc.coalesce(pc.binary_join_element_wise(member.whose, values.take(places).cast(pa.string()), " "), own)
