"""Cells that list several variants, or one variant several times."""

import pytest

from schemas.genotype import describe, parse_variant, parse_variants


@pytest.mark.parametrize(
    "separator", [";", "; ", ",", ", ", "/", " / ", "+", " + ", "、", "；", "|", "\n", " and ", "和", " "]
)
def test_two_variants(separator: str) -> None:
    """Two protein changes are two variants, whatever stands between them."""
    names = [variant.hgvs_p_short for variant in parse_variants("KRAS", f"G12D{separator}p.Gly13Asp")]
    assert names == ["p.G12D", "p.G13D"]


def test_order_and_sorting() -> None:
    """parse_variants keeps the order written; the canonical text is sorted, so that order does not matter."""
    assert [v.codon for v in parse_variants("KRAS", "Q61H; G12D")] == [61, 12]
    assert describe("KRAS", "Q61H; G12D").canonical == describe("KRAS", "G12D; Q61H").canonical == "p.G12D; p.Q61H"


def test_a_variant_named_twice_counts_once() -> None:
    """G12D, p.Gly12Asp and c.35G>A in one cell are one variant."""
    assert len(parse_variants("KRAS", "G12D; p.Gly12Asp; c.35G>A; 12Asp (GGT>GAT)")) == 1


def test_notations_listed_apart_find_each_other() -> None:
    """All p. first and all c. after is still two variants, each with its coding."""
    found = parse_variants("KRAS", "p.G12D, p.G13D, c.38G>A, c.35G>A")
    assert [(v.hgvs_p_short, v.hgvs_c) for v in found] == [("p.G12D", "c.35G>A"), ("p.G13D", "c.38G>A")]
    assert not any(v.notations_disagree for v in found)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("p.G12D c.38G>A", "p.G12D"),
        ("p.G12D (c.35G>T)", "p.G12D"),
        ("p.G12D/c.38G>A", "p.G12D"),
        ("p.L79F (c.35G>A)", "p.L79F"),
        ("codon 13 GGC>GAC p.G12D", "p.G12D"),
        ("codon 13 c.35G>A", "p.G12D"),
        ("p.G12D, c.38G>A", "p.G12D; p.G13D"),
        ("p.G12D; c.38G>A", "p.G12D; p.G13D"),
        ("p.Q61H c.35A>G", "p.Q61H"),
    ],
)
def test_contradictions_are_marked(text: str, canonical: str) -> None:
    """GEN-02: in one breath the protein notation names it, in a list both stay; either way it is marked."""
    summary = describe("KRAS", text)
    assert (summary.canonical, summary.notations_disagree) == (canonical, True)


@pytest.mark.parametrize("text", ["p.G12D + c.38G>A", "p.G12D and c.38G>A", "G12D; c.111+1G>A", "G12D; codon 13"])
def test_two_variants_in_different_notations_do_not_contradict(text: str) -> None:
    """A '+' joins two variants; an intron or a place cannot contradict a protein change."""
    summary = describe("KRAS", text)
    assert summary.canonical is not None
    assert "; " in summary.canonical
    assert not summary.notations_disagree


def test_one_variant_of_many_is_the_pathogenic_one() -> None:
    """parse_variant and the summary's codon follow the first pathogenic variant, not the first."""
    assert parse_variant("KRAS", "p.L79F; p.Q61H; p.G12D").hgvs_p_short == "p.Q61H"
    assert describe("KRAS", "p.L79F; p.Q61H; p.G12D").codon == 61


def test_what_could_not_be_read_is_told_beside_what_could() -> None:
    """A list with one unreadable variant keeps the readable ones and says so."""
    summary = describe("KRAS", "G12D; G12B")
    assert (summary.canonical, summary.status, summary.has_unparsed_part) == ("p.G12D", "parsed", True)
    assert not describe("KRAS", "G12D; heterozygous; depth 1500x; 23 %").has_unparsed_part


@pytest.mark.parametrize(
    ("text", "braf_class"),
    [
        ("V600E", "V600E"),
        ("c.1799_1800delinsAA", "V600E"),
        ("p.V600K", "V600_other"),
        ("c.1798_1799delinsAA", "V600_other"),
        ("c.1799_1801del", "V600_other"),
        ("K601E", "class2"),
        ("c.1405G>A", "class2"),
        ("D594G", "class3"),
        ("c.1397G>T", "class3"),
        ("E586K", "other_vus"),
        ("c.1796C>T", "other_vus"),
        ("V600=", None),
        ("codon 600", None),
        ("mutated", None),
        ("WT", None),
    ],
)
def test_braf_class(text: str, braf_class: str | None) -> None:
    """BRAF variants fall into the classes of docs/sources.md; a variant without a name has none."""
    assert describe("BRAF", text).braf_class == braf_class
    assert describe("KRAS", "G12D").braf_class is None
