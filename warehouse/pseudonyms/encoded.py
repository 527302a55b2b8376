"""Holds a column of many rows as its distinct cells and, row by row, which of them stands there.

What is done with a cell is done once for each distinct one: a million rows name a tenth as many patients.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from warehouse.readers.cells import WHITE_SPACE

CELL = "cell"
NOTHING = -1
AT_ONCE = 122_880
"""So many rows are held as they are while they are encoded."""
LINE = "line"
CELLS = "veiled_cells"


@dataclass(frozen=True)
class Encoded:
    """A column: `values` are distinct cells, none of them null, and `places` says which stands in each row, NOTHING
    where the cell is empty.
    """

    values: pl.Series
    places: np.ndarray

    def of_rows(self, numbers: np.ndarray, otherwise: int) -> np.ndarray:
        """Return the number of each row's cell, of those by distinct cell; `otherwise` where it is empty."""
        return np.append(numbers, np.int32(otherwise))[self.places]  # NOTHING finds the last

    def with_values(self, values: pl.Series) -> "Encoded":
        """Return the column with others for its cells, in their order; null makes the cell empty."""
        if not values.null_count():
            return replace(self, values=values)
        is_there = values.is_not_null().to_numpy()
        now = np.append(np.where(is_there, np.cumsum(is_there) - 1, NOTHING), NOTHING).astype(np.int32)
        return Encoded(values.drop_nulls(), now[self.places])  # NOTHING finds the last of them, which is NOTHING

    @property
    def is_trimmed(self) -> bool:
        """Return whether no cell is '' or has white space at its ends."""
        length = self.values.str.len_bytes()
        return bool((length > 0).all()) and bool(
            (self.values.str.strip_chars(WHITE_SPACE).str.len_bytes() == length).all()
        )

    def as_arrow(self) -> pa.Array:
        """Return the column as Arrow holds it, with the same distinct cells."""
        values = self.values.to_arrow(compat_level=pl.CompatLevel.oldest())
        places = pa.array(self.places, mask=self.places == NOTHING)
        return pa.DictionaryArray.from_arrays(places, values)


def read(con: duckdb.DuckDBPyConnection, rows: str) -> tuple[pa.ChunkedArray, dict[str, Encoded]]:
    """Return what a SELECT gives: its column `line`, and the others, which are texts, by name.

    Raises duckdb.Error.
    """
    pieces: dict[str, list[pa.Array]] = {}
    try:
        with con.execute(rows).to_arrow_reader(AT_ONCE) as batches:
            pieces = {name: [] for name in batches.schema.names}
            types = dict(zip(batches.schema.names, batches.schema.types, strict=True))
            for batch in batches:
                for name, cells in zip(batches.schema.names, batch.columns, strict=True):
                    pieces[name].append(cells if name == LINE else cells.dictionary_encode())
    except (OSError, pa.ArrowException):  # it does not say what kind of error of DuckDB's it is, and may quote a cell
        con.execute(f"CREATE OR REPLACE TEMP TABLE {CELLS} AS {rows}")
        raise RuntimeError("a file was read at the second time only") from None
    lines = pa.chunked_array(pieces.pop(LINE), type=types[LINE])
    return lines, {name: _encoded(arrays) for name, arrays in pieces.items()}


def encoded(cells: pa.Array) -> Encoded:
    """Return a column of texts or numbers."""
    return _encoded([cells.dictionary_encode()])


def _encoded(pieces: list[pa.Array]) -> Encoded:
    if not pieces:
        return Encoded(pl.Series(CELL, [], dtype=pl.String), np.empty(0, dtype=np.int32))
    chunks = pa.chunked_array(pieces).unify_dictionaries().chunks
    places = [chunk.indices.fill_null(NOTHING).to_numpy(zero_copy_only=False) for chunk in chunks]
    return Encoded(pl.Series(CELL, chunks[-1].dictionary), np.concatenate(places))


def table_of(lines: pa.ChunkedArray, columns: Mapping[str, Encoded]) -> pa.Table:
    """Return the table of these columns by name, and `line`, in the order of the lines.

    It is one piece, which DuckDB writes in row groups of the same size whoever made it.
    """
    number = lines.to_numpy()
    if lines.null_count == 0 and (number[1:] < number[:-1]).any():
        order = np.argsort(number, kind="stable")
        lines = pa.chunked_array([pa.array(number[order])])
        columns = {name: replace(one, places=one.places[order]) for name, one in columns.items()}
    whole = lines.combine_chunks()
    return pa.table({LINE: whole} | {name: one.as_arrow() for name, one in columns.items()})


def calculated(con: duckdb.DuckDBPyConnection, values: pl.Series, sql: str) -> pl.Series:
    """Return, in their order, what SQL gives for each of the values; in it, `{}` stands for a relation of them.

    Its only column is `cell`.
    """
    con.register(CELLS, values.alias(CELL).to_frame().to_arrow())
    try:
        return pl.Series(con.execute(sql.replace("{}", CELLS)).to_arrow_table().column(0))
    finally:
        con.unregister(CELLS)
