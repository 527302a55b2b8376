"""Provenance: which code and which inputs made a release.

What belongs here: the facts for manifest.json. What does not: writing it (releases.py).
"""

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

import duckdb

from warehouse.canaries import counted
from warehouse.home import Home
from warehouse.releases import content, content_hash, current_release

PACKAGE = "ablation-registry"
ROOMS = ("schemas", "warehouse", "analysis", "assets")
"""The rooms whose code decides what a table holds."""
SCHEMA_VERSIONS = {"exports": "1", "clean": "1", "derived": "1", "analysis": "1", "quality": "1", "meta": "1"}


@cache
def source_hash() -> str:
    """SHA-256 over the source files (Python, SQL, templates) of the rooms."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.suffix in (".py", ".sql", ".html", ".css"):
                digest.update(f"{path.relative_to(root).as_posix()}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def code_version() -> str:
    """The installed version of the project."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return "not installed"


def manifest(con: duckdb.DuckDBPyConnection, home: Home) -> dict:
    """The manifest of the build database's content, without the release's id and time."""
    tables = content(con)
    parent = current_release(home)
    inputs = con.execute(
        "SELECT site, export, delivery, file_name, sha256, rows_received AS rows, status, reason FROM meta.loads "
        "ORDER BY site, export, position NULLS LAST, delivery"
    )
    names = [d[0] for d in inputs.description or []]
    deliveries = [dict(zip(names, row, strict=True)) for row in inputs.fetchall()]
    return {
        "content_hash": content_hash(tables),
        "parent_release": parent.release_id if parent else None,
        "code": {"version": code_version(), "source_sha256": source_hash(), "duckdb": duckdb.__version__},
        "schema_versions": SCHEMA_VERSIONS,
        "inputs": deliveries,
        "exceptions": _exceptions_file(con),
        "tables": {name: {"rows": t["rows"], "sha256": t["sha256"]} for name, t in tables.items()},
        "quality": summary(con) | {"canaries": counted(con)},
        "definitions": _definitions(con),
    }


def summary(con: duckdb.DuckDBPyConnection) -> dict:
    """What quality.quarantine holds, in numbers."""
    row = con.execute(
        "SELECT count(DISTINCT (site, export, delivery, line)) FILTER (scope = 'row'), "
        "count(*) FILTER (scope = 'value') FROM quality.quarantine"
    ).fetchone()
    by_rule = con.execute("SELECT rule_id, count(*) FROM quality.quarantine GROUP BY 1 ORDER BY 1").fetchall()
    assert row is not None
    return {"rows_set_aside": row[0], "values_set_aside": row[1], "entries_by_rule": dict(by_rule)}


def _exceptions_file(con: duckdb.DuckDBPyConnection) -> dict:
    """SHA-256 and number of notes of the exceptions.toml that held; None and 0 without one."""
    row = con.execute("SELECT sha256, n_notes FROM meta.exceptions_file").fetchone()
    return {"sha256": row[0], "notes": row[1]} if row else {"sha256": None, "notes": 0}


def _definitions(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute("SELECT DISTINCT definition FROM derived.time_to_event ORDER BY 1").fetchall()
    return [name for (name,) in rows]
