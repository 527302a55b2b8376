"""A MAF gives rows of genotypes, as cBioPortal filters calls and as the registry reads variants."""

from pathlib import Path

import pytest

from tests.sources.calls_kit import call, feed_of, maf, results, take_calls
from warehouse.storage.errors import DeliveryRejected, RegistryError

BY_SAMPLE = 'columns = { patient_id = "Tumor_Sample_Barcode" }'
PANEL = "stable_id: SEVEN\ndescription: ours\ngene_list: KRAS\tNRAS\tTP53\n"


def test_calls_of_the_registrys_genes_are_taken(tmp_path: Path) -> None:
    """Others are counted by reason; VAF is a percentage of the reads; without what was tested no gene is wild type."""
    text = maf(
        call(),
        call(gene="TP53", protein="p.R175H", n_alt="", n_ref=""),
        call(gene="EGFR"),
        call(gene="NRAS", kind="Silent", protein="p.G12="),
        call(gene="BRAF", status="LOH"),
    )
    taken = take_calls(tmp_path / "c.maf", text, feed_of("maf", BY_SAMPLE), 5)
    assert results(taken, "variant", "vaf_percent", "panel", "specimen_site") == [
        ("S1", "KRAS", "mutant", "p.G12D", "30.0", None, "unknown"),
        ("S1", "TP53", "mutant", "p.R175H", None, None, "unknown"),
    ]
    assert taken.reasons == {
        "another gene": 1,
        "no change of the protein": 1,
        "Mutation_Status none, LOH or wildtype": 1,
    }
    assert "a gene without a call has no row" in taken.remark


def test_what_was_tested_makes_wild_types(tmp_path: Path) -> None:
    """tested says it for every sample of the file; the other genes are not tested, and a silent call is no mutation."""
    text = maf(call(), call(gene="NRAS", sample="S2", kind="Silent", protein="p.G12="))
    feed = feed_of("maf", BY_SAMPLE, 'genes = ["KRAS", "NRAS", "BRAF"]\ntested = ["KRAS", "NRAS"]')
    taken = take_calls(tmp_path / "c.maf", text, feed, 2 + 5)
    assert results(taken, "panel") == [
        ("S1", "BRAF", "not_tested", None),
        ("S1", "KRAS", "mutant", "unknown"),
        ("S1", "NRAS", "wild_type", "unknown"),
        ("S2", "BRAF", "not_tested", None),
        ("S2", "KRAS", "wild_type", "unknown"),
        ("S2", "NRAS", "wild_type", "unknown"),
    ]


def test_a_panel_file_beside_site_toml(tmp_path: Path) -> None:
    """A gene panel file says which genes were tested; its name becomes the test's."""
    feed = feed_of("maf", BY_SAMPLE, 'genes = ["KRAS", "NRAS", "BRAF"]\ndictionary = "panel.txt"')
    taken = take_calls(tmp_path / "c.maf", maf(call()), feed, 3, PANEL)
    assert results(taken, "panel", "assay") == [
        ("S1", "BRAF", "not_tested", None, "SEVEN"),
        ("S1", "KRAS", "mutant", "unknown", "SEVEN"),
        ("S1", "NRAS", "wild_type", "unknown", "SEVEN"),
    ]


@pytest.mark.parametrize(
    ("said", "variant", "result"),
    [
        ({"protein": "p.Gly12Asp"}, "p.Gly12Asp", "mutant"),
        ({"protein": "p.L19F"}, "p.L19F", "mutant"),
        ({"protein": "p.L79F"}, "p.L79F", "vus"),
        ({"protein": "", "alt": "A"}, "c.35G>T", "mutant"),
        ({"protein": "", "start": "25398283", "ref": "AC", "alt": "-"}, "c.35_36del", "vus"),
        ({"protein": "", "build": "hg38", "start": "25245350"}, "c.35G>A", "mutant"),
        ({"protein": "", "start": "25370000"}, None, "indeterminate"),
        ({"protein": "p.X37_splice", "kind": "Splice_Site"}, "p.X37_splice", "vus"),
        ({"gene": "BRAF", "protein": "p.V640E"}, "p.V640E", "mutant"),
        ({"gene": "ENSG00000133703.11"}, "p.G12D", "mutant"),
        ({"gene": "TP53", "protein": "p.X125_splice"}, "p.X125_splice", "mutant"),
    ],
)
def test_a_variant_is_judged_as_the_registry_reads_it(
    tmp_path: Path, said: dict[str, str], variant: str, result: str
) -> None:
    """HGVSp_Short counts, else the position; a change that is no known mutation is a VUS, none at all indeterminate."""
    taken = take_calls(tmp_path / "c.maf", maf(call(**said)), feed_of("maf", BY_SAMPLE), 1)
    assert [(row["variant"], row["result"]) for row in taken.rows] == [(variant, result)]


