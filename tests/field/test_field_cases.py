"""Files as hospitals, laboratories and libraries write them are read as a person would read them.

`inputs/<case>/` is what one site delivers; all sites are refreshed together. The empty snapshot (case 13) is tested
with the deliveries that wait, and SQL that begins with a comment (case 18) with the query command.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.kit import Kit, new_kit
from warehouse.derived.derive import derive_all

INPUTS = Path(__file__).parent / "inputs"
NOT_HERE = ("13_empty_snapshot",)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """A registry with every case as a separate site, refreshed and derived."""
    with new_kit(tmp_path_factory.mktemp("field") / "home") as kit:
        for case in sorted(INPUTS.iterdir()):
            if case.name not in NOT_HERE:
                shutil.copytree(case, kit.home.landing / case.name)
        kit.refresh()
        derive_all(kit.con)
        yield kit


def genotypes(registry: Kit, case: str, columns: str) -> dict[str, tuple]:
    """patient_id -> the named columns of derived.patient_genotype."""
    sql = f"SELECT patient_id, {columns} FROM derived.patient_genotype WHERE site = ?"
    return {patient: tuple(rest) for patient, *rest in registry.tuples(sql, case)}


def set_aside(registry: Kit, case: str) -> list[tuple]:
    """(rule_id, scope, column_name) of the case's entries in quarantine."""
    sql = "SELECT rule_id, scope, column_name FROM quality.quarantine WHERE site = ? ORDER BY ALL"
    return registry.tuples(sql, case)


def flags(registry: Kit, case: str, export: str) -> set[str]:
    """All flags of the case's clean rows of an export."""
    sql = f"SELECT DISTINCT unnest(flags) FROM clean.{export} WHERE site = ?"
    return {flag for (flag,) in registry.tuples(sql, case)}


def test_every_delivery_is_taken(registry: Kit) -> None:
    """No file of the cases is rejected as a whole."""
    assert registry.tuples("SELECT site, delivery, reason FROM meta.loads WHERE status <> 'accepted'") == []


def test_an_identifier_is_what_excel_shows(registry: Kit) -> None:
    """The number 1017 with the format 000000 is the patient 001017, who has the LTP; 1017 has no exam."""
    sql = "SELECT patient_id, ltp, ltp_date::VARCHAR FROM derived.lesion_ltp WHERE site = ? ORDER BY patient_id"
    rows = registry.tuples(sql, "01_xlsx_zero_padded_id")
    assert rows == [("001017", True, "2023-09-10"), ("1017", None, None)]


def test_identifiers_keep_their_zeros(registry: Kit) -> None:
    """An exam of patient 00123 in a workbook belongs to patient 00123 of a CSV file."""
    assert set_aside(registry, "24_excel_zero_ids") == []
    sql = "SELECT DISTINCT patient_id FROM clean.imaging_followups WHERE site = ?"
    assert registry.tuples(sql, "24_excel_zero_ids") == [("00123",)]


def test_a_hidden_sheet_is_not_read(registry: Kit) -> None:
    """The diameter is read from the visible sheet: 20 mm, not 45."""
    sql = "SELECT max_diameter_mm FROM clean.rfa_sessions WHERE site = ?"
    assert registry.tuples(sql, "02_xlsx_hidden_first_sheet") == [(20.0,)]


def test_an_error_cell_is_nobody(registry: Kit) -> None:
    """A failed lookup in patient_id sets its rows aside; one patient is left."""
    case = "03_xlsx_error_cell_as_patient"
    assert registry.tuples("SELECT DISTINCT patient_id FROM clean.rfa_sessions WHERE site = ?", case) == [("A1",)]
    assert {rule for rule, scope, _ in set_aside(registry, case) if scope == "row"} <= {"REQ-01", "TYPE-01"}
    assert len([1 for _, scope, _ in set_aside(registry, case) if scope == "row"]) >= 2


