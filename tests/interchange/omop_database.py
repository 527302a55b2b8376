"""Loads an OMOP export into an SQLite database, and says how a site asks it."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb

from schemas.exports import WATCHED
from tests.deploy.postgres_server import Server, psql
from warehouse.storage.extensions import extension_files
from warehouse.storage.sql_files import sql_text

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


def load_postgres(folder: Path, server: Server, database: str) -> None:
    """Load each CSV into a new database of the server, with types as OMOP has them, and let it know its tables."""
    psql(server, f"CREATE DATABASE {database}", database="postgres")
    for path in sorted(folder.glob("*.csv")):
        with open(path, encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        columns = ", ".join(f"{name} {_postgres_kind(name)}" for name in header)
        psql(server, f"CREATE TABLE {path.stem} ({columns})", database=database)
        psql(server, f"\\copy {path.stem} from '{path}' csv header\n", database=database)
    psql(server, "ANALYZE", database=database)


def _postgres_kind(name: str) -> str:
    if name in NUMBERS:
        return "numeric"
    if name.endswith("_date"):
        return "date"
    texts = ("domain_id", "vocabulary_id", "concept_class_id")
    return "bigint" if name not in texts and (name.endswith("_id") or name == "year_of_birth") else "text"


def load_mariadb(folder: Path, port: int) -> None:
    """Load each CSV into the server's database, with types as OMOP has them."""
    kinds = {"numeric": "DECIMAL(18, 6)", "date": "DATE", "bigint": "BIGINT", "text": "VARCHAR"}
    with duckdb.connect() as con:
        for file in extension_files(["mysql_scanner"], "sql"):
            con.execute(f"LOAD {sql_text(str(file))}")
        con.execute(f"ATTACH 'host=127.0.0.1 port={port} database=clinic user=writer' AS omop (TYPE mysql)")
        for path in sorted(folder.glob("*.csv")):
            with open(path, encoding="utf-8", newline="") as file:
                columns = {name: kinds[_postgres_kind(name)] for name in next(csv.reader(file))}
            con.execute(f"CREATE TABLE omop.{path.stem} ({', '.join(f'{name} {columns[name]}' for name in columns)})")
            con.execute(f"INSERT INTO omop.{path.stem} FROM read_csv({sql_text(str(path))}, columns = {columns})")


def site_toml(database: str, connection: str, site: str, further: str = "") -> str:
    """A site.toml that takes one care site of an OMOP database through the preset. The site delivers no treatments."""
    exports = "".join(
        f'\n[exports.{name}]\nsource = "omop"\nmode = "snapshot"\npreset = "omop-5.4"\n'
        f'where = {{ care_site = "{site}" }}\n'
        for name in WATCHED
    )
    said = f'database = "{database}"\nconnection = "{connection}"\n{further}'
    return f'[sources.omop]\nkind = "sql"\n{said}\n{exports}'
