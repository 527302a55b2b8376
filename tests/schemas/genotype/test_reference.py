"""The coding sequences are those of the proteins, and what is computed from them goes round."""

from pathlib import Path

import pytest

from schemas.genotype import describe, parse_variant
from schemas.genotype.codon import GENETIC_CODE, translate
from schemas.genotype.consequence import effect_of, same_protein
from schemas.genotype.dictionary import ENTRIES, HOTSPOT_CODONS
from schemas.genotype.protein import ProteinChange, read_protein
from schemas.genotype.reference import CODING_SEQUENCE, KRAS_4A_TAIL, KRAS_4B_TAIL, KRAS_SHARED_CODONS, codons_of

PROTEINS = Path(__file__).with_name("proteins.fasta")


def proteins() -> dict[str, str]:
    """Gene -> residues, from UniProt's FASTA."""
    entries = PROTEINS.read_text(encoding="utf-8").strip().lstrip(">").split("\n>")
    return {entry.split(" ", 1)[0]: "".join(entry.splitlines()[1:]) for entry in entries}


@pytest.mark.parametrize(("gene", "bases"), [("KRAS", 567), ("NRAS", 570), ("BRAF", 2301)])
def test_each_sequence_translates_to_its_protein(gene: str, bases: int) -> None:
    """The whole sequence, start to stop, is the protein that UniProt holds."""
    assert len(CODING_SEQUENCE[gene]) == bases
    assert translate(CODING_SEQUENCE[gene]) == proteins()[gene] + "*"


def test_the_two_tails_of_kras_are_as_long_as_they_should_be() -> None:
    """4A has 189 residues, 4B 188; 4B's tail is the end of its protein."""
    assert (KRAS_SHARED_CODONS + len(KRAS_4A_TAIL), KRAS_SHARED_CODONS + len(KRAS_4B_TAIL)) == (189, 188)
    assert proteins()["KRAS"].endswith(KRAS_4B_TAIL)


@pytest.mark.long
@pytest.mark.parametrize("gene", sorted(ENTRIES))
def test_every_exchange_at_a_hotspot_goes_round(gene: str) -> None:
    """Each of the 63 other codons, written as c., gives the protein change, which reads as itself."""
    for codon in HOTSPOT_CODONS[gene]:
        old = codons_of(gene)[codon]
        for new in GENETIC_CODE:
            if new == old:
                continue
            start = 3 * codon - 2
            coding = parse_variant(gene, f"c.{start}_{start + 2}delins{new}")
            wanted = GENETIC_CODE[new]
            tail = "=" if wanted == GENETIC_CODE[old] else wanted
            assert coding.hgvs_p_short == f"p.{GENETIC_CODE[old]}{codon}{tail}"
            assert describe(gene, coding.hgvs_p_short).canonical == coding.hgvs_p_short
            assert describe(gene, coding.hgvs_p_3letter).canonical == coding.hgvs_p_short
            assert not describe(gene, f"{coding.hgvs_p_short} ({coding.hgvs_c})").notations_disagree


@pytest.mark.parametrize(
    ("gene", "text", "canonical"),
    [
        ("KRAS", "c.180_181delinsAA", "p.Q61K"),
        ("KRAS", "c.180_181TC>AA", "p.Q61K"),
        ("BRAF", "c.1779_1780TG>GA", "p.D594N"),
        ("BRAF", "c.1799_1801del", "p.V600_K601delinsE"),
        ("BRAF", "c.1457_1471del", "p.N486_P490del"),
        ("BRAF", "c.1799_1800del", "p.V600fs*11"),
        ("BRAF", "c.1797_1797A>TACTACG", "p.T599_V600insTT"),
        ("BRAF", "c.1796_1797insTAC", "p.T599_V600insT"),
        ("BRAF", "c.1794_1796dup", "p.T599dup"),
        ("KRAS", "c.34_36dup", "p.G13dup"),
        ("KRAS", "c.[34G>T;35G>T]", "p.G12F"),
        ("KRAS", "c.1A>G", "c.1A>G"),
        ("KRAS", "c.470T>C", "c.470T>C"),
        ("TP53", "c.524G>A", "c.524G>A"),
    ],
)
def test_consequences(gene: str, text: str, canonical: str) -> None:
    """Changes across codons, in and out of frame, are named by the protein; what cannot be told keeps its c. name.

    Of KRAS behind codon 150 it cannot (4A and 4B differ), nor of the start codon, nor of other genes.
    """
    assert describe(gene, text).canonical == canonical


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("p.V640E", "p.V600E"),
        ("c.1919T>A", "p.V600E"),
        ("NM_001374258.1:c.1919T>A p.(Val640Glu)", "p.V600E"),
        ("ENST00000644969.2:c.1918_1919delinsAA", "p.V600K"),
        ("p.Lys641Glu", "p.K601E"),
        ("p.D634G", "p.D594G"),
        ("p.V600E", "p.V600E"),
        ("p.Y640C", "p.Y640C"),
        ("p.W640E", None),
    ],
)
def test_the_longer_numbering_of_braf(text: str, canonical: str | None) -> None:
    """Forty residues are taken off where the transcript is named, or where only then the reference fits."""
    assert describe("BRAF", text).canonical == canonical


def test_two_names_of_one_protein_agree() -> None:
    """An insertion that repeats the residue before it is a duplication: no GEN-02."""
    inserted, doubled = read_protein("BRAF", "t599_v600inst"), read_protein("BRAF", "t599dup")
    assert inserted and doubled and same_protein("BRAF", inserted, doubled)
    assert not describe("BRAF", "c.1797_1798insACA p.T599dup").notations_disagree
    assert not same_protein("BRAF", ProteinChange("missense", "V", 600, "E"), ProteinChange("missense", "V", 600, "K"))
    assert effect_of("TP53", ">", 524, 524, "A") is None
