from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Q
from django.utils import timezone

from quintet.core import limits
from quintet.redemption.models import SelfCheck

EMPTY_KEPT = timedelta(days=1)


class Command(BaseCommand):
    help = "Delete self-checks that nobody has touched for some days, those without an answer after one day, and spent counts of public forms; stored results stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=90)

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        now = timezone.now()
        old, empty = Q(updated_at__lt=now - timedelta(days=days)), Q(updated_at__lt=now - EMPTY_KEPT, asked=[])
        deleted, _ = SelfCheck.objects.filter(old | empty).delete()
        limits.forget(int(now.timestamp()))
        self.stdout.write(f"{deleted} self-checks deleted")
