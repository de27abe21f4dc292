from typing import Any

from django.core.management.base import BaseCommand

from quintet.core import locales


class Command(BaseCommand):
    help = "Compile every django.po that is newer than its django.mo."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for context in locales.compile_changed():
            self.stdout.write(f"compiled {context}")
