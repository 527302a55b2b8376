"""The manuscript of a release: the results and methods of its page, as a paper numbers and names them.

Here: which sections of a page it holds, and their numbers. Not here: what they say, how Word shows them
(word_document.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.report.blocks import Block, DataTable, FigureBlock, FigureGrid, Numbering, Section
from analysis.report.content import ReportContent
from analysis.report.sections import MANUSCRIPT_PARTS
from analysis.report.word_document import to_docx

KIND = "Manuscript set"
SUBJECT = "Local tumour progression of colorectal liver metastases"


def manuscript_of(content: ReportContent, sections: Sequence[Section], pictures: Mapping[str, bytes]) -> bytes:
    """The page's `sections` that a paper has, as one .docx file with the figures' `pictures` (PNG by name)."""
    own = [section for section in sections if section.part in dict(MANUSCRIPT_PARTS)]
    return to_docx(replace(content, kind=KIND, title=SUBJECT), renumbered(own), pictures)


def renumbered(sections: Sequence[Section]) -> list[Section]:
    """The sections with their tables and figures numbered from one."""
    numbering = Numbering()
    return [replace(one, blocks=[_numbered(block, numbering) for block in one.blocks]) for one in sections]


def _numbered(block: Block, numbering: Numbering) -> Block:
    if isinstance(block, FigureGrid):
        return replace(block, figures=[replace(figure, number=numbering.figure()) for figure in block.figures])
    if isinstance(block, FigureBlock):
        return replace(block, number=numbering.figure())
    return replace(block, number=numbering.table()) if isinstance(block, DataTable) else block
