"""Says what a criterion of a cohort is, and checks its SQL predicate against the views that it may speak of.

A predicate is a condition over one row of cohort.patients; if it names a column that only cohort.lesions has, over one
row of that. It may not depend on chance or on the day, so that the same criteria on the same release choose the same
patients.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import duckdb

from schemas.cohort import COHORT, OUTCOMES
from warehouse.readers.near_names import nearest
from warehouse.releases.one_select import one_select
from warehouse.releases.outcomes_read import outcomes_read
from warehouse.releases.query import names_in
from warehouse.releases.query_errors import failed
from warehouse.storage.errors import QueryFailed

PATIENTS, LESIONS = "patients", "lesions"
VIEWS = (PATIENTS, LESIONS)
"""In the order in which a predicate is tried."""
CHANGING = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})
"""Words that stand for the day or the time without being called."""
EXAMPLE = "ecog <= 1 AND max_diameter_mm < 30"


@dataclass(frozen=True)
class Criterion:
    """One step of a cohort: rows that meet `where` are kept, or left out if not `is_kept`; `over` is the view it
    speaks of, patients or lesions; None until it was checked. A row for which `where` is null does not meet it.
    """

    name: str
    where: str
    is_kept: bool = True
    over: str | None = None

    @property
    def condition(self) -> str:
        """Return SQL that is true for the rows that stay, and never null."""
        return f"(({self.where}\n) IS {'' if self.is_kept else 'NOT '}TRUE)"


@dataclass(frozen=True)
class Checked:
    """A criterion whose view is known, and the outcomes that it uses: columns known only after the ablation."""

    criterion: Criterion
    outcomes: tuple[str, ...]


def check(con: duckdb.DuckDBPyConnection, criterion: Criterion) -> Checked:
    """Find the view that the predicate speaks of, on an open release.

    QueryFailed, in one line, if it is not one condition, names what is in neither view, or depends on chance or time.
    """
    where = criterion.where.strip()
    if not where:
        raise QueryFailed(f'The criterion "{criterion.name}" has no condition.', f"Write one, such as {EXAMPLE}.")
    select = one_select(
        f"SELECT ({where}\n)", f'The criterion "{criterion.name}" is no single condition.', f"Write it as {EXAMPLE}."
    )
    tree = _parsed(con, select)
    _refuse_changing(criterion, tree)
    view = next((one for one in ([criterion.over] if criterion.over else VIEWS) if _fits(con, where, one)), None)
    if view is None:
        raise _unknown(con, criterion, tree)
    return Checked(Criterion(criterion.name, where, criterion.is_kept, view), _outcomes(con, where, view, tree))


def _outcomes(con: duckdb.DuckDBPyConnection, where: str, view: str, tree: object) -> tuple[str, ...]:
    """Return the outcomes that a predicate names; of one with a SELECT in it, those that are read to choose."""
    if any(node.get("class") == "SUBQUERY" for node in _nodes(tree)):
        try:
            return outcomes_read(con, f"SELECT site, patient_id FROM cohort.{view} WHERE ({where}\n)")  # noqa: S608
        except duckdb.Error as error:
            raise failed(error, where, names_in(con)) from None
    return tuple(sorted({names[-1].lower() for names in _columns(tree)} & OUTCOMES))


def columns_named(con: duckdb.DuckDBPyConnection, where: str) -> set[str]:
    """Return the columns that a predicate names, in lower case; none of one that cannot be read."""
    return {names[-1].lower() for names in _columns(_parsed(con, f"SELECT ({where}\n)"))}


def _parsed(con: duckdb.DuckDBPyConnection, select: str) -> object:
    row = con.execute("SELECT json_serialize_sql(?)", [select]).fetchone()
    return json.loads(row[0]) if row else {}


def _fits(con: duckdb.DuckDBPyConnection, where: str, view: str) -> bool:
    try:
        found = con.execute(f"DESCRIBE SELECT ({where}\n) FROM cohort.{view}").fetchone()  # noqa: S608 (the reader's own)
    except (duckdb.BinderException, duckdb.CatalogException):
        return False
    except duckdb.Error as error:
        raise failed(error, where, names_in(con)) from None
    if found and found[1] != "BOOLEAN":
        raise QueryFailed("A criterion is a condition, which is true or false.", f"Write it as {EXAMPLE}.")
    return True


def _refuse_changing(criterion: Criterion, tree: object) -> None:
    called = set(_functions(tree))
    changing = sorted(called & _changing_functions()) if called else []
    words = {names[0].lower() for names in _columns(tree) if len(names) == 1} & CHANGING
    if found := changing + sorted(words):
        raise QueryFailed(
            f'The criterion "{criterion.name}" depends on {found[0]}, which changes from run to run.',
            "Write the day or the number itself.",
        )


@cache
def _changing_functions() -> frozenset[str]:
    """The names of DuckDB's functions that give another value from run to run; asked once, since it takes 20 ms."""
    with duckdb.connect() as con:
        rows = con.execute("SELECT lower(function_name) FROM duckdb_functions() WHERE stability <> 'CONSISTENT'")
        return frozenset(name for (name,) in rows.fetchall())


def _unknown(con: duckdb.DuckDBPyConnection, criterion: Criterion, tree: object) -> QueryFailed:
    known = {view: [column.name for column in COHORT[view].columns] for view in VIEWS}
    every = {name for names in known.values() for name in names}
    for names in _columns(tree):
        if names[-1].lower() not in every:
            near = nearest(names[-1], every)
            cure = f"Did you mean {near}?" if near else '`registry query "DESCRIBE cohort.patients"` lists the columns.'
            return QueryFailed(f'The criterion "{criterion.name}" names {names[-1]}, which no cohort view has.', cure)
    named = {names[-1].lower() for names in _columns(tree)}
    if criterion.over is None and not any(named <= set(names) for names in known.values()):
        return QueryFailed(
            f'The criterion "{criterion.name}" mixes columns of cohort.patients and cohort.lesions.',
            "Write one criterion for each.",
        )
    try:
        con.execute(f"DESCRIBE SELECT ({criterion.where}\n) FROM cohort.{criterion.over or PATIENTS}")  # noqa: S608
    except duckdb.Error as error:
        return failed(error, criterion.where, names_in(con))
    return QueryFailed(f'The criterion "{criterion.name}" fits neither view.', f"Write it as {EXAMPLE}.")


def _columns(tree: object) -> Iterator[list[str]]:
    return (node["column_names"] for node in _nodes(tree) if node.get("class") == "COLUMN_REF")


def _functions(tree: object) -> Iterator[str]:
    return (node["function_name"].lower() for node in _nodes(tree) if node.get("class") == "FUNCTION")


def _nodes(tree: object) -> Iterator[dict]:
    if isinstance(tree, dict):
        yield tree
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    for child in children:
        yield from _nodes(child)