@pytest.mark.parametrize(
    ("said", "source", "message"),
    [
        ({"build": ""}, "", "no build says"),
        ({"build": "hg18"}, "", "none of human GRCh37 and GRCh38"),
        ({"build": "GRCh38"}, "", "not those of GRCh38"),
        ({"build": "", "start": "25398284"}, 'build = "GRCh38"', "not those of GRCh38"),
        ({"ref": "G", "alt": "A"}, "", "not those of GRCh37"),
    ],
)
def test_a_build_is_needed_for_positions_only(tmp_path: Path, said: dict[str, str], source: str, message: str) -> None:
    """Without HGVSp_Short a call is refused if its build is unknown or another; with it the build does not matter."""
    feed = feed_of("maf", BY_SAMPLE, source)
    with pytest.raises(DeliveryRejected, match=message):
        take_calls(tmp_path / "c.maf", maf(call(**said, protein="")), feed, 1)
    assert len(take_calls(tmp_path / "d.maf", maf(call(**said)), feed, 1).rows) == 1


def test_builds_may_differ_within_a_file(tmp_path: Path) -> None:
    """Each call is read by its own NCBI_Build."""
    text = maf(call(protein=""), call(protein="", build="GRCh38", start="25245350", sample="S2"))
    taken = take_calls(tmp_path / "c.maf", text, feed_of("maf", BY_SAMPLE), 2)
    assert taken.column("variant") == ["c.35G>A", "c.35G>A"]


def test_barcodes_of_tcga_name_patient_and_specimen(tmp_path: Path) -> None:
    """TCGA-AF-3400-01A-... is sample 01 of patient TCGA-AF-3400, a primary tumour; 06 is a metastasis somewhere."""
    text = maf(call(sample="TCGA-AF-3400-01A-01W-0831-10"), call(sample="TCGA.AF.3401.06A.01W"))
    taken = take_calls(tmp_path / "c.maf", text, feed_of("maf"), 2)
    assert sorted(zip(*map(taken.column, ("patient_id", "specimen_id", "specimen_site")), strict=True)) == [
        ("TCGA-AF-3400", "TCGA-AF-3400-01", "primary"),
        ("TCGA-AF-3401", "TCGA-AF-3401-06", "unknown"),
    ]


@pytest.mark.parametrize("pattern", ["^P-[0-9]+", "^(P-[0-9]+)-"])
def test_a_pattern_finds_the_patient(tmp_path: Path, pattern: str) -> None:
    """patient_in_sample is a regular expression; of one with a group, the group is the patient."""
    feed = feed_of("maf", "", f"patient_in_sample = '{pattern}'")
    taken = take_calls(tmp_path / "c.maf", maf(call(sample="P-0001-T01-IM6")), feed, 1)
    assert (taken.column("patient_id"), taken.column("specimen_id")) == (["P-0001"], ["P-0001-T01-IM6"])


def test_two_calls_of_one_name_keep_their_keys(tmp_path: Path) -> None:
    """Two changes of the sequence with the same protein change are told apart by the coding change."""
    text = maf(call(start="25380275", ref="T", alt="G"), call(start="25380275", ref="T", alt="A"))
    text = (
        text.replace("p.G12D", "p.Q61H")
        .replace("HGVSp_Short", "HGVSp_Short\tHGVSc")
        .replace("p.Q61H", "p.Q61H\tENST1:c.183A>C", 1)
    )
    text = text[::-1].replace("p.Q61H"[::-1], "p.Q61H\tENST1:c.183A>T"[::-1], 1)[::-1]
    taken = take_calls(tmp_path / "c.maf", text, feed_of("maf", BY_SAMPLE), 2)
    assert sorted(taken.column("variant")) == ["p.Q61H (c.183A>C)", "p.Q61H (c.183A>T)"]


ANNOVAR = (
    "Chr\tStart\tEnd\tRef\tAlt\tFunc.refGene\tGene.refGene\tGeneDetail.refGene\tExonicFunc.refGene\tAAChange.refGene\n"
    "chr12\t25398284\t25398284\tC\tT\texonic\tKRAS\t.\tnonsynonymous SNV\t"
    "KRAS:NM_033360:exon2:c.G35A:p.G12D,KRAS:NM_004985:exon2:c.G35A:p.G12D\n"
    "chr12\t25398000\t25398000\tC\tT\tintronic\tKRAS\t.\t.\t.\n"
    "chr17\t7577120\t7577120\tC\tT\texonic;splicing\tTP53;WRAP53\t.\tnonsynonymous SNV\t"
    "TP53:NM_000546:exon8:c.G818A:p.R273H\n"
)


