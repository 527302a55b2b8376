"""A VCF gives rows of genotypes, whether VEP or SnpEff annotated it, and whatever the caller calls its samples."""

import gzip
from pathlib import Path

import pytest

from tests.sources.calls_kit import feed_of, results, take_calls
from tests.sources.castor_kit import Taken, take
from warehouse.sources.vcf.consequences import Consequences
from warehouse.storage.errors import DeliveryRejected

VEP = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: '
    'Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|HGVSc|HGVSp|CANONICAL|MANE_SELECT">\n'
)
SNPEFF = (
    "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | "
    "Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank | HGVS.c | "
    "HGVS.p | cDNA.pos'\">\n"
)
TITLES = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
KRAS = (
    "CSQ=T|intron_variant|MODIFIER|LINC|ENSG1|Transcript|ENST00000000001||||,"
    "T|missense_variant|MODERATE|KRAS|ENSG00000133703|Transcript|ENST00000557334|ENST00000557334.5:c.35G>A|"
    "ENSP2:p.Gly12Asp||,"
    "T|missense_variant|MODERATE|KRAS|ENSG00000133703|Transcript|ENST00000311936|ENST00000311936.8:c.35G>A|"
    "ENSP1:p.Gly12Asp|YES|NM_004985.5"
)
BY_SAMPLE = 'columns = { patient_id = "Tumor_Sample_Barcode" }'


def record(
    info: str = KRAS,
    filters: str = "PASS",
    ref: str = "C",
    alt: str = "T",
    position: str = "25245350",
    cells: tuple[str, ...] = ("GT:AD", "0/1:70,30"),
) -> str:
    """A record, a KRAS G12D but for what is said."""
    return "\t".join(("chr12", position, ".", ref, alt, ".", filters, info, *cells)) + "\n"


def vcf(*records: str, samples: tuple[str, ...] = ("S1",), above: str = VEP) -> str:
    """A VCF of the samples."""
    return "##fileformat=VCFv4.2\n" + above + "\t".join((TITLES, *samples)) + "\n" + "".join(records)


def _take(folder: Path, text: str, n_rows: int, source: str = "", name: str = "P1.vcf") -> Taken:
    return take_calls(folder / name, text, feed_of("vcf", BY_SAMPLE, source), n_rows)


def test_veps_annotation(tmp_path: Path) -> None:
    """The registry's own transcript of its own gene counts, and VAF comes from AD."""
    taken = _take(tmp_path, vcf(record()), 1)
    assert results(taken, "variant", "vaf_percent", "patient_id") == [
        ("S1", "KRAS", "mutant", "p.Gly12Asp", "30.0", "S1")
    ]
    assert taken.remark.startswith("Read as a VCF; records without CSQ are known by their position alone.")


def test_snpeffs_annotation(tmp_path: Path) -> None:
    """ANN has fields of its own, and AF may stand in for AD."""
    info = "AC=1;ANN=T|missense_variant|MODERATE|KRAS|ENSG00000133703|transcript|NM_004985.5|protein_coding|2/5|"
    info += "c.35G>A|p.Gly12Asp|1"
    text = vcf(record(info, cells=("GT:AF", "0/1:0.125")), above=SNPEFF)
    assert results(_take(tmp_path, text, 1), "variant", "vaf_percent") == [
        ("S1", "KRAS", "mutant", "p.Gly12Asp", "12.5")
    ]


@pytest.mark.parametrize("above", ["", '##INFO=<ID=ANN,Number=.,Type=String,Description="SnpEff annotation">\n'])
def test_snpeffs_annotation_without_its_description(tmp_path: Path, above: str) -> None:
    """Its parts are always the same; a record without it is known by its position."""
    info = "DP=9;ANN=T|missense_variant|MODERATE|KRAS|KRAS|transcript|NM_004985.5|protein_coding|2/6|c.35G>A|p.G12D|||"
    text = vcf(record(info), record("DP=9", position="25245347"), above=f"##reference=hg38.fa\n{above}")
    assert results(_take(tmp_path, text, 2), "variant") == [
        ("S1", "KRAS", "mutant", "c.38G>A"),
        ("S1", "KRAS", "mutant", "p.G12D"),
    ]


def test_vep_without_hgvs(tmp_path: Path) -> None:
    """VEP writes HGVSp only if asked; Amino_acids and Protein_position say the same."""
    above = VEP.replace("HGVSc|HGVSp", "Protein_position|Amino_acids")
    info = "CSQ=T|missense_variant|MODERATE|KRAS|ENSG00000133703|Transcript|ENST00000311936|{}|{}|YES|"
    for position, residues, variant in (("12", "G/C", "p.G12C"), ("12/189", "G/D", "p.G12D"), ("12-13", "GG/VC", None)):
        taken = _take(tmp_path, vcf(record(info.format(position, residues)), above=above), 1)
        expected = variant or "p.G12_G13delinsVC"
        assert results(taken, "variant") == [("S1", "KRAS", "mutant", expected)]
    assert _take(tmp_path, vcf(record(info.format("12", "G")), above=above), 1).reasons == {
        "no change of the protein": 1
    }