def test_genes_by_their_other_names(registry: Kit) -> None:
    """K-RAS, N-RAS and B-RAF are KRAS, NRAS and BRAF."""
    found = genotypes(registry, "04_gene_alias", "kras, nras, braf, braf_class")
    assert found["A1"][:2] == ("mutant", "wild_type")
    assert found["A2"][2:] == ("mutant", "V600E")


def test_denials_are_denials(registry: Kit) -> None:
    """Ten French and German ways to say that there is no mutation leave ten wild-type rows as they are."""
    case = "05_denials_french_german"
    assert set_aside(registry, case) == []
    assert set(genotypes(registry, case, "kras").values()) == {("wild_type",)}


def test_what_is_not_v600e(registry: Kit) -> None:
    """ "Non-V600E" excludes V600E; a variant named beside it is the one found."""
    found = genotypes(registry, "06_non_v600e", "braf, braf_class, braf_variant")
    assert {row[0] for row in found.values()} == {"mutant"}
    assert found["A1"][1] != "V600E"
    assert found["A2"][1:] == ("class3", "p.D594N")
    assert found["A3"][1:] == ("class3", "p.D594G")


def test_braf_counted_on_its_longer_transcript(registry: Kit) -> None:
    """V640E on NM_001374258 is V600E."""
    found = genotypes(registry, "07_v640e_gdc_numbering", "braf_class, braf_flags")
    assert found == {"A1": ("V600E", []), "A2": ("V600E", [])}


def test_two_bases_across_codons(registry: Kit) -> None:
    """c.180_181delinsAA of KRAS is p.Q61K, a hotspot, and contradicts a wild-type row."""
    case = "08_mnv_across_codons"
    found = genotypes(registry, case, "kras_variant, kras_flags")
    assert found["A1"] == ("p.Q61K", [])
    assert [rule for rule, _, _ in set_aside(registry, case)] == ["GEN-03"]


def test_an_old_sign_for_delins(registry: Kit) -> None:
    """p.T599_V600>IK is p.T599_V600delinsIK, of class V600_other, and contradicts a wild-type row."""
    case = "09_cosmic_greater_than"
    assert genotypes(registry, case, "braf_variant, braf_class")["A1"] == ("p.T599_V600delinsIK", "V600_other")
    assert [rule for rule, _, _ in set_aside(registry, case)] == ["GEN-03"]


def test_an_escaped_equals_sign(registry: Kit) -> None:
    """p.Gly12%3D is synonymous: the wild-type row stays."""
    case = "10_vep_percent_3d"
    assert set_aside(registry, case) == []
    sql = "SELECT DISTINCT variant_canonical FROM clean.genotypes WHERE site = ? AND patient_id = 'A1'"
    assert registry.tuples(sql, case) == [("p.G12=",)]


def test_a_list_of_what_was_tested(registry: Kit) -> None:
    """Variants that an assay tests are not variants that it found."""
    case = "11_list_of_what_was_tested"
    assert set_aside(registry, case) == []
    assert genotypes(registry, case, "kras") == {"A1": ("wild_type",)}


def test_an_assay_that_cannot_tell(registry: Kit) -> None:
    """V600E/E2/D names a codon and no class; V600E2 is V600E by another codon."""
    found = genotypes(registry, "12_assay_cannot_tell", "braf_variant, braf_class")
    assert found["A1"] == found["A2"]
    assert found["A1"][0] == "codon 600" and found["A1"][1] != "V600E"
    assert found["A3"] == ("p.V600E", "V600E")


def test_subject_numbers_are_no_telephone_numbers(registry: Kit) -> None:
    """101-001-0001 is a trial's subject number: three rows load."""
    assert set_aside(registry, "14_subject_numbers_as_phone") == []
    assert registry.value("SELECT count(*) FROM clean.rfa_sessions WHERE site = '14_subject_numbers_as_phone'") == 3


@pytest.mark.parametrize("case", ["15_ndjson_number_ids", "25_parquet_decimal", "26_ndjson_float"])
def test_whole_numbers_have_no_point(registry: Kit, case: str) -> None:
    """1.0 and 1 are one identifier, whatever the format."""
    assert set_aside(registry, case) == []
    sql = "SELECT count(*) FROM (SELECT patient_id FROM clean.rfa_sessions WHERE site = ? AND patient_id LIKE '%.%')"
    assert registry.value(sql, case) == 0


