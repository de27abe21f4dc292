"""A workbook on its way in: upload → check → confirm → one transaction."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from quintet.core import jobs
from quintet.core.errors import DomainError
from quintet.core.models import Job, User
from quintet.core.texts import LONGEST_REASON, fitting, shortened
from quintet.directory.actions.bulk import write_records
from quintet.directory.actions.members import propose_memberships
from quintet.directory.actions.oneself import who_acts
from quintet.directory.actions.records import moved_cases
from quintet.directory.models import ImportBatch, Membership
from quintet.directory.permissions import require_keeper
from quintet.directory.queries.history import versions_of
from quintet.directory.recusals import Away, about, away
from quintet.directory.sheets.check import Checked, check_file, check_table
from quintet.directory.sheets.sheet import Sheet, sheets
from quintet.directory.sheets.workbook import Table, UnreadableWorkbook, check_workbook, read_table
from quintet.look.registry import collect
from quintet.look.words import listed

State = ImportBatch.State
CHECKED_AT_ONCE = 300 * 1024  # bytes; larger workbooks are checked by a job
NAMED = 20  # records that a refusal names
READ = ("page", "headings", "remarks")  # what is known of the table that was read


def upload_workbook(sheet: Sheet, file: File, *, by: User) -> ImportBatch:
    """Keep the workbook and check it; what is wrong or would change is on the batch. Raises UnreadableWorkbook for what is none."""
    require_keeper(by, sheet.id)
    content: Any = file.file
    check_workbook(content, file.size)
    at_once = file.size <= CHECKED_AT_ONCE
    table = read_table(content) if at_once else None  # what is refused as a whole is not kept
    file.seek(0)
    digest = hashlib.file_digest(content, "sha256").hexdigest()
    file.seek(0)
    batch = ImportBatch(sheet=sheet.id, file_name=shortened(file.name or "", 200), sha256=digest, uploaded_by=by)
    ending = "xlsx" if content.read(2) == b"PK" else "csv"
    file.seek(0)
    batch.file.save(f"{digest[:16]}.{ending}", file, save=False)
    batch.save()
    if table is not None:
        check_batch(batch, table=table)
    else:
        batch.job = jobs.start(_("检查导入文件“%(name)s”") % {"name": shortened(batch.file_name, 40)}, check_job, by=by, batch=batch.pk)
        batch.save(update_fields=["job"])
        batch.refresh_from_db()
    return batch


def check_job(job: Job, batch: int) -> dict[str, Any]:
    found = ImportBatch.objects.get(pk=batch)
    check_batch(found, job)
    return {"url": found.get_absolute_url(), "problems": found.problem_count}


def check_batch(batch: ImportBatch, job: Job | None = None, *, table: Table | None = None) -> None:
    """Check the workbook that was kept, or `table` as it was just read from it. What ends the check before its time ends the import."""
    try:
        checked = check_table(table, sheets()[batch.sheet], own=_own(batch)) if table else _check(batch, job, _own(batch))
        _keep(batch, checked)
    except BaseException:
        ImportBatch.objects.filter(pk=batch.pk, state=State.UPLOADED).update(state=State.FAILED, finished_at=timezone.now())
        raise


def _keep(batch: ImportBatch, checked: Checked) -> None:
    batch.page, batch.headings, batch.remarks = checked.title, checked.headings, checked.remarks
    batch.rows, batch.unchanged = checked.rows, checked.unchanged
    batch.created, batch.changed = len(checked.created), len(checked.changed)
    batch.preview, batch.versions, batch.differences = checked.preview, checked.versions, checked.differences
    batch.problem_count, batch.problems = len(checked.problems), [problem.as_json() for problem in checked.problems]
    batch.cases = [str(case) for case in _cases_moved(batch, checked)]
    batch.state = State.REFUSED if checked.problems else State.READY
    batch.save(
        update_fields=[
            "rows",
            "unchanged",
            "created",
            "changed",
            "preview",
            "versions",
            "differences",
            "cases",
            "problem_count",
            "problems",
            "state",
            *READ,
        ]
    )


def _cases_moved(batch: ImportBatch, checked: Checked) -> list[Any]:
    """Cases that would be judged worse or otherwise: what is about them is written, judged and taken back again."""
    if not checked.changed:
        return []
    model = sheets()[batch.sheet].model
    before = _passing_on(model, checked.changed)
    places = [(target, attribute) for _name, attribute, target in about(model)]
    records = [*checked.changed, *before.values()]
    concerned = {key for rests in collect("references", "resting") for case in rests(records) for key in case.concerned}
    about_a_case = {record.pk for record in records if any((target, getattr(record, at)) in concerned for target, at in places)}
    changed = [record for record in checked.changed if record.pk in about_a_case]
    if not changed:
        return []
    with transaction.atomic():
        with moved_cases([*changed, *before.values()]) as moved:
            write_records([], changed, fields=checked.fields, by=None, reason="")
        transaction.set_rollback(True)
    return moved


def _passing_on(model: Any, changed: Sequence[Any]) -> dict[int, Any]:
    """Those of the records that pass from one organisation or person to another, as they still stand in the register."""
    attributes = [attribute for _name, attribute, _target in about(model)]
    keys, passing = [record.pk for record in changed], []
    whose = {record.pk: tuple(getattr(record, attribute) for attribute in attributes) for record in changed}
    for start in range(0, len(keys), 5000):
        stored = model._default_manager.filter(pk__in=keys[start : start + 5000]).order_by()
        passing += [pk for pk, *now in stored.values_list("pk", *attributes) if tuple(now) != whose[pk]]
    found: dict[int, Any] = model._default_manager.in_bulk(passing)
    return found


def _own(batch: ImportBatch, *others: User) -> Away:
    """What those behind an import keep away from: who uploaded it, who confirms it, and who lent them the role for it."""
    model = sheets()[batch.sheet].model
    return away(frozenset().union(*(who_acts(user, model) for user in (batch.uploaded_by, *others))))


def _check(batch: ImportBatch, job: Job | None, own: Away) -> Checked:
    progress = (lambda done, total: job.advance(done, 2 * total, _("正在检查"))) if job else None
    try:
        with batch.file.open("rb") as file:
            return check_file(file.file, sheets()[batch.sheet], progress, own=own)
    except UnreadableWorkbook:
        batch.state = State.REFUSED
        batch.save(update_fields=["state"])
        raise


def confirm_import(batch: ImportBatch, *, by: User, reason: str = "") -> Job:
    """Start writing the batch. Only one import writes at a time; a second confirmation is refused until the first has ended.

    Where cases would be judged otherwise, `reason` is asked for, and those who handle them are told with it.
    """
    require_keeper(by, batch.sheet)
    _release_dead_imports()
    reason = fitting(ImportBatch, "reason", reason)
    if batch.cases and not reason:
        raise _without_reason(batch.cases, batch.file_name)
    try:
        with transaction.atomic():
            if not ImportBatch.objects.filter(pk=batch.pk, state=State.READY).update(state=State.WRITING, job=None, reason=reason):
                raise DomainError(_("这个文件不在待确认状态，可能已被确认或放弃。"), where=batch.file_name, remedy=_("请刷新页面查看。"))
            job = jobs.start(_("导入“%(name)s”") % {"name": shortened(batch.file_name, 40)}, write_job, by=by, batch=batch.pk, user=by.pk)
            ImportBatch.objects.filter(pk=batch.pk).update(job=job)
    except IntegrityError:
        other = ImportBatch.objects.filter(state=State.WRITING).select_related("uploaded_by").first()
        raise DomainError(
            _("另一批导入正在写入，同一时间只能写入一批。"),
            where=_("“%(name)s”，上传人：%(user)s") % {"name": other.file_name, "user": other.uploaded_by} if other else "",
            remedy=_("请等它完成后再点“确认导入”；这一批的检查结果会保留。"),
        ) from None
    batch.refresh_from_db()
    return job


def write_job(job: Job, batch: int, user: int) -> dict[str, Any]:
    found = ImportBatch.objects.get(pk=batch)
    by = User.objects.get(pk=user)
    try:
        require_keeper(by, found.sheet)
        return _write(found, job, by)
    except BaseException:
        ImportBatch.objects.filter(pk=batch, state=State.WRITING).update(state=State.FAILED, finished_at=timezone.now())
        raise


def _write(batch: ImportBatch, job: Job, by: User) -> dict[str, Any]:
    """Checks anew first: since the preview the register may have changed. Nothing is written unless everything is."""
    checked = _check(batch, job, _own(batch, by))
    if checked.problems:
        first = checked.problems[0]
        raise DomainError(
            _("名录在检查之后有变化，现在有 %(n)d 处错误，没有写入任何一行。") % {"n": len(checked.problems)},
            where=_("第 %(row)d 行：%(message)s") % {"row": first.row, "message": first.message},
            remedy=_("请重新上传检查。"),
        )
    _refuse_overtaken(batch, checked)
    new, old = len(checked.created), len(checked.changed)
    if (new, old) != (batch.created, batch.changed):
        # Another import or a hand has been there since: what would be written is not what was confirmed.
        raise DomainError(
            _("名录在检查之后被他人改过，没有写入任何一行。"),
            where=_("检查时应新增 %(new)d 条、修改 %(old)d 条，现在会变成新增 %(new_now)d 条、修改 %(old_now)d 条。")
            % {"new": batch.created, "old": batch.changed, "new_now": new, "old_now": old},
            remedy=_("请重新上传检查，看清变化后再确认。"),
        )
    total = new + old
    job.advance(checked.rows, 2 * checked.rows, _("检查完毕，正在一次性写入 %(n)d 条") % {"n": total})
    model = sheets()[batch.sheet].model
    write: Any = propose_memberships if model is Membership else write_records
    try:
        with transaction.atomic():
            keys = sorted(record.pk for record in checked.changed)
            for start in range(0, len(keys), 5000):  # nobody writes between the last look and the import
                list(model._default_manager.select_for_update().filter(pk__in=keys[start : start + 5000]).order_by("pk").values_list("pk"))
            _refuse_overtaken(batch, checked)
            with moved_cases([*checked.changed, *_passing_on(model, checked.changed).values()]) as moved:
                write(checked.created, checked.changed, fields=checked.fields, by=by, reason=_reason_kept(batch))
            if moved and not batch.reason:  # a case that has come since the check
                raise _without_reason([str(case) for case in moved], batch.file_name)
            for case in moved:
                case.tell(_changed_by_import(batch))
            batch.rows, batch.unchanged = checked.rows, checked.unchanged
            batch.created, batch.changed = len(checked.created), len(checked.changed)
            batch.state, batch.finished_at, batch.versions, batch.differences = State.DONE, timezone.now(), {}, []
            batch.save(update_fields=["versions", "differences", "rows", "unchanged", "created", "changed", "state", "finished_at"])
    except IntegrityError:
        raise DomainError(
            _("写入时与他人刚登记的记录冲突，没有写入任何一行。"), where=batch.file_name, remedy=_("请重新上传检查后再导入。")
        ) from None
    job.advance(2 * checked.rows, 2 * checked.rows, _("已写入：新增 %(new)d，修改 %(old)d") % {"new": batch.created, "old": batch.changed})
    return {"url": batch.get_absolute_url(), "created": batch.created, "changed": batch.changed}


def _reason_kept(batch: ImportBatch) -> str:
    """Of the history: the file, and why what cases rest on is changed."""
    reason = _("导入 %(name)s") % {"name": batch.file_name[-80:]}
    return f"{reason}：{batch.reason}"[:LONGEST_REASON] if batch.reason else reason


def _changed_by_import(batch: ImportBatch) -> str:
    with override("zh-hans"):
        return _("名录由导入“%(name)s”修改（%(reason)s）") % {"name": batch.file_name[-80:], "reason": batch.reason}


def _without_reason(cases: list[str], where: str) -> DomainError:
    named = listed(cases[:NAMED]) + ("…" if len(cases) > NAMED else "")
    return DomainError(
        _("导入后有 %(n)d 件在办或已拨付的申报核对结果会不同，没有写明理由，没有写入任何一行：%(cases)s。")
        % {"n": len(cases), "cases": named},
        where=where,
        remedy=_("请先核对文件是否有误；确要导入的，写明理由，办理部门会收到通知。"),
    )


def _refuse_overtaken(batch: ImportBatch, checked: Checked) -> None:
    """Refuse the whole where a record is no longer as the check saw it: its new values would go without a word."""
    seen = {int(pk): (row, version) for pk, (row, version) in batch.versions.items()}
    rows = {pk: row for pk, (row, _version) in checked.versions.items()} | {pk: row for pk, (row, _version) in seen.items()}
    now = versions_of(sheets()[batch.sheet].model, rows)
    overtaken = sorted((row, pk) for pk, row in rows.items() if pk not in seen or now.get(pk, 0) != seen[pk][1])
    if not overtaken:
        return
    records = sheets()[batch.sheet].model._default_manager.in_bulk([pk for _row, pk in overtaken[:NAMED]])
    named = listed(_("第 %(row)d 行“%(record)s”") % {"row": row, "record": records.get(pk, "")} for row, pk in overtaken[:NAMED])
    raise DomainError(
        _("检查之后有 %(n)d 条要修改的记录已被他人改动，没有写入任何一行。") % {"n": len(overtaken)},
        where=named + ("…" if len(overtaken) > NAMED else ""),
        remedy=_("请重新上传检查，看清现在的内容后再确认。"),
    )


def drop_import(batch: ImportBatch, *, by: User) -> None:
    require_keeper(by, batch.sheet)
    _release_dead_imports()
    checked = Q(state__in=[State.READY, State.REFUSED])
    never_checked = Q(state=State.UPLOADED, job=None)  # the process ended over it
    if ImportBatch.objects.filter(checked | never_checked, pk=batch.pk).update(state=State.DROPPED, differences=[]):
        return
    batch.refresh_from_db()
    if batch.state == State.UPLOADED:
        raise DomainError(_("这个文件还在检查，检查完才能放弃。"), where=batch.file_name, remedy=_("请稍后刷新页面查看。"))
    raise DomainError(_("这个文件已在写入或已经完成，不能放弃。"), where=batch.file_name)


def _release_dead_imports() -> None:
    """A worker that was killed leaves its import in check or 'writing' for ever; its transaction is gone, so the next one may start."""
    jobs.release_stale()
    for batch in ImportBatch.objects.filter(state__in=[State.UPLOADED, State.WRITING]).select_related("job"):
        if batch.job.finished if batch.job else batch.state == State.WRITING:
            ImportBatch.objects.filter(pk=batch.pk, state=batch.state).update(state=State.FAILED, finished_at=timezone.now())
