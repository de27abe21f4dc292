"""What the database knows about the installation it belongs to: whether it was made for a trial, and with which keys.

A database that a demo or a test has made is marked for ever, as its passwords are public. Production refuses to open it, whoever asks (the site, the
worker, a command); demo and test modes refuse to open a city's own database.
"""

import os
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.utils import DatabaseError, OperationalError

from quintet.core.fields import cipher, encrypt, keyed_hash
from quintet.core.models import KeyProbe, TrialMark, User

PROBE = "五方协同 Quintet"
_looked_at: set[tuple[int, str]] = set()


class WrongDatabase(ImproperlyConfigured):
    """This database must not be opened in this mode."""


def mark_new(**_: Any) -> None:
    """After a migration: an empty database made in a trial mode is marked, and the keys leave their probe."""
    if (settings.DEMO or settings.TESTING) and not User.objects.exists():
        TrialMark.objects.get_or_create(pk=1, defaults={"kind": TrialMark.Kind.TEST if settings.TESTING else TrialMark.Kind.DEMO})
    if not KeyProbe.objects.exists():
        KeyProbe.objects.create(pk=1, encrypted=encrypt(PROBE), hashed=keyed_hash(PROBE))


def look(sender: Any = None, connection: Any = connection, **_: Any) -> None:
    """On the first connection of a process to a database. Raises WrongDatabase."""
    place = (os.getpid(), str(connection.settings_dict["NAME"]))
    if place in _looked_at:
        return
    if problem := mismatch(connection):
        connection.close()
        raise WrongDatabase(problem)
    _looked_at.add(place)


def mismatch(opened: Any = connection) -> str:
    """Why this database may not be opened in this mode; empty when it may."""
    trial = _first(opened, "SELECT kind FROM core_trialmark")
    if settings.PRODUCTION:
        if trial:
            return (
                f"这个数据库是{'演示' if trial == 'demo' else '测试'}数据库，其中账号的口令是公开的，正式运行拒绝打开它。"
                "请为正式运行另建一个空数据库，并核对 DATABASE_URL 和 QUINTET_VAR。"
            )
    elif (settings.DEMO or settings.TESTING) and not trial and _first(opened, "SELECT 1 FROM core_user LIMIT 1"):
        mode = "QUINTET_TESTING" if settings.TESTING else "QUINTET_DEMO"
        return f"这个数据库里是真实的城市，不能在 {mode} 下打开：那样口令会变弱，或者任何域名都能访问。请去掉 {mode}，或者换一个数据库。"
    return ""


def _first(opened: Any, question: str) -> Any:
    """None where the table is not there yet."""
    try:
        with opened.cursor() as cursor:
            cursor.execute(question)
            row = cursor.fetchone()
    except OperationalError as error:
        if "no such table" in str(error):
            return None
        raise
    except DatabaseError:
        return None
    return row[0] if row else None


def wrong_keys() -> list[str]:
    """Names of the keys that are not those the database was written with."""
    probe = KeyProbe.objects.first()
    if probe is None:
        return []
    wrong = []
    try:
        fits = cipher().decrypt(probe.encrypted.encode()).decode() == PROBE
    except (InvalidToken, ValueError):
        fits = False
    if not fits:
        wrong.append("QUINTET_FIELD_KEY")
    if keyed_hash(PROBE) != probe.hashed:
        wrong.append("QUINTET_LOOKUP_KEY")
    return wrong
