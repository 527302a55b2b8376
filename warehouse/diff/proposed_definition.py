"""Runs a proposed definition on a release and finds the subjects that it would move.

Only one SELECT is ever run, on a connection that can reach the release and nothing else. Nothing is written: its rows
live in memory.
"""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from warehouse.derived.endpoint_definitions import competing, header_for, names_competing
from warehouse.diff.endpoints import MOVED, counts, find_moved, listed
from warehouse.diff.pair import AFTER, BEFORE, Pair
from warehouse.diff.rows import find_changed_rows
from warehouse.diff.states import FACTORS
from warehouse.releases.query_errors import SPEAKING_ERRORS
from warehouse.releases.release import Release
from warehouse.releases.sandbox import close_sandbox, temporary_folder, while_attaching
from warehouse.storage.connection import define_terms
from warehouse.storage.errors import DefinitionRefused
from warehouse.storage.sql_files import sql_text

if TYPE_CHECKING:
    import pandas as pd

RELEASE = "release"
COLUMNS = {
    "site": "VARCHAR",
    "endpoint": "VARCHAR",
    "level": "VARCHAR",
    "patient_id": "VARCHAR",
    "lesion_id": "VARCHAR",
    "start_date": "DATE",
    "end_date": "DATE",
    "event": "INTEGER",
    "event_description": "VARCHAR",
    "source_table": "VARCHAR",
    "source_key": "VARCHAR",
    "definition": "VARCHAR",
}
"""The columns that a definition returns, in this order."""
WIDTHS = {"TINYINT": "INTEGER", "SMALLINT": "INTEGER", "BIGINT": "INTEGER"}
FORM = "Write it as the files of warehouse/sql/endpoints/ are (docs/definitions.md)."
ROWS = f"{AFTER}.derived.time_to_event"
UNUSABLE = f"""
    SELECT count(DISTINCT endpoint) AS n_endpoints,
           {", ".join(f"count(*) FILTER ({c} IS NULL) AS empty_{c}" for c in COLUMNS if c != "lesion_id")},
           count(*) FILTER (level NOT IN ('lesion', 'patient')) AS n_levels,
           count(*) FILTER ((level = 'lesion') <> (lesion_id IS NOT NULL)) AS n_lesions,
           count(*) FILTER (event NOT IN (0, 1, 2, 3)) AS n_events,
           count(*) FILTER (end_date < start_date) AS n_backwards,
           count(*) - count(DISTINCT (endpoint, level, site, patient_id, coalesce(lesion_id, ''))) AS n_twice
    FROM {ROWS}
"""  # noqa: S608 (own names)


@dataclass(frozen=True)
class Level:
    """One level of the definition: how many subjects the release and the definition have, and whether an event
    competes.
    """

    level: str
    n_before: int
    n_after: int
    has_competing: bool


@dataclass(frozen=True)
class Whom:
    """Whom the definition moves: `counts` (endpoint, level, flipped, moved), `ways` (level, kind, was, now, n), and
    `rows`, the first of `n_rows`. `n_reworded` subjects keep event and dates; only their description changes.
    """

    counts: list[dict]
    ways: list[dict]
    rows: list[dict]
    n_rows: int
    n_reworded: int


@dataclass(frozen=True)
class Proposed:
    """The definition's rows (catalogue AFTER) beside the release's of the same endpoint and levels (BEFORE)."""

    pair: Pair
    endpoint: str
    was: list[str]
    now: list[str]
    levels: list[Level]

    def whom(self, limit: int) -> Whom:
        """Find the subjects that change, and list the first `limit` by key."""
        find_changed_rows(self.pair)
        find_moved(self.pair)
        same = "kind = 'moved' AND was_date = now_date AND was_months = now_months"
        reworded = self.pair.one(f"SELECT count(*) AS n FROM {MOVED} WHERE {same}")["n"]  # noqa: S608 (own names)
        self.pair.con.execute(f"DELETE FROM {MOVED} WHERE {same}")  # noqa: S608
        ways = self.pair.rows(
            f"SELECT level, kind, was, now, count(*) AS n FROM {MOVED} GROUP BY ALL "  # noqa: S608
            "ORDER BY level DESC, n DESC, was, now"
        )
        rows, n_rows = listed(self.pair, limit)
        return Whom(counts(self.pair), ways, rows, n_rows, reworded)

    def subjects(self, catalogue: str, level: str) -> "pd.DataFrame":
        """Count the subjects of BEFORE or AFTER at that level: days, event, FACTORS, count, equal rows together. At
        lesion level the diameter is the lesion's own.
        """
        own = {name: f"coalesce(p.{name}::VARCHAR, 'unknown') AS {name}" for name in FACTORS}
        join = f"LEFT JOIN {RELEASE}.derived.patient_ltpfs p USING (site, patient_id)"
        if level == "lesion":
            own["diameter_ge_30"] = (
                "coalesce((l.max_diameter_mm >= large_lesion_mm())::VARCHAR, 'unknown') AS diameter_ge_30"
            )
            join += f" LEFT JOIN {RELEASE}.derived.lesion_ltp l USING (site, patient_id, lesion_id)"
        return self.pair.con.execute(
            f"SELECT t.days, t.event, {', '.join(own.values())}, count(*) AS count "  # noqa: S608 (own names)
            f"FROM {catalogue}.derived.time_to_event t {join} WHERE t.level = ? GROUP BY ALL ORDER BY ALL",
            [level],
        ).df()


