"""Replaces the build database after an erasure by a new file that holds only the journals, without the patient.

Deleted rows stay in the free blocks of a DuckDB file, so the old file is replaced, never cleaned. The open entries and
the journal of resolved ones cannot be derived from the archive, so they are carried over; the next refresh fills the
rest from the archive.
"""

import os
from pathlib import Path

import duckdb

from warehouse.erasure.patient_rows import is_theirs, patients_in, tables_with_sites
from warehouse.redaction.whose_rows import Match
from warehouse.refresh.recovery import DAMAGED
from warehouse.storage.connection import create_schemas, private_files, settings
from warehouse.storage.durable_files import durable_rename, fsync
from warehouse.storage.home import PRIVATE_FILE, Home
from warehouse.storage.sql_files import sql_text

JOURNALS = (("quality", "quarantine"), ("quality", "resolved"))
OLD, NEW = "old_build", "new_build"


def replace_build(home: Home, site: str, match: Match) -> bool:
    """Replace the build database; return whether the journals could be carried over (a damaged file is given up)."""
    old, new = home.build_database, home.warehouse / "build-new.duckdb"
    _remove(new)
    _remove(home.warehouse / DAMAGED)
    if not old.exists():
        return True
    is_whole = True
    try:
        _carry_over(home, old, new, site, match)
    except (
        duckdb.IOException,
        duckdb.SerializationException,
        duckdb.FatalException,
        duckdb.InternalException,
    ) as error:
        if "No space left" in str(error):
            raise
        is_whole = False
        _remove(new)
    Path(f"{old}.wal").unlink(missing_ok=True)  # otherwise it would be replayed onto the new file
    if is_whole:
        os.chmod(new, PRIVATE_FILE)
        fsync(new)
        durable_rename(new, old)
    else:
        old.unlink()
        fsync(home.warehouse)
    return is_whole


def _carry_over(home: Home, old: Path, new: Path, site: str, match: Match) -> None:
    with private_files(), duckdb.connect(config=settings(home.scratch)) as con:
        con.execute(f"ATTACH {sql_text(str(old))} AS {OLD}")
        con.execute(f"ATTACH {sql_text(str(new))} AS {NEW}")
        con.execute(f"USE {NEW}")
        create_schemas(con)
        held = tables_with_sites(con, OLD)
        ids = patients_in(con, OLD, site, match)
        for schema, name in JOURNALS:
            if (schema, name) in held:
                theirs = is_theirs(held[schema, name], site, ids)
                con.execute(
                    f"CREATE TABLE {schema}.{name} AS SELECT * FROM {OLD}.{schema}.{name} WHERE NOT {theirs}"  # noqa: S608
                )
        con.execute(f"CHECKPOINT {NEW}")
        con.execute(f"USE memory; DETACH {OLD}; DETACH {NEW}")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    Path(f"{path}.wal").unlink(missing_ok=True)
