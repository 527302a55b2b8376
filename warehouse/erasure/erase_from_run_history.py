"""Removes a patient's identifiers from Dagster's storage: the SQLite databases and other files below dagster/.

Assets report only keys of tables, rule ids and counts, so usually nothing is found. All pictures are removed, since an
old curve can show the step of one patient; the next run draws them again. A PostgreSQL server that stores the runs
instead is handled by workflows/erase_from_postgres.py.
"""

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from warehouse.erasure.erase_other_traces import ERASED_WORD, named
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import Home

BUSY_SECONDS = 30
PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")
SQLITE_START = b"SQLite format 3\0"


def erase_from_run_history(home: Home, ids: Iterable[str]) -> int:
    """Remove the identifiers from every text below dagster/; return how many texts had one, or a picture."""
    patterns = patterns_of(ids)
    n = 0
    for path in sorted(home.dagster.rglob("*")):
        if not path.is_file() or path.name.endswith(("-wal", "-shm", "-journal")) or not _names(path, patterns):
            continue
        with open(path, "rb") as file:
            is_database = file.read(len(SQLITE_START)) == SQLITE_START
        n += _clean_database(path, patterns) if is_database else _clean_file(path, patterns)
    return n


def patterns_of(ids: Iterable[str]) -> list[re.Pattern[str]]:
    """Return patterns of what is removed from a text: pictures, and the identifiers as they appear there."""
    return [PICTURE, *(named(patient_id, is_json=True) for patient_id in sorted(ids))]


def cleaned(text: str, patterns: list[re.Pattern[str]]) -> str:
    """Return the text with every match of the patterns replaced."""
    for pattern in patterns:
        text = pattern.sub(ERASED_WORD, text)
    return text


def _names(path: Path, patterns: list[re.Pattern[str]]) -> bool:
    """Return whether the bytes of the file, or of the write-ahead log beside it, match one of the patterns."""
    for file in (path, Path(f"{path}-wal")):
        text = file.read_bytes().decode("utf-8", "replace") if file.exists() else ""
        if any(pattern.search(text) for pattern in patterns):
            return True
    return False


def _clean_file(path: Path, patterns: list[re.Pattern[str]]) -> int:
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    atomic_write(path, cleaned(text, patterns).encode("utf-8", "surrogateescape"), path.stat().st_mode & 0o777)
    return 1


def _clean_database(path: Path, patterns: list[re.Pattern[str]]) -> int:
    """Clean the texts of every table, then rewrite the file, which keeps deleted bytes until then; return the count."""
    con = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        con.create_function("names_patient", 1, lambda x: isinstance(x, str) and cleaned(x, patterns) != x)
        con.create_function("without_patient", 1, lambda x: cleaned(x, patterns))
        n = 0
        tables = con.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (table,) in tables.fetchall():
            columns = [row[1] for row in con.execute("SELECT * FROM pragma_table_info(?)", [table])]
            for column in columns:
                done = con.execute(
                    f'UPDATE "{table}" SET "{column}" = without_patient("{column}") '  # noqa: S608 (the file's own names)
                    f'WHERE names_patient("{column}")'
                )
                n += done.rowcount
        con.execute("VACUUM")
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return n
    finally:
        con.close()
