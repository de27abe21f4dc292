import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from quintet.core import audit
from quintet.core.models import AuditDigest, AuditEntry


class Command(BaseCommand):
    help = "审计链：verify 逐条核对；digest 生成每日摘要；digests 导出已公布的摘要；receipt 打印一条记录的回执。"

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        verify = what.add_parser("verify", help="从头核对全部记录和摘要；有问题时以 1 退出")
        verify.add_argument("--against", type=Path, help="另处保存的摘要（audit digests 的输出），用来发现整体重写")
        digest = what.add_parser("digest", help="为每个已结束、尚无摘要的日子生成摘要")
        digest.add_argument("--until", type=date.fromisoformat, help="到哪一天，默认昨天")
        what.add_parser("digests", help="以 JSON 打印全部摘要，请另处保存")
        receipt = what.add_parser("receipt", help="以 JSON 打印一条记录的回执")
        receipt.add_argument("number", type=int, help="记录序号")

    def handle(self, *, what: str, **options: Any) -> None:
        getattr(self, f"_{what}")(**options)

    def _verify(self, *, against: Path | None, **_: Any) -> None:
        published = self._read(against) if against else None
        show = self._progress if sys.stderr.isatty() else None
        findings = audit.verify(published, progress=show)
        last = AuditEntry.objects.first()
        for finding in findings:
            self.stdout.write(f"✘ {f'第 {finding.number} 条：' if finding.number else ''}{finding.problem}")
        if findings:
            raise CommandError(f"审计链有 {len(findings)} 处问题。", returncode=1)
        count, digests = (last.number if last else 0), AuditDigest.objects.count()
        self.stdout.write(f"✔ 审计链完整：{count} 条记录，{digests} 个摘要。末条校验值 {last.hash if last else '（无）'}")

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"\r{done}/{total}", ending="" if done < total else "\n")

    def _read(self, file: Path) -> dict[str, str]:
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
            return {date.fromisoformat(item["day"]).isoformat(): str(item["hash"]) for item in kept}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{file} 不是摘要文件（应由 quintet audit digests 导出）：{error}") from None

    def _digest(self, *, until: date | None, **_: Any) -> None:
        made = audit.make_digests(until or timezone.localdate() - timedelta(days=1))
        for digest in made:
            self.stdout.write(f"{digest.day} {digest.hash}")
        if not made:
            self.stdout.write("没有需要生成的摘要。")

    def _digests(self, **_: Any) -> None:
        found = AuditDigest.objects.order_by("day").values("day", "first", "last", "root", "hash")
        self.stdout.write(json.dumps([item | {"day": item["day"].isoformat()} for item in found], indent=1))

    def _receipt(self, *, number: int, **_: Any) -> None:
        entry = AuditEntry.objects.filter(number=number).first()
        if entry is None:
            raise CommandError(f"没有第 {number} 条记录。")
        self.stdout.write(json.dumps(audit.receipt_of(entry), ensure_ascii=False, indent=1))