@contextmanager
def beside_release(release: Release, sql: str, name: str) -> Iterator[Proposed]:
    """Run the definition `sql` on the release; errors call it `name`. DefinitionRefused if it is not a definition."""
    select = one_select(sql, name)
    with temporary_folder() as folder, closing(duckdb.connect(config=while_attaching(folder))) as con:
        con.execute(f"ATTACH {sql_text(str(release.database))} AS {RELEASE} (READ_ONLY)")
        for catalogue in (BEFORE, AFTER):
            con.execute(f"ATTACH ':memory:' AS {catalogue}")
            con.execute(f"CREATE SCHEMA {catalogue}.derived")
        define_terms(con)
        close_sandbox(con)
        con.execute(f"USE {RELEASE}")
        _run(con, select, name)
        con.execute("USE memory")
        yield _proposed(con, release, name, sql)


def one_select(sql: str, name: str) -> str:
    """Return the one SELECT in `sql`. DefinitionRefused if there is anything else."""
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.ParserException as error:
        at = re.search(r"LINE (\d+):", str(error))  # the rest may quote the file, which may be the wrong one
        raise DefinitionRefused(f"{name} is not SQL{f' (line {at[1]})' if at else ''}.", FORM) from None
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise DefinitionRefused(f"{name} is not one SELECT.", "A definition only reads: " + FORM[0].lower() + FORM[1:])
    return statements[0].query.strip().removesuffix(";")


def _run(con: duckdb.DuckDBPyConnection, select: str, name: str) -> None:
    """Put the definition's rows into AFTER, with days and months computed as in the derivation."""
    try:
        described = con.execute(f"DESCRIBE (\n{select}\n)").fetchall()
        _check_columns({column: kind for column, kind, *_ in described}, name)
        con.execute(
            f"CREATE TABLE {ROWS} AS SELECT {', '.join(f'{c}::{kind} AS {c}' for c, kind in COLUMNS.items())}, "  # noqa: S608
            f"(end_date - start_date)::INTEGER AS days, days / days_per_month() AS months FROM (\n{select}\n)"
        )
    except duckdb.PermissionException:
        cure = 'Read tables as `registry query "FROM meta.columns"` lists them.'
        raise DefinitionRefused(f"{name} reads something other than the release.", cure) from None
    except duckdb.Error as error:
        cure = 'Read what `registry query "FROM meta.columns"` lists; after an upgrade run `registry refresh` first.'
        if isinstance(error, SPEAKING_ERRORS):
            raise DefinitionRefused(f"{name} does not fit the release: {_first_line(error)}", cure) from None
        kind = type(error).__name__.removesuffix("Exception")
        raise DefinitionRefused(
            f"{name} fails on the release's rows ({kind}).", "Try it with `registry query`."
        ) from None


def _check_columns(found: dict[str, str], name: str) -> None:
    missing = [column for column in COLUMNS if column not in found]
    if missing:
        raise DefinitionRefused(
            f"{name} lacks {', '.join(missing)}.", f"It must return, in this order: {', '.join(COLUMNS)}."
        )
    if list(found) != list(COLUMNS):
        words = "has columns that a definition does not have, or has them in a different order"
        raise DefinitionRefused(f"{name} {words}.", f"It must return, in this order: {', '.join(COLUMNS)}.")
    wrong = [c for c, kind in COLUMNS.items() if WIDTHS.get(found[c], found[c]) != kind]
    if wrong:
        told = ", ".join(f"{c} is {found[c]}, not {COLUMNS[c]}" for c in wrong)
        raise DefinitionRefused(f"In {name} {told}.", f"Cast it, e.g. {wrong[0]}::{COLUMNS[wrong[0]]}.")


