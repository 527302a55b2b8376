"""A study of cBioPortal: its files hang together, and say of mutations and of what was tested what the release says."""

from __future__ import annotations

import re
from collections import defaultdict
from hashlib import md5
from pathlib import Path

import duckdb
import pytest

from interchange.cbioportal.identifiers import make_identifiers
from interchange.cbioportal.tested import make_tested, sequenced, write_mutations, write_panels
from tests.e2e.demonstration import Demonstration
from tests.interchange.exported import whole
from warehouse.sources.molecular.gene_panels import read_panels
from warehouse.storage.errors import RegistryError

IDENTIFIER = re.compile(r"[A-Za-z0-9._-]+")
MANY = "_".join(("ngs", *(f"GENE{n}" for n in range(10, 90))))
GENES = "gene NOT IN ('MSI', 'MMR', 'TMB')"


@pytest.fixture(scope="module")
def folder(light_study: Demonstration) -> Path:
    """The study's export."""
    return whole(light_study, "cbioportal")


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a table, without lines that begin with #; fails if one has other cells than the header."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:]]


def fields(path: Path) -> dict[str, str]:
    """The fields of a meta file, case list or panel."""
    return dict(line.split(": ", 1) for line in path.read_text(encoding="utf-8").splitlines())


def test_every_file_has_its_meta_file(folder: Path) -> None:
    """Each data file is named by one meta file, all of one study."""
    metas = [fields(path) for path in folder.glob("meta_*.txt")]
    assert sorted(one["data_filename"] for one in metas if "data_filename" in one) == sorted(
        path.name for path in folder.glob("data_*.txt")
    )
    assert {one["cancer_study_identifier"] for one in metas} == {"ablation_registry"}


def test_clinical_tables_say_what_their_columns_are(folder: Path) -> None:
    """Four rows above the names: title, meaning, datatype, priority; a NUMBER is a number or empty."""
    for name in ("patient", "sample"):
        path = folder / f"data_clinical_{name}.txt"
        head = [line[1:].split("\t") for line in path.read_text(encoding="utf-8").splitlines()[:4]]
        rows = read(path)
        assert {len(row) for row in head} == {len(rows[0])} and set(head[2]) == {"STRING", "NUMBER"}
        for column, kind in zip(rows[0], head[2], strict=True):
            if kind == "NUMBER":
                assert [row[column] for row in rows if row[column] and not _is_number(row[column])] == []
        assert "MUTATION_COUNT" not in rows[0]


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+([.]\d+)?(e-?\d+)?", text) is not None


def test_patients_and_samples_are_those_of_the_release(light_study: Demonstration, folder: Path) -> None:
    """Every patient has at least one sample, and identifiers hold allowed letters alone."""
    patients = {row["PATIENT_ID"] for row in read(folder / "data_clinical_patient.txt")}
    samples = read(folder / "data_clinical_sample.txt")
    expected = light_study.rows("SELECT site || '.' || patient_id FROM cohort.patients")
    assert patients == {one for (one,) in expected}
    assert {row["PATIENT_ID"] for row in samples} == patients
    assert len({row["SAMPLE_ID"] for row in samples}) == len(samples)
    assert all(IDENTIFIER.fullmatch(row["SAMPLE_ID"]) and IDENTIFIER.fullmatch(row["PATIENT_ID"]) for row in samples)


def test_curves_are_those_of_the_release(light_study: Demonstration, folder: Path) -> None:
    """Status and months of each endpoint without a competing event; everything else has no such pair."""
    rows = read(folder / "data_clinical_patient.txt")
    endpoints = {name.removesuffix("_STATUS") for name in rows[0] if name.endswith("_STATUS")}
    assert endpoints == {"OS", "LTPFS", "IHPFS", "DDFS", "PFS"}
    for endpoint in endpoints:
        seen = [row for row in rows if row[f"{endpoint}_STATUS"]]
        (expected,) = light_study.rows(
            f"SELECT count(*), count(*) FILTER (event = 1), sum(months) FROM derived.time_to_event "
            f"WHERE endpoint = '{endpoint}' AND level = 'patient'"
        )
        events = sum(row[f"{endpoint}_STATUS"].startswith("1:") for row in seen)
        months = sum(float(row[f"{endpoint}_MONTHS"]) for row in seen)
        assert (len(seen), events) == expected[:2] and months == pytest.approx(expected[2], abs=0.01)


