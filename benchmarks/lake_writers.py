"""Measures several processes that write into one lake at once: small commits, what fails, and whether rows are right.

Its catalogue is in a PostgreSQL server of its own, its files on the local disk, and nothing is kept in the catalogue
(DATA_INLINING_ROW_LIMIT 0), as everywhere in this project. Each way of writing runs for a share of the time, with
DuckLake's retries as they come and more of them, while two readers look at what is written:

- insert: a commit adds a patient's rows
- replace: a commit deletes a patient's rows and inserts them again, each writer its own patients
- same: a commit does that with patients that all writers replace
- number: a commit reads the largest number and inserts the next

each in a table of each writer's own, or in one table for all. A commit that fails is tried again as a new transaction,
until it succeeds or the time is over. At the end each table is read and compared with what was committed.

Run from the checkout: `python -m benchmarks.lake_writers --writers 4 --minutes 60`. It may be stopped for a while
(SIGSTOP): a step that takes longer than PAUSE counts as that.
"""

from __future__ import annotations

import argparse
import multiprocessing
import multiprocessing.synchronize
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.postgres_server import Server, own_server
from warehouse.lake.address import VARIABLE, lake_address

ROWS = 20
"""Rows of a patient."""
PATIENTS = 25
"""Patients of a writer in tables whose rows are replaced."""
PAUSE = 20.0
RETRIES = {"10, longer and longer": (10, 1.5), "100, even": (100, 1.0)}
"""How often DuckLake tries a commit again, and by what each wait (0.1 s) is longer than the one before. The first is
its default. More tries with its default would wait for minutes: the twentieth wait is nearly four.
"""
EVEN = RETRIES["100, even"]
WAYS = ("insert, own", "insert, one", "replace, own", "replace, one", "same, one", "number, one")
SHARED = 99
HEAD = (
    "| writers | commit, tables | retries | commits a second | median, 95 % (ms) | conflicts | retries ran out "
    "| other errors | snapshot numbers that clashed, a commit | lost, doubled | reads | failed, torn |"
)


@dataclass
class Found:
    """What a process saw: seconds of work, of each commit and how it ended; what it knows is committed."""

    seconds: float = 0.0
    took: list[float] = field(default_factory=list)
    failed: Counter = field(default_factory=Counter)
    versions: dict[int, int] = field(default_factory=dict)
    n_torn: int = 0


class Clock:
    """Says how long a process has worked, pauses left out."""

    def __init__(self) -> None:
        self.seconds, self._last = 0.0, time.monotonic()

    def now(self) -> float:
        """Return seconds of work since the beginning."""
        now = time.monotonic()
        self.seconds, self._last = self.seconds + min(now - self._last, PAUSE), now
        return self.seconds


@contextmanager
def _lake(folder: Path, retries: tuple[int, float]) -> Iterator[Any]:
    from warehouse.lake.connection import LAKE, open_lake

    address = lake_address()
    assert address is not None
    with open_lake(address, folder, str(folder / "files")) as con:
        con.execute("SET threads = 1")
        con.execute(f"SET ducklake_max_retry_count = {retries[0]}; SET ducklake_retry_backoff = {retries[1]}")
        con.execute(f"USE {LAKE}")
        yield con


def table_of(way: str, writer: int) -> str:
    """Return the table that the writer writes into."""
    return f"w.t{writer if way.endswith('own') else SHARED}"


def write(way: str, writer: int, writers: int, retries: tuple[int, float], seconds: float, folder: Path) -> Found:
    """Commit until the time is over, and say what became of it."""
    import duckdb

    found, table, number = Found(), table_of(way, writer), 0
    kind = way.split(",")[0]
    with _lake(folder, retries) as con:
        clock = Clock()
        while clock.now() < seconds:
            number += 1
            patient = {
                "insert": writer * 1_000_000 + number,
                "replace": writer * 1_000_000 + number % PATIENTS,
                "same": number % PATIENTS,
                "number": 0,
            }[kind]
            version = number * writers + writer
            begin = clock.now()
            while clock.now() < seconds:
                try:
                    con.execute("BEGIN")
                    if kind == "number":
                        (version,) = con.execute(f"SELECT coalesce(max(version), 0) + 1 FROM {table}").fetchone()
                    elif kind != "insert":
                        con.execute(f"DELETE FROM {table} WHERE patient = {patient}")
                    con.execute(f"INSERT INTO {table} SELECT {patient}, {version}, range FROM range({ROWS})")
                    con.execute("COMMIT")
                except duckdb.Error as error:
                    found.failed[_kind_of(error)] += 1
                    with suppress(duckdb.Error):
                        con.execute("ROLLBACK")
                    continue
                found.versions[version if kind == "number" else patient] = version
                found.took.append(clock.now() - begin)
                break
        found.seconds = clock.now()
    return found


def _kind_of(error: Exception) -> str:
    text = str(error)
    if "maximum retry count" in text:
        return "ran out"
    return "conflict" if "conflict" in text.lower() else f"{type(error).__name__}: {text[:160]}"


