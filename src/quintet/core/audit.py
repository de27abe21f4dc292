"""The audit chain: every action that decides something leaves a line that binds all lines before it.

An action opens `recorded()` and calls `record` on what it gets:

    with recorded() as log:
        …
        log.record("claim.decide", claim, _("作出决定"), by=by, amount_fen=100)

The lines are written when the outermost `recorded()` ends, in the transaction of what they tell about.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from threading import local
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.core import attachments, chain, reliance, rights, seals, triggers
from quintet.core.models import AuditDigest, AuditEntry, RoleGrant, Seal, User
from quintet.core.permissions import Right
from quintet.core.texts import shortened

LOCK = 2_019_29  # of pg_advisory_xact_lock
BATCH = 1_000
CLOCK_BEHIND = "clock_behind"  # seconds by which the machine's clock was behind the line before
_here = local()  # a thread has one connection; `log` is that of its transaction


@dataclass
class Log:
    """The lines of one transaction, numbered and bound already, not yet written."""

    number: int
    hash: str
    at: datetime | None = None  # of the line before
    entries: list[AuditEntry] = field(default_factory=list)
    found: list[Seal] = field(default_factory=list)  # rows that nobody had sealed, taken as they are
    noted: int = 0  # the last note of a changed row before the transaction
    compared: set[int] = field(default_factory=set)  # grants that are as sealed

    def record(self, action: str, record: models.Model | str, title: str, *, by: User | None, **details: Any) -> AuditEntry:
        """Add a line. `details` must fit JSON without floats; money is `…_fen`. No identity numbers, no account numbers.

        The right under which it is done (`Right.details`) is compared with the chain, once in a transaction. Raises NotAsSealed.
        """
        if by is not None and details.get("grant") and "lender" in details:
            self.rests_on(Right(by.pk, details["grant"], details["lender"]))
        at, details = self._not_before(timezone.now(), details)
        entry = AuditEntry(
            number=self.number + 1, at=at, by=by, by_name=str(by)[:60] if by else "", action=action, record=name_of(record),
            title=shortened(title, 200), details=details, previous=self.hash,
        )  # fmt: skip
        bind(entry)
        self.number, self.hash, self.at = entry.number, entry.hash, entry.at
        self.entries.append(entry)
        return entry

    def rests_on(self, right: Right) -> None:
        """A role that somebody wrote into the database gives no right. What this transaction has changed itself gets its seal at the end.
        Raises NotAsSealed."""
        if not right.grant or right.grant in self.compared:
            return
        changed = set(seals.changed_since(self.noted, RoleGrant._meta.db_table))
        grants = reliance.grants_behind(right)
        reliance.require_as_sealed([one for one in grants if str(one.pk) not in changed])
        self.compared.add(right.grant)

    def seal(self, rows: list[Seal]) -> None:
        """Bind the sealed rows that were changed into the last line. Raises RuntimeError where no line tells of the change."""
        if not rows:
            return
        if not self.entries:
            raise RuntimeError(f"{rows[0]} was changed without a line of the audit chain")
        last = self.entries[-1]
        last.details = last.details | seals.details(rows)
        bind(last)
        for row in rows:
            row.line = last.number
        Seal.objects.bulk_create(rows, batch_size=BATCH)

    def _not_before(self, now: datetime, details: dict[str, Any]) -> tuple[datetime, dict[str, Any]]:
        """A clock that was put back makes no line earlier than the one before: the line is held to that time and says by how much."""
        if self.at is None or now >= self.at:
            return now, details
        return self.at, details | {CLOCK_BEHIND: round((self.at - now).total_seconds())}


def name_of(record: models.Model | str) -> str:
    return record if isinstance(record, str) else f"{record._meta.label_lower}:{record.pk}"


def bind(entry: AuditEntry) -> None:
    """Work out both hashes of a line from its fields."""
    entry.content = content_of(entry)
    entry.hash = chain.bound(entry.previous, entry.content)


def content_of(entry: AuditEntry) -> str:
    return chain.content_of(
        number=entry.number,
        at=entry.at,
        by=entry.by_name,
        person=entry.by_id,
        action=entry.action,
        record=entry.record,
        title=entry.title,
        details=entry.details,
    )


@contextmanager
def recorded(*, under: Right | None = None) -> Iterator[Log]:
    """A transaction with the next places in the chain held for it. Others who want to write lines wait until it ends.
    `under` is the right that no line of it keeps: it is compared with the chain first.

    The chain is locked before anything else, so that two actions never wait for each other crosswise: keep slow work outside.
    Nested calls share the lines of the outermost; what an inner one recorded is dropped with it when it fails.
    An act that finds what it relies on otherwise than sealed leaves nothing but its message to the operators.
    """
    with nullcontext() if is_open() else reliance.operators_told(), _with_lines() as log:
        if under is not None:
            log.rests_on(under)
        yield log


@contextmanager
def _with_lines() -> Iterator[Log]:
    with transaction.atomic():
        outer: Log | None = getattr(_here, "log", None)
        if outer is not None:
            kept = (outer.number, outer.hash, outer.at, len(outer.entries))
            try:
                yield outer
            except BaseException:
                outer.number, outer.hash, outer.at = kept[:3]
                del outer.entries[kept[3] :]
                raise
            return
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        last = AuditEntry.objects.order_by("-number").values_list("number", "hash", "at").first()
        noted = seals.mark()
        number, before, at = last or (0, chain.NOTHING, None)
        _here.log = log = Log(number, before, at, noted=noted)
        try:
            yield log
            log.seal([*log.found, *seals.of_this_transaction(noted)])
            AuditEntry.objects.bulk_create(log.entries, batch_size=BATCH)
        finally:
            _here.log = None


def is_open() -> bool:
    """Whether what this thread writes now will have its lines."""
    return getattr(_here, "log", None) is not None


def seal_as_found(*, by: User | None, why: str) -> int:
    """Seal every row that no line tells of as it is, and say so: for rows from before there were seals, and for a demo city. Returns how many."""
    with recorded() as log:
        log.found = list(seals.unsealed())
        if log.found:
            log.record("core.seal_as_found", "core.seal:", why, by=by, rows=len(log.found))
    return len(log.found)


def seal_what_was_before(**_options: Any) -> None:
    """After a migration of a database whose chain is older than seals, or that has given a sealed table other columns."""
    if AuditEntry.objects.exists() and not Seal.objects.exists():
        seal_as_found(by=None, why=_("升级：按现状封存已有的记录"))
    elif changed := seals.with_other_columns():
        with recorded() as log:
            log.found = list(seals.as_they_are(changed))
            if log.found:
                names = "、".join(str(of.model._meta.verbose_name) for of in changed)
                title = _("升级：字段有变，按现状重新封存：%(names)s") % {"names": names}
                log.record("core.seal_as_found", "core.seal:", title, by=None, rows=len(log.found))
    seals.keep_columns()


def last_moment(day: date) -> datetime:
    """The first moment after a day, in local time; of the last day of the calendar its last one."""
    return first_moment(day + timedelta(days=1)) if day < date.max else timezone.make_aware(datetime.combine(day, time.max))


def first_moment(day: date) -> datetime:
    """The moment at which a day begins, in local time."""
    return timezone.make_aware(datetime.combine(day, time.min))


def make_digests(until: date) -> list[AuditDigest]:
    """A digest for each day without one, from the day of the first line up to `until`; none for a day that has not ended."""
    made: list[AuditDigest] = []
    with recorded():
        previous = AuditDigest.objects.first()
        day = previous.day + timedelta(days=1) if previous else None
        if day is None:
            first = AuditEntry.objects.order_by("number").first()
            day = timezone.localdate(first.at) if first else None
        while day is not None and day <= until and last_moment(day) <= timezone.now():
            previous = _digest(day, previous)
            previous.save(force_insert=True)
            made.append(previous)
            day += timedelta(days=1)
    return made


def _digest(day: date, previous: AuditDigest | None) -> AuditDigest:
    start = previous.last if previous else 0
    lines = list(
        AuditEntry.objects.filter(number__gt=start, at__lt=last_moment(day)).order_by("number").values_list("number", "content", "hash")
    )
    last = lines[-1][0] if lines else start
    tip = lines[-1][2] if lines else (AuditEntry.objects.filter(number=start).values_list("hash", flat=True).first() or chain.NOTHING)
    root, before = chain.root_of([content for _number, content, _hash in lines]), previous.hash if previous else chain.NOTHING
    return AuditDigest(
        day=day, first=start + 1, last=last, root=root, previous=before, hash=chain.digest_of(before, day, start + 1, last, root, tip)
    )


def receipt_of(entry: AuditEntry) -> dict[str, Any]:
    """What somebody keeps to prove later that this line stood in the chain; with its path to the day's digest once there is one."""
    receipt = {
        "number": entry.number, "at": entry.at.isoformat(), "by": entry.by_name, "person": entry.by_id, "action": entry.action, "record": entry.record,
        "title": entry.title, "details": entry.details, "content": entry.content,
    }  # fmt: skip
    digest = AuditDigest.objects.filter(first__lte=entry.number, last__gte=entry.number).first()
    if digest is None:
        return receipt | {"digest": None}
    contents = list(
        AuditEntry.objects.filter(number__range=(digest.first, digest.last)).order_by("number").values_list("content", flat=True)
    )
    path = chain.path_of(contents, entry.number - digest.first)
    return receipt | {"path": path, "digest": {"day": digest.day.isoformat(), "root": digest.root, "hash": digest.hash}}


