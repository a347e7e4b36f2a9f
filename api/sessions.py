"""Sessions whose keys cannot be read from the database.

Django's own store keeps the cookie's value as it is: whoever reads the table, or a backup of it, could
walk in as anybody who is signed in. Here the table holds a digest of it.
"""

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone


def digest(session_key: str) -> str:
    """Return what is stored of a key: 160 bits of its SHA-256, as long as the column."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(db.SessionStore):
    """Django's database store, under digests."""

    def _get_session_from_db(self) -> Any:
        stored = self.model.objects.filter(
            session_key=digest(self.session_key or ""), expire_date__gt=timezone.now()
        ).first()
        if stored is None:
            self._session_key = None
        return stored

    def exists(self, session_key: str) -> bool:
        return super().exists(digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        stored = super().create_model_instance(data)
        stored.session_key = digest(stored.session_key)
        return stored

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(digest(key))
