from typing import Any

from django.core.management.base import BaseCommand

from quintet.core import notify


class Command(BaseCommand):
    help = "Send everybody who has something new one mail with all of it (run once a day)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not notify.mail_is_set():
            self.stdout.write("没有配置邮件服务器（QUINTET_MAIL_HOST），消息只在网站上显示。")
            return
        self.stdout.write(f"已发出 {notify.send_digests()} 封汇总邮件。")
