"""Finds the releases that hold a patient and makes their tables again without the patient's rows and counts.

Rows of other patients stay as in the old release, to the last cell: a release records what was known at its time, even
if the code has changed since. Analyses and reports are remade by workflows/remake_release.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from schemas.rule_book import DATASET_PHASE
from warehouse.clean.identifiers import count_identifiers
from warehouse.control.charts import write_charts
from warehouse.derived.completeness import build_completeness
from warehouse.erasure.names_in_note import in_note
from warehouse.erasure.patient_contribution import Counts, LeftOut, Share
from warehouse.erasure.patient_rows import is_theirs, patients_in, tables_with_sites
from warehouse.quality.result import Result
from warehouse.quality.rule_results import write_results
from warehouse.quality.scorecard import write_scorecard
from warehouse.redaction.whose_rows import Match
from warehouse.releases.cohort_views import SCHEMA as COHORT
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, list_releases, release_folders
from warehouse.storage.connection import define_terms, private_files, settings, table_exists, view_statements
from warehouse.storage.errors import ReleaseDamaged
from warehouse.storage.hashing import columns_of
from warehouse.storage.home import Home
from warehouse.storage.rule_table import book_of
from warehouse.storage.sql_files import names_in, sql_text

OLD = "old_release"
TEXTS = (".md", ".txt")
IN_WINDOW = "n_exams_in_window"
"""Releases of version 0.1.0 call it n_exams_kept."""
COUNTED_ANEW = {
    *(name.upper().replace("_", "-") for folder in ("results", "gates") for name in names_in(folder)),
    "DS-01",
    "DS-02",
}
"""Rules about derived tables or the registry as a whole: a release contains everything they read."""
BALANCED = """
    rows_received = duplicate + conflicting + unchanged + new + changed
    AND in_clean + in_quarantine = current AND in_both = 0 AND conflicting_in_quarantine = conflicting
"""


def holders(home: Home, site: str, match: Match, known: set[str]) -> list[tuple[Release, set[str]]]:
    """Return the releases that hold patients of the site whom `match` finds, oldest first, each with those patients.

    A release whose note names one of the `known` patients holds that patient too: a note about changes may mention one
    who has left the tables. Raises ReleaseDamaged if a release cannot be read.
    """
    readable = list_releases(home)
    if damaged := {folder.name for folder in release_folders(home)} - {r.release_id for r in readable}:
        raise ReleaseDamaged(
            f"These releases cannot be read, so they may hold the patient: {', '.join(sorted(damaged))}.",
            "Remove their folders, then run the command again.",
        )
    found = []
    for release in reversed(readable):
        with open_release(release) as con:
            row = con.execute("SELECT current_database()").fetchone()
            assert row is not None
            ids = patients_in(con, row[0], site, match)
        ids |= _named_in_texts(release, site, known | ids)
        if ids:
            found.append((release, ids))
    return found


def _named_in_texts(release: Release, site: str, ids: set[str]) -> set[str]:
    files = [p for p in release.folder.rglob("*") if p.suffix in TEXTS]
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    return {p for text in texts for p in in_note(text, site, ids)}


@contextmanager
def without(home: Home, release: Release, site: str, ids: set[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Provide the release's tables without those patients' rows, in a database that is deleted after the block."""
    path = home.scratch / "remade.duckdb"
    _remove(path)
    home.scratch.mkdir(parents=True, exist_ok=True)
    with private_files():
        con = duckdb.connect(str(path), config=settings(home.scratch))
    try:
        define_terms(con)  # the rules that are evaluated again use them
        con.execute(f"ATTACH {sql_text(str(release.database))} AS {OLD} (READ_ONLY)")
        whose = tables_with_sites(con, OLD)
        for schema, name in con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY ALL", [OLD]
        ).fetchall():
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            theirs = is_theirs(whose.get((schema, name), set()), site, ids)
            con.execute(
                f"CREATE TABLE {schema}.{name} AS SELECT * FROM {OLD}.{schema}.{name} WHERE NOT {theirs}"  # noqa: S608
            )
        for name, statement in view_statements(con, OLD).items():
            if not name.startswith(f"{COHORT}."):  # these are made again with the release
                con.execute(statement)
        con.execute(f"DETACH {OLD}")
        _know_every_export(con)
        _know_every_column(con)
        yield con
    finally:
        con.close()
        _remove(path)


def _know_every_export(con: duckdb.DuckDBPyConnection) -> None:
    """Make the clean tables of exports that the release did not know yet, without rows: today's code reads them."""
    for name, export in EXPORTS.items():
        cells = ", ".join(f"{column.name} {column.duckdb_type}" for column in export.columns)
        con.execute(
            f"CREATE TABLE IF NOT EXISTS clean.{name} "
            f"(site VARCHAR, {cells}, delivery VARCHAR, line BIGINT, flags VARCHAR[])"
        )


