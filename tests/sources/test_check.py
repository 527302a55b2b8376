"""Tests of `registry check`: what it says of a site's files before they are delivered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.test_mapped_deliveries import CLINIC, ROWS
from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.storage.errors import RegistryError
from workflows.check_results import Checked, Delivered
from workflows.check_site import check_site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clinic's folder on its own machine, without a home: site.toml and one file that feeds two exports."""
    folder = tmp_path / "lyon"
    (folder / "klinik").mkdir(parents=True)
    (folder / "site.toml").write_text(CLINIC, encoding="utf-8")
    (folder / "klinik" / "2021.csv").write_text(ROWS, encoding="utf-8")
    return folder


def delivered(found: Checked, place: str, export: str) -> Delivered:
    """What was said of a file as one export."""
    (file,) = [file for file in found.files if file.place == place]
    (one,) = [one for one in file.deliveries if one.export == export]
    return one


@pytest.mark.long
def test_a_folder_needs_no_home(folder: Path) -> None:
    """Per export: rows received, rows that are not of it, and what would be set aside, with rule, columns and line."""
    found = check_site(None, str(folder))
    assert (found.site, found.problems, found.would_load) == ("lyon", [], True)
    assert found.site_toml == "site.toml holds; it is new or changed."
    (how,) = found.files[0].how
    assert (how.format, how.encoding, how.delimiter, how.header_row) == ("csv", "utf-8", ";", 1)
    sessions = delivered(found, "klinik/2021.csv", "rfa_sessions")
    assert (sessions.status, sessions.rows_received, sessions.left_out) == ("accepted", 3, {"where: Eingriff": 1})
    (entry,) = sessions.set_aside
    assert (entry.scope, entry.rule_id, entry.column, entry.source_column) == (
        "row",
        "REQ-01",
        "max_diameter_mm",
        "Durchmesser",
    )
    assert (entry.n_rows, entry.lines) == (1, [4])
    assert delivered(found, "klinik/2021.csv", "patients").rows_received == 4


