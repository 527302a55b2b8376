"""Recognises faults of the machine: a full disk, no permission, a file in use, a damaged build database, interruptions.

The system, DuckDB and SQLite each report a full disk in their own words, and the error may be wrapped in another one,
so a failure is examined together with its causes. Their messages are examined but never shown, since they may quote a
cell.
"""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.storage.errors import ArchiveDamaged, RegistryError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
NO_ROOM_WORDS = ("No space left on device", "Disk quota exceeded", "database or disk is full")
NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)
NOT_WRITABLE_WORDS = (
    "Read-only file system",
    "Permission denied",
    "attempt to write a readonly database",
    "unable to open database file",
)
IN_USE_WORDS = ("Could not set lock on file",)
DAMAGE_WORDS = (
    "Corrupt database file",
    "not a valid DuckDB database file",
    "Corrupt WAL file",
    "Failure while replaying WAL file",
    "This WAL was created for",
    "Trying to read a database file with version number",
)
LEAST_BYTES = 1 << 20
INTERRUPTED = "Query interrupted"
"""DuckDB's message, in a RuntimeError, for a signal that came while it worked; Python's own exception is lost."""
CUT_OFF, BUILD_FILE = "Could not read enough bytes from file", "build.duckdb"


QUOTING = (duckdb.InvalidInputException, duckdb.ConversionException)
"""DuckDB's errors about a delivery's content, which they quote: a cell may contain any of the words above."""
NO_MEMORY = (MemoryError, duckdb.OutOfMemoryException)


class NoRoom(RegistryError):
    """The disk of the registry's home is full."""


class NoMemory(RegistryError):
    """The machine, or the share of its memory that DuckDB may use, is out of memory."""


class NotWritable(RegistryError):
    """The registry's home, or a file in it, cannot be written."""


def named_fault(error: BaseException) -> RegistryError | None:
    """Return the fault of the machine that caused a failure, as an error with its cure, or None."""
    for cause in _causes(error):
        if _is(cause, NO_ROOM, NO_ROOM_WORDS):
            return NoRoom(
                "The disk of the registry's home is full.",
                "Free some space there, then run the command again.",
            )
        if isinstance(cause, MemoryError | duckdb.OutOfMemoryException):
            return NoMemory(
                "There is not enough memory for this.", "Close other programs on the machine, then try again."
            )
        if _is(cause, (), IN_USE_WORDS):
            return RegistryError(
                "Another program has a database of the registry open for writing.",
                "Close it there; for reading, open a release instead.",
            )
        if _is(cause, NOT_WRITABLE, NOT_WRITABLE_WORDS):
            name = cause.filename if isinstance(cause, OSError) and cause.filename else "the registry's home"
            return NotWritable(f"No permission for {name}.", "Make the home writable for the registry's user.")
    return None


def fault_at(folder: Path, error: BaseException) -> RegistryError | None:
    """Return the fault like named_fault, or a full disk if less than 1 MiB is free on the folder's disk.

    SQLite reports a full disk in many ways, depending on the file that it could not extend.
    """
    fault = named_fault(error)
    is_full = fault is None and folder.exists() and shutil.disk_usage(folder).free < LEAST_BYTES
    return named_fault(OSError(errno.ENOSPC, "")) if is_full else fault


def is_no_room(error: BaseException) -> bool:
    """Return whether a full disk caused the failure."""
    return isinstance(named_fault(error), NoRoom)


def says_nothing_of_the_file(error: BaseException) -> bool:
    """Return whether the machine, a signal or a database caused a failure, and not the file that was being read.

    True for running out of memory too. A file can be the cause of that, so loading handles NO_MEMORY first.
    """
    is_fatal = isinstance(error, (ArchiveDamaged, duckdb.FatalException)) or not isinstance(error, Exception)
    return is_fatal or is_interruption(error) or is_damage(error) or named_fault(error) is not None


def is_damage(error: BaseException) -> bool:
    """Return whether DuckDB reports that a database file is damaged, or was written by a later version.

    A file that is locked, inaccessible or on a full disk is not damaged.
    """
    return not is_no_room(error) and any(_speaks_of_damage(cause) for cause in _causes(error))


def is_interruption(error: BaseException) -> bool:
    """Return whether a signal that came while DuckDB worked caused the failure."""
    return any(
        isinstance(cause, duckdb.InterruptException) or (type(cause) is RuntimeError and str(cause) == INTERRUPTED)
        for cause in _causes(error)
    )


def _speaks_of_damage(error: BaseException) -> bool:
    if not isinstance(error, duckdb.Error) or isinstance(error, QUOTING):
        return False
    text = str(error)
    is_cut_off = CUT_OFF in text and BUILD_FILE in text  # a delivery can be cut off too
    return is_cut_off or isinstance(error, duckdb.SerializationException) or any(w in text for w in DAMAGE_WORDS)


def _is(error: BaseException, numbers: tuple[int, ...], words: tuple[str, ...]) -> bool:
    if isinstance(error, OSError):
        return error.errno in numbers
    if isinstance(error, (RegistryError, *QUOTING)):
        return False
    return any(word in str(error) for word in words)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the failure and every exception from which, or while handling which, it was raised."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is not None and cause not in seen:
            seen.append(cause)
            yield cause
            waiting += [cause.__cause__, cause.__context__]
