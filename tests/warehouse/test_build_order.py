"""Tests that tables are built in the order their SELECTs require, whatever the order of declaration."""

import doctest
from graphlib import CycleError

import duckdb
import pytest

from schemas.derived import DERIVED
from warehouse.derived import build_order, derive, gates
from warehouse.derived.build_order import tables_in
from warehouse.derived.completeness import COMPLETENESS_TABLES, completeness_order
from warehouse.lineage import table_lineage
from warehouse.refresh.bring_up_to_date import INCREMENTAL_STEPS


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """A database without any table."""
    return duckdb.connect()


def test_examples() -> None:
    """The examples of the docstrings give what they say."""
    found = doctest.testmod(build_order)
    assert found.attempted == 2 and found.failed == 0


def test_every_derived_table_comes_after_those_it_reads(con: duckdb.DuckDBPyConnection) -> None:
    """Once each; so do the tables of completeness."""
    orders = {"derived": derive.derived_order(con), "quality": completeness_order(con)}
    assert sorted(orders["derived"]) == sorted(DERIVED) and sorted(orders["quality"]) == sorted(COMPLETENESS_TABLES)
    for schema, order in orders.items():
        names = [f"{schema}.{table}" for table in order]
        for place, name in enumerate(names):
            read = tables_in(con, table_lineage.select_text(name)) & set(names)
            assert read <= set(names[:place]), name


def test_the_order_does_not_come_from_the_declaration(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Declared the other way round, each table still follows what it reads, and twice the same order comes out."""
    monkeypatch.setattr(derive, "DERIVED", dict(reversed(DERIVED.items())))
    order = derive.derived_order(con)
    assert order == derive.derived_order(con)
    assert order.index("lesion_ltp") < order.index("patient_ltpfs") < order.index("time_to_event") == len(order) - 1


def test_two_tables_that_read_each_other_are_refused(con: duckdb.DuckDBPyConnection) -> None:
    """There is no order for them."""
    with pytest.raises(CycleError):
        build_order.build_order(con, {"a.one": "FROM a.two", "a.two": "FROM a.one"})


def test_what_is_no_select_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    """Rather than taken for one that reads nothing."""
    with pytest.raises(ValueError, match="cannot parse"):
        tables_in(con, "SELECT FROM WHERE")


@pytest.mark.parametrize("table", table_lineage.TABLES)
def test_two_parsers_find_the_same_tables(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """DuckDB's parser, which gives the order, and sqlglot, which gives the lineage and the assets' dependencies."""
    assert tables_in(con, table_lineage.select_text(table)) == set(table_lineage.tables_read(table))


def test_a_gate_is_judged_once_all_that_it_reads_is_built(con: duckdb.DuckDBPyConnection) -> None:
    """Each gate file has one table after which it is judged, and reads nothing that is built later."""
    order = derive.derived_order(con)
    judged = [(table, rule) for table, rules in gates.gates_by_table().items() for rule in rules]
    assert sorted(rule for _, rule in judged) == ["OUT-01", "OUT-02"]
    for table, rule in judged:
        built = {f"derived.{name}" for name in order[: order.index(table) + 1]}
        assert gates.tables_judged(con, rule) <= built and built <= set(INCREMENTAL_STEPS)
