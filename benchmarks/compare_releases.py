"""Checks that two releases of the same deliveries hold the same figures, after a change of code that must move none.

    python -m benchmarks.compare_releases BEFORE/registry.duckdb AFTER/registry.duckdb

Every table and column of the first is looked for in the second, under `RENAMED` where its name has changed, and every
value is compared, floats to 1e-9 relative. Prose (`PROSE`) and columns that only record when or by which code a row
was made (`WHEN`) are left out. Prints what differs and exits with 1; otherwise prints how many values were compared.
"""

import sys

import duckdb

RENAMED: dict[str, str] = {
    "quality.lesion_followup.n_exams_kept": "n_exams_in_window",
    "quality.completeness.n_exams_kept": "n_exams_in_window",
    "quality.completeness.share_exams_kept": "share_exams_in_window",
}
"""Old name -> current name: `schema.table`, or `schema.table.column`."""
PROSE = (
    *("meta.columns", "meta.loads.reason", "derived.lesion_ltp.reason"),
    *("quality.results.sentence", "quality.quarantine.reason", "quality.changes.reason", "quality.resolved.reason"),
)
WHEN = ("load_id", "arrived_at", "first_seen", "resolved_at", "release_id", "made_at", "code_version", "refresh_id")
RELATIVE = 1e-9


def compare(before: str, after: str) -> tuple[int, list[str]]:
    """Return how many values were compared, and one sentence for each difference."""
    con = duckdb.connect()
    con.execute(f"ATTACH '{before}' AS a (READ_ONLY)")
    con.execute(f"ATTACH '{after}' AS b (READ_ONLY)")
    n_values, differs = 0, []
    tables = con.execute(
        "SELECT DISTINCT schema_name || '.' || table_name FROM duckdb_columns() WHERE database_name = 'a' ORDER BY 1"
    ).fetchall()
    for (table,) in tables:
        if table not in PROSE:
            n, found = _compare_table(con, table)
            n_values, differs = n_values + n, differs + found
    return n_values, differs


def _compare_table(con: duckdb.DuckDBPyConnection, table: str) -> tuple[int, list[str]]:
    theirs = RENAMED.get(table, table)
    kinds = dict(con.execute(f"SELECT column_name, column_type FROM (DESCRIBE a.{table})").fetchall())
    try:
        there = {name for (name,) in con.execute(f"SELECT column_name FROM (DESCRIBE b.{theirs})").fetchall()}
    except duckdb.Error:
        return 0, [f"{table}: not there any more"]
    columns = [c for c in kinds if c not in WHEN and f"{table}.{c}" not in PROSE]
    if lost := [c for c in columns if RENAMED.get(f"{table}.{c}", c) not in there]:
        return 0, [f"{table}: lost {', '.join(lost)}"]
    mine = [f'"{c}"' for c in columns]
    yours = [f'"{RENAMED.get(f"{table}.{c}", c)}"' for c in columns]
    rows = con.execute(f"SELECT {', '.join(mine)} FROM a.{table} ORDER BY {_order(mine, columns, kinds)}").fetchall()
    other = con.execute(
        f"SELECT {', '.join(yours)} FROM b.{theirs} ORDER BY {_order(yours, columns, kinds)}"
    ).fetchall()
    if len(rows) != len(other):
        return 0, [f"{table}: {len(rows):,} rows, now {len(other):,}"]
    wrong = {
        c
        for one, two in zip(rows, other, strict=True)
        for c, x, y in zip(columns, one, two, strict=True)
        if _differ(x, y)
    }
    return len(rows) * len(columns), [f"{table}.{c}: values differ" for c in sorted(wrong)]


def _order(names: list[str], columns: list[str], kinds: dict[str, str]) -> str:
    """Return the ORDER BY list: exact columns first, so that the last digit of a float does not change the order."""
    exact = [n for n, c in zip(names, columns, strict=True) if kinds[c] not in ("DOUBLE", "FLOAT")]
    rest = [n for n in names if n not in exact]
    return ", ".join(exact + [f"round({n}, 6)" for n in rest]) or "1"


def _differ(one: object, two: object) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return abs(one - two) > RELATIVE * max(abs(one), abs(two)) and not (one != one and two != two)
    return one != two


def main() -> None:
    """Compare the two databases named on the command line."""
    n_values, differs = compare(sys.argv[1], sys.argv[2])
    print("\n".join(differs) or f"{n_values:,} values are the same.")
    sys.exit(1 if differs else 0)


if __name__ == "__main__":
    main()
