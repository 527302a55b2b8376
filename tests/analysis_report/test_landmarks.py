"""Fixed times on the page: each has its number at risk, and estimates with few at risk make no sentence."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analysis import primary
from analysis.estimates.kaplan_meier import km_summary
from analysis.report.blocks import Footnotes, Numbering
from analysis.report.content import ReportContent
from analysis.report.sections import landmarks, survival
from analysis.report.sections.headline import headline_figures
from tests.analysis_report.sample import cohort, content, incidence_table

LABELS = {"endpoint": "LTPFS", "level": "patient"}


def _content(n_long: int) -> ReportContent:
    """A report in which ``n_long`` of 20 mutant patients are followed beyond 12 months, all of the wild type are, and
    nobody of the wild type has the event.
    """
    days = [100.0 + i for i in range(20 - n_long)] + [400.0] * n_long
    mutant = pd.DataFrame({"days": days, "event": [1] * 3 + [0] * 17, "kras": "mutant"})
    wild = pd.DataFrame({"days": [500.0] * 30, "event": 0, "kras": "wild_type"})
    summary = km_summary(pd.concat([mutant, wild]), grouping="kras", **LABELS)
    return content(tables={**content().tables, "km_summary": summary})


def _texts(report: ReportContent) -> str:
    section = survival.build(report, Numbering())
    return " ".join(block.text for block in section.blocks if block.kind == "paragraph")


@pytest.mark.long
def test_a_group_with_few_at_risk_is_named_and_not_quoted() -> None:
    """The sentence gives the other group alone, without the test of both, and says of how many the share would be."""
    said = _texts(_content(4))
    assert "of 20 with KRAS mutant" not in said and "log-rank" not in said.split("Median")[0]
    assert "How many were alive without LTP at 12 months is not given for KRAS mutant (4 of 20 at risk)." in said


@pytest.mark.long
def test_a_group_whose_follow_up_ends_earlier_is_named() -> None:
    """No group is dropped without a word."""
    assert "KRAS mutant (beyond the last follow-up)." in _texts(_content(0))


@pytest.mark.long
def test_a_share_of_everybody_has_no_interval() -> None:
    """Where nobody had the event the share is said to have no interval; it is not 100.0 to 100.0."""
    said = _texts(_content(10))
    assert "100.0 % (no interval) of 30 with KRAS wild-type and" in said and "100.0–100.0" not in said


def test_few_at_risk_are_no_headline() -> None:
    """The card of shares at 12 months is left out where a group has few at risk then."""
    reports = [_content(n_long) for n_long in (4, 10)]
    of_primary = [
        replace(r, tables={**r.tables, "km_summary": r.table("km_summary").assign(endpoint=primary.ENDPOINT)})
        for r in reports
    ]
    labels = [{found.label for found in headline_figures(report)} for report in of_primary]
    assert ["LTP-free survival at 12 months" in found for found in labels] == [False, True]


def test_a_cell_says_how_many_are_at_risk() -> None:
    """In brackets, with the label's mark; past the last time there is a dash."""
    footnotes = Footnotes()
    rows = km_summary(pd.DataFrame({"days": [100.0] * 10 + [400.0] * 3, "event": [1] * 5 + [0] * 8}))
    found = {row["quantity"]: landmarks.cell(row, footnotes) for row in rows.to_dict("records")}
    assert found["survival_12m"].text.endswith(" [3]") and found["survival_12m"].mark == "a"
    assert found["survival_24m"].text == "–"
    assert [text for _, text in footnotes.items()] == ["few at risk: fewer than 5, or than a tenth of the group"]


def test_a_curve_is_read_as_it_stands_at_the_time() -> None:
    """The last row not later gives the estimate, the first not earlier those at risk; past the last time nothing."""
    table = incidence_table(cohort())
    own = table[(table["grouping"] == "overall") & (table["cause"] == 1)].sort_values("time_months")
    row = landmarks.on_curve(own, 12)
    assert row["estimate"] == own[own["time_months"] <= 12]["estimate"].max()
    assert row["n_at_risk"] == (cohort()["days"] / 30.4375 >= 12).sum() and row["n"] == len(cohort())
    assert landmarks.why_not_said(landmarks.on_curve(own, 400)) == "beyond the last follow-up"
