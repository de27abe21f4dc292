"""`quintet`: the engine's command line, and beside it what asks the site's database.

`quintet audit …` is `manage.py audit …`, `quintet books` is `manage.py books`; everything else never loads Django.
"""

import os
import sys

SITE = ("audit", "books")


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in SITE:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.config.settings")
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
        return
    from quintet.engine.cli import main as engine

    engine()
