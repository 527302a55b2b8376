"""What assets are given: the registry's home, as a Dagster resource."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
import duckdb
from pydantic import Field

from warehouse.connection import MEMORY_LIMIT, open_build
from warehouse.home import Home
from warehouse.lock import is_held_here, refresh_lock
from warehouse.recovery import put_in_order

_kept: list[ExitStack] = []


@contextmanager
def kept_open() -> Iterator[None]:
    """Inside, a build database that was opened once stays open, so that steps need not each read and write its head."""
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
        description="Make every row anew, also where nothing that it is made from has changed. The rebuild jobs do.",
    )


class Registry(dg.ConfigurableResource):
    """The registry's home folder; its build database for the time of a block, under the refresh lock."""

    home_folder: str
    memory_limit: str = MEMORY_LIMIT

    @property
    def home(self) -> Home:
        """The home."""
        return Home(Path(self.home_folder))

    @contextmanager
    def build(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The build database, for writing."""
        is_first = not is_held_here(self.home)  # else whoever took the lock has put the home in order
        with refresh_lock(self.home), ExitStack() as stack:
            for sentence in put_in_order(self.home) if is_first else ():
                dg.get_dagster_logger().warning(sentence)
            con = stack.enter_context(open_build(self.home, self.memory_limit))
            while _kept:  # the database is open as long as one of its connections is
                _kept.pop().enter_context(open_build(self.home, self.memory_limit))
            yield con
