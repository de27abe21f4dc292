"""Sealed rows: what gives a right or moves money is bound into the audit chain as it stands, so that whoever changes it past the actions is found.

A context names its tables in `seals.py` (`sealed`). Triggers note every row that changes; `audit.recorded()` ends by sealing what its own
transaction changed: the digest of each row goes into `core_seal`, the root over them into the last line of the chain. A row that is changed
by other means keeps its old seal and is told of by `altered`; when an action later changes such a row, its line says that it did not find it as sealed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils.translation import override

from quintet.core.models import AuditEntry, Seal, SealedColumns, Touch
from quintet.look.registry import collect

ROOT, ALTERED = "sealed", "not_as_sealed"  # of a line's details
GONE = ""  # the digest of a row that is no longer there, or not yet sealed
CHUNK = 500
CHANGED = "与办理记录不符：被直接改动过。"


@dataclass(frozen=True)
class Sealed:
    """A table whose rows are sealed with all columns but these. `once` is a condition over `{row}` from which on a row counts."""

    table: str
    but: tuple[str, ...] = ()
    once: str = ""

    @property
    def model(self) -> type[models.Model]:
        return _models()[self.table]

    @property
    def columns(self) -> list[str]:
        names = [str(field.column) for field in self.model._meta.concrete_fields]
        if unknown := set(self.but) - set(names):
            raise ValueError(f"{self.table} has no {sorted(unknown)}")
        return [name for name in names if name not in self.but]

    @property
    def key(self) -> str:
        return str(self.model._meta.pk.column)

    def text(self, row: str) -> str:
        """SQL of a row's content as text; empty where it does not count yet. Only compared with what the same database says."""
        made = "json_array({})" if connection.vendor == "sqlite" else "json_build_array({})::text"
        content = made.format(", ".join(f'{row}."{name}"' for name in self.columns))
        return f"CASE WHEN {self.once.format(row=row)} THEN {content} ELSE '' END" if self.once else content

    def statements(self, vendor: str) -> list[str]:
        """The triggers that note what changes."""
        name = f"quintet_touched_{self.table}"
        changed = " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in self.columns)
        into = "INSERT INTO core_touch (sealed_table, row_key, before, transaction_id) VALUES"
        if vendor == "postgresql":
            noted = "{into} ('{table}', {row}.{key}::text, {before}, txid_current());"
            new, old = (
                noted.format(into=into, table=self.table, row=row, key=self.key, before=before)
                for row, before in (("NEW", "''"), ("OLD", self.text("OLD")))
            )
            body = (
                f"BEGIN\n  IF TG_OP = 'INSERT' THEN\n    {new}\n  ELSIF TG_OP = 'DELETE' THEN\n    {old}\n"
                f"  ELSIF {changed} THEN\n    {old}\n  END IF;\n  RETURN NULL;\nEND"
            )
            return [
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n{body} $$",
                f"CREATE OR REPLACE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {self.table} FOR EACH ROW EXECUTE FUNCTION {name}()",
            ]
        changed = changed.replace("IS DISTINCT FROM", "IS NOT")
        return [
            f"CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {self.table}{f' WHEN {changed}' if event == 'UPDATE' else ''}\n"
            f"BEGIN {into} ('{self.table}', CAST({row}.\"{self.key}\" AS TEXT), {before}, 0); END"
            for event, row, before in (("INSERT", "NEW", "''"), ("UPDATE", "OLD", self.text("OLD")), ("DELETE", "OLD", self.text("OLD")))
        ]


@cache
def _models() -> dict[str, type[models.Model]]:
    return {model._meta.db_table: model for model in apps.get_models()}


@cache
def tables() -> dict[str, Sealed]:
    """Every sealed table by its name."""
    return {one.table: one for one in collect("seals", "sealed")}


def of_an_app(config: Any) -> list[Sealed]:
    return [one for one in tables().values() if one.model._meta.app_label == config.label]


# Sealing what a transaction changed


def mark() -> int:
    """The last note there is: what comes after it belongs to the transaction that has the chain's lock."""
    return Touch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def changed_since(after: int, table: str) -> Iterable[str]:
    """Keys of the table's rows that were changed since `after` (`mark`)."""
    return Touch.objects.filter(pk__gt=after, sealed_table=table).values_list("row_key", flat=True)


def of_this_transaction(after: int) -> list[Seal]:
    """New seals, without their line, of what was changed since `after`; their `before` says how the row was found. The notes are taken away."""
    with connection.cursor() as cursor:
        mine = " AND transaction_id = txid_current()" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DELETE FROM core_touch WHERE id > %s{mine} RETURNING id, sealed_table, row_key, before", [after])
        noted = sorted(cursor.fetchall())
    first: dict[str, dict[str, str]] = defaultdict(dict)
    for _number, table, key, before in noted:
        first[table].setdefault(key, before)
    return [seal for table in sorted(first) for seal in _sealed(tables()[table], first[table])]


