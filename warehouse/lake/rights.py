"""Writes the SQL that gives people their rights on a lake's catalogue in PostgreSQL, for an administrator to run.

Who may read a lake reads it through rows of the catalogue: which files there are, and the key of each. Analysts get all
of these. A reader of a site gets those of the site's files alone, by row-level security, and of no table that is not
kept apart by site; what has no policy, shows nothing.
"""

from dataclasses import dataclass

import duckdb

from warehouse.lake.address import POSTGRES, Address
from warehouse.lake.books import BOOKS, check_format, is_kept_apart, refuse_part, releases_in
from warehouse.lake.connection import METADATA, attach, connected
from warehouse.lake.reading import READ_ONLY
from warehouse.lake.words import LakeRefused, in_words
from warehouse.releases.sandbox import temporary_folder, while_attaching
from warehouse.storage.sql_files import sql_text

PREFIX = "registry"
CATALOGUE = "ducklake_"
TABLES = f"FROM pg_tables WHERE schemaname = current_schema() AND starts_with(tablename, '{CATALOGUE}')"
LONGEST = 63
"""Bytes of a name in PostgreSQL; it cuts longer ones, which could make one of two."""
OPEN_TABLES = ((BOOKS, "format"), ("meta", "columns"))
"""Tables that every reader sees whole: which format the lake has, and what the columns mean."""
BY_FILE = ("delete_file", "file_column_stats", "file_variant_stats")
"""Tables of the catalogue with a row for each data file."""
CLOSED = ("table_stats", "table_column_stats", "files_scheduled_for_deletion")
"""Tables of the catalogue with bounds and counts over all sites, or other sites' files; DuckLake reads them empty."""
FILTERED = ("table", "data_file", "file_partition_value", *BY_FILE, *CLOSED)
NAMES_ALONE = (
    *("metadata", "snapshot", "snapshot_changes", "schema", "schema_versions", "view", "tag", "column", "column_tag"),
    *("partition_info", "partition_column", "column_mapping", "name_mapping", "sort_info", "sort_expression"),
    *("macro", "macro_impl", "macro_parameters", "inlined_data_tables"),
)
"""Tables of the catalogue that hold names and numbers of tables, columns and snapshots, and nothing of a row."""


@dataclass(frozen=True)
class Catalogue:
    """A lake's catalogue as PostgreSQL has it; `sites` are those whose rows it has, none if they are not kept apart."""

    database: str
    schema: str
    owner: str
    tables: frozenset[str]
    is_apart: bool
    sites: tuple[str, ...]


def read_catalogue(address: Address) -> Catalogue:
    """Return what the SQL has to name. LakeRefused if the catalogue is a file, which has no roles, or holds no lake."""
    if address.kind != POSTGRES:
        raise LakeRefused(
            f"The catalogue {address} is a file: whoever may read it reads all of it.",
            "Keep the catalogue in PostgreSQL, which has roles.",
        )
    with temporary_folder() as folder, connected(address, while_attaching(folder)) as con, in_words(address):
        attach(con, address, *READ_ONLY)
        check_format(con, address)
        refuse_part(releases_in(con), address)
        return _read(con)


def _read(con: duckdb.DuckDBPyConnection) -> Catalogue:
    rows = _ask(con, "SELECT current_database()::text, schemaname::text, tableowner::text, tablename::text " + TABLES)
    apart = is_kept_apart(con)
    sites = _ask(con, "SELECT DISTINCT partition_value FROM ducklake_file_partition_value") if apart else []
    database, schema, owner, _ = rows[0]
    tables = frozenset(name.removeprefix(CATALOGUE) for *_, name in rows)
    return Catalogue(database, schema, owner, tables, apart, tuple(sorted(site for (site,) in sites if site)))


def _ask(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return con.execute(f"SELECT * FROM postgres_query('{METADATA}', {sql_text(sql)})").fetchall()  # noqa: S608
