"""Arrange built sections as a page: nothing twice, no lines of dashes, numbered in reading order."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.report.arranging.not_estimated import without_missing
from analysis.report.arranging.numbering import renumbered
from analysis.report.arranging.outline import main_first
from analysis.report.arranging.repeats import without_repeats
from analysis.report.blocks import Section


def arranged(sections: Sequence[Section]) -> list[Section]:
    """Return the sections as a page shows them; arranging them again changes nothing."""
    return renumbered(without_missing(without_repeats(main_first(sections))))
