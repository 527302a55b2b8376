"""Remembers what was fetched from a place: of each delivery the files it was made of, and its SHA-256.

A delivery is a file, or a study's folder, whose SHA-256 is that of its ZIP, as the archive has it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from warehouse.pulls.places.place import Listed
from warehouse.storage.durable_files import atomic_write

SAVE_EVERY = 100


@dataclass(frozen=True)
class Fetched:
    """A delivery as it was fetched last."""

    sha256: str = ""
    files: tuple[Listed, ...] = ()


class FetchedBefore:
    """What was fetched from one place, by name of the delivery; of another place only the bytes count."""

    def __init__(self, path: Path, address: str):
        self._path, self._address = path, address
        self._known: dict[str, Fetched] = {}
        self._n_unsaved = 0
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            is_here = content["address"] == address
            for name, one in content["deliveries"].items():
                files = tuple(Listed(str(n), int(size), str(stamp)) for n, size, stamp in one["files"])
                self._known[name] = Fetched(str(one["sha256"]), files if is_here else ())
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            self._known = {}

    def of(self, name: str) -> Fetched:
        """Return what was fetched last under this name, an empty one if nothing."""
        return self._known.get(name, Fetched())

    @property
    def deliveries(self) -> set[tuple[str, str]]:
        """Return name and SHA-256 of each."""
        return {(name, one.sha256) for name, one in self._known.items()}

    def note(self, name: str, sha256: str, files: Iterable[Listed]) -> None:
        """Remember what was fetched. It is kept every SAVE_EVERY times: a pull that is killed fetches few again."""
        self._known[name] = Fetched(sha256, tuple(files))
        self._n_unsaved += 1
        if self._n_unsaved >= SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Keep what was noted."""
        if not self._n_unsaved:
            return
        deliveries = {
            name: {"sha256": one.sha256, "files": [[f.name, f.size, f.stamp] for f in one.files]}
            for name, one in self._known.items()
        }
        content = {"address": self._address, "deliveries": deliveries}
        self._n_unsaved = 0
        atomic_write(self._path, json.dumps(content, ensure_ascii=False).encode())
