"""A cBioPortal study gives genotypes, of which no row is wild type that was not sequenced, and its clinical tables."""

from pathlib import Path

import pytest

from tests.sources.calls_kit import call, feed_of, maf, results
from tests.sources.castor_kit import Taken, take
from tests.sources.study_kit import FILES, N_ROWS, PATIENTS, SAMPLES, study, zip_of_study
from warehouse.sources.molecular.own_panels import described
from warehouse.storage.errors import DeliveryRejected

RAS = 'genes = ["KRAS", "NRAS"]'
N_RAS = N_ROWS + 2 * 4 - 1
"""Delivered rows, and those of two genes in four samples but for the KRAS mutation."""


def _take(folder: Path, files: dict[str, str], source: str = RAS, n_rows: int = N_RAS, text: str = "") -> Taken:
    return take(zip_of_study(folder / "own.zip", files), feed_of("cbioportal", text, source), n_rows)


def _of(taken: Taken, gene: str) -> dict[str, str | None]:
    return {str(row["specimen_id"]): row["result"] for row in taken.rows if row["gene"] == gene}


def test_panels_decide_what_was_tested(tmp_path: Path) -> None:
    """A sequenced sample is wild type in genes of its panel alone; NA in the matrix is no panel."""
    taken = _take(tmp_path, study())
    assert _of(taken, "KRAS") == {"S1": "mutant", "S1P": "wild_type", "S2": "wild_type", "S3": "not_tested"}
    assert _of(taken, "NRAS") == {"S1": "wild_type", "S1P": "wild_type", "S2": "not_tested", "S3": "not_tested"}
    assert taken.reasons == {"another instrument": 8, "another gene": 2}
    assert "3 of 4 samples are known to be tested" in taken.remark


def test_a_row_has_what_is_known_of_the_sample(tmp_path: Path) -> None:
    """Patient, site of the specimen and panel stand in rows of calls and of genes without one alike."""
    taken = _take(tmp_path, study())
    found = {row[0]: row[3:] for row in results(taken, "patient_id", "specimen_site", "assay")}
    assert found == {
        "S1": ("P1", "liver_metastasis", "SEVEN"),
        "S1P": ("P1", "primary", "SEVEN"),
        "S2": ("P2", "other_metastasis", "TWO"),
        "S3": ("P3", "unknown", None),
    }


def test_a_sample_that_is_not_listed_is_not_tested(tmp_path: Path) -> None:
    """Its panel says nothing without the case list _sequenced, and its calls stay what they are."""
    taken = _take(tmp_path, study(cases_sequenced="stable_id: own_sequenced\ncase_list_ids: S1P\tS9\n"))
    assert _of(taken, "KRAS") == {"S1": "mutant", "S1P": "wild_type", "S2": "not_tested", "S3": "not_tested"}
    assert "Samples of the case list that are in no clinical table: 1." in taken.remark
    taken = _take(tmp_path, study(cases_sequenced=None))
    assert set(_of(taken, "NRAS").values()) == {"not_tested"}
    assert "no case list _sequenced" in taken.remark


def test_a_panel_that_no_file_describes(tmp_path: Path) -> None:
    """Nothing counts as tested by it, and the remark names it."""
    taken = _take(tmp_path, study(data_gene_panel_SEVEN=None))
    assert _of(taken, "NRAS") == dict.fromkeys(("S1", "S1P", "S2", "S3"), "not_tested")
    assert "Panels of which no file says the genes, so that nothing counts as tested: SEVEN." in taken.remark


def test_whole_exomes_need_a_word(tmp_path: Path) -> None:
    """NA in the matrix is a whole exome or no test at all: `tested` says for which genes a listed one counts."""
    taken = _take(tmp_path, study(), f'{RAS}\ntested = ["KRAS"]')
    assert _of(taken, "KRAS")["S3"] == "wild_type"
    assert _of(taken, "NRAS")["S3"] == "not_tested"


def test_one_panel_for_all(tmp_path: Path) -> None:
    """The property gene_panel of the mutations' meta file is the panel of all listed samples."""
    meta = FILES["meta_mutations.txt"] + "gene_panel: SEVEN\n"
    taken = _take(tmp_path, study(data_gene_panel_matrix=None, meta_gene_panel_matrix=None, meta_mutations=meta))
    assert _of(taken, "NRAS") == dict.fromkeys(("S1", "S1P", "S2", "S3"), "wild_type")


