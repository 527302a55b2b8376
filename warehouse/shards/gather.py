"""Takes what shards made in place of computing it: first the clean tables, all or none, then each later table.

work.in_shards lists what is still to be taken; it is dropped whenever the clean tables are made otherwise. Once the
last table is taken, the order is closed. What a full rebuild cannot leave to shards is made as without, and said.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import duckdb

from warehouse.clean.clean_patients import CLEAN_TABLES
from warehouse.clean.quarantine import begin_entries, journal, put_entries
from warehouse.clean.validation import has_unjudged
from warehouse.derived.derive import VIEWS, derive
from warehouse.incremental import view_contents
from warehouse.incremental.in_shards import IN_SHARDS, forget, is_noted
from warehouse.shards.carried import Columns, rows_in
from warehouse.shards.exchange import close_orders, exchange_of, note_order
from warehouse.shards.files import ExchangeFailed, in_words, reached, sha256_of
from warehouse.shards.make_shard import OF_CLEAN
from warehouse.shards.order import Order, write_order
from warehouse.shards.result import Broken, Result, find_result, is_whole
from warehouse.shards.runner import ShardRunner, runner_of
from warehouse.storage import content_hashes
from warehouse.storage.connection import table_exists
from warehouse.storage.content_hashes import Content
from warehouse.storage.errors import RegistryError
from warehouse.storage.hashing import State
from warehouse.storage.home import Home
from warehouse.storage.home_settings import home_settings
from warehouse.storage.rule_table import book_of

Say = Callable[[str], None]
ENTRIES = {"quality.quarantine": "true", "work.overtaken": "false"}
"""Table of a shard -> whether its entries are open."""
SHOWN = 10
"""At most so many missing shards are named."""
AGAIN = "Run `registry refresh` again: what is made stays made."


class ShardsMissing(RegistryError):
    """Shards are not there, or not whole, although they were to be made."""


def clean_in_shards(con: duckdb.DuckDBPyConnection, say: Say, home: Home, runner: ShardRunner | None = None) -> bool:
    """Have shards made of all patients, and make the clean tables from them, in one transaction; return whether that
    was done. Otherwise nothing was changed, and the tables are to be made as without shards.
    """
    shards = home_settings(home).shards
    if shards == 1:
        return False
    if why := _why_not(con):
        say(f"without shards: {why}")
        return False
    exchange = exchange_of(home)
    with reached(con, exchange):
        order = write_order(con, exchange, shards, lambda address: note_order(home, address))
        close_orders(home, but=order.address)
        results = _have_made(con, order, runner or runner_of(home), say)
        if _found_unjudged(con, order, results):
            say("without shards: a rule could not be judged")
            return False
        say("taking the shards")
        _take_clean(con, order, results)
    return True


def _why_not(con: duckdb.DuckDBPyConnection) -> str:
    """Return why rows are not made by patient, '' if they are."""
    if book_of(con).across_rows:
        return "rules of the registry's own compare rows"
    if table_exists(con, "quality", "unjudged") and has_unjudged(con):
        return "a rule could not be judged"
    return ""


def _have_made(con: duckdb.DuckDBPyConnection, order: Order, runner: ShardRunner, say: Say) -> list[Result]:
    """Have the missing shards made, and return the results of all. Raises ShardsMissing."""
    with in_words(order.address):
        held = {shard: find_result(con, order, shard) for shard in range(order.shards)}
        lacking = [n for n, result in held.items() if result is None or not is_whole(con, order, result.pieces)]
    if lacking:
        say(f"making {len(lacking)} of {order.shards} shards")
        runner(order.address, lacking)
        with in_words(order.address):
            held |= {shard: find_result(con, order, shard) for shard in lacking}
    _raise_if([shard for shard, result in held.items() if result is None], order, "not made")
    return [result for result in held.values() if result is not None]


def _raise_if(wrong: Sequence[int], order: Order, what: str) -> None:
    if wrong:
        numbers = ", ".join(map(str, wrong[:SHOWN])) + (" and others" if wrong[SHOWN:] else "")
        raise ShardsMissing(f"Of {order.shards} shards in {order.address} these are {what}: {numbers}.", AGAIN)


def _found_unjudged(con: duckdb.DuckDBPyConnection, order: Order, results: list[Result]) -> bool:
    return any(result.pieces["quality.unjudged"].rows for result in results)


def _take_clean(con: duckdb.DuckDBPyConnection, order: Order, results: list[Result]) -> None:
    """Make everything that cleaning makes, or nothing."""
    with in_words(order.address):
        damaged = [
            result.shard
            for result in results
            if not is_whole(con, order, {table: result.pieces[table] for table in OF_CLEAN})
        ]
    _raise_if(damaged, order, "damaged")
    con.begin()
    try:
        with in_words(order.address):
            for table in OF_CLEAN:
                if table not in ENTRIES:
                    con.execute(f"CREATE OR REPLACE TABLE {table} AS {_rows(order, table, results)}")
            begin_entries(con)
            for table, is_open in ENTRIES.items():
                rows = f"SELECT *, {is_open} AS is_open FROM ({_rows(order, table, results)})"  # noqa: S608 (own names)
                con.execute(f"INSERT INTO entries BY NAME {rows}")
        put_entries(con)
        journal(con)
        for table in CLEAN_TABLES:
            content_hashes.record(con, table, _state(result.pieces[table].state for result in results))
        _note(con, order, results)
        con.commit()
    except BaseException:
        with suppress(duckdb.Error):
            con.rollback()
        raise


def _rows(order: Order, table: str, results: list[Result]) -> str:
    pieces = [result.pieces[table] for result in results]
    return rows_in(pieces[0].columns, (f"{order.address}/{piece.file}" for piece in pieces))


def _state(states: Iterable[list[int] | None]) -> State:
    total = State(0, 0, 0, 0)
    for state in states:
        assert state is not None  # every table with a content hash has one
        total = total.with_more(State(*state))
    return total


def _note(con: duckdb.DuckDBPyConnection, order: Order, results: list[Result]) -> None:
    """Write work.in_shards: what the later steps need to take their tables."""
    con.execute(f"CREATE OR REPLACE TABLE {IN_SHARDS} (address VARCHAR, table_name VARCHAR, taken VARCHAR)")
    for table in results[0].pieces:
        if table not in OF_CLEAN:
            pieces = [result.pieces[table] for result in results]
            taken = {
                "columns": pieces[0].columns,
                "files": [(piece.file, piece.sha256) for piece in pieces],
                "states": [piece.state for piece in pieces],
                "broken": _sum([result.broken.get(_of_view(table), {}) for result in results]),
            }
            con.execute(
                f"INSERT INTO {IN_SHARDS} VALUES (?, ?, ?)",  # noqa: S608 (own name)
                [order.address, _of_view(table), json.dumps(taken)],
            )


def _of_view(table: str) -> str:
    """Return the view whose shares a table holds; other tables as they are."""
    return next((f"derived.{view}" for view in VIEWS if view_contents.shares_of(f"derived.{view}") == table), table)


def _sum(broken: list[Broken]) -> Broken:
    total: Broken = {}
    for one in broken:
        for check, conditions in one.items():
            counted = total.setdefault(check, {})
            for name, n in conditions.items():
                counted[name] = counted.get(name, 0) + n
    return total


def take_from_shards(con: duckdb.DuckDBPyConnection, table: str, home: Home) -> tuple[Content, Broken] | None:
    """Make a table (schema.table) after the clean ones from what shards made, and return its content and what its gates
    say; None if shards did not make it from the present clean tables, or if a file is not whole: then nothing was done.
    """
    if not is_noted(con):
        return None
    row = con.execute(f"SELECT address, taken FROM {IN_SHARDS} WHERE table_name = ?", [table]).fetchone()  # noqa: S608
    if row is None:
        return None
    address, taken = str(row[0]), json.loads(row[1])
    try:
        with in_words(address), reached(con, address):
            content = _take(con, address, table, taken)
    except ExchangeFailed:
        content = None
    if content is None:
        forget(con)
    else:
        con.execute(f"DELETE FROM {IN_SHARDS} WHERE table_name = ?", [table])  # noqa: S608 (own name)
    close_if_taken(con, home)
    return (content, taken["broken"]) if content else None


def _take(con: duckdb.DuckDBPyConnection, address: str, table: str, taken: dict[str, Any]) -> Content | None:
    places = [f"{address}/{file}" for file, _ in taken["files"]]
    if [sha256_of(con, place) for place in places] != [sha256 for _, sha256 in taken["files"]]:
        return None
    columns: Columns = taken["columns"]
    if table.removeprefix("derived.") in VIEWS:
        derive(con, table.removeprefix("derived."))
        return view_contents.take_shares(con, table, rows_in(columns, places))
    con.execute(f"CREATE OR REPLACE TABLE {table} AS {rows_in(columns, places)}")
    return content_hashes.record(con, table, _state(taken["states"]))


def close_if_taken(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Close the home's orders if nothing is left to be taken from them."""
    if is_noted(con) and con.execute(f"SELECT count(*) FROM {IN_SHARDS}").fetchone() == (0,):  # noqa: S608 (own name)
        forget(con)
    if not is_noted(con):
        close_orders(home)
