"""Reads one delivery in its own process (storage/own_process.py), so that a crash of that process affects no other.

The process has an in-memory database and one thread. It writes the raw rows to a Parquet file, or says why it cannot.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.arrivals import Arrival
from warehouse.readers import rejecting
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.home import Home
from warehouse.storage.own_process import MAX_DATA_BYTES, Answer, NotRead, asked, serve
from warehouse.storage.pseudonym_key import VARIABLE, for_another_process, use_key

if TYPE_CHECKING:
    from warehouse.raw.tables import Loaded

__all__ = ["NotRead", "ReadAlone", "read_in_own_process"]
REJECTED = "rejected"


@dataclass(frozen=True)
class ReadAlone:
    """`path` holds the raw rows as Parquet, or an answered sheet's lines as JSON; `loaded` is what is known of them."""

    path: Path
    loaded: "Loaded"


def read_in_own_process(
    path: Path, arrival: Arrival, dictionaries: Mapping[str, str], aliases: Mapping[str, str]
) -> ReadAlone:
    """Read the delivery at `path` and return where its rows are, in a file beside it.

    `aliases` are patients' numbers that are read as others.

    Raises DeliveryRejected as loading in this process does, and NotRead for every other failure.
    """
    target = path.with_name("alone")
    given = (path, arrival, dict(dictionaries), dict(aliases), target)
    kind, said = asked(__name__, given, for_another_process(), MAX_DATA_BYTES)
    if kind == REJECTED:
        raise DeliveryRejected(*said)
    return ReadAlone(target, said)


def _read(
    path: Path, arrival: Arrival, dictionaries: Mapping[str, str], aliases: Mapping[str, str], target: Path
) -> "Loaded":
    """Write the raw rows to `target` and return what is known of them."""
    import duckdb

    from warehouse.raw import tables
    from warehouse.raw.opened import open_delivery
    from warehouse.readers.answered_sheet import read_kept, read_sheet, write_kept
    from warehouse.storage.connection import settings
    from warehouse.storage.sql_files import sql_text

    if arrival.export == ANSWERS:
        write_kept(target, read_kept(path) if arrival.tombstone else read_sheet(path, arrival.site))
        return tables.Loaded()
    with duckdb.connect(config=settings(path.parent) | {"threads": 1}) as con:
        opened = open_delivery(con, path, arrival, dictionaries)
        rows, unknown = tables.select_rows(EXPORTS[arrival.export], opened.source, arrival, aliases)
        with rejecting.rejecting():
            row = con.execute(f"COPY ({rows}) TO {sql_text(str(target))} (FORMAT parquet)").fetchone()
        return tables.facts_of(con, EXPORTS[arrival.export], opened, int(row[0]) if row else 0, unknown)


def _answer(given: Any) -> Answer:
    path, arrival, dictionaries, aliases, target = given
    if VARIABLE in os.environ:
        use_key(Home(path.parent))
    try:
        return "read", _read(path, arrival, dictionaries, aliases, target)
    except DeliveryRejected as rejection:
        return REJECTED, (rejection.message, rejection.cure)


if __name__ == "__main__":
    serve(_answer)
