"""Tests that a hospital's own files become rows of the exports as its site.toml says, and that nothing is lost."""

import pytest

from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.archive.archive import Archive
from warehouse.queries.open_entries import open_entries
from warehouse.queries.rows_as_delivered import rows_as_delivered

CLINIC = """
[sources.klinik]
files = ["*.csv"]
decimal = ","
missing = [-9, "k.A."]

[exports.patients]
source = "klinik"
[exports.patients.columns]
patient_id = "Pat-Nr."
sex = { from = "Geschlecht", codes = { m = "male", w = "female" } }

[exports.rfa_sessions]
source = "klinik"
where = { "Eingriff" = ["RFA", "MWA"] }
[exports.rfa_sessions.columns]
patient_id = "Pat-Nr."
session_id = { join = ["Pat-Nr.", "Datum"], with = "_" }
session_date = { from = "Datum", format = ["%d.%m.%Y", "%d.%m.%y"] }
lesion_id = { value = "1" }
max_diameter_mm = { from = "Durchmesser", unit = "cm" }
subcapsular = { from = "Kapsel", codes = { "1" = "yes", "0" = "no" } }
"""
ROWS = """Pat-Nr.;Geschlecht;Eingriff;Datum;Durchmesser;Kapsel
001;w;RFA;04.03.2021;2,9;1.0
002;m;mwa;5.3.21;1,25;0
003;m;Resektion;06.03.2021;3;1
004;k.A.;RFA;07.03.2021;-9;2
"""


def _clinic(kit: Kit, rows: str = ROWS, site_toml: str = CLINIC) -> Kit:
    kit.configure(SITE, site_toml)
    kit.deliver(SITE, "klinik", "2021.csv", rows)
    return kit


@pytest.mark.long
def test_one_file_feeds_two_exports(kit: Kit) -> None:
    """Names, codes, decimal comma, units, dates and joined identifiers are read as site.toml says."""
    _clinic(kit).refresh()
    assert kit.problems == []
    assert kit.tuples("SELECT patient_id, sex FROM clean.patients WHERE origin = 'patients' ORDER BY ALL") == [
        ("001", "female"),
        ("002", "male"),
        ("003", "male"),
        ("004", None),
    ]
    assert kit.tuples(
        "SELECT session_id, session_date::VARCHAR, max_diameter_mm, subcapsular, line FROM clean.rfa_sessions "
        "ORDER BY ALL"
    ) == [("001_2021-03-04", "2021-03-04", 29.0, "yes", 1), ("002_2021-03-05", "2021-03-05", 12.5, "no", 2)]


@pytest.mark.long
def test_every_row_is_received_or_left_out_for_a_reason(kit: Kit) -> None:
    """meta.loads has one row for each export that the file feeds, with the rows that the filter left out."""
    _clinic(kit).refresh()
    assert kit.tuples(
        "SELECT export, delivery, folder, status, rows_received, left_out::VARCHAR FROM meta.loads ORDER BY export"
    ) == [
        ("patients", "2021.csv", "klinik", "accepted", 4, "{}"),
        ("rfa_sessions", "2021.csv", "klinik", "accepted", 3, "{'where: Eingriff'=1}"),
    ]


@pytest.mark.long
def test_an_entry_names_the_source_column(kit: Kit) -> None:
    """What is set aside is named in canonical and in the site's own words, with its line in the file."""
    _clinic(kit).refresh()
    entries = [(e["rule_id"], e["line"], e["column_name"], e["source_column"]) for e in kit.entries()]
    assert ("REQ-01", 4, "max_diameter_mm", "Durchmesser") in entries


@pytest.mark.long
def test_a_corrected_mapping_corrects_the_past(kit: Kit) -> None:
    """A new site.toml is applied to the files that came before it, and the tables are those of a full refresh."""
    wrong = CLINIC.replace('codes = { m = "male", w = "female" }', 'codes = { m = "female", w = "male" }')
    _clinic(kit, site_toml=wrong).refresh()
    assert kit.value("SELECT sex FROM clean.patients WHERE patient_id = '001'") == "male"
    kit.configure(SITE, CLINIC)
    kit.refresh()
    assert kit.value("SELECT sex FROM clean.patients WHERE patient_id = '001'") == "female"
    tables = ("clean.patients", "clean.rfa_sessions", "quality.quarantine")
    step_by_step = {t: kit.tuples(f"SELECT * EXCLUDE (row_id) FROM {t} ORDER BY ALL") for t in tables}
    kit.refresh(full=True)
    assert step_by_step == {t: kit.tuples(f"SELECT * EXCLUDE (row_id) FROM {t} ORDER BY ALL") for t in tables}