@pytest.mark.parametrize("pack", [gzip.compress, lambda text: gzip.compress(text[:300]) + gzip.compress(text[300:])])
def test_packed_by_gzip_or_in_blocks(tmp_path: Path, pack) -> None:
    """bgzip writes many members one after the other, which are one file."""
    path = tmp_path / "P1.vcf.gz"
    path.write_bytes(pack(vcf(record()).encode()))
    taken = take(path, feed_of("vcf", BY_SAMPLE), 1)
    assert results(taken, "patient_id") == [("S1", "KRAS", "mutant", "S1")]


def test_records_are_left_out_by_reason(tmp_path: Path) -> None:
    """A filter's name, a sample without the allele, a synonymous change with %3D, another gene, a large deletion."""
    same = KRAS.replace("missense_variant", "protein_altering_variant").replace("p.Gly12Asp", "p.Gly12%3D")
    text = vcf(
        record(filters="LowQual"),
        record(cells=("GT", "0/0")),
        record(same),
        record(KRAS.replace("KRAS", "EGFR")),
        record(alt="<DEL>"),
    )
    assert _take(tmp_path, text, 5).reasons == {
        "filtered by the caller": 1,
        "variant not in this sample": 1,
        "no change of the protein": 1,
        "another gene": 2,
    }


@pytest.mark.parametrize(
    ("samples", "above", "expected"),
    [
        (("NORMAL", "TUMOR"), "", [None]),
        (("NORMAL", "TUMOR"), "##SAMPLE=<ID=TUMOR,NAME=T1,Barcode=x>\n", ["T1"]),
        (("N1", "T1"), "##tumor_sample=T1\n##normal_sample=N1\n", ["T1"]),
        (("A", "B"), "", ["A", "B"]),
        (("P1-Normal", "P1-Tumor"), "", ["P1-Tumor"]),
        (("DNA_NORMAL", "DNA_TUMOR", "RNA_TUMOR"), "##SAMPLE=<ID=DNA_TUMOR,SampleName=T1>\n", ["T1"]),
        (("N1", "T1"), '##MuTect="tumor_sample_name=T1 normal_sample_name=N1 x=y"\n', ["T1"]),
        (("N1", "T1"), "##PEDIGREE=<Derived=T1,Original=N1>\n", ["T1"]),
        (("NORMAL", "TUMOR"), "##tumor_sample=T1\n", ["T1"]),
    ],
)
def test_normal_tissue_is_not_read(tmp_path: Path, samples: tuple[str, ...], above: str, expected: list[str]) -> None:
    """By what callers write, or the column's name; a column that is called TUMOR needs a line that says whose it is."""
    cells = ("GT:AD", *("0/1:50,50" for _ in samples))
    text = vcf(record(cells=cells), samples=samples, above=VEP + above)
    assert [row[0] for row in results(_take(tmp_path, text, len(expected)))] == expected


def test_alleles_are_told_apart(tmp_path: Path) -> None:
    """Of two alternative alleles each has its own consequence, reads and genotype."""
    info = (
        KRAS
        + ","
        + KRAS.removeprefix("CSQ=")
        .replace("T|missense", "A|missense")
        .replace("G>A", "G>T")
        .replace("p.Gly12Asp", "p.Gly12Val")
    )
    text = vcf(record(info, alt="T,A", cells=("GT:AD", "1/2:50,30,20", "0/2:60,0,40")), samples=("S1", "S2"))
    assert results(_take(tmp_path, text, 4), "variant", "vaf_percent") == [
        ("S1", "KRAS", "mutant", "p.Gly12Asp", "37.5"),
        ("S1", "KRAS", "mutant", "p.Gly12Val", "28.5714"),
        ("S2", "KRAS", "mutant", "p.Gly12Val", "40.0"),
    ]


def test_veps_alleles_of_deletions() -> None:
    """VEP leaves out the base before: of CA>C,CAT the alleles are - and AT."""
    read = Consequences(["allele", "consequence", "symbol", "hgvsp"])
    text = "-|inframe_deletion|KRAS|p.one,AT|inframe_insertion|KRAS|p.two"
    assert [read.best(text, "CA", ["C", "CAT"], n)["protein"] for n in (0, 1)] == ["p.one", "p.two"]


