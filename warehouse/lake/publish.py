"""Writes a release into a lake as one snapshot: of each table only the rows that differ from the snapshot before.

A table whose state (rows and hash over all cells, lake.states) is as before is not touched. Of any other the lake's
rows and the release's are hashed; rows that the release has not are deleted, those that the lake has not are inserted.
So snapshots share the files of what did not change. A table of which most rows differ, as a curve's do, or of whose
stored rows most have been deleted, is written whole: a file in which rows are deleted keeps them, and beside it a list
of them, which each later release writes again, longer. All is one transaction: a release is in the lake whole, once, or
not at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import duckdb

from warehouse.lake import apart
from warehouse.lake.books import BOOKS, MESSAGE, forget_releases, is_kept_apart, note_release, releases_in
from warehouse.lake.connection import LAKE, METADATA
from warehouse.releases.comments import comments_lacking
from warehouse.releases.finding import Release
from warehouse.storage.connection import create_view, view_statements
from warehouse.storage.errors import ReleaseDamaged
from warehouse.storage.hashing import columns_of
from warehouse.storage.sql_files import sql_text

MADE = "made"
"""The release's own database, attached."""
WHOLE_FROM = 0.5
"""A table of which more than this share of rows differ, or of its stored rows is deleted, is written whole."""
State = tuple[str, int, int, int]
"""A table's columns, and rows, sum and exclusive-or of the hashes of its rows."""


@dataclass(frozen=True)
class Published:
    """How many tables were made anew, had rows replaced, or stayed as they were."""

    n_made: int
    n_changed: int
    n_kept: int


def publish(con: duckdb.DuckDBPyConnection, release: Release, *, anew: bool = False) -> Published | None:
    """Write the release as the lake's newest snapshot; do nothing, and return None, if the lake has it.

    With `anew`, drop every table and forget every release first, in the same transaction.
    """
    if not anew and any(one.release_id == release.release_id for one in releases_in(con)):
        return None
    with _attached(con, release):
        con.begin()
        try:
            if anew:
                _drop_all(con)
            done = _write_tables(con)
            note_release(con, release)
            con.execute(f"CALL {LAKE}.set_commit_message(?, ?)", ["registry", f"{MESSAGE}{release.release_id}"])
            con.commit()
        except BaseException:
            with suppress(duckdb.Error):  # of a server that is gone, whose word is the first error's
                con.rollback()
            raise
    return done


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, release: Release) -> Iterator[None]:
    try:
        con.execute(f"ATTACH {sql_text(str(release.database.resolve()))} AS {MADE} (READ_ONLY)")
    except duckdb.IOException:
        raise ReleaseDamaged(
            f"The database of release {release.release_id} cannot be read.", "Restore the release from a backup."
        ) from None
    try:
        yield
    finally:
        con.execute(f"DETACH {MADE}")


def _drop_all(con: duckdb.DuckDBPyConnection) -> None:
    for name in view_statements(con, LAKE):
        con.execute(f"DROP VIEW {LAKE}.{name}")
    for name in _tables(con, LAKE):
        con.execute(f"DROP TABLE {LAKE}.{name}")
    con.execute(f"DELETE FROM {LAKE}.{BOOKS}.states")  # noqa: S608 (own names)
    forget_releases(con, [one.release_id for one in releases_in(con)])


def _tables(con: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    """Return schema.table of every table of a release in the database."""
    rows = con.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
        "WHERE database_name = ? AND schema_name <> ? ORDER BY ALL",
        [database, BOOKS],
    ).fetchall()
    return [name for (name,) in rows]


def _write_tables(con: duckdb.DuckDBPyConnection) -> Published:
    before = _states(con)
    tables, views = _tables(con, MADE), view_statements(con, MADE)
    after: dict[str, State] = {name: _state(con, name) for name in tables}
    after |= {name: (statement, 0, 0, 0) for name, statement in views.items()}
    for schema in sorted({name.split(".")[0] for name in after}):
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {LAKE}.{schema}")
    in_lake, views_there = set(_tables(con, LAKE)), set(view_statements(con, LAKE))
    for name in sorted(views_there - set(views)):
        con.execute(f"DROP VIEW {LAKE}.{name}")
    for name in sorted(in_lake - set(tables)):
        con.execute(f"DROP TABLE {LAKE}.{name}")
    is_known = {name: name in in_lake and name in before and before[name][0] == after[name][0] for name in tables}
    changed = [name for name in tables if is_known[name] and before[name] != after[name]]
    made = [name for name in tables if not is_known[name]]
    by_site = _kept_apart(con, tables)
    for name in made:
        if name in by_site:
            apart.make(con, name, f"{MADE}.{name}")
        else:
            con.execute(f"CREATE OR REPLACE TABLE {LAKE}.{name} AS FROM {MADE}.{name}")
    worn = _mostly_deleted(con)
    for name in changed:
        _replace_rows(con, name, before[name][1], is_worn=name in worn, by_site=name in by_site)
    for name, statement in views.items():
        if (
            made or name not in views_there or before.get(name) != after[name]
        ):  # a view keeps the columns it was made on
            create_view(con, LAKE, _again(statement))
    if made:  # a comment in a later transaction would make an insert that is open then fail
        _comment(con)
    _note_states(con, after)
    return Published(len(made), len(changed), len(tables) - len(made) - len(changed))