def read(way: str, writers: int, folder: Path, done: multiprocessing.synchronize.Event) -> Found:
    """Look at a writer's table again and again: each patient whole, of one version."""
    import duckdb

    from warehouse.lake.connection import attach, connected
    from warehouse.releases.sandbox import while_attaching

    address, found, number = lake_address(), Found(), 0
    assert address is not None
    scratch = folder / f"reader-{os.getpid()}"
    scratch.mkdir(exist_ok=True)
    with connected(address, while_attaching(scratch)) as con:
        attach(con, address, "READ_ONLY", "CREATE_IF_NOT_EXISTS false")
        con.execute("SET threads = 1; USE registry")
        while not done.wait(0.2):
            number += 1
            begin = time.monotonic()
            try:
                found.n_torn += _torn(con, way, table_of(way, number % writers))
            except duckdb.Error as error:
                found.failed[_kind_of(error)] += 1
            else:
                found.took.append(time.monotonic() - begin)
    return found


def _torn(con: Any, way: str, table: str) -> int:
    """Return how many patients (numbers, where those are made) do not have all of their rows once."""
    by = "version" if way.startswith("number") else "patient"
    sql = f"SELECT {by}, count(*) AS n, count(DISTINCT version) AS v FROM {table} GROUP BY ALL"
    found = f"SELECT count(*) FROM ({sql}) WHERE n <> {ROWS} OR v <> 1"
    return int(con.execute(found).fetchone()[0])


def _compare(con: Any, way: str, writers: int, found: list[Found]) -> tuple[int, int]:
    """Return how many patients lack rows that were committed, and how many have more, or other, rows than that."""
    lost = doubled = 0
    known: dict[str, list[dict[int, int]]] = {}
    for writer in range(writers):
        known.setdefault(table_of(way, writer), []).append(found[writer].versions)
    for table, parts in known.items():
        by = "version" if way.startswith("number") else "patient"
        sql = f"SELECT {by}, count(*), min(version), max(version) FROM {table} GROUP BY ALL"
        there = {key: (n, low, high) for key, n, low, high in con.execute(sql).fetchall()}
        for key in {key for part in parts for key in part} | set(there):
            n, low, high = there.get(key, (0, 0, 0))
            right = {part[key] for part in parts if key in part} or {0}
            lost += n < ROWS or (low == high and low not in right)
            doubled += n > ROWS or low != high
    return lost, doubled


def phase(way: str, retries: str, writers: int, seconds: float, folder: Path, log: Path) -> str:
    """Run one way of writing with those retries, and return its row of the table."""
    with _lake(folder, EVEN) as con:
        con.execute("CREATE SCHEMA IF NOT EXISTS w")
        for number in {*range(writers), SHARED}:
            con.execute(f"CREATE OR REPLACE TABLE w.t{number} (patient BIGINT, version BIGINT, value BIGINT)")
        if way.startswith("same"):  # or the first of each would be inserted by several, with nothing to conflict
            filled = f"SELECT p.range, 0, v.range FROM range({PATIENTS}) p, range({ROWS}) v"
            con.execute(f"INSERT INTO w.t{SHARED} {filled}")
    before, context = _clashes(log), multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(writers + 2) as pool:
        done = manager.Event()
        readers = [pool.apply_async(read, (way, writers, folder, done)) for _ in range(2)]
        jobs = [
            pool.apply_async(write, (way, number, writers, RETRIES[retries], seconds, folder))
            for number in range(writers)
        ]
        found = [job.get() for job in jobs]
        done.set()
        looked = [reader.get() for reader in readers]
    with _lake(folder, EVEN) as con:
        lost, doubled = _compare(con, way, writers, found)
    took = sorted(one for each in found for one in each.took)
    middle, late = (quantiles(took, n=20)[place] * 1000 for place in (9, 18)) if len(took) > 1 else (0.0, 0.0)
    failed: Counter = sum((each.failed for each in found), Counter())
    conflicts, out = failed.pop("conflict", 0), failed.pop("ran out", 0)
    bad: Counter = sum((each.failed for each in looked), Counter())
    clashed = (_clashes(log) - before) / max(1, len(took))
    rate = len(took) / max(each.seconds for each in found)
    for text, n in (failed + bad).items():
        print(f"<!-- {n} x {text} -->".replace("\n", " "), flush=True)
    return (
        f"| {writers} | {way} | {retries} | {rate:.2f} | {middle:.0f}, {late:.0f} | {conflicts:,} | {out:,} "
        f"| {failed.total():,} | {clashed:.2f} | {lost}, {doubled} | {sum(len(each.took) for each in looked):,} "
        f"| {bad.total()}, {sum(each.n_torn for each in looked)} |"
    )


def _clashes(log: Path) -> int:
    """Return how often the server has refused a snapshot's number so far, because another commit had taken it."""
    with open(log, encoding="utf-8", errors="replace") as lines:
        return sum('violates unique constraint "ducklake_snapshot_pkey"' in line for line in lines)


def measure(writers: int, minutes: float, server: Server, ways: list[str]) -> None:
    """Print a row for each way and setting, as soon as it is measured."""
    os.environ[VARIABLE] = f"ducklake:postgres:{server.database('lake')}"
    phases = [(way, retries) for way in ways for retries in RETRIES]
    print(f"{HEAD}\n|{' ---: | --- | --- |' + ' ---: |' * 9}", flush=True)
    with tempfile.TemporaryDirectory(prefix="lake-writers-") as name:
        for way, retries in phases:
            seconds = minutes * 60 / len(phases)
            print(phase(way, retries, writers, seconds, Path(name), server.log), flush=True)
    print(f"\nthe server's log: {server.log.stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", type=int, default=4, help="how many processes write")
    parser.add_argument("--minutes", type=float, default=60, help="how long in all")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), help="only these ways, e.g. 'replace, one'")
    options = parser.parse_args()
    with own_server("lake") as place:
        measure(options.writers, options.minutes, place, options.ways)