def test_annovars_table_of_one_sample(tmp_path: Path) -> None:
    """AAChange has one entry for each transcript; the sample is what site.toml says."""
    text = 'columns = { patient_id = { value = "P1" }, specimen_id = { value = "P1-T" } }'
    taken = take_calls(tmp_path / "p1.hg19_multianno.txt", ANNOVAR, feed_of("maf", text), 3)
    assert results(taken, "variant", "patient_id") == [
        ("P1-T", "KRAS", "mutant", "p.G12D", "P1"),
        ("P1-T", "TP53", "mutant", "p.R273H", "P1"),
    ]
    assert taken.reasons == {"no change of the protein": 1}


def test_consequences_of_vep(tmp_path: Path) -> None:
    """Where a table has VEP's Consequence, its terms are filtered alike; %3D is an equals sign."""
    text = "SYMBOL\tConsequence\tHGVSp\tSample\nKRAS\tmissense_variant&splice_region_variant\tENSP1:p.Gly12Asp\tS1\n"
    text += "KRAS\tsynonymous_variant\tENSP1:p.Gly12%3D\tS1\nNRAS\tupstream_gene_variant\t\tS1\n"
    text += "NRAS\tprotein_altering_variant\tENSP1:p.Gly12%3D\tS1\n"
    feed = feed_of("maf", 'columns = { patient_id = "Sample" }')
    taken = take_calls(tmp_path / "c.txt", text, feed, 4)
    assert results(taken, "variant") == [("S1", "KRAS", "mutant", "p.Gly12Asp")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chr4\t55589774\t55589774\tA\tG\tS1\n", "no column Hugo_Symbol"),
        ("Hugo_Symbol\tHGVSp_Short\nKRAS\tp.G12D\n", "samples are unknown"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "pointer of Git LFS"),
    ],
)
def test_what_is_no_maf_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A table without genes or samples, and a pointer in place of the file, are refused by name."""
    with pytest.raises(DeliveryRejected, match=message):
        take_calls(tmp_path / "c.maf", text, feed_of("maf", BY_SAMPLE), 1)


@pytest.mark.parametrize("source", ['build = "hg18"', 'patient_in_sample = "("', 'patient_in_sample = "(a)(b)"'])
def test_settings_are_checked(source: str) -> None:
    """An unknown build and a pattern that is none are refused with the site.toml."""
    with pytest.raises(RegistryError):
        feed_of("maf", "", source)


def test_results_are_read_from_calls(tmp_path: Path) -> None:
    """A result for every row would also be that of genes without a call, so it is refused."""
    feed = feed_of(
        "maf", 'columns = { patient_id = "Tumor_Sample_Barcode", result = { value = "mutant" } }', 'tested = ["KRAS"]'
    )
    with pytest.raises(DeliveryRejected, match="result cannot be given"):
        take_calls(tmp_path / "c.maf", maf(call()), feed, 1)


def test_rows_of_other_genes_have_what_is_known_of_the_sample(tmp_path: Path) -> None:
    """A column of the sample stands in them, one of the call does not; a filter on calls does not remove them."""
    text = (
        'where = { "FILTER" = "PASS" }\n[exports.genotypes.columns]\npatient_id = "Tumor_Sample_Barcode"\n'
        'vaf_percent = { from = "tumor_f", unit = "fraction" }\nreport_date = "date"\n'
    )
    body = "FILTER\tHugo_Symbol\tHGVSp_Short\ttumor_f\tdate\tTumor_Sample_Barcode\n"
    body += "LowQual\tTP53\tp.R175H\t0.02\t2020-01-05\tS1\nPASS\tKRAS\tp.G12D\t0.25\t2020-01-05\tS1\n"
    feed = feed_of("maf", text, 'genes = ["KRAS", "NRAS", "TP53"]\ntested = ["KRAS", "NRAS", "TP53"]')
    taken = take_calls(tmp_path / "c.maf", body, feed, 3)
    assert results(taken, "vaf_percent", "report_date") == [
        ("S1", "KRAS", "mutant", "25", "2020-01-05"),
        ("S1", "NRAS", "wild_type", None, "2020-01-05"),
    ]
