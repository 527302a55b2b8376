"""A refresh never waits for itself: what it reads is made whole, whatever its size."""

from pathlib import Path

import duckdb

from warehouse.storage.connection import RESULT_BUFFER, one_thread, open_build, read_build, reader_of
from warehouse.storage.home import Home


def _buffer(con: duckdb.DuckDBPyConnection, size: str = "") -> str:
    """How much of a result DuckDB makes ahead, or a size as DuckDB writes it."""
    own = con.cursor() if size else con
    if size:
        own.execute(f"SET streaming_buffer_size = '{size}'")
    row = own.execute("SELECT current_setting('streaming_buffer_size')").fetchone()
    assert row is not None
    return str(row[0])


def test_the_build_and_its_cursors_make_results_whole(tmp_path: Path) -> None:
    """The refresh's connection, its cursors, and a reader of the build have results made whole."""
    home = Home(tmp_path)
    with open_build(home) as con:
        whole = _buffer(con, RESULT_BUFFER)
        assert _buffer(duckdb.connect()) != whole
        assert [_buffer(con), _buffer(reader_of(con))] == [whole, whole]
    with read_build(home) as con:
        assert _buffer(con) == whole


def test_a_reader_in_batches_holds_no_whole_table(tmp_path: Path) -> None:
    """A reader in batches hands out its first rows while others are not made yet, in one thread, and then all."""
    with open_build(Home(tmp_path)) as con, one_thread(con):
        con.execute("CREATE TABLE raw.numbers AS SELECT range AS n FROM range(1_000_000)")
        reader = reader_of(con, in_batches=True)
        assert _buffer(reader) == _buffer(duckdb.connect())
        batches = list(reader.execute("FROM raw.numbers").to_arrow_reader(100_000))
        assert [batch.num_rows for batch in batches] == [100_000] * 10
