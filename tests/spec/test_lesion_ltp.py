"""derived.lesion_ltp: local tumour progression, lesion by lesion.

The drawn cases of the table are given to both readings of its definition, the SQL and the oracle. The cases are in
`tests/spec/cases` and become the sections of docs/endpoints.md.
"""

import pytest

from tests.spec.case import Case, Section, cases_of
from tests.spec.cases import (
    lesion_ltp_course,
    lesion_ltp_dates,
    lesion_ltp_days,
    lesion_ltp_deciding,
    lesion_ltp_exams,
    lesion_ltp_findings,
)
from tests.spec.readings import READINGS, disagreement

SECTIONS: tuple[Section, ...] = (
    *lesion_ltp_exams.SECTIONS,
    *lesion_ltp_findings.SECTIONS,
    *lesion_ltp_days.SECTIONS,
    *lesion_ltp_course.SECTIONS,
    *lesion_ltp_dates.SECTIONS,
    *lesion_ltp_deciding.SECTIONS,
)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("case", cases_of(SECTIONS), ids=lambda case: case.title)
def test_case(case: Case, reading: str) -> None:
    """Each clause of lesion_ltp holds in both readings."""
    assert disagreement("lesion_ltp", SECTIONS, case, reading) == ""
