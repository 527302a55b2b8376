"""Provides the registry's home to assets, as a Dagster resource."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import dagster as dg
import duckdb
from pydantic import Field

from assets.privacy import private
from assets.shards.ask_for_shards import shards_where_asked
from warehouse.storage.connection import MEMORY_BESIDE_FRAMES, MEMORY_LIMIT, open_build
from warehouse.storage.home import Home
from warehouse.storage.table_catalogue import ALL_ANALYSES
from workflows.begin_writing import writing
from workflows.release_products import EVERYTHING

ANALYSES = tuple(table.name for table in ALL_ANALYSES)

_kept: list[ExitStack] = []


@contextmanager
def kept_open() -> Iterator[None]:
    """Keep the build database open inside the block once it was opened, so that each step does not reopen the file."""
    with ExitStack() as kept:
        _kept.append(kept)
        try:
            yield
        finally:
            _kept.clear()


class LayerConfig(dg.Config):
    """How to make a layer."""

    anew: bool = Field(
        default=False,
        description="Recompute every row even if its inputs have not changed, as the rebuild jobs do.",
    )


class Registry(dg.ConfigurableResource):
    """The registry's home folder, and its build database for the duration of a block, under the refresh lock.

    A run holds the lock from its first step to its last, so that no other refresh comes between two of its steps. If
    another is running, the run waits up to `wait_seconds` for it to end, and then fails before it has changed anything.
    """

    home_folder: str
    memory_limit: str = MEMORY_LIMIT
    wait_seconds: float = 0
    products: list[str] = Field(
        default=list(EVERYTHING), description="What a release holds besides its tables: workflows/release_products.py."
    )
    analyses: list[str] = Field(
        default=list(ANALYSES), description="The analysis tables to compute; the others stay empty."
    )

    @property
    def home(self) -> Home:
        """The home folder with its paths."""
        return Home(Path(self.home_folder))

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Registry"]:
        """Hold the lock for as long as the run lasts."""
        log = context.log or dg.get_dagster_logger()
        with ExitStack() as stack:
            with private(self.home, "Preparing the run"):
                stack.enter_context(self._writing(log))
                stack.enter_context(shards_where_asked(self.home, context.instance))
            yield self

    @contextmanager
    def build(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the build database for writing."""
        with self._writing(dg.get_dagster_logger()), ExitStack() as stack:
            con = stack.enter_context(open_build(self.home, self.memory_limit))
            while _kept:  # the database is open as long as one of its connections is
                _kept.pop().enter_context(open_build(self.home, self.memory_limit))
            yield con

    @contextmanager
    def build_beside_frames(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open it for analyses, whose frames need memory too: DuckDB is given MEMORY_BESIDE_FRAMES during the block."""
        with self.build() as con:
            with suppress(duckdb.OutOfMemoryException):  # it cannot give back so much, and keeps what it has
                con.execute(f"SET memory_limit = '{MEMORY_BESIDE_FRAMES}'")
            try:
                yield con
            finally:
                with suppress(duckdb.FatalException):  # the database that this error closed keeps no settings
                    con.execute(f"SET memory_limit = '{self.memory_limit}'")

    @contextmanager
    def _writing(self, log: logging.Logger) -> Iterator[None]:
        """Begin a write, and log the state in which the home was found."""
        with writing(self.home, log.info, self.wait_seconds) as begun:
            for sentence in begun.notices:
                log.warning(sentence)
            yield
