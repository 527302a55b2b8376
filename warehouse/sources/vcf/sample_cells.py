"""Reads a sample's cell of a VCF record: whether it has the alternative allele, and the reads of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FREQUENCIES = ("AF", "VAF", "FREQ", "FA")
"""Keys under which callers write the allele's frequency where they write no AD."""


@dataclass(frozen=True)
class SampleCell:
    """Whether the sample has the allele; reads of it and of the reference, or its share and the rest; '' if unknown."""

    has_allele: bool
    n_alt: str = ""
    n_ref: str = ""


def read_cell(keys: Sequence[str], cell: str, number: int) -> SampleCell:
    """Return what the cell says of the alternative allele with that number; without a genotype, the reads decide.

    >>> read_cell(["GT", "AD"], "0/1:70,30", 0)
    SampleCell(has_allele=True, n_alt='30', n_ref='70')
    >>> read_cell(["GT", "AF"], "0/1:0.25", 0)
    SampleCell(has_allele=True, n_alt='0.25', n_ref='0.75')
    """
    said = dict(zip(keys, cell.split(":"), strict=False))
    alleles = said.get("GT", "").replace("|", "/").split("/")
    if "GT" in said and str(number + 1) not in alleles:
        return SampleCell(has_allele=False)
    found = _reads(said, number)
    return found if "GT" in said or found.n_alt == "" or float(found.n_alt) > 0 else SampleCell(has_allele=False)


def _reads(said: Mapping[str, str], number: int) -> SampleCell:
    """Return the reads of a sample that has the allele, as far as the cell says them."""
    reads = said.get("AD", "").split(",")
    if len(reads) > number + 1 and reads[0].isdecimal() and reads[number + 1].isdecimal():
        return SampleCell(True, reads[number + 1], reads[0])
    if "RO" in said and "AO" in said:  # freebayes
        others = said["AO"].split(",")
        if len(others) > number and others[number].isdecimal() and said["RO"].isdecimal():
            return SampleCell(True, others[number], said["RO"])
    share = next((_share(said[key], number) for key in FREQUENCIES if key in said), None)
    return SampleCell(True) if share is None else SampleCell(True, f"{share:.6g}", f"{1 - share:.6g}")


def _share(cell: str, number: int) -> float | None:
    parts = cell.split(",")
    text = parts[number if len(parts) > number else 0].strip()
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None
