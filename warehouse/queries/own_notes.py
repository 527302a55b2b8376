"""Finds what to say about what a registry states itself (rules, suites, a plan): refused, not judged, not met."""

from collections.abc import Iterator

import duckdb

from warehouse.expectations.stated_expectation import INFO
from warehouse.storage.connection import table_exists
from warehouse.storage.home_files import RULE_FILES, SUITE_FILES
from warehouse.storage.plan_table import plan_in
from warehouse.storage.rule_table import book_of
from warehouse.storage.suite_table import suites_of

Told = tuple[str, str, str]
"""Folder of the home, file and what in it, sentence."""
STOPPED = "The rule failed or took too long on some rows, so it was not judged on all. Correct its SQL."


def of_rules(con: duckdb.DuckDBPyConnection, catalogue: str) -> Iterator[Told]:
    """Yield the registry's own rules that were refused, or that failed or took too long on its rows."""
    book, folder = book_of(con, catalogue), RULE_FILES.folder
    for refused in book.refused:
        yield folder, f"{refused.file} {refused.rule_id}".strip(), f"Not applied: {refused.reason}"
    where = f"{catalogue}." if catalogue else ""
    if not book.own or not table_exists(con, f"{where}quality", "results"):
        return
    stopped = con.execute(f"SELECT rule_id FROM {where}quality.results WHERE status = 'error'").fetchall()  # noqa: S608
    for own in book.own:
        if (own.rule_id,) in stopped:
            yield folder, f"{own.file} {own.rule_id}", STOPPED


def of_suites(con: duckdb.DuckDBPyConnection, catalogue: str) -> Iterator[Told]:
    """Yield the suites of the home that were refused, and expectations that could not be judged or are not met."""
    files, folder = suites_of(con, catalogue), SUITE_FILES.folder
    yield from ((folder, one.file.name, f"Not judged: {one.reason}") for one in files if one.reason)
    named = {one.suite: one.file.name for one in files if not one.reason}
    where = f"{catalogue}." if catalogue else ""
    if not named or not table_exists(con, f"{where}quality", "expectations"):
        return
    rows = con.execute(
        f"SELECT suite, table_name, expectation, status, note, sentence FROM {where}quality.expectations "  # noqa: S608
        "WHERE list_contains($suites, suite) AND (status = 'error' OR status = 'failed' AND severity <> $info) "
        "ORDER BY ALL",
        {"suites": list(named), "info": INFO},
    ).fetchall()
    for suite, table, name, status, note, sentence in rows:
        said = f"Not judged: {note}" if status == "error" else f"Not met: {sentence}"
        yield folder, " ".join(part for part in (named[suite], table, name) if part), said


def of_plan(con: duckdb.DuckDBPyConnection, catalogue: str) -> Iterator[Told]:
    """Yield the registry's own plan of analyses if it was refused."""
    held = plan_in(con, catalogue)
    if held and held.reason:
        yield "", held.file.name, f"Not followed: {held.reason} The built-in analyses were made."
