"""What operators should know of the running site, told once and shown three times: their page, /healthz and /metrics.

A point is `bad` where the site cannot do its work, `warn` where somebody should look soon.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quintet.core import clock, holidays, jobs, workers
from quintet.core.models import Job, UpkeepStep, WriteProbe
from quintet.look.words import cn_date

Step = UpkeepStep.Step
BAD_BYTES, WARN_BYTES = 200 * 1024**2, 2 * 1024**3
NIGHT = timedelta(hours=26)  # between two nights, and the time a night may take
GB = 1024**3


@dataclass(frozen=True)
class Point:
    """One thing that was looked at. `figures` are numbers for machines: seconds, bytes, counts."""

    name: str
    title: str
    state: str  # ok, warn, bad
    words: str
    figures: dict[str, float] = field(default_factory=dict)


def points() -> list[Point]:
    """Everything, the gravest questions first. A question that fails is itself an answer."""
    return [point for look in LOOKS for point in _asked(look)]


def state_of(looked_at: list[Point]) -> str:
    """`failing` where the database or the disk is bad, `degraded` where anything else is not ok."""
    if any(point.state == "bad" and point.name in ("database", "disk") for point in looked_at):
        return "failing"
    return "ok" if all(point.state == "ok" for point in looked_at) else "degraded"


def _asked(look: Callable[[], list[Point]]) -> list[Point]:
    try:
        return look()
    except DatabaseError as error:
        return [Point(look.__name__, str(LOOKS[look]), "bad", _("数据库没有应答：%(why)s") % {"why": str(error).strip()[:200]})]


def database() -> list[Point]:
    """Whether it answers and takes what is written."""
    title = _("数据库")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return [Point("database", title, "bad", _("数据库没有应答：%(why)s") % {"why": str(error).strip()[:200]}, {"writable": 0})]
    if any(not workers.is_silent(worker) for worker in workers.alive()):
        return [Point("database", title, "ok", _("可以读写"), {"writable": 1})]  # a sign of life was just written
    try:
        with transaction.atomic():
            WriteProbe.objects.update_or_create(pk=1, defaults={"at": timezone.now()})
    except DatabaseError as error:
        return [Point("database", title, "bad", _("数据库不能写入：%(why)s") % {"why": str(error).strip()[:200]}, {"writable": 0})]
    return [Point("database", title, "ok", _("可以读写"), {"writable": 1})]


def disk() -> list[Point]:
    """Of the folder of the site: uploads, and with SQLite the database."""
    folder = next(path for path in (Path(settings.VAR), *Path(settings.VAR).parents) if path.exists())
    free = shutil.disk_usage(folder).free
    state = disk_state(free)
    words = _("%(folder)s 还有 %(free).1f GB") % {"folder": settings.VAR, "free": free / GB}
    return [Point("disk", _("磁盘"), state, words, {"free_bytes": free})]


def disk_state(free: int) -> str:
    return "bad" if free < BAD_BYTES else "warn" if free < WARN_BYTES else "ok"


def worker() -> list[Point]:
    alive = workers.alive()
    silent = [one for one in alive if workers.is_silent(one)]
    figures = {"alive": float(len(alive) - len(silent))}
    if settings.TESTING and not alive:
        return [Point("worker", _("任务进程"), "ok", _("任务在请求中直接执行（测试）"), figures)]
    if not alive:
        return [Point("worker", _("任务进程"), "bad", _("没有进程在执行后台任务：请启动 quintet-worker。"), figures)]
    if silent:
        return [Point("worker", _("任务进程"), "warn", _("%(n)d 个进程超过两分钟没有信号。") % {"n": len(silent)}, figures)]
    return [Point("worker", _("任务进程"), "ok", _("%(n)d 个进程在运行") % {"n": len(alive)}, figures)]


def queue() -> list[Point]:
    stuck = jobs.stuck()
    figures = {
        "stuck": float(len(stuck)),
        "waiting": float(Job.objects.filter(state=Job.State.WAITING).count()),
        "running": float(Job.objects.filter(state=Job.State.RUNNING).count()),
    }
    words = _("%(n)d 项任务停住") % {"n": len(stuck)} if stuck else _("没有停住的任务")
    return [Point("queue", _("后台任务"), "warn" if stuck else "ok", words, figures)]


def upkeep() -> list[Point]:
    """The night's work, step by step. A demo has no nights."""
    if settings.DEMO:
        return []
    return [_night(step) for step in Step if step != Step.MAIL_TEST]


def _night(step: Step) -> Point:
    name = f"upkeep_{step.value}"
    last = UpkeepStep.objects.filter(step=step).exclude(ok=None).first()
    good = UpkeepStep.objects.filter(step=step, ok=True).first()
    at = good.ended_at if good else None
    figures = {"last_success_seconds": at.timestamp()} if at else {}
    if last is None:
        return Point(name, str(step.label), "warn", _("尚未做过"), figures)
    if not last.ok:
        return Point(
            name, str(step.label), "warn", _("%(day)s 没有成功：%(why)s") % {"day": _moment(last.started_at), "why": last.note}, figures
        )
    if last.started_at < timezone.now() - NIGHT:
        return Point(name, str(step.label), "warn", _("最近一次在 %(day)s，已过期") % {"day": _moment(last.started_at)}, figures)
    return Point(name, str(step.label), "ok", _moment(last.started_at), figures)


def _moment(at: datetime) -> str:
    return f"{cn_date(at)} {timezone.localtime(at):%H:%M}"


def mail() -> list[Point]:
    title = _("邮件")
    if not settings.EMAIL_HOST:
        return [Point("mail", title, "ok", _("没有配置邮件服务器，消息只显示在网站上"))]
    last = UpkeepStep.objects.filter(step__in=[Step.MAIL, Step.MAIL_TEST]).exclude(ok=None).first()
    if last is None:
        return [Point("mail", title, "warn", _("尚未发过邮件，请试发一封"))]
    words = _("%(day)s：%(note)s") % {"day": _moment(last.started_at), "note": last.note}
    return [Point("mail", title, "ok" if last.ok else "warn", words)]


def calendar() -> list[Point]:
    missing = holidays.missing_years(clock.today())
    words = "".join(_("%(year)d 年放假安排尚未录入。") % {"year": year} for year in missing)
    return [Point("calendar", _("放假安排"), "warn" if missing else "ok", words or _("已录入"), {"missing_years": float(len(missing))})]


LOOKS = {
    database: gettext_lazy("数据库"),
    disk: gettext_lazy("磁盘"),
    worker: gettext_lazy("任务进程"),
    queue: gettext_lazy("后台任务"),
    upkeep: gettext_lazy("夜间任务"),
    mail: gettext_lazy("邮件"),
    calendar: gettext_lazy("放假安排"),
}
