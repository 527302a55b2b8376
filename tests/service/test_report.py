"""The report's section on the service: what it shows, of one centre and of many, and when it is left out."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest

from analysis.report.arranging.arrange_page import arranged
from analysis.report.blocks import Block, DataTable, FigureGrid, Heading, Numbering, Paragraph
from analysis.report.content import ReportContent
from analysis.report.output.render_html import render, sections_of
from analysis.report.sections import service
from analysis.service.followup import followup
from analysis.service.outcomes import outcomes
from analysis.service.volumes import volumes
from analysis.service.waiting import waiting
from schemas.thresholds import MIN_FUNNEL_CENTRES
from tests.analysis_report.page import Page
from tests.analysis_report.sample import content
from tests.service.hand_study import table

QUARTERS = ("2019-Q3", "2020-Q1", "2021-Q4")
"""With gaps, in which no session is."""


def counts(sites: int, operators: int = 0) -> pd.DataFrame:
    """Ten sessions of each centre and quarter, nine of them RFA, and their sums; operators have one each."""
    rows = []
    for site, modality, quarter in product(["", *_names(sites)], ["", "rfa", "mwa"], ["", *QUARTERS]):
        n = (sites if not site else 1) * (1 if quarter else len(QUARTERS)) * {"": 10, "rfa": 9, "mwa": 1}[modality]
        rows.append((site, "", modality, quarter, n, n, n))
    for site, number in product(_names(sites), range(operators)):
        rows += [(site, f"OP-{number}", modality, "", 1, 2, 1) for modality in ("", "rfa")]
    return volumes(pd.DataFrame(rows, columns=list(volumes_columns())))


def volumes_columns() -> tuple[str, ...]:
    """The columns of the counts of volumes."""
    return ("site", "operator_id", "modality", "session_quarter", "n_sessions", "n_lesions", "n_patients")


def _names(sites: int) -> list[str]:
    return [f"s{number:02}" for number in range(sites)]


def tables(sites: int, operators: int = 0, worst: int = 18) -> dict[str, pd.DataFrame]:
    """The tables of so many centres with 20 lesions, 18 of them free of tumour at first, at the last `worst`."""
    nothing = dict.fromkeys(("n_not_due", "n_not_evaluable", "n_decided", "n_ltp"), 0)
    judged = [(name, 18) for name in _names(sites)[:-1]] + [(_names(sites)[-1], worst)]
    lesions = [{"site": name, "n_lesions": 24, "n_judged": 20, "n_effective": k} | nothing for name, k in judged]
    graded = ["site", "complication_system", "n_sessions", "n_silent", "n_graded", "n_major", "n_open"]
    complications = pd.DataFrame([(name, "cirse", 30, 3, 25, 1, 0) for name in _names(sites)], columns=graded)
    starts = ("decision", "referral", "decision_or_referral")
    waits = [(name, start, days, 5) for name in _names(sites) for start in starts for days in (10, 40, None, -3)]
    measures = [(name, "first_exam_in_time", "lesion", 20, 15, 4) for name in _names(sites)]
    return {
        "service_volumes": counts(sites, operators),
        "service_waiting": waiting(pd.DataFrame(waits, columns=["site", "waits_from", "days", "n"])),
        "service_outcomes": outcomes(pd.DataFrame(lesions), complications),
        "service_followup": followup(
            pd.DataFrame(measures, columns=["site", "quantity", "level", "n", "n_events", "n_missing"])
        ),
    }


def blocks_of(told: ReportContent) -> list[Block]:
    """The section's blocks."""
    return list(service.build(told, Numbering()).blocks)


def lines(found: DataTable) -> list[list[str]]:
    """The table's cells as text."""
    return [[getattr(cell, "text", cell) for cell in row.cells] for row in found.rows]


def captioned(blocks: list[Block], word: str) -> DataTable:
    """The table whose caption has the word."""
    (found,) = (block for block in blocks if isinstance(block, DataTable) and word in block.caption)
    return found


def test_the_section_is_left_out_without_its_tables() -> None:
    """A release whose registry.toml says off, or that is older, has no such section; with volumes alone it has one."""
    assert "service" not in [section.anchor for section in sections_of(content(tables={}))]
    only = {"service_volumes": counts(1)}
    assert "service" in [section.anchor for section in sections_of(content(tables=only))]


def test_centres_come_after_all_of_them_and_one_stands_alone() -> None:
    """Of three centres the sum leads; of one it would repeat it. A modality without a session is 0."""
    blocks = blocks_of(content(tables=tables(3)))
    volume = captioned(blocks, "patients treated, by centre")
    assert lines(volume)[:2] == [
        ["Every centre", "90", "90", "90", "81", "9", "0"],
        ["s00", "30", "30", "30", "27", "3", "0"],
    ]
    (alone,) = lines(captioned(blocks_of(content(tables=tables(1))), "patients treated, by centre"))
    assert alone[0] == "s00"


