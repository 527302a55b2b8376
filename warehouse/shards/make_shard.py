"""Makes one shard of an order: clean and derived rows of its patients, by the SQL that makes those of all patients.

It needs the order's files and nothing else: no home, no lock, no other shard. What it writes counts once the last small
file is there (result.py), so it may be killed, repeated or done twice at once.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import rmtree
from uuid import uuid4

import duckdb

from schemas.exports import EXPORTS
from warehouse.clean.clean import judge
from warehouse.clean.clean_patients import CLEAN_TABLES
from warehouse.clean.identifiers import IDENTIFIERS
from warehouse.clean.lesions import WITH_TREATMENTS
from warehouse.derived import gates
from warehouse.derived.completeness import IMAGING_TABLES, SITE_TABLES, build_completeness, completeness_order
from warehouse.derived.derive import VIEWS, derive, derived_order
from warehouse.incremental import view_contents
from warehouse.raw import history
from warehouse.raw.inheritance import create_whole_view
from warehouse.shards.carried import Columns, cells_out, columns_in, rows_in, state_in
from warehouse.shards.files import in_words, make_folder, reached, sha256_of
from warehouse.shards.order import Order, read_order, withdraw
from warehouse.shards.result import Broken, Piece, Result, find_result, is_whole, put_result
from warehouse.storage.connection import MEMORY_LIMIT, create_schemas, make_results_whole, private_files, settings
from warehouse.storage.errors import RegistryError
from warehouse.storage.faults import is_interruption, named_fault
from warehouse.storage.hashing import state_of
from warehouse.storage.source_code import making_code
from warehouse.storage.sql_files import sql_text
from warehouse.storage.table_catalogue import BY_PATIENT, BY_SITE, HASHED_ROWS

BESIDE_CLEAN = ("quality.findings", "quality.unjudged", "quality.quarantine", "work.overtaken")
OF_CLEAN = (*CLEAN_TABLES, *BESIDE_CLEAN, "work.set_aside_sessions", WITH_TREATMENTS, IDENTIFIERS)
"""What cleaning makes of a shard."""
BY_SCRATCH = "registry-shard-"


@dataclass(frozen=True)
class Made:
    """How a shard ended: its rows by table, and whether a whole result was there already."""

    shard: int
    rows: dict[str, int]
    was_there: bool


class OtherCode(RegistryError):
    """The order was written by other code than this."""


class ShardFailed(RegistryError):
    """A shard could not be made."""


def make_shard(
    order_address: str,
    shard: int,
    scratch: Path | None = None,
    memory_limit: str = MEMORY_LIMIT,
    threads: int | None = None,
) -> Made:
    """Make one shard of the order at that address, unless it is made.

    `scratch` is a folder of this machine for what DuckDB spills. Raises RegistryError without a patient's value.
    """
    with _database(scratch, memory_limit, threads) as con, _in_words(order_address, shard), reached(con, order_address):
        order = read_order(con, order_address)
        if order.code != making_code():
            raise OtherCode(
                f"The work order {order_address} was written by another version of the registry or of its libraries.",
                "Install the same on every worker as where the registry is made.",
            )
        if not 0 <= shard < order.shards:
            raise RegistryError(f"The work order {order_address} has the shards 0 to {order.shards - 1}.", "Name one.")
        with in_words(order_address):
            found = find_result(con, order, shard)
            if found is not None and is_whole(con, order, found.pieces):
                return _made(found, was_there=True)
            attempt = f"made/{shard}/{uuid4().hex}"
            make_folder(f"{order.address}/{attempt}")
            _take_rows(con, order, shard)
        broken = _make_tables(con)
        with in_words(order_address):
            pieces = {table: _write(con, order, attempt, table) for table in _results()}
            result = Result(order.fingerprint, shard, attempt, pieces, broken)
            put_result(con, order, result)
        return _made(result, was_there=False)


def _made(result: Result, was_there: bool) -> Made:
    return Made(result.shard, {table: piece.rows for table, piece in result.pieces.items()}, was_there)


@contextmanager
def _database(scratch: Path | None, memory_limit: str, threads: int | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that spills into a folder of its own, which is deleted afterwards."""
    _sweep(Path(scratch or tempfile.gettempdir()))
    with private_files(), tempfile.TemporaryDirectory(prefix=f"{BY_SCRATCH}{os.getpid()}-", dir=scratch) as folder:
        config = settings(Path(folder), memory_limit) | ({"threads": threads} if threads else {})
        with closing(duckdb.connect(config=config)) as con:
            con.execute("SET enable_progress_bar = false")
            make_results_whole(con)
            create_schemas(con)
            con.execute("CREATE SCHEMA work")
            yield con


