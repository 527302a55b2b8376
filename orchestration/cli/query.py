"""`registry query`: print the result of a SELECT to standard output, and nothing else."""

import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import duckdb

from orchestration.cli.notices import say_unfinished_erasure
from warehouse.lake.address import lake_address
from warehouse.releases.query import open_release, run
from warehouse.releases.query_errors import failed
from warehouse.releases.release import find_release
from warehouse.releases.time_limit import time_limit
from warehouse.storage.csv_output import rows_of, write_csv
from warehouse.storage.errors import QueryFailed
from warehouse.storage.home import Home

TABLE_MAX_ROWS = 200
DEFAULT_WIDTH = 160
PARQUET_ROWS = 100_000
"""Rows per row group of the file: about 100 MB if rows are wide."""
Check = Callable[[], None]
"""Raises once the time limit has passed."""


def query(home: Home, sql: str, format: str, release_id: str | None, timeout_seconds: float) -> None:
    """Run `sql`, one SELECT, on a release and print the result in `format`. Raises QueryFailed, worded in one line."""
    if format == "parquet" and sys.stdout.isatty():
        raise QueryFailed(
            "Parquet cannot be shown on a terminal.", "Redirect it: registry query ... --format parquet > out.parquet"
        )
    if not sql.strip():
        raise QueryFailed("There is no SQL to run.", 'Pass a SELECT: registry query "FROM meta.columns".')
    with _opened(home, release_id) as con, time_limit(con, timeout_seconds) as check:
        answer = run(con, sql, for_frames=format == "parquet")
        if answer is not None:
            try:
                answer.execute()  # so that a query that fails prints nothing
                PRINTERS[format](answer, check)
            except duckdb.Error as error:
                raise failed(error) from None


@contextmanager
def _opened(home: Home, release_id: str | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the release: in the lake, if there is one, which needs no home; otherwise in the home."""
    address = lake_address()
    if address is None:
        say_unfinished_erasure(home.require())
        with open_release(find_release(home, release_id)) as con:
            yield con
        return
    from warehouse.lake.reading import open_in_lake  # what it imports takes longer than opening a file

    with open_in_lake(address, release_id) as (con, _):
        yield con


def print_table(answer: duckdb.DuckDBPyRelation, check: Check) -> None:
    """Print DuckDB's own table, as wide as the terminal."""
    answer.show(max_rows=TABLE_MAX_ROWS, max_width=_width())


def print_csv(answer: duckdb.DuckDBPyRelation, check: Check) -> None:
    """Print CSV: UTF-8, one header line, LF, empty for null, true / false, ISO dates."""
    write_csv(answer, _text_out(), check)


def print_json(answer: duckdb.DuckDBPyRelation, check: Check) -> None:
    """Print one JSON array of objects: dates as ISO text, null for null and for numbers that JSON cannot hold."""
    out, names, first = _text_out(), _distinct(answer.columns), True
    out.write("[")
    for row in rows_of(answer, check):
        out.write("\n" if first else ",\n")
        out.write(json.dumps(dict(zip(names, map(_as_json, row), strict=True)), ensure_ascii=False, default=str))
        first = False
    out.write("\n]\n" if not first else "]\n")


def print_parquet(answer: duckdb.DuckDBPyRelation, check: Check) -> None:
    """Write a Parquet file to standard output, in batches of rows: the whole result may not fit into memory."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    out = sys.stdout.buffer
    try:
        reader = answer.to_arrow_reader(PARQUET_ROWS)
        with parquet.ParquetWriter(pa.PythonFile(_Counted(out), "w"), reader.schema) as file:
            for batch in reader:
                check()
                file.write_batch(batch, row_group_size=PARQUET_ROWS)
    except pa.ArrowNotImplementedError:
        raise QueryFailed(
            "Parquet cannot hold one of the result's types.", "Cast the column to VARCHAR, or use csv or json."
        ) from None
    out.flush()


class _Counted:
    """Count the bytes written to a stream that has no position of its own, such as a pipe."""

    closed = False

    def __init__(self, out) -> None:
        self._out, self._taken = out, 0

    def write(self, data: bytes) -> int:
        """Write the data and count its bytes."""
        self._taken += len(data)
        self._out.write(data)
        return len(data)

    def tell(self) -> int:
        """Return the number of bytes written."""
        return self._taken

    def flush(self) -> None:
        """Flush the stream."""
        self._out.flush()

    def close(self) -> None:
        """Leave the stream open: it belongs to the caller."""


PRINTERS = {"table": print_table, "csv": print_csv, "json": print_json, "parquet": print_parquet}


def _as_json(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if isinstance(cell, list | tuple):
        return [_as_json(part) for part in cell]
    if isinstance(cell, dict):
        return {str(key): _as_json(part) for key, part in cell.items()}
    return cell


def _distinct(names: list[str]) -> list[str]:
    """Return the names, with _1, _2 appended to repeated ones."""
    found: list[str] = []
    for name in names:
        number, candidate = 0, name
        while candidate in found:
            number += 1
            candidate = f"{name}_{number}"
        found.append(candidate)
    return found


def _text_out():
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    return sys.stdout


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except OSError:
        return DEFAULT_WIDTH
