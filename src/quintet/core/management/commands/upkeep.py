from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quintet.core import upkeep
from quintet.core.models import UpkeepStep


class Command(BaseCommand):
    help = "夜间任务中的一步，结果记在“运行状况”页；没有成功时以 1 退出。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=[step.value for step in upkeep.NIGHT])
        parser.add_argument("--backups", type=Path, help="备份放在哪个文件夹下")

    def handle(self, *args: Any, step: str, backups: Path | None, **options: Any) -> None:
        row = upkeep.carried_out(UpkeepStep.Step(step), backups=backups)
        if not row.ok:
            raise CommandError(f"{row.get_step_display()}没有成功：{row.note}", returncode=1)
        self.stdout.write(f"{row.get_step_display()}：{row.note}")
