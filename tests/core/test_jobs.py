from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from quintet.core import audit, jobs, workers
from quintet.core.errors import DomainError, NotAllowed
from quintet.core.models import Job
from tests import guards

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


def test_a_waiting_job_says_how_many_are_before_it():
    running = Job.objects.create(kind="一", function="none", state="running")
    first, second = (Job.objects.create(kind=kind, function="none") for kind in "二三")
    assert [job.ahead for job in (running, first, second)] == [0, 1, 2]


def test_a_worker_that_is_told_to_end_leaves_its_job_as_not_done():
    with audit.recorded() as lines:
        job = Job.objects.create(kind="导入", function="tests.core.test_jobs.leave")
        lines.record("core.start_job", job, "导入", by=None)
    with pytest.raises(SystemExit):
        jobs.run_job.call(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", jobs.interrupted())


def leave(job: Job) -> None:
    raise SystemExit


def test_only_operators_release_jobs(make_user: Any):
    job = Job.objects.create(kind="导入", function="none", state="running")
    for role in ("applicant", "officer", "finance_officer", "leader", "auditor", "expert"):
        with pytest.raises(NotAllowed):
            jobs.release(job, by=make_user(role))
    jobs.release(job, by=make_user("operator", name="wang"))
    job.refresh_from_db()
    assert job.state == "failed"
    assert "释放了这项任务" in job.error
    assert guards.lines_of_acts().get().action == "core.release_job"
    with pytest.raises(DomainError, match="已经结束"):
        jobs.release(job, by=make_user("operator"))


def test_a_job_that_is_carried_out_here_is_stale_when_it_is_silent_for_a_lease():
    job = Job.objects.create(kind="导入", function="none", state="running", worker=jobs.HERE)
    assert not jobs.is_stale(job)
    Job.objects.filter(pk=job.pk).update(updated_at=timezone.now() - workers.LEASE)
    job.refresh_from_db()
    assert jobs.is_stale(job)
    assert jobs.release_stale() == 1
    assert jobs.release_stale() == 0
