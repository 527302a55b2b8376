"""Writes the order for a full rebuild: what each shard is made from, as files, and last the order itself.

Patients are spread by the hash of site and number; rows that name no patient are those of patient '', as everywhere.
Only current and conflicting rows go along: no rule looks at others. An order is known by its fingerprint, which is made
of the rows, the code and the number of shards; so the same work has the same address, and what was made of it holds.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from uuid import uuid4

import duckdb

from schemas.exports import EXPORTS
from warehouse.clean.clean_patients import SHOWN
from warehouse.shards.carried import Columns, cells_out, columns_in, state_columns, state_in
from warehouse.shards.files import ExchangeFailed, in_words, make_folder, put_text, text_in
from warehouse.storage.rule_table import RULE_TABLE, has_rules
from warehouse.storage.source_code import making_code
from warehouse.storage.sql_files import sql_text

FILE = "order.json"
LIVE = "(v.state = 'current' OR v.outcome = 'conflicting')"
"""Which of the listed rows go along."""
WHOLE = ""
"""The name of the part of a table that every shard gets: all of it."""
DIGITS = 16


@dataclass(frozen=True)
class Part:
    """The rows of a table that one shard gets: files, named from the order's folder, and what says which rows."""

    files: list[str]
    state: list[int]


@dataclass(frozen=True)
class Taken:
    """A table of an order: its columns, and shard -> part; tables that every shard gets have the part WHOLE alone."""

    columns: Columns
    parts: dict[str, Part]

    def part(self, shard: int) -> Part | None:
        """Return what this shard gets; None if no row."""
        return self.parts.get(WHOLE) or self.parts.get(str(shard))


@dataclass(frozen=True)
class Order:
    """A work order: where it is, what it is known by, the number of shards, the code that wrote it, and its tables."""

    address: str
    fingerprint: str
    shards: int
    code: str
    tables: dict[str, Taken]


class NoOrder(ExchangeFailed):
    """There is no work order at an address."""


def find_order(con: duckdb.DuckDBPyConnection, address: str) -> Order | None:
    """Return the order at an address, None if there is none, or none any more."""
    with in_words(address):
        text = text_in(con, f"{address}/{FILE}")
    try:
        held = json.loads(text or "null")
        return held and _of_json(address, held)
    except (ValueError, KeyError, TypeError):
        return None


def read_order(con: duckdb.DuckDBPyConnection, address: str) -> Order:
    """Return the order at an address. Raises NoOrder if there is none."""
    order = find_order(con, address)
    if order is None:
        raise NoOrder(f"There is no work order at {address}.", "Run `registry refresh`, which writes a new one.")
    return order


def withdraw(con: duckdb.DuckDBPyConnection, address: str) -> None:
    """Have nobody find the order any more, because its rows are not whole; results that were made of it stay."""
    with in_words(address):
        put_text(con, f"{address}/{FILE}", "null\n")


def write_order(con: duckdb.DuckDBPyConnection, exchange: str, shards: int, note) -> Order:
    """Write the order, unless it is there, and return it. `note` is called with its address before its first file."""
    selects = _of_patients(shards) | {table: "" for table in _for_everybody(con)}
    columns = {table: columns_in(con, table) for table in selects}
    states = {table: _states(con, table, select, columns[table]) for table, select in selects.items()}
    known = {"shards": shards, "code": making_code(), "columns": columns, "states": states}
    fingerprint = hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()
    address = f"{exchange}/{fingerprint[:DIGITS]}"
    found = find_order(con, address)
    if found is not None and found.fingerprint == fingerprint:
        return found
    note(address)
    with in_words(address):
        here = f"rows/{uuid4().hex[:DIGITS]}"
        files = {t: _write(con, t, select, columns[t], states[t], address, here) for t, select in selects.items()}
        tables = {
            table: Taken(columns[table], {shard: Part(files[table][shard], state) for shard, state in parts.items()})
            for table, parts in states.items()
        }
        order = Order(address, fingerprint, shards, making_code(), tables)
        text = json.dumps({name: value for name, value in asdict(order).items() if name != "address"})
        put_text(con, f"{address}/{FILE}", text)
    return order


def shard_of(row: str, shards: int) -> str:
    """Return SQL of the shard of a raw row. DuckDB's hash does: it is the coordinator's alone, and no other version of
    DuckDB may take part in an order.
    """
    return f"(hash({row}.site, coalesce({row}.patient_id, '')) % {shards})::INTEGER"


def _of_patients(shards: int) -> dict[str, str]:
    """Return raw table -> the table's rows that go along, with their shard, as SQL to stand after FROM."""
    selects = {}
    for name in EXPORTS:
        raw, versions, inherited = f"raw.{name}", f"raw.{name}_versions", f"raw.{name}_inherited"
        selects[raw] = (
            f"(SELECT r.*, {shard_of('r', shards)} AS shard FROM {raw} r LEFT JOIN {versions} v USING (row_id) "  # noqa: S608
            f"WHERE v.row_id IS NULL OR {LIVE})"
        )
        selects[versions] = (
            f"(SELECT v.*, {shard_of('r', shards)} AS shard FROM {versions} v JOIN {raw} r USING (row_id) WHERE {LIVE})"  # noqa: S608
        )
        selects[inherited] = (
            f"(SELECT i.*, {shard_of('r', shards)} AS shard FROM {inherited} i JOIN {raw} r USING (row_id) "  # noqa: S608
            f"LEFT JOIN {versions} v USING (row_id) WHERE v.row_id IS NULL OR {LIVE})"
        )
    return selects


def _for_everybody(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the tables that every shard needs in full, all of them small."""
    return [*SHOWN, "meta.loads", *([RULE_TABLE] if has_rules(con) else [])]


def _states(con: duckdb.DuckDBPyConnection, table: str, select: str, columns: Columns) -> dict[str, list[int]]:
    if not select:
        return {WHOLE: state_in(con, table, columns)}
    rows = con.execute(
        f"SELECT shard, {state_columns(columns)} FROM {select} GROUP BY shard ORDER BY shard"  # noqa: S608 (own names)
    ).fetchall()
    return {str(shard): [int(number) for number in state] for shard, *state in rows}


def _write(
    con: duckdb.DuckDBPyConnection,
    table: str,
    select: str,
    columns: Columns,
    states: dict[str, list[int]],
    address: str,
    here: str,
) -> dict[str, list[str]]:
    """Write a table's rows, and return shard -> its files, named from the order's folder."""
    name = f"{here}/{table}"
    if not select:
        make_folder(f"{address}/{here}")
        con.execute(f"COPY (SELECT {cells_out(columns)} FROM {table}) TO {sql_text(f'{address}/{name}.parquet')}")  # noqa: S608
        return {WHOLE: [f"{name}.parquet"]}
    files: dict[str, list[str]] = {shard: [] for shard in states}
    if states:
        make_folder(f"{address}/{here}")
        _, written = con.execute(
            f"COPY (SELECT {cells_out(columns)}, shard FROM {select}) TO {sql_text(f'{address}/{name}')} "  # noqa: S608
            "(FORMAT parquet, PARTITION_BY (shard), RETURN_FILES true)"
        ).fetchone() or (0, [])
        for path in written:
            inside = path[path.index(name) :]
            files[inside.split("/")[-2].removeprefix("shard=")].append(inside)
    return files


def _of_json(address: str, held: dict) -> Order:
    tables = {
        table: Taken(taken["columns"], {shard: Part(**part) for shard, part in taken["parts"].items()})
        for table, taken in held["tables"].items()
    }
    return Order(address, held["fingerprint"], held["shards"], held["code"], tables)
