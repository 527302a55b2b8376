"""Loading what the archive holds and the build database lacks: large files side by side, the others one by one.

What belongs here: which arrivals wait, and in how many threads they are loaded. What does not: loading one (raw.py,
answers/loading.py). Each arrival is a transaction of its own, so their order makes no table, and a crash loses none.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import duckdb

from schemas.exports import ANSWERS
from warehouse import raw
from warehouse.answers.loading import load_answers
from warehouse.archive import Archive, Arrival
from warehouse.landing import SITE_EXPORT

LARGE_BYTES = 1 << 24
MOST_AT_ONCE = 4
"""However many processors: each file takes some 100 MB."""
WORKBOOK = ".xlsx"
"""Read in Python, so that a second thread would wait for the first."""
Say = Callable[[str], None]


def load_waiting(con: duckdb.DuckDBPyConnection, archive: Archive, say: Say = lambda _: None) -> None:
    """Load every arrival that the build database does not hold."""
    loaded = raw.loaded_numbers(con)
    waiting = [a for a in archive.arrivals if a.load_no not in loaded and a.export != SITE_EXPORT]
    large = [a for a in waiting if _is_large(a)]
    _side_by_side(con, archive, large, say)
    for arrival in waiting:
        if not _is_large(arrival):
            _load(con, archive, arrival, say)


def _is_large(arrival: Arrival) -> bool:
    is_text = arrival.export != ANSWERS and not arrival.file_name.lower().endswith(WORKBOOK)
    return is_text and arrival.size_bytes >= LARGE_BYTES


def _load(con: duckdb.DuckDBPyConnection, archive: Archive, arrival: Arrival, say: Say) -> None:
    say(f"loading {arrival.site}/{arrival.export}/{arrival.delivery}")
    load = load_answers if arrival.export == ANSWERS else raw.load_arrival
    load(con, archive, arrival)


def _side_by_side(con: duckdb.DuckDBPyConnection, archive: Archive, arrivals: Iterable[Arrival], say: Say) -> None:
    """A file's lines are counted by one thread, for which a second one of DuckDB's would only wait, at full speed. So
    DuckDB gets one thread a file, and as many files are read at once as there are processors.
    """
    largest_first = sorted(arrivals, key=lambda a: -a.size_bytes)
    if not largest_first:
        return

    def load(arrival: Arrival) -> None:
        with con.cursor() as own:
            _load(own, archive, arrival, say)

    con.execute("SET threads = 1")
    try:
        with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_AT_ONCE)) as pool:
            for done in [pool.submit(load, arrival) for arrival in largest_first]:
                done.result()
    finally:
        con.execute("RESET threads")