@pytest.mark.long
def test_a_workbook_shows_its_sheet_and_header_row(folder: Path) -> None:
    """The sheet that was read, and the row of its header, are those of site.toml."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Cover"])
    sheet = book.create_sheet("Ablationen")
    sheet.append(["Report"])
    for line in ROWS.splitlines():
        sheet.append(line.split(";"))
    book.save(folder / "klinik" / "2022.xlsx")
    (folder / "klinik" / "2021.csv").unlink()
    text = CLINIC.replace('files = ["*.csv"]', 'sheet = "ablationen"\nheader_row = 2')
    (folder / "site.toml").write_text(text, encoding="utf-8")
    found = check_site(None, str(folder))
    (how,) = found.files[0].how
    assert (how.format, how.sheet, how.header_row, how.delimiter) == ("xlsx", "Ablationen", 2, "")
    assert delivered(found, "klinik/2022.xlsx", "patients").rows_received == 4


@pytest.mark.long
def test_columns_that_nothing_reads_stand_beside_those_that_are_lacking(tmp_path: Path) -> None:
    """A column that nothing reads is named, and beside each canonical column that is lacking the nearest of them."""
    site = tmp_path / "lyon"
    (site / "rfa_sessions").mkdir(parents=True)
    rows = [row_of("rfa_sessions", segment="4") | {"ward": "3"}]
    text = csv_of(rows).replace("segment", "segmnt")
    (site / "rfa_sessions" / "a.csv").write_text(text, encoding="utf-8")
    found = check_site(None, str(site))
    assert set(found.files[0].unread) == {"segmnt", "ward"}
    lacks = {lack.column: lack.nearest for lack in delivered(found, "rfa_sessions/a.csv", "rfa_sessions").not_provided}
    assert (lacks["segment"], lacks["approach"]) == ("segmnt", "")
    assert "session_id" not in lacks


@pytest.mark.long
def test_value_labels_are_named(tmp_path: Path) -> None:
    """A column of an SPSS file whose codes have labels is named, so that `labels = true` can be chosen."""
    import pandas as pd
    import pyreadstat

    site = tmp_path / "lyon"
    (site / "patients").mkdir(parents=True)
    frame = pd.DataFrame({"patient_id": ["P1"], "sex": [1.0]})
    pyreadstat.write_sav(frame, str(site / "patients" / "a.sav"), variable_value_labels={"sex": {1.0: "female"}})
    (how,) = check_site(None, str(site)).files[0].how
    assert (how.format, how.labelled) == ("statistics", ["sex"])


@pytest.mark.long
def test_the_header_is_compared_with_the_last_delivery(kit: Kit) -> None:
    """Columns that are new or gone since the delivery before, of the same export and folder."""
    kit.deliver(SITE, "patients", "2024-01.csv", "patient_id,sex,ward\nP1,male,3\n")
    kit.refresh()
    kit.deliver(SITE, "patients", "2024-02.csv", "patient_id,ward,ecog\nP1,3,1\n")
    header = delivered(check_site(kit.home, SITE), "patients/2024-02.csv", "patients").header
    assert header is not None
    assert (header.since, header.new, header.gone) == ("2024-01.csv", ["ecog"], ["sex"])


@pytest.mark.long
def test_rows_without_a_session_are_counted(kit: Kit) -> None:
    """Rows whose lesion has no session: how many, of how many patients, on which lines; earlier deliveries count."""
    kit.deliver(SITE, "rfa_sessions", "a.csv", csv_of([row_of("rfa_sessions")]))
    kit.refresh()
    rows = [row_of("imaging_followups"), row_of("imaging_followups", patient_id="P2", exam_id="E2")]
    kit.deliver(SITE, "imaging_followups", "b.csv", csv_of(rows))
    (orphans,) = check_site(kit.home, SITE).orphans
    assert (orphans.export, orphans.delivery, orphans.n_rows, orphans.n_patients, orphans.lines) == (
        "imaging_followups",
        "b.csv",
        1,
        1,
        [2],
    )


@pytest.mark.long
def test_a_snapshot_that_withdraws_much_would_wait(kit: Kit) -> None:
    """The sentence is that of a refresh, and nothing would load."""
    kit.configure(SITE, '[exports.patients]\nmode = "snapshot"')
    kit.deliver(SITE, "patients", "a.csv", csv_of([{"patient_id": f"P{i}"} for i in range(30)]))
    kit.refresh()
    kit.deliver(SITE, "patients", "b.csv", csv_of([{"patient_id": "P1"}]))
    found = check_site(kit.home, SITE)
    one = delivered(found, "patients/b.csv", "patients")
    assert (one.status, found.would_load) == ("waiting", False)
    kit.refresh()
    assert kit.load("b.csv")["reason"] == one.reason


@pytest.mark.long
def test_rows_set_aside_would_load_but_not_if_all_of_them_are(tmp_path: Path) -> None:
    """Single rows that rules set aside are an everyday matter; a delivery of which no row counts is none."""
    site = tmp_path / "lyon"
    (site / "rfa_sessions").mkdir(parents=True)
    wrong = row_of("rfa_sessions", patient_id="P2", session_date="soon")
    path = site / "rfa_sessions" / "a.csv"
    path.write_text(csv_of([row_of("rfa_sessions"), wrong]), encoding="utf-8")
    assert check_site(None, str(site)).would_load
    path.write_text(csv_of([wrong]), encoding="utf-8")
    found = check_site(None, str(site))
    assert delivered(found, "rfa_sessions/a.csv", "rfa_sessions").counts_nowhere and not found.would_load


@pytest.mark.long
def test_a_site_toml_that_does_not_hold(kit: Kit) -> None:
    """The sentence of a refresh; the files are shown as the last site.toml that held reads them."""
    kit.configure(SITE, CLINIC)
    kit.deliver(SITE, "klinik", "2021.csv", ROWS)
    kit.refresh()
    kit.configure(SITE, CLINIC.replace('"Durchmesser"', '"Durchmeser"'))
    kit.deliver(SITE, "klinik", "2022.csv", ROWS)
    found = check_site(kit.home, SITE)
    kit.refresh()
    assert found.problems == kit.problems and not found.would_load
    assert found.site_toml.startswith("site.toml does not hold. Files are shown as the last one that held")
    assert delivered(found, "klinik/2022.csv", "rfa_sessions").rows_received == 3


@pytest.mark.long
def test_a_site_toml_that_does_not_hold_at_first(folder: Path) -> None:
    """Where none held before, only the sentence is said: how the files read is not known."""
    (folder / "site.toml").write_text(CLINIC.replace("decimal", "decimals"), encoding="utf-8")
    found = check_site(None, str(folder))
    assert [place for place, _ in found.problems] == ["landing/lyon/site.toml"]
    assert "decimals" in found.problems[0][1] and found.files == [] and not found.would_load


@pytest.mark.long
def test_a_first_site_toml_that_names_a_column_that_no_file_has(folder: Path) -> None:
    """The sentence, and the file as that site.toml reads it, with the columns that it has."""
    (folder / "site.toml").write_text(CLINIC.replace('"Geschlecht"', '"Sex"'), encoding="utf-8")
    found = check_site(None, str(folder))
    ((place, sentence),) = found.problems
    assert place == "landing/lyon/site.toml" and "no file of klinik has a column Sex" in sentence
    assert "Geschlecht" in found.files[0].how[0].columns and found.files[0].unread == ["Geschlecht"]
    assert "Files are shown as it reads them; they wait" in found.site_toml and not found.would_load


@pytest.mark.long
def test_a_new_site_toml_shows_what_it_refuses_of_the_past(kit: Kit) -> None:
    """Files that were delivered before are read again; one that is no longer read makes the answer no."""
    kit.deliver(SITE, "patients", "a.csv", "patient_id,sex\nP1,male\n")
    kit.refresh()
    kit.configure(SITE, '[exports.patients.columns]\npatient_id = "Nr"\n')
    kit.deliver(SITE, "patients", "b.csv", "Nr,sex\nP2,male\n")
    found = check_site(kit.home, SITE)
    assert [(file.place, file.is_known) for file in found.files] == [
        ("patients/a.csv", True),
        ("patients/b.csv", False),
    ]
    assert delivered(found, "patients/a.csv", "patients").status == "rejected" and not found.would_load


@pytest.mark.long
def test_a_language_without_a_catalogue_lets_the_files_count(kit: Kit) -> None:
    """The check names the language, and does not say that files wait: they are read, and the sheet is in English."""
    kit.deliver(SITE, "patients", "a.csv", "patient_id,sex\nP1,male\n")
    kit.configure(SITE, 'language = "deutsch"\n')
    found = check_site(kit.home, SITE)
    assert found.site_toml == "site.toml holds; it is new or changed."
    assert ["There is no catalogue for 'deutsch'" in said for _, said in found.problems] == [True]


@pytest.mark.long
def test_one_file_from_anywhere(kit: Kit, tmp_path: Path) -> None:
    """A file outside is checked for the folder it is in, the site's only source, or the one that is named."""
    kit.configure(SITE, CLINIC)
    kit.deliver(SITE, "klinik", "2021.csv", ROWS)
    kit.deliver(SITE, "klinik", "not-asked.csv", "a\n1\n")
    mail = tmp_path / "mail"
    mail.mkdir()
    (mail / "2022.csv").write_text(ROWS, encoding="utf-8")
    found = check_site(kit.home, SITE, mail / "2022.csv")
    assert [file.place for file in found.files] == ["klinik/2022.csv"] and found.would_load
    (tmp_path / "patients").mkdir()
    (tmp_path / "patients" / "p.csv").write_text("patient_id\nP1\n", encoding="utf-8")
    assert check_site(kit.home, SITE, tmp_path / "patients" / "p.csv").files[0].place == "patients/p.csv"
    named = check_site(kit.home, SITE, mail / "2022.csv", "rfa_sessions")
    assert named.files[0].place == "rfa_sessions/2022.csv" and not named.would_load
    assert check_site(kit.home, SITE, Path("2021.csv")).files[0].place == "klinik/2021.csv"
    assert check_site(kit.home, SITE, Path("klinik/2021.csv")).files[0].place == "klinik/2021.csv"


