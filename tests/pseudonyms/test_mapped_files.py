"""Tests of files that a site.toml maps: joins, repeated columns, what a later site.toml corrects, and erasure."""

from __future__ import annotations

import pytest

from tests.erasure.mapped_study import erase
from tests.erasure.search_home import below_home
from tests.pseudonyms.keyed import the_key
from tests.sources.test_mapped_deliveries import CLINIC
from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.archive.archive import Archive
from warehouse.pseudonyms.typed import identifiers_of, patient_as_kept

WIDE = """
[exports.imaging_followups]
source = "klinik"
[exports.imaging_followups.columns]
patient_id = { join = ["Haus", "Nr"], with = "-" }
exam_id = "U"
exam_date = { from = "Datum", format = "%d.%m.%Y" }
modality = { value = "ct" }
contrast_enhanced = { from = "KM", codes = { "1" = "yes" } }
[[exports.imaging_followups.repeat]]
column = "lesion_id"
labels = ["1", "2"]
columns = { lesion_status = "l{}_status" }
[sources.klinik]
"""
SHEET = "Haus;Nr;U;Datum;KM;l1_status;l2_status;Name\nA;1017;U7;04.03.2021;1;no_viable;ltp;Zylinder\n"
HEADER = "Pat-Nr.;Fall;Geschlecht;Eingriff;Datum;Durchmesser;Kapsel\n"


def test_joined_and_repeated_identifiers_meet_others(keyed: Kit) -> None:
    """A number made of two columns, and a lesion named by site.toml, have the pseudonyms that they have elsewhere."""
    keyed.deliver(
        SITE, "rfa_sessions", "2024-06-30.csv", csv_of([row_of("rfa_sessions", patient_id="A-1017", lesion_id="1")])
    )
    keyed.configure(SITE, WIDE)
    keyed.deliver(SITE, "klinik", "2024-06-30.csv", SHEET)
    keyed.refresh()
    assert keyed.problems == []
    key = the_key()
    patient = key.pseudonym("P", SITE, "A-1017")
    cells = "patient_id, lesion_id, exam_id, lesion_status"
    found = keyed.tuples(f"SELECT {cells} FROM raw.imaging_followups ORDER BY lesion_status DESC")
    assert found == [
        (patient, key.pseudonym("L", SITE, "1"), key.pseudonym("E", SITE, "U7"), "no_viable"),
        (patient, key.pseudonym("L", SITE, "2"), key.pseudonym("E", SITE, "U7"), "ltp"),
    ]
    assert keyed.value("SELECT count(*) FROM clean.imaging_followups") == 1  # the other lesion has no session
    assert below_home(keyed.home, ["1017", "Zylinder", "04.03.2021", "2021-03-04"]) == {}


@pytest.mark.long
@pytest.mark.parametrize("is_there", [True, False])
def test_a_corrected_site_toml_corrects_the_past(is_there: bool, keyed: Kit) -> None:
    """Codes and units always; another column of dates if the file is still in landing/."""
    keyed.configure(SITE, CLINIC)
    path = keyed.deliver(SITE, "klinik", "2024-06-30.csv", HEADER + "001;F1;w;RFA;04.03.2021;2,9;1\n")
    keyed.refresh()
    assert keyed.value("SELECT max_diameter_mm FROM clean.rfa_sessions") == 29
    if not is_there:
        path.unlink()
    keyed.configure(SITE, CLINIC.replace('unit = "cm"', 'unit = "mm"'))
    keyed.refresh()
    assert keyed.value("SELECT max_diameter_mm FROM raw.rfa_sessions") == "2.9"
    keyed.configure(
        SITE, CLINIC.replace('session_id = { join = ["Pat-Nr.", "Datum"], with = "_" }', 'session_id = "Fall"')
    )
    keyed.refresh()
    session = the_key().pseudonym("S", SITE, "F1")
    assert (keyed.value("SELECT session_id FROM raw.rfa_sessions") == session) is is_there


@pytest.mark.long
def test_an_erased_patient_is_gone_from_what_is_sealed(keyed: Kit) -> None:
    """Rows, and the way back from the pseudonym; with the next delivery the patient does not return."""
    keyed.configure(SITE, CLINIC)
    rows = "001;F1;w;RFA;04.03.2021;2,9;1\n002;F2;m;RFA;05.03.2021;2,5;1\n"
    keyed.deliver(SITE, "klinik", "2024-06-30.csv", HEADER + rows)
    keyed.refresh()
    gone, other = (patient_as_kept(keyed.home, SITE, number) for number in ("001", "002"))
    assert identifiers_of(keyed.home, SITE, [gone, other]) == {gone: "001", other: "002"}
    assert erase(keyed, gone, SITE).rows == 1
    assert identifiers_of(keyed.home, SITE, [gone, other]) == {other: "002"}
    assert {a.tombstone.key_id for a in Archive(keyed.home).arrivals if a.tombstone} == {the_key().key_id}
    keyed.deliver(SITE, "klinik", "2024-07-30.csv", HEADER + rows)
    keyed.refresh(full=True)
    assert keyed.tuples("SELECT DISTINCT patient_id FROM raw.rfa_sessions") == [(other,)]
    assert identifiers_of(keyed.home, SITE, [gone]) == {}
