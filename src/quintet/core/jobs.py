"""Long work outside the request: `start` records a Job and queues it, the worker runs it."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string
from django_tasks import task

from quintet.core.errors import DomainError
from quintet.core.models import Job, User

log = logging.getLogger(__name__)


def start(kind: str, function: Callable[..., Any], *, by: User | None, **json_arguments: Any) -> Job:
    """Queue `function(job, **json_arguments)`; it must be importable and its arguments and result must fit JSON.

    Return {"url": …} from the function to have the job's page link to the result.
    Job and queue entry are written in one transaction: neither exists without the other.
    """
    path = f"{function.__module__}.{function.__qualname__}"
    if import_string(path) is not function:
        raise ValueError(f"{path} cannot be imported by the worker; a job is a function at the top of a module")
    with transaction.atomic():
        job = Job.objects.create(kind=kind, function=path, arguments=json_arguments, created_by=by)
        run_job.enqueue(str(job.pk))
    job.refresh_from_db()
    return job


@task()
def run_job(job_id: str) -> None:
    job = Job.objects.get(pk=job_id)
    if job.finished:
        return
    job.begin()
    try:
        job.succeed(import_string(job.function)(job, **job.arguments))
    except DomainError as error:
        job.fail(" ".join(part for part in (error.message, error.where, error.remedy) if part))
    except Exception:
        log.exception("job %s (%s) failed", job.pk, job.kind)
        job.fail(f"系统出错，任务没有完成。请把编号 {job.pk} 告诉系统管理员。")
