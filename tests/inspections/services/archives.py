"""Backups made, forged and refused."""

import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from inspections.backup import archive
from inspections.errors import DomainError
from inspections.services.backups import back_up, restore
from tests.builders import NOW
from tests.inspections.database import contents

ON_POSTGRESQL = connection.vendor == "postgresql"
LATER = NOW + timedelta(minutes=5)


def backed_up(now: datetime = NOW) -> Path:
    return back_up(now=now)[0].path


def forged(path: Path, **changes: object) -> Path:
    """Return a copy of an archive whose manifest says something else."""
    copy = path.with_name("forged.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == archive.MANIFEST:
                content = json.dumps(json.loads(content) | changes).encode()
            new.writestr(name, content)
    return copy


def refusal(path: Path, **options: bool) -> DomainError:
    """Return why an archive is not restored, and see that nothing was touched."""
    before = contents()
    with pytest.raises(DomainError) as caught:
        restore(path=path, now=LATER, **options)
    assert contents() == before
    return caught.value
