"""The version of the database, asked in a process with Django set up."""

from django.db import connection


def main() -> str:
    """Return it."""
    return ".".join(map(str, connection.get_database_version()))
