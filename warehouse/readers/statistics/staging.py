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
    import pyarrow as pa

CHUNK_CELLS = 4_000_000
"""A cell is a Python object of some 32 bytes. To reach a chunk, all rows before it are read over."""
CHUNK_BYTES = 256 << 20
"""The most that the rows of a chunk may need in the file: columns of text may be 32,767 bytes wide."""


@dataclass
class Staged:
    """The rows as raw values in Parquet. `tagged`: the positions of columns that hold letters for missing values."""

    path: Path
    n_rows: int = 0
    tagged: set[int] = field(default_factory=set)


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
    from pyarrow.parquet import ParquetWriter

    staged = Staged(path.with_name(f"{path.name}.values.parquet"))
    schema = _schema(columns, package)
    limit = max(1, min(CHUNK_CELLS // max(1, len(columns)), CHUNK_BYTES // max(1, row_bytes)))
    n_bytes = 0
    with ParquetWriter(staged.path, schema, compression="none", use_dictionary=False, write_statistics=False) as writer:
        while n_rows is None or staged.n_rows < n_rows:
            values, meta = read_part(path, package, encoding, row_offset=staged.n_rows, row_limit=limit)
            tags = {columns[i].position for i, c in enumerate(columns) if c.name in meta.missing_user_values}
            table = _table(values, columns, tags, schema)
            if is_ascii_only:
                _check_ascii(table, package)
            n_bytes += table.nbytes
            size_limits.refuse_beyond(n_bytes, size_limits.MAX_UNPACKED_BYTES)
            writer.write_table(table)
            staged.n_rows += table.num_rows
            staged.tagged |= tags
            if table.num_rows < limit:
                break
    if n_rows is not None and staged.n_rows != n_rows:
        raise DeliveryRejected(
            f"The file says that it has {n_rows:,} rows, of which {staged.n_rows:,} could be read.",
            "Write it again and deliver the whole file.",
        )
    return staged


def _schema(columns: Sequence[Column], package: Package) -> "pa.Schema":
    import pyarrow as pa

    types = {"string": pa.string(), "float": pa.float32(), "double": pa.float64()}
    fields = [pa.field(f"v{c.position}", types.get(c.kind, pa.int64())) for c in columns]
    if package.is_tagged:
        fields += [pa.field(f"t{c.position}", pa.string()) for c in columns if not c.is_text]
    return pa.schema(fields)


def _table(values: dict[str, list], columns: Sequence[Column], tags: set[int], schema: "pa.Schema") -> "pa.Table":
    """Return a chunk as a table. Only columns with letters for missing values are looked at cell by cell."""
    import pyarrow as pa

    arrays: dict[str, Any] = {}
    n_rows = len(values[columns[0].name])
    for column in columns:
        cells = values.pop(column.name)  # set free as soon as it is copied
        if column.position in tags:
            letters = [cell if isinstance(cell, str) else None for cell in cells]
            arrays[f"t{column.position}"] = pa.array(letters, pa.string())
            cells = [None if isinstance(cell, str) else cell for cell in cells]
        name = f"v{column.position}"
        arrays[name] = pa.array(cells, schema.field(name).type)
        if column.is_text:
            _check_lengths(arrays[name])
    return pa.table([arrays.get(f.name, pa.nulls(n_rows, f.type)) for f in schema], schema=schema)


def _check_lengths(cells: "pa.Array") -> None:
    import pyarrow.compute as pc

    longest = pc.max(pc.binary_length(cells)).as_py() or 0
    if longest > MAX_CELL_BYTES:
        raise DeliveryRejected(f"A cell has {longest:,} bytes, more than {MAX_CELL_BYTES:,}.", SEVERAL)


def _check_ascii(table: "pa.Table", package: Package) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    for column in table.columns:
        if column.type == pa.string() and pc.any(pc.invert(pc.string_is_ascii(column))).as_py():
            raise encodings.refused(package)
