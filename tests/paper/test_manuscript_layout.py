"""The Word document looks like a paper: nothing broken that must not be, tables whole, pages numbered."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from analysis.report.blocks import Cell, Column, DataTable, Row, Section
from analysis.report.output.render_html import sections_of
from analysis.report.output.word_layout import CM_PER_PT, LANDSCAPE_CM, PADDING_CM, PORTRAIT_CM, ems, layout
from analysis.report.sections import COHORT_PARTS
from tests.analysis_report.sample import content
from tests.paper.documents import docx

INTERVAL = re.compile(r"^[\d.,<>+\u2212\u2011-]+\u00a0\(.*\u2013.*\)(\u00a0\[\d+\])?[a-z]*$")


def _width_cm(text: str, size_pt: float) -> float:
    return ems(text) * size_pt * CM_PER_PT


def _section(*tables: DataTable) -> Section:
    return Section("a", "A", tables, part="Results")


def _wide(n_columns: int) -> DataTable:
    columns = [Column("Group"), *[Column(f"{k} months", True) for k in range(n_columns)]]
    rows = [Row(["KRAS wild-type", *[Cell("81.0 (70.1\u201388.2)", "a")] * n_columns])] * 3
    return DataTable("Table 1", "Shares.", columns, rows, ("A note.",), [("a", "few events")])


@pytest.fixture(scope="module")
def made() -> Document:
    """The sample's manuscript."""
    return Document(io.BytesIO(docx(sections_of(content(), COHORT_PARTS))))


@pytest.mark.long
def test_no_interval_and_no_number_is_wider_than_its_column(made: Document) -> None:
    """Each stays on one line: its column is at least as wide, and it holds no space or hyphen to break at."""
    n_intervals = 0
    for table in made.tables:
        for row in table.rows:
            for element in row._tr.tc_lst:
                text = "".join(part.text or "" for part in element.iter(qn("w:t")))
                if not INTERVAL.match(text):
                    continue
                n_intervals += 1
                size = int(next(element.iter(qn("w:sz"))).get(qn("w:val"))) / 2
                assert _width_cm(text, size) <= element.width.cm + 1e-3, text
                assert not set(text) & {" ", "-"}, text
    assert n_intervals > 100


@pytest.mark.long
def test_an_estimate_of_width_is_an_upper_one() -> None:
    """Against the widths of a real font, wider than Arial: digits, intervals and headings fit into the estimate of a
    size that is as much larger."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    for text in ("81.0 (70.1\u201388.2)", "KRAS wild-type", "p, Benjamini-Hochberg", "Missing", "0.052", "Events"):
        real = TextPath((0, 0), text, size=8, prop=FontProperties("DejaVu Sans")).get_extents().x1 * 2.54 / 72
        assert _width_cm(text, 8) > 0.88 * real, text


@pytest.mark.long
def test_every_row_stays_on_one_page_and_headings_are_repeated(made: Document) -> None:
    """cantSplit on each row, tblHeader on the first, and no table is wider than its page."""
    for table in made.tables:
        for row in table.rows:
            assert row._tr.trPr.find(qn("w:cantSplit")) is not None
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert sum(column.width.cm for column in table.columns) <= LANDSCAPE_CM + 0.01


@pytest.mark.long
def test_a_table_is_kept_with_its_caption_and_its_notes(made: Document) -> None:
    """Every caption is kept with the next; the last row and each note but the last one too."""
    document = Document(io.BytesIO(docx([_section(_wide(3))])))
    caption = next(p for p in document.paragraphs if p.text.startswith("Table 1."))
    note, footnote = (next(p for p in document.paragraphs if words in p.text) for words in ("A note", "few events"))
    assert caption.paragraph_format.keep_with_next and note.paragraph_format.keep_with_next
    assert not footnote.paragraph_format.keep_with_next
    last = document.tables[0].rows[-1].cells[0].paragraphs[0]
    assert last.paragraph_format.keep_with_next
    captions = [p for p in made.paragraphs if re.match(r"Table \d+\. ", p.text)]
    assert len(captions) == len(made.tables) and all(p.paragraph_format.keep_with_next for p in captions)
    assert all(p.paragraph_format.space_before.pt >= 6 for p in captions)


@pytest.mark.long
def test_the_letter_of_a_footnote_stands_high() -> None:
    """Beside the number and before the remark."""
    document = Document(io.BytesIO(docx([_section(_wide(3))])))
    remark = next(p for p in document.paragraphs if "few events" in p.text)
    assert remark.runs[0].text == "a" and remark.runs[0].font.superscript
    cell = document.tables[0].rows[-1].cells[1].paragraphs[0]
    assert [run.text for run in cell.runs if run.font.superscript] == ["a"]


@pytest.mark.long
def test_an_empty_cell_makes_no_row_higher(made: Document) -> None:
    """Every paragraph of a table ends in the table's own type, which is smaller than the text's."""
    for table in made.tables:
        sizes = {
            paragraph._p.pPr.find(qn("w:rPr")).find(qn("w:sz")).get(qn("w:val"))
            for row in table.rows
            for paragraph in row.cells[-1].paragraphs
        }
        assert len(sizes) == 1 and int(sizes.pop()) <= 16


@pytest.mark.long
def test_pages_are_numbered(made: Document) -> None:
    """The footer of every section has a PAGE field, its own or the first one's."""
    first, *others = made.sections
    fields = [field.get(qn("w:instr")) for field in first.footer._element.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE"]
    assert all(section.footer.is_linked_to_previous for section in others)


@pytest.mark.long
def test_a_wide_table_takes_smaller_type_and_then_a_page_on_its_side() -> None:
    """Three intervals stand upright in full size; nine in the smallest type or on a page of their own, after which the
    page is upright again."""
    narrow, wide = layout(_wide(3)), layout(_wide(9))
    assert (narrow.is_landscape, narrow.size_pt) == (False, 8.0) and sum(narrow.widths) <= PORTRAIT_CM
    assert wide.is_landscape and PORTRAIT_CM < sum(wide.widths) <= LANDSCAPE_CM
    document = Document(io.BytesIO(docx([_section(_wide(9)), _section(_wide(3))])))
    turned = [section.orientation == WD_ORIENT.LANDSCAPE for section in document.sections]
    assert turned == [False, True, False]


@pytest.mark.long
def test_the_first_column_is_wide_and_words_are_not_broken() -> None:
    """A long first label gets what the numbers leave; no word of any heading is wider than its column."""
    table = _wide(2)
    long = replace(table, rows=[Row(["Time to local tumour progression, death competing", "120", "0.012"])])
    shape = layout(long)
    assert shape.widths[0] > 4 * shape.widths[1] / 2
    for column, width in zip(long.columns, shape.widths, strict=True):
        for word in column.label.split():
            assert _width_cm(word, shape.size_pt) + PADDING_CM <= width + 1e-3, word


@pytest.mark.long
def test_a_section_named_like_its_part_has_one_heading(made: Document) -> None:
    """The heading Methods appears once."""
    headings = [p.text for p in made.paragraphs if p.style is not None and p.style.name.startswith("Heading")]
    assert headings.count("Methods") == 1
