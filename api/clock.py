"""The one clock of everything that comes in over HTTP; services are handed what it says."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """Return the time of day, in UTC."""
    return timezone.now()
