"""The dictionary holds together: positions, codons, translation, classes."""

import pytest

from schemas.genotype.codon import GENETIC_CODE, codon_of_base, first_base_of_codon, translate
from schemas.genotype.dictionary import (
    BRAF_CLASS2,
    BRAF_CLASS3,
    ENTRIES,
    HOTSPOT_CODONS,
    NON_HOTSPOT_PATHOGENIC,
    PROTEIN_LENGTH,
    REFERENCE_CODONS,
    exon_of_codon,
)

KNOWN = [
    (gene, short, coding)
    for table in (ENTRIES, NON_HOTSPOT_PATHOGENIC)
    for gene, entries in table.items()
    for short, codings in entries.items()
    for coding in codings
]


@pytest.mark.parametrize(("gene", "short", "coding"), KNOWN)
def test_every_entry_lies_in_its_codon_and_translates(gene: str, short: str, coding: str) -> None:
    """The base is one of its codon's three, is the reference's, and its exchange makes the amino acid."""
    position, old, new = int(coding[:-3]), coding[-3], coding[-1]
    codon = int(short[1:-1])
    assert codon_of_base(position) == codon
    reference = REFERENCE_CODONS[gene][codon]
    i = position - first_base_of_codon(codon)
    assert reference[i] == old
    assert translate(reference) == short[0]
    assert translate(reference[:i] + new + reference[i + 1 :]) == short[-1]


def test_the_dictionary_is_the_one_of_the_domain_facts() -> None:
    """19 KRAS, 12 NRAS and 7 BRAF entries (docs/sources.md), of which three have two codings."""
    assert {gene: len(entries) for gene, entries in ENTRIES.items()} == {"KRAS": 19, "NRAS": 12, "BRAF": 7}
    doubles = {gene: [s for s, c in entries.items() if len(c) == 2] for gene, entries in ENTRIES.items()}
    assert doubles == {"KRAS": ["Q61H", "K117N"], "NRAS": ["Q61H"], "BRAF": []}


def test_braf_classes_do_not_overlap_and_fit_the_reference() -> None:
    """No variant is of two classes, none is at codon 600, and each starts from the residue that is there."""
    assert not BRAF_CLASS2 & BRAF_CLASS3
    for short in BRAF_CLASS2 | BRAF_CLASS3:
        codon = int(short[1:-1])
        assert codon != 600
        assert translate(REFERENCE_CODONS["BRAF"][codon]) == short[0]


def test_every_hotspot_codon_has_a_reference() -> None:
    """A hotspot whose reference is unknown could not be checked."""
    for gene, codons in HOTSPOT_CODONS.items():
        assert codons <= set(REFERENCE_CODONS[gene])
        assert max(REFERENCE_CODONS[gene]) <= PROTEIN_LENGTH[gene]


def test_exons_of_extended_testing() -> None:
    """RAS 12, 13 are in exon 2; 59, 61 in 3; 117, 146 in 4; BRAF 464, 469 in 11; 581 to 601 in 15."""
    for gene in ("KRAS", "NRAS"):
        assert [exon_of_codon(gene, codon) for codon in (12, 13, 59, 61, 117, 146)] == [2, 2, 3, 3, 4, 4]
    assert [exon_of_codon("BRAF", codon) for codon in (464, 469, 581, 600, 601)] == [11, 11, 15, 15, 15]
    assert exon_of_codon("TP53", 175) is None
    assert exon_of_codon("KRAS", None) is None


def test_the_genetic_code_is_complete() -> None:
    """64 codons, 3 of them stops, 20 amino acids; Met and Trp have one codon, Leu, Ser and Arg six."""
    letters = list(GENETIC_CODE.values())
    assert len(GENETIC_CODE) == 64
    assert {codon for codon, letter in GENETIC_CODE.items() if letter == "*"} == {"TAA", "TAG", "TGA"}
    assert len(set(letters)) == 21
    assert [letters.count(letter) for letter in "MWLSR"] == [1, 1, 6, 6, 6]
