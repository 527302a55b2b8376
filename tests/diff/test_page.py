"""The page's section: first after the headline, counts and deliveries, and no patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from analysis.report.blocks import Numbering, Section
from analysis.report.morning_note import MorningNote
from analysis.report.output.markdown import markdown
from analysis.report.output.render_html import render, sections_of
from analysis.report.sections import morning_note
from analysis.report.sections import morning_note_keys as keys
from analysis.report.sections.morning_note import FILE
from tests.analysis_report.page import Page
from tests.analysis_report.sample import RELEASE, content
from tests.diff.two_releases import OLDER, new_registry
from tests.warehouse.kit import row_of


@pytest.fixture(scope="module")
def note(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MorningNote]:
    """The note on a new patient and on LTP of another, delivered in a file with a hostile name."""
    with new_registry(tmp_path_factory.mktemp("page") / "home") as registry:
        before = registry.release(OLDER)
        registry.deliver_patients("2024-06-20_<script>.csv", 25)
        exam = {"patient_id": "P02", "exam_id": "E9", "exam_date": "2021-09-01", "lesion_status": "ltp"}
        registry.deliver("imaging_followups", "2024-06-21_exams.csv", row_of("imaging_followups", **exam))
        yield registry.note(before, registry.release())


@cache
def sections() -> list[Section]:
    """The sections of the sample's page, made once: drawings take seconds, and no other section reads the note."""
    return sections_of(content())


def page_of(note: MorningNote | None) -> Page:
    """The sample's page with this note."""
    report = content(morning_note=note)
    own = morning_note.build(report, Numbering())
    assert own.anchor in {section.anchor for section in sections()}
    return Page(render(report, [replace(own, part=s.part) if s.anchor == own.anchor else s for s in sections()]))


@pytest.mark.long
def test_the_section_comes_first(note: MorningNote) -> None:
    """What changed comes after the flow and before the contents, which list both in this order."""
    page = page_of(note)
    found = [attributes.get("id") or tag for tag, attributes in page.elements if tag in ("section", "nav")]
    assert found[:4] == ["section", "flow", "changes", "nav"] and page.is_well_nested
    assert [address for address in page.values("href") if address.startswith("#")][:2] == ["#flow", "#changes"]


@pytest.mark.long
def test_the_page_shows_counts_and_deliveries_and_no_patient(note: MorningNote) -> None:
    """The page shows counts, movements and the deliveries that caused them; keys are only in the file it links to."""
    page = page_of(note)
    for words in ("What was added, changed and withdrawn.", "How the main estimates moved.", "2024-06-21_exams.csv"):
        assert words in page.text
    assert "P02" not in page.text and "P25" not in page.text and "2021-09-01" not in page.text
    assert FILE in page.values("href") and page.count("script") == 0


@pytest.mark.long
def test_other_code_is_said(note: MorningNote) -> None:
    """Between releases by different code, the note counts whom the code moved and does not say zero by construction."""
    text = page_of(note).text
    assert "counted differently by today's code 0" in text and "by construction" not in text


@pytest.mark.long
def test_a_first_release_says_what_came_in() -> None:
    """Without a predecessor, the section says what was received beyond the flow's counts; the file says everything."""
    first = MorningNote(RELEASE, came_in={"patients": 1234, "exams": 5, "accepted_deliveries": 1, "entries": 2})
    text = page_of(first).text
    assert (
        "This is the first release" in text and "It rests on 5 exams and 1 delivery; no delivery was rejected" in text
    )
    assert "2 rows or values are set aside" in text
    assert "| Patient records accepted | 1,234 |" in markdown(keys.build(first))


@pytest.mark.long
def test_a_note_without_keys_has_no_heading_for_them(note: MorningNote) -> None:
    """A night in which no row changed has nothing by key, and does not say that it had."""
    assert "## By key" in markdown(keys.build(note))
    assert "## By key" not in markdown(keys.build(MorningNote(RELEASE, before="an earlier release")))


@pytest.mark.long
def test_overdue_sites_are_said(note: MorningNote) -> None:
    """Each overdue site is named with its sentence, on the page and in the file, in a first release and later ones."""
    late = [{"place": "south", "sentence": "No delivery since 2024-05-01 (30 days); one is expected every 7 days."}]
    for told in (MorningNote(RELEASE, came_in={"patients": 5}, overdue=late), replace(note, overdue=late)):
        assert f"Overdue: south. {late[0]['sentence']}" in page_of(told).text
        written = markdown(keys.build(told))
        assert "Overdue: south." in written and late[0]["sentence"] in written
    assert "Overdue" not in page_of(note).text


@pytest.mark.long
def test_a_failed_comparison_is_said() -> None:
    """A failed comparison is shown with the kind of failure, and the page does not link to the file."""
    page = page_of(MorningNote(RELEASE, failure="IOException"))
    assert "failed (IOException)" in page.text and FILE not in page.values("href")


@pytest.mark.long
def test_a_release_further_back_is_said(note: MorningNote) -> None:
    """The section says so if the parent release no longer exists."""
    assert "no longer kept" in page_of(replace(note, missing_parent="20240630T000000Z-aaaaaaaa")).text


@pytest.mark.long
def test_without_a_note_the_page_stands() -> None:
    """A page made without comparing says so in a sentence."""
    assert "made without comparing releases" in page_of(None).text
