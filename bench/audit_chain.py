"""Checking the audit log's chain, beside plain SHA-256 chaining over the same rows.

    .venv/bin/python -m bench.audit_chain [EVENTS]

The events are made on a fresh database: SQLite in a temporary folder, or the empty one that DATABASE_URL names. The
peer reads the same rows with ``values_list`` and chains a hash over their plain text: it knows no
definition, names no break, and would trip over the first value that no model accepts. Memory is what the peak rose
by while the work was done.
"""

import argparse
import os
import subprocess
import sys
import tempfile


def main() -> None:
    """Measure in a process of its own, which has the database's address before Django is set up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("events", type=int, nargs="?", default=1_000_000)
    arguments = parser.parse_args()
    script = (
        "import sys, django; django.setup(); "
        "from bench.audit_chain_ways import main; main(int(sys.argv[1]))"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {"DJANGO_SETTINGS_MODULE": "api.config.settings", "KYCUONG_VAR": folder}
        command = [sys.executable, "-c", script, str(arguments.events)]
        subprocess.run(command, env=os.environ | environment, check=True)


if __name__ == "__main__":
    main()
