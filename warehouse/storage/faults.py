"""Faults of the machine, whoever reports them: no room, no permission, a file in use, a damaged build database.

What belongs here: telling them, and interruptions, from every other failure, and their sentence with its cure. What
does not: doing anything about them (recovery.py). The system, DuckDB and SQLite each report a full disk in words of
their own, and whoever meets it may wrap it: so a failure is asked together with what it was raised from. Their messages
are read, never shown, since they may quote a cell.
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
"""So DuckDB names a signal that came while it worked, in a RuntimeError; what Python made of the signal is lost."""
CUT_OFF, BUILD_FILE = "Could not read enough bytes from file", "build.duckdb"


QUOTING = (duckdb.InvalidInputException, duckdb.ConversionException)
"""What DuckDB says of a delivery's content, which it quotes: a cell may read like any of the words above."""
NO_MEMORY = (MemoryError, duckdb.OutOfMemoryException)


class NoRoom(RegistryError):
    """The disk of the registry's home is full."""


class NoMemory(RegistryError):
    """The machine, or what DuckDB may use of it, is out of memory."""


class NotWritable(RegistryError):
    """The registry's home, or a file in it, cannot be written."""


def named_fault(error: BaseException) -> RegistryError | None:
    """The fault of the machine behind a failure, in words; None where there is none."""
    for cause in _causes(error):
        if _is(cause, NO_ROOM, NO_ROOM_WORDS):
            return NoRoom(
                "The disk of the registry's home is full.",
                "Make room there, then run the command again.",
            )
        if isinstance(cause, MemoryError | duckdb.OutOfMemoryException):
            return NoMemory(
                "There is not enough memory for this.", "End what else uses it, then run the command again."
            )
        if _is(cause, (), IN_USE_WORDS):
            return RegistryError(
                "Another program has a database of the registry open for writing.",
                "Close it there; what reads should open a release.",
            )
        if _is(cause, NOT_WRITABLE, NOT_WRITABLE_WORDS):
            name = cause.filename if isinstance(cause, OSError) and cause.filename else "the registry's home"
            return NotWritable(f"No permission for {name}.", "Make the home writable for the user who runs it.")
    return None


def fault_at(folder: Path, error: BaseException) -> RegistryError | None:
    """As named_fault; and where not a MiB is left on the folder's disk, that is the fault, whatever was reported of it.

    SQLite calls a full disk many names, after the file that it could not lengthen.
    """
    fault = named_fault(error)
    is_full = fault is None and folder.exists() and shutil.disk_usage(folder).free < LEAST_BYTES
    return named_fault(OSError(errno.ENOSPC, "")) if is_full else fault


def is_no_room(error: BaseException) -> bool:
    """Whether a full disk is behind the failure."""
    return isinstance(named_fault(error), NoRoom)


def says_nothing_of_the_file(error: BaseException) -> bool:
    """Whether the machine, a signal or a database is behind a failure, and not the file that was being read.

    Out of memory is neither: a file can ask for too much.
    """
    is_fatal = isinstance(error, (ArchiveDamaged, duckdb.FatalException)) or not isinstance(error, Exception)
    return is_fatal or is_interruption(error) or is_damage(error) or named_fault(error) is not None


def is_damage(error: BaseException) -> bool:
    """Whether DuckDB says that a database file is damaged, or was written by a later version.

    A file that is locked, out of reach or out of room is not damaged.
    """
    return not is_no_room(error) and any(_speaks_of_damage(cause) for cause in _causes(error))


def is_interruption(error: BaseException) -> bool:
    """Whether a signal that came while DuckDB worked is behind the failure."""
    return any(
        isinstance(cause, duckdb.InterruptException) or (type(cause) is RuntimeError and str(cause) == INTERRUPTED)
        for cause in _causes(error)
    )


def _speaks_of_damage(error: BaseException) -> bool:
    if not isinstance(error, duckdb.Error) or isinstance(error, QUOTING):
        return False
    text = str(error)
    is_cut_off = CUT_OFF in text and BUILD_FILE in text  # a delivery can be cut off, too
    return is_cut_off or isinstance(error, duckdb.SerializationException) or any(w in text for w in DAMAGE_WORDS)


def _is(error: BaseException, numbers: tuple[int, ...], words: tuple[str, ...]) -> bool:
    if isinstance(error, OSError):
        return error.errno in numbers
    if isinstance(error, (RegistryError, *QUOTING)):
        return False
    return any(word in str(error) for word in words)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The failure, and what it was raised from or while handling."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is not None and cause not in seen:
            seen.append(cause)
            yield cause
            waiting += [cause.__cause__, cause.__context__]