@pytest.mark.long
def test_a_column_that_no_file_has_is_refused(kit: Kit) -> None:
    """One sentence names key, nearest column and cure; the site.toml that held stays in force, new files wait."""
    _clinic(kit).refresh()
    kit.configure(SITE, CLINIC.replace('"Durchmesser"', '"Durchmeser"'))
    kit.deliver(SITE, "klinik", "2022.csv", ROWS)
    kit.refresh()
    assert dict(kit.problems) == {
        f"landing/{SITE}/site.toml": "exports.rfa_sessions.columns.max_diameter_mm: no file of klinik has a column "
        "Durchmeser; the nearest is Durchmesser. Write Durchmesser. The site's files wait."
    }
    assert kit.tuples("SELECT DISTINCT delivery FROM meta.loads") == [("2021.csv",)]
    assert kit.value("SELECT count(*) FROM clean.rfa_sessions") == 2


WIDE = """
[exports.imaging_followups]
source = "klinik"
[exports.imaging_followups.columns]
patient_id = "Pat-Nr."
exam_id = { join = ["Pat-Nr.", "Datum"] }
exam_date = "Datum"
modality = { value = "ct" }
contrast_enhanced = { value = "yes" }
lesion_status = { codes = { "1" = "ltp", "0" = "no_viable", "7" = "gone" } }
[[exports.imaging_followups.repeat]]
column = "lesion_id"
labels = [1, 2, 3]
columns = { lesion_status = "l{}_status", distance_to_zone_mm = "l{}_dist" }
[sources.klinik]
"""
WIDE_ROWS = """Pat-Nr.,Datum,l1_status,l1_dist,l2_status,l2_dist
001,2021-03-04,0,,1,4
002,2021-03-05,,,,
003,2021-03-06,,,7,
"""


@pytest.mark.long
def test_wide_columns_become_rows(kit: Kit) -> None:
    """Each label whose columns are not all empty is a row; a delivered row without any is counted as left out."""
    _clinic(kit, WIDE_ROWS, WIDE).refresh()
    assert kit.tuples(
        "SELECT patient_id, lesion_id, lesion_status, distance_to_zone_mm "
        "FROM raw.imaging_followups_current ORDER BY ALL"
    ) == [("001", "1", "no_viable", None), ("001", "2", "ltp", "4"), ("003", "2", "gone", None)]
    load = kit.load("2021.csv")
    assert (load["rows_received"], load["left_out"]) == (3, {"empty block": 1})


@pytest.mark.long
def test_an_entry_of_a_wide_row_names_line_and_block(kit: Kit) -> None:
    """The line is that of the delivered row, the block the label that became the row."""
    _clinic(kit, WIDE_ROWS, WIDE).refresh()
    (entry,) = [e for e in kit.entries() if e["rule_id"] == "IMG-02"]
    assert (entry["line"], entry["block"], entry["source_column"]) == (3, "lesion_id = 2", "l{}_status")


@pytest.mark.long
def test_a_file_that_no_source_reads_is_refused_by_name(kit: Kit) -> None:
    """A file that an earlier site.toml read and the newest does not stays in meta.loads with the reason."""
    _clinic(kit).refresh()
    kit.configure(SITE, CLINIC.replace('"*.csv"', '"*.xlsx"'))
    kit.refresh()
    load = kit.load("2021.csv")
    assert (load["export"], load["status"], load["rows_received"]) == ("klinik", "rejected", 0)
    assert load["reason"].startswith("No source in site.toml reads this file.")
    assert kit.value("SELECT count(*) FROM clean.rfa_sessions") == 0


@pytest.mark.long
def test_a_file_that_lacks_a_required_column_is_refused_for_that_export_only(kit: Kit) -> None:
    """The refusal names the column that the mapping reads; the file's other exports load."""
    _clinic(kit)
    kit.deliver(SITE, "klinik", "2022.csv", "Pat-Nr.;Geschlecht;Eingriff;Durchmesser;Kapsel\n009;w;RFA;2;1\n")
    kit.refresh()
    loads = {row["export"]: row for row in kit.rows("SELECT * FROM meta.loads WHERE delivery = '2022.csv'")}
    assert loads["patients"]["status"] == "accepted"
    assert loads["rfa_sessions"]["status"] == "rejected"
    assert "The file has no column Datum" in loads["rfa_sessions"]["reason"]


