"""/healthz, /metrics and the operators' page tell the same truth; to strangers only whether the site works."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from quintet.core import health, upkeep, workers
from quintet.core.models import HolidayPlan, Job, Notification, UpkeepStep, Worker
from quintet.core.permissions import NotAllowed

pytestmark = pytest.mark.django_db

TOKEN = "t" * 32


def told(**headers: Any) -> dict[str, Any]:
    return Client().get("/healthz?format=json", **headers).json()


def points(**headers: Any) -> dict[str, str]:
    return {point["name"]: point["state"] for point in told(**headers)["points"]}


@pytest.fixture
def nights() -> None:
    """Everything was done last night."""
    for step in upkeep.NIGHT:
        now = timezone.now()
        UpkeepStep.objects.create(step=step, started_at=now, ended_at=now, ok=True, note="好")


@pytest.fixture
def at_work() -> Worker:
    now = timezone.now()
    return Worker.objects.create(run="a", slot="elsewhere/1", pid=1, started_at=now, beaten_at=now)


def test_strangers_learn_whether_it_works_and_nothing_else(settings: Any):
    settings.METRICS_TOKEN = TOKEN
    for headers in (
        {"REMOTE_ADDR": "203.0.113.7"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "203.0.113.7", "HTTP_AUTHORIZATION": "Bearer wrong"},
        {"REMOTE_ADDR": "203.0.113.7", "HTTP_AUTHORIZATION": ""},
    ):
        assert set(told(**headers)) == {"state"}
        assert Client().get("/metrics", **headers).status_code == 403


def test_without_a_token_an_empty_one_opens_nothing(settings: Any):
    settings.METRICS_TOKEN = ""
    assert set(told(REMOTE_ADDR="203.0.113.7", HTTP_AUTHORIZATION="Bearer ")) == {"state"}


@pytest.mark.parametrize(
    "headers",
    [{"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "::1"}, {"REMOTE_ADDR": "203.0.113.7", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}],
)
def test_this_machine_and_the_token_learn_everything(headers: dict[str, str], settings: Any):
    settings.METRICS_TOKEN = TOKEN
    assert {"database", "disk", "worker", "queue", "mail", "calendar"} <= set(points(**headers))
    text = Client().get("/metrics", **headers).content.decode()
    assert 'quintet_point{point="database"} 0.0' in text
    assert "quintet_up 1.0" in text
    assert "quintet_disk_free_bytes" in text


def test_a_night_that_was_not_done_is_told(settings: Any, nights: None):
    assert {state for name, state in points().items() if name.startswith("upkeep")} == {"ok"}
    UpkeepStep.objects.create(step="backup", started_at=timezone.now(), ended_at=timezone.now(), ok=False, note="磁盘已满")
    assert points()["upkeep_backup"] == "warn"
    assert told()["state"] == "degraded"
    assert "没有成功：磁盘已满" in next(point["words"] for point in told()["points"] if point["name"] == "upkeep_backup")


@pytest.mark.parametrize(("since", "state"), [(health.NIGHT - timedelta(minutes=1), "ok"), (health.NIGHT + timedelta(minutes=1), "warn")])
def test_a_night_too_long_ago_is_told(since: timedelta, state: str, nights: None):
    UpkeepStep.objects.filter(step="verify").update(started_at=timezone.now() - since)
    assert points()["upkeep_verify"] == state


def test_a_step_that_never_ended_does_not_hide_the_last_one(nights: None):
    UpkeepStep.objects.create(step="backup", started_at=timezone.now())
    assert points()["upkeep_backup"] == "ok"


def test_no_worker_is_told(settings: Any, at_work: Worker, nights: None):
    settings.TESTING = False
    assert points()["worker"] == "ok"
    Worker.objects.update(beaten_at=timezone.now() - workers.LEASE)
    assert points()["worker"] == "bad"
    assert Client().get("/healthz").status_code == 200  # pages still answer


def test_a_job_that_hangs_is_told(at_work: Worker):
    job = Job.objects.create(kind="导入", function="none", state="running", worker="a")
    assert points()["queue"] == "ok"
    Job.objects.filter(pk=job.pk).update(worker="gone")
    assert points()["queue"] == "warn"


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (health.BAD_BYTES - 1, "bad"),
        (health.BAD_BYTES, "warn"),
        (health.WARN_BYTES - 1, "warn"),
        (health.WARN_BYTES, "ok"),
    ],
)
def test_a_disk_that_fills_up(free: int, state: str):
    assert health.disk_state(free) == state


def test_a_missing_plan_of_holidays_is_told(settings: Any):
    missing = health.calendar()[0]
    year = date.today().year + 1
    assert not HolidayPlan.objects.exists()
    assert missing.name == "calendar"
    assert (missing.state == "warn") == bool(missing.figures["missing_years"])
    assert year


def test_a_demo_has_no_nights(settings: Any):
    settings.DEMO = True
    assert not any(name.startswith("upkeep") for name in points())


class TestNight:
    def test_a_step_that_fails_is_kept_and_the_next_is_done_all_the_same(self, monkeypatch: pytest.MonkeyPatch):
        from django.core.management import CommandError, call_command

        monkeypatch.setattr("quintet.core.audit.verify", lambda *_, **__: [_Broken()])
        with pytest.raises(CommandError, match="核对审计链没有成功"):
            call_command("upkeep", "verify")
        call_command("upkeep", "digest")
        assert dict(UpkeepStep.objects.values_list("step", "ok")) == {"verify": False, "digest": True}

    def test_every_step_can_be_done(self, settings: Any):
        settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
        for step in upkeep.WORK:
            row = upkeep.carried_out(step)
            assert row.ok, (step, row.note)
            assert row.ended_at is not None

    def test_a_backup_needs_a_place(self):
        row = upkeep.carried_out(UpkeepStep.Step.BACKUP)
        assert (row.ok, row.note) == (False, "没有说明备份放在哪里。")

    def test_operators_are_told(self, make_user: Any):
        operator = make_user("operator")
        make_user("officer")
        assert upkeep.operators_told("夜间任务没有成功") == 1
        assert [(told.user, told.urgent) for told in Notification.objects.all()] == [(operator, True)]


class _Broken:
    number, problem = 3, "内容与校验值不符"


class TestMail:
    def test_a_trial_is_sent_to_whoever_asks(self, make_user: Any, settings: Any, mailoutbox: list[Any]):
        settings.EMAIL_HOST = "mail.example"
        operator = make_user("operator")
        operator.email = "wang@city.example"
        operator.save()
        assert upkeep.test_mail(by=operator).ok
        assert [mail.to for mail in mailoutbox] == [["wang@city.example"]]
        assert points()["mail"] == "ok"

    def test_what_is_missing_is_said(self, make_user: Any, settings: Any):
        operator = make_user("operator")
        assert upkeep.test_mail(by=operator).note == "没有配置邮件服务器（QUINTET_MAIL_HOST）。"
        settings.EMAIL_HOST = "mail.example"
        assert upkeep.test_mail(by=operator).note == "您的账号没有邮箱地址，无法试发。"
        assert points()["mail"] == "warn"
        with pytest.raises(NotAllowed):
            upkeep.test_mail(by=make_user("auditor"))

    def test_a_server_that_is_down_is_told(self, make_user: Any, settings: Any):
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_BACKEND = "127.0.0.1", 9, "django.core.mail.backends.smtp.EmailBackend"
        operator = make_user("operator")
        operator.email = "wang@city.example"
        operator.save()
        row = upkeep.test_mail(by=operator)
        assert row.ok is False
        assert "refused" in row.note


class TestPages:
    def test_the_page_of_operators(self, visit: Any, make_user: Any, nights: None, transactional_db: None):
        now = timezone.now()
        Worker.objects.create(run="a", slot="elsewhere/1", pid=1, started_at=now, beaten_at=now)
        Job.objects.create(kind="导入企业名录", function="none", state="waiting")
        Job.objects.filter(kind="导入企业名录").update(created_at=now - timedelta(hours=1))
        operator = make_user("operator")
        for width in (1280, 390):
            visitor = visit(width=width)
            visitor.sign_in(operator)
            page = visitor.open("/system/")
            assert page.locator("h1").inner_text() == "运行状况"
            visitor.check()
        page.get_by_role("button", name="释放 导入企业名录").click()
        page.get_by_text("已释放，可以重新发起。").wait_for()
        assert Job.objects.get().state == "failed"

    def test_holidays_are_entered_by_one_and_confirmed_by_another(self, visit: Any, make_user: Any, transactional_db: None):
        visitor = visit()
        visitor.sign_in(make_user("operator"))
        page = visitor.open("/system/holidays/add/")
        page.get_by_label("年份").fill("2097")
        page.get_by_label("依据").fill("国办发明电〔2096〕1号")
        page.get_by_label("安排", exact=False).first.fill("2097-01-01 至 2097-01-08 休 元旦\n2097-02-12 班 春节")
        page.get_by_role("button", name="录入，等待复核").click()
        page.get_by_text("不是周末").first.wait_for()
        visitor.check()
        visitor.complaints.clear()  # the browser mentions the refused form
        page.get_by_label("安排", exact=False).first.fill("2097-01-01 至 2097-01-08 休 元旦\n2097-02-09 班 春节")
        page.get_by_role("button", name="录入，等待复核").click()
        page.get_by_text("请另一位系统管理员或领导打开这一页复核。").wait_for()
        assert page.get_by_role("button", name="核对无误，生效").count() == 0
        visitor.check()
        other = visit(width=390)
        other.sign_in(make_user("leader"))
        page = other.open(f"/system/holidays/{HolidayPlan.objects.get().pk}/")
        other.check()
        page.get_by_role("button", name="核对无误，生效").click()
        page.get_by_text("已生效").wait_for()
        other.open("/system/holidays/")
        other.check()

    def test_a_file_is_read_as_the_text_is(self, make_user: Any):
        from django.core.files.uploadedfile import SimpleUploadedFile

        client = Client()
        client.force_login(make_user("operator"), backend="django.contrib.auth.backends.ModelBackend")
        for encoding in ("utf-8", "utf-8-sig", "gb18030"):
            file = SimpleUploadedFile("plan.txt", "2097-01-01 至 2097-01-08 休 元旦".encode(encoding))
            answer = client.post("/system/holidays/add/", {"year": "2097", "source": "通知", "file": file})
            assert answer.status_code == 302
        answer = client.post(
            "/system/holidays/add/", {"year": "2097", "source": "通知", "file": SimpleUploadedFile("x.txt", b"\xff\xff\x00")}
        )
        assert answer.status_code == 422
        answer = client.post(
            "/system/holidays/add/", {"year": "2097", "source": "通知", "file": SimpleUploadedFile("x.txt", b"x" * 65_537)}
        )
        assert "文件过大" in answer.content.decode()
        assert client.post("/system/holidays/add/", {"year": "2097", "source": "通知"}).status_code == 422
