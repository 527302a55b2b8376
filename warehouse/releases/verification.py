"""Verifies that a release still matches its manifest, by recomputing every hash that the manifest lists.

It names files and tables, never what is in them.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from warehouse.releases.finding import LAKE_SCHEMA
from warehouse.releases.release import DATABASE, MANIFEST, content_hash
from warehouse.releases.sandbox import folder_of, within
from warehouse.storage.hashing import file_facts, table_hash
from warehouse.storage.table_catalogue import COHORT_VIEWS, PUBLISHED


@dataclass
class Verified:
    """The result: a line for each disagreement, notes on what could not be compared, and how much was compared."""

    release_id: str
    disagreements: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    n_files: int = 0
    n_tables: int = 0


def verify(folder: Path) -> Verified:
    """Compare a release's folder with its manifest."""
    done = Verified(folder.name)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        _names(done, manifest)
        _files(done, folder, manifest["files"])
        _tables(done, folder / DATABASE, manifest)
    except (OSError, ValueError):
        done.disagreements.append(f"{MANIFEST}: cannot be read")
    except (KeyError, TypeError, AttributeError):
        done.disagreements.append(f"{MANIFEST}: lacks required fields")
    return done


def hashed_by(manifest: dict) -> str:
    """The version of DuckDB that hashed the tables: when the release was made, or made again after an erasure."""
    return manifest.get("made_again_by", manifest["code"])["duckdb"]


def _names(done: Verified, manifest: dict) -> None:
    """Check the release's id, and that the content hash follows from the tables' hashes."""
    if manifest["release_id"] != done.release_id:
        done.disagreements.append(f"{MANIFEST}: belongs to another release")
    if content_hash(manifest["tables"]) != manifest["content_hash"]:
        done.disagreements.append(f"{MANIFEST}: content hash does not match the tables' hashes")
    if done.release_id[-8:] != manifest["content_hash"][:8]:
        done.disagreements.append("release id: does not end in the first 8 digits of the content hash")


def _files(done: Verified, folder: Path, listed: dict[str, dict]) -> None:
    found = {name: facts for name, facts in file_facts(folder).items() if name != MANIFEST}
    for name in sorted(listed.keys() | found.keys()):
        if name not in found:
            done.disagreements.append(f"{name}: missing")
        elif name not in listed:
            done.disagreements.append(f"{name}: not in the manifest")
        elif listed[name]["size_bytes"] != found[name]["size_bytes"]:
            done.disagreements.append(f"{name}: different size")
        elif listed[name]["sha256"] != found[name]["sha256"]:
            done.disagreements.append(f"{name}: different SHA-256")
    done.n_files = len(listed)


def _tables(done: Verified, database: Path, manifest: dict) -> None:
    """Check rows and content hash of every table, if the manifest's hashes were made by this version of DuckDB."""
    made_by = hashed_by(manifest)
    if made_by != duckdb.__version__:
        done.notes.append(
            f"made with DuckDB {made_by}, read with {duckdb.__version__}: the tables' hashes cannot be compared, "
            "only those of the files"
        )
        return
    if not database.exists():
        return  # already reported by _files
    try:
        with folder_of(database) as folder, duckdb.connect(str(database), read_only=True, config=within(folder)) as con:
            compare_tables(done, con, manifest["tables"])
    except duckdb.Error:
        done.disagreements.append(f"{DATABASE}: cannot be read as a database")


def compare_tables(done: Verified, con: duckdb.DuckDBPyConnection, listed: dict[str, dict]) -> None:
    """Compare rows and content hash of every table of the current catalogue, a release, with those listed."""
    rows = con.execute(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables "
        "WHERE table_catalog = current_database() AND table_schema <> ?",
        [LAKE_SCHEMA],
    ).fetchall()
    found = {name for (name,) in rows} - {view.full_name for view in COHORT_VIEWS}
    known = {table.full_name: table for table in PUBLISHED}
    for name in sorted(listed.keys() | found):
        if name not in found:
            done.disagreements.append(f"table {name}: missing")
        elif name not in listed:
            done.disagreements.append(f"table {name}: not in the manifest")
        elif name not in known:
            done.disagreements.append(f"table {name}: unknown to this version of the code")
        else:
            n_rows, digest = table_hash(con, known[name].schema, known[name].name, known[name].hashed_rows)
            if n_rows != listed[name]["rows"]:
                done.disagreements.append(f"table {name}: different number of rows")
            elif digest != listed[name]["sha256"]:
                done.disagreements.append(f"table {name}: different content hash")
    done.n_tables = len(listed)
