"""Loads an OMOP export into an SQLite database, and says how a site asks it."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

from schemas.exports import WATCHED

NUMBERS = ("value_as_number",)


def load(folder: Path, database: Path) -> None:
    """Load each CSV as the table of its name: ids as integers, empty cells as NULL."""
    with closing(sqlite3.connect(database)) as con:
        for path in sorted(folder.glob("*.csv")):
            with open(path, encoding="utf-8", newline="") as file:
                rows = csv.reader(file)
                header = next(rows)
                columns = ", ".join(f"{name} {_kind(name)}" for name in header)
                con.execute(f"CREATE TABLE {path.stem} ({columns})")
                marks = ", ".join("?" * len(header))
                cells = ([cell or None for cell in row] for row in rows)
                con.executemany(f"INSERT INTO {path.stem} VALUES ({marks})", cells)
        con.commit()


def _kind(name: str) -> str:
    if name in NUMBERS:
        return "REAL"
    return "INTEGER" if name.endswith("_id") or name == "year_of_birth" else "TEXT"


def site_toml(database: str, connection: str, site: str, further: str = "") -> str:
    """A site.toml that takes one care site of an OMOP database through the preset. The site delivers no treatments."""
    exports = "".join(
        f'\n[exports.{name}]\nsource = "omop"\nmode = "snapshot"\npreset = "omop-5.4"\n'
        f'where = {{ care_site = "{site}" }}\n'
        for name in WATCHED
    )
    said = f'database = "{database}"\nconnection = "{connection}"\n{further}'
    return f'[sources.omop]\nkind = "sql"\n{said}\n{exports}'
