"""Reads what is kept of a text in another encoding than it was read in: its bytes are known from its letters.

So a corrected encoding in site.toml corrects a file from which rows were erased, as it does any other.
"""

import codecs
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.readers.source import Source, column_names
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

ASCII = bytes(range(128))
CURE = "Write the file's own encoding into site.toml; `registry map` proposes it."


def in_encoding(con: duckdb.DuckDBPyConnection, path: Path, source: Source, encoding: str) -> Source | None:
    """Return the source as its bytes read in the encoding; None if it is not known which bytes they were.

    The kept file is at `path`, beside which a copy is written if letters change. Raises DeliveryRejected if the bytes
    mean nothing in the encoding.
    """
    cells = column_names(len(source.header))
    if not source.encoding or _plain(source.encoding) == _plain(encoding):
        return source
    if not (_keeps_ascii(source.encoding) and _keeps_ascii(encoding)):
        return None
    beyond = f"SELECT DISTINCT cell FROM (SELECT unnest([{', '.join(cells)}]) AS cell FROM {source.relation}) "  # noqa: S608
    changed = {cell: cell for (cell,) in con.execute(f"{beyond} WHERE strlen(cell) > length(cell)").fetchall()}

    def again(text: str) -> str:
        try:
            return text.encode(_plain(source.encoding)).decode(_plain(encoding))
        except UnicodeError:
            raise DeliveryRejected(f"The file has bytes that mean nothing in {encoding}.", CURE) from None

    changed = {cell: again(cell) for cell in changed}
    labels = {
        place: {again(code): again(label) for code, label in of_column.items()}
        for place, of_column in source.labels.items()
    }
    read = replace(source, header=list(map(again, source.header)), labels=labels, encoding=encoding)
    if not changed:
        return read
    target = path.with_name(f"kept-{_plain(encoding)}-{path.name}")
    _write(con, source, changed, cells, target)
    return replace(read, relation=f"read_parquet({sql_text(str(target))})", is_trimmed=False)


def _write(
    con: duckdb.DuckDBPyConnection, source: Source, changed: Mapping[str, str], cells: list[str], target: Path
) -> None:
    import polars as pl

    con.register("letters", pl.DataFrame({"was": list(changed), "now": list(changed.values())}).to_arrow())
    joins = " ".join(f"LEFT JOIN letters AS l_{cell} ON l_{cell}.was = k.{cell}" for cell in cells)
    named = ", ".join(f"coalesce(l_{cell}.now, k.{cell}) AS {cell}" for cell in cells)
    rows = f"SELECT {source.line} AS line, {named} FROM {source.relation} AS k {joins}"  # noqa: S608 (own names)
    con.execute(f"COPY ({rows} ORDER BY line) TO {sql_text(str(target))} (FORMAT parquet)")
    con.unregister("letters")


def _plain(encoding: str) -> str:
    """Return Python's name of an encoding; a text that begins with a byte order mark is none of its cells."""
    return codecs.lookup(encoding).name.replace("utf-8-sig", "utf-8")


def _keeps_ascii(encoding: str) -> bool:
    try:
        return ASCII.decode(encoding) == ASCII.decode("ascii")
    except UnicodeError:
        return False
