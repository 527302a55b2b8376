"""The Methods section says what the tables hold, and with what they were made."""

from __future__ import annotations

import pandas as pd

from analysis.report.sections.methods import paragraphs
from tests.analysis_report.sample import content


def test_software_is_named_with_its_versions() -> None:
    """Where the release says with what it was analysed; nothing is made up where it does not."""
    said = " ".join(paragraphs(content(software={"python": "3.11.2", "surpyval": "0.25", "pandas": "2.3"})))
    assert "Python 3.11.2, SurPyval 0.25, pandas 2.3." in said
    assert "Software:" not in " ".join(paragraphs(content(software={})))


def test_the_endpoints_with_competing_events_are_those_of_the_table() -> None:
    """Not LTP alone: each endpoint whose cumulative incidence was estimated."""
    table = pd.DataFrame({"endpoint": ["TTLTP", "CSS"], "method": "Aalen-Johansen", "level": "patient"})
    said = " ".join(paragraphs(content(tables={"cumulative_incidence": table})))
    assert "Endpoints with competing events: time to LTP, cancer-specific survival." in said
    assert "local tumour progression was estimated" not in said
    assert "Aalen" not in " ".join(paragraphs(content(tables={})))