def _sessions(*rows: str) -> str:
    return "\n".join(["Pat-Nr.;Geschlecht;Eingriff;Datum;Durchmesser;Kapsel", *rows]) + "\n"


def _states(kit: Kit) -> list[tuple]:
    return kit.tuples(
        "SELECT patient_id FROM raw.rfa_sessions_current ORDER BY ALL",
    ) + kit.tuples("SELECT file_name, keys_withdrawn FROM meta.loads WHERE export = 'rfa_sessions' ORDER BY ALL")


@pytest.mark.long
def test_a_row_that_leaves_the_filter_is_withdrawn_in_a_delta(kit: Kit) -> None:
    """A later delivery that shows the row outside the filter withdraws it; one that shows it inside brings it back.
    Step by step and in a full refresh.
    """
    kit.configure(SITE, CLINIC)
    inside, outside = "001;w;RFA;04.03.2021;2,9;1", "001;w;Resektion;04.03.2021;2,9;1"
    other = "002;m;MWA;05.03.2021;2;0"
    kit.deliver(SITE, "klinik", "a.csv", _sessions(inside, other))
    kit.refresh()
    assert _states(kit) == [("001",), ("002",), ("a.csv", 0)]
    kit.deliver(SITE, "klinik", "b.csv", _sessions(outside))
    kit.refresh()
    assert _states(kit) == [("002",), ("a.csv", 0), ("b.csv", 1)]
    assert kit.tuples("SELECT patient_id FROM clean.rfa_sessions") == [("002",)]
    kit.deliver(SITE, "klinik", "c.csv", _sessions(inside))
    kit.refresh()
    assert _states(kit) == [("001",), ("002",), ("a.csv", 0), ("b.csv", 1), ("c.csv", 0)]
    kit.refresh(full=True)
    assert _states(kit) == [("001",), ("002",), ("a.csv", 0), ("b.csv", 1), ("c.csv", 0)]


@pytest.mark.long
def test_the_query_sheet_shows_the_row_as_the_site_knows_it(kit: Kit) -> None:
    """Each line names the site's own column and, beside the canonical cells, the row as it was delivered."""
    _clinic(kit).refresh()
    shown = open_entries(kit.con, SITE, rows_as_delivered(kit.con, Archive(kit.home), SITE))
    (entry,) = [e for e in shown if e.cells[6:8] == ("REQ-01", "max_diameter_mm")]
    assert entry.cells[8].endswith("In the file: column Durchmesser.")
    canonical, _, own = entry.cells[9].partition(" | As delivered: ")
    assert "patient_id: 004" in canonical
    assert own == "Pat-Nr.: 004; Geschlecht: k.A.; Eingriff: RFA; Datum: 07.03.2021; Durchmesser: -9; Kapsel: 2"


@pytest.mark.long
def test_a_file_that_no_source_reads_is_refused(kit: Kit) -> None:
    """A file in the folder of an export that is taken from elsewhere is refused, with the sentence that says so."""
    _clinic(kit).deliver(SITE, "rfa_sessions", "stray.csv", ROWS)
    kit.refresh()
    load = kit.load("stray.csv")
    assert (load["status"], load["rows_received"]) == ("rejected", 0)
    assert load["reason"].startswith("No source in site.toml reads this file. Name its folder as a source")


MAPPED = """
[sources.klinik]
[exports.rfa_sessions]
source = "klinik"
[exports.rfa_sessions.columns]
patient_id = "{}"
"""


@pytest.mark.long
def test_a_changed_mapping_joins_keys_as_a_rebuild_does(kit: Kit) -> None:
    """Where a new site.toml reads another column as the patient's number, rows of two files that then share a key are
    versions of one row, as after a rebuild.
    """
    kit.configure(SITE, MAPPED.format("a"))
    for name, number in (("2024-01-01.csv", "P1"), ("2024-02-01.csv", "P2")):
        row = row_of("rfa_sessions", patient_id="") | {"a": number, "b": "Q1"}
        kit.deliver(SITE, "klinik", name, csv_of([{k: v for k, v in row.items() if k != "patient_id"}]))
    kit.refresh()
    assert kit.value("SELECT count(*) FROM clean.rfa_sessions") == 2
    kit.configure(SITE, MAPPED.format("b"))
    kit.refresh()
    assert kit.tuples("SELECT patient_id, delivery FROM clean.rfa_sessions") == [("Q1", "2024-01-01.csv")]
    assert kit.tuples("SELECT DISTINCT patient_id FROM clean.patients") == [("Q1",)]
