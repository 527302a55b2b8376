"""Says what a text file is that is not UTF-8: another encoding, or no text at all.

Such a file is refused with a cure. An encoding is never guessed silently, since a wrong guess would change the names
of patients and sites.
"""

import codecs

from warehouse.storage.errors import DeliveryRejected

SAVE = "Save it as CSV UTF-8 (in Excel: Save as, CSV UTF-8) and deliver that file."
WRITE = 'Write encoding = "{}" for this source into site.toml; `registry map` proposes it.'
WRITE_ANY = "Write its encoding for this source into site.toml; `registry map` proposes it."
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MOSTLY = 0.3
"""Share of zero bytes from which a text counts as UTF-16 without a mark; in Western text it is one half."""
NOT_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"


def refused_binary(start: bytes) -> DeliveryRejected:
    """Return the refusal of a file that contains a zero byte, by its first bytes."""
    if start.startswith(UTF16):
        return _utf16("utf-16")
    if start.count(0) > MOSTLY * len(start):
        return _utf16("utf-16-be" if start.startswith(b"\0") else "utf-16-le")
    return DeliveryRejected("The file is binary, not text.", SAVE)


def refused_encoding(chunk: bytes) -> DeliveryRejected:
    """Return the refusal of a file that is not UTF-8, by the chunk that is not."""
    if chunk.startswith(UTF16):
        return _utf16("utf-16")
    high = [byte for byte in chunk if byte >= 0x80]
    is_western = bool(high) and not any(byte in NOT_IN_CP1252 for byte in high)
    if is_western:
        return DeliveryRejected(
            "The file is not encoded in UTF-8. It looks like Windows-1252 (ANSI, also called Latin-1).",
            WRITE.format("cp1252"),
        )
    return DeliveryRejected("The file is not encoded in UTF-8.", WRITE_ANY)


def _utf16(name: str) -> DeliveryRejected:
    return DeliveryRejected(
        "The file is binary or encoded in UTF-16 (Excel's Unicode text), not in UTF-8.", WRITE.format(name)
    )
