from typing import Any

from django.core.management.base import BaseCommand, CommandError

from quintet.ledger.check import problems
from quintet.ledger.models import Entry
from quintet.look.registry import collect


class Command(BaseCommand):
    help = "资金账：从分录重新计算全部余额、承诺和合计，逐项核对；有不符时以 1 退出。"

    def handle(self, **_: Any) -> None:
        found = [*problems(), *(sentence for check in collect("books", "checks") for sentence in check())]
        for problem in found:
            self.stdout.write(f"✘ {problem}")
        if found:
            raise CommandError(f"账目有 {len(found)} 处不符。", returncode=1)
        self.stdout.write(f"✔ 账目相符：{Entry.objects.count()} 笔分录。")
