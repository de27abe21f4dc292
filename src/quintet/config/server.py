"""Settings of gunicorn that no command line can say: `gunicorn --config python:quintet.config.server …`."""

import logging
from typing import Any

from gunicorn.errors import AppImportError


def post_worker_init(worker: Any) -> None:
    """A server does not start on a database that is not its own; one that does not answer yet is looked at when it does (core.installation)."""
    from django.db import connection
    from django.db.utils import OperationalError

    from quintet.core.installation import WrongDatabase

    try:
        connection.ensure_connection()
    except WrongDatabase as error:
        raise AppImportError(str(error)) from None  # gunicorn then says this sentence alone and stops
    except OperationalError as error:
        logging.getLogger(__name__).warning("the database does not answer: %s", error)
    finally:
        connection.close()
