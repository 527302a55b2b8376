"""Tabulates what is known about KRAS, NRAS and BRAF: reference codons, hotspots, BRAF classes, exons.

Sources: docs/sources.md (entries, codons to be tested, BRAF classes); Loree et al., Clin Cancer Res
2021;27:4587 (doi 10.1158/1078-0432.CCR-21-0180) for the activating KRAS variants outside the hotspots.
Tests translate every entry with the reference codons (reference.py), so that the two cannot drift apart.
"""

from __future__ import annotations

from schemas.genotype.reference import CODING_SEQUENCE, codons_of

TRANSCRIPTS = {"KRAS": "NM_004985", "NRAS": "NM_002524", "BRAF": "NM_004333"}

# Length of the longest isoform, so that no real variant is refused (KRAS 4A has 189 residues, 4B has 188).
PROTEIN_LENGTH = {"KRAS": 189, "NRAS": 189, "BRAF": 766}

# Every codon of the reference; for KRAS, those that both isoforms share.
REFERENCE_CODONS: dict[str, dict[int, str]] = {gene: codons_of(gene) for gene in CODING_SEQUENCE}

# Extended RAS testing (docs/sources.md): any amino-acid change here counts as pathogenic.
RAS_CODONS = frozenset({12, 13, 59, 61, 117, 146})
HOTSPOT_CODONS: dict[str, frozenset[int]] = {
    "KRAS": RAS_CODONS,
    "NRAS": RAS_CODONS,
    "BRAF": frozenset({600}),
}

# docs/sources.md: protein change -> the coding changes that cause it.
ENTRIES: dict[str, dict[str, tuple[str, ...]]] = {
    "KRAS": {
        "G12D": ("35G>A",),
        "G12V": ("35G>T",),
        "G12A": ("35G>C",),
        "G12C": ("34G>T",),
        "G12S": ("34G>A",),
        "G12R": ("34G>C",),
        "G13D": ("38G>A",),
        "G13C": ("37G>T",),
        "A59T": ("175G>A",),
        "A59E": ("176C>A",),
        "A59G": ("176C>G",),
        "Q61K": ("181C>A",),
        "Q61L": ("182A>T",),
        "Q61R": ("182A>G",),
        "Q61H": ("183A>C", "183A>T"),
        "K117N": ("351A>C", "351A>T"),
        "A146T": ("436G>A",),
        "A146V": ("437C>T",),
        "A146P": ("436G>C",),
    },
    "NRAS": {
        "G12D": ("35G>A",),
        "G12C": ("34G>T",),
        "G12S": ("34G>A",),
        "G13R": ("37G>C",),
        "G13D": ("38G>A",),
        "G13V": ("38G>T",),
        "A59T": ("175G>A",),
        "Q61K": ("181C>A",),
        "Q61R": ("182A>G",),
        "Q61L": ("182A>T",),
        "Q61H": ("183A>C", "183A>T"),
        "A146T": ("436G>A",),
    },
    "BRAF": {
        "V600E": ("1799T>A",),
        "D594G": ("1781A>G",),
        "G469A": ("1406G>C",),
        "K601E": ("1801A>G",),
        "L597R": ("1790T>G",),
        "G466V": ("1397G>T",),
        "N581S": ("1742A>G",),
    },
}

# Activating, but outside the codons of extended RAS testing (Loree 2021).
NON_HOTSPOT_PATHOGENIC: dict[str, dict[str, tuple[str, ...]]] = {
    "KRAS": {
        "L19F": ("57G>C", "57G>T"),
        "Q22K": ("64C>A",),
        "D33E": ("99T>A", "99T>G"),
        "T50I": ("149C>T",),
    },
    "NRAS": {},
    "BRAF": {},
}

# docs/sources.md. A non-V600 variant in neither list is "other_vus": the lists are short on purpose.
BRAF_CLASS2 = frozenset({"K601E", "K601N", "K601T", "L597Q", "L597R", "L597V", "G464V", "G469A", "G469V", "G469R"})
BRAF_CLASS3 = frozenset({"D594G", "D594N", "G466E", "G466V", "N581S", "G596R"})

# First codon, last codon, exon. The codons of BRAF's other exons are not needed.
EXONS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "KRAS": ((1, 37, 2), (38, 97, 3), (98, 150, 4)),
    "NRAS": ((1, 37, 2), (38, 97, 3), (98, 150, 4)),
    "BRAF": ((439, 477, 11), (581, 620, 15)),
}


def exon_of_codon(gene: str, codon: int | None) -> int | None:
    """Return the exon that contains a codon, or None if it is not in the tables."""
    if codon is None:
        return None
    return next((exon for first, last, exon in EXONS.get(gene, ()) if first <= codon <= last), None)


def coding_changes(gene: str, protein_change: str) -> tuple[str, ...]:
    """Return the known coding changes that cause a protein change such as 'G12D'; empty if not in the tables."""
    known = ENTRIES.get(gene, {}) | NON_HOTSPOT_PATHOGENIC.get(gene, {})
    return known.get(protein_change, ())