def _sweep(scratch: Path) -> None:
    """Delete the folders that shards of this machine left whose process was killed: they hold rows."""
    for folder in scratch.glob(f"{BY_SCRATCH}*"):
        with suppress(OSError, ValueError):
            number = int(folder.name.removeprefix(BY_SCRATCH).split("-")[0])
            try:
                os.kill(number, 0)
            except ProcessLookupError:
                rmtree(folder, ignore_errors=True)


@contextmanager
def _in_words(address: str, shard: int) -> Iterator[None]:
    """Turn what fails inside the block into an error without values, since a worker has no home to report into."""
    try:
        yield
    except RegistryError:
        raise
    except Exception as error:
        if is_interruption(error):
            raise
        if fault := named_fault(error):
            raise fault from None
        raise ShardFailed(
            f"Shard {shard} of {address} could not be made ({type(error).__name__}).",
            "Run `registry refresh` with shards = 1 in registry.toml: what fails there is reported in the home.",
        ) from None


def _take_rows(con: duckdb.DuckDBPyConnection, order: Order, shard: int) -> None:
    """Load what the shard is made from, and make the views that cleaning reads."""
    for table, taken in order.tables.items():
        part = taken.part(shard)
        places = [f"{order.address}/{file}" for file in part.files] if part else []
        if not _is_taken(con, table, taken.columns, places, part.state if part else None):
            withdraw(con, order.address)
            raise ShardFailed(
                f"The rows of shard {shard} in {order.address} are not those that were written.",
                "Run `registry refresh` again: it writes them anew.",
            )
    for export in EXPORTS.values():
        create_whole_view(con, export)
        history.create_current_view(con, export)


def _is_taken(
    con: duckdb.DuckDBPyConnection, table: str, columns: Columns, places: list[str], state: list[int] | None
) -> bool:
    """Make a table of these files; return whether they are there, with the rows that were written."""
    try:
        con.execute(f"CREATE TABLE {table} AS {rows_in(columns, places)}")
    except (duckdb.IOException, duckdb.InvalidInputException):
        return False
    return state is None or state_in(con, table, columns) == state


def _make_tables(con: duckdb.DuckDBPyConnection) -> dict[str, Broken]:
    """Make everything from the rows; return what the gates say of each derived table."""
    judge(con)
    con.commit()
    broken = {}
    rules = _gates()
    for table in _derived():
        derive(con, table)
        if table in VIEWS:
            _evaluate_once(con, f"derived.{table}")
        broken[f"derived.{table}"] = {"contract": gates.derived_contract(con, table)} | {
            rule: gates.rule_gate(con, rule) for rule in rules.get(table, ())
        }
    for table in completeness_order(con):
        if table in (*IMAGING_TABLES, *SITE_TABLES):
            build_completeness(con, table)
    for view in VIEWS:
        view_contents.recount(con, f"derived.{view}")
    return broken


def _evaluate_once(con: duckdb.DuckDBPyConnection, view: str) -> None:
    """Have a view read its rows from a table: its gates and its hash ask for them five times."""
    stored = f"work.{view.split('.')[1]}_rows"
    con.execute(f"CREATE TABLE {stored} AS FROM {view}")
    con.execute(f"CREATE OR REPLACE VIEW {view} AS FROM {stored}")


@cache
def _derived() -> list[str]:
    with duckdb.connect() as con:
        return derived_order(con)


@cache
def _gates() -> dict[str, tuple[str, ...]]:
    return gates.gates_by_table()


def _results() -> tuple[str, ...]:
    derived = [f"derived.{table}" for table in _derived()]
    stored = [view_contents.shares_of(t) if t.removeprefix("derived.") in VIEWS else t for t in derived]
    return (*OF_CLEAN, *stored, *(f"quality.{table}" for table in (*IMAGING_TABLES, *SITE_TABLES)))


def _write(con: duckdb.DuckDBPyConnection, order: Order, attempt: str, table: str) -> Piece:
    columns = columns_in(con, table)
    file = f"{attempt}/{table}.parquet"
    place = f"{order.address}/{file}"
    row = con.execute(f"COPY (SELECT {cells_out(columns)} FROM {table}) TO {sql_text(place)}").fetchone()  # noqa: S608
    state = None
    if table in (*BY_PATIENT, *BY_SITE):
        kept = state_of(con, table, HASHED_ROWS[table])
        state = [kept.rows, kept.hashed, kept.hash_sum, kept.hash_xor]
    return Piece(file, sha256_of(con, place), int(row[0]) if row else 0, columns, state)