def test_quarters_follow_each_other() -> None:
    """The newest eight quarters of the calendar, those without a session among them."""
    shown = captioned(blocks_of(content(tables=tables(2))), "by centre and quarter")
    assert [column.label for column in shown.columns[1:]] == [
        *("2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4"),
        *("2021-Q1", "2021-Q2", "2021-Q3", "2021-Q4"),
    ]
    assert lines(shown)[1] == ["s00", "10", *["0"] * 6, "10"]


def test_waits_say_who_is_left_out() -> None:
    """Patients, those known, median and quartiles, the share within 28 days; by each start for all; negative waits."""
    shown = captioned(blocks_of(content(tables=tables(2))), "from decision or referral")
    assert lines(shown)[:2] == [
        ["From the decision, else the referral"],
        ["Every centre", "40", "20", "25 (10–40)", "50.0 (27.2–72.8)"],
    ]
    assert [row[0] for row in lines(shown)] == [
        *("From the decision, else the referral", "Every centre", "s00", "s01"),
        *("From the decision", "Every centre", "From the referral", "Every centre"),
    ]
    assert shown.notes[-1] == "10 patients with a negative wait."


def test_without_dates_a_sentence_names_the_columns() -> None:
    """Nobody's wait is known: no table of dashes."""
    told = tables(2)
    told["service_waiting"] = told["service_waiting"].assign(n_known=0)
    text = str([block for block in blocks_of(content(tables=told)) if isinstance(block, Paragraph)])
    assert "nobody's wait is known" in text and "decision_date" in text


@pytest.mark.long
def test_five_centres_are_funnels_and_four_are_a_table() -> None:
    """Each outcome with enough centres is drawn; the centre outside is named in picture and table. With fewer the table
    stands alone, and a sentence says so.
    """
    blocks = blocks_of(content(tables=tables(MIN_FUNNEL_CENTRES, worst=6)))
    (grid,) = (block for block in blocks if isinstance(block, FigureGrid))
    assert [figure.caption for figure in grid.figures] == [
        "Major complications, CIRSE, by centre.",
        "Primary efficacy, by centre.",
    ]
    assert "s04 6 of 20." in grid.figures[1].svg and ">s04</text>" in grid.figures[1].svg
    shown = lines(captioned(blocks, "Complications, efficacy"))
    assert ["s04", "20", "6", "4", "30.0 (11.9–54.3)", "12–19", "outside 99.8 %"] in shown
    few = blocks_of(content(tables=tables(MIN_FUNNEL_CENTRES - 1)))
    assert not [block for block in few if isinstance(block, FigureGrid)]
    assert "A funnel needs 5 centres with cases; there are 4." in str(few)
    assert captioned(few, "Complications, efficacy").notes[1:] == [
        "Major complications, CIRSE, left out: 12 not stated, 8 in another scale.",
        "Primary efficacy, left out: 16 without an exam that says either.",
        "LTP within 12 months, left out: 96 seen for less than a year.",
    ]


@pytest.mark.long
def test_many_centres_are_counted_below_the_table() -> None:
    """The page shows 40; the release's table has all."""
    blocks = blocks_of(content(tables=tables(service.MAX_ROWS + 3)))
    shown = captioned(blocks, "patients treated, by centre")
    assert len(shown.rows) == 1 + service.MAX_ROWS and "3 more centres are in analysis.service_volumes." in shown.notes


def test_operators_stand_on_the_page_only_if_counted() -> None:
    """By centre, with the note that they never leave; without them there is no heading, and under disclosure control
    their table is not even there.
    """
    blocks = blocks_of(content(tables=tables(2, operators=2)))
    shown = captioned(blocks, "by operator")
    assert lines(shown)[:2] == [["s00"], ["OP-0", "1", "2", "1", "1", "0", "0"]]
    assert "never leaves" in str(shown.notes)
    assert "Operators" not in [
        block.text for block in blocks_of(content(tables=tables(2))) if isinstance(block, Heading)
    ]


def test_a_suppressed_count_is_no_zero() -> None:
    """Under disclosure control a count that is missing is a dash, and the table says what that means."""
    told = {"service_volumes": counts(2).query("modality == ''")}
    blocks = blocks_of(content(tables=told, disclosure="Disclosure control lt5: 3 counts are suppressed."))
    shown = captioned(blocks, "patients treated, by centre")
    assert lines(shown)[0][4:] == ["–", "–", "–"] and "suppressed" in shown.notes[-1]
    assert not [block for block in blocks if isinstance(block, Heading)]


@pytest.mark.long
def test_the_hand_study_is_a_page() -> None:
    """The tables as they are made give a page that is well formed, with the section and its numbers."""
    names = ("volumes", "waiting", "outcomes", "followup")
    page = Page(render(content(tables={f"service_{name}": table(f"service_{name}") for name in names})))
    assert page.is_well_nested and "The service" in page.text and "OP-9" in page.text
    assert [section.anchor for section in arranged(sections_of(content(tables={})))]
