import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from quintet.core.models import TrialMark, User
from quintet.demo.city import is_demo, is_empty, load_city


class Command(BaseCommand):
    help = "把虚构的演示城市写入空数据库，并评估全市 2019—2021 年应享待遇。只在 QUINTET_DEMO=1 时可用。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="数据库里已有数据时什么也不做")
        parser.add_argument("--enterprises", type=int, default=400, help="企业数，其他对象按比例增减（默认 400）")
        parser.add_argument("--seed", type=int, default=2019, help="随机数种子；种子相同，城市相同")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("演示城市的账号使用公开的口令，只能在 QUINTET_DEMO=1 时载入。")
        if not 40 <= options["enterprises"] <= 300_000:
            raise CommandError("企业数应在 40 至 300000 之间。")
        if not is_empty():
            if options["if_empty"] or is_demo():
                self.stdout.write("演示城市已在数据库里，没有改动。" if is_demo() else "数据库里已有数据，没有改动。")
                return
            raise CommandError("数据库里已有别的数据，演示城市只载入空数据库。请另建一个数据库（DATABASE_URL）。")
        start = time.monotonic()

        def say(text: str) -> None:
            self.stdout.write(f"{time.monotonic() - start:6.1f} s  {text}")
            self.stdout.flush()

        TrialMark.objects.get_or_create(pk=1, defaults={"kind": TrialMark.Kind.DEMO})
        load_city(enterprises=options["enterprises"], seed=options["seed"], say=say)
        say(f"完成；{User.objects.filter(username__startswith='demo-').count()} 个演示账号见登录页。")
