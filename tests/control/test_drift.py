"""A site that drifts is named the night it comes, everywhere a person looks, and not again the night after."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest

from analysis.report.blocks import DataTable, FigureBlock, Numbering, Paragraph
from analysis.report.output.markdown import markdown
from analysis.report.sections import control
from analysis.report.sections.morning_note_keys import build
from orchestration.alerts import triggers
from tests.alerts.listeners import WebServer, served, write
from tests.analysis_report.sample import content
from tests.orchestration.command import Ran, run_here
from tests.warehouse.kit import csv_of, row_of
from warehouse.control import run_in
from warehouse.quality.site_results import thresholds
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, find_release
from warehouse.storage.home import Home
from workflows.morning_note import note_of_releases

QUARTERS = [f"{year}-{month:02d}" for year in range(2020, 2024) for month in (1, 4, 7, 10)]
"""First months of sixteen quarters: four of run-in, twelve that are judged."""
PATIENTS = 10
ALIKE = {"sex": "male", "birth_year": "1950", "last_contact_date": "2024-01-02"}
NORTH = "north/margin_known/2024-Q1: Margin known in 20 % of 10 lesions; limits 62 to 100 % around the site's 90 %."
NIGHTS = ("2024-02-15", "2024-05-15", "2024-05-20")
"""Extracts: the first judges up to 2023-Q4, the others up to 2024-Q1."""


def sessions(site: str, months: list[str], n_with_margin: int) -> str:
    """Ten patients in each of these months, of whom so many have a margin."""
    rows = [
        row_of(
            "rfa_sessions",
            patient_id=f"{site[0]}{month}-{number}",
            session_date=f"{month}-{number + 2:02d}",
            minimal_margin_mm="5" if number < n_with_margin else "",
        )
        for month in months
        for number in range(PATIENTS)
    ]
    return csv_of(rows)


def exams(months: list[str]) -> str:
    """An exam of each of north's lesions, a month after the ablation."""
    rows = [
        row_of("imaging_followups", patient_id=f"n{month}-{number}", exam_date=f"{month}-28")
        for month in months
        for number in range(PATIENTS)
    ]
    return csv_of(rows)


def people(site: str, months: list[str]) -> str:
    """The patients: alike in sex and year of birth, so that PAT-02 asks about them."""
    rows = [
        row_of(
            "patients",
            patient_id=f"{site[0]}{month}-{number}",
            sex="male",
            birth_year="1950",
            last_contact_date="2024-01-02",
        )
        for month in months
        for number in range(PATIENTS)
    ]
    return csv_of(rows)


@dataclass
class Nights:
    """The home, what each refresh printed, and its release."""

    home: Home
    ran: list[Ran] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)

    def deliver(self, site: str, export: str, name: str, text: str) -> None:
        """Put a file into landing/."""
        folder = self.home.landing / site / export
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    def refresh(self) -> None:
        """One night."""
        self.ran.append(run_here(self.home.root, "refresh"))
        assert self.ran[-1].code == 0, self.ran[-1].err.decode()
        self.releases.append(find_release(self.home))

    def said(self, night: int) -> str:
        """What the refresh of that night printed on standard error."""
        return self.ran[night].err.decode()


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Three nights of two sites. In the second, margins of the newest quarter are missing: at north, which has kept
    them for four years, and at south, which is new and never had them.
    """
    found = Nights(Home(tmp_path_factory.mktemp("drift")).create())
    for night, (name, months) in enumerate(zip(NIGHTS, (QUARTERS, ["2024-01"], ["2024-04"]), strict=True)):
        found.deliver("north", "rfa_sessions", f"{name}.csv", sessions("north", months, 2 if night else 9))
        found.deliver("south", "rfa_sessions", f"{name}.csv", sessions("south", months[-1:], 0))
        found.deliver("north", "patients", f"{name}.csv", people("north", months))
        if not night:
            found.deliver("north", "imaging_followups", f"{name}.csv", exams(months[:4]))
        found.refresh()
    return found


@pytest.mark.long
def test_the_night_it_comes_it_is_named(nights: Nights) -> None:
    """The first release with charts names nobody; the second names the site that drifts, and not the new one."""
    assert "Drift" not in nights.said(0)
    assert f"Drift    {NORTH}" in nights.said(1).splitlines()
    assert nights.said(1).count("Drift") == 1


@pytest.mark.long
def test_the_night_after_it_is_not_named_again(nights: Nights) -> None:
    """The share of that quarter is known; `registry status` still shows it."""
    assert "Drift" not in nights.said(2) and "open from before" in nights.said(2)
    status = run_here(nights.home.root, "status").text
    assert NORTH in status and "south/margin_known" not in status


@pytest.mark.long
def test_the_morning_note_names_it(nights: Nights) -> None:
    """In the note of that night alone; a site's own query sheet says it too."""
    first, second, third = nights.releases
    assert "Drift: north/margin_known/2024-Q1" in markdown(build(note_of_releases(nights.home, first, second)))
    assert "Drift" not in markdown(build(note_of_releases(nights.home, second, third)))


