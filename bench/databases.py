"""Benchmarks that need a database: each way in a process of its own, on a fresh one.

SQLite always, in a temporary folder; PostgreSQL too when DATABASE_URL names an empty database there.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.figures import Figure


def engines() -> list[str]:
    """The databases to measure on."""
    named = os.environ.get("DATABASE_URL", "").startswith("postgres")
    return ["SQLite", *(["PostgreSQL"] if named else [])]


def run(module: str, engine: str, *arguments: str, function: str = "main") -> Any:
    """Call a function of a module in a process with Django set up and a fresh database.

    Returns:
        What the function returned, read from the JSON on the last line of its output.
    """
    script = (
        "import sys, json, importlib, django; django.setup(); "
        "from django.core.management import call_command; "
        "call_command('migrate', verbosity=0); "
        "call_command('flush', verbosity=0, interactive=False); "
        f"print(json.dumps(importlib.import_module('bench.{module}').{function}(*sys.argv[1:])))"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "api.config.settings",
            "KYCUONG_VAR": folder,
            "KYCUONG_WORKER": "0",
        }
        if engine == "SQLite":
            environment["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        command = [sys.executable, "-c", script, *arguments]
        done = subprocess.run(
            command, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    return json.loads(done.stdout.splitlines()[-1])


def figures(module: str, *arguments: str) -> Iterator[Figure]:
    """The figures that a module's `main` returns, on each database."""
    for engine in engines():
        for one in run(module, engine, *arguments):
            yield Figure(**one).on(engine)
