"""Other processes that work on the test's own database."""

import os

from django.conf import settings
from django.db import connection


def environment() -> dict[str, str]:
    """Return the environment of a process that works on the test's database, files and keys."""
    database = connection.settings_dict
    url = (
        f"sqlite:///{database['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgresql:///{database['NAME']}?host={database['HOST'].replace('/', '%2F')}"
        f"&user={database['USER']}"
    )
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "api.config.settings",
        "DATABASE_URL": url,
        "KYCUONG_VAR": str(settings.VAR_DIR),
        "KYCUONG_KEY_FILE": str(settings.KEY_FILE),
    }
