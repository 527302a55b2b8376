"""Tests the morning note in the registry's language: every word of it is said, and every name stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.report.blocks import Callout, DataTable, Numbering, Section
from analysis.report.morning_note import MorningNote
from analysis.report.output.markdown import cell_text, markdown
from analysis.report.sections import morning_note
from analysis.report.sections import morning_note_keys as keys
from languages.known import ENGLISH, LANGUAGES
from languages.language import language
from languages.phrases import phrases
from tests.analysis_report.sample import content
from tests.diff.two_releases import OLDER, new_registry
from tests.variants import quick
from tests.warehouse.kit import row_of
from warehouse.diff.stated import CHANGES, EXCEPTION
from warehouse.queries.site_notes import RULE, SUITE
from warehouse.storage.home import Home
from workflows.morning_note import LACKS, OTHER_CODE
from workflows.spoken_note import said, spoken, words

TRANSLATED = [code for code in LANGUAGES if code != ENGLISH]
WORD = r"[A-Z0-9]+([_-][A-Z0-9]+)*|[a-z_]*_[a-z_]*|exports|north|st-anna|patients|genotypes"
NAME = re.compile(rf"\S*[/|]\S*( / \S+)?|exceptions.toml|2 × LES-03|\S+ / \S+|r[12]|({WORD})(, ({WORD}))*")
"""What stays: places, keys, columns, rules and endpoints."""


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, MorningNote]]:
    """Notes of all kinds: on a new patient, LTP of another and one whose row changed; first, failed, not split."""
    with new_registry(tmp_path_factory.mktemp("spoken") / "home") as registry:
        before = registry.release(OLDER)
        registry.deliver_patients("2024-06-20.csv", 25)
        exam = {"patient_id": "P02", "exam_id": "E9", "exam_date": "2021-09-01", "lesion_status": "ltp"}
        registry.deliver("imaging_followups", "2024-06-21_exams.csv", row_of("imaging_followups", **exam))
        registry.deliver("imaging_followups", "2024-06-22.csv", row_of("imaging_followups", exam_date="soon"))
        note = registry.note(before, registry.release())
    late = "No delivery since 2026-01-31 (1,234 days); one is expected every 7 days."
    yield {
        "usual": replace(
            note,
            overdue=[{"place": "north", "sentence": late}],
            site_notes=[{"kind": "Lost", "place": "north/patients/a.csv", "sentence": "The file is empty."}],
            site_notes_counted="Of the newest deliveries of each site and export, 2 with unknown columns.",
            missing_parent="20240101T000000Z-00000000",
            stated=[
                {"kind": kind, "name": "LES-03", "site": "north", "change": change, "file": file, "n": n}
                for kind, file, n in ((RULE, "a/b.yaml", 1), (SUITE, "a/b.json", 1), (EXCEPTION, "exceptions.toml", 2))
                for change in CHANGES
            ],
        ),
        "first": MorningNote("r1", came_in={"patients": 1234}),
        "failed": MorningNote("r1", failure="KeyError"),
        "other code": replace(
            note, why_no_split=OTHER_CODE, movements=[replace(m, parts=None) for m in note.movements]
        ),
        "older": replace(note, why_no_split=LACKS, is_same_code=True),
        "same code": replace(note, is_same_code=True),
        "nothing": MorningNote("r2", before="r1"),
    }


def texts(section: Section) -> Iterator[str]:
    """Every text of the section that a person reads; of a callout's title, its kind."""
    yield section.title
    for block in section.blocks:
        if isinstance(block, DataTable):
            yield from (block.caption, *block.notes, *(label for label, _ in block.spans))
            yield from (column.label for column in block.columns)
            yield from (cell_text(cell) for row in block.rows for cell in row.cells)
        elif isinstance(block, Callout):
            yield from (block.title.partition(": ")[0], block.text)
        else:
            yield block.text


@pytest.mark.long
@pytest.mark.parametrize("code", quick(1, TRANSLATED))
def test_every_word_of_the_note_is_said(notes: dict[str, MorningNote], code: str) -> None:
    """No heading, caption, note, label or cell of a note stays English but names; the same words in some languages,
    such as Code, are in the catalogue.
    """
    one = language(code)
    unsaid = {
        text
        for note in notes.values()
        for text in texts(keys.build(note))
        if re.search("[A-Za-z]", text)
        and not NAME.fullmatch(text)
        and words(text, one) == text
        and one.word(text) is text
    }
    assert sorted(unsaid) == []


@pytest.mark.long
def test_a_german_note_keeps_names_and_writes_german_numbers(notes: dict[str, MorningNote]) -> None:
    """Figures get a decimal comma and days their order; keys, files and endpoints are as they were."""
    english, german = keys.build(notes["usual"]), said(keys.build(notes["usual"]), language("de"))
    text = markdown(german)
    assert "# Morgennotiz" in text and "2024-06-21_exams.csv, Zeile 1" in text and "LTPFS" in text
    assert "Keine Lieferung seit 31.01.2026 (1.234 Tage)" in text and "lokale Tumorprogression 01.09.2021" in text
    assert len(markdown(english).splitlines()) == len(text.splitlines())


@pytest.mark.long
@pytest.mark.parametrize(
    ("setting", "title", "begins"),
    [
        ("", "# Morning note", "Release"),
        ('language = "fr"\n', "# Note du matin", "Version"),
        ('language = "pt"\n', "# Morning note", "There is no catalogue for 'pt'"),
    ],
)
def test_the_registry_says_its_language(
    notes: dict[str, MorningNote], tmp_path: Path, setting: str, title: str, begins: str
) -> None:
    """registry.toml names the language of the note; one without a catalogue is said, and the note is in English."""
    (tmp_path / "registry.toml").write_text(setting, encoding="utf-8")
    lines = markdown(spoken(keys.build(notes["same code"]), Home(tmp_path))).splitlines()
    assert lines[0] == title and lines[2].startswith(begins)


@pytest.mark.long
@pytest.mark.parametrize("code", quick(1, TRANSLATED))
def test_every_word_of_the_pages_section_is_said(notes: dict[str, MorningNote], code: str) -> None:
    """The report's section on what changed has no English text left, but names."""
    one = phrases(code)
    unsaid = {
        text
        for note in notes.values()
        for text in texts(morning_note.build(content(morning_note=note), Numbering()))
        if re.search("[A-Za-z]", text) and not NAME.fullmatch(text) and not one.knows(text)
    }
    assert sorted(unsaid) == []
