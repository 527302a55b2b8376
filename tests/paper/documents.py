"""A Word document of sections, with pictures that are quickly drawn."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.report.blocks import Section
from analysis.report.figure_block import pictures_of
from analysis.report.output.word_document import to_docx
from tests.analysis_report.sample import content

DOTS_PER_INCH = 60


def docx(sections: Sequence[Section], title: str = "") -> bytes:
    """The sections of the sample's content as Word."""
    return to_docx(content(), sections, pictures_of(sections, DOTS_PER_INCH), title)
