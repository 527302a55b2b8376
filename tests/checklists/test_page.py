"""docs/checklists.md is executed on the demonstration study; the files hold what the release says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.checklists.items import CHECKLISTS
from tests.e2e.demonstration import Demonstration
from tests.orchestration.command import run_here
from tests.own_rules.test_page import FENCE, printed
from tests.structure.checkout import ROOT
from workflows.fill_checklist import markdown_of

PAGE = ROOT / "docs" / "checklists.md"


@pytest.fixture(scope="module")
def strobe(demonstration: Demonstration) -> str:
    """The demonstration's STROBE checklist."""
    return markdown_of(demonstration.release, "strobe")


def line(text: str, number: str) -> str:
    """The line of one item."""
    return next(one for one in text.splitlines() if one.startswith(f"| {number} |"))


def test_the_figures_are_the_releases(demonstration: Demonstration, strobe: str) -> None:
    """Patients, events, missing values, follow-up and ratios stand in it as the tables have them."""
    (n, events), (months,) = (
        demonstration.rows(
            "SELECT n, n_events FROM analysis.km_summary WHERE endpoint = 'OS' AND level = 'patient' "
            "AND \"grouping\" = 'overall' AND quantity = 'median_months'"
        )[0],
        demonstration.rows(
            "SELECT estimate FROM analysis.km_summary WHERE endpoint = 'LTPFS' AND level = 'patient' "
            "AND \"grouping\" = 'overall' AND quantity = 'reverse_km_median_months'"
        )[0],
    )
    assert f"Overall survival: {events} of {n}" in line(strobe, "15")
    assert f"{months:.1f}" in line(strobe, "14c")
    assert "Received: 120 patients" in line(strobe, "13a") or "Ablated: 120 patients" in line(strobe, "13a")
    (low, high), *_ = demonstration.rows(
        "SELECT min(first_ablation_date)::VARCHAR, max(first_ablation_date)::VARCHAR FROM derived.patient_ltpfs"
    )
    assert f"first ablations from {low} to {high}" in line(strobe, "5")
    assert "made up" in line(strobe, "19") and "To be written by the author (item 22)" in line(strobe, "22")


@pytest.mark.parametrize("name", CHECKLISTS)
def test_every_item_has_its_line(demonstration: Demonstration, name: str) -> None:
    """Each number stands once at the beginning of a line; what a full release can answer is answered."""
    text = markdown_of(demonstration.release, name)
    numbers = re.findall(r"^\| ((?:RECORD )?\d[\w.]*) \|", text, flags=re.MULTILINE)
    assert numbers == [item.number for item in CHECKLISTS[name]]
    left = re.findall(r"To be written by the author \(item ([^)]+)\)", text)
    assert left == [item.number for item in CHECKLISTS[name] if not item.answer]


@pytest.mark.long
def test_the_page_shows_what_is_printed(demonstration: Demonstration, tmp_path: Path) -> None:
    """Every command on the page prints what stands below it, and writes a Word document with every item."""
    from docx import Document

    def replaced(block: re.Match[str]) -> str:
        language, _, content = block.groups()
        if language != "console":
            return block[0]
        typed = content.splitlines()[0]
        words = [word.replace("strobe.docx", str(tmp_path / "strobe.docx")) for word in typed.split()[2:]]
        words = [word.replace("checklist.pdf", str(tmp_path / "checklist.pdf")) for word in words]
        lines = printed(run_here(demonstration.home.root, *words), demonstration.home.root)
        return "\n".join(["```console", typed, *(one.replace(f"{tmp_path}/", "") for one in lines), "```"])

    text = PAGE.read_text(encoding="utf-8")
    assert FENCE.sub(replaced, text) == text
    table = Document(str(tmp_path / "strobe.docx")).tables[0]
    numbers = [row.cells[0].text.replace("\u2011", "-").replace("\u00a0", " ") for row in table.rows]
    assert [item.number for item in CHECKLISTS["strobe"]] == numbers[-len(CHECKLISTS["strobe"]) :]


def test_what_cannot_be_written_is_refused(demonstration: Demonstration, tmp_path: Path) -> None:
    """A file that exists stays as it is; a checklist or a release that there is not is named."""
    there = tmp_path / "there.md"
    there.write_text("mine", encoding="utf-8")
    root = demonstration.home.root
    ran = run_here(root, "checklist", "remark", "--out", str(there))
    assert ran.code == 1 and "exists already" in ran.err.decode() and there.read_text(encoding="utf-8") == "mine"
    assert run_here(root, "checklist", "consort").code == 2
    assert run_here(root, "checklist", "strobe", "--release", "2001").code == 1
