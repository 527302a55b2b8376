"""Finds and reads the files that a registry states for itself in its home: rules/, expectations/ and plan.toml."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.home_file import HomeFile
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import PRIVATE_FILE, PRIVATE_FOLDER, Home

Stamps = tuple[tuple[str, str], ...]
"""(name, SHA-256) of files, in order."""
HOME = "."
"""The folder of a file that lies in the home itself."""


@dataclass(frozen=True)
class HomeFiles:
    """The files of one folder of the home, by name. Hidden ones, as editors leave them, are none."""

    folder: str
    patterns: tuple[str, ...]

    @property
    def place(self) -> str:
        """Return what people call them: the folder, or the file if it is one in the home itself."""
        return f"{self.folder}/" if self.folder != HOME else self.patterns[0]

    def folder_of(self, home: Home) -> Path:
        """Return the folder, which need not exist."""
        return home.root / self.folder

    def paths(self, home: Home) -> list[Path]:
        """Return the files."""
        found = {path for pattern in self.patterns for path in self.folder_of(home).glob(pattern)}
        return sorted(path for path in found if path.is_file() and not path.name.startswith("."))

    def read(self, home: Home) -> list[HomeFile]:
        """Read every file. One that cannot be read counts as an empty one that is not UTF-8."""
        return [_read(path) for path in self.paths(home)]

    def stamps(self, home: Home) -> Stamps:
        """Return the stamps of the files, to compare with those that the tables were made with."""
        return stamps_of(self.read(home))

    def write(self, home: Home, file: HomeFile) -> None:
        """Write a file as a release holds it, for a rebuild; one that was not UTF-8 states nothing and is not."""
        if file.text is not None:
            self.folder_of(home).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            atomic_write(self.folder_of(home) / file.name, file.text.encode("utf-8"), PRIVATE_FILE)


RULE_FILES = HomeFiles("rules", ("*.yaml", "*.yml"))
SUITE_FILES = HomeFiles("expectations", ("*.json",))
PLAN_FILES = HomeFiles(HOME, ("plan.toml",))
OWN_FILES = (RULE_FILES, SUITE_FILES, PLAN_FILES)


def stamps_of(files: Sequence[HomeFile]) -> Stamps:
    """Return the stamps of files that were read."""
    return tuple((file.name, file.sha256) for file in files)


def fingerprint(stamps: Stamps) -> str:
    """Return a text that changes with every file, or '' without any."""
    return hashlib.sha256(repr(stamps).encode()).hexdigest() if stamps else ""


def read_one(path: Path) -> HomeFile:
    """Read one file, wherever it is. Raises OSError if it cannot be read."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    return HomeFile(path.name, hashlib.sha256(content).hexdigest(), text)


def _read(path: Path) -> HomeFile:
    try:
        return read_one(path)
    except OSError:
        return HomeFile(path.name, hashlib.sha256(b"").hexdigest(), None)
