"""No text raises, none takes long, and reading is a function of the text alone."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.genotype import (
    BRAF_CLASSES,
    PARSE_STATUSES,
    VARIANT_CLASSES,
    describe,
    parse_variant,
    parse_variants,
)
from schemas.genotype.cleaning import MAX_TEXT_LENGTH
from schemas.genotype.dictionary import ENTRIES, PROTEIN_LENGTH, REFERENCE_CODONS
from schemas.genotype.notation import _parse
from tests.schemas.genotype.dresses import ALL_ENTRIES, coding_dresses, protein_dresses

GENES = st.sampled_from(["KRAS", "NRAS", "BRAF", "TP53", "", "kras", "K/R\x00S"])
PIECES = st.sampled_from(
    [
        *(
            "G12D",
            "p.Gly12Asp",
            "p.(",
            ")",
            "c.35G>A",
            "c.",
            "p.",
            "35",
            "G",
            ">",
            "A",
            "12Asp",
            "p.Q61H",
            "p.L79F",
        ),
        *(
            "codon",
            "12",
            "exon",
            "2",
            "13",
            "codon 13",
            "exon 3",
            ",",
            ";",
            "/",
            "+",
            "-",
            "*",
            "=",
            "?",
            "_",
        ),
        *(
            "not",
            "no",
            "WT",
            "mut",
            "突变",
            "未检出",
            "型",
            "VUS",
            "benign",
            "possible",
            "other",
            "tested",
            "5%",
        ),
        *(
            "delins",
            "TT",
            "34_35",
            "ins",
            "dup",
            "del",
            "fs",
            "X",
            "GGT",
            "GAT",
            "c.111+1G>A",
            "NM_004985.5:",
        ),
        *("KRAS", "NRAS", "c.57G>A", "c.236T>C", "p.G12_G13insG", "p.K5fs*7", "c.34del", "detected", "and"),
    ]
)
SENTENCES = st.lists(st.tuples(PIECES, st.sampled_from(["", " "])), max_size=14).map(
    lambda parts: "".join(piece + gap for piece, gap in parts)
)
# No promise in the contract: generous, so that a busy machine passes, and far below what a bad pattern takes.
MAX_SECONDS = 0.25


@pytest.mark.long
@given(GENES, st.one_of(st.none(), st.text(max_size=200), SENTENCES))
@settings(max_examples=600, deadline=None, derandomize=True)
def test_any_text_is_read(gene: str, text: str | None) -> None:
    """No text raises; each field holds a word of its code list; an accusation always has a name."""
    summary = describe(gene, text)
    variants = parse_variants(gene, text)
    assert variants
    assert summary.status in PARSE_STATUSES
    assert summary.variant_class in (None, *VARIANT_CLASSES)
    assert summary.braf_class in (None, *BRAF_CLASSES)
    assert (summary.canonical is None) == (summary.status in {"negative", "empty", "unparsed"})
    assert not (summary.is_pathogenic and summary.canonical is None)
    for variant in variants:
        assert not (variant.is_pathogenic and variant.variant_class in {"vus", "benign", "synonymous"})


@pytest.mark.long
@given(GENES, SENTENCES)
@settings(max_examples=600, deadline=None, derandomize=True)
def test_the_canonical_name_reads_as_itself(gene: str, text: str) -> None:
    """describe(canonical).canonical == canonical, for whatever mixture of notations and words."""
    canonical = describe(gene, text).canonical
    assert describe(gene, canonical).canonical == canonical


@pytest.mark.long
@given(st.sampled_from(sorted(ENTRIES)), st.data())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_exchange_in_a_known_codon_goes_round(gene: str, data: st.DataObject) -> None:
    """A coding change agrees with the protein change it makes, and with no other codon's."""
    codon = data.draw(st.integers(2, max(REFERENCE_CODONS[gene])))
    i = data.draw(st.integers(0, 2))
    old = REFERENCE_CODONS[gene][codon][i]
    new = data.draw(st.sampled_from([base for base in "ACGT" if base != old]))
    coding = parse_variant(gene, f"c.{3 * codon - 2 + i}{old}>{new}")
    assert coding.codon == codon
    both = parse_variant(gene, f"{coding.hgvs_p_3letter} ({coding.hgvs_c})")
    assert (both.hgvs_p_short, both.notations_disagree) == (coding.hgvs_p_short, False)
    elsewhere = f"c.{3 * codon + 1 + i}{old}>{new}"
    assert describe(gene, f"{coding.hgvs_p_short} ({elsewhere})").notations_disagree


