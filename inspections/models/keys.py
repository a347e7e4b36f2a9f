"""What the database knows of the keys that lie outside of it."""

from django.db import models
from django.db.models import Q


class KeyringMark(models.Model):
    """One row with the check value of each key on the keyring, by the key's name: it binds the keyring to this
    database and tells nothing of a key (see ``sealing.Keyring.checks``)."""

    singleton = models.BooleanField(default=True, unique=True)
    checks = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(singleton=True), name="keyring_mark_is_one")
        ]

    def __str__(self) -> str:
        return ", ".join(sorted(self.checks))
