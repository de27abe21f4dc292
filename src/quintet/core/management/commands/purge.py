from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from quintet.core import personal_information as personal


class Command(BaseCommand):
    help = "Delete what has served its time, by the retention of each kind of data; the audit chain says how much of what. Nightly."

    def handle(self, *args: Any, **options: Any) -> None:
        gone = personal.purge(at=timezone.now())
        self.stdout.write("，".join(f"{code} {number}" for code, number in gone.items()) or "没有可清理的数据。")
