"""A worker that is killed in a city run leaves nothing that stands in anybody's way: real processes, a real SIGKILL."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django_tasks_db.models import DBTaskResult

from quintet.core import audit, jobs, workers
from quintet.core.models import Job, Notification, Worker
from quintet.policies.engine import policy
from quintet.redemption import queries
from quintet.redemption.actions import evaluation
from quintet.redemption.models import Entitlement, EntitlementRun
from tests import processes
from tests.redemption import halts
from tests.redemption.city import PANJIN, newly_high_tech

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def queued(settings: Any, tmp_path: Path) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    settings.VAR = tmp_path


def until(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for it while the process lives; five minutes are for ever."""
    for _second in range(3_000):
        if happened():
            return
        if process.poll() is not None:
            break
        Event().wait(0.1)
    process.kill()
    raise AssertionError(process.communicate()[0])


def killed_in_a_city_run(by: Any, tmp_path: Path) -> EntitlementRun:
    newly_high_tech()
    chosen = policy(PANJIN)
    run = evaluation._start(chosen, 2020, by)  # the queue entry of this one is replaced by one that stops
    DBTaskResult.objects.all().delete()
    stops = {"function": "tests.redemption.halts.city_run", "arguments": {"run": run.pk, "sign": str(tmp_path / "sign")}}
    with audit.recorded() as lines:
        Job.objects.filter(pk=run.job_id).update(**stops)
        lines.record("core.start_job", run.job, "全市评估", by=by)
    jobs.run_job.enqueue(str(run.job_id))
    worker = processes.start("db_worker", "--interval", "0.1", "--no-startup-delay", QUINTET_VAR=str(tmp_path), **keys())
    until(lambda: (tmp_path / "sign").exists(), worker)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    run.refresh_from_db()
    return run


def keys() -> dict[str, str]:
    from django.conf import settings

    return {
        "QUINTET_SECRET_KEY": settings.SECRET_KEY,
        "QUINTET_FIELD_KEY": ",".join(settings.FIELD_KEYS),
        "QUINTET_LOOKUP_KEY": settings.LOOKUP_KEY,
    }


def test_a_killed_city_run_is_released_by_the_next_worker_and_can_be_run_again(make_user: Any, tmp_path: Path):
    assert halts.city_run
    by = make_user("officer", unit="stb")
    run = killed_in_a_city_run(by, tmp_path)
    assert (run.job.state, DBTaskResult.objects.get().status) == ("running", "RUNNING")

    done = processes.manage("db_worker", "--batch", "--no-startup-delay", QUINTET_VAR=str(tmp_path), **keys())
    assert done.returncode == 0, done.stderr
    run.job.refresh_from_db()
    assert (run.job.state, run.job.error) == ("failed", jobs.interrupted())
    assert DBTaskResult.objects.get().status == "FAILED"
    assert [told.user_id for told in Notification.objects.all()] == [by.pk]
    assert Entitlement.objects.count() == 0
    assert Worker.objects.count() == 0

    again = evaluation._start(policy(PANJIN), 2020, by)
    done = processes.manage("db_worker", "--batch", "--no-startup-delay", QUINTET_VAR=str(tmp_path), **keys())
    assert done.returncode == 0, done.stderr
    again.refresh_from_db()
    assert (again.ready, again.job.state) == (True, "done")


def test_without_a_new_worker_the_year_can_be_started_anew_all_the_same(make_user: Any, tmp_path: Path):
    by = make_user("officer", unit="stb")
    run = killed_in_a_city_run(by, tmp_path)
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/city/run/", {"year": "2020"})
    run.job.refresh_from_db()
    assert run.job.state == "failed"
    waiting = queries.waiting_run(PANJIN, 2020)
    assert waiting is not None
    assert answer.url == f"/jobs/{waiting.job_id}/" != f"/jobs/{run.job_id}/"
    page = client.get(answer.url).content.decode()
    assert "现在没有执行任务的进程在运行" in page


def test_a_worker_on_this_machine_that_lives_keeps_its_job_however_long_it_is_silent(make_user: Any, tmp_path: Path):
    place = workers.Place()
    place.open(between=lambda: None)
    place._over.set()
    place._thread.join()
    try:
        Worker.objects.filter(run=place.run).update(beaten_at="2020-01-01T00:00Z")
        job = Job.objects.create(kind="导入", function="none", state="running", worker=place.run)
        assert not jobs.is_stale(job)
        assert jobs.stuck() == [job]
        with_lock = Worker.objects.get(run=place.run)
        workers._file(with_lock.slot).rename(tmp_path / "elsewhere")  # as a worker of another machine is seen
        assert jobs.is_stale(job)
    finally:
        place.close()


def test_two_workers_of_a_machine_have_places_of_their_own():
    first, second = workers.Place(), workers.Place()
    assert first.slot != second.slot
    first.lock.close()
    third = workers.Place()
    assert third.slot == first.slot
    for place in (second, third):
        place.lock.close()


def test_a_job_that_was_released_meanwhile_writes_nothing_more(make_user: Any):
    job = Job.objects.create(kind="导入", function="none", state="running", worker="mine")
    jobs.release(job, by=make_user("operator"))
    with pytest.raises(jobs.LeaseLost):
        job.advance(1, 2)
    with pytest.raises(jobs.LeaseLost):
        job.succeed({})
    job.refresh_from_db()
    assert (job.state, job.done) == ("failed", 0)
    assert connection.in_atomic_block is False
