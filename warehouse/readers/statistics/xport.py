"""Examines a SAS transport file (.xpt) for what its reader does not notice: lost rows, a cut end, several tables.

The format fills the end with blanks up to 80 bytes. Version 5 does not state the number of rows, so that blank rows at
the end of a table of text alone cannot be told from filling: pyreadstat 1.3.7 reads 3 of 5 such rows, pandas 2.3.3
reads 8.
"""

import mmap
from pathlib import Path

from warehouse.storage.errors import DeliveryRejected

CARD_BYTES = 80
ROWS = b"HEADER RECORD*******OBS"
MEMBER = b"HEADER RECORD*******MEM"


def check_xport(path: Path, row_bytes: int, is_text_alone: bool) -> int | None:
    """Return how many rows the file says it has, None in version 5.

    Raises DeliveryRejected if the file ends within a row or has several tables, or if its rows cannot be counted.
    """
    if path.stat().st_size % CARD_BYTES:
        raise _cut_off()
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = _card(content, ROWS, 0)
        if at < 0 or row_bytes < 1:
            raise _cut_off()
        begin = at + CARD_BYTES
        if _card(content, MEMBER, begin) >= 0:
            raise DeliveryRejected("The file holds several tables.", "Write each table into a file of its own.")
        n_rows = _stated(content[at:begin])
        if n_rows is not None:
            if len(content) - begin < n_rows * row_bytes:
                raise _cut_off()
            if content[begin + n_rows * row_bytes :].strip(b" "):
                raise DeliveryRejected(
                    f"The file says that it has {n_rows:,} rows, and has more.",
                    "Write it again in SAS and deliver that file.",
                )
            return n_rows
        n_slots, n_over = divmod(len(content) - begin, row_bytes)
        if content[len(content) - n_over :].strip(b" "):
            raise _cut_off()
        last = content[begin + (n_slots - 1) * row_bytes : begin + n_slots * row_bytes] if n_slots else b"-"
        if is_text_alone and row_bytes < CARD_BYTES and not last.strip(b" "):
            raise DeliveryRejected(
                "The table has only short text columns, and its last rows may be blank: they cannot be counted.",
                "Write it in version 8 of the transport format (%LOC2XPT with FILETYPE=V8), or as CSV UTF-8.",
            )
    return None


def _card(content: mmap.mmap, begins: bytes, start: int) -> int:
    """Return where the next card of 80 bytes that begins so is, -1 if there is none."""
    at = content.find(begins, start)
    while at >= 0 and at % CARD_BYTES:
        at = content.find(begins, at + 1)
    return at


def _stated(card: bytes) -> int | None:
    """Return the number of rows in the card of version 8: it follows the 48 bytes of the card's name."""
    text = card[48:].strip()
    return int(text) if card[23:25] == b"V8" and text.isdigit() else None


def _cut_off() -> DeliveryRejected:
    return DeliveryRejected("The file is cut off.", "Write it again and deliver the whole file.")
