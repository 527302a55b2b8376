"""Tests answers that meet other answers or deliveries: later ones, repetitions, and rows that disappear."""

import shutil

import pytest

from tests.quality.answering_site import GOOD, counted, row_of
from tests.quality.site_at_work import ANSWER_COLUMNS, SITE, Sheet
from warehouse.readers.answered_sheet import COLUMNS


@pytest.mark.long
def test_two_corrections_of_one_row(site):
    """Two values of one row corrected in one sheet both stand; each counts as one changed row, and the sums agree."""
    site.sessions("2024-02-28.csv", "P5,S1,2023-05-03,L5,20,12,900")
    site.refresh()
    sheet = site.sheet()
    for row in sheet.queries.iter_rows(min_row=2):
        if row[5].value == "P5|S1|L5":
            corrected = {"LES-05": "IVa", "ABL-06": 90}[row[6].value]
            for name, value in (("answer", "correct"), ("corrected value", corrected), ("answered by", "B")):
                row[COLUMNS.index(name)].value = value
    site.hand_back(sheet, "a.xlsx")
    site.refresh()
    assert site.ask("SELECT segment, power_w FROM clean.rfa_sessions WHERE patient_id = 'P5'") == [("4a", 90.0)]
    assert counted(site) == [("accepted", 2, 2)]


@pytest.mark.long
def test_a_conflict_after_the_answer(site):
    """A delivery that contradicts itself leaves the corrected row current, with the flag KEY-01; a rejected
    conflicting row is not asked again."""
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22.0")
    site.hand_back(sheet, "a.xlsx")
    site.sessions("2024-02-28.csv", "P2,S1,2023-05-03,L2,30,5,60", "P2,S1,2023-05-03,L2,31,5,60")
    site.refresh()
    assert site.ask("SELECT max_diameter_mm, flags FROM clean.rfa_sessions WHERE patient_id = 'P2'") == [
        (22.0, ["KEY-01"])
    ]
    asked = site.sheet()
    rows = [row for row in asked.queries.iter_rows(min_row=2) if row[6].value == "KEY-01"]
    assert len(rows) == 2
    for name, value in (("answer", "reject"), ("answered by", "Dr. A")):
        asked.queries.cell(rows[0][0].row, ANSWER_COLUMNS[name]).value = value
    site.hand_back(asked, "b.xlsx")
    site.refresh()
    assert [row[6].value for row in site.sheet().queries.iter_rows(min_row=2)].count("KEY-01") == 1
    assert site.open_rules().count("KEY-01") == 2


@pytest.mark.long
def test_a_withdrawn_row_takes_its_correction_along(site):
    """Where a snapshot delivery withdraws the row, the correction ends with it; the sums agree."""
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22.0")
    site.hand_back(sheet, "a.xlsx")
    (site.home.landing / SITE / "site.toml").write_text(
        '[exports.rfa_sessions]\nmode = "snapshot"\nmax_withdrawn = 1\n'
    )
    site.sessions("2024-02-28.csv", GOOD)
    site.refresh()
    assert row_of(site, "P2") == []
    [(_, _, status, reason)] = site.answers()
    assert status == "refused"
    assert "withdrawn" in reason


@pytest.mark.long
def test_the_same_sheet_twice_changes_nothing(site):
    """The same file again is no arrival; under another name its answers are repetitions."""
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22.0")
    sheet.answer("ABL-06", "confirm")
    site.hand_back(sheet, "a.xlsx")
    site.refresh()
    before = row_of(site, "P2")
    landed = site.home.landing / SITE / "answers" / "a.xlsx"
    shutil.copy(landed, landed.with_name("b.xlsx"))
    site.refresh()
    assert row_of(site, "P2") == before
    assert counted(site) == [("accepted", 1, 1), ("accepted", 0, 0)]
    assert [(status, reason) for _, _, status, reason in site.answers()][2:] == [
        ("applied", "Repeats an earlier answer.")
    ] * 2
    assert site.ask("SELECT count(*) FROM quality.exceptions") == [(1,)]
    arrivals = site.ask("SELECT count(*) FROM meta.loads")
    made = site.refresh()
    site.hand_back(Sheet(landed), "c.xlsx")
    (landed.with_name("c.xlsx")).unlink()
    assert site.refresh() == made
    assert site.ask("SELECT count(*) FROM meta.loads") == arrivals


