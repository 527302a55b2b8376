"""Tables of calls as public data sets have them: rows that end early, other names of columns, patients' names alone."""

from pathlib import Path

import pytest

from tests.sources.calls_kit import call, feed_of, maf, results, take_calls
from tests.sources.castor_kit import take
from tests.variants import quick
from warehouse.storage.errors import DeliveryRejected

BY_SAMPLE = 'columns = { patient_id = "Tumor_Sample_Barcode" }'
HEADER = "Hugo_Symbol\tStart_Position\tHGVSp_Short\tTumor_Sample_Barcode\tScore\tBAM_File\n"


def test_rows_may_end_before_the_last_column(tmp_path: Path) -> None:
    """What they lack is empty, as in cBioPortal's importer; empty cells beyond the header are nothing; it is said."""
    text = HEADER + 'KRAS\t1\tp.G12D\tS1\nNRAS\t2\tp.Q61R\tS1\t"a\tb"\t\t\t\nBRAF\t3\tp.V600E\tS2\t1\tx\n'
    taken = take_calls(tmp_path / "c.maf", text, feed_of("maf", BY_SAMPLE), 3)
    assert results(taken, "variant") == [
        ("S1", "KRAS", "mutant", "p.G12D"),
        ("S1", "NRAS", "mutant", "p.Q61R"),
        ("S2", "BRAF", "mutant", "p.V600E"),
    ]
    assert "Rows that end before the last column, or have empty cells beyond it: 2." in taken.remark


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("KRAS\t1\tp.G12D\tS1\t1\tx\ty\n", "Row 2 has more cells than the header"),
        ("KRAS\tp.G12D\tS1\t1\tx\n", "Row 2 has fewer cells than the header, and its start position is no number"),
        ("KRAS\t1\tp.G12D\tS1", "The last row ends before the last column, and without a line end"),
    ],
)
def test_rows_that_are_broken_are_refused(tmp_path: Path, row: str, message: str) -> None:
    """A cell too many, a cell lacking in the middle, and a file that is cut off."""
    text = HEADER + "TP53\t1\tp.R175H\tS1\t1\tx\n" + row
    with pytest.raises(DeliveryRejected, match=message):
        take_calls(tmp_path / "c.maf", text, feed_of("maf", BY_SAMPLE), 2)


def test_a_quote_that_is_never_closed_is_said_so(tmp_path: Path) -> None:
    """What the reader of the rows cannot read refuses the file, with no cell in the sentence."""
    text = HEADER + 'KRAS\t1\tp.G12D\tS1\t1\t"x\n'
    with pytest.raises(DeliveryRejected, match="quote"):
        take_calls(tmp_path / "c.maf", text, feed_of("maf", BY_SAMPLE), 1)


def test_the_first_column_that_says_the_change_counts(tmp_path: Path) -> None:
    """Of several columns of the protein change, row by row."""
    text = "Hugo_Symbol\tHGVSp_Short\tProtein_Change\tHGVSc\tcDNA_Change\tTumor_Sample_Barcode\n"
    text += "KRAS\tp.G12D\tp.G13D\t\t\tS1\nKRAS\t\tp.G13D\t\t\tS2\nKRAS\t.\tNA\t\tc.35G>T\tS3\n"
    taken = take_calls(tmp_path / "c.maf", text, feed_of("maf", BY_SAMPLE), 3)
    assert [row[3] for row in results(taken, "variant")] == ["p.G12D", "p.G13D", "c.35G>T"]


def test_a_gene_by_its_number_alone(tmp_path: Path) -> None:
    """Where Hugo_Symbol is empty or not there, Entrez_Gene_Id tells the gene; otherwise the symbol does."""
    text = "Hugo_Symbol\tEntrez_Gene_Id\tHGVSp_Short\tTumor_Sample_Barcode\n"
    text += "\t3845\tp.G12D\tS1\nUnknown\t4893\tp.Q61R\tS1\nEGFR\t673\tp.V600E\tS1\nUnknown\t0\t\tS1\n"
    taken = take_calls(tmp_path / "c.maf", text, feed_of("maf", BY_SAMPLE), 4)
    assert [row[1] for row in results(taken)] == ["KRAS", "NRAS"]
    numbers = "Entrez_Gene_Id\tHGVSp_Short\tTumor_Sample_Barcode\n673\tp.V600E\tS1\n"
    assert results(take_calls(tmp_path / "n.maf", numbers, feed_of("maf", BY_SAMPLE), 1)) == [("S1", "BRAF", "mutant")]


def test_a_tcga_patient_without_a_sample(tmp_path: Path) -> None:
    """A barcode of three parts is the patient's, and says nothing of the tissue."""
    taken = take_calls(tmp_path / "c.maf", maf(call(sample="TCGA-AB-2826")), feed_of("maf"), 1)
    assert results(taken, "patient_id", "specimen_site") == [
        ("TCGA-AB-2826", "KRAS", "mutant", "TCGA-AB-2826", "unknown")
    ]