def _proposed(con: duckdb.DuckDBPyConnection, release: Release, name: str, sql: str) -> Proposed:
    """Compare the rows with the release's. If the header in `sql` names no competing events, the installed definition's
    apply.
    """
    new = release.manifest["tables"] | {"derived.time_to_event": {}}
    code = {"code": release.manifest["code"] | {"source_sha256": "proposed"}, "tables": new}
    pair = Pair(con, BEFORE, AFTER, release.manifest, release.manifest | code)
    _check_rows(pair.one(UNUSABLE), name)
    ((endpoint, levels),) = con.execute(f"SELECT any_value(endpoint), list(DISTINCT level) FROM {ROWS}").fetchall()  # noqa: S608
    said = header_for(sql, endpoint).get("competing", "")
    own = f"endpoint = {sql_text(endpoint)} AND level IN ({', '.join(map(sql_text, levels))})"
    con.execute(f"CREATE VIEW {BEFORE}.derived.time_to_event AS FROM {RELEASE}.derived.time_to_event WHERE {own}")
    for table in ("patient_ltpfs", "lesion_ltp"):
        for catalogue in (BEFORE, AFTER):
            con.execute(f"CREATE VIEW {catalogue}.derived.{table} AS FROM {RELEASE}.derived.{table}")
    counted = pair.rows(
        f"""
        SELECT level, count(*) FILTER (side = 'before') AS n_before, count(*) FILTER (side = 'after') AS n_after,
               count(*) FILTER (side = 'after' AND event > 1) AS n_competing
        FROM (SELECT 'before' AS side, level, event FROM {BEFORE}.derived.time_to_event
              UNION ALL SELECT 'after', level, event FROM {ROWS})
        GROUP BY level ORDER BY level DESC
        """  # noqa: S608 (own names)
    )
    was, now = (
        pair.rows(f"SELECT DISTINCT definition AS name FROM {catalogue}.derived.time_to_event ORDER BY 1")  # noqa: S608
        for catalogue in (BEFORE, AFTER)
    )
    names_was, names_now = ([row["name"] for row in rows] for rows in (was, now))
    return Proposed(pair, endpoint, names_was, names_now, [_level(endpoint, said, name, **row) for row in counted])


def _level(endpoint: str, said: str, name: str, level: str, n_before: int, n_after: int, n_competing: int) -> Level:
    """Return the level, with competing events as the header declares them, or as the rows have them if nothing is
    declared. DefinitionRefused if the header says that there are none but rows have them.
    """
    declared = names_competing(said) if said else competing().get((endpoint, level), n_competing > 0)
    if said and n_competing and not declared:
        words = f"has event 2 or 3 in {n_competing:,} rows, but its header names no competing event"
        raise DefinitionRefused(f"{name} {words}.", "Name it after `-- competing:`, or give these rows event 0.")
    return Level(level, n_before, n_after, declared)


def _check_rows(found: dict, name: str) -> None:
    """Raise DefinitionRefused if a row does not fit derived.time_to_event; it gives numbers of rows, never a value."""
    empty = [column.removeprefix("empty_") for column, n in found.items() if column.startswith("empty_") and n]
    complaints = {
        "returns no row on this release": not found["n_endpoints"],
        "returns more than one endpoint": found["n_endpoints"] > 1,
        f"leaves {', '.join(empty)} empty in some rows": bool(empty),
        f"returns {found['n_twice']:,} rows too many: a subject occurs twice": found["n_twice"],
        "has a level other than lesion and patient": found["n_levels"] > 0,
        f"names a lesion at patient level, or none at lesion level, in {found['n_lesions']:,} rows": found["n_lesions"],
        f"has an event other than 0, 1, 2 and 3 in {found['n_events']:,} rows": found["n_events"],
        f"ends before it starts in {found['n_backwards']:,} rows": found["n_backwards"],
    }
    for words, is_so in complaints.items():
        if is_so:
            cure = "One file is one endpoint, one row per subject: correct its joins and its WHERE."
            nobody = "If the release holds anybody whom it concerns, correct its joins and its WHERE."
            raise DefinitionRefused(f"{name} {words}.", cure if found["n_endpoints"] else nobody)


def _first_line(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0].rstrip(".!") + "."
