"""Reads CSV: UTF-8 with or without byte order mark; comma, semicolon or tab; double quotes.

DuckDB reads the rows; this module examines the bytes first, so that an unreadable file is refused with a reason that
contains no cell.
"""

import codecs
import csv
import gzip
import io
import zlib
from functools import partial
from pathlib import Path

from warehouse.readers import recognise, size_limits
from warehouse.readers.bounds import MAX_CELL_BYTES, SHORT_NAMES, check_header
from warehouse.readers.line_ends import chunks_of, line_ends_of, with_one_line_end
from warehouse.readers.record_counts import Records, csv_records_slowly
from warehouse.readers.source import Source, column_names
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

DELIMITERS = ",;\t"
CHUNK_BYTES = 1 << 20
MAX_HEADER_CHARS = 1 << 20


def open_csv(path: Path) -> Source:
    """Return a Source for the CSV at `path` (.csv or .csv.gz). Raises DeliveryRejected if it is not one."""
    plain = path
    if path.suffix.lower() == ".gz":
        plain = path.with_suffix("")
        _unpack(path, plain)
    head, line_ends, records = _check_text(plain)
    header, delimiter = _header(head)
    check_header(header)
    if len(line_ends) > 1:
        plain = with_one_line_end(plain)
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in column_names(len(header)))
    relation = (
        f"read_csv({sql_text(str(plain))}, auto_detect = false, header = true, delim = {sql_text(delimiter)}, "
        f"quote = '\"', escape = '\"', encoding = 'utf-8', max_line_size = {MAX_CELL_BYTES}, "
        f"buffer_size = {2 * MAX_CELL_BYTES}, "
        f"null_padding = false, strict_mode = true, columns = {{{columns}}})"
    )
    count_again = partial(csv_records_slowly, plain, delimiter, len(header))
    return Source(header, relation, n_records=records.data_rows(len(header)), count_again=count_again)


def _unpack(path: Path, plain: Path) -> None:
    bound, written = size_limits.bound_of(path.stat().st_size, size_limits.MAX_UNPACKED_BYTES), 0
    try:
        with gzip.open(path, "rb") as source, open(plain, "wb") as sink:
            while chunk := source.read(CHUNK_BYTES):
                written += len(chunk)
                size_limits.refuse_beyond(written, bound)
                sink.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        plain.unlink(missing_ok=True)
        raise DeliveryRejected("The file is not a valid gzip file.") from None


def _check_text(path: Path) -> tuple[str, set[bytes], Records]:
    """Return the start of the text, its kinds of line end and its records.

    Raises DeliveryRejected if the file is empty, binary or not UTF-8, or a line is too long to be read.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    head, empty, line_ends, records = "", True, set[bytes](), Records()
    for chunk in chunks_of(path):
        empty = False
        if b"\0" in chunk:
            raise recognise.refused_binary(chunk)
        head = _decode(decoder, chunk, head)
        line_ends |= line_ends_of(chunk)
        records.add(chunk)
        if records.longest > MAX_CELL_BYTES:  # beyond its buffer the reader silently loses the last line
            raise DeliveryRejected(
                f"Line {records.n_lines + 1:,} or one before it is too long to be read; is a quote missing?"
            )
    _decode(decoder, b"", head, final=True)
    if empty or not head.strip():
        raise DeliveryRejected("The file is empty.")
    if found := recognise.other_format(head[:512].encode()):
        raise found
    return head, line_ends, records


def _decode(decoder: codecs.IncrementalDecoder, chunk: bytes, head: str, final: bool = False) -> str:
    try:
        text = decoder.decode(chunk, final)
    except UnicodeDecodeError:
        raise recognise.refused_encoding(chunk) from None
    return head + text if len(head) < MAX_HEADER_CHARS else head


def _header(head: str) -> tuple[list[str], str]:
    """Return the header's names and the delimiter: the one of the three that splits the header into most names."""
    readable: list[tuple[list[str], str]] = []
    for delimiter in DELIMITERS:
        try:
            names = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue  # quoted names are malformed for a delimiter that is not the file's
        readable.append((names, delimiter))
    if not readable:
        raise DeliveryRejected(
            "The header cannot be read: a name may be too long, or a quote may not be closed.", SHORT_NAMES
        )
    return max(readable, key=lambda found: len(found[0]))