def test_an_escaped_carriage_return(registry: Kit) -> None:
    """L1_x000D_ in a workbook is the lesion L1, whose exam of 2023-06-10 is LTP."""
    case = "16_xlsx_x000d"
    assert set_aside(registry, case) == []
    sql = "SELECT ltp, ltp_date::VARCHAR FROM derived.lesion_ltp WHERE site = ?"
    assert registry.tuples(sql, case) == [(True, "2023-06-10")]


def test_contact_after_death_is_said(registry: Kit) -> None:
    """A last contact after the death leaves a flag, or sets the death aside."""
    case = "17_contact_after_death"
    assert flags(registry, case, "patients") or set_aside(registry, case)


def test_a_formula_without_a_value_is_said(registry: Kit) -> None:
    """For a formula that was never computed, a margin is set aside as a value and a diameter with its row."""
    assert set_aside(registry, "19_xlsx_formula_without_value") == [
        ("TYPE-01", "row", "max_diameter_mm"),
        ("TYPE-01", "value", "minimal_margin_mm"),
    ]


@pytest.mark.parametrize("case", ["27_excel_formula_form", "27_excel_formula_xw"])
def test_a_formula_that_a_library_wrote_is_not_zero(registry: Kit, case: str) -> None:
    """A formula that no spreadsheet program has computed is set aside, never read as empty or 0."""
    assert set_aside(registry, case) == [("TYPE-01", "value", "minimal_margin_mm")]
    sql = "SELECT minimal_margin_mm FROM clean.rfa_sessions WHERE site = ?"
    assert registry.tuples(sql, case) == [(None,)]


def test_laboratory_shorthand(registry: Kit) -> None:
    """A laboratory's short forms are read as their codons, or as the change if the bases are given."""
    case = "20_lab_shorthand"
    found = genotypes(registry, case, "coalesce(kras_variant, nras_variant)")
    assert {patient: variant for patient, (variant,) in found.items() if patient in ("A2", "A3", "A4", "A5", "A7")} == {
        "A2": "codon 12",
        "A3": "p.Q61K",
        "A4": "p.Q61R",
        "A5": "codon 117",
        "A7": "codon 12",
    }
    for patient in ("A1", "A6"):
        assert re.search(r"\b12\b", found[patient][0]) and re.search(r"\b13\b", found[patient][0])


def test_v600k_called_as_two_substitutions(registry: Kit) -> None:
    """c.1798G>A and c.1799T>A of one specimen with the same frequency are not read as V600E without a flag."""
    ((braf_class, marked),) = genotypes(registry, "21_v600m_with_v600e", "braf_class, braf_flags").values()
    assert braf_class == "V600_other" or marked


def test_a_workbook_that_excel_opens_is_read(registry: Kit) -> None:
    """A workbook with an empty fill in its styles is read."""
    assert registry.value("SELECT count(*) FROM clean.rfa_sessions WHERE site = '22_xlsx_empty_fill'") == 2


def test_a_percentage_is_what_excel_shows(registry: Kit) -> None:
    """A cell that shows 12 % is a variant allele frequency of 12 percent, which is not low."""
    case = "23_excel_percent"
    assert registry.tuples("SELECT vaf_percent FROM clean.genotypes WHERE site = ?", case) == [(12.0,)]
    assert genotypes(registry, case, "kras_flags") == {"P1": ([],)}


def test_braf_on_another_transcript(registry: Kit) -> None:
    """V600E is recognised on either of BRAF's two transcripts."""
    found = genotypes(registry, "28_braf_other_transcript", "braf_class")
    for patient in ("P00", "P01", "P02", "P03", "P15", "P16", "P18"):
        assert found[patient] == ("V600E",), patient
    assert found["P04"] == found["P05"] == ("class2",)
    assert found["P06"] == found["P07"] == ("class3",)
    assert found["P17"] == ("V600_other",)
