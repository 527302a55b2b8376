"""Declares what every place of files can do: list them, and fetch one. What it cannot is change or remove any."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from warehouse.storage.errors import RegistryError

MOST_FILES = 100_000
"""A place with more files is refused: it is a folder above the one that was meant."""


@dataclass(frozen=True)
class Listed:
    """A file at a place. `name` is relative to the place, its parts joined by "/"; `size` counts bytes.

    `stamp` is what changes with the file's content: an ETag, or the time of its last change, as text.
    """

    name: str
    size: int
    stamp: str


class Place(Protocol):
    """An open place. Every method raises RegistryError, without secret or content, if it cannot do its work."""

    writes_whole: bool
    """Whether a file appears at the place only once it is complete, as an object does. Else one that is listed may
    still be being written: it counts once two looks, some seconds apart, show the same size and stamp."""

    def listed(self) -> list[Listed]:
        """Return the files at the place, in subfolders too, in any order. Raises RegistryError unless it has all."""

    def fetch(self, one: Listed, to: Path) -> None:
        """Write the file's bytes to `to`, which is there and empty (mode 0600), or raise RegistryError.

        FileChanged, which is one, says that size or stamp are no longer those of `one`, before or after its bytes came.
        PlaceUnreachable (warehouse.storage.errors too) says that other files would fail as well: the pull then ends.
        """

    def close(self) -> None:
        """End the connection. Raises nothing."""


def too_many() -> RegistryError:
    """Return the refusal of a place with more than MOST_FILES files."""
    return RegistryError(
        f"The place has more than {MOST_FILES:,} files.", "Name the folder of the exports more closely in site.toml."
    )
