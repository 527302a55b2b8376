"""Reads CSV: UTF-8 or the encoding that the site named; any delimiter of one character; double quotes.

DuckDB reads the rows; this module examines the bytes first, so that an unreadable file is refused with a reason that
contains no cell.
"""

import codecs
import csv
import io
from dataclasses import replace
from functools import partial
from pathlib import Path

from warehouse.readers import recognise
from warehouse.readers.bounds import MAX_CELL_BYTES, SHORT_NAMES, check_header
from warehouse.readers.decoded import in_utf8, is_marked
from warehouse.readers.header_line import from_header_on
from warehouse.readers.line_ends import chunks_of, line_ends_of, with_one_line_end
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.record_counts import Records, csv_records_slowly
from warehouse.readers.repeated_header import HeaderLine, refuse_repeated
from warehouse.readers.source import Source, column_names
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

DELIMITERS = ",;\t|"
MAX_HEADER_CHARS = 1 << 20


def open_csv(path: Path, reading: Reading = AS_USUAL) -> Source:
    """Return a Source for the CSV at `path`. Raises DeliveryRejected if it is not one.

    The delimiter is the one that the site named, or else Excel's first line `sep=;`, or else the one of comma,
    semicolon, tab and | that splits the header into most names.
    """
    text, remark = in_utf8(path, reading.encoding)
    table, sign = from_header_on(text, reading.header_row)
    source = open_table(table, reading.delimiter or sign, remark, reading.header_row)
    return replace(source, encoding="" if is_marked(path) else reading.encoding)


def open_table(plain: Path, delimiter: str | None = None, remark: str = "", header_row: int = 1) -> Source:
    """Return a Source for a CSV in UTF-8 that begins with its header, which was in row `header_row` as delivered."""
    head, line_ends, records, first_line = _check_text(plain)
    header, delimiter = _header(head, delimiter or DELIMITERS, header_row)
    check_header(header)
    first_line.refuse(plain, header, header_row)
    if len(line_ends) > 1:
        plain = with_one_line_end(plain)
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in column_names(len(header)))
    relation = (
        f"read_csv({sql_text(str(plain))}, auto_detect = false, header = true, delim = {sql_text(delimiter)}, "
        f"quote = '\"', escape = '\"', encoding = 'utf-8', compression = 'none', max_line_size = {MAX_CELL_BYTES}, "
        f"buffer_size = {2 * MAX_CELL_BYTES}, "
        f"null_padding = false, strict_mode = true, columns = {{{columns}}})"
    )
    count_again = partial(csv_records_slowly, plain, delimiter, len(header))
    n_records = records.data_rows(len(header))
    return Source(
        header,
        relation,
        n_records=n_records,
        count_again=count_again,
        remark=remark,
        delimiter=delimiter,
        header_row=header_row,
    )


def is_found(header: list[str], delimiter: str) -> bool:
    """Return whether the delimiter is the one that is found in the header if none is named."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerow(header)
    return delimiter in DELIMITERS and _header(text.getvalue(), DELIMITERS, 1)[1] == delimiter


def _check_text(path: Path) -> tuple[str, set[bytes], Records, HeaderLine]:
    """Return the start of the text, its kinds of line end, its records and whether the first line occurs again.

    Raises DeliveryRejected if the file is empty, binary or not UTF-8, or a line is too long to be read.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    head, empty, line_ends, records = "", True, set[bytes](), Records()
    first_line = HeaderLine()
    for chunk in chunks_of(path):
        empty = False
        if b"\0" in chunk:
            raise recognise.refused_binary(chunk)
        head = _decode(decoder, chunk, head)
        line_ends |= line_ends_of(chunk)
        records.add(chunk)
        first_line.add(chunk)
        if records.longest > MAX_CELL_BYTES:  # beyond its buffer the reader silently loses the last line
            raise DeliveryRejected(
                f"Line {records.n_lines + 1:,} or one before it is too long to be read; is a quote missing?"
            )
    _decode(decoder, b"", head, final=True)
    first_line.add(b"")
    if empty or not head.strip():
        raise DeliveryRejected("The file is empty.")
    return head, line_ends, records, first_line


def _decode(decoder: codecs.IncrementalDecoder, chunk: bytes, head: str, final: bool = False) -> str:
    try:
        text = decoder.decode(chunk, final)
    except UnicodeDecodeError:
        raise recognise.refused_encoding(chunk) from None
    return head + text if len(head) < MAX_HEADER_CHARS else head


def _header(head: str, delimiters: str, header_row: int) -> tuple[list[str], str]:
    """Return the header's names and the delimiter: the one that splits the header into most names."""
    readable: list[tuple[list[str], str]] = []
    for delimiter in delimiters:
        try:
            names = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue  # quoted names are malformed for a delimiter that is not the file's
        readable.append((names, delimiter))
    if not readable:
        raise DeliveryRejected(
            "The header cannot be read: a name may be too long, or a quote may not be closed.", SHORT_NAMES
        )
    names, delimiter = max(readable, key=lambda found: len(found[0]))
    refuse_repeated(names, csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), header_row)
    return names, delimiter
