"""What assets are given: the registry's home, as a Dagster resource."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb

from warehouse.connection import MEMORY_LIMIT, open_build
from warehouse.home import Home
from warehouse.lock import refresh_lock


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
        with refresh_lock(self.home), open_build(self.home, self.memory_limit) as con:
            yield con
