"""Drawings as files and the manuscript in Word: complete, readable by others, the same bytes every time."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest

from analysis.report import figure_block
from analysis.report.arranging.joined_units import joined
from analysis.report.blocks import Section
from analysis.report.figure_block import figures_of, png_file, svg_file
from analysis.report.output import manuscript, page
from analysis.report.output.render_html import sections_of
from analysis.report.sections import COHORT_PARTS
from tests.analysis_report.sample import content
from tests.paper.documents import DOTS_PER_INCH, docx
from tests.variants import quick
from workflows.paper_files import write_paper


@pytest.fixture(scope="module")
def sections() -> list[Section]:
    """The sample's sections."""
    return sections_of(content(), COHORT_PARTS)


@pytest.fixture(scope="module")
def made(sections: list[Section]) -> bytes:
    """The Word document of the sections."""
    return docx(sections)


def test_every_drawing_is_an_svg_document_of_its_own(sections: list[Section]) -> None:
    """Each file parses as SVG with a size, and names are different."""
    figures = list(figures_of(sections))
    assert len({block.name for block in figures}) == len(figures) >= 12
    for block in figures:
        root = ElementTree.fromstring(svg_file(block).encode())
        assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("width"), block.name


@pytest.mark.long
def test_every_drawing_has_pixels(sections: list[Section]) -> None:
    """Each is a PNG, the flow too, whose SVG is written by hand; the same figure gives the same bytes."""
    for block in figures_of(sections):
        pixels = png_file(block, 60)
        assert pixels.startswith(b"\x89PNG") and pixels == png_file(block, 60), block.name


def test_the_manuscript_holds_every_table_and_figure(sections: list[Section], made: bytes) -> None:
    """As many tables and pictures as the page, each number with its caption, and the Methods sentences."""
    from docx import Document

    document = Document(io.BytesIO(made))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    tables = [block for section in sections for block in section.blocks if block.kind == "table"]
    assert len(document.tables) == len(tables)
    assert len(document.inline_shapes) == len(list(figures_of(sections)))
    for block in tables:
        assert f"{block.number}. {joined(block.caption)}" in text
    assert "Cumulative incidences were compared with Gray's test." in text
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert {"Characteristic", joined("Hazard ratio (95 % CI)")} <= cells


@pytest.mark.long
def test_the_same_content_gives_the_same_manuscript(made: bytes) -> None:
    """Made twice from the beginning, the bytes are equal, and no part carries a time of today."""
    assert docx(sections_of(content(), COHORT_PARTS)) == made
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_hostile_text_stays_text(sections: list[Section]) -> None:
    """Control characters and markup in a title do not break the document."""
    from docx import Document

    hostile = docx(sections[:1], title="<w:p>\x00 & \x1f")
    assert "<w:p>" in Document(io.BytesIO(hostile)).paragraphs[0].text


@pytest.mark.long
@pytest.mark.parametrize(
    ("selection", "is_page_there"), quick(1, [("", False), ("SELECT site, patient_id FROM t", True)])
)
def test_a_manuscript_leaves_the_published_figures_to_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, selection: str, is_page_there: bool
) -> None:
    """No document has the table of the replication; a cohort's set has a page, and that has it neither."""
    from docx import Document

    monkeypatch.setattr(figure_block, "PAPER_DOTS_PER_INCH", DOTS_PER_INCH)  # nothing here is about pixels
    for module in (manuscript, page):
        monkeypatch.setattr(module, "DOTS_PER_INCH", DOTS_PER_INCH)
    with duckdb.connect() as con:
        write_paper(tmp_path, replace(content(), selection=selection), con, {}, lambda _: None)
    document = Document(str(tmp_path / "manuscript.docx"))
    captions = [p.text for p in document.paragraphs if p.text.startswith("Table ")]
    assert captions and not any("published" in caption.lower() for caption in captions)
    report = tmp_path / "report.html"
    assert report.exists() == is_page_there
    assert not is_page_there or "Published figures" not in report.read_text(encoding="utf-8")
