"""Writes small catalogues of SAS formats (.sas7bcat), which no library for Python writes."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

PAGE, HEADER = 4096, 1024
MAGIC = bytes(12) + bytes.fromhex("c2ea8163b31411cfbd92080009c7318c181f1011")
INDEX_AT, INDEX_SIZE, BLOCK_HEADER = 856, 212, 16


def write_catalogue(path: Path, formats: Mapping[str, Mapping[float | str, str]]) -> Path:
    """Write the labels of each format, by its name of at most eight characters: $SEXF for text.

    Among numbers, a letter is a missing value's.
    """
    index, blocks = bytearray(PAGE), bytearray(BLOCK_HEADER)
    for number, (name, labels) in enumerate(formats.items()):
        block = _block(name, labels)
        entry = struct.pack("<4sih", b"XLSR", 4, len(blocks)).ljust(50, b"\0") + b"O"
        at = INDEX_AT + number * INDEX_SIZE
        index[at : at + INDEX_SIZE] = entry.ljust(INDEX_SIZE, b"\0")
        blocks += struct.pack("<ihh", 0, 0, len(block)).ljust(BLOCK_HEADER, b"\0") + block
    path.write_bytes(_header() + bytes(PAGE) + bytes(index) + bytes(PAGE) + bytes(blocks).ljust(PAGE, b"\0"))
    return path


def _header() -> bytes:
    """A header of little-endian UTF-8 in 32 bits, with the number and the size of the pages."""
    header = bytearray(HEADER)
    header[:32] = MAGIC
    header[32], header[35], header[37], header[39:40], header[70] = 0x22, 0x22, 1, b"1", 20
    header[84:92], header[156:164] = b"SAS FILE", b"CATALOG "
    struct.pack_into("<iii", header, 196, HEADER, PAGE, 4)
    header[216:224] = b"9.0401M6"
    return bytes(header)


def _block(name: str, labels: Mapping[float | str, str]) -> bytes:
    codes, texts = b"", b""
    for number, (code, label) in enumerate(labels.items()):
        is_text = name.startswith("$")
        kept = str(code).encode().ljust(16) if is_text else 4 * _number(code)  # first, last, and both loosened
        codes += struct.pack("<3h2i", 4, 16 + len(kept), 0, 1, number) + bytes(8) + kept
        texts += bytes(8) + struct.pack("<h", len(label.encode())) + label.encode() + b"\0"
    head = bytearray(106)
    head[8:16] = name.encode().ljust(8)
    struct.pack_into("<ii", head, 38, len(labels), len(labels))
    return bytes(head) + codes + texts


def _number(code: float | str) -> bytes:
    """A code as SAS holds it: in the order of bytes, the sign turned over; one below zero counts down by one more.

    A letter is that of a missing value.
    """
    if isinstance(code, str):
        return bytes([0, 0, ord(code), 255, 255, 255, 255, 255])
    bits = struct.unpack(">Q", struct.pack(">d", abs(code)))[0]
    return struct.pack(">Q", bits | 1 << 63 if code >= 0 else bits - 1)
