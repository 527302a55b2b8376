"""Tests that what is proposed loads: files as hospitals have them, the proposal, a refresh, and the clean tables."""

import pytest

from tests.proposals.site_files import answered, columns_of, lines_of, proposed, workbook_of
from tests.warehouse.kit import SITE, Kit

SESSIONS = (
    "SELECT patient_id, session_id, session_date::VARCHAR, lesion_id, max_diameter_mm, modality, subcapsular, segment "
    "FROM clean.rfa_sessions ORDER BY ALL"
)
GERMAN = """Pat.-Nr.;Geschlecht;Eingriffsdatum;Herd;Durchmesser (cm);Verfahren;Kapsel;Segment;Bemerkung
N-001;w;25.03.2021;1;2,9;RFA;1;S5;unauffällig
N-001;w;25.03.2021;2;1,25;Mikrowelle;0;IVa;unauffällig
N-002;m;4.11.2021;1;k.A.;RFA;0;VIII;für später
"""


@pytest.mark.long
def test_a_csv_of_windows_with_comma_and_german_dates(kit: Kit) -> None:
    """Windows-1252, semicolons, decimal comma, D.M.Y, centimetres, German codes and words for "not known": no question
    is asked, and every row is what its file says.
    """
    kit.deliver(SITE, "klinik", "2021.csv", GERMAN.encode("cp1252"))
    found = proposed(kit)
    assert found.n_questions == 0
    assert lines_of(found)["sources"]["klinik"] == {
        "encoding": "cp1252",
        "delimiter": ";",
        "decimal": ",",
        "missing": ["k.A."],
    }
    kit.refresh()
    assert kit.problems == []
    assert kit.tuples(SESSIONS) == [
        ("N-001", "N-001_2021-03-25", "2021-03-25", "1", 29.0, "rfa", "yes", "5"),
        ("N-001", "N-001_2021-03-25", "2021-03-25", "2", 12.5, "mwa", "no", "4a"),
    ]
    assert [e["rule_id"] for e in kit.entries()] == ["REQ-01"]
    assert kit.tuples("SELECT patient_id, sex FROM raw.patients_current ORDER BY ALL") == [
        ("N-001", "female"),
        ("N-002", "male"),
    ]


@pytest.mark.long
def test_a_german_workbook_with_a_title_above_its_header(kit: Kit) -> None:
    """The header row and the sheets are found; a sheet that is no table of the registry is left alone."""
    ablations = [
        ["Ablationsregister 2021"],
        [],
        ["Patientennummer", "Herd", "Datum des Eingriffs", "Größe (mm)"],
        ["N-1", "1", "25.03.2021", "29"],
    ]
    controls = [
        ["Patientennummer", "Herd", "Untersuchungsdatum", "Bildgebung", "KM", "Lokalrezidiv"],
        ["N-1", "1", "26.06.2021", "MRT", "ja", "kein Rezidiv"],
    ]
    legend = [["Kürzel", "Wort"], ["RFA", "Radiofrequenz"]]
    book = workbook_of({"Legende": legend, "Ablationen": ablations, "Kontrollen": controls})
    kit.deliver(SITE, "register", "2021.xlsx", book)
    found = proposed(kit)
    sources = lines_of(found)["sources"]
    assert sources["register_ablationen"] == {
        "folder": "register",
        "files": ["*.xlsx"],
        "sheet": "Ablationen",
        "header_row": 3,
    }
    kit.refresh()
    assert kit.tuples("SELECT patient_id, session_date::VARCHAR, max_diameter_mm FROM clean.rfa_sessions") == [
        ("N-1", "2021-03-25", 29.0)
    ]
    assert kit.tuples("SELECT exam_date::VARCHAR, modality, lesion_status FROM clean.imaging_followups") == [
        ("2021-06-26", "mr", "no_viable")
    ]


FRENCH = """N° patient;Sexe;Date de l'intervention;Lésion;Taille (mm);Technique;Marge minimale;Succès technique
F-1;F;25/03/2021;1;21,5;Radiofréquence;6;oui
F-2;M;04/11/2021;1;18;Micro-ondes;4,5;non
"""


@pytest.mark.long
def test_a_french_csv(kit: Kit) -> None:
    """French words for columns and codes, dates with strokes, decimal comma."""
    kit.deliver(SITE, "chu", "2021.csv", FRENCH.encode("cp1252"))
    found = proposed(kit)
    assert found.n_questions == 0
    kit.refresh()
    assert kit.tuples(
        "SELECT patient_id, session_date::VARCHAR, max_diameter_mm, modality, minimal_margin_mm, technical_success "
        "FROM clean.rfa_sessions ORDER BY ALL"
    ) == [("F-1", "2021-03-25", 21.5, "rfa", 6.0, "yes"), ("F-2", "2021-11-04", 18.0, "mwa", 4.5, "no")]


CHINESE = "患者编号,性别,手术日期,病灶编号,最大直径（厘米）,消融方式\n01,男,2021年3月25日,1,2.5,射频消融\n"


@pytest.mark.long
def test_a_chinese_csv(kit: Kit) -> None:
    """GB18030, Chinese names, dates and codes."""
    kit.deliver(SITE, "hospital", "2021.csv", CHINESE.encode("gb18030"))
    assert proposed(kit).n_questions == 0
    kit.refresh()
    assert kit.tuples(
        "SELECT patient_id, session_date::VARCHAR, max_diameter_mm, modality FROM clean.rfa_sessions"
    ) == [("01", "2021-03-25", 25.0, "rfa")]


GENES = """Pat.-Nr.;Entnahmedatum;Entnahmeort;KRAS;NRAS;BRAF;KRAS Variante
N-1;25.03.2021;Lebermetastase;mutiert;Wildtyp;;p.G12D
N-2;26.03.2021;Primärtumor;Wildtyp;Wildtyp;Wildtyp;
"""


