"""`quintet`: the engine's command line, and beside it what asks the site's database.

`quintet audit …` is `manage.py audit …`, `quintet books` is `manage.py books`; everything else never loads Django.
"""

import os
import sys

SITE = ("audit", "books")


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in SITE:
        site(sys.argv)
        return
    from quintet.engine.cli import main as engine

    engine()


def site(arguments: list[str]) -> None:
    """Django's command line. A checkout without configuration is a demo; a server is configured and is never taken for one.

    What is wrong with the configuration is said in a sentence, not with a traceback.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.config.settings")
    if "QUINTET_SECRET_KEY" not in os.environ:
        os.environ.setdefault("QUINTET_DEMO", "1")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(arguments)
    except ImproperlyConfigured as error:
        sys.exit(f"quintet: {error}")
