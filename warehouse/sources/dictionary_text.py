"""Gives the file that site.toml names as a dictionary as text; a catalogue of SAS formats is packed into one."""

import base64
import codecs

from warehouse.readers.other_formats import SAS_CATALOGUE

UNDECODED = "surrogateescape"
"""How bytes that are no UTF-8 are decoded: one site's file stops no other, and whoever reads it refuses it."""
PACKED = "sas7bcat:"
"""How the text of a catalogue begins; no other dictionary can: its first line would not be a header."""


def text_of(content: bytes) -> str:
    """Return the dictionary's text; of one that is neither UTF-8 nor a catalogue as UNDECODED says."""
    if content.startswith(SAS_CATALOGUE):
        return PACKED + base64.b64encode(content).decode("ascii")
    return codecs.decode(content, "utf-8-sig", UNDECODED)


def catalogue_in(text: str) -> bytes | None:
    """Return the bytes of the catalogue that text_of packed, None if the text is another dictionary."""
    return base64.b64decode(text[len(PACKED) :]) if text.startswith(PACKED) else None
