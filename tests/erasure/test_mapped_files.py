"""What of a mapped file is a patient's, what is kept, what waits, and what a new site.toml does after an erasure."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from tests.erasure.mapped_study import erase
from tests.erasure.search_home import below_home
from tests.sources.redcap_kit import sample
from tests.sources.test_mapped_deliveries import CLINIC, WIDE
from tests.warehouse.kit import SITE, Kit
from tests.warehouse.statistics_kit import write_sav
from warehouse.archive.archive import Archive
from warehouse.erasure.erase_from_archive import ErasedFromArchive
from warehouse.erasure.erase_from_release import deliveries_of, subtract
from warehouse.erasure.patient_contribution import contribution
from warehouse.raw import screen_again
from warehouse.readers.redacted import open_kept

PATIENT = "ZQERASED-1"
HEADER = "Pat-Nr.;Fall;Geschlecht;Eingriff;Datum;Durchmesser;Kapsel\n"
ONLY_SESSIONS = (
    CLINIC.split("[exports.patients]")[0] + "[exports.rfa_sessions]" + CLINIC.split("[exports.rfa_sessions]")[1]
)


def row(patient: str, case: str = "F1", what: str = "RFA", day: int = 4) -> str:
    """A line of the clinic's CSV."""
    return f"{patient};{case};w;{what};{day:02d}.03.2021;2,9;1\n"


def landed(kit: Kit, site_toml: str, *rows: str, name: str = "2021.csv", header: str = HEADER) -> Kit:
    """Deliver one CSV of the clinic and refresh."""
    kit.configure(SITE, site_toml)
    kit.deliver(SITE, "klinik", name, header + "".join(rows))
    return kit.refresh()


def archived(kit: Kit, *words: str) -> list[str]:
    """Files of the archive that hold one of the words."""
    return [name for name in below_home(kit.home, words) if name.startswith("archive/")]


@pytest.mark.long
def test_a_row_that_a_filter_leaves_out_is_the_patients_too(kit: Kit) -> None:
    """The only row of the patient is of no export: it is found, removed from the archive and counted."""
    landed(kit, ONLY_SESSIONS, row("001"), row(PATIENT, what="Resektion"))
    assert archived(kit, PATIENT)
    with contribution(kit.home, SITE, lambda ids: {PATIENT} & set(ids)) as theirs:
        assert (theirs.ids, theirs.n_rows) == ({PATIENT}, 1)
        share = theirs.share_of(*deliveries_of(kit.con, SITE))
    subtract(kit.con, SITE, share)
    assert kit.load("2021.csv")["left_out"] == {}
    assert erase(kit, PATIENT, SITE).rows == 1
    kit.refresh(full=True)
    assert archived(kit, PATIENT) == []
    load = kit.load("2021.csv")
    assert (load["rows_received"], load["rows_erased"], load["left_out"]) == (1, 1, {})


@pytest.mark.long
def test_no_key_of_a_row_outside_a_filter_is_left(kit: Kit) -> None:
    """The hashes of keys that the filter leaves out are those of others."""
    landed(kit, ONLY_SESSIONS, row("001", what="Resektion"), row(PATIENT, what="Resektion"))
    before = set(kit.tuples("SELECT key_hash FROM raw.rfa_sessions_gone"))
    erase(kit, PATIENT, SITE)
    kit.refresh(full=True)
    after = set(kit.tuples("SELECT key_hash FROM raw.rfa_sessions_gone"))
    assert len(before) == 2 and len(after) == 1 and after < before


@pytest.mark.long
def test_a_row_is_the_patients_if_any_export_reads_it_so(kit: Kit) -> None:
    """Two exports read different columns as patient_id: a row goes if either names the patient."""
    by_case = CLINIC.replace(
        '[exports.patients.columns]\npatient_id = "Pat-Nr."', '[exports.patients.columns]\npatient_id = "Fall"'
    )
    assert by_case != CLINIC
    landed(kit, by_case, row(PATIENT, "F1"), row("002", PATIENT), row("003", "F3"))
    assert erase(kit, PATIENT, SITE).rows == 2
    kit.refresh(full=True)
    assert kit.tuples("SELECT patient_id FROM raw.rfa_sessions") == [("003",)]
    assert kit.tuples("SELECT patient_id FROM raw.patients") == [("F3",)]


