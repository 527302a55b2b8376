"""The figures at the top of the page: which are shown, and with what detail."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from analysis.plan.analysis_plan import TABLES
from analysis.report.blocks import FigureGrid, Numbering, Paragraph
from analysis.report.content import ReportContent
from analysis.report.sections import incidence, survival
from analysis.report.sections.headline import Headline, headline_figures
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.analysis.simulated import registry
from tests.analysis_report.sample import content


def _hazard_ratio(report: ReportContent) -> Headline | None:
    return next((found for found in headline_figures(report) if found.label == "Hazard ratio of LTP or death"), None)


def _cox(n: int, **constant: object) -> pd.DataFrame:
    """The Cox models of the first patients of a simulated registry, with some of their columns made constant."""
    first = {f"p{i:07d}" for i in range(n)}
    patients, lesions, events = (frame[frame["patient_id"].isin(first)] for frame in registry(400))
    return TABLES["cox"](AnalysisFrames(patients.assign(**constant), lesions, events))


def _of(cox: pd.DataFrame) -> tuple[float, Headline | None]:
    """(events per variable of the multivariable model of all patients, the headline)."""
    rows = cox[(cox["endpoint"] == "LTPFS") & (cox["analysis"] == "multivariable") & (cox["term"] == "kras")]
    assert len(rows) == 1
    tables = {**content().tables, "cox": cox}
    return float(rows["events_per_variable"].iloc[0]), _hazard_ratio(content(tables=tables))


@pytest.mark.long
def test_a_ratio_of_too_few_events_is_no_headline() -> None:
    """Below 5 events per variable the page's largest type does not carry the ratio that its table labels unreliable."""
    epv, shown = _of(_cox(30))
    assert 1.0 < epv < 5.0 and shown is None


@pytest.mark.long
def test_a_ratio_of_few_events_says_how_few() -> None:
    """From 5 to 10 events per variable the detail says so; from 10 on there is nothing to say."""
    epv, shown = _of(_cox(55))
    assert 5.0 <= epv < 10.0 and shown is not None
    assert f"events per variable {epv:.1f} (caution)" in shown.detail
    epv, shown = _of(_cox(400))
    assert epv >= 10.0 and shown is not None and "events per variable" not in shown.detail


@pytest.mark.long
def test_a_ratio_beside_which_nothing_varies_is_not_called_adjusted() -> None:
    """In a cohort of one genotype and size the declared model is KRAS alone, and the headline says so."""
    _, shown = _of(_cox(400))
    assert shown is not None and "wild-type, adjusted (Cox)" in shown.detail
    _, shown = _of(_cox(400, nras="wild_type", braf="wild_type", diameter_ge_30=False))
    assert shown is not None and "not adjusted, as no other term can be estimated (Cox)" in shown.detail


@pytest.mark.long
def test_a_ratio_against_a_group_of_few_events_is_no_headline() -> None:
    """Twelve events of which the wild type has one: the ratio has events enough for its variable, and nothing to be a
    ratio to."""
    cox, rates = _cox(400), content().tables["ltp_rates"]
    assert _hazard_ratio(content(tables={**content().tables, "cox": cox})) is not None
    is_wild_type = (rates["level"] == "patient") & (rates["grouping"] == "kras") & (rates["stratum"] == "wild_type")
    assert is_wild_type.any()
    few = rates.assign(n_events=rates["n_events"].mask(is_wild_type, 1))
    assert _hazard_ratio(content(tables={**content().tables, "cox": cox, "ltp_rates": few})) is None


@pytest.mark.long
def test_a_test_of_few_expected_events_says_so_at_the_top() -> None:
    """The caution from analysis.logrank is printed beside the p-value, in the headline and in the sentence."""
    logrank = content().table("logrank")
    caution = "fewer than 5 events expected in a group: read with caution"
    for note, is_said in (("4 with unknown kras left out", False), (f"4 with unknown kras left out; {caution}", True)):
        report = content(tables={**content().tables, "logrank": logrank.assign(note=note)})
        (free,) = (found for found in headline_figures(report) if found.label.startswith(("Free of", "LTP-free")))
        assert "log-rank p" in free.detail and (caution in free.detail) == is_said
        said = next(b for b in survival.build(report, Numbering()).blocks if isinstance(b, Paragraph))
        assert "log-rank p" in said.text and (caution in said.text) == is_said


@pytest.mark.long
@pytest.mark.parametrize(("table", "section"), [("logrank", survival), ("gray", incidence)])
def test_a_test_of_few_expected_events_says_so_below_its_figure(table: str, section: Any) -> None:
    """A p-value that is drawn into a figure has its word of caution in the figure's note."""
    tests = content().table(table)
    caution = "fewer than 5 events expected in a group: read with caution"
    for note, is_said in (("", False), (caution, True)):
        report = content(tables={**content().tables, table: tests.assign(note=note)})
        (grid,) = (b for b in section.build(report, Numbering()).blocks if isinstance(b, FigureGrid))
        assert any(caution in figure.note for figure in grid.figures) == is_said