def _kept_apart(con: duckdb.DuckDBPyConnection, tables: list[str]) -> set[str]:
    if not is_kept_apart(con):
        return set()
    return {name for name in tables if apart.has_rows_of_sites(name, [column for column, _ in _columns(con, name)])}


def _states(con: duckdb.DuckDBPyConnection) -> dict[str, State]:
    rows = con.execute(f"SELECT name, shape, n_rows, hash_sum, hash_xor FROM {LAKE}.{BOOKS}.states").fetchall()  # noqa: S608
    return {name: (shape, n_rows, int(hash_sum), int(hash_xor)) for name, shape, n_rows, hash_sum, hash_xor in rows}


def _state(con: duckdb.DuckDBPyConnection, name: str) -> State:
    """Return the state of a table of the release."""
    hashes = f"SELECT hash({_cells(con, name)}) AS h FROM {MADE}.{name}"  # noqa: S608 (own names)
    row = con.execute(
        "SELECT count(*), coalesce(sum(h::HUGEINT), 0)::HUGEINT, coalesce(bit_xor(h), 0)::UBIGINT "  # noqa: S608
        f"FROM ({hashes})"
    ).fetchone()
    assert row is not None
    return (repr(_columns(con, name)), *map(int, row))  # type: ignore[return-value]


def _columns(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str]]:
    schema, table = name.split(".")
    return columns_of(con, f"{MADE}.{schema}", table)


def _cells(con: duckdb.DuckDBPyConnection, name: str) -> str:
    return ", ".join(f'"{column}"' for column, _ in _columns(con, name))


def _mostly_deleted(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return schema.table of the tables in whose files most rows are deleted ones. Upkeep cannot write these again."""
    rows = con.execute(
        f"""
        SELECT schema_name || '.' || table_name FROM {METADATA}.ducklake_data_file f
        JOIN {METADATA}.ducklake_table t USING (table_id) JOIN {METADATA}.ducklake_schema USING (schema_id)
        LEFT JOIN (SELECT * FROM {METADATA}.ducklake_delete_file WHERE end_snapshot IS NULL) d USING (data_file_id)
        WHERE f.end_snapshot IS NULL AND t.end_snapshot IS NULL
        GROUP BY ALL HAVING sum(coalesce(d.delete_count, 0)) > {WHOLE_FROM} * sum(f.record_count)
        """  # noqa: S608 (own names)
    ).fetchall()
    return {name for (name,) in rows}


def _replace_rows(
    con: duckdb.DuckDBPyConnection, name: str, n_rows: int, *, is_worn: bool = False, by_site: bool = False
) -> None:
    """Replace the rows in which the lake's table, of `n_rows`, differs from the release's; if it is worn, all."""
    cells = _cells(con, name)
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE differing AS
        SELECT h, count(*) FILTER (side < 0) AS n FROM (
            SELECT hash({cells}) AS h, 1 AS side FROM {MADE}.{name}
            UNION ALL SELECT hash({cells}), -1 FROM {LAKE}.{name}
        ) GROUP BY h HAVING sum(side) <> 0
        """  # noqa: S608 (own names)
    )
    row = con.execute("SELECT coalesce(sum(n), 0) FROM differing").fetchone()
    assert row is not None
    is_whole = is_worn or row[0] > WHOLE_FROM * n_rows
    differs = f"hash({cells}) IN (SELECT h FROM differing)"  # noqa: S608 (own names)
    _exchange(con, name, "true" if is_whole else differs, by_site)
    con.execute("DROP TABLE differing")


def _exchange(con: duckdb.DuckDBPyConnection, name: str, which: str, by_site: bool) -> None:
    """Delete the rows for which `which` holds from the lake's table, and insert those of the release's."""
    if by_site:
        apart.delete(con, name, which)
        apart.insert(con, name, f"{MADE}.{name}", which)
        return
    con.execute(f"DELETE FROM {LAKE}.{name} WHERE {which}")  # noqa: S608 (own names)
    con.execute(f"INSERT INTO {LAKE}.{name} FROM {MADE}.{name} WHERE {which}")


def _again(statement: str) -> str:
    return statement.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1)


def _comment(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"USE {LAKE}")
    try:
        for statement in comments_lacking(con, views_too=False):
            con.execute(statement)
    finally:
        con.execute("USE memory")


def _note_states(con: duckdb.DuckDBPyConnection, after: dict[str, State]) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE now_held (n VARCHAR, s VARCHAR, r BIGINT, a HUGEINT, x UBIGINT)")
    con.executemany("INSERT INTO now_held VALUES (?, ?, ?, ?, ?)", [[name, *state] for name, state in after.items()])
    con.execute(f"DELETE FROM {LAKE}.{BOOKS}.states")  # noqa: S608 (own names)
    con.execute(f"INSERT INTO {LAKE}.{BOOKS}.states FROM now_held")
    con.execute("DROP TABLE now_held")
