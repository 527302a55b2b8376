"""Tests that what sites answer in query sheets goes through the same pseudonyms, offsets and scans as their files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.erasure.search_home import below_home
from tests.pseudonyms.keyed import KEY, OTHER, the_key
from tests.quality.site_at_work import SITE, Site
from warehouse.archive import corrections
from warehouse.pseudonyms.terms import Terms
from warehouse.pseudonyms.veil_sheet import Veiler, veil_lines
from warehouse.readers.answered_sheet import COLUMNS, AnsweredLine
from warehouse.storage.errors import RegistryError
from warehouse.storage.pseudonym_key import NEVER, VARIABLE
from workflows.rotate_key import rotate_key

NUMBERS = ("AB1017", "AB1018")
P1, P2 = (the_key().pseudonym("P", SITE, number) for number in NUMBERS)
LINE = AnsweredLine(
    1, "0" * 16, SITE, "patients", P2, "PAT-09", "death_date", "correct", "2023-12-24", "Dr. A", "2024-02-01"
)
WHOSE = {P1: NUMBERS[0], P2: NUMBERS[1], the_key().pseudonym("S", SITE, "S1017"): "S1017"}
BACK = timedelta(days=the_key().days_back(SITE, P2))


def kept(line: AnsweredLine, free_text: str = "scan") -> AnsweredLine:
    """What is kept of a line of a sheet of 1 February 2024."""
    (one,) = veil_lines(Veiler(the_key(), SITE), [line], Terms(SITE, date(2024, 2, 1), free_text, WHOSE))
    return one


def test_corrected_values_are_changed_as_in_files() -> None:
    """Dates move by the patient's weeks; one after the sheet's date is after any, and one in no ISO form is none; years
    of birth above 89 are one class, of dates the year; texts are scanned, or dropped."""
    born = replace(LINE, column="birth_year")
    told = replace(
        LINE, export="rfa_sessions", key=f"{P2}|S1017|L1", column="guidance", corrected="US, 4.3.2023, AB1017"
    )
    want = {
        replace(LINE): (date(2023, 12, 24) - BACK).isoformat(),
        replace(LINE, corrected="2024-02-02"): NEVER,
        replace(LINE, corrected="20231224"): "(date)",
        replace(LINE, corrected="24.12.2023"): "(date)",
        replace(born, corrected="1901"): "1934",
        replace(born, corrected="1935"): "1935",
        replace(born, corrected="4.3.1920"): "1934",
        replace(born, corrected="4.3.1941"): "1941",
        replace(born, corrected="in March"): "(date)",
        replace(born, corrected="1850"): "1850",
        told: "US, (date), (identifier)",
    }
    assert {line: kept(line).corrected for line in want} == want
    dropped = kept(replace(told, comment="AB1017"), "drop")
    assert (dropped.corrected, dropped.comment) == ("", "")


def test_comments_lose_whom_the_site_knows() -> None:
    """Every patient's number, and those of the row itself; the key may hold pseudonyms or the site's own numbers."""
    for session in ("S1017", the_key().pseudonym("S", SITE, "S1017")):
        line = replace(LINE, export="rfa_sessions", key=f"{P2}|{session}|L1", comment="See S1017 of AB1017, 3.4.2023.")
        assert kept(line).comment == "See (identifier) of (identifier), (date)."


def test_edited_cells_keep_nothing() -> None:
    """Where the registry's own words stand, anything else goes; too many parts of a key become pseudonyms."""
    line = AnsweredLine(1, *["AB1017 x"] * 10, comment="AB1017")
    one = kept(replace(line, site=SITE, answered_on="2024-02-01 AB1017"))
    assert "AB1017" not in repr(one) and one.answered_on == "2024-02-01"
    assert kept(replace(LINE, answered_on="of AB1017")).answered_on == "(date)"
    assert "AB1017" not in kept(replace(LINE, key=f"{P2}|AB1017|AB1017")).key
    assert kept(replace(LINE, answered_by="Dr. Miller, AB1017")).answered_by == "Dr. Miller, (identifier)"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site with three questions: a diameter, a year of birth and a date of death."""
    monkeypatch.setenv(VARIABLE, KEY)
    site = Site(tmp_path / "home")
    site.sessions("2024-01-31.csv", "AB1017,S1,2023-01-10,L1,220,4,", "AB1018,S2,2023-02-10,L2,22,4,")
    patients = ("AB1017,1850,,alive", "AB1018,1950,2029-05-05,dead")
    site.deliver("patients", "2024-01-31.csv", "patient_id,birth_year,death_date,vital_status", *patients)
    site.refresh()
    return site


def answer(site: Site) -> None:
    """Answer all of them, one under the clinic's own number."""
    sheet = site.sheet()
    sheet.answer("PAT-04", "correct", "1930")
    sheet.answer("PAT-09", "correct", "2023-12-24", comment="AB1017 and AB1018 were mixed up, 3.4.2023")
    row = sheet.answer("LES-03", "correct", "22.0")
    sheet.queries.cell(row, COLUMNS.index("key") + 1).value = "AB1017|S1|L1"
    site.hand_back(sheet, "2024-02-01.xlsx")
    site.refresh()


