from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from quintet.core import upkeep


class Command(BaseCommand):
    help = "告诉所有系统管理员一件事（网站消息和邮件）；systemd 的 OnFailure= 用它。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text")

    def handle(self, *args: Any, text: str, **options: Any) -> None:
        self.stdout.write(f"已告诉 {upkeep.operators_told(text)} 位系统管理员。")
