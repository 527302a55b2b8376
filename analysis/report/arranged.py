"""From built sections to those of a page: nothing twice, no lines of dashes, numbered in the order of reading.

Here: the order of these steps. Not here: the steps.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis.report.blocks import Section
from analysis.report.not_estimated import without_missing
from analysis.report.numbered import renumbered
from analysis.report.outline import main_first
from analysis.report.repeats import without_repeats


def arranged(sections: Sequence[Section]) -> list[Section]:
    """The sections as a page shows them; arranging them again changes nothing."""
    return renumbered(without_missing(without_repeats(main_first(sections))))
