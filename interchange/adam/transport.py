"""Writes a dataset as a SAS transport file of version 5, the form that agencies take.

The layout is SAS's (technical support document TS-140): records of 80 bytes, numbers in IBM's hexadecimal form, texts
padded with blanks, an empty number a point. pyreadstat writes the time of day into such files, so that no two are
equal, and writes row by row; the tests read with it what is written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from interchange.adam.variables import Dataset, Variable

RECORD, NUMBER, LONGEST_TEXT = 80, 8, 200
BATCH_ROWS = 4096
EPOCH_DAYS = 3653
"""Days from 1960-01-01, SAS's first, to 1970-01-01."""
HEADER = "HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!{:<30}  "
ZEROS = "0" * 30
SIGN, EMPTY = np.uint64(1 << 63), np.uint64(0x2E << 56)
EXCESS, FRACTION_BITS = 64, 53


def write_xpt(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, path: Path, made: datetime, longest: Mapping[str, int]
) -> list[str]:
    """Write the table named like the dataset; return the names of variables whose texts were cut to 200 bytes.

    `longest` are the bytes of the longest text of each variable that holds texts.
    """
    widths = [longest.get(one.name, NUMBER) for one in dataset.variables]
    cut = [one.name for one, width in zip(dataset.variables, widths, strict=True) if width > LONGEST_TEXT]
    widths = [min(width, LONGEST_TEXT) for width in widths]
    reader = con.execute(f"FROM {dataset.name}").to_arrow_reader(BATCH_ROWS)
    with open(path, "wb") as file:
        _head(file, dataset, widths, f"{made:%d%b%y:%H:%M:%S}".upper())
        n_bytes, rows = 0, np.empty(BATCH_ROWS, dtype=_types(dataset.variables, widths))
        for batch in reader:
            filled = rows[: batch.num_rows]
            _fill(filled, batch, dataset.variables, widths)
            n_bytes += file.write(filled.data)
        file.write(b" " * (-n_bytes % RECORD))
    return cut


def _head(file: BinaryIO, dataset: Dataset, widths: Sequence[int], made: str) -> None:
    system = f"{'9.4':<8}{'':<8}{'':<24}{made:<16}"
    records = [
        HEADER.format("LIBRARY", ZEROS),
        f"{'SAS':<8}{'SAS':<8}{'SASLIB':<8}{system}",
        f"{made:<80}",
        HEADER.format("MEMBER", "000000000000000001600000000140"),
        HEADER.format("DSCRPTR", ZEROS),
        f"{'SAS':<8}{dataset.name:<8}{'SASDATA':<8}{system}",
        f"{made:<16}{'':<16}{dataset.label:<40}{'':<8}",
        HEADER.format("NAMESTR", f"000000{len(dataset.variables):04}00000000000000000000"),
    ]
    file.write("".join(records).encode("ascii"))
    file.write(_padded(b"".join(_names(dataset.variables, widths))))
    file.write(HEADER.format("OBS", ZEROS).encode("ascii"))


def _names(variables: Sequence[Variable], widths: Sequence[int]) -> Iterator[bytes]:
    """Yield what says of each variable its kind, width, name, label, format and place."""
    place = 0
    for number, (one, width) in enumerate(zip(variables, widths, strict=True), start=1):
        numbers = np.array([2 if one.kind == "text" else 1, 0, width, number], dtype=">i2").tobytes()
        shown = "DATE" if one.kind == "date" else ""
        digits = np.array([9 if shown else 0, 0, 0], dtype=">i2").tobytes()
        texts = f"{one.name:<8}{one.label:<40}{shown:<8}".encode("ascii")
        yield numbers + texts + digits + b"  " + f"{'':<8}".encode() + bytes(4) + place.to_bytes(4, "big") + bytes(52)
        place += width


def _types(variables: Sequence[Variable], widths: Sequence[int]) -> list[tuple[str, str]]:
    return [
        (one.name, f"S{width}" if one.kind == "text" else ">u8") for one, width in zip(variables, widths, strict=True)
    ]


def _fill(rows: np.ndarray, batch: pa.RecordBatch, variables: Sequence[Variable], widths: Sequence[int]) -> None:
    """Write the batch's cells into the rows, of which it has as many."""
    for one, width in zip(variables, widths, strict=True):
        column = batch.column(one.name)
        rows[one.name] = _texts(column, width) if one.kind == "text" else ibm(_numbers(column, one))


def _texts(column: pa.Array, width: int) -> np.ndarray:
    """Return the texts as bytes padded with blanks, and cut between two letters where they are longer."""
    filled = column.fill_null("")
    if width == LONGEST_TEXT and pc.max(pc.binary_length(filled)).as_py() > width:
        cut = [text.encode()[:width].decode(errors="ignore") for text in filled.to_pylist()]
        filled = pa.array(cut, pa.string())
    padded = pc.ascii_rpad(filled, width)
    return np.frombuffer(padded.buffers()[2], f"S{width}", len(padded), padded.offset * width)


def _numbers(column: pa.Array, variable: Variable) -> np.ndarray:
    if variable.kind == "date":
        days = column.cast(pa.int32()).cast(pa.float64()).to_numpy(zero_copy_only=False)
        return days + EPOCH_DAYS
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)


def ibm(numbers: np.ndarray) -> np.ndarray:
    """Return numbers as IBM's 64-bit form: sign, power of 16 plus 64, and 56 bits of a fraction. NaN is empty.

    >>> [hex(n) for n in ibm(np.array([0.0, 1.0, -1.0, 118.625, np.nan]))]
    ['0x0', '0x4110000000000000', '0xc110000000000000', '0x4276a00000000000', '0x2e00000000000000']
    """
    is_empty = np.isnan(numbers)
    fractions, powers = np.frexp(np.abs(np.where(is_empty, 0.0, numbers)))
    sixteens = -(-powers // 4)
    whole = np.ldexp(fractions, FRACTION_BITS).astype(np.uint64) << (3 - (4 * sixteens - powers)).astype(np.uint64)
    found = whole | ((sixteens + EXCESS).astype(np.uint64) << np.uint64(56)) | np.where(numbers < 0, SIGN, np.uint64(0))
    return np.where(is_empty, EMPTY, np.where(numbers == 0, np.uint64(0), found))


def _padded(content: bytes) -> bytes:
    return content + b" " * (-len(content) % RECORD)
