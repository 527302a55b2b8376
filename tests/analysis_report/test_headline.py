"""The figures at the top of the page: which are shown, and what stands beside them."""

from __future__ import annotations

import pandas as pd

from analysis.cohorts import Registry
from analysis.plan import TABLES
from analysis.report.content import ReportContent
from analysis.report.sections.headline import Headline, headline_figures
from tests.analysis.simulated import registry
from tests.analysis_report.sample import content


def _hazard_ratio(report: ReportContent) -> Headline | None:
    return next((found for found in headline_figures(report) if found.label == "Hazard ratio of LTP"), None)


def _cox(n: int) -> pd.DataFrame:
    """The Cox models of the first patients of a simulated registry."""
    first = {f"p{i:07d}" for i in range(n)}
    frames = [frame[frame["patient_id"].isin(first)] for frame in registry(400)]
    return TABLES["cox"](Registry(*frames))


def _of(cox: pd.DataFrame) -> tuple[float, Headline | None]:
    """(events per variable of the multivariable model of all patients, the headline)."""
    rows = cox[(cox["cohort"] == "all") & (cox["analysis"] == "multivariable") & (cox["term"] == "kras")]
    assert rows["estimate"].notna().all()
    tables = {**content().tables, "cox": cox}
    return float(rows["events_per_variable"].iloc[0]), _hazard_ratio(content(tables=tables))


def test_a_ratio_of_too_few_events_is_no_headline() -> None:
    """Below 5 events per variable the page's largest type does not carry the ratio that its table labels unreliable."""
    epv, shown = _of(_cox(45))
    assert 1.0 < epv < 5.0 and shown is None


def test_a_ratio_of_few_events_says_how_few() -> None:
    """From 5 to 10 events per variable the detail says so; from 10 on there is nothing to say."""
    epv, shown = _of(_cox(80))
    assert 5.0 <= epv < 10.0 and shown is not None
    assert f"events per variable {epv:.1f} (caution)" in shown.detail
    epv, shown = _of(_cox(400))
    assert epv >= 10.0 and shown is not None and "events per variable" not in shown.detail