@dataclass(frozen=True)
class Checked:
    """What a check of a receipt came to."""

    fits: bool
    message: str


def _key(value: Any) -> int | None:
    """The key of an account in a receipt. Raises TypeError."""
    if value is not None and type(value) is not int:
        raise TypeError
    return value


def check_receipt(receipt: dict[str, Any]) -> Checked:
    """Whether somebody's receipt is what stood in the chain. Works with anything that is given; tells nothing that the receipt does not hold."""
    try:
        content = chain.content_of(
            number=int(receipt["number"]), at=datetime.fromisoformat(receipt["at"]), by=str(receipt["by"]), person=_key(receipt["person"]), action=str(receipt["action"]),
            record=str(receipt["record"]), title=str(receipt["title"]), details=receipt["details"],
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, RecursionError):
        return Checked(False, _("回执不完整，无法核对。"))
    if content != receipt.get("content"):
        return Checked(False, _("回执的内容与它自己的校验值不符：内容被改动过。"))
    number = int(receipt["number"])
    if not 0 < number < 2**63 or not AuditEntry.objects.filter(number=number, content=content).exists():
        return Checked(False, _("审计链中没有这一条，或者系统里的记录已与回执不同。请保留回执并向审计部门反映。"))
    digest = AuditDigest.objects.filter(first__lte=number, last__gte=number).first()
    if digest is None:
        return Checked(True, _("与审计链中的第 %(number)d 条一致；当天的摘要尚未公布，公布后可再核对一次。") % {"number": number})
    entry = AuditEntry.objects.get(number=number)
    path = receipt.get("path") or receipt_of(entry)["path"]
    try:
        root = chain.root_from(content, [(str(side), str(neighbour)) for side, neighbour in path])
    except (TypeError, ValueError):
        return Checked(False, _("回执中的路径读不出来，无法核对。"))
    if root != digest.root:
        return Checked(False, _("与 %(day)s 公布的摘要不符。请保留回执并向审计部门反映。") % {"day": digest.day})
    return Checked(True, _("与审计链一致，并包含在 %(day)s 公布的摘要中。") % {"day": digest.day})


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the chain. `number` is the line, 0 where it is about no single line."""

    number: int
    problem: str


def verify(published: dict[str, str] | None = None, *, progress: Any = None) -> list[Finding]:
    """Read the whole chain again. `published` are digests kept elsewhere, day → value: they find a chain that was written anew as a whole."""
    return [
        *_lines_checked(progress),
        *_digests_checked(published or {}),
        *(Finding(0, f"数据库缺少保护：{name}") for name in triggers.missing()),
        *(Finding(number, problem) for number, problem in seals.altered()),
        *(Finding(0, problem) for problem in rights.altered()),
        *(Finding(0, problem) for problem in attachments.damaged()),
    ]


def _lines_checked(progress: Any) -> Iterator[Finding]:
    number, before, at = 0, chain.NOTHING, None
    total = AuditEntry.objects.count() if progress else 0
    for done, entry in enumerate(AuditEntry.objects.order_by("number").iterator(chunk_size=BATCH), 1):
        if entry.number != number + 1:
            yield Finding(entry.number, f"第 {number + 1} 条至第 {entry.number - 1} 条缺失。")
        elif entry.previous != before:
            yield Finding(entry.number, "与前一条接不上：前面有记录被改动、插入或替换。")
        if content_of(entry) != entry.content:
            yield Finding(entry.number, "内容与校验值不符：这一条被改动过。")
        elif chain.bound(entry.previous, entry.content) != entry.hash:
            yield Finding(entry.number, "校验值被改动过。")
        if at is not None and entry.at < at:
            yield Finding(entry.number, "时间早于前一条。")
        if CLOCK_BEHIND in entry.details and entry.at != at:
            yield Finding(entry.number, "说明当时的时钟慢了，时间却不是前一条的时间。")
        number, before, at = entry.number, entry.hash, entry.at
        if progress and (done % BATCH == 0 or done == total):
            progress(done, total)


def _digests_checked(published: dict[str, str]) -> Iterator[Finding]:
    previous = None
    for digest in AuditDigest.objects.order_by("day"):
        made = _digest(digest.day, previous)
        if (made.first, made.last, made.root, made.previous, made.hash) != (
            digest.first,
            digest.last,
            digest.root,
            digest.previous,
            digest.hash,
        ):
            yield Finding(digest.last, f"{digest.day} 的摘要与记录不符：这一天或更早的记录被改动、删去或加进过。")
        if published.get(digest.day.isoformat(), digest.hash) != digest.hash:
            yield Finding(digest.last, f"{digest.day} 的摘要与当时公布的不同：审计链被整体重写过。")
        previous = digest
    kept = {digest.isoformat() for digest in AuditDigest.objects.values_list("day", flat=True)}
    for day in sorted(set(published) - kept):
        yield Finding(0, f"{day} 曾公布过摘要，现在没有了。")