def test_without_annotation_positions_tell_hotspots(tmp_path: Path) -> None:
    """The build is in the header or in site.toml; without it the file is refused."""
    text = vcf(record("."), record(".", position="25200000"), above="")
    taken = _take(tmp_path, vcf(record("."), above="##reference=GRCh38.fa\n"), 1)
    assert results(taken, "variant") == [("S1", "KRAS", "mutant", "c.35G>A")]
    assert results(_take(tmp_path, text, 2, 'build = "GRCh38"'), "variant") == [("S1", "KRAS", "mutant", "c.35G>A")]
    with pytest.raises(DeliveryRejected, match="no build says"):
        _take(tmp_path, text, 2)
    with pytest.raises(DeliveryRejected, match="not those of GRCh37"):
        _take(tmp_path, text, 2, 'build = "GRCh37"')


@pytest.mark.parametrize("line", ["##new_reference_genome=/data/ucsc.hg38.fa", '##SnpEffCmd="SnpEff  GRCh38.99 a.vcf"'])
def test_the_genome_is_named_in_several_ways(tmp_path: Path, line: str) -> None:
    """By those who lift a file over, and by SnpEff."""
    assert results(_take(tmp_path, vcf(record("."), above=f"{line}\n"), 1)) == [("S1", "KRAS", "mutant")]


def test_a_record_has_one_of_two_annotations(tmp_path: Path) -> None:
    """Of a file that both have annotated, the record's own counts, and VEP's before SnpEff's."""
    lof = SNPEFF.replace("ID=ANN", "ID=LOF").replace("Allele | Annotation", "Gene_Name | Gene_ID")
    snpeff = "ANN=T|missense_variant|MODERATE|TP53|ENSG1|transcript|ENST1|protein_coding|5/9|c.524G>A|p.Arg175His"
    text = vcf(record(snpeff, position="7675088"), record(f"{snpeff};{KRAS}"), above=lof + SNPEFF + VEP)
    taken = _take(tmp_path, text, 2)
    assert results(taken, "variant") == [
        ("S1", "KRAS", "mutant", "p.Gly12Asp"),
        ("S1", "TP53", "mutant", "p.Arg175His"),
    ]
    assert taken.remark.startswith("Read as a VCF; records without CSQ or ANN are known by their position alone.")


def test_without_a_genotype_the_reads_decide(tmp_path: Path) -> None:
    """A sample of which no read has the allele does not have it; one whose reads nobody counted may."""
    for keys, cells, expected in (
        ("DP:AF", ("100:0.3", "80:0.0"), ["S1"]),
        ("AD", ("7,3", "9,0"), ["S1"]),
        ("DP", ("9", "9"), ["S1", "S2"]),
    ):
        taken = _take(tmp_path, vcf(record(cells=(keys, *cells)), samples=("S1", "S2")), 2, name=f"{keys[:2]}.vcf")
        assert [row[0] for row in results(taken)] == expected


def test_a_mark_of_the_encoding_is_no_part_of_the_header(tmp_path: Path) -> None:
    """As some editors write it."""
    (tmp_path / "a.vcf").write_text(vcf(record()), encoding="utf-8-sig")
    assert results(take(tmp_path / "a.vcf", feed_of("vcf", BY_SAMPLE), 1)) == [("S1", "KRAS", "mutant")]


def test_bcf_is_called_by_its_name(tmp_path: Path) -> None:
    """The binary form is refused with how to make a VCF of it."""
    (tmp_path / "a.bcf").write_bytes(gzip.compress(b"BCF\x02\x02" + bytes(99)))
    with pytest.raises(DeliveryRejected, match="The file is BCF"):
        take(tmp_path / "a.bcf", feed_of("vcf", BY_SAMPLE), 1)


def test_snpeffs_older_field_is_not_read(tmp_path: Path) -> None:
    """EFF holds its parts in parentheses: such records are known by their position."""
    above = (
        "##INFO=<ID=EFF,Number=.,Type=String,Description=\"Format: 'Effect ( Impact | Class | Codon | AA | Gene )'\">\n"
    )
    text = vcf(record("EFF=INTRON(LOW|x|y|z|NRAS)"), above=above + "##reference=hg38\n")
    taken = _take(tmp_path, text, 1)
    assert results(taken, "variant") == [("S1", "KRAS", "mutant", "c.35G>A")]


def test_a_vcf_without_records_is_a_test_without_mutation(tmp_path: Path) -> None:
    """With tested, its sample is wild type."""
    taken = _take(tmp_path, vcf(), 1 + 7, 'tested = ["KRAS"]')
    assert ("S1", "KRAS", "wild_type") in results(taken)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Hugo_Symbol\tx\n", "is no VCF"),
        ("##fileformat=VCFv4.2\nchr1\t1\n", "is no VCF"),
        (vcf("chr12\t1\t.\n"), "Line 1 of the VCF has too few cells"),
    ],
)
def test_what_is_no_vcf_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Without its header, or with lines cut off."""
    with pytest.raises(DeliveryRejected, match=message):
        _take(tmp_path, text, 1)
