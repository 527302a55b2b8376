"""Writes the rows of a file into a Parquet file beside it, as the raw values that it holds, a chunk at a time.

Its columns are v0, v1, ...; for Stata and SAS t0, t1, ...: the letters of missing values in columns of numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.readers import size_limits
from warehouse.readers.bounds import MAX_CELL_BYTES, SEVERAL
from warehouse.readers.statistics import encodings
from warehouse.readers.statistics.columns import Column
from warehouse.readers.statistics.packages import Package
from warehouse.readers.statistics.pyreadstat_calls import read_part
from warehouse.storage.errors import DeliveryRejected

if TYPE_CHECKING:
    import polars as pl

CHUNK_CELLS = 5_000_000
"""The most cells of a chunk; each is a Python object of some 32 bytes."""
FEW_CELLS = 1_000_000
"""A chunk of at most this many cells is not divided further."""
N_CHUNKS = 3
"""As many chunks if their size allows: to reach one, all rows before it are passed over."""
CHUNK_BYTES = 256 << 20
"""The most that the rows of a chunk may need in the file: columns of text may be 32,767 bytes wide."""


@dataclass
class Staged:
    """The rows as raw values in Parquet, and the positions of two kinds of columns.

    `tagged` hold letters for missing values, `too_large` numbers of which their type may have lost the last digits.
    """

    path: Path
    n_rows: int = 0
    tagged: set[int] = field(default_factory=set)
    too_large: set[int] = field(default_factory=set)


def stage(
    path: Path,
    package: Package,
    columns: Sequence[Column],
    *,
    encoding: str | None,
    n_rows: int | None,
    row_bytes: int,
    is_ascii_only: bool,
) -> Staged:
    """Write all rows to Parquet beside `path`. `n_rows` is the count that the file states, None if it states none.

    Raises DeliveryRejected if the file cannot be read to its end, or has letters beyond ASCII though `is_ascii_only`.
    """
    import polars as pl
    from pyarrow.parquet import ParquetWriter

    staged = Staged(path.with_name(f"values-{encoding or 'own'}-{path.name}.parquet"))
    schema = _schema(columns, package)
    limit = _rows_of_a_chunk(len(columns), n_rows, row_bytes)
    n_bytes = 0
    empty = pl.DataFrame(schema=schema).to_arrow()
    with ParquetWriter(
        staged.path, empty.schema, compression="none", use_dictionary=False, write_statistics=False
    ) as writer:
        while n_rows is None or staged.n_rows < n_rows:
            values, meta = read_part(path, package, encoding, row_offset=staged.n_rows, row_limit=limit)
            tags = {columns[i].position for i, c in enumerate(columns) if c.name in meta.missing_user_values}
            frame = _frame(values, columns, tags, schema)
            _check_text(frame, package, is_ascii_only)
            n_bytes += int(frame.estimated_size())
            size_limits.refuse_beyond(n_bytes, size_limits.MAX_UNPACKED_BYTES)
            writer.write_table(frame.to_arrow())
            staged.n_rows += frame.height
            staged.tagged |= tags
            staged.too_large |= {c.position for c in columns if _is_too_large(frame, c)}
            if frame.height < limit:
                break
    if n_rows is not None and staged.n_rows != n_rows:
        raise DeliveryRejected(
            f"The file says that it has {n_rows:,} rows, of which {staged.n_rows:,} could be read.",
            "Write it again and deliver the whole file.",
        )
    return staged


def _rows_of_a_chunk(n_columns: int, n_rows: int | None, row_bytes: int) -> int:
    n_cells = CHUNK_CELLS
    if n_rows is not None:
        n_cells = min(CHUNK_CELLS, max(FEW_CELLS, -(-n_rows // N_CHUNKS) * n_columns))
    return max(1, min(n_cells // n_columns, CHUNK_BYTES // max(1, row_bytes)))


def _is_too_large(frame: "pl.DataFrame", column: Column) -> bool:
    """Return whether the column may have lost last digits. Infinite and undefined numbers are none that did."""
    if column.exact_below is None:
        return False
    cells = frame[f"v{column.position}"]
    highest = cells.abs().max()
    if highest is None or highest < column.exact_below:  # type: ignore[operator]
        return False
    return bool((cells.is_finite() & (cells.abs() >= column.exact_below)).any())


def _schema(columns: Sequence[Column], package: Package) -> dict[str, Any]:
    import polars as pl

    types = {"string": pl.String, "float": pl.Float32, "double": pl.Float64}
    schema = {f"v{c.position}": types.get(c.kind, pl.Int64) for c in columns}
    if package.is_tagged:
        schema |= {f"t{c.position}": pl.String for c in columns if not c.is_text}
    return schema


def _frame(
    values: dict[str, list], columns: Sequence[Column], tags: set[int], schema: dict[str, Any]
) -> "pl.DataFrame":
    """Return a chunk as a frame. Only columns with letters for missing values are looked at cell by cell."""
    import polars as pl

    frame: dict[str, pl.Series] = {}
    n_rows = len(values[columns[0].name])
    for column in columns:
        cells = values.pop(column.name)  # set free as soon as it is copied
        if column.position in tags:
            letters = [cell if isinstance(cell, str) else None for cell in cells]
            frame[f"t{column.position}"] = pl.Series(letters, dtype=pl.String)
            cells = [None if isinstance(cell, str) else cell for cell in cells]
        name = f"v{column.position}"
        frame[name] = pl.Series(cells, dtype=schema[name])
    nothing = {
        name: pl.repeat(None, n_rows, dtype=kind, eager=True) for name, kind in schema.items() if name not in frame
    }
    return pl.DataFrame({name: frame[name] if name in frame else nothing[name] for name in schema})


def _check_text(frame: "pl.DataFrame", package: Package, is_ascii_only: bool) -> None:
    """Raise DeliveryRejected if a cell is too long, or has a letter that the file does not say how to read."""
    import polars as pl

    for cells in frame.select(pl.col(pl.String)):
        n_bytes = cells.str.len_bytes()
        if (n_bytes > MAX_CELL_BYTES).any():
            raise DeliveryRejected(f"A cell has more than {MAX_CELL_BYTES:,} bytes.", SEVERAL)
        if is_ascii_only and not (n_bytes == cells.str.len_chars()).all():
            raise encodings.refused(package)
