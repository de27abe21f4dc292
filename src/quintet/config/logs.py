"""Addresses that open something by themselves stay out of every log: the access log of gunicorn, the site's own lines, tracebacks' requests."""

import logging
import re
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger

# The first part of an address whose next part opens something by itself; tests compare it with the URLs.
SECRET_PARTS = ("check", "evaluations", "set-password", "notices/objections", "api/v1/evaluations")
SECRET = re.compile(rf"(/(?:{'|'.join(SECRET_PARTS)})/)[^\s?#\"']+")
WITHOUT_SECRET = r"\1-"


def without_secrets(text: str) -> str:
    return SECRET.sub(WITHOUT_SECRET, text)


class KeepSecrets(logging.Filter):
    """Rewrites a finished line."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        kept = without_secrets(line)
        if kept != line:
            record.msg, record.args = kept, ()
        return True


class Logger(GunicornLogger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's lines: no query, no Referer, no address that opens something."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        path = without_secrets(str(environ.get("RAW_URI", "")).split("?")[0])
        return atoms | {"r": f"{environ.get('REQUEST_METHOD')} {path}", "U": path, "q": "", "f": "-"}