@pytest.mark.long
def test_the_query_sheet_says_it_to_the_site(nights: Nights, tmp_path: Path) -> None:
    """On the sheet of notes, and to no other site."""
    for site, is_told in (("north", True), ("south", False)):
        assert run_here(nights.home.root, "queries", site, "--out", str(tmp_path / f"{site}.xlsx")).code == 0
        book = openpyxl.load_workbook(tmp_path / f"{site}.xlsx")
        cells = str([row for sheet in book for row in sheet.iter_rows(values_only=True)])
        assert ("Margin known in 20 %" in cells) is is_told


@pytest.mark.long
def test_an_alert_is_sent_if_asked_for(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default none; with `drift` in alerts.toml one on that night, none on the others."""
    monkeypatch.setenv("HOOK_WORD", "Bearer 17")
    _, second, third = nights.releases
    with WebServer() as web, served(web):
        write(nights.home, web=web, more="")
        assert triggers.released(nights.home, second.release_id) == [] and web.posted == []
        write(nights.home, web=web, more='on = ["drift"]\n')
        for release in nights.releases:
            assert triggers.released(nights.home, release.release_id) == []
    (nights.home.root / "alerts.toml").unlink()
    (posted,) = web.posted
    assert (posted["occasion"], posted["title"]) == ("drift", "Registry: sites drift (1)")
    assert posted["lines"] == [NORTH]
    assert third.release_id != second.release_id


@pytest.mark.long
def test_the_report_shows_it(nights: Nights) -> None:
    """The section states the run-in, the quarter with its limits, and that there are too few centres for a funnel."""
    with open_release(nights.releases[1]) as con:
        charts = con.execute("FROM quality.control_charts").df()
        told = content(tables={}, control_charts=charts, run_in=run_in.shown(con), thresholds=thresholds(con))
    blocks = control.build(told, Numbering()).blocks
    said = " ".join(block.text for block in blocks if isinstance(block, Paragraph))
    assert "In its run-in: south (until 2024-Q3)." in said
    assert "A funnel needs 5 centres with complete quarters; there are 1." in said
    assert "No site.toml states a threshold" in said
    (table,) = (block for block in blocks if isinstance(block, DataTable))
    lines = [[getattr(cell, "text", cell) for cell in row.cells] for row in table.rows]
    newest = ["Margin known", "2024-Q1", "10 lesions", "20.0", "90.0", "61.5–100.0", "beyond the limits"]
    assert lines[0] == ["north"] and newest in lines
    assert ["Margin known", "in the run-in", "–", "–", "–", "–", ""] in lines[lines.index(["south"]) :]
    (figure,) = (block for block in blocks if isinstance(block, FigureBlock))
    assert "Control charts of north" in figure.caption and "Margin known" in figure.svg


@pytest.mark.long
def test_the_sites_add_up_to_all(nights: Nights) -> None:
    """Rules about derived tables and about the registry have the sites' counts, which sum to those of all sites."""
    with open_release(nights.releases[2]) as con:
        sums = con.execute(
            "SELECT r.rule_id, r.n_violations, r.n_rows, sum(s.n_violations), sum(s.n_rows), count(DISTINCT s.site) "
            "FROM quality.results r JOIN quality.site_results s USING (rule_id, table_name, aspect) "
            "WHERE r.rule_id <> 'DS-01' GROUP BY ALL"
        ).fetchall()
        in_run_in = con.execute(
            "SELECT site, count(*) FILTER (status = 'failed'), count(*) FILTER (status = 'run-in') "
            "FROM quality.site_results GROUP BY site ORDER BY site"
        ).fetchall()
    assert {"IMG-08", "IMG-09", "PAT-02", "OUT-03", "LES-03", "KEY-01"} <= {row[0] for row in sums}
    assert [row for row in sums if row[1:3] != row[3:5]] == []
    assert max(row[5] for row in sums) == 2
    (_, failed, none), (_, new, excused) = in_run_in
    assert failed > 0 and none == 0 and new == 0 and excused > 0