@pytest.mark.long
def test_a_merged_numbers_answers_move_alike(asked: Site) -> None:
    """A date that a site corrects for a number which is read as another stands as that one's other dates do."""
    corrections.record(asked.home, "A. Miller", corrections.MERGE, SITE, old=P2, new=P1, reason="One person")
    asked.refresh()
    asked.deliver("treatments", "2024-02-01.csv", "patient_id,treatment_id,kind,start_date,stop_date", TREATED)
    asked.refresh()
    sheet = asked.sheet()
    (rule,) = {rule for rule, name in asked.ask(STOPPED) if name == "stop_date"}
    sheet.answer(rule, "correct", "2023-03-24", column="stop_date")
    asked.hand_back(sheet, "2024-02-02.xlsx")
    asked.refresh()
    ((start, stop),) = asked.ask("SELECT start_date, stop_date FROM clean.treatments")
    assert (stop - start).days == 14 and (date(2023, 3, 10) - start).days == the_key().days_back(SITE, P1)


TREATED = "AB1018,T1,systemic,2023-03-10,2029-03-24"
STOPPED = "SELECT rule_id, column_name FROM quality.quarantine WHERE export = 'treatments'"
FACTS = """
    SELECT p.patient_id, birth_year, death_date, max_diameter_mm FROM clean.patients p
    JOIN clean.rfa_sessions s USING (site, patient_id) ORDER BY birth_year
"""


@pytest.mark.long
def test_answers_are_taken_in_and_follow_a_new_key(asked: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """They correct what they were given for, before and after; nothing that the site wrote of a patient is kept. Those
    that no refresh has read stop a new key."""
    answer(asked)
    applied = [(line, "correct", "applied", None) for line in (1, 2, 3)]
    assert sorted(asked.answers()) == applied
    for key in (KEY, OTHER):
        if key == OTHER:
            rotate_key(asked.home, the_key(OTHER), is_for_home=False)
            monkeypatch.setenv(VARIABLE, OTHER)
            asked.refresh()
        first, second = (the_key(key).pseudonym("P", SITE, number) for number in NUMBERS)
        died = date(2023, 12, 24) - timedelta(days=the_key(key).days_back(SITE, second))
        assert asked.ask(FACTS) == [(first, 1934, None, 22.0), (second, 1950, died, 22.0)]
        assert sorted(asked.answers()) == applied and asked.open_rules() == []
        assert below_home(asked.home, [*NUMBERS, "2023-12-24", "3.4.2023", "mixed up, 3"]) == {}
    asked.home.build_database.unlink()
    with pytest.raises(RegistryError, match="no refresh has read"):
        rotate_key(asked.home, the_key(KEY), is_for_home=False)