def test_a_panel_is_named_by_a_word_of_the_registry(tmp_path: Path) -> None:
    """Then it is the word of the column panel; or site.toml maps the panels' names."""
    files = {name: text.replace("SEVEN", "extended") for name, text in study().items()}
    taken = _take(tmp_path, files)
    assert ("S1", "KRAS", "mutant", "extended", None) in results(taken, "panel", "assay")
    text = 'columns = { panel = { from = "GENE_PANEL", codes = { "SEVEN" = "ngs" } } }'
    taken = _take(tmp_path, study(), text=text)
    assert ("S1", "NRAS", "wild_type", "ngs", "SEVEN") in results(taken, "panel", "assay")


STATES = {
    "data_clinical_sample.txt": "PATIENT_ID\tSAMPLE_ID\tSAMPLE_TYPE\tMSI_TYPE\tMMR_STATUS\tHER2_AMPLIFICATION\t"
    "TMB_NONSYNONYMOUS\n"
    "P1\tS1\tMetastasis\tInstable\tdMMR\tnot_amplified\t41.5\n"
    "P1\tS1P\tPrimary\tDo not report\tMMR-P\tamplified\tNA\n"
    "P2\tS2\tMetastasis\tMSI-L\t\t\thigh\n"
    "P3\tS3\tMetastasis\tIndeterminate\tloss of MLH1\t\t0\n"
}


def test_states_of_the_tumour_are_rows_of_their_own(tmp_path: Path) -> None:
    """MSI, MMR, HER2 and mutational burden come from the table of samples; what is not known is counted, no guess."""
    taken = _take(tmp_path, study() | STATES, n_rows=N_RAS + 9)
    found = {row for row in results(taken, "tmb_per_mb") if row[1] not in ("KRAS", "NRAS")}
    assert found == {
        *(("S1", "MSI", "msi_high", None), ("S1", "MMR", "deficient", None), ("S1", "ERBB2", "not_amplified", None)),
        *(("S1", "TMB", "measured", "41.5"), ("S1P", "MMR", "proficient", None), ("S1P", "ERBB2", "amplified", None)),
        *(("S2", "MSI", "msi_low", None), ("S3", "MSI", "indeterminate", None), ("S3", "TMB", "measured", "0")),
    }
    assert "they give no row: 1 of MMR_STATUS, 1 of TMB_NONSYNONYMOUS." in taken.remark
    assert {row[3] for row in results(taken, "tmb_per_mb") if row[1] == "KRAS"} == {None}


OWN_PANEL = "stable_id: SEVEN\ndescription: {0}\ngene_list: BRAF\tKRAS\tNRAS\n"
DESCRIBED = described({"BRAF": "unknown", "KRAS": "ngs", "NRAS": "ngs"})


def test_a_study_that_a_registry_exported(tmp_path: Path) -> None:
    """The result, variant and frequency are those of its release, also where no list knows the mutation; each gene has
    its word for the panel, whose name is no test.
    """
    head, *rows = maf(call(protein="p.A18D", kind="Unknown")).splitlines()[1:]
    own = "ablation_registry.result\tablation_registry.variant\tablation_registry.vaf_percent"
    calls = f"{head}\t{own}\n{rows[0]}\tmutant\tp.Ala18Asp (seen twice)\t4.5\n"
    files = study(data_mutations=calls, data_gene_panel_SEVEN=OWN_PANEL.format(DESCRIBED))
    found = results(_take(tmp_path, files, n_rows=N_RAS - 2), "variant", "vaf_percent", "panel", "assay")
    assert ("S1", "KRAS", "mutant", "p.Ala18Asp (seen twice)", "4.5", "ngs", None) in found
    assert ("S1", "NRAS", "wild_type", None, None, "ngs", None) in found
    found = results(_take(tmp_path, files, 'genes = ["BRAF"]', N_ROWS - 2 + 4), "panel", "assay")
    assert ("S1", "BRAF", "wild_type", "unknown", None) in found


@pytest.mark.parametrize("words", ["Our genes: ngs KRAS", f"{DESCRIBED} TP53", DESCRIBED.replace("ngs", "wide")])
def test_a_panel_of_others_is_taken_for_none_of_ours(tmp_path: Path, words: str) -> None:
    """A description that differs in its words or genes says nothing, and the panel is a test."""
    taken = _take(tmp_path, study(data_gene_panel_SEVEN=OWN_PANEL.format(words)))
    assert ("S1", "NRAS", "wild_type", "unknown", "SEVEN") in results(taken, "panel", "assay")


def test_a_study_filters_its_own_classes(tmp_path: Path) -> None:
    """variant_classification_filter replaces cBioPortal's own; a change of no residue counts as none all the same."""
    rows = maf(call(kind="In_Frame_Del", protein="p.G12del"), call(sample="S2", kind="Silent", protein="p.G12="))
    meta = FILES["meta_mutations.txt"] + "variant_classification_filter: In_Frame_Del\n"
    files = study(data_mutations=rows, meta_mutations=meta)
    taken = _take(tmp_path, files, n_rows=8 + 2 + 8)
    assert _of(taken, "KRAS") == {"S1": "wild_type", "S1P": "wild_type", "S2": "wild_type", "S3": "not_tested"}
    assert taken.reasons["no change of the protein"] == 2


