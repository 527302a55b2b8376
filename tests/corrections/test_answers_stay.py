"""Tests that a site's answers, its sheets and signed-off exceptions still hold when a number is merged, or parted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.corrections.home import merged, parted, same_as_a_rebuild
from tests.quality.questions_asked import ask, history, thread_of
from tests.quality.site_at_work import SITE, Site
from warehouse.intake.exceptions_file import Note, append
from warehouse.queries.flagged_rows import flagged_rows

CORRECTED = "SELECT patient_id, segment FROM clean.rfa_sessions ORDER BY ALL"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """P9's only session has a segment that is none; P1 has a session of its own."""
    site = Site(tmp_path / "home")
    site.sessions("2024-01-01.csv", "P1,S1,2020-01-01,L1,20,4,60", "P9,S2,2020-02-01,L2,20,13,60")
    site.refresh()
    return site


def answered(site: Site, name: str) -> None:
    """The site answers the only query of its sheet."""
    sheet = site.sheet()
    sheet.answer("LES-05", "correct", "5")
    site.hand_back(sheet, name)


@pytest.mark.long
def test_an_answer_from_before_holds(site: Site) -> None:
    """The corrected value stays, whether the sheet came before the merge or after it, and after the undoing too."""
    answered(site, "2024-02-01.xlsx")
    site.refresh()
    assert site.ask(CORRECTED) == [("P1", "4"), ("P9", "5")]
    with same_as_a_rebuild(site):
        merged(site, "P9", "P1")
    assert site.ask(CORRECTED) == [("P1", "4"), ("P1", "5")]
    assert site.ask("SELECT key, status FROM quality.answers") == [("P1|S2|L2", "applied")]
    with same_as_a_rebuild(site):
        parted(site, "P9", "P1")
    assert site.ask(CORRECTED) == [("P1", "4"), ("P9", "5")]


@pytest.mark.long
def test_a_sheet_shows_both_numbers_and_its_answer_outlives_the_merge(site: Site) -> None:
    """The site finds the row by the number that it delivered; what it answers holds when the merge is undone."""
    merged(site, "P9", "P1")
    site.refresh()
    queries = site.sheet().queries
    line = [cell.value for cell in queries[2]]
    assert "P9|S2|L2" in line and any("patient_id: P9 (read as P1)" in str(cell) for cell in line)
    answered(site, "2024-02-01.xlsx")
    site.refresh()
    assert site.ask(CORRECTED) == [("P1", "4"), ("P1", "5")]
    with same_as_a_rebuild(site):
        parted(site, "P9", "P1")
    assert site.ask(CORRECTED) == [("P1", "4"), ("P9", "5")]


@pytest.mark.long
@pytest.mark.parametrize("key", ["P9|S2|L2", "P1|S2|L2"])
def test_an_exception_holds_under_either_number(site: Site, key: str) -> None:
    """A row is accepted by the key that it was delivered under, and by the one that the registry shows."""
    site.sessions("2024-02-01.csv", "P9,S2,2020-02-01,L2,20,5,900")
    site.refresh()
    assert site.open_rules() == ["ABL-06"]
    append(site.home, Note("ABL-06", "Checked.", date(2025, 1, 1), SITE, key, "A. Miller"))
    with same_as_a_rebuild(site):
        merged(site, "P9", "P1")
    assert site.open_rules() == []
    assert site.ask("SELECT state, n_findings FROM quality.exceptions") == [("active", 1)]


@pytest.mark.long
def test_an_open_entry_is_the_same_entry(site: Site) -> None:
    """The entry's id does not change by a merge, nor is the entry resolved by it."""
    ids = "SELECT entry_id FROM quality.quarantine"
    before = site.ask(ids)
    merged(site, "P9", "P1")
    site.refresh()
    assert site.ask(ids) == before
    assert site.ask("SELECT count(*) FROM quality.resolved") == [(0,)]


@pytest.mark.long
def test_a_row_to_look_at_shows_both_numbers(site: Site) -> None:
    """A row that is kept with a flag is named by the number that the site delivered too."""
    header = "patient_id,specimen_id,specimen_site,gene,result,variant"
    site.deliver("genotypes", "2024-01-01.csv", header, "P9,X1,primary,RAS,mutant,G12D")
    site.refresh()
    merged(site, "P9", "P1")
    site.refresh()
    with site.build() as con:
        assert [row[3] for row in flagged_rows(con, SITE)] == ["P9 (read as P1)"]


@pytest.mark.long
def test_a_question_keeps_its_thread(site: Site) -> None:
    """Under a merged number and after the undoing, the question, what was said of it and its answer are the same."""
    ask(site, -3)
    before = thread_of(site, "LES-05")
    merged(site, "P9", "P1")
    site.refresh()
    during = thread_of(site, "LES-05")
    assert (during.thread, during.key, during.state) == (before.thread, "P9|S2|L2", "sent")
    answered(site, "2024-02-01.xlsx")
    site.refresh()
    assert thread_of(site, "LES-05").state == "answered"
    parted(site, "P9", "P1")
    site.refresh()
    after = thread_of(site, "LES-05")
    assert (after.thread, after.state) == (before.thread, "answered")
    assert [one.is_said for one in history(site, "LES-05")].count(True) == 1
