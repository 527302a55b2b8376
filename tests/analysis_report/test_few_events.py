"""The page of a cohort that a SELECT names leaves out what compares groups if there are too few events for any test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.report.content import ReportContent
from analysis.report.output.render_html import arranged_sections_of
from analysis.report.sections import COHORT_PARTS, FEW_EVENTS_PARTS, cohort_parts
from schemas.thresholds import MIN_EVENTS
from tests.analysis_report.sample import content

COMPARING = {
    "endpoints",
    "models",
    "proportionality",
    "competing",
    "subgroups",
    "sensitivity",
    "multiplicity",
    "sample-size",
}


def with_events(n: int, selection: str = "FROM t") -> ReportContent:
    """The sample's content with so many events of the primary endpoint."""
    made = content()
    summary = made.table("km_summary").copy()
    summary.loc[(summary["endpoint"] == "LTPFS") & (summary["grouping"] == "overall"), "n_events"] = n
    return replace(made, selection=selection, tables={**made.tables, "km_summary": summary})


@pytest.mark.long
@pytest.mark.parametrize("n", [0, MIN_EVENTS - 1, MIN_EVENTS])
def test_few_events_compare_nothing(n: int) -> None:
    """Below the fewest events of a test the sections that compare are left out, and from there on they are there."""
    assert cohort_parts(with_events(n)) is (FEW_EVENTS_PARTS if n < MIN_EVENTS else COHORT_PARTS)


@pytest.mark.long
def test_the_page_says_what_is_left_out() -> None:
    """One sentence with the number of events; curves, shares and Table 1 stay."""
    few = with_events(3)
    sections = {section.anchor: section for section in arranged_sections_of(few, cohort_parts(few))}
    assert not (COMPARING | {"guards"}) & set(sections) and {"characteristics", "survival", "ltp"} <= set(sections)
    (said,) = sections["few-events"].blocks
    assert "3 events. With fewer than 5, nothing is compared" in said.text  # type: ignore[union-attr]


def test_a_release_keeps_every_section() -> None:
    """A release with few events shows all of them, with the reasons."""
    from analysis.report.sections import few_events

    assert not few_events.are_few(with_events(0, selection=""))
