"""Sessions in the database, found by the keyed hash of their key: whoever reads the database, or a backup of it, can open none of them.

What a session holds is signed for its own row, so that it counts under no other.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import salted_hmac

PLACE = "quintet.core.session_store"
LENGTH = 40  # of the column: 160 bits, as many as the key has


def row_of(key: str | None) -> str:
    """The key of the row that keeps the session with this key, the value of the cookie; empty without a session."""
    return salted_hmac(PLACE, key, algorithm="sha256").hexdigest()[:LENGTH] if key else ""


class SessionStore(db.SessionStore):
    @property
    def row(self) -> str:
        return row_of(self.session_key)

    @property
    def key_salt(self) -> str:
        return f"{PLACE}.{self.row}"

    def _get_session_from_db(self) -> Session | None:
        found = Session.objects.filter(session_key=self.row, expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(row_of(session_key))

    def create_model_instance(self, data: Any) -> Session:
        if self.session_key is None:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # of Django, not of its stubs
        return Session(session_key=self.row, session_data=self.encode(data), expire_date=self.get_expiry_date())

    def delete(self, session_key: str | None = None) -> None:
        super().delete(row_of(session_key or self.session_key) or None)


__all__ = ["SessionStore", "row_of"]
