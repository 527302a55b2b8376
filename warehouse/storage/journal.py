"""Read the archive's journals: text files of one JSON object a line, which `durable_files.append_line` writes.

A last line without its line end is what a crash left of an append that never returned: it is not read, and the next
append cuts it off. Anything else that is no line is damage, and is refused by the file's name: a part must not pass for
the whole.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from warehouse.storage.errors import ArchiveDamaged

Line = TypeVar("Line")
NOT_A_LINE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""How parsing fails on a line that is damaged, wrong encoding included."""


def whole_lines(path: Path) -> list[str]:
    """The journal's lines, without a last one that a crash cut off. ArchiveDamaged where it is not UTF-8."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    try:
        return content[: content.rfind(b"\n") + 1].decode("utf-8").split("\n")[:-1]
    except UnicodeDecodeError as error:
        raise damaged(path, content[: error.start].count(b"\n") + 1) from None


def read_lines(path: Path, parse: Callable[[str], Line]) -> list[Line]:
    """Each line as `parse` reads it; ArchiveDamaged names the file and the line where one is not what it must be."""
    read = []
    for number, line in enumerate(whole_lines(path), start=1):
        try:
            read.append(parse(line))
        except NOT_A_LINE:
            raise damaged(path, number) from None
    return read


def damaged(path: Path, number: int) -> ArchiveDamaged:
    """The journal's line of that number, from 1, cannot be read."""
    return ArchiveDamaged(
        f"Line {number:,} of {path.parent.name}/{path.name} cannot be read: the file is damaged.",
        f"Take {path.parent.name}/{path.name} back from a backup; nothing was changed.",
    )
