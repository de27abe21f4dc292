from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quintet.core import locales


class Command(BaseCommand):
    help = "Bring locale/en/LC_MESSAGES/django.po of the named contexts (default: all) up to the source text."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contexts", nargs="*", metavar="context")

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = set(options["contexts"]) - set(locales.contexts())
        if unknown:
            raise CommandError(f"No such context: {', '.join(sorted(unknown))}. There are {', '.join(locales.contexts())}.")
        for context in options["contexts"] or locales.contexts():
            self.stdout.write(f"{context}: {locales.merge(context)} to translate")
