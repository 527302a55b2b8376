"""Finds out whether a file states how its letters are encoded; what is not stated is never guessed.

SPSS before version 15 and Stata before version 14 wrote files that state none, and pyreadstat then takes Windows-1252:
names from another part of the world would become other names. Where a file states an encoding, that one holds.
"""

import codecs
import re
import struct
from pathlib import Path

from warehouse.readers.statistics.packages import PORTABLE, SPSS, STATA, XPORT, Package
from warehouse.storage.errors import DeliveryRejected

DICTIONARY_BYTES = 1 << 24
"""How much of an SPSS file is searched for its encoding, which stands before the rows."""
FIRST_RELEASE_WITH_UTF8 = 118
ENCODING_RECORD = (7, 20, 1)
"""How the record with the encoding's name begins: record type, subtype, bytes of an element."""
MACHINE_RECORD = (7, 3, 4, 8)
"""The same of the record about the machine, and its number of elements; the last of them is the character code."""
NOT_STATED = (0, 2, 3)
"""Character codes of SPSS that say nothing: none, 7-bit ASCII and 8-bit ASCII, as old versions wrote for any text."""


def states_encoding(path: Path, package: Package) -> bool:
    """Return whether the file says in which encoding its text is."""
    if package is SPSS:
        with open(path, "rb") as file:
            return _spss_states_it(file.read(DICTIONARY_BYTES))
    if package is STATA:
        with open(path, "rb") as file:
            release = re.match(rb"<stata_dta><header><release>(\d+)", file.read(64))
        return release is not None and int(release[1]) >= FIRST_RELEASE_WITH_UTF8
    return package not in (XPORT, PORTABLE)


def iconv_name(encoding: str) -> str:
    """Return the name under which pyreadstat knows an encoding that Python knows as `encoding`.

    Raises DeliveryRejected if Python knows none of that name.
    """
    try:
        return codecs.lookup(encoding).name.replace("iso8859", "ISO-8859")
    except LookupError:
        raise DeliveryRejected("The encoding of the source is unknown.", 'Name it as Python does: "cp1252".') from None


def refused(package: Package) -> DeliveryRejected:
    """Return the refusal of a file with letters beyond ASCII that does not say, or not correctly, how to read them."""
    return DeliveryRejected(
        "The file has letters beyond ASCII, and does not say correctly in which encoding they are.",
        f'{package.save}, in a version that writes Unicode, or name its encoding in site.toml (encoding = "cp1252").',
    )


def _spss_states_it(dictionary: bytes) -> bool:
    for order in ("<", ">"):
        if struct.pack(f"{order}3i", *ENCODING_RECORD) in dictionary:
            return True
        machine = struct.pack(f"{order}4i", *MACHINE_RECORD)
        if (at := dictionary.find(machine)) >= 0:
            fields = dictionary[at + len(machine) :][: 8 * 4]
            return len(fields) == 8 * 4 and struct.unpack(f"{order}8i", fields)[-1] not in NOT_STATED
    return False