@pytest.mark.long
def test_wide_rows_of_others_keep_line_and_block(kit: Kit) -> None:
    """Rows that were blocks keep their numbers, and the empty blocks of the patient are counted away."""
    rows = [f"{p},2021-03-04,0,,1,4\n" for p in ("001", PATIENT)] + [
        f"{PATIENT},2021-03-05,,,,\n",
        "003,2021-03-06,,,7,\n",
    ]
    landed(kit, WIDE, *rows, header="Pat-Nr.,Datum,l1_status,l1_dist,l2_status,l2_dist\n")
    theirs = "SELECT * FROM raw.imaging_followups WHERE patient_id <> ? ORDER BY row_id"
    before, entries = kit.rows(theirs, PATIENT), "SELECT line, block FROM quality.quarantine WHERE rule_id = 'IMG-02'"
    placed = kit.tuples(entries)
    with contribution(kit.home, SITE, lambda ids: {PATIENT} & set(ids)) as found:
        share = found.share_of(*deliveries_of(kit.con, SITE))
    assert share.left_out == {("imaging_followups", "2021.csv"): {"empty block": 1}}
    assert erase(kit, PATIENT, SITE).rows == 2
    kit.refresh(full=True)
    assert kit.rows(theirs, PATIENT) == before and len(before) == 3
    assert kit.tuples(entries) == placed == [(4, "lesion_id = 2")]
    assert kit.load("2021.csv")["left_out"] == {}


@pytest.mark.long
def test_a_file_that_the_mapping_does_not_fit_waits(kit: Kit) -> None:
    """Where patients were erased, a file that lacks the column of patient_id stays in landing/ with a sentence,
    the site's other files go on, and it lands when it is corrected."""
    landed(kit, CLINIC, row("001"), row(PATIENT))
    erase(kit, PATIENT, SITE)
    bad = HEADER.replace("Pat-Nr.", "Patient") + row(PATIENT)
    kit.deliver(SITE, "klinik", "2022.csv", bad)
    kit.deliver(SITE, "klinik", "2023.csv", HEADER + row("003"))
    kit.refresh()
    sentence = dict(kit.problems)[f"landing/{SITE}/klinik/2022.csv"]
    assert sentence.startswith("The file has no column Pat-Nr.") and "The file waits, because patients" in sentence
    assert kit.value("SELECT count(*) FROM meta.loads WHERE site = ? AND delivery = '2022.csv'", SITE) == 0
    assert kit.value("SELECT count(*) FROM clean.patients WHERE patient_id = '003'") == 1
    assert [a.file_name for a in Archive(kit.home).arrivals] == ["site.toml", "2021.csv", "2023.csv"]
    kit.deliver(SITE, "klinik", "2022.csv", HEADER + row(PATIENT) + row("004"))
    kit.refresh()
    assert kit.problems == []
    assert kit.tuples("SELECT DISTINCT rows_erased FROM meta.loads WHERE site = ? AND delivery = '2022.csv'", SITE) == [
        (1,)
    ]


@pytest.mark.long
def test_a_file_that_no_source_reads_waits(kit: Kit) -> None:
    """So does a file in the folder of a source whose patterns leave it out."""
    landed(kit, CLINIC, row("001"), row(PATIENT))
    erase(kit, PATIENT, SITE)
    kit.deliver(SITE, "klinik", "note.txt", f"{PATIENT} was here\n")
    kit.refresh()
    assert dict(kit.problems)[f"landing/{SITE}/klinik/note.txt"].startswith("No source in site.toml reads this file.")
    assert archived(kit, PATIENT) == []


@pytest.mark.long
def test_a_new_mapping_shows_an_erased_patient(kit: Kit) -> None:
    """After a patient was erased, a site.toml that reads another column as patient_id screens the archive again; once
    that is done, a refresh without changes reads nothing."""
    landed(kit, CLINIC, row("001", "F1"), row("002", PATIENT), row("003", "F3"))
    assert erase(kit, PATIENT, SITE).rows == 0
    by_case = CLINIC.replace('"Pat-Nr."', '"Fall"')
    kit.configure(SITE, by_case)
    kit.refresh()
    assert archived(kit, PATIENT) == []
    for export in ("patients", "rfa_sessions"):
        assert kit.tuples(f"SELECT patient_id FROM raw.{export} ORDER BY 1") == [("F1",), ("F3",)]
    assert kit.tuples("SELECT DISTINCT rows_received, rows_erased FROM meta.loads") == [(2, 1)]
    step_by_step = kit.rows("SELECT * FROM meta.loads ORDER BY export")
    kit.refresh(full=True)
    assert kit.rows("SELECT * FROM meta.loads ORDER BY export") == step_by_step


