"""The page's sections as a Word document for a manuscript: the same sentences, tables, captions and drawings.

The same sections give the same bytes: they hold no time and no author, and do not depend on the file system's order.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.report.blocks import (
    Callout,
    DataTable,
    Definitions,
    FigureBlock,
    FigureGrid,
    Heading,
    Paragraph,
    Section,
)
from analysis.report.content import ReportContent
from analysis.report.output.word_layout import layout
from analysis.report.output.word_table import add_table, clean
from languages.phrases import Phrases, phrases

if TYPE_CHECKING:
    from docx.document import Document

FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP file can hold; every part of the document gets it."""
COMPRESSED = (".png", ".jpeg")
"""Parts of the document that compression does not make smaller."""
PAGE_WIDTH_CM, PAGE_HEIGHT_CM, MARGIN_CM = 21.0, 29.7, 2.0
FIGURE_WIDTH_CM = 11.5
FONT, INK = "Arial", "000000"
TEXT_PT, NOTE_PT, TITLE_PT, CAPTION_SPACE_PT = 10.5, 8, 18, 9
HEADINGS_PT = (14, 12, 10.5)
WITH_OWN_FONT = {"zh": "SimSun"}
"""Languages whose letters FONT lacks, and the typeface of Word for them."""


def to_docx(
    content: ReportContent, sections: Sequence[Section], pictures: Mapping[str, bytes], title: str = ""
) -> bytes:
    """Return the sections, said in the content's language already, as one .docx file, with the figures' PNG by name."""
    from docx import Document

    words = phrases(content.language)
    document = Document()
    _set_up(document, content, words)
    document.add_heading(clean(words.say(title or content.title)), level=0)
    said = f"{content.kind} {content.release_id}, code version {content.code_version}."
    if content.is_synthetic:
        said += f" {content.synthetic_title()}. {content.synthetic_text()}"
    document.add_paragraph(clean(words.say(said)))
    if content.cautions:
        document.add_paragraph(clean(words.say(content.cautions)))
    if content.disclosure:
        document.add_paragraph(clean(words.say(content.disclosure)))
    part = ""
    for section in sections:
        if section.part != part:
            part = section.part
            _turn(document, is_landscape=False)
            document.add_heading(clean(part), level=1)
        if section.title != part:
            _turn(document, is_landscape=False)
            document.add_heading(clean(section.title), level=2)
        for block in section.blocks:
            _add(document, block, pictures)
    buffer = io.BytesIO()
    document.save(buffer)
    return _same_bytes(buffer.getvalue())


def _set_up(document: Document, content: ReportContent, words: Phrases) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Cm

    page = document.sections[0]
    page.page_width, page.page_height = Cm(PAGE_WIDTH_CM), Cm(PAGE_HEIGHT_CM)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN_CM)
    styles = ["Normal", "Title", *(f"Heading {level}" for level in range(1, len(HEADINGS_PT) + 1))]
    for name, size in zip(styles, (TEXT_PT, TITLE_PT, *HEADINGS_PT), strict=True):
        _set_style(document.styles[name], size)
    _number_pages(document)
    facts = document.core_properties
    facts.title, facts.author, facts.comments = clean(words.say(content.title)), "", content.release_id
    if words.is_english:
        return
    for checked in document.styles.element.iter(qn("w:lang")):
        checked.set(qn("w:val"), words.code)
        checked.set(qn("w:eastAsia"), words.code)
    for fonts in document.styles.element.iter(qn("w:rFonts")) if words.code in WITH_OWN_FONT else ():
        fonts.set(qn("w:eastAsia"), WITH_OWN_FONT[words.code])