def _sealed(of: Sealed, found: dict[str, str]) -> Iterator[Seal]:
    now, last = _rows(of, found), _last(of.table, found)
    for key in sorted(found):
        digest, before = _digest(now.get(key, "")), _digest(found[key])
        intact = before == last.get(key, GONE)
        if digest != before or not intact:
            yield Seal(sealed_table=of.table, row_key=key, digest=digest, found_as_sealed=intact)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest() if text else GONE


def _rows(of: Sealed, keys: Iterable[str]) -> dict[str, str]:
    """Key → content now."""
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        for chunk in _chunks(sorted(keys)):
            holes = ", ".join(["%s"] * len(chunk))
            cursor.execute(f'SELECT r."{of.key}", {of.text("r")} FROM {of.table} r WHERE r."{of.key}" IN ({holes})', chunk)
            found |= {str(key): text for key, text in cursor.fetchall()}
    return found


def _last(table: str, keys: Iterable[str]) -> dict[str, str]:
    """Key → the last digest."""
    found: dict[str, str] = {}
    for chunk in _chunks(sorted(keys)):
        for key, digest in Seal.objects.filter(sealed_table=table, row_key__in=chunk).order_by("pk").values_list("row_key", "digest"):
            found[key] = digest
    return found


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    yield from (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def details(seals: list[Seal]) -> dict[str, Any]:
    """What the line that binds these says."""
    with override("zh-hans"):  # kept in Chinese, whoever acts
        lost = [f"{_named(seal.sealed_table)} {seal.row_key}" for seal in seals if not seal.found_as_sealed]
    return {ROOT: root(seals)} | ({ALTERED: lost} if lost else {})


def root(seals: Iterable[Seal]) -> str:
    rows = sorted(f"{seal.sealed_table}:{seal.row_key}:{seal.digest}:{int(seal.found_as_sealed)}" for seal in seals)
    return sha256("\n".join(rows).encode()).hexdigest()


# Checking


def altered() -> Iterator[tuple[int, str]]:
    """(line or 0, sentence for an auditor): rows that are not as their last line left them, and seals that their line does not know."""
    last: dict[str, dict[str, str]] = defaultdict(dict)
    lines = Seal.objects.order_by("line", "pk")
    told = dict(AuditEntry.objects.filter(details__has_key=ROOT).values_list("number", f"details__{ROOT}"))
    for line, group in groupby(lines.iterator(chunk_size=5_000), key=lambda seal: seal.line):
        rows = list(group)
        if told.pop(line, None) != root(rows):
            yield line, "这一条封存的记录与它自己的校验值不符：封存被改动过。"
        for seal in rows:
            last[seal.sealed_table][seal.row_key] = seal.digest
            if not seal.found_as_sealed:
                yield line, f"{_named(seal.sealed_table)} {seal.row_key} 在这一条之前被直接改动过，当时的内容与办理记录不符。"
    yield from ((line, "这一条封存的记录不在了：封存被删去过。") for line in sorted(told))
    yield from ((0, sentence) for sentence in _changed_and_put_back())
    for table, of in tables().items():
        yield from ((0, sentence) for sentence in _otherwise(of, last[table]))


def _changed_and_put_back() -> Iterator[str]:
    """Notes that no action took away, of a content that no line ever left: the row was changed past the actions for a while."""
    noted = Touch.objects.filter(sealed_table__in=tables()).exclude(before="").order_by("sealed_table", "row_key")
    for (table, key), notes in groupby(noted.iterator(chunk_size=CHUNK), key=lambda note: (note.sealed_table, note.row_key)):
        found = {_digest(note.before) for note in notes}
        known = set(Seal.objects.filter(sealed_table=table, row_key=key).values_list("digest", flat=True))
        if found - known:
            yield f"{_named(table)} {key} 曾被直接改动过，又改了回去。"


def _otherwise(of: Sealed, last: dict[str, str]) -> Iterator[str]:
    name = _named(of.table)
    for key, text in _all_rows(of):
        digest = last.pop(key, GONE)
        if digest == GONE:
            yield f"{name} {key} 没有办理记录：不是通过系统办理的。"
        elif digest != _digest(text):
            yield f"{name} {key} {CHANGED}"
    left = [key for key, digest in last.items() if digest != GONE]
    there = _rows(of, left)
    yield from (f"{name} {key} {CHANGED if key in there else '有办理记录，现在却没有了。'}" for key in left)


def _all_rows(of: Sealed) -> Iterator[tuple[str, str]]:
    """(key, content) of every row that counts."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT r."{of.key}", {of.text("r")} FROM {of.table} r ORDER BY r."{of.key}"')
        while rows := cursor.fetchmany(5_000):
            yield from ((str(key), text) for key, text in rows if text)


def unsealed() -> Iterator[Seal]:
    """New seals, without their line, for all rows that count and have none; notes about them are void."""
    Touch.objects.all().delete()
    for table, of in tables().items():
        known = set(Seal.objects.filter(sealed_table=table).exclude(digest=GONE).values_list("row_key", flat=True))
        for key, text in _all_rows(of):
            if key not in known:
                yield Seal(sealed_table=table, row_key=key, digest=_digest(text), found_as_sealed=True)


def with_other_columns() -> list[Sealed]:
    """Tables that have gained or lost columns since their rows were sealed."""
    known = dict(SealedColumns.objects.values_list("sealed_table", "columns"))
    return [of for table, of in tables().items() if known.get(table, of.columns) != of.columns]


def keep_columns() -> None:
    for table, of in tables().items():
        SealedColumns.objects.update_or_create(sealed_table=table, defaults={"columns": of.columns})


def as_they_are(changed: Iterable[Sealed]) -> Iterator[Seal]:
    """New seals, without their line, for all rows of these tables that count."""
    for of in changed:
        for key, text in _all_rows(of):
            yield Seal(sealed_table=of.table, row_key=key, digest=_digest(text), found_as_sealed=True)


def stands(row: models.Model) -> bool:
    """Whether a row is as the chain has it; False for one that no line tells of."""
    return not unlike([row])


def unlike(rows: Iterable[models.Model]) -> list[models.Model]:
    """Those of the rows that are not as the chain has them, or of which no line tells. Two queries a table, and three.

    A row that does not count yet (`once`) has to have no seal. What the open transaction changed has its seal when that ends: ask before.
    """
    wanted: dict[str, dict[str, models.Model]] = defaultdict(dict)
    for row in rows:
        wanted[row._meta.db_table][_key_of(row)] = row
    last: dict[tuple[str, str], Seal] = {}
    now: dict[tuple[str, str], str] = {}
    for table, found in wanted.items():
        now |= {(table, key): text for key, text in _rows(tables()[table], found).items()}
        for chunk in _chunks(sorted(found)):
            for seal in Seal.objects.filter(sealed_table=table, row_key__in=chunk).order_by("pk"):
                last[table, seal.row_key] = seal
    told = _told({seal.line for seal in last.values()})
    return [
        row
        for table, found in wanted.items()
        for key, row in found.items()
        if not _fits(last.get((table, key)), _digest(now.get((table, key), "")), told)
    ]


def _fits(seal: Seal | None, digest: str, told: set[int]) -> bool:
    return digest == GONE if seal is None else seal.digest == digest and seal.line in told


def _key_of(row: models.Model) -> str:
    return str(row._meta.pk.get_db_prep_value(row.pk, connection))


MANY = 1_000  # seals of a line (a database from before seals is sealed by one) from which on its root is worked out once in a process
_roots: dict[tuple[int, int, int], str] = {}  # line, how many seals, the last of them → root


def _told(lines: set[int]) -> set[int]:
    """Those of the lines that know all their seals."""
    roots = AuditEntry.objects.filter(number__in=lines, details__has_key=ROOT)
    told = dict(roots.values_list("number", f"details__{ROOT}"))
    numbers = Seal.objects.filter(line__in=lines).order_by().values("line").annotate(n=models.Count("pk"), end=models.Max("pk"))
    marks = [(one["line"], one["n"], one["end"]) for one in numbers]
    few: dict[int, list[Seal]] = defaultdict(list)
    for seal in Seal.objects.filter(line__in=[line for line, n, _end in marks if n < MANY]):
        few[seal.line].append(seal)
    for mark in marks:
        if mark[1] >= MANY and mark not in _roots:
            _roots[mark] = root(Seal.objects.filter(line=mark[0]).iterator(chunk_size=5_000))
    return {mark[0] for mark in marks if told.get(mark[0]) == (root(few[mark[0]]) if mark[0] in few else _roots[mark])}


def _named(table: str) -> str:
    return str(tables()[table].model._meta.verbose_name)


sealed = [
    Sealed("core_user", but=("last_login",)),
    Sealed("core_rolegrant"),
    Sealed("core_accountproposal"),
    Sealed("core_holidayplan"),
    Sealed("core_unlinking"),
    Sealed("core_outsideidentity", but=("shown_name", "first_seen_at", "linked_at"), once="{row}.user_id IS NOT NULL"),
    Sealed("core_secondfactor", but=("last_count", "last_used_at")),
    Sealed("core_recoverycode"),
    Sealed("core_secondfactordemand"),
    Sealed("core_secondfactorreset"),
    Sealed("core_job", but=("state", "done", "total", "message", "result", "error", "created_at", "updated_at", "finished_at", "worker")),
]