GENIE = {
    "data_clinical_sample.txt": SAMPLES.replace("MUTATION_COUNT\n", "MUTATION_COUNT\tSEQ_ASSAY_ID\n")
    .replace("\t2\n", "\t2\tFULL\n")
    .replace("Not Applicable\t0\n", "Not Applicable\t0\tEXON2\n")
    .replace("Lung\t0\n", "Lung\t0\tFULL\n")
    .replace("\t\t0\n", "\t\t0\tOTHER\n"),
    "data_clinical_patient.txt": PATIENTS,
    "data_mutations_extended.txt": FILES["data_mutations.txt"],
    "genomic_information.txt": "Chromosome\tStart_Position\tEnd_Position\tHugo_Symbol\tID\tSEQ_ASSAY_ID\tFeature_Type\t"
    "includeInPanel\tclinicalReported\n"
    + "".join(
        f"{place}\t{gene}\tx\t{assay}\texon\t{included}\tTrue\n"
        for place, gene, assay, included in (
            ("12\t25398200\t25398320", "KRAS", "FULL", True),
            ("12\t25380160\t25380350", "KRAS", "FULL", True),
            ("12\t25378540\t25378710", "KRAS", "FULL", True),
            ("1\t115258670\t115258790", "NRAS", "FULL", False),
            ("12\t25398200\t25398320", "KRAS", "EXON2", True),
            ("12\t25378540\t25378710", "NRAS", "EXON2", True),
        )
    ),
}
"""GENIE's layout: FULL covers the six codons of KRAS but not NRAS, which it leaves out; EXON2 covers 12 and 13."""


def test_genies_regions_decide_panel_and_wild_type(tmp_path: Path) -> None:
    """All six codons are ngs, 12 and 13 alone exon2_only; what is not includeInPanel, or elsewhere, is not tested."""
    taken = _take(tmp_path, GENIE, n_rows=3 + 4 + 3 + 7)
    found = {(row[0], row[1]): row[2:] for row in results(taken, "panel", "assay")}
    assert found == {
        ("S1", "KRAS"): ("mutant", "ngs", "FULL"),
        ("S1", "NRAS"): ("not_tested", None, "FULL"),
        ("S1P", "KRAS"): ("wild_type", "exon2_only", "EXON2"),
        ("S1P", "NRAS"): ("not_tested", None, "EXON2"),
        ("S2", "KRAS"): ("wild_type", "ngs", "FULL"),
        ("S2", "NRAS"): ("not_tested", None, "FULL"),
        ("S3", "KRAS"): ("not_tested", None, "OTHER"),
        ("S3", "NRAS"): ("not_tested", None, "OTHER"),
    }
    assert "nothing counts as tested: OTHER" in taken.remark


def test_patients_come_from_the_clinical_table(tmp_path: Path) -> None:
    """Its four lines of comments are no rows; 1:DECEASED and OS_MONTHS are as delivered, and can be mapped."""
    text = """[exports.patients.columns]
patient_id = "PATIENT_ID"
vital_status = { from = "OS_STATUS", codes = { "1:DECEASED" = "dead", "0:LIVING" = "alive" } }
dfi_months = "OS_MONTHS"
"""
    path = zip_of_study(tmp_path / "own.zip", study())
    taken = take(path, feed_of("cbioportal", text, export="patients"), N_ROWS)
    assert taken.rows[0] == {"patient_id": "P1", "sex": "Female", "dfi_months": "17.9", "vital_status": "dead"}
    assert taken.reasons == {"another instrument": 8}
    assert not {"MUTATION_COUNT", "FRACTION_GENOME_ALTERED"} & set(taken.prepared.source.header)


def test_other_tables_by_instrument(tmp_path: Path) -> None:
    """A timeline or the samples can feed any export, with what the clinical tables say of patient and sample."""
    path = zip_of_study(tmp_path / "own.zip", study())
    columns = 'columns = { patient_id = "PATIENT_ID", session_date = "START_DATE", approach = "SEX" }'
    text = f'instrument = "timeline_treatment"\n{columns}'
    taken = take(path, feed_of("cbioportal", text, export="rfa_sessions"), N_ROWS)
    assert [(row["patient_id"], row["session_date"], row["approach"]) for row in taken.rows] == [("P1", "10", "Female")]
    text = text.replace("timeline_treatment", "clinical_sample").replace("START_DATE", "SAMPLE_ID")
    taken = take(path, feed_of("cbioportal", text, export="rfa_sessions"), N_ROWS)
    assert taken.column("session_date") == ["S1", "S1P", "S2", "S3"]