def _know_every_column(con: duckdb.DuckDBPyConnection) -> None:
    """Add the columns that a clean or derived table did not have yet, without values: today's code reads them, and null
    says that the release never knew.
    """
    declared = {("clean", name): {c.name: c.duckdb_type for c in export.columns} for name, export in EXPORTS.items()}
    declared |= {("derived", name): {c.name: c.kind for c in table.columns} for name, table in DERIVED.items()}
    views = view_statements(con)
    for (schema, name), columns in declared.items():
        if table_exists(con, schema, name) and f"{schema}.{name}" not in views:
            held = dict(columns_of(con, schema, name))
            for column in [column for column in columns if column not in held]:
                con.execute(f"ALTER TABLE {schema}.{name} ADD COLUMN {column} {columns[column]}")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    Path(f"{path}.wal").unlink(missing_ok=True)


def deliveries_of(con: duckdb.DuckDBPyConnection, site: str) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Return the site's accepted deliveries (export, name) in the release, and the mode of each export."""
    rows = con.execute(
        "SELECT export, delivery, mode FROM meta.loads WHERE site = ? AND status = 'accepted'", [site]
    ).fetchall()
    return [(export, delivery) for export, delivery, _ in rows], {e: mode for e, _, mode in rows if e in EXPORTS}


def subtract(con: duckdb.DuckDBPyConnection, site: str, share: Share) -> None:
    """Subtract the patients' share from meta.loads and quality.ledger; the site's counts of questions are given up."""
    _subtract(con, "meta.loads", site, share.loads)
    _subtract_left_out(con, site, share.left_out)
    _subtract(con, "quality.ledger", site, share.ledger)
    con.execute(f"UPDATE quality.ledger SET is_balanced = ({BALANCED}) WHERE site = ?", [site])  # noqa: S608 (own text)
    if table_exists(con, "quality", "question_counts"):  # medians cannot be taken apart
        con.execute("DELETE FROM quality.question_counts WHERE site = ?", [site])


def _subtract(con: duckdb.DuckDBPyConnection, table: str, site: str, counts: Counts) -> None:
    described = con.execute(f"SELECT * FROM {table} LIMIT 0").description or []  # noqa: S608 (own names)
    known = {column[0] for column in described}
    for (export, delivery), numbers in counts.items():
        less = {name: n for name, n in numbers.items() if n and name in known}
        if less:
            sets = ", ".join(f'"{name}" = "{name}" - {n}' for name, n in less.items())
            con.execute(
                f"UPDATE {table} SET {sets} WHERE site = ? AND export = ? AND delivery = ?",  # noqa: S608 (own names)
                [site, export, delivery],
            )


def _subtract_left_out(con: duckdb.DuckDBPyConnection, site: str, left_out: LeftOut) -> None:
    """Subtract the patients' rows that are not of the export, by reason; earlier versions did not count such rows."""
    if "left_out" not in dict(columns_of(con, "meta", "loads")):
        return
    for (export, delivery), theirs in left_out.items():
        place = [site, export, delivery]
        for reason, n in theirs.items():
            con.execute(
                "UPDATE meta.loads SET left_out = map_from_entries(list_filter(list_transform(map_entries(left_out), "
                "lambda e: {'key': e.key, 'value': e.value - CASE WHEN e.key = ? THEN ? ELSE 0 END}), "
                "lambda e: e.value > 0)) WHERE site = ? AND export = ? AND delivery = ?",
                [reason, n, *place],
            )


def count_rules(con: duckdb.DuckDBPyConnection, site: str, share: Share) -> None:
    """Write quality.results and quality.scorecard without the patients' share.

    Counts of rules about rows are the old ones minus the patients' own; rules about derived tables are evaluated again.
    So are the scorecard's counts; which rules failed at the patients' site follows from flags and open entries.
    """
    had_sites = table_exists(con, "quality", "site_results")  # earlier versions did not
    old = [*_old_results(con), *(_old_results(con, "site_results") if had_sites else [])]
    less = {(r.rule.rule_id, r.table): r for r in share.results if not r.site}
    write_results(con, [_less(r, less.get((r.rule.rule_id, r.table)) if r.site in ("", site) else None) for r in old])
    if table_exists(con, "quality", "scorecard"):
        _count_scorecard(con, site, share)
    if not had_sites:
        con.execute("DROP TABLE quality.site_results")


def _old_results(con: duckdb.DuckDBPyConnection, table: str = "results") -> list[Result]:
    """Return the release's results of the rules about rows, of all sites or (site_results) of each."""
    book, site = book_of(con), "''" if table == "results" else "site"
    rows = con.execute(
        f"SELECT rule_id, table_name, n_violations, n_rows, aspect, note, {site} FROM quality.{table}"  # noqa: S608
    ).fetchall()
    return [
        Result(book[rule_id], *facts)
        for rule_id, *facts in rows
        if rule_id in book and rule_id not in COUNTED_ANEW and book[rule_id].phase != DATASET_PHASE
    ]


