"""Journals of the archive: text files of one JSON object a line, appended to and synced, never edited by hand.

What belongs here: reading whole lines, and appending one. What does not: what a line says. A last line without its
line end is what a crash left of an append that nobody was told of: it is not read, and cut off by the next append.
Anything else that is no line is damage, which is refused by the file's name: a part must not pass for the whole.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from warehouse.storage.errors import ArchiveDamaged
from warehouse.storage.home import PRIVATE_FILE

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


def append_line(path: Path, line: str) -> None:
    """Append one line and sync it; what a crash left of an unfinished line is cut off first."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = file.read()
        end = content.rfind(b"\n") + 1
        file.truncate(end)
        file.seek(end)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def damaged(path: Path, number: int) -> ArchiveDamaged:
    """The journal's line of that number, from 1, cannot be read."""
    return ArchiveDamaged(
        f"Line {number:,} of {path.parent.name}/{path.name} cannot be read: the file is damaged.",
        f"Take {path.parent.name}/{path.name} back from a backup; nothing was changed.",
    )
