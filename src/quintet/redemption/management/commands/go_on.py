from typing import Any

from django.core.management.base import BaseCommand

from quintet.core import clock, personal_information
from quintet.redemption.actions import go_on


class Command(BaseCommand):
    help = "每天一次：公示期满且无异议的转入落实资金，逾期没有确认、提交或补正的失效；提醒系统管理员答复个人信息请求。"

    def handle(self, *args: Any, **options: Any) -> None:
        done = go_on(on=clock.today())
        personal_information.remind(on=clock.today())
        self.stdout.write(f"公示期满 {done['cleared']} 件，逾期失效 {done['lapsed']} 件。")
