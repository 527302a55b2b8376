"""A manuscript speaks of patients, not of the registry's tables."""

from __future__ import annotations

import re
from functools import cache

import pytest

from analysis.report.arranging.joined_units import joined
from analysis.report.arranging.plain_words import INTERNAL, sentences
from analysis.report.arranging.printed_estimates import text_of
from analysis.report.blocks import DataTable, Section
from analysis.report.output.manuscript import manuscript_sections
from analysis.report.output.render_html import sections_of
from tests.analysis_report.sample import content
from tests.e2e.demonstration import Demonstration


def words_of(sections: list[Section]) -> list[str]:
    """Every text of the sections: paragraphs, captions, notes, headings and cells of tables."""
    said: list[str] = []
    for section in sections:
        said.append(section.title)
        for block in section.blocks:
            said += [str(getattr(block, name)) for name in ("text", "caption", "note") if hasattr(block, name)]
            if isinstance(block, DataTable):
                said += [column.label for column in block.columns] + [label for label, _ in block.spans]
                said += [text_of(cell) for row in block.rows for cell in row.cells]
                said += [*block.notes, *(note for _, note in block.footnotes)]
    return said


@cache
def of_sample() -> list[Section]:
    """The sections of the sample's manuscript, made once."""
    return manuscript_sections(sections_of(content()), content())


@pytest.mark.long
def test_the_sample_names_nothing_internal() -> None:
    """No schema, table, column or rule is named in the sample's manuscript."""
    said = words_of(of_sample())
    assert len(said) > 200 and [text for text in said if INTERNAL.search(text)] == []


def test_the_demonstrations_manuscript_names_nothing_internal(demonstration: Demonstration) -> None:
    """Nor in that of the demonstration, in its paragraphs and tables; numbers do not part from their units."""
    from docx import Document

    document = Document(str(demonstration.release.folder / "manuscript.docx"))
    said = [paragraph.text for paragraph in document.paragraphs]
    said += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert len(said) > 200 and [text for text in said if INTERNAL.search(text)] == []
    bare = [re.sub(r"^(Table|Figure) \d+\. ", "", text) for text in said]
    assert [text for text in bare if joined(text) != text] == []


def test_a_sentence_that_points_inside_is_left_out() -> None:
    """The others of its paragraph stay."""
    text = "Shown by site. Others are in analysis.km_summary. Rule LES-04 sets aside. See LTPFS_STUDY. Per 1.5 years."
    assert sentences(text) == "Shown by site. Per 1.5 years."


@pytest.mark.long
def test_a_manuscript_has_the_ratios_of_models_in_its_tables() -> None:
    """The page leaves them to the forest plot; a paper prints the table whole and no plot of it."""
    (models,) = [one for one in of_sample() if one.anchor == "models"]
    labels = [column.label for block in models.blocks if isinstance(block, DataTable) for column in block.columns]
    assert labels.count("Hazard ratio (95 % CI)") == 2
    assert all(block.kind != "figure" for block in models.blocks)


@pytest.mark.long
def test_a_section_of_sentences_is_not_called_not_estimated() -> None:
    """The manuscript prints no table of several contrasts, and says how many tests there were all the same."""
    said = words_of(of_sample())
    assert any("tests between groups of patients" in text for text in said)
    assert not any(text.startswith("There are too few") and "Multiple comparisons" in text for text in said)
    assert not any("table below" in text or "on this page" in text for text in said)