@pytest.mark.long
@given(
    st.lists(st.sampled_from(ALL_ENTRIES), min_size=1, max_size=4),
    st.sampled_from([";", ", ", " + "]),
    st.data(),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_lists_of_entries_in_any_dress(entries: list[tuple[str, str, str]], joint: str, data: st.DataObject) -> None:
    """A list of dictionary variants of one gene, each in a random dress, gives exactly those variants."""
    gene = entries[0][0]
    own = [entry for entry in entries if entry[0] == gene]
    texts = []
    for _, short, coding in own:
        dresses = list(protein_dresses(gene, short).values()) + list(coding_dresses(gene, coding).values())
        texts.append(data.draw(st.sampled_from(dresses)))
    found = {variant.hgvs_p_short for variant in parse_variants(gene, joint.join(texts))}
    assert found == {f"p.{short}" for _, short, _ in own}


LONG = [
    *("(" * 500, "p." * 250, "g12d/" * 100, "codon " + "1," * 247, "1" * 500, "acgt" * 125, "c.1_1del" * 62),
    *(
        "p.g12delins" + "gly" * 163,
        "p.g12delinsglyglyglyglygly1 " * 17,
        "G12_" * 125,
        "no " * 166,
        "n/" * 250,
    ),
    *(
        "aaa>" * 125,
        "exon 2-" * 71,
        "12 " * 166,
        "无" * 500,
        "=>" * 250,
        "c.1+" * 125,
        "G12D, " * 80 + "not seen",
    ),
    *("x" * 100_000, "p.G12D;" * 50_000, " " * 100_000, "\x00" * 100_000, "ﷺ" * 500, "variant of " * 45),
]


@pytest.mark.parametrize("text", LONG, ids=lambda text: f"{text[:12]!r}x{len(text)}")
def test_no_text_takes_long(text: str) -> None:
    """Text made to make a pattern search long is read, or refused, at once; measured without the cache."""
    start = time.perf_counter()
    if len(text) <= MAX_TEXT_LENGTH:
        _parse.__wrapped__("KRAS", text)
    else:
        describe("KRAS", text)
    assert time.perf_counter() - start < MAX_SECONDS


def test_text_beyond_the_bound_is_not_read() -> None:
    """A report pasted whole is 'unparsed', even if a variant stands in it."""
    assert describe("KRAS", "G12D " + "x" * MAX_TEXT_LENGTH).status == "unparsed"
    assert describe("KRAS", "G12D" + " " * 100_000).canonical == "p.G12D"


@pytest.mark.parametrize("text", [None, "", "   ", "\t\n", "\u200b", float("nan")])
def test_nothing_is_empty(text: str | None) -> None:
    """None, blanks, zero-width characters and a missing number are 'empty'."""
    assert describe("KRAS", text).status == "empty"


def test_control_characters_do_not_hide_a_variant() -> None:
    """Zero-width characters vanish, control characters separate."""
    assert describe("KRAS", "p.G\u200b12\ufeffD\x00").canonical == "p.G12D"


@pytest.mark.parametrize("gene", sorted(PROTEIN_LENGTH))
def test_a_position_beyond_the_gene_is_refused(gene: str) -> None:
    """No variant lies behind the last residue."""
    assert describe(gene, f"p.A{PROTEIN_LENGTH[gene] + 1}T").status == "unparsed"
    assert describe(gene, f"c.{3 * PROTEIN_LENGTH[gene] + 4}A>T").status == "unparsed"
