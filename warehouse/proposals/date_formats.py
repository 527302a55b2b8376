"""Finds the formats of the dates in a column: only those that read every cell, and only if the order of day and month
is shown by a cell. Where no day is above 12, two orders read everything, and a person has to say which is meant.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import duckdb

from warehouse.proposals.facts import Facts, without
from warehouse.storage.sql_files import sql_text

TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S")
ORDERS = {
    "day first": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d %m %Y", "%d.%m.%y", "%d/%m/%y", "%d-%m-%y", "%d. %m. %Y"),
    "month first": ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m %d %Y", "%m/%d/%y", "%m-%d-%y", "%m.%d.%y", "%m. %d. %Y"),
    "year first": ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%y/%m/%d", "%y-%m-%d", "%y.%m.%d"),
    "by name": ("%d-%b-%Y", "%d %b %Y", "%d%b%Y", "%d. %B %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%y"),
}
"""Order of day, month and year -> formats."""
OTHER_ORDER = {"day first": "month first", "month first": "day first"}
CELL, TABLE = "cell", "look_dates"
YEARS = (1900, 2100)
MOST_SHAPES = 12


@dataclass(frozen=True)
class Dates:
    """Which formats read all filled cells of a column, by order. `n_unread` cells are in no known format.

    Several orders: the cells do not say which is meant. An order with no formats: all cells are ISO dates.
    """

    orders: dict[str, tuple[str, ...]]
    n_unread: int = 0

    def are_all(self, formats: Collection[str]) -> bool:
        """Return whether one order has these formats alone."""
        return any(used and set(used) <= set(formats) for used in self.orders.values())

    @property
    def is_sure(self) -> bool:
        """Return whether the cells say how they are read."""
        return len(self.orders) == 1 and self.n_unread == 0


@dataclass(frozen=True)
class _Cells:
    """The different cells of a column that are asked, and in how many rows each is: a temporary table."""

    con: duckdb.DuckDBPyConnection

    def one(self, *selected: str, where: str = "true") -> tuple:
        row = self.con.execute(f"SELECT {', '.join(selected)} FROM {TABLE} WHERE {where}").fetchone()  # noqa: S608
        assert row is not None  # an aggregate without groups has one row
        return row

    def count(self, where: str = "true") -> int:
        return self.one("coalesce(sum(n), 0)::BIGINT", where=where)[0]


def dates_of(facts: Facts, missing: Iterable[str]) -> Dates:
    """Return how the dates of a column can be read."""
    asked = f"{without('cell', missing)} AND NOT regexp_full_match(cell, '\\d{{4}}-\\d{{2}}-\\d{{2}}')"
    facts.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {TABLE} AS "  # noqa: S608 (own names)
        f"SELECT cell, count(*) AS n FROM {facts.relation} WHERE {asked} GROUP BY 1"
    )
    cells = _Cells(facts.con)
    if cells.count() == 0:
        return Dates({"year first": ()})
    shapes = _shapes(cells)
    reading = {order: _formats(cells, order, shapes) for order in ORDERS}
    n_unread = min(n_left for _, n_left in reading.values())
    best = {order: formats for order, (formats, n_left) in reading.items() if n_left == n_unread and formats}
    best = _without_unlikely(cells, best)
    if len(best) == 1:
        best |= _not_shown(cells, *next(iter(best.items())))
    return Dates(best, n_unread)


def _shapes(cells: _Cells) -> list[str]:
    """Return what the cells look like: each run of digits as one 9, those with a month's name as "name"."""
    shape = "regexp_replace(cell, '[0-9]+', '9', 'g')"
    rows = cells.con.execute(
        f"SELECT CASE WHEN regexp_matches(cell, '[A-Za-z]{{3}}') THEN 'name' ELSE {shape} END AS shape "  # noqa: S608
        f"FROM {TABLE} GROUP BY 1 ORDER BY sum(n) DESC LIMIT {MOST_SHAPES}"
    ).fetchall()
    return [shape for (shape,) in rows]


def _not_shown(cells: _Cells, order: str, formats: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the other order of formats with a separator whose cells do not show theirs: 3/25/2021 says nothing of
    4.3.2021. Empty if every separator's cells show their order.
    """
    other = OTHER_ORDER.get(order)
    if other is None:
        return {}
    swapped = {one: _swapped(one) for one in formats}
    for sign in dict.fromkeys(one[2] for one in formats):
        of_sign = f"starts_with(ltrim(cell, '0123456789'), {sql_text(sign)})"
        own = [one for one in formats if one[2] == sign]
        reads_other = " OR ".join(_reads(CELL, swapped[one]) for one in own)
        reads_own = " OR ".join(_reads(CELL, one) for one in own)
        if cells.count(f"{of_sign} AND ({reads_own})") == cells.count(
            f"{of_sign} AND ({reads_own}) AND ({reads_other})"
        ):
            return {other: tuple(swapped[one] if one[2] == sign else one for one in formats)}
    return {}


def _swapped(one: str) -> str:
    return one.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _formats(cells: _Cells, order: str, shapes: list[str]) -> tuple[tuple[str, ...], int]:
    """Return the formats of an order that read cells, four-digit years first, and how many cells none of them reads."""
    tried = [
        f"{one}{time}"
        for time in TIMES
        for one in ORDERS[order]
        if any(_may_have(shape, f"{one}{time}") for shape in shapes)
    ]
    used: list[str] = []
    unread = "true"
    for one in tried:
        n_read, n_left = cells.count(f"{unread} AND {_reads(CELL, one)}"), cells.count(unread)
        if n_read:
            used.append(one)
            unread = f"{unread} AND NOT ({_reads(CELL, one)})"
        if n_read == n_left:
            return tuple(used), 0
    return tuple(used), cells.count(unread)


def _may_have(shape: str, one: str) -> bool:
    """Return whether cells of a shape may be in a format."""
    if "%b" in one or "%B" in one:
        return shape == "name"
    return shape == re.sub(r"9+", "9", re.sub(r"%[a-zA-Z]", "9", one))


def _reads(cell: str, one: str) -> str:
    """Return SQL: the format reads the cell as a date within the last and this century."""
    parsed = f"try_strptime({cell}, {sql_text(one)})"
    digits = " AND regexp_matches(" + cell + r", '(^|[^0-9])[0-9]{2}([^0-9]|$)')" if "%y" in one else ""
    return f"coalesce(year({parsed}) BETWEEN {YEARS[0]} AND {YEARS[1]}{digits}, false)"


def _without_unlikely(cells: _Cells, complete: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the orders without that of a two-digit year in front where the first number varies more than the last.

    25.03.21 is also 2025-03-21; but days vary more than years do.
    """
    first, last = (f"count(DISTINCT regexp_extract(cell, '{part}'))" for part in ("^[0-9]+", "[0-9]+$"))
    is_short = any("%y" in one for one in complete.get("year first", ()))
    if is_short and len(complete) > 1:
        n_first, n_last = cells.one(first, last)
        if n_first > n_last:
            return {order: formats for order, formats in complete.items() if order != "year first"}
    return complete
