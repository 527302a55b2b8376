"""Tests the report's sections on completeness and sensitivity: what they show, mark and cut."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.plan.follow_up import maturity
from analysis.plan.quality_sensitivity import quality_sensitivity
from analysis.report import render
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.analysis.simulated import registry
from tests.analysis_report.page import Page
from tests.analysis_report.sample import content

COUNTS = {
    "n_patients": 10,
    "n_kras_known": 8,
    "n_ras_known": 10,
    "n_lesions": 20,
    "n_margin_known": 16,
    "n_first_exam_due": 0,
    "n_first_exam_in_time": 0,
    "n_exams_expected": 40,
    "n_exams_in_window": 30,
    "n_exams_missed": 7,
    "n_exams_overdue": 3,
    "n_lesions_overdue": 2,
}


def completeness(sites: int, quarters: int) -> pd.DataFrame:
    """The same counts for every site and quarter."""
    rows = [
        {"site": f"s{site:02d}", "quarter": f"{2010 + q // 4}-Q{q % 4 + 1}", "as_of_date": "2024-12-31", **COUNTS}
        for site in range(sites)
        for q in range(quarters)
    ]
    return pd.DataFrame(rows)


@pytest.mark.long
def test_completeness_shows_shares_overdue_exams_and_follow_up() -> None:
    """Shares in per cent, too low ones marked, nothing to tell as a dash, and the command that lists whom to ask."""
    times = pd.DataFrame({"endpoint": "OS", "site": "s00", "quarter": "2010-Q1", "days": [304, 609, 913], "event": 0})
    html = render(content(tables={}, completeness=completeness(1, 1), maturity=maturity(times.assign(count=1))))
    text = Page(html).text
    assert "3 exams of 2 lesions are overdue" in text and "FROM quality.overdue_exams" in text
    assert "s00, imaging as of 2024-12-31" in text
    assert "2010-Q1 10 80 100 20 80 – 75 3 – 20.0" in text
    assert '<span class="heat2">80</span>' in html and '<span class="heat0">80</span>' in html


@pytest.mark.long
def test_further_genes_are_shown_where_any_is_known() -> None:
    """A gene or state that is known in a patient has a column with its share by site; without any there is no table."""
    known = completeness(2, 2).assign(n_tp53_known=6, n_smad4_known=0, n_msi_known=[0, 0, 5, 0])
    text = Page(render(content(tables={}, completeness=known))).text
    assert "Site Patients TP53 MSI s00 20 60 0 s01 20 60 25" in text
    for none in (completeness(2, 2), completeness(2, 2).assign(n_tp53_known=0)):
        assert "Further genes" not in Page(render(content(tables={}, completeness=none))).text


def test_many_sites_show_their_newest_quarters() -> None:
    """The page stays short, keeps every site's total, and says where the other quarters are."""
    text = Page(render(content(tables={}, completeness=completeness(12, 20)))).text
    assert "192 earlier quarters are in quality.completeness." in text
    assert text.count("All quarters 200") == 12 and "2014-Q4" in text and "2010-Q1" not in text


@pytest.mark.long
def test_sensitivity_stands_side_by_side() -> None:
    """Every estimate stands with its n and events in each variant, differences signed, in percentage points."""
    frames = AnalysisFrames(*registry(200))
    number = np.arange(200)
    quality_flags = pd.DataFrame({"patient": number, "has_flags": number < 60, "has_set_aside": False})
    table = quality_sensitivity(frames, quality_flags)
    text = Page(render(content(tables={}, quality_sensitivity=table))).text
    whole = table.query("variant == 'all' and quantity == 'rate' and stratum == 'mutant'").iloc[0]
    fewer = table.query("variant == 'without flagged' and quantity == 'rate' and stratum == 'mutant'").iloc[0]
    assert f"KRAS mutant {whole['n_events']} / {whole['n']} {100 * whole['estimate']:.1f} (" in text
    assert f"{100 * fewer['difference']:+.1f}".replace("-", "−") in text
    assert "Hazard ratio of LTP or death (Cox, adjusted)" in text
