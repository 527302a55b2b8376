"""Reads the archive's journals: text files of one JSON object per line, written by `durable_files.append_line`.

A last line without a line end is what a crash left of an append that was never confirmed: it is not read, and the next
append removes it. Anything else that is not a valid line is damage and is refused with the file's name, so that a part
is not mistaken for the complete journal.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from warehouse.storage.errors import ArchiveDamaged

Line = TypeVar("Line")
NOT_A_LINE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""The errors raised by parsing a damaged line, including one in a wrong encoding."""


def whole_lines(path: Path) -> list[str]:
    """Return the journal's lines, without a last one that a crash cut off. Raises ArchiveDamaged if it is not UTF-8."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    try:
        return content[: content.rfind(b"\n") + 1].decode("utf-8").split("\n")[:-1]
    except UnicodeDecodeError as error:
        raise damaged(path, content[: error.start].count(b"\n") + 1) from None


def read_lines(path: Path, parse: Callable[[str], Line]) -> list[Line]:
    """Return each line as parsed by `parse`. Raises ArchiveDamaged, naming file and line, if one cannot be parsed."""
    read = []
    for number, line in enumerate(whole_lines(path), start=1):
        try:
            read.append(parse(line))
        except NOT_A_LINE:
            raise damaged(path, number) from None
    return read


def damaged(path: Path, number: int) -> ArchiveDamaged:
    """Return the error that says that the journal's line of that number, from 1, cannot be read."""
    return ArchiveDamaged(
        f"Line {number:,} of {path.parent.name}/{path.name} cannot be read: the file is damaged.",
        f"Restore {path.parent.name}/{path.name} from a backup; nothing was changed.",
    )
