"""The section on what difference can be seen."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from analysis.plan.sample_size import contrast_sizes
from analysis.report.blocks import DataTable, Numbering, Paragraph
from analysis.report.sections import sample_size
from tests.analysis_report.sample import content

FRAME = pd.DataFrame({"kras": ["wild_type"] * 60 + ["mutant"] * 40, "event": [1, 0, 0, 0] * 25, "days": 1.0})
LABELS = {"endpoint": "LTPFS", "level": "patient", "model": "ltpfs"}


def with_sizes(table: pd.DataFrame):
    """The sample's content with this table."""
    made = content()
    return replace(made, tables={**made.tables, "sample_size": table})


def test_the_sentence_and_the_table() -> None:
    """Events, subjects and both ratios in a sentence, which says that it is no proof; a line for each ratio."""
    table = contrast_sizes(FRAME, "kras", "wild_type", labels=LABELS)
    paragraph, shown = sample_size.build(with_sizes(table), Numbering()).blocks
    assert isinstance(paragraph, Paragraph) and isinstance(shown, DataTable)
    assert "KRAS mutant: with 25 events in 100 patients" in paragraph.text
    assert "a hazard ratio of 3.14 or more, or of 0.32 or less, with 80 % power" in paragraph.text
    assert "no proof that there is none" in paragraph.text
    assert [tuple(row.cells)[0] for row in shown.rows if not row.is_group] == [
        "1.25 / 0.80",
        "1.50 / 0.67",
        "2.00 / 0.50",
        "3.00 / 0.33",
    ]


def test_without_events_there_is_a_sentence() -> None:
    """No table of empty cells."""
    nothing = contrast_sizes(FRAME.assign(event=0), "kras", "wild_type", labels=LABELS)
    for table in (nothing, nothing.iloc[:0]):
        (block,) = sample_size.build(with_sizes(table), Numbering()).blocks
        assert isinstance(block, Paragraph) and block.text == sample_size.NONE