@pytest.mark.parametrize("root", ["", "download/own/"])
def test_where_the_study_lies_in_the_zip(tmp_path: Path, root: str) -> None:
    """Folders above the study do not matter."""
    path = zip_of_study(tmp_path / "own.zip", study(), root)
    assert len(take(path, feed_of("cbioportal", "", RAS), N_RAS).rows) == 8


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
REFUSED = {
    "The study lacks data_mutations.txt": ({"data_mutations": None}, ""),
    "data_clinical_sample.txt is a pointer of Git LFS": ({"data_clinical_sample": POINTER, "data_mutations": None}, ""),
    "1 samples occur twice": ({"data_clinical_sample": SAMPLES + "P2\tS1\tPrimary\t\t0\n"}, ""),
    "1 patients occur twice": ({"data_clinical_patient": PATIENTS + "P1\tMale\t0:LIVING\t1\n"}, ""),
    "has no table of samples": ({"data_clinical_sample": None, "meta_clinical_sample": None}, ""),
    "no table mutations": ({"data_mutations": None, "meta_mutations": None}, ""),
    "no table clinical_x": ({}, 'instrument = "clinical_x"'),
    "no build says": ({"data_mutations": maf(call(protein="", build=""))}, ""),
    "neither a gene panel file": ({"data_gene_panel_TWO": "KRAS\n"}, ""),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_no_whole_study_is_refused(tmp_path: Path, message: str) -> None:
    """The sentence says by name what is lacking or wrong."""
    changed, text = REFUSED[message]
    with pytest.raises(DeliveryRejected, match=message):
        _take(tmp_path, study(**changed), text=text)


def test_a_zip_of_two_studies_or_of_none(tmp_path: Path) -> None:
    """Each study is a delivery of its own."""
    two = {f"a/{name}": text for name, text in study().items()} | {f"b/{name}": text for name, text in study().items()}
    with pytest.raises(DeliveryRejected, match="2 studies"):
        _take(tmp_path, two)
    with pytest.raises(DeliveryRejected, match="no study of cBioPortal"):
        _take(tmp_path, {"readme.txt": "x"})


def test_what_public_studies_write(tmp_path: Path) -> None:
    """Names that differ in case alone, a tab before the first gene, a blank behind a panel's name, other file names."""
    files = study(
        data_mutations=None,
        meta_mutations=FILES["meta_mutations.txt"].replace("data_mutations.txt", "own_pub.maf"),
        data_gene_panel_matrix=FILES["data_gene_panel_matrix.txt"].replace("S1\tSEVEN", "S1\tSEVEN "),
        data_gene_panel_SEVEN=None,
    )
    files["gene_panel_example.txt"] = "stable_id: SEVEN\ndescription: ours\ngene_list:\tKRAS\tNRAS\n"
    lines = maf(call()).splitlines()
    lines[1:] = [f"{lines[1]}\tstart_wu\tstart_WU\tGene", f"{lines[2]}\t1\t1\tENSG00000133703"]
    files["own_pub.maf"] = "\n".join(lines) + "\n"
    taken = _take(tmp_path, files, n_rows=3 + 4 + 1 + 1 + 7)
    assert _of(taken, "KRAS") == {"S1": "mutant", "S1P": "wild_type", "S2": "wild_type", "S3": "not_tested"}
    assert _of(taken, "NRAS")["S1"] == "wild_type"


def test_rows_that_end_early_and_barcodes_alone(tmp_path: Path) -> None:
    """Clinical rows may lack empty cells at their end; without columns of sites, TCGA's barcode tells the primary."""
    files = {
        "data_clinical_sample.txt": "PATIENT_ID\tSAMPLE_ID\tSUBTYPE\nTCGA-AB-0001\tTCGA-AB-0001-01\n"
        "TCGA-AB-0001\tTCGA-AB-0001-06\tx\n",
        "data_mutations.txt": maf(call(sample="TCGA-AB-0001-01A-01D"), call(sample="TCGA-AB-0001-06")),
    }
    taken = _take(tmp_path, files, 'genes = ["KRAS"]', 4)
    assert results(taken, "specimen_site") == [
        ("TCGA-AB-0001-01", "KRAS", "mutant", "primary"),
        ("TCGA-AB-0001-06", "KRAS", "mutant", "unknown"),
    ]
    assert "data_clinical_sample.txt: Rows that end before the last column" in taken.remark
