"""Hands out a DuckDB relation within the limits of a query: whatever reads its rows is stopped in time.

A relation runs when its rows are asked for, so the limits are those of each method and not of the SELECT alone. Memory
and disk of DuckDB itself are limited by the sandbox in which the release was opened.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from warehouse.releases.limits import GROWTH_LIMIT_BYTES
from warehouse.releases.query_errors import failed
from warehouse.releases.time_limit import time_limit
from warehouse.storage.errors import QueryFailed

if TYPE_CHECKING:
    import pyarrow as pa

Method = TypeVar("Method", bound=Callable[..., Any])
CURE = "Narrow it, or allow more time: open(timeout_seconds=3600)."


@contextmanager
def within(con: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Stop what `con` does in the block after `seconds`, or once it has taken too much memory; QueryFailed then, and,
    in one line without cells, if it fails.
    """
    try:
        with time_limit(con, seconds, CURE, GROWTH_LIMIT_BYTES):
            yield
    except duckdb.Error as error:
        raise failed(error) from None


def within_limits(method: Method) -> Method:
    """Run a method of what has a `_release` within the release's limits."""

    @wraps(method)
    def limited(self: Any, *args: Any, **named: Any) -> Any:
        with self._release.limits():
            return method(self, *args, **named)

    return limited  # type: ignore[return-value]


class Answer:
    """A DuckDB relation, with all its methods: `.df()`, `.pl()`, `.to_arrow_table()`, `.fetchall()`, `.filter(...)`.

    What reads rows takes no longer than the release allows, and a failure is one line without cells. A reader of
    batches is limited batch by batch.
    """

    __slots__ = ("_limits", "_relation")

    def __init__(self, relation: duckdb.DuckDBPyRelation, limits: Callable[[], Any]):
        self._relation, self._limits = relation, limits

    def pl(self, *args: Any, **named: Any) -> Any:
        """Return a polars frame. QueryFailed for `lazy`, which would read outside the limits."""
        if named.get("lazy"):
            raise QueryFailed("A lazy frame would read the release later, without limits.", "Write .pl().lazy().")
        return self._within(self._relation.pl, *args, **named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if not callable(getattr(duckdb.DuckDBPyRelation, name, None)):  # a fact, such as its shape, or a column
            return self._within(getattr, self._relation, name)
        found = getattr(self._relation, name)

        @wraps(found)
        def method(*args: Any, **named: Any) -> Any:
            return self._within(found, *args, **named)

        return method

    def __getitem__(self, name: str) -> "Answer":
        return self._within(self._relation.__getitem__, name)

    def __len__(self) -> int:
        return self._within(self._relation.__len__)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._within(self._relation.to_arrow_reader).__arrow_c_stream__(requested_schema)

    def __dir__(self) -> list[str]:
        return dir(self._relation)

    def __repr__(self) -> str:
        return self._within(self._relation.__repr__)

    def __str__(self) -> str:
        return self._within(self._relation.__str__)

    def _within(self, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        plain = [one._relation if isinstance(one, Answer) else one for one in args]
        named = {name: one._relation if isinstance(one, Answer) else one for name, one in named.items()}
        with self._limits():
            found = call(*plain, **named)
        return self._held(found)

    def _held(self, found: Any) -> Any:
        """Hold what a method returns to the same limits, if it reads rows later."""
        if isinstance(found, duckdb.DuckDBPyRelation):
            return Answer(found, self._limits)
        if type(found).__name__ == "RecordBatchReader":
            return self._batches(found)
        return found

    def _batches(self, reader: "pa.RecordBatchReader") -> "pa.RecordBatchReader":
        import pyarrow as pa

        def each() -> Iterator["pa.RecordBatch"]:
            while True:
                with self._limits():
                    try:
                        batch = reader.read_next_batch()
                    except StopIteration:
                        return
                yield batch

        return pa.RecordBatchReader.from_batches(reader.schema, each())
