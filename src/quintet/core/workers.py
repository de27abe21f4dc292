"""Who carries out jobs, and whether they still live.

A worker takes a place on its machine (a file it keeps locked: the kernel gives it free when the process ends, however it ends), leaves a row
with a name that is new at every start, and renews it every few seconds from a thread of its own. A job belongs to the name that began it.
"""

import fcntl
import logging
import os
import socket
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.db.utils import Error as DatabaseError
from django.utils import timezone

import quintet
from quintet.core.models import Worker

log = logging.getLogger(__name__)

BEAT = 10  # seconds
LEASE = timedelta(minutes=2)  # a worker silent for longer counts as dead, unless its place says otherwise
MOST_PLACES = 64


def alive() -> list[Worker]:
    """The workers that gave a sign of life within the lease, or are seen to run on this machine."""
    return [worker for worker in Worker.objects.all() if is_alive(worker)]


def is_alive(worker: Worker) -> bool:
    """On this machine the place tells exactly: a long transaction on SQLite can keep a worker silent for minutes. Elsewhere the signs of life do."""
    file = _file(worker.slot)
    if file.exists():
        return _is_locked(file)
    return worker.beaten_at > timezone.now() - LEASE


def is_silent(worker: Worker) -> bool:
    """No sign of life for the time of a lease: dead, held up, or in a long transaction on SQLite."""
    return worker.beaten_at <= timezone.now() - LEASE


class Place:
    """A worker's place and name, for as long as the process lives."""

    def __init__(self) -> None:
        self.lock: IO[bytes]
        self.slot, self.lock = _taken()
        self.run = uuid.uuid4().hex
        self._over = Event()
        self._thread = Thread(target=self._beat_until_over, name="heartbeat", daemon=True)

    def open(self, *, between: Callable[[], Any]) -> None:
        """Announce the worker and keep announcing it; `between` is called after every sign of life."""
        now = timezone.now()
        with transaction.atomic():
            Worker.objects.filter(slot=self.slot).delete()
            Worker.objects.create(run=self.run, slot=self.slot, pid=os.getpid(), version=quintet.__version__, started_at=now, beaten_at=now)
        self._between = between
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join(timeout=BEAT)
        Worker.objects.filter(run=self.run).delete()
        self.lock.close()

    def _beat_until_over(self) -> None:
        try:
            while True:
                try:
                    Worker.objects.filter(run=self.run).update(beaten_at=timezone.now())
                    self._between()
                except DatabaseError as error:  # busy, full or away: the next sign of life tries again
                    log.warning("no sign of life could be written: %s", error)
                    connection.close()
                if self._over.wait(BEAT):
                    return
        finally:
            connection.close()


def _taken() -> tuple[str, IO[bytes]]:
    for number in range(1, MOST_PLACES + 1):
        slot = f"{socket.gethostname()[:60]}/{number}"
        file = _file(slot)
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            return slot, lock
    raise RuntimeError(f"{MOST_PLACES} workers run on this machine already")


def _file(slot: str) -> Path:
    return Path(settings.VAR) / "workers" / slot.replace("/", "-")


def _is_locked(file: Path) -> bool:
    try:
        with file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError as error:
        log.warning("%s cannot be looked at: %s", file, error)
    return False
