"""When nothing can be written: pages that only read still answer, writes end with a page that says so, and nothing is half done.

A full disk shows as many things: SQLite's "database or disk is full" and its errors of input and output, PostgreSQL's class 53 (or a server that only
reads), ENOSPC of an uploaded file, a session that "was deleted". All of them are this one.
"""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

log = logging.getLogger("quintet.full_disk")

SAFE = ("GET", "HEAD", "OPTIONS")
FILES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
SQLITE = {10, 13}  # SQLITE_IOERR and SQLITE_FULL, with what stands above the lowest eight bits
SQLITE_READ_ONLY = 8
POSTGRESQL = {"53100", "25006"}  # disk_full, read_only_sql_transaction
STATUS = 507


def is_full(error: BaseException | None) -> bool:
    """Whether this error, or one that it came from, says that nothing can be written."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in FILES:
            return True
        if getattr(error, "sqlite_errorcode", -1) & 0xFF in SQLITE | {SQLITE_READ_ONLY} or getattr(error, "sqlstate", "") in POSTGRESQL:
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def softly() -> Iterator[None]:
    """What a page that reads would like to write beside: left out where nothing can be written."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        if not is_full(error):
            raise
        log.error("nothing can be written: %s", error)


def page(request: HttpRequest) -> HttpResponse:
    """The answer to what could not be written."""
    if request.path.startswith("/api/"):
        zh, en = "服务器存储空间已满，暂时不能写入；已有数据没有改变。", "The server's disk is full; nothing was written."
        return JsonResponse({"error": {"code": "storage_full", "zh": zh, "en": en, "where": None}}, status=STATUS)
    return HttpResponse(render_to_string("507.html"), status=STATUS)


def server_error(request: HttpRequest) -> HttpResponse:
    """The site's answer to an error that nobody caught (handler500)."""
    import sys

    return page(request) if is_full(sys.exc_info()[1]) else defaults.server_error(request)


class Sessions(SessionMiddleware):
    """A page that only reads is answered even where its session cannot be kept."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except Exception as error:
            if not is_full(error):
                raise
            log.error("the session cannot be kept: %s", error.__context__ or error)
            return response if request.method in SAFE else page(request)


class NoTraceback(logging.Filter):
    """One line instead of a traceback for every request of a full machine."""

    def filter(self, record: logging.LogRecord) -> bool:
        error: Any = record.exc_info[1] if record.exc_info else None
        if is_full(error):
            record.msg, record.args = f"{record.getMessage()}: nothing can be written: {error}", ()
            record.exc_info = record.exc_text = None
        return True
