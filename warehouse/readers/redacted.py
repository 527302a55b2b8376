"""Writes and reads what is kept of a file from which rows were erased: cells as text, and each row's original line.

The form is Parquet with the columns part, line, c0, c1, ...; a part is what one way of reading gives, such as a sheet
of a workbook. The metadata say how each part was read, its header as delivered, since its names may repeat, and what
else its reader found: labels, dates, types. It is the same for every format, so that a row of another patient reads the
same before and after, to the last cell.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import duckdb

from warehouse.readers.csv_text import is_found
from warehouse.readers.kept_letters import in_encoding
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.source import Source, Veiled, column_names
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

HEADER, PARTS = "header", "parts"
"""Metadata: of files that earlier versions wrote, which have one part and no column of that name; and of today's."""
FORM = f"(FORMAT parquet, COMPRESSION uncompressed, KV_METADATA {{{{{PARTS}: {{}}}}}})"  # the archive compresses
NOT_KEPT = "After an erasure the archive keeps only what was read of this file, and it was read in another way."
NOT_KEPT_CURE = (
    "Write sheet, header_row, delimiter and encoding in site.toml as they were, or deliver the file under another name."
)


@dataclass(frozen=True)
class Part:
    """What one way of reading a file gives. `is_text` says that encoding and delimiter decided what was read.

    Earlier versions did not write down what was found, such as the delimiter.
    """

    reading: Reading
    source: Source
    is_text: bool
    is_of_earlier_version: bool = False

    def is_read_by(self, asked: Reading) -> bool:
        """Return whether that way of reading gives the same rows, maybe with other letters (kept_letters.py).

        What was found may be written out: the delimiter, the name of the first sheet, the row of the header.
        """
        if self.is_of_earlier_version:
            return self._is_read_exactly_by(asked)
        row = self.source.header_row
        if row is None:  # its columns have names of their own
            return True
        if asked.header_row != self.reading.header_row and not 1 < asked.header_row == row:
            return False
        return self._is_split_by(asked) if self.is_text else self._is_sheet_of(asked)

    def _is_read_exactly_by(self, asked: Reading) -> bool:
        if self.reading.header_row != asked.header_row:
            return False
        if self.is_text:
            return (self.reading.encoding, self.reading.delimiter) == (asked.encoding, asked.delimiter)
        return _name(self.reading.sheet) == _name(asked.sheet)

    def _is_split_by(self, asked: Reading) -> bool:
        if asked.delimiter == self.reading.delimiter:
            return True
        delimiter = self.source.delimiter
        if asked.delimiter is None:
            return bool(delimiter) and is_found(self.source.header, delimiter)
        return asked.delimiter == delimiter

    def _is_sheet_of(self, asked: Reading) -> bool:
        return _name(asked.sheet) in (_name(self.reading.sheet), _name(self.source.sheet or None))


def write_kept(con: duckdb.DuckDBPyConnection, parts: Sequence[Part], where: Sequence[str], target: Path) -> None:
    """Write each part's rows for which its `where` (SQL on line, c0, c1, ...) is true. Raises duckdb.Error."""
    width = max(len(part.source.header) for part in parts)
    selects = []
    for number, (part, condition) in enumerate(zip(parts, where, strict=True)):
        own = column_names(len(part.source.header))
        cells = ", ".join([*own, *(f"NULL::VARCHAR AS {name}" for name in column_names(width)[len(own) :])])
        rows = f"SELECT {part.source.line} AS line, {', '.join(own)} FROM {part.source.relation}"  # noqa: S608
        selects.append(f"SELECT {number} AS part, line, {cells} FROM ({rows}) WHERE {condition}")  # noqa: S608
    described = sql_text(json.dumps([_described(con, *part) for part in zip(parts, where, strict=True)]))
    con.execute(f"COPY ({' UNION ALL '.join(selects)}) TO {sql_text(str(target))} {FORM.format(described)}")