def _set_style(style: Any, size_pt: float) -> None:
    """Use one typeface in black everywhere, whatever the template's theme says."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size_pt), RGBColor.from_string(INK)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]
    for script in ("hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)


def _add(document: Document, block: Any, pictures: Mapping[str, bytes]) -> None:
    if not isinstance(block, DataTable):
        _turn(document, is_landscape=False)
    if isinstance(block, Paragraph):
        document.add_paragraph(clean(block.text))
    elif isinstance(block, Heading):
        document.add_heading(clean(block.text), level=3)
    elif isinstance(block, Callout):
        paragraph = document.add_paragraph()
        paragraph.add_run(clean(block.title) + " ").bold = True
        paragraph.add_run(clean(block.text))
    elif isinstance(block, Definitions):
        for term, meaning in block.items:
            paragraph = document.add_paragraph()
            paragraph.add_run(clean(f"{term}: ")).bold = True
            paragraph.add_run(clean(meaning))
    elif isinstance(block, DataTable):
        shape = layout(block)
        _turn(document, shape.is_landscape)
        _caption(document, block.number, block.caption, is_kept=True)
        add_table(document, block, shape)
        _notes(document, block.notes, block.footnotes)
    elif isinstance(block, FigureGrid):
        for figure in block.figures:
            _figure(document, figure, pictures)
    elif isinstance(block, FigureBlock):
        _figure(document, block, pictures)


def _caption(document: Document, number: str, caption: str, is_kept: bool) -> None:
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = is_kept
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(CAPTION_SPACE_PT), Pt(3)
    paragraph.add_run(f"{number}. ").bold = True
    paragraph.add_run(clean(caption))


def _notes(document: Document, notes: Sequence[str], footnotes: Sequence[tuple[str, str]] = ()) -> None:
    """Add small lines under a table or figure, each kept with the one before; a footnote's letter is superscript."""
    from docx.shared import Pt

    lines = [("", note) for note in notes] + list(footnotes)
    for place, (letter, note) in enumerate(lines, 1):
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(2 if place == 1 else 0)
        paragraph.paragraph_format.space_after = Pt(CAPTION_SPACE_PT if place == len(lines) else 1)
        paragraph.paragraph_format.keep_with_next = place < len(lines)
        paragraph.paragraph_format.keep_together = True
        if letter:
            high = paragraph.add_run(letter)
            high.font.superscript, high.font.size = True, Pt(NOTE_PT)
        paragraph.add_run(clean((" " if letter else "") + note)).font.size = Pt(NOTE_PT)


def _figure(document: Document, block: FigureBlock, pictures: Mapping[str, bytes]) -> None:
    from docx.shared import Cm

    if block.svg:
        picture = document.add_paragraph()
        picture.paragraph_format.keep_with_next = True
        picture.add_run().add_picture(io.BytesIO(pictures[block.name]), width=Cm(FIGURE_WIDTH_CM))
    _caption(document, block.number, block.caption, is_kept=bool(block.note))
    _notes(document, [block.note] if block.note else [])


def _turn(document: Document, is_landscape: bool) -> None:
    """Set the orientation from here on, with a new page if it changes."""
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.shared import Cm

    page = document.sections[-1]
    if (page.orientation == WD_ORIENT.LANDSCAPE) == is_landscape:
        return
    page = document.add_section(WD_SECTION.NEW_PAGE)
    page.orientation = WD_ORIENT.LANDSCAPE if is_landscape else WD_ORIENT.PORTRAIT
    width, height = (PAGE_HEIGHT_CM, PAGE_WIDTH_CM) if is_landscape else (PAGE_WIDTH_CM, PAGE_HEIGHT_CM)
    page.page_width, page.page_height = Cm(width), Cm(height)


def _number_pages(document: Document) -> None:
    """Put the page number in the centre of every footer; later sections inherit it from the first."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    run = paragraph.add_run("1")
    run.font.size = Pt(NOTE_PT)
    field.append(run._r)
    paragraph._p.append(field)


def _same_bytes(document: bytes) -> bytes:
    """Return the document with its parts ordered by name, all with one fixed time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            part = zipfile.ZipInfo(name, FIXED_TIME)
            kind = zipfile.ZIP_STORED if name.endswith(COMPRESSED) else zipfile.ZIP_DEFLATED
            part.compress_type, part.external_attr, part.create_system = kind, 0o600 << 16, 3
            new.writestr(part, old.read(name))
    return buffer.getvalue()