@pytest.mark.long
def test_a_refresh_without_changes_screens_nothing(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where patients were erased, files are read again only if they are to be loaded again."""
    landed(kit, CLINIC, row("001"), row(PATIENT))
    erase(kit, PATIENT, SITE)
    kit.refresh(full=True)
    monkeypatch.setattr(screen_again, "rest_of", lambda *_, **__: pytest.fail("a file was read"))
    kit.refresh()
    assert kit.tuples("SELECT DISTINCT rows_erased FROM meta.loads") == [(1,)]


@pytest.mark.long
def test_a_new_mapping_that_does_not_fit_loses_nothing(kit: Kit) -> None:
    """A site.toml that no longer reads the files leaves the archive as it is; the next one reads them again."""
    landed(kit, CLINIC, row("001"), row(PATIENT))
    erase(kit, PATIENT, SITE)
    kept = [a.content_sha256 for a in Archive(kit.home).arrivals if a.folder == "klinik"]
    kit.configure(SITE, CLINIC.replace('"*.csv"', '"*.xlsx"'))
    kit.refresh()
    assert kit.value("SELECT count(*) FROM raw.patients") == 0
    assert [a.content_sha256 for a in Archive(kit.home).arrivals if a.folder == "klinik"] == kept
    kit.configure(SITE, CLINIC)
    kit.refresh()
    assert kit.tuples("SELECT patient_id FROM raw.patients") == [("001",)]


@pytest.mark.long
def test_a_file_that_only_an_earlier_mapping_reads_is_not_given_up(kit: Kit) -> None:
    """An erasure while site.toml reads no file removes the patient as the last one that did says, and keeps others."""
    landed(kit, CLINIC, row("001"), row(PATIENT))
    kit.configure(SITE, CLINIC.replace('"*.csv"', '"*.xlsx"'))
    kit.refresh()
    with contribution(kit.home, SITE, lambda ids: {PATIENT} & set(ids)) as theirs:
        assert (theirs.ids, theirs.n_rows) == ({PATIENT}, 1)
    assert erase(kit, PATIENT, SITE) == ErasedFromArchive(1, 1, 0)
    assert archived(kit, PATIENT) == []
    kit.configure(SITE, CLINIC)
    kit.refresh()
    assert kit.tuples("SELECT patient_id FROM raw.patients") == [("001",)]


@pytest.mark.long
def test_a_packed_text_without_the_patient_stays_as_it_is(kit: Kit) -> None:
    """Everything in a gzip of a CSV is read, so an erasure at the site changes nothing of it."""
    kit.configure(SITE, CLINIC.replace('"*.csv"', '"*.csv", "*.gz"'))
    kit.deliver(SITE, "klinik", "2020.csv.gz", gzip.compress((HEADER + row("001")).encode()))
    kit.deliver(SITE, "klinik", "2021.csv", HEADER + row(PATIENT))
    kit.refresh()
    assert erase(kit, PATIENT, SITE).rows == 1
    kept = {a.file_name: a.tombstone is not None for a in Archive(kit.home).arrivals if a.folder == "klinik"}
    assert kept == {"2020.csv.gz": False, "2021.csv": True}


TITLED = CLINIC.replace('decimal = ","', 'decimal = ","\nheader_row = 2\ndelimiter = ";"')


@pytest.mark.long
def test_a_title_above_the_header_is_not_kept(kit: Kit) -> None:
    """A title may name anybody, so the archive keeps the rows alone once a patient of the site was erased."""
    landed(kit, TITLED, row("001"), row("002"), header=f"Report about {PATIENT}\n" + HEADER)
    before = kit.rows("SELECT * FROM raw.rfa_sessions ORDER BY row_id")
    assert erase(kit, PATIENT, SITE).rows == 0 and archived(kit, PATIENT) == []
    kit.refresh(full=True)
    assert kit.rows("SELECT * FROM raw.rfa_sessions ORDER BY row_id") == before and len(before) == 2


@pytest.mark.long
def test_what_was_not_kept_is_refused_by_name(kit: Kit) -> None:
    """A site.toml that reads a file in another way than before the erasure is told what to do."""
    landed(kit, TITLED, row("001"), row(PATIENT), header="Report\n" + HEADER)
    erase(kit, PATIENT, SITE)
    (kit.home.landing / SITE / "klinik" / "2021.csv").unlink()
    kit.configure(SITE, TITLED.replace("header_row = 2", "header_row = 3"))
    kit.refresh()
    reasons = kit.tuples("SELECT DISTINCT status, reason FROM meta.loads")
    assert reasons == [
        (
            "rejected",
            "After an erasure the archive keeps only what was read of this file, and it was read in another way. Write "
            "sheet, header_row, delimiter and encoding in site.toml as they were, or deliver the file under another "
            "name.",
        )
    ]


@pytest.mark.long
def test_labels_of_erased_rows_go_with_them(kit: Kit, tmp_path: Path) -> None:
    """A label can be a name: of an SPSS file only the labels of codes that others have are kept, and others' labels
    still say what their codes mean."""
    columns = {"PATNR": ["001", PATIENT], "DOCTOR": [1.0, 2.0]}
    labels = {"DOCTOR": {1.0: "male", 2.0: "ZQNAME", 3.0: "ZQNOBODY"}}
    path = write_sav(tmp_path / "p.sav", columns, variable_value_labels=labels)
    kit.configure(
        SITE,
        '[sources.spss]\n[exports.patients]\nsource = "spss"\n[exports.patients.columns]\npatient_id = "PATNR"\n'
        'sex = { from = "DOCTOR", labels = true }\n',
    )
    kit.deliver(SITE, "spss", "2021.sav", path.read_bytes())
    kit.refresh()
    erase(kit, PATIENT, SITE)
    kit.refresh(full=True)
    assert kit.tuples("SELECT patient_id, sex FROM raw.patients") == [("001", "male")]
    assert archived(kit, PATIENT, "ZQNAME", "ZQNOBODY") == []


OWN = "record,redcap_repeat_instrument,redcap_repeat_instance"
RECORDS = f"""{OWN},study_id,sex,baseline_complete,rfa_date,size,ablation_complete,note,notes_complete
1,,,001,1,2,,,,,
1,ablation,1,,,,2020-01-05,20,2,,
2,,,{PATIENT},2,2,,,,,
2,ablation,1,,,,2020-02-05,21,2,,
2,notes,1,,,,,,,zqword,2
"""
PROJECT = """
[sources.redcap]
kind = "redcap"
[exports.rfa_sessions]
source = "redcap"
instrument = "ablation"
[exports.rfa_sessions.columns]
patient_id = "study_id"
session_id = "redcap_repeat_instance"
session_date = "rfa_date"
lesion_id = { value = "1" }
max_diameter_mm = "size"
"""


@pytest.mark.long
def test_all_rows_of_a_record_go(kit: Kit) -> None:
    """The identifier stands in the record's own row only: ablations, notes that no export reads and it itself go."""
    kit.configure(SITE, PROJECT)
    kit.deliver(SITE, "redcap", "2021.csv", RECORDS)
    kit.refresh()
    assert kit.tuples("SELECT patient_id FROM raw.rfa_sessions ORDER BY 1") == [("001",), (PATIENT,)]
    assert erase(kit, PATIENT, SITE).rows == 3
    kit.refresh(full=True)
    assert archived(kit, PATIENT, "zqword") == []
    assert kit.tuples("SELECT patient_id FROM raw.rfa_sessions") == [("001",)]


@pytest.mark.long
def test_a_projects_xml_keeps_its_dictionary(kit: Kit) -> None:
    """Of a REDCap project's XML the rows are kept and the dictionary inside, which says what their codes mean."""
    kit.configure(
        SITE,
        '[sources.redcap]\nkind = "redcap"\nfiles = ["*.xml"]\n[exports.patients]\nsource = "redcap"\n'
        'instrument = "Basic Demography Form"\n[exports.patients.columns]\npatient_id = "record_id"\n'
        'sex = { from = "sex", labels = true }\n',
    )
    kit.deliver(SITE, "redcap", "2021.xml", (sample("dag") / "project.xml").read_bytes())
    kit.refresh()
    theirs = "SELECT * FROM raw.patients WHERE patient_id <> '331-1' ORDER BY row_id"
    before = kit.rows(theirs)
    assert erase(kit, "331-1", SITE).rows == 1
    kit.refresh(full=True)
    assert kit.rows(theirs) == before and len(before) == 2
    assert kit.value("SELECT count(*) FROM raw.patients") == 2


def test_what_earlier_versions_kept_is_still_read(tmp_path: Path) -> None:
    """A kept file with the header alone in its metadata is one part, read as usual."""
    path = tmp_path / "kept"
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT 3 AS line, 'P1' AS c0) TO '{path}' "
            f"(FORMAT parquet, KV_METADATA {{header: '{json.dumps(['patient_id'])}'}})"
        )
        source = open_kept(con, path)
        assert source.header == ["patient_id"]
        assert con.execute(f"SELECT {source.line}, c0 FROM {source.relation}").fetchall() == [(3, "P1")]