@pytest.mark.long
def test_a_wide_table_of_genes(kit: Kit) -> None:
    """Columns named after genes are one row for each gene, with the variant where there is a column of it."""
    kit.deliver(SITE, "pathologie", "2021.csv", GENES)
    found = proposed(kit)
    assert lines_of(found)["exports"]["genotypes"]["repeat"] == [
        {"column": "gene", "labels": ["KRAS", "NRAS", "BRAF"], "columns": {"result": "{}", "variant": "{} Variante"}}
    ]
    kit.refresh()
    assert kit.tuples("SELECT patient_id, gene, result, variant FROM raw.genotypes_current ORDER BY ALL") == [
        ("N-1", "KRAS", "mutant", "p.G12D"),
        ("N-1", "NRAS", "wild_type", None),
        ("N-2", "BRAF", "wild_type", None),
        ("N-2", "KRAS", "wild_type", None),
        ("N-2", "NRAS", "wild_type", None),
    ]


WIDE = """Patient;Exam date;Imaging;Contrast;l1_status;l1_dist;l2_status;l2_dist
A1;2021-06-25;CT;yes;no recurrence;;local recurrence;4
A2;2021-07-25;MRI;no;;;;
"""


@pytest.mark.long
def test_wide_columns_of_lesions(kit: Kit) -> None:
    """Columns that differ by a number are one row for each lesion."""
    kit.deliver(SITE, "followup", "2021.csv", WIDE)
    found = proposed(kit)
    assert (found.n_questions, columns_of(found, "imaging_followups")["modality"]) == (
        0,
        {"from": "Imaging", "codes": {"MRI": "mr", "PET-CT": "pet_ct", "PET/CT": "pet_ct"}},
    )
    kit.refresh()
    assert kit.tuples(
        "SELECT patient_id, lesion_id, lesion_status, distance_to_zone_mm "
        "FROM raw.imaging_followups_current ORDER BY ALL"
    ) == [("A1", "1", "no_viable", None), ("A1", "2", "ltp", "4")]


AMBIGUOUS = "Pat.-Nr.;Eingriffsdatum;Herd;Durchmesser\n1;04.03.2021;1;2.9\n2;05.04.2021;1;3.1\n"


@pytest.mark.long
def test_answers_are_taken_by_removing_a_mark(kit: Kit) -> None:
    """A question's line is complete: without its # the column loads. Until then nothing is guessed or loaded."""
    kit.deliver(SITE, "klinik", "2021.csv", AMBIGUOUS)
    found = proposed(kit)
    assert found.n_questions == 3
    kit.refresh()
    assert kit.value("SELECT count(*) FROM clean.rfa_sessions") == 0
    assert "site.toml does not say how it is delivered" in kit.load("2021.csv")["reason"]
    kit.configure(
        SITE,
        answered(
            found.text,
            'session_id = { join = ["Pat.-Nr.", "Eingriffsdatum"], with = "_" }',
            'session_date = { from = "Eingriffsdatum", format = ["%d.%m.%Y"] }',
            'max_diameter_mm = { from = "Durchmesser", unit = "cm" }',
        ),
    )
    kit.refresh()
    assert kit.tuples(
        "SELECT session_id, session_date::VARCHAR, max_diameter_mm FROM clean.rfa_sessions ORDER BY 1"
    ) == [
        ("1_2021-03-04", "2021-03-04", 29.0),
        ("2_2021-04-05", "2021-04-05", 31.0),
    ]


@pytest.mark.long
def test_an_answered_code_adds_to_the_others(kit: Kit) -> None:
    """The answer stands beside the codes that are known already: its # is removed, and the code written for the ?."""
    kit.deliver(SITE, "klinik", "2021.csv", GERMAN.replace("VIII;für", "VIII;").replace(";w;", ";nb;"))
    found = proposed(kit)
    assert found.n_questions == 1
    kit.configure(SITE, answered(found.text, 'sex.codes."nb" = "?"').replace('"nb" = "?"', '"nb" = "other"'))
    kit.refresh()
    assert kit.tuples("SELECT patient_id, sex FROM raw.patients_current ORDER BY ALL") == [
        ("N-001", "other"),
        ("N-002", "male"),
    ]


@pytest.mark.long
def test_several_files_of_a_folder_are_told_by_their_columns(kit: Kit) -> None:
    """Two kinds of file in one folder become two sources, each with a pattern of its files' names."""
    for month in ("2021-01", "2021-02"):
        kit.deliver(SITE, "klinik", f"{month}_patienten.csv", f"Pat.-Nr.,Geschlecht,Geburtsjahr\nN-{month},m,1950\n")
        kit.deliver(
            SITE,
            "klinik",
            f"{month}_eingriffe.csv",
            f"Pat.-Nr.,Eingriffsdatum,Herd,Durchmesser (mm)\nN-{month},2021-03-04,1,29\n",
        )
    found = proposed(kit)
    assert {name: source["files"] for name, source in lines_of(found)["sources"].items()} == {
        "klinik_eingriffe": ["*_eingriffe.csv"],
        "klinik_patienten": ["*_patienten.csv"],
    }
    kit.refresh()
    assert kit.value("SELECT count(*) FROM clean.rfa_sessions") == 2
    assert kit.value("SELECT count(*) FROM raw.patients_current") == 2


def test_canonical_files_need_no_site_toml(kit: Kit) -> None:
    """Of files with the registry's own columns and codes nothing has to be said."""
    kit.deliver(SITE, "patients", "2021.csv", "patient_id,sex,birth_year\nP1,male,1950\n")
    found = proposed(kit)
    assert found.says_nothing
