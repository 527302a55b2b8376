"""Finds and reads the files of a registry's own rules: rules/*.yaml in the home, in the order of their names."""

import hashlib
from pathlib import Path

from schemas.rule_book import RuleFile
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import PRIVATE_FILE, PRIVATE_FOLDER, Home

FOLDER = "rules"
PATTERNS = ("*.yaml", "*.yml")


def folder_of(home: Home) -> Path:
    """Return the folder of the home's rules."""
    return home.root / FOLDER


def rule_files(home: Home) -> list[Path]:
    """Return the files of rules in order; hidden files, as editors leave them, are none."""
    found = {path for pattern in PATTERNS for path in folder_of(home).glob(pattern)}
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def read_files(home: Home) -> list[RuleFile]:
    """Read every file of rules. One that cannot be read counts as an empty one that is not UTF-8."""
    return [_read(path) for path in rule_files(home)]


def stamps_of(home: Home) -> tuple[tuple[str, str], ...]:
    """Return (name, SHA-256) of the files, to compare with those that the tables were made with."""
    return tuple((file.name, file.sha256) for file in read_files(home))


def read_one(path: Path) -> RuleFile:
    """Read one file of rules, wherever it is. Raises OSError if it cannot be read."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    return RuleFile(path.name, hashlib.sha256(content).hexdigest(), text)


def _read(path: Path) -> RuleFile:
    try:
        return read_one(path)
    except OSError:
        return RuleFile(path.name, hashlib.sha256(b"").hexdigest(), None)


def write_file(home: Home, file: RuleFile) -> None:
    """Write a file of rules as a release holds it, for a rebuild; one that was not UTF-8 holds no rule and is not."""
    if file.text is not None:
        folder_of(home).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        atomic_write(folder_of(home) / file.name, file.text.encode("utf-8"), PRIVATE_FILE)
