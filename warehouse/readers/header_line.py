"""Finds the line of a text file in which its header is, and writes the file from there on.

Lines are those of a text editor: every line end counts, also of a blank line or inside quotes. Excel's `sep=;`, which
Excel does not show, is not counted.
"""

import codecs
import re
import shutil
from pathlib import Path

from warehouse.readers import copies
from warehouse.storage.errors import DeliveryRejected

LINE_END = re.compile(rb"\r\n|\r|\n")
SEP = re.compile(rb'\A"?sep=([^\r\n"]{1,4})"?\Z', re.IGNORECASE)
MOST_ABOVE_BYTES = 1 << 20
"""Title rows are found within this many bytes."""
CURE = "Write the right header_row for this source into site.toml; it counts from 1."


def from_header_on(path: Path, header_row: int) -> tuple[Path, str | None]:
    """Return the UTF-8 text from its header on, a copy unless that is the whole file, and the sign that `sep=` names.

    Raises DeliveryRejected if the file has no such line or the line is blank.
    """
    with open(path, "rb") as file:
        head = file.read(MOST_ABOVE_BYTES)
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    sign, begin = _sep(head, start)
    for number in range(1, header_row):
        end = LINE_END.search(head, begin)
        if end is None:
            raise _beyond(number if begin < len(head) else number - 1, header_row, len(head) == MOST_ABOVE_BYTES)
        begin = end.end()
    if begin >= len(head) and header_row > 1:
        raise _beyond(header_row - 1, header_row, len(head) == MOST_ABOVE_BYTES)
    if begin == start:
        return path, sign
    if header_row > 1 and not LINE_END.split(head[begin:], maxsplit=1)[0].strip():
        raise DeliveryRejected(f"Line {header_row:,} of the file is blank, so the header is not there.", CURE)
    target = copies.below_title(path, begin)
    with open(path, "rb") as source, open(target, "wb") as sink:
        source.seek(begin)
        shutil.copyfileobj(source, sink, 1 << 20)
    return target, sign


def _sep(head: bytes, start: int) -> tuple[str | None, int]:
    """Return the sign that a first line `sep=;` names, and where the next line begins; None and `start` without one."""
    end = LINE_END.search(head, start)
    found = SEP.match(head[start : end.start()]) if end else None
    if end is None or found is None:
        return None, start
    try:
        sign = found[1].decode("utf-8")
    except UnicodeDecodeError:
        return None, start
    return (sign, end.end()) if len(sign) == 1 else (None, start)


def _beyond(n_lines: int, header_row: int, is_cut: bool) -> DeliveryRejected:
    if is_cut:
        return DeliveryRejected(f"There is no header in line {header_row:,}: the lines above it are too long.", CURE)
    lines = "1 line" if n_lines == 1 else f"{n_lines:,} lines"
    return DeliveryRejected(f"The file has {lines}, so the header is not in line {header_row:,}.", CURE)
