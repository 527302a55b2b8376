"""Judges a change that has been read: how pathogenic it is, and which BRAF class.

Belongs here: the judgement, from the dictionary's tables alone. What does not: reading (protein.py,
coding.py) and the laboratory's own words, which pairing.py weighs against this. A change that no table
knows is a VUS: the registry does not guess. Background: docs/decisions/0001.
"""

from __future__ import annotations

from schemas.genotype.dictionary import (
    BRAF_CLASS2,
    BRAF_CLASS3,
    ENTRIES,
    HOTSPOT_CODONS,
    NON_HOTSPOT_PATHOGENIC,
)
from schemas.genotype.protein import ProteinChange

PATHOGENIC_CLASSES = frozenset({"hotspot", "non_hotspot_pathogenic"})


def is_hotspot_codon(gene: str, codon: int | None) -> bool:
    """Whether any amino-acid change in this codon counts as pathogenic."""
    return codon in HOTSPOT_CODONS.get(gene, frozenset())


def variant_class(gene: str, change: ProteinChange | None) -> str:
    """One of records.VARIANT_CLASSES, never 'benign' (only a laboratory says so).

    Hotspot: a dictionary entry, a classed BRAF variant, or one residue for another (or several: delins) that
    touches a hotspot codon. Deletions, insertions, frameshifts and stops are VUS: the oncogenes here are
    activated by exchange, and loss of function is not what the tests look for.
    """
    if change is None:
        return "vus"
    if change.kind == "synonymous":
        return "synonymous"
    name = change.short.removeprefix("p.")
    if name in ENTRIES.get(gene, {}) or (gene == "BRAF" and name in BRAF_CLASS2 | BRAF_CLASS3):
        return "hotspot"
    if name in NON_HOTSPOT_PATHOGENIC.get(gene, {}):
        return "non_hotspot_pathogenic"
    touches_hotspot = any(change.start <= codon <= change.last for codon in HOTSPOT_CODONS.get(gene, ()))
    return "hotspot" if change.kind in {"missense", "delins"} and touches_hotspot else "vus"


def braf_class(gene: str, change: ProteinChange | None) -> str | None:
    """One of records.BRAF_CLASSES; None for other genes, unnamed and synonymous changes."""
    if gene != "BRAF" or change is None or change.kind == "synonymous":
        return None
    name = change.short.removeprefix("p.")
    if name == "V600E":
        return "V600E"
    if name in BRAF_CLASS2:
        return "class2"
    if name in BRAF_CLASS3:
        return "class3"
    exchanges_600 = change.kind in {"missense", "delins"} and change.start <= 600 <= change.last
    return "V600_other" if exchanges_600 else "other_vus"
