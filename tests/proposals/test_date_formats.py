"""Tests that a date format is proposed only where the cells show the order of day and month."""

import duckdb
import pytest

from warehouse.proposals.date_formats import dates_of
from warehouse.proposals.facts import Facts
from warehouse.proposals.look import Look
from warehouse.proposals.site_sources import SiteSource
from warehouse.readers.reading import AS_USUAL
from warehouse.readers.source import Source

CASES = """
25.03.2021; 04.03.2021      | day first: %d.%m.%Y
25.03.21; 4.3.2021          | day first: %d.%m.%Y %d.%m.%y
25.03.21; 24.03.21; 1.4.21  | day first: %d.%m.%y
03/25/2021                  | month first: %m/%d/%Y
2021-03-04                  | year first:
20210304                    | year first: %Y%m%d
2021年3月4日                | year first: %Y年%m月%d日
4-Mar-2021                  | by name: %d-%b-%Y
04.03.2021; 05.04.2021      | day first: %d.%m.%Y | month first: %m.%d.%Y
3/4/2021; 2021-03-04        | day first: %d/%m/%Y | month first: %m/%d/%Y
1.2.2021; 3.4.21            | day first: %d.%m.%Y %d.%m.%y | month first: %m.%d.%Y %m.%d.%y
03/25/2021; 04.03.2021      | month first: %m/%d/%Y %m.%d.%Y | day first: %m/%d/%Y %d.%m.%Y
3/4/21; 5/6/22              | day first: %d/%m/%y | month first: %m/%d/%y | year first: %y/%m/%d
"""
"""Cells | order: formats that read all of them. Several orders: asked."""


def _facts(cells: list[str]) -> Facts:
    con = duckdb.connect()
    con.execute("CREATE TABLE t AS SELECT unnest(?) AS c0", [cells])
    look = Look("k", "a.csv", "csv", AS_USUAL, Source(["Datum"], "t"))
    return Facts(con, SiteSource("k", "k", (), (look,), ("Datum",), "t", len(cells)), ("Datum",))


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_formats_read_every_cell(case: str) -> None:
    """One order is proposed where a cell shows it; all orders that read everything are given where none does."""
    cells, *orders = (part.strip() for part in case.split(" | "))
    found = dates_of(_facts(cells.split("; ")), ())
    expected = {order: tuple(formats.split()) for order, _, formats in (one.partition(":") for one in orders)}
    assert (found.orders, found.n_unread) == (expected, 0)
    assert found.is_sure == (len(expected) == 1)


def test_cells_that_are_no_dates_are_counted() -> None:
    """A word among the dates does not make another format fit; it is counted, and words for "not known" are not."""
    found = dates_of(_facts(["25.03.2021", "04.03.2021", "unklar", "k.A."]), ("k.A.",))
    assert (found.orders, found.n_unread, found.is_sure) == ({"day first": ("%d.%m.%Y",)}, 1, False)


def test_no_known_format_is_no_guess() -> None:
    """A spreadsheet's day number is in no format: none is proposed."""
    found = dates_of(_facts(["44259", "44260"]), ())
    assert (found.orders, found.n_unread) == ({}, 2)
