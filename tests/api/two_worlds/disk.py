"""The files beside the database: what a question or a world left there is taken back, as its rows are."""

import shutil
from pathlib import Path

from django.conf import settings


class Disk:
    """Uploads and evidence as they lay when this was made."""

    def __init__(self) -> None:
        self._folders = (Path(settings.VAR_DIR) / "uploads", Path(settings.EVIDENCE_DIR))
        self._seen = self._look()
        self._bytes = {path: path.read_bytes() for path in self._seen if path.is_file()}

    def take_back(self) -> None:
        """Let everything lie there again as it did, and nothing else: folders too, since code asks for them."""
        if self._look() == self._seen:
            return
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        for path in sorted(self._seen):
            if path in self._bytes:
                path.write_bytes(self._bytes[path])
            else:
                path.mkdir(parents=True)
        self._seen = self._look()

    def _look(self) -> dict[Path, tuple[int, int]]:
        """Return each path with what changes whenever its bytes do."""
        return {
            path: (0, 0) if path.is_dir() else ((stat := path.stat()).st_mtime_ns, stat.st_size)
            for folder in self._folders
            for path in (folder, *folder.rglob("*"))
            if path.exists()
        }
