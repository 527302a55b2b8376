"""Remembers what landing/ looked like at the last look, so that a file that did not change is not read again.

It holds the stamps (size, times, inode) of files whose content the archive has, and why a file could not be taken when
it was last tried. It is a convenience: without it, every file is read and compared by its SHA-256.
"""

import json
import time

from warehouse.storage.durable_files import atomic_write
from warehouse.storage.file_stamp import Stamp
from warehouse.storage.home import Home

SETTLED_SECONDS = 2.0
"""A file changed more recently could change again within one tick of the file system's clock, and look the same."""


class LandingSnapshot:
    """Place below landing/ -> the stamp and SHA-256 it had when its content was last in the archive, or a sentence that
    says why it could not be taken.
    """

    def __init__(self, home: Home):
        self._file = home.warehouse / "landing_seen.json"
        try:
            self._seen: dict[str, list | str] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._seen = {}
        self._is_new = False

    def knows(self, place: str, stamp: Stamp, sha256: str | None) -> bool:
        """Whether the file at `place` still has the stamp under which it had that SHA-256."""
        return sha256 is not None and self._seen.get(place) == [*stamp, sha256]

    def remember(self, place: str, stamp: Stamp, sha256: str) -> None:
        """The file had that SHA-256 under that stamp. One that changed a moment ago is not remembered; but that it
        could not be taken is forgotten.
        """
        if stamp[2] < time.time_ns() - SETTLED_SECONDS * 1e9:
            self._is_new = self._is_new or self._seen.get(place) != [*stamp, sha256]
            self._seen[place] = [*stamp, sha256]
        elif self.noted(place):
            self._is_new = True
            del self._seen[place]

    def note(self, place: str, sentence: str) -> None:
        """The file could not be taken, and why; kept until it was."""
        self._is_new = self._is_new or self._seen.get(place) != sentence
        self._seen[place] = sentence

    def noted(self, place: str) -> str:
        """Why the file could not be taken when it was last tried; '' where nothing was in the way."""
        known = self._seen.get(place)
        return known if isinstance(known, str) else ""

    def save(self) -> None:
        """Write it down, if there is anything new."""
        if self._is_new:
            atomic_write(self._file, json.dumps(self._seen).encode())
            self._is_new = False