def test_what_was_tested_is_what_has_a_result(light_study: Demonstration, folder: Path) -> None:
    """Case list, matrix and panels give the genes of each specimen with mutant, wild_type or vus, and no others."""
    panels = {one["stable_id"]: one["gene_list"].split("\t") for one in map(fields, folder.glob("gene_panel_*.txt"))}
    matrix = {row["SAMPLE_ID"]: row["mutations"] for row in read(folder / "data_gene_panel_matrix.txt")}
    listed = fields(folder / "case_lists" / "cases_sequenced.txt")["case_list_ids"].split("\t")
    expected: dict[str, set[str]] = defaultdict(set)
    for specimen, gene in light_study.rows(
        "SELECT DISTINCT site || '.' || specimen_id, gene FROM clean.genotypes "
        f"WHERE result IN ('mutant', 'wild_type', 'vus') AND {GENES}"
    ):
        expected[specimen].add(gene)
    assert {one: set(panels[matrix[one]]) for one in listed} == expected
    assert {one for one, panel in matrix.items() if panel != "NA"} == set(listed)
    assert all(panel.startswith(("exon2_only_", "extended_", "ngs_", "unknown_")) for panel in panels)


def test_mutations_are_those_of_the_release(light_study: Demonstration, folder: Path) -> None:
    """One row for each variant of a mutant gene, on a sample that was sequenced for it; no vus."""
    rows = read(folder / "data_mutations.txt")
    seen = {(row["Tumor_Sample_Barcode"], row["Hugo_Symbol"], row["HGVSp_Short"]) for row in rows}
    expected = set()
    for specimen, gene, variant in light_study.rows(
        "SELECT site || '.' || specimen_id, gene, variant_canonical FROM clean.genotypes "
        f"WHERE result = 'mutant' AND {GENES}"
    ):
        parts = ["MUTATED"] if variant in (None, "mutated") else variant.split("; ")
        expected |= {(specimen, gene, part) for part in parts}
    assert seen == expected and len(rows) == len(seen)
    assert {row["Entrez_Gene_Id"] for row in rows if row["Hugo_Symbol"] == "KRAS"} == {"3845"}


def test_days_of_timelines_count_from_the_first_ablation(light_study: Demonstration, folder: Path) -> None:
    """The first ablation is day 0, and every row has whole days."""
    rows = read(folder / "data_timeline_ablations.txt")
    first: dict[str, int] = {}
    for row in rows:
        first[row["PATIENT_ID"]] = min(int(row["START_DATE"]), first.get(row["PATIENT_ID"], 0))
    assert set(first.values()) == {0} and len(rows) == light_study.rows("SELECT count(*) FROM clean.rfa_sessions")[0][0]
    status = [row for row in read(folder / "data_timeline_status.txt") if row["STATUS"] == "Death"]
    assert len(status) == light_study.rows("SELECT count(death_date) FROM derived.patient_progression")[0][0]
    assert {list(read(path)[0])[3] for path in folder.glob("data_timeline_*.txt")} == {"EVENT_TYPE"}


