"""The page counts one patient as one, and calls an unadjusted test what it is."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.report import numbers
from analysis.report.blocks import Numbering, Paragraph
from analysis.report.sections import incidence, subgroups, survival
from orchestration.cli.wording import counted
from tests.analysis_report.sample import content


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0 patients"), (1, "1 patient"), (2, "2 patients"), (1200, "1,200 patients")]
)
def test_a_count_has_its_noun_in_the_right_number(n: int, said: str) -> None:
    """On the page and on the command line; what is missing is not one."""
    assert numbers.counted(n, "patient") == counted(n, "patient") == said
    assert numbers.counted(None, "patient") == "– patients"


def test_a_caption_of_one_patient_says_patient() -> None:
    """Kaplan-Meier and cumulative incidence."""
    curve = pd.DataFrame(
        {"endpoint": "LTPFS", "level": "patient", "grouping": "overall", "stratum": "overall"}, index=[0, 1]
    )
    curve = curve.assign(time_days=[0, 30], time_months=[0.0, 1.0], n_at_risk=1, n_events=[0, 1], n_censored=0)
    curve = curve.assign(estimate=[1.0, 0.0], lower=[1.0, 0.0], upper=[1.0, 0.5])
    shape = next(c for c in survival.CURVES if (c.endpoint, c.grouping) == ("LTPFS", "overall"))
    drawn = survival.drawing(shape, lambda name: curve if name == "km_curve" else curve.iloc[:0])
    assert drawn is not None and "1 patient, 1 event" in drawn.note
    incident = curve.assign(endpoint="TTLTP", cause=1, estimate=[0.0, 1.0])
    drawn = incidence.drawing(incidence.Incidence("overall", "LTP"), incident)
    assert drawn is not None and drawn.note.startswith("1 patient, 1 LTP, 0 deaths")


@pytest.mark.parametrize("p", [0.011, 0.4])
def test_a_test_of_interaction_is_exploratory(p: float) -> None:
    """Whatever its p-value, the section claims neither a difference nor that there is none."""
    shared = {"endpoint": "LTPFS_STUDY", "term": "kras", "n": 120, "n_events": 28, "note": ""}
    rows = [
        shared | {"grouping": "overall", "stratum": "overall", "quantity": "hazard_ratio", "estimate": 2.6},
        shared | {"grouping": "nras", "stratum": "", "quantity": "interaction_chi2", "estimate": 6.0, "p_value": p},
    ]
    frame = pd.DataFrame(rows).assign(events_per_variable=7.0, lower=1.0, upper=5.0)
    section = subgroups.build(content(tables={"subgroups": frame}), Numbering())
    (said,) = [block.text for block in section.blocks if isinstance(block, Paragraph)]
    assert said.startswith("Exploratory, and not adjusted for their number")
    assert "(7.0 events per variable)" in said and "differs by" not in said
    assert ("a hint to examine in other patients, not a finding" in said) == (p < 0.05)
    assert ("does not show that the effect is the same" in said) == (p >= 0.05)
