"""One primary endpoint, and everything that represents the registry follows it."""

from __future__ import annotations

import pytest

from analysis import primary
from analysis.plan import analysis_plan
from analysis.plan.main_estimates import ENDPOINT
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.analysis.simulated import registry
from warehouse.diff.states import SUBJECTS


def test_main_estimates_and_their_movement_are_of_the_primary_endpoint() -> None:
    """The warehouse selects the subjects of the endpoint that the analyses declare."""
    assert ENDPOINT == primary.ENDPOINT and f"endpoint = '{primary.ENDPOINT}'" in SUBJECTS


@pytest.mark.long
def test_subgroups_and_sensitivity_follow_it() -> None:
    """Only the models that repeat the study are of its endpoint."""
    made = AnalysisFrames(*registry(300))
    assert set(analysis_plan.TABLES["subgroups"](made)["endpoint"]) == {primary.ENDPOINT}
    assert primary.STUDY_ENDPOINT not in set(analysis_plan.TABLES["sensitivity"](made)["endpoint"])