@pytest.mark.long
def test_the_last_answer_counts(site):
    """Another answer to the same entry, in a later sheet, takes the place of the first."""
    first, second = site.sheet(), site.sheet()
    first.answer("LES-03", "correct", "22.0")
    second.answer("LES-03", "confirm")
    site.hand_back(first, "a.xlsx")
    site.refresh()
    site.hand_back(second, "b.xlsx")
    site.refresh()
    assert row_of(site, "P2")[0][0] == 220.0
    assert [status for _, _, status, _ in site.answers()] == ["superseded", "applied"]


@pytest.mark.long
def test_a_later_answer_overtakes_what_stood_on_the_first(site):
    """When the first correction is replaced, an answer about the row as it had been corrected is superseded, not
    called edited."""
    first = site.sheet()
    first.answer("LES-03", "correct", "1800")
    site.hand_back(first, "a.xlsx")
    site.refresh()
    second = site.sheet()
    second.answer("LES-03", "correct", "18")
    site.hand_back(second, "b.xlsx")
    site.refresh()
    assert row_of(site, "P2")[0][0] == 18.0
    first.answer("LES-03", "correct", "19")
    site.hand_back(first, "c.xlsx")
    site.refresh()
    assert row_of(site, "P2")[0][0] == 19.0
    assert [status for _, _, status, _ in site.answers()] == ["superseded", "superseded", "applied"]


LESS = "patient_id,session_id,session_date,lesion_id,max_diameter_mm,segment"


def _corrected_power(site) -> None:
    """P3's power of 900 W corrected to 90 W."""
    sheet = site.sheet()
    sheet.answer("ABL-06", "correct", "90")
    site.hand_back(sheet, "a.xlsx")
    site.refresh()


@pytest.mark.long
def test_a_correction_lasts_until_a_later_delivery_has_that_column(site):
    """Versions without the column keep the corrected cell; one that has it says what holds from then on."""
    _corrected_power(site)
    for month, diameter in (("03", "21"), ("04", "22")):
        site.deliver("rfa_sessions", f"2024-{month}-31.csv", LESS, f"P3,S1,2023-05-04,L3,{diameter},5")
        made = site.refresh()
        assert [row[:2] for row in row_of(site, "P3")] == [(float(diameter), 90.0)]
        assert "ABL-06" not in site.open_rules()
        assert site.refresh(full=True) == made
    site.sessions("2024-05-31.csv", "P3,S1,2023-05-04,L3,22,5,800")
    site.refresh()
    assert "ABL-06" in site.open_rules()
    assert {(status, reason is None) for _, _, status, reason in site.answers()} == {("refused", False)}


@pytest.mark.long
def test_a_correction_that_comes_after_the_shorter_delivery_holds_as_well(site):
    """Which of the two came first makes no table."""
    sheet = site.sheet()
    sheet.answer("ABL-06", "correct", "90")
    site.deliver("rfa_sessions", "2024-03-31.csv", LESS, "P3,S1,2023-05-04,L3,21,5")
    site.refresh()
    site.hand_back(sheet, "a.xlsx")
    site.refresh()
    assert [row[:2] for row in row_of(site, "P3")] == [(21.0, 90.0)]
    assert {status for _, _, status, _ in site.answers()} == {"applied"}


@pytest.mark.long
def test_a_correction_of_a_corrected_cell_is_found_again_after_a_shorter_delivery(site):
    """Two corrections of one cell, the second asked for where the row had lacked the column already."""
    sheet = site.sheet()
    sheet.answer("ABL-06", "correct", "950")
    site.hand_back(sheet, "a.xlsx")
    site.deliver("rfa_sessions", "2024-03-31.csv", LESS, "P3,S1,2023-05-04,L3,21,5")
    site.refresh()
    second = site.sheet()
    second.answer("ABL-06", "correct", "95")
    site.hand_back(second, "b.xlsx")
    site.deliver("rfa_sessions", "2024-04-30.csv", LESS, "P3,S1,2023-05-04,L3,23,5")
    made = site.refresh()
    assert [row[:2] for row in row_of(site, "P3")] == [(23.0, 95.0)]
    assert site.refresh(full=True) == made
