"""derived.time_to_event: who is at risk from when, until what.

The drawn cases of the table are given to both readings of its definition, the SQL and the oracle. The cases are in
`tests/spec/cases` and become the sections of docs/endpoints.md.
"""

import pytest

from tests.spec.case import Case, Section, cases_of
from tests.spec.cases import (
    time_to_event_anywhere,
    time_to_event_control,
    time_to_event_dfs,
    time_to_event_lesion,
    time_to_event_liver,
    time_to_event_os,
    time_to_event_patient,
    time_to_event_removal,
    time_to_event_treatments,
)
from tests.spec.readings import READINGS, disagreement

SECTIONS: tuple[Section, ...] = (
    *time_to_event_lesion.SECTIONS,
    *time_to_event_patient.SECTIONS,
    *time_to_event_removal.SECTIONS,
    *time_to_event_control.SECTIONS,
    *time_to_event_liver.SECTIONS,
    *time_to_event_anywhere.SECTIONS,
    *time_to_event_os.SECTIONS,
    *time_to_event_treatments.SECTIONS,
    *time_to_event_dfs.SECTIONS,
)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("case", cases_of(SECTIONS), ids=lambda case: case.title)
def test_case(case: Case, reading: str) -> None:
    """Each clause of time_to_event holds in both readings."""
    assert disagreement("time_to_event", SECTIONS, case, reading) == ""
