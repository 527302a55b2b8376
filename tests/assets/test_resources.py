"""The registry's resource opens the build database, with less of the memory for DuckDB while analyses hold frames."""

from pathlib import Path

import duckdb
import pytest

from assets.resources import Registry, kept_open


def limit(con: duckdb.DuckDBPyConnection) -> str:
    """DuckDB's limit, as it prints it."""
    return con.sql("SELECT current_setting('memory_limit')").fetchall()[0][0]


def test_analyses_leave_memory_to_their_frames(tmp_path: Path) -> None:
    """During analyses DuckDB may use 800 MB; other steps have all of it again, also after one that failed."""
    registry = Registry(home_folder=str(tmp_path / "home"))
    with kept_open():
        with registry.build() as con:
            assert limit(con) == "2.3 GiB"
        for _ in range(2):
            with pytest.raises(ValueError, match="failed"), registry.build_beside_frames() as con:
                assert limit(con) == "762.9 MiB"
                con.execute("CREATE OR REPLACE TABLE analysis.kept AS SELECT 1 AS one")
                raise ValueError("failed")
            with registry.build() as con:
                assert limit(con) == "2.3 GiB"
                assert con.sql("FROM analysis.kept").fetchall() == [(1,)]
