import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quintet.config.settings")

application = get_wsgi_application()


def _look_at_the_database() -> None:
    """The server refuses to start on a demo's database. One that does not answer yet is looked at when it does (core.installation)."""
    import logging

    from django.db import connection
    from django.db.utils import OperationalError

    try:
        connection.ensure_connection()
    except OperationalError as error:
        logging.getLogger(__name__).warning("the database does not answer: %s", error)
    finally:
        connection.close()


_look_at_the_database()
