"""Writes small files of statistics packages and reads them with the project's reader."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyreadstat

from warehouse.readers.source import Source
from warehouse.readers.statistics import open_statistics
from warehouse.readers.statistics.meanings import Meaning

SPSS_1970 = 12_219_379_200
"""Seconds from SPSS's first day, 14 October 1582, to 1970."""


@dataclass
class Seen:
    """What the reader made of a file: its source, and each column's cells from first to last row."""

    source: Source
    cells: dict[str, list[str | None]]


def read(path: Path, encoding: str | None = None) -> Seen:
    """Read the file and check that no row is lost."""
    with duckdb.connect() as con:
        source = open_statistics(con, path, encoding)
        names = ", ".join(f"c{i}" for i in range(len(source.header)))
        rows = con.execute(
            f"SELECT {names} FROM (SELECT {source.line} AS line, {names} FROM {source.relation}) ORDER BY line"
        ).fetchall()
    source.check_count(len(rows))
    return Seen(source, {name: [row[i] for row in rows] for i, name in enumerate(source.header)})


def texts_of(meaning: Meaning, *values: float) -> list[str | None]:
    """The texts that a meaning gives to numbers."""
    with duckdb.connect() as con:
        sql = f"SELECT {meaning.text('value')} FROM (SELECT unnest(?::DOUBLE[]) AS value)"
        return [text for (text,) in con.execute(sql, [list(values)]).fetchall()]


def write_sav(path: Path, columns: dict[str, Sequence[Any]], **about: Any) -> Path:
    """Write an SPSS file; `about` is what pyreadstat's write_sav takes."""
    pyreadstat.write_sav(pl.DataFrame(columns, strict=False), str(path), **about)
    return path


def write_dta(path: Path, columns: dict[str, Sequence[Any]], **about: Any) -> Path:
    """Write a Stata file; `about` is what pyreadstat's write_dta takes."""
    pyreadstat.write_dta(pl.DataFrame(columns, strict=False), str(path), **about)
    return path


def write_xpt(path: Path, columns: dict[str, Sequence[Any]], version: int = 5, **about: Any) -> Path:
    """Write a SAS transport file; `about` is what pyreadstat's write_xport takes."""
    pyreadstat.write_xport(pl.DataFrame(columns, strict=False), str(path), file_format_version=version, **about)
    return path


def as_an_old_spss(path: Path, code: int, before: bytes = b"", after: bytes = b"") -> Path:
    """Take the encoding's name out of an SPSS file, set its character code and replace bytes of a text."""
    content = path.read_bytes()
    at = content.index(struct.pack("<3i", 7, 20, 1))
    (length,) = struct.unpack_from("<i", content, at + 12)
    content = content[:at] + content[at + 16 + length :]
    machine = struct.pack("<4i", 7, 3, 4, 8)
    last = content.index(machine) + len(machine) + 28
    content = content[:last] + struct.pack("<i", code) + content[last + 4 :]
    assert len(before) == len(after)
    path.write_bytes(content.replace(before, after) if before else content)
    return path
