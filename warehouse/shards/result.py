"""The result of a shard: files of rows, and the small file that names them, written last, which makes it count."""

import json
from dataclasses import asdict, dataclass

import duckdb

from warehouse.shards.carried import Columns
from warehouse.shards.files import put_text, sha256_of, text_in
from warehouse.shards.order import Order

Broken = dict[str, dict[str, int]]
"""Check -> number of offending rows by condition; empty if the gate is open."""


@dataclass(frozen=True)
class Piece:
    """A shard's rows of one table: the file, named from the order's folder, the SHA-256 of its bytes, the rows, and the
    state that the content hash of the table is made of, where one is kept (storage/hashing.py).
    """

    file: str
    sha256: str
    rows: int
    columns: Columns
    state: list[int] | None


@dataclass(frozen=True)
class Result:
    """What one attempt made of a shard: its pieces by table, and what the gates say of derived.<table>."""

    fingerprint: str
    shard: int
    attempt: str
    pieces: dict[str, Piece]
    broken: dict[str, Broken]


def put_result(con: duckdb.DuckDBPyConnection, order: Order, result: Result) -> None:
    """Have the result count. Whoever comes last of several is kept; all of them are whole, and the same."""
    put_text(con, _place(order, result.shard), json.dumps(asdict(result)))


def find_result(con: duckdb.DuckDBPyConnection, order: Order, shard: int) -> Result | None:
    """Return the result that counts for a shard, or None."""
    try:
        held = json.loads(text_in(con, _place(order, shard)) or "null")
        if held is None or (held["fingerprint"], held["shard"]) != (order.fingerprint, shard):
            return None
        pieces = {table: Piece(**piece) for table, piece in held["pieces"].items()}
        return Result(held["fingerprint"], shard, held["attempt"], pieces, held["broken"])
    except (ValueError, KeyError, TypeError):
        return None


def is_whole(con: duckdb.DuckDBPyConnection, order: Order, pieces: dict[str, Piece]) -> bool:
    """Return whether these files are there, byte for byte."""
    return all(sha256_of(con, f"{order.address}/{piece.file}") == piece.sha256 for piece in pieces.values())


def _place(order: Order, shard: int) -> str:
    return f"{order.address}/made/{shard}.json"
