"""Recognises by its first bytes which package wrote a file, and says how such a file is read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from warehouse.readers.statistics import sas_formats, short_numbers, spss_formats, stata_formats
from warehouse.readers.statistics.meanings import Meaning
from warehouse.storage.errors import DeliveryRejected

START_BYTES = 512
SAS_MAGIC = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
STATA_RELEASES = range(102, 116)
"""The first byte of Stata files before release 117, which begin with a tag instead."""


@dataclass(frozen=True)
class Package:
    """A kind of file. `reader` is the function of pyreadstat that reads it.

    `tells_missing`: the reader gives missing values with their codes. `is_tagged`: they are letters (.a, .A), not
    numbers that the column declares. `save` says how the package writes the file again. `short_step` gives the
    distance to the next number where numbers may have fewer than eight bytes.
    """

    name: str
    reader: str
    meaning_of: Callable[[str], Meaning]
    save: str
    tells_missing: bool = True
    is_tagged: bool = False
    short_step: short_numbers.Step | None = None


SPSS = Package("an SPSS file", "read_sav", spss_formats.meaning_of, "Save it again in SPSS as .sav")
PORTABLE = Package(
    "an SPSS portable file", "read_por", spss_formats.meaning_of, "Save it in SPSS as .sav", tells_missing=False
)
STATA = Package("a Stata file", "read_dta", stata_formats.meaning_of, "Save it again in Stata", is_tagged=True)
SAS = Package(
    "a SAS file",
    "read_sas7bdat",
    sas_formats.meaning_of,
    "Write it again in SAS",
    is_tagged=True,
    short_step=short_numbers.step_in_file,
)
XPORT = Package(
    "a SAS transport file",
    "read_xport",
    sas_formats.meaning_of,
    "Write it again in SAS",
    tells_missing=False,
    short_step=short_numbers.step_in_transport,
)


def package_of(path: Path) -> Package:
    """Return the package whose file it is, whatever the file is called.

    Raises DeliveryRejected if it is of none of them, or encrypted.
    """
    with open(path, "rb") as file:
        start = file.read(START_BYTES)
    if b"ENCRYPTEDSAV" in start[:40]:
        raise DeliveryRejected("The file is encrypted with a password.", "Save it in SPSS without one.")
    if start.startswith((b"$FL2", b"$FL3")):
        return SPSS
    if start.startswith(b"<stata_dta>") or (len(start) > 2 and start[0] in STATA_RELEASES and start[1] in (1, 2)):
        return STATA
    if start.startswith(SAS_MAGIC):
        return SAS
    if start.startswith(b"HEADER RECORD*******LIB"):
        return XPORT
    if b"SPSS PORT FILE" in start:
        return PORTABLE
    raise DeliveryRejected(
        "The file is not one of SPSS, Stata or SAS.", "Save it again in its package, or as CSV UTF-8."
    )