def _count_scorecard(con: duckdb.DuckDBPyConnection, site: str, share: Share) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE before_now AS FROM quality.scorecard")
    write_scorecard(con)
    con.execute(
        "CREATE OR REPLACE TABLE quality.scorecard AS "
        "SELECT * FROM (SELECT * FROM quality.scorecard WHERE coalesce(site = $site, true) "
        "UNION ALL BY NAME SELECT * FROM before_now WHERE site <> $site) "
        "ORDER BY site NULLS FIRST, kahn_category, table_name",
        {"site": site},
    )
    rows = con.execute(
        "SELECT kahn_category, table_name, n_violations FROM before_now WHERE site = ?", [site]
    ).fetchall()
    for category, table, n in rows:
        con.execute(
            "UPDATE quality.scorecard SET n_violations = $n, per_1000 = 1000 * $n / nullif(n_rows, 0) "
            "WHERE site = $site AND kahn_category = $category AND table_name = $table_name",
            {
                "n": max(0, n - share.violations.get((category, table), 0)),
                "site": site,
                "category": category,
                "table_name": table,
            },
        )


def _less(old: Result, theirs: Result | None) -> Result:
    if theirs is None or None in (old.n_violations, old.n_rows, theirs.n_violations, theirs.n_rows):
        return old
    assert old.n_violations is not None and old.n_rows is not None
    assert theirs.n_violations is not None and theirs.n_rows is not None
    broken = max(0, old.n_violations - theirs.n_violations)
    return replace(old, n_violations=broken, n_rows=max(broken, old.n_rows - theirs.n_rows))


def stand_in_for_raw(con: duckdb.DuckDBPyConnection) -> None:
    """Make quality.findings and the raw tables' identifiers as far as a release contains them; rules count from them.

    A current row is in its clean table or set aside; a finding that set nothing aside is a flag of a clean row. Rows
    that were withdrawn, and flags of rows that are set aside, are not in a release.
    """
    con.execute("CREATE SCHEMA IF NOT EXISTS raw")
    con.execute(
        "CREATE OR REPLACE TABLE quality.findings "
        "(export VARCHAR, row_id BIGINT, rule_id VARCHAR, column_name VARCHAR, scope VARCHAR)"
    )
    for name, export in EXPORTS.items():
        held = dict(columns_of(con, "clean", name))  # earlier versions had fewer
        ids = [column.name for column in export.columns if column.kind == "identifier" and column.name in held]
        in_row = ", ".join(f"any_value(json_extract_string(\"row\", '$.{column}'))" for column in ids)
        con.execute(
            f"""
            CREATE OR REPLACE TABLE raw.{name} AS
            SELECT row_number() OVER () AS row_id, * FROM (
                SELECT site, delivery, line, {", ".join(ids)}, flags, false AS is_conflict
                FROM clean.{name} WHERE delivery IS NOT NULL
                UNION ALL
                SELECT site, delivery, line, {in_row}, CAST([] AS VARCHAR[]), bool_or(rule_id = 'KEY-01')
                FROM quality.quarantine WHERE export = '{name}' AND scope = 'row' GROUP BY ALL
            )
            """  # noqa: S608 (own names)
        )
        con.execute(f"CREATE OR REPLACE VIEW raw.{name}_current AS FROM raw.{name} WHERE NOT is_conflict")
        con.execute(
            f"CREATE OR REPLACE VIEW raw.{name}_versions AS "  # noqa: S608 (own names)
            f"SELECT row_id, 'open' AS state FROM raw.{name} WHERE is_conflict"
        )
        con.execute(
            f"""
            INSERT INTO quality.findings
            SELECT '{name}', row_id, unnest(flags), NULL, 'flag' FROM raw.{name}
            UNION ALL
            SELECT '{name}', r.row_id, q.rule_id, q.column_name, q.scope
            FROM quality.quarantine q JOIN raw.{name} r USING (site, delivery, line)
            WHERE q.export = '{name}' AND q.rule_id <> 'KEY-01'
            """  # noqa: S608 (own names)
        )
    count_identifiers(con)


def complete_again(con: duckdb.DuckDBPyConnection) -> None:
    """Rebuild quality.completeness from the lesions and patients that are left, also in a release of 0.1.0."""
    if not table_exists(con, "quality", "completeness"):
        return
    described = con.execute("SELECT * FROM quality.lesion_followup LIMIT 0").description or []
    if IN_WINDOW not in {column[0] for column in described}:
        con.execute(f"ALTER TABLE quality.lesion_followup ADD COLUMN {IN_WINDOW} INTEGER")
        con.execute(f"UPDATE quality.lesion_followup SET {IN_WINDOW} = n_exams_kept")  # noqa: S608 (own names)
    build_completeness(con, "completeness")


def chart_again(con: duckdb.DuckDBPyConnection) -> None:
    """Make the control charts from what is left, in a release that has them."""
    if table_exists(con, "quality", "control_charts"):
        write_charts(con)