def test_a_file_whose_folder_is_not_clear(kit: Kit, tmp_path: Path) -> None:
    """Without a source to which it can belong, the folder has to be named; a wrong name has its nearest."""
    (tmp_path / "a.csv").write_text("patient_id\nP1\n", encoding="utf-8")
    with pytest.raises(RegistryError, match="It is not clear .* Name it with --folder: genotypes, "):
        check_site(kit.home, SITE, tmp_path / "a.csv")
    with pytest.raises(RegistryError, match="neither an export nor a source .* the nearest is patients"):
        check_site(kit.home, SITE, tmp_path / "a.csv", "patient")


@pytest.mark.long
def test_a_file_that_was_delivered_before_is_shown_if_it_is_named(kit: Kit) -> None:
    """The same bytes again change nothing; asked about, the file is shown as it loaded."""
    path = kit.deliver(SITE, "patients", "a.csv", "patient_id\nP1\n")
    kit.refresh()
    assert check_site(kit.home, SITE).files == []
    assert delivered(check_site(kit.home, SITE, path), "patients/a.csv", "patients").rows_received == 1


@pytest.mark.parametrize("name", ["nowhere", "../nowhere"])
def test_no_such_site(kit: Kit, name: str) -> None:
    """Neither a site nor a folder: one sentence, with what may be named."""
    with pytest.raises(RegistryError, match=r"There is no folder of a site .*nowhere.*\. Name a site"):
        check_site(kit.home, name)


@pytest.mark.long
def test_an_empty_folder_is_not_called_good(tmp_path: Path) -> None:
    """A folder without files, such as a wrong path, is a mistake and no success."""
    (tmp_path / "lyon").mkdir()
    with pytest.raises(RegistryError, match="lyon has no files to check"):
        check_site(None, str(tmp_path / "lyon"))


@pytest.mark.long
def test_a_name_without_a_date_is_said_and_so_is_what_it_outranks(kit: Kit) -> None:
    """Before the first delivery a date in the name is asked for; afterwards the older file that would count in place of
    the new one is named.
    """
    kit.deliver(SITE, "patients", "patients.csv", "patient_id,sex\nP1,male\n")
    found = check_site(kit.home, SITE)
    assert [file.is_dated for file in found.files] == [False] and not found.outranking
    kit.refresh()
    kit.deliver(SITE, "patients", "2024-03-01.csv", "patient_id,sex\nP1,female\n")
    found = check_site(kit.home, SITE)
    assert [file.is_dated for file in found.files] == [True]
    ((place, sentence),) = found.outranking
    assert place == "patients/patients.csv" and "2024-03-01.csv" in sentence
