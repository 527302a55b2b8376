"""Opens a file of SPSS, Stata or SAS: raw values in Parquet, and SQL that writes them as text.

Missing values that have a reason become empty, and the reason stands in a column of its own after all others: the label
of the code, or the code. SAS transport files and SPSS portable files come without reasons, since pyreadstat 1.3.7 gives
none for them. Labels of SAS are in another file, a catalogue: the source names the formats that they belong to.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from warehouse.readers.bounds import check_header
from warehouse.readers.near_names import shown_list
from warehouse.readers.source import REASON, Source, column_names
from warehouse.readers.statistics import encodings, labels, reasons
from warehouse.readers.statistics.columns import Column, columns_of
from warehouse.readers.statistics.further_rows import refuse_further_rows
from warehouse.readers.statistics.packages import SAS, SPSS, XPORT, package_of
from warehouse.readers.statistics.pyreadstat_calls import read_part
from warehouse.readers.statistics.staging import Staged, stage
from warehouse.readers.statistics.xport import check_xport
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

WIDTH = re.compile(r"\d*(\.\d*)?$")
"""The width at the end of a format: no format's name ends with a digit."""


def open_statistics(con: duckdb.DuckDBPyConnection, path: Path, encoding: str | None = None) -> Source:
    """Return a Source for the SPSS, Stata or SAS file at `path`, whatever it is called; its folder is written to.

    `encoding`, as Python names it, is used only for a file that does not state its own. The header is the names of the
    variables, and then NAME (reason missing). Raises DeliveryRejected if the file cannot be read to its last row.
    """
    package = package_of(path)
    is_stated = encodings.states_encoding(path, package)
    used = None if is_stated or encoding is None else encodings.iconv_name(encoding)
    meta = read_part(path, package, used, metadataonly=True)[1]
    columns = columns_of(meta, package)
    if not columns:
        raise DeliveryRejected("The file has no columns.", "Save it again with its variables.")
    check_header([column.name for column in columns])
    is_ascii_only = used is None and not is_stated and package is not XPORT
    if is_ascii_only and not _is_ascii(meta):
        raise encodings.refused(package)
    row_bytes = sum(meta.variable_storage_width.values())
    n_rows = meta.number_rows
    if package is XPORT:
        n_rows = check_xport(path, row_bytes, all(column.is_text for column in columns))
    staged = stage(
        path, package, columns, encoding=used, n_rows=n_rows, row_bytes=row_bytes, is_ascii_only=is_ascii_only
    )
    if package is SPSS and n_rows is not None:
        refuse_further_rows(path, n_rows, used)
    source = replace(_source(con, columns, staged, n_rows, encoding if used else None), titles=_titles(meta))
    return replace(source, formats=_formats(meta, source.header)) if package in (SAS, XPORT) else source


def _source(
    con: duckdb.DuckDBPyConnection, columns: Sequence[Column], staged: Staged, n_rows: int | None, encoding: str | None
) -> Source:
    file = sql_text(str(staged.path))
    has_reason = staged.tagged | reasons.with_declared(con, file, columns)
    too_large = [column.name for column in columns if column.position in staged.too_large]
    header = [column.name for column in columns]
    cells = [reasons.cell_of(column) for column in columns]
    for column in columns:
        if column.position in has_reason:
            header.append(f"{column.name}{REASON}")
            cells.append(reasons.reason_of(column, column.position in staged.tagged))
    named = ", ".join(f"{cell} AS {name}" for name, cell in zip(column_names(len(cells)), cells, strict=True))
    relation = f"(SELECT file_row_number + 1 AS line, {named} FROM read_parquet({file}, file_row_number = true))"  # noqa: S608
    return Source(
        header,
        relation,
        "line",
        n_records=n_rows,
        remark=_remark(too_large, n_rows, encoding),
        labels={column.position: found for column in columns if (found := labels.labels_of(con, column))},
        dates=frozenset(column.position for column in columns if column.meaning.is_date),
        is_typed=True,
        encoding=encoding or "",
    )


def _titles(meta: Any) -> dict[int, str]:
    """Return the labels of the variables, by position."""
    return {place: text for place, label in enumerate(meta.column_labels) if (text := " ".join((label or "").split()))}


def _formats(meta: Any, header: Sequence[str]) -> dict[int, str]:
    """Return the names of the columns' formats without width; the reason of a missing value has its column's."""
    named = {name: WIDTH.sub("", said.upper()) for name, said in meta.variable_to_label.items() if said}
    return {i: named[own] for i, name in enumerate(header) if (own := name.removesuffix(REASON)) in named}


def _is_ascii(meta: Any) -> bool:
    """Return whether names, labels and codes of the file are ASCII."""
    texts = [*meta.column_names, *(label or "" for label in meta.column_labels)]
    for codes in meta.variable_value_labels.values():
        texts += [str(part) for code_and_label in codes.items() for part in code_and_label]
    return all(text.isascii() for text in texts)


def _remark(too_large: list[str], n_rows: int | None, encoding: str | None) -> str:
    parts = []
    if encoding:
        parts.append(f"Its text was read as {encoding}.")
    if too_large:
        parts.append(
            f"Numbers in {shown_list(too_large)} are larger than their type can hold exactly: their last digits may "
            "be lost. Identifiers should be text."
        )
    if n_rows is None:
        parts.append("The file does not state how many rows it has.")
    return " ".join(parts)