@pytest.mark.parametrize(
    ("header", "cells", "percent"),
    quick(
        2,
        [
            ("t_depth\tt_alt_count", "200\t30", "15.0"),
            ("tumor_f", "0.25", "25.0"),
            ("tumor_f", "25", None),
            ("t_ref_count\tt_alt_count\ttumor_f", "70\t30\t0.9", "30.0"),
            ("t_ref_count\tt_alt_count", "0\t0", None),
        ],
    ),
)
def test_the_share_of_reads(tmp_path: Path, header: str, cells: str, percent: str | None) -> None:
    """Of the reads of both alleles, of the depth, or as a fraction in tumor_f."""
    text = f"Hugo_Symbol\tHGVSp_Short\tTumor_Sample_Barcode\t{header}\nKRAS\tp.G12D\tS1\t{cells}\n"
    taken = take_calls(tmp_path / "c.maf", text, feed_of("maf", BY_SAMPLE), 1)
    assert results(taken, "vaf_percent") == [("S1", "KRAS", "mutant", percent)]


def test_a_change_that_nothing_names_in_another_gene(tmp_path: Path) -> None:
    """Neither notation nor class says that the protein changes, so the gene is not mutant."""
    rows = maf(call(gene="APC", protein="", kind=""), call(gene="TP53", protein=""))
    taken = take_calls(tmp_path / "c.maf", rows, feed_of("maf", BY_SAMPLE), 2)
    assert results(taken) == [("S1", "APC", "indeterminate"), ("S1", "TP53", "mutant")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("##fileformat=VCFv4.2\n#CHROM\tPOS\nchr12\t1\n", "The file is a VCF"),
        ("## VEP\n#Uploaded_variation\tLocation\tExtra\n1\t12:25245350\tSYMBOL=KRAS\n", "VEP's own table"),
        ("icgc_mutation_id\tgene_affected\nMU1\tENSG00000133703\n", "ICGC's table"),
    ],
)
def test_other_tables_are_called_by_their_names(tmp_path: Path, text: str, message: str) -> None:
    """Tables of variants that are no MAF are refused with what makes one of them."""
    with pytest.raises(DeliveryRejected, match=message):
        take_calls(tmp_path / "c.maf", text, feed_of("maf", BY_SAMPLE), 1)


@pytest.mark.parametrize(
    ("name", "encoding", "above"),
    quick(1, [("c.maf.gz", "utf-8", ""), ("c.maf", "utf-8-sig", "#version 2.4\n"), ("c.maf", "utf-8", "## x\n#y\n")]),
)
def test_how_a_maf_is_saved(tmp_path: Path, name: str, encoding: str, above: str) -> None:
    """Unpacked under its packed name, with a mark of its encoding, with several lines of comments, quoted by Excel."""
    text = above + '"Hugo_Symbol"\t"HGVSp_Short"\t"Tumor_Sample_Barcode"\r\n"KRAS"\t"p.G12D"\t"S1"\r\n'
    (tmp_path / name).write_bytes(text.encode(encoding))
    assert results(take(tmp_path / name, feed_of("maf", BY_SAMPLE), 1)) == [("S1", "KRAS", "mutant")]


def test_another_encoding_is_said(tmp_path: Path) -> None:
    """Of a MAF in UTF-16 whose rows are not of one length, too."""
    (tmp_path / "c.maf").write_bytes((HEADER + "KRAS\t1\tp.G12D\tS1\n").encode("utf-16"))
    with pytest.raises(DeliveryRejected, match="UTF"):
        take(tmp_path / "c.maf", feed_of("maf", BY_SAMPLE), 1)


def test_thousands_of_comments_above_the_header(tmp_path: Path) -> None:
    """As Funcotator writes them, a line for each contig."""
    above = "#version 2.4\n" + "".join(f"##contig=<ID=chrUn_{i}>\n" for i in range(3_500))
    taken = take_calls(tmp_path / "c.maf", maf(call(), above=above), feed_of("maf", BY_SAMPLE), 1)
    assert results(taken) == [("S1", "KRAS", "mutant")]


@pytest.mark.parametrize("name", ["TUMOR", "__UNKNOWN__"])
def test_a_sample_of_nobody(tmp_path: Path, name: str) -> None:
    """What tools write if nobody told them a name is none: two patients' rows must not become one specimen's."""
    text = maf(call(sample=name))
    assert results(take_calls(tmp_path / "c.maf", text, feed_of("maf", "", 'patient_in_sample = "^.+"'), 1)) == [
        (None, "KRAS", "mutant")
    ]
    said = feed_of("maf", 'columns = { patient_id = { value = "P1" }, specimen_id = { value = "T1" } }')
    assert results(take_calls(tmp_path / "d.maf", text, said, 1)) == [("T1", "KRAS", "mutant")]


def test_samples_without_a_patient_are_said_with_the_cure(tmp_path: Path) -> None:
    """Their rows are set aside, since patient_id is empty; the delivery's remark says which line is lacking."""
    rows = maf(call(), call(sample="TCGA-AB-0001-01"))
    taken = take_calls(tmp_path / "c.maf", rows, feed_of("maf"), 2)
    assert "1 of 2 samples name no patient: write patient_in_sample for this source, or patient_id" in taken.remark
    assert "name no patient" not in take_calls(tmp_path / "d.maf", rows, feed_of("maf", BY_SAMPLE), 2).remark