def open_kept(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading = AS_USUAL, feed: str = "") -> Source:
    """Return a Source for a part of what write_kept wrote, whatever the file is called.

    `feed` names source and export, for parts that they alone read.

    Raises DeliveryRejected if the file was not read so when it was written, or its letters mean nothing so.
    """
    for part in sorted(kept_parts(con, path), key=lambda part: part.reading != reading):
        if part.source.veiled is not None and part.source.veiled.feed not in ("", feed):
            continue
        if part.is_read_by(reading) and (source := in_encoding(con, path, part.source, reading.encoding)):
            return source
    raise DeliveryRejected(NOT_KEPT, NOT_KEPT_CURE)


def kept_parts(con: duckdb.DuckDBPyConnection, path: Path) -> list[Part]:
    """Return the parts that write_kept wrote."""
    file = sql_text(str(path))
    rows = con.execute(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata({file})").fetchall()  # noqa: S608
    said = {key: value for key, value in rows if key in (HEADER, PARTS)}
    if PARTS not in said:
        source = Source(json.loads(said[HEADER]), f"read_parquet({file})", "line")
        return [Part(AS_USUAL, source, is_text=False, is_of_earlier_version=True)]
    return [_part(file, number, part) for number, part in enumerate(json.loads(said[PARTS]))]


def _name(sheet: str | None) -> str | None:
    return None if sheet is None else sheet.strip().casefold()


def _described(con: duckdb.DuckDBPyConnection, part: Part, where: str) -> dict:
    source = part.source
    veiled = {} if source.veiled is None else {"veiled": asdict(source.veiled)}
    return veiled | {
        "reading": asdict(part.reading),
        "is_text": part.is_text,
        "header": source.header,
        "labels": {str(place): labels for place, labels in _labels(con, source, where).items()},
        "dates": sorted(source.dates),
        "is_typed": source.is_typed,
        "nested": list(source.nested),
        "about": source.about,
        "found": [source.delimiter, source.sheet, source.header_row, source.encoding],
        "formats": None if source.formats is None else {str(place): name for place, name in source.formats.items()},
    }


def _labels(con: duckdb.DuckDBPyConnection, source: Source, where: str) -> dict[int, dict[str, str]]:
    """Return the labels of the codes that occur in the rows that are kept: a label can be a person's name."""
    if not source.labels:
        return {}
    cells = ", ".join(column_names(len(source.header)))
    codes = ", ".join(f"list(DISTINCT c{place})" for place in source.labels)
    rows = f"SELECT {source.line} AS line, {cells} FROM {source.relation}"  # noqa: S608 (own names)
    found = con.execute(f"SELECT {codes} FROM ({rows}) WHERE {where}").fetchone() or ()  # noqa: S608
    return {
        place: {code: label for code, label in labels.items() if code in set(occurring or ())}
        for (place, labels), occurring in zip(source.labels.items(), found, strict=True)
    }


def _formats(said: Mapping[str, str] | None) -> dict[int, str] | None:
    """Return the formats of a part; files that earlier versions wrote have none."""
    return None if said is None else {int(place): name for place, name in said.items()}


def _part(file: str, number: int, part: dict) -> Part:
    source = Source(
        part["header"],
        f"(FROM read_parquet({file}) WHERE part = {number})",
        "line",
        nested=part["nested"],
        labels={int(place): labels for place, labels in part["labels"].items()},
        dates=frozenset(part["dates"]),
        is_typed=part["is_typed"],
        about=part["about"],
        formats=_formats(part.get("formats")),
        remark=part.get("veiled", {}).get("remark", ""),
        is_trimmed=part.get("veiled", {}).get("is_trimmed", False),
        veiled=Veiled(**part["veiled"]) if "veiled" in part else None,
    )
    reading = Reading(**part["reading"])
    if "found" not in part:
        return Part(reading, source, part["is_text"], is_of_earlier_version=True)
    delimiter, sheet, header_row, encoding = part["found"]
    source = replace(source, delimiter=delimiter, sheet=sheet, header_row=header_row, encoding=encoding)
    return Part(reading, source, part["is_text"])
