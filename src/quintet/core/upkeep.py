"""The night's work: each step by itself, a backup first, and how it ended kept for operators."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.mail import send_mail
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext as _

from quintet.core import attempts, notify, sessions
from quintet.core.models import RoleGrant, UpkeepStep, User
from quintet.core.permissions import require
from quintet.core.roles import Role
from quintet.look.registry import collect

Step = UpkeepStep.Step
BACKUPS_KEPT = timedelta(days=30)
RECORDS_KEPT = timedelta(days=180)
LONGEST_NOTE = 500


def carried_out(step: Step, *, backups: Path | None = None) -> UpkeepStep:
    """Do one step and keep how it ended; never raises for what the step itself raised."""
    row = UpkeepStep.objects.create(step=step, started_at=timezone.now())
    try:
        row.note, row.ok = (_backup(backups) if step == Step.BACKUP else WORK[step]()), True
    except Exception as error:
        row.note, row.ok = str(error) or type(error).__name__, False
    row.note, row.ended_at = " ".join(row.note.split())[:LONGEST_NOTE], timezone.now()
    row.save(update_fields=["note", "ok", "ended_at"])
    return row


def _backup(folder: Path | None) -> str:
    """A new backup; only then those go that have served their time."""
    if folder is None:
        raise ValueError(_("没有说明备份放在哪里。"))
    done = subprocess.run([settings.BASE_DIR / "deploy" / "backup", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"deploy/backup: {done.returncode}")
    oldest = (timezone.now() - BACKUPS_KEPT).strftime("%Y%m%dT%H%M%SZ")
    for old in folder.glob("20*T*Z"):
        if old.is_dir() and old.name < oldest:
            shutil.rmtree(old)
    return done.stdout.strip()


def _command(name: str, *arguments: str) -> str:
    said = StringIO()
    call_command(name, *arguments, stdout=said)
    return said.getvalue().strip()


def _clear() -> str:
    """What has served its time; contexts name theirs in `clearing.py`: `commands = [(command, arguments), …]`."""
    _command("clearsessions")
    for command, arguments in collect("clearing", "commands"):
        _command(command, *arguments)
    _command("prune_db_task_results", "--min-age-days", "90")
    sessions.forget_old()
    attempts.forget_old()
    UpkeepStep.objects.filter(started_at__lt=timezone.now() - RECORDS_KEPT).delete()
    return _("已清理")


WORK: dict[Step, Callable[[], str]] = {
    Step.GO_ON: lambda: _command("go_on"),
    Step.MAIL: lambda: _command("send_notifications"),
    Step.DIGEST: lambda: _command("audit", "digest"),
    Step.VERIFY: lambda: _command("audit", "verify"),
    Step.BOOKS: lambda: _command("books"),
    Step.CLEAR: _clear,
}
NIGHT = (Step.BACKUP, *WORK)


def test_mail(*, by: User) -> UpkeepStep:
    """Send one mail to whoever asks; the answer of the mail server is kept."""
    require(by, Role.OPERATOR)
    row = UpkeepStep(step=Step.MAIL_TEST, started_at=timezone.now())
    try:
        if not settings.EMAIL_HOST:
            raise ValueError(_("没有配置邮件服务器（QUINTET_MAIL_HOST）。"))
        if not by.email:
            raise ValueError(_("您的账号没有邮箱地址，无法试发。"))
        send_mail(_("邮件试发"), _("收到这封邮件，说明网站可以发邮件。%(site)s") % {"site": settings.SITE}, None, [by.email])
        row.note, row.ok = _("已发往 %(address)s") % {"address": by.email}, True
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
        row.note, row.ok = str(error)[:LONGEST_NOTE], False
    row.ended_at = timezone.now()
    row.save()
    return row


def operators_told(text: str) -> int:
    """Tell every operator at once, on the site and by mail; QUINTET_OPERATOR_MAIL too, for when the database cannot say who they are."""
    if settings.EMAIL_HOST and settings.OPERATOR_MAIL:
        send_mail(text[:100], text, None, [settings.OPERATOR_MAIL], fail_silently=True)
    today = timezone.localdate()
    holders = RoleGrant.objects.in_force(today).filter(role=Role.OPERATOR, user__is_active=True).values_list("user", flat=True)
    return notify.tell(sorted(set(holders)), text, kind="upkeep", url="/system/", urgent=True)
