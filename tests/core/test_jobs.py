from typing import Any

import pytest
from django.core.management import call_command

from quintet.core import jobs
from quintet.core.errors import DomainError
from quintet.core.models import Job

pytestmark = pytest.mark.django_db


def count_to(job: Job, number: int) -> dict[str, Any]:
    for n in range(number):
        job.advance(n + 1, number, f"第 {n + 1} 条")
    return {"url": "/", "counted": number}


def refuse(job: Job) -> None:
    raise DomainError("表头不对。", where="第 1 行", remedy="请用模板。")


def fail(job: Job) -> None:
    raise ZeroDivisionError


def test_a_job_keeps_its_progress_and_its_result(make_user: Any):
    job = jobs.start("计数", count_to, by=make_user(), number=3)
    assert (job.state, job.done, job.total, job.message) == ("done", 3, 3, "第 3 条")
    assert job.result == {"url": "/", "counted": 3}
    assert job.result_url == "/"


def test_a_refusal_is_told_in_full():
    job = jobs.start("导入", refuse, by=None)
    assert (job.state, job.error) == ("failed", "表头不对。 第 1 行 请用模板。")


def test_a_defect_is_told_without_its_details():
    job = jobs.start("导入", fail, by=None)
    assert job.error == f"系统出错，任务没有完成。请把编号 {job.pk} 告诉系统管理员。"


def test_a_function_the_worker_cannot_find_is_refused_at_once():
    with pytest.raises((ValueError, ImportError)):
        jobs.start("计数", lambda job: None, by=None)
    assert Job.objects.count() == 0


def test_a_finished_job_is_not_run_again():
    job = jobs.start("计数", count_to, by=None, number=1)
    jobs.run_job.call(str(job.pk))
    assert Job.objects.get().finished_at == job.finished_at


@pytest.mark.django_db(transaction=True)
def test_the_worker_runs_what_was_queued(settings: Any):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    job = jobs.start("计数", count_to, by=None, number=2)
    assert job.state == "waiting"
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 2)
