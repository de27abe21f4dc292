from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from quintet.redemption.models import SelfCheck


class Command(BaseCommand):
    help = "Delete the answers of self-checks that nobody has touched for some days; stored results stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=90)

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        deleted, _ = SelfCheck.objects.filter(updated_at__lt=timezone.now() - timedelta(days=days)).delete()
        self.stdout.write(f"{deleted} self-checks deleted")
