"""Reads one delivery in its own process, so that a crash of that process affects no other.

The process has an in-memory database, one thread, bounded memory and bounded time. It writes the raw rows to a Parquet
file, or says why it cannot. If memory runs out nevertheless, the system ends it before any other process.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.arrivals import Arrival
from warehouse.readers import rejecting
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.home import Home
from warehouse.storage.pseudonym_key import VARIABLE, for_another_process, use_key

if TYPE_CHECKING:
    from warehouse.raw.tables import Loaded

CHECKOUT = Path(__file__).parents[2]
MAX_DATA_BYTES = 8 << 30
"""Memory of the process: DuckDB's limit, plus room for a workbook's texts."""
MAX_SECONDS = 1800
"""A million rows load within a minute; a file that takes this long never ends."""


class NotRead(Exception):
    """The process did not return the delivery's rows; `why` is a clause without values."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


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
    python_path = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", __name__],
            input=pickle.dumps((path, arrival, dict(dictionaries), dict(aliases), target, MAX_DATA_BYTES)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library may print a cell
            env=os.environ | {"PYTHONPATH": python_path} | for_another_process(),
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotRead(f"reading it takes more than {MAX_SECONDS // 60} minutes") from None
    try:
        kind, said = pickle.loads(ended.stdout)
    except (EOFError, pickle.UnpicklingError, ValueError):
        raise NotRead("reading it crashes the process") from None
    if kind == "rejected":
        raise DeliveryRejected(*said)
    if kind == "failed":
        raise NotRead(said)
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


def _bound_this_process(data_bytes: int) -> None:
    """Limit this process's memory, and make it the first that the system ends if memory runs out."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, data_bytes))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _serve() -> None:
    from warehouse.storage.faults import NO_MEMORY

    path, arrival, dictionaries, aliases, target, data_bytes = pickle.load(sys.stdin.buffer)
    _bound_this_process(data_bytes)
    if VARIABLE in os.environ:
        use_key(Home(path.parent))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # so that nothing that is printed mixes with the answer
    answer: tuple[str, object]
    try:
        answer = ("read", _read(path, arrival, dictionaries, aliases, target))
    except DeliveryRejected as rejection:
        answer = ("rejected", (rejection.message, rejection.cure))
    except NO_MEMORY:
        answer = ("failed", "it needs more memory than is available")
    except Exception as error:  # of any kind: the parent reports it and goes on
        answer = ("failed", f"reading it fails ({type(error).__name__})")
    pickle.dump(answer, answers)
    answers.flush()
    os._exit(0)


if __name__ == "__main__":
    _serve()
