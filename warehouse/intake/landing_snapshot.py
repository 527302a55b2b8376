"""Records the state of landing/ at the last scan, so that unchanged files are not read again.

It holds the stamps (size, times, inode) of files whose content is in the archive, and why a file could not be archived
at the last attempt. It only saves time: without it, every file is read and compared by its SHA-256.
"""

import json
import time

from warehouse.storage.durable_files import atomic_write
from warehouse.storage.file_stamp import Stamp
from warehouse.storage.home import Home

SETTLED_SECONDS = 2.0
"""A file that changed more recently could change again unnoticed, within one tick of the file system's clock."""


class LandingSnapshot:
    """Maps each place in landing/ to the stamp and SHA-256 of its file when its content was last in the archive, or to
    a sentence that says why the file could not be archived.
    """

    def __init__(self, home: Home):
        self._file = home.warehouse / "landing_seen.json"
        try:
            self._seen: dict[str, list | str] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._seen = {}
        self._is_new = False

    def knows(self, place: str, stamp: Stamp, sha256: str | None) -> bool:
        """Return whether the file at `place` still has the stamp that was recorded with that SHA-256."""
        return sha256 is not None and self._seen.get(place) == [*stamp, sha256]

    def remember(self, place: str, stamp: Stamp, sha256: str) -> None:
        """Record that the file with that stamp has that SHA-256, and drop any note of why it could not be archived.

        A file that changed a moment ago is not recorded; only its note is dropped.
        """
        if stamp[2] < time.time_ns() - SETTLED_SECONDS * 1e9:
            self._is_new = self._is_new or self._seen.get(place) != [*stamp, sha256]
            self._seen[place] = [*stamp, sha256]
        elif self.noted(place):
            self._is_new = True
            del self._seen[place]

    def note(self, place: str, sentence: str) -> None:
        """Record why the file could not be archived. The note stays until it has been."""
        self._is_new = self._is_new or self._seen.get(place) != sentence
        self._seen[place] = sentence

    def noted(self, place: str) -> str:
        """Return why the file could not be archived at the last attempt, or '' if there was no problem."""
        known = self._seen.get(place)
        return known if isinstance(known, str) else ""

    def save(self) -> None:
        """Write the snapshot to its file if it has changed."""
        if self._is_new:
            atomic_write(self._file, json.dumps(self._seen).encode())
            self._is_new = False
