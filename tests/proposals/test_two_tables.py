"""Tests of a hospital that keeps one thing in two tables, such as sessions beside the lesions of each."""

from pathlib import Path

from tests.proposals.site_files import lines_of, proposal_of, questions_of, workbook_of

SESSIONS = [["NHC", "Nº sesión", "Fecha RF", "Abordaje"], ["1", "1", "25/03/2021", "Abierto"]]
LESIONS = [["NHC", "Nº sesión", "Nº lesión", "Diámetro (cm)", "Segmento"], ["1", "1", "1", "2,9", "IV"]]
PATIENTS = "paciente;KRAS;NRAS\n1;nativo;mutado\n2;nativo;nativo\n"


def test_a_table_without_required_columns_is_offered_as_no_source(tmp_path: Path) -> None:
    """Tables of a list of sources are put below each other, so that no session would load without its lesions: the
    question says to copy the columns, and it leaves no source to take.
    """
    files: dict[str, str | bytes] = {"files/2021-12-31.xlsx": workbook_of({"Sesiones": SESSIONS, "Lesiones": LESIONS})}
    found = proposal_of(tmp_path, files)
    assert lines_of(found)["exports"]["rfa_sessions"]["source"] == "files_lesiones"
    asked = questions_of(found)
    assert "Its rows have no max_diameter_mm, so none would load" in asked
    assert 'source = ["files_lesiones", "files_sesiones"]' not in found.text
    assert "[sources.files_sesiones]" not in found.text


def test_a_specimen_of_each_patient_is_named_by_the_patient(tmp_path: Path) -> None:
    """Hospitals keep genotypes beside the patient. While the patient's column is asked, it is the specimen's answer."""
    found = proposal_of(tmp_path, {"files/2021-12-31.csv": PATIENTS.replace("paciente", "NHC")})
    assert '# specimen_id = "NHC"' in found.text


def test_a_workbook_beside_the_folders_is_named_once(tmp_path: Path) -> None:
    """However many sheets it has."""
    book = workbook_of({"Sesiones": SESSIONS, "Lesiones": LESIONS})
    found = proposal_of(tmp_path, {"2021-12-31.xlsx": book})
    assert found.notes == ("2021-12-31.xlsx lies beside the folders: move it into one, such as north/files/.",)
