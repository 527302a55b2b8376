"""Every entry of the dictionary is recognised in every notation that dresses.py writes."""

import pytest

from schemas.genotype import describe, parse_variant
from schemas.genotype.codon import THREE_LETTER, codon_of_base
from schemas.genotype.dictionary import ENTRIES
from tests.schemas.genotype.dresses import ALL_ENTRIES, coding_dresses, protein_dresses


@pytest.mark.parametrize(("gene", "short", "coding"), ALL_ENTRIES)
def test_protein_notation(gene: str, short: str, coding: str) -> None:
    """Each protein dress gives the same canonical variant, with its coding where only one fits."""
    in_full = f"p.{THREE_LETTER[short[0]]}{short[1:-1]}{THREE_LETTER[short[-1]]}"
    for dress, text in protein_dresses(gene, short).items():
        variant = parse_variant(gene, text)
        assert variant.hgvs_p_short == f"p.{short}", dress
        assert variant.hgvs_p_3letter == in_full, dress
        assert variant.hgvs_c == (f"c.{coding}" if len(ENTRIES[gene][short]) == 1 else None), dress
        assert (variant.parse_status, variant.variant_class) == ("parsed", "hotspot"), dress
        assert variant.is_pathogenic, dress
        assert not variant.notations_disagree, dress
        assert describe(gene, text).canonical == f"p.{short}", dress


@pytest.mark.parametrize(("gene", "short", "coding"), ALL_ENTRIES)
def test_coding_notation(gene: str, short: str, coding: str) -> None:
    """Each coding dress gives the same canonical variant, and keeps the coding that was written."""
    for dress, text in coding_dresses(gene, coding).items():
        variant = parse_variant(gene, text)
        assert (variant.hgvs_p_short, variant.hgvs_c) == (f"p.{short}", f"c.{coding}"), dress
        assert variant.codon == codon_of_base(int(coding[:-3])), dress
        assert variant.is_pathogenic, dress
        assert not variant.notations_disagree, dress


@pytest.mark.parametrize(("gene", "short", "coding"), ALL_ENTRIES)
@pytest.mark.parametrize("joint", [" ", " (", "/", ", ", "; ", " + ", ":"])
def test_both_notations_are_one_variant(gene: str, short: str, coding: str, joint: str) -> None:
    """p. and c. of one variant, in either order and however joined, are one record without a mark."""
    for text in (f"p.{short}{joint}c.{coding}", f"c.{coding}{joint}p.{short}"):
        summary = describe(gene, text)
        assert summary.canonical == f"p.{short}", text
        assert not summary.notations_disagree, text


@pytest.mark.parametrize(("gene", "short", "coding"), ALL_ENTRIES)
def test_a_coding_of_another_entry_disagrees(gene: str, short: str, coding: str) -> None:
    """GEN-02: a protein change beside the coding of any other entry of the gene is marked."""
    for other, codings in ENTRIES[gene].items():
        if other != short:
            assert describe(gene, f"p.{short} (c.{codings[0]})").notations_disagree, other
            assert describe(gene, f"p.{short}/c.{codings[0]}").canonical == f"p.{short}", other
            assert describe(gene, f"p.{short}; c.{codings[0]}").notations_disagree, other


def test_the_gene_is_compared_without_regard_to_case() -> None:
    """kras, ' KRAS ' and Kras are one gene, and the record names it in upper case."""
    assert {parse_variant(gene, "G12D") for gene in ("kras", " KRAS ", "Kras")} == {parse_variant("KRAS", "G12D")}
    assert parse_variant("kras", "G12D").gene == "KRAS"
