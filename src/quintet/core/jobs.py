"""Long work outside the request: `start` records a Job and queues it, a worker runs it.

A job whose worker died is released: it ends as not done, says so, and may be started again. A worker that comes back from a long silence finds
that its job is no longer its own (`LeaseLost`) and undoes the transaction it is in.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from quintet.core import acts, audit, calendar, notify, seals, workers
from quintet.core.errors import DomainError
from quintet.core.models import Job, User, Worker
from quintet.core.models.jobs import LeaseLost

log = logging.getLogger(__name__)

HELD: list[Callable[[], AbstractContextManager[None]]] = [calendar.held]  # what stays as it is while one job lasts; contexts add theirs
HERE = "here"  # the name of a run without a worker: tests carry jobs out at once
_run = HERE
State = Job.State


def carried_out_by(run: str) -> None:
    """Jobs that this process begins from now on belong to this run of a worker."""
    global _run
    _run = run


def start(kind: str, function: Callable[..., Any], *, by: User | None, **json_arguments: Any) -> Job:
    """Queue `function(job, **json_arguments)`; it must be importable and its arguments and result must fit JSON.

    Return {"url": …} from the function to have the job's page link to the result.
    Job and queue entry are written in one transaction: neither exists without the other.
    """
    path = f"{function.__module__}.{function.__qualname__}"
    if import_string(path) is not function:
        raise ValueError(f"{path} cannot be imported by the worker; a job is a function at the top of a module")
    release_stale()
    with transaction.atomic():
        with audit.recorded() as lines:
            job = Job.objects.create(kind=kind, function=path, arguments=json_arguments, created_by=by)
            lines.record("core.start_job", job, _("发起后台任务：%(kind)s") % {"kind": kind}, by=by)
        run_job.enqueue(str(job.pk))
    job.refresh_from_db()
    return job


@task()
def run_job(job_id: str) -> None:
    job = Job.objects.get(pk=job_id)
    if not job.begin(worker=_run):
        return
    if not seals.stands(job):
        log.error("job %s was not started by the program, or was changed since", job.pk)
        job.fail(_("这项任务不是通过系统发起的，或者发起后被直接改动过，没有执行。"))
        return
    try:
        with ExitStack() as stack:
            for held in HELD:
                stack.enter_context(held())
            result = import_string(job.function)(job, **job.arguments)
        job.succeed(result)
    except LeaseLost:
        log.warning("job %s (%s) was released while it was carried out", job.pk, job.kind)
    except DomainError as error:
        job.fail(" ".join(part for part in (error.message, error.where, error.remedy) if part))
    except Exception:
        log.exception("job %s (%s) failed", job.pk, job.kind)
        job.fail(f"系统出错，任务没有完成。请把编号 {job.pk} 告诉系统管理员。")
    except BaseException:  # the process is told to end
        job.fail(interrupted())
        raise


def interrupted() -> str:
    return _("执行这项任务的进程中断了，任务没有完成。没有写完的部分已全部撤销；请重新发起。")


def is_stale(job: Job) -> bool:
    """Whether whoever carries the job out is dead."""
    if job.state != State.RUNNING:
        return False
    if job.worker == HERE or not job.worker:
        return job.updated_at <= timezone.now() - workers.LEASE
    worker = Worker.objects.filter(run=job.worker).first()
    return worker is None or not workers.is_alive(worker)


def release_stale() -> int:
    """End the jobs whose worker is dead as not done, and tell who started them. Returns how many."""
    return sum(_released(job, interrupted()) for job in Job.objects.filter(state=State.RUNNING) if is_stale(job))


def release(job: Job, *, by: User) -> None:
    """An operator ends a job that hangs or waits in vain. What its worker still does for it is undone. Raises DomainError."""
    right = acts.RELEASE_JOB.right(by)
    with audit.recorded() as lines:
        if not _released(job, _("系统管理员 %(name)s 释放了这项任务，任务没有完成；可以重新发起。") % {"name": by}):
            raise DomainError(
                _("这项任务已经结束，或者正在写入结果，不能释放。"), where=job.kind, remedy=_("请刷新页面；仍在进行时过几分钟再试。")
            )
        lines.record(
            "core.release_job",
            job,
            _("释放后台任务：%(kind)s") % {"kind": job.kind},
            by=by,
            state=job.state,
            worker=job.worker,
            **right.details,
        )


def _released(job: Job, error: str) -> bool:
    """A row that its worker's transaction holds is at work, whatever the signs of life say."""
    try:
        with transaction.atomic():
            held = Job.objects.select_for_update(nowait=True).filter(pk=job.pk, worker=job.worker, state__in=[State.WAITING, State.RUNNING])
            if not held.first():
                return False
            _end_task(job, error)
            now = timezone.now()
            Job.objects.filter(pk=job.pk).update(state=State.FAILED, error=error, finished_at=now, updated_at=now)
            if job.created_by_id:
                text = _("“%(kind)s”没有完成：%(why)s") % {"kind": job.kind, "why": error}
                notify.tell([job.created_by_id], text, kind="job", url=f"/jobs/{job.pk}/")
    except DatabaseError as problem:
        log.warning("job %s cannot be released now: %s", job.pk, problem)
        return False
    log.warning("job %s (%s) released: %s", job.pk, job.kind, error)
    return True


def _end_task(job: Job, error: str) -> None:
    open_tasks = DBTaskResult.objects.filter(status__in=["READY", "RUNNING"], task_path=f"{__name__}.run_job")
    for entry in open_tasks.filter(args_kwargs__args=[str(job.pk)]):
        entry.set_failed(RuntimeError(error))


def stuck() -> list[Job]:
    """What operators should look at: running without a sign of life, or waiting for long."""
    long_ago = timezone.now() - timedelta(minutes=15)
    running = [job for job in Job.objects.filter(state=State.RUNNING) if is_stale(job) or _is_silent(job)]
    return [*running, *Job.objects.filter(state=State.WAITING, created_at__lt=long_ago)]


def _is_silent(job: Job) -> bool:
    worker = Worker.objects.filter(run=job.worker).first()
    return worker is not None and workers.is_silent(worker)