def small(*genotypes: tuple) -> duckdb.DuckDBPyConnection:
    """Two patients of one site, P1 and P 2, and genotypes: patient, specimen, gene, result, variant, panel."""
    con = duckdb.connect()
    con.execute("CREATE SCHEMA cohort; CREATE SCHEMA clean")
    con.execute("CREATE TABLE cohort.patients (site VARCHAR, patient_id VARCHAR, first_ablation_date DATE)")
    con.execute("INSERT INTO cohort.patients VALUES ('a', 'P1', '2024-01-01'), ('a', 'P 2', '2024-01-01')")
    con.execute(
        "CREATE TABLE clean.genotypes (site VARCHAR, patient_id VARCHAR, specimen_id VARCHAR, gene VARCHAR, "
        "result VARCHAR, variant_canonical VARCHAR, variant VARCHAR, panel VARCHAR, vaf_percent DOUBLE)"
    )
    for patient, specimen, gene, result, variant, panel in genotypes:
        row = ["a", patient, specimen, gene, result, variant, variant, panel, None]
        con.execute("INSERT INTO clean.genotypes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return con


def test_identifiers_hold_allowed_letters_alone() -> None:
    """Others become underscores; specimens that patients share get the patient's identifier in front."""
    with small(
        ("P1", "T/1", "KRAS", "mutant", "p.G12D", "ngs"), ("P 2", "T/1", "KRAS", "wild_type", None, "ngs")
    ) as con:
        make_identifiers(con)
        assert con.execute("SELECT id FROM study_samples").fetchall() == [("a.P1.T_1",), ("a.P_2.T_1",)]
    with small() as con:
        make_identifiers(con)
        assert con.execute("SELECT id FROM study_samples").fetchall() == [("a.P1.no-specimen",), ("a.P_2.no-specimen",)]


def test_identifiers_that_would_be_one_are_refused() -> None:
    """The sentence counts them and names none."""
    with small() as con:
        con.execute("INSERT INTO cohort.patients VALUES ('a', 'P_2', NULL)")
        with pytest.raises(
            RegistryError, match="Identifiers of 1 patients differ from others only in characters"
        ) as refused:
            make_identifiers(con)
    assert "P_2" not in str(refused.value)


PANELS = {
    "one word": ([("KRAS", "ngs"), ("NRAS", "ngs"), ("BRAF", "ngs")], "ngs_BRAF_KRAS_NRAS"),
    "each gene its word": (
        [("KRAS", "ngs"), ("NRAS", "exon2_only"), ("BRAF", None)],
        "exon2_only_NRAS_ngs_KRAS_unknown_BRAF",
    ),
    "two words of one gene": ([("KRAS", "exon2_only"), ("KRAS", "extended")], "extended_KRAS"),
    "letters that no file has": ([("A/B", "ngs")], f"ngs_A_B_{md5(b'ngs_A/B').hexdigest()[:8]}"),
    "many genes": (
        [(f"GENE{n}", "ngs") for n in range(10, 90)],
        f"{MANY[:100]}_{md5(MANY.encode()).hexdigest()[:8]}",
    ),
}


@pytest.mark.parametrize("case", PANELS)
def test_a_panel_is_named_by_its_words_and_genes(tmp_path: Path, case: str) -> None:
    """Read as a source, it says of each gene its word; of two the one by which more can be called wild type."""
    genes, name = PANELS[case]
    with small(*(("P1", "T1", gene, "wild_type", None, panel) for gene, panel in genes)) as con:
        make_identifiers(con)
        assert make_tested(con) == 1 and sequenced(con) == ["a.T1"]
        assert list(write_panels(con, tmp_path)) == [f"gene_panel_{name}.txt"]
    read_again = read_panels((tmp_path / f"gene_panel_{name}.txt").read_text(encoding="utf-8"))
    assert read_again.panels == {name: {gene: panel or "unknown" for gene, panel in genes}} and read_again.own == [name]


CHANGES = {
    "p.G12D": "Missense_Mutation",
    "p.Q61*": "Nonsense_Mutation",
    "p.A146del": "In_Frame_Del",
    "p.G10dup": "In_Frame_Ins",
    "p.L1488fs": "Frame_Shift_Ins",
    "codon 12": "Unknown",
    "mutated": "Unknown",
}


def test_a_change_has_its_class(tmp_path: Path) -> None:
    """As far as its notation tells; two changes of one row are two mutations."""
    rows = [("P1", f"T{n}", "APC", "mutant", change, "ngs") for n, change in enumerate(CHANGES)]
    with small(*rows, ("P1", "T", "KRAS", "mutant", "p.G12D; p.G13D", "ngs")) as con:
        make_identifiers(con)
        assert write_mutations(con, tmp_path / "maf.txt") == len(CHANGES) + 2
    found = {row["HGVSp_Short"]: row["Variant_Classification"] for row in read(tmp_path / "maf.txt")}
    named = {("MUTATED" if change == "mutated" else change): kind for change, kind in CHANGES.items()}
    assert found == named | {"p.G13D": "Missense_Mutation"}
