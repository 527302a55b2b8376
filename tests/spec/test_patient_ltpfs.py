"""derived.patient_ltpfs: the study's endpoint, patient by patient.

The drawn cases of the table are given to both readings of its definition, the SQL and the oracle. The cases are in
`tests/spec/cases` and become the sections of docs/endpoints.md.
"""

import pytest

from tests.spec.case import Case, Section, cases_of
from tests.spec.cases import patient_ltpfs_covariates, patient_ltpfs_lesions
from tests.spec.readings import READINGS, disagreement

SECTIONS: tuple[Section, ...] = (*patient_ltpfs_lesions.SECTIONS, *patient_ltpfs_covariates.SECTIONS)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("case", cases_of(SECTIONS), ids=lambda case: case.title)
def test_case(case: Case, reading: str) -> None:
    """Each clause of patient_ltpfs holds in both readings."""
    assert disagreement("patient_ltpfs", SECTIONS, case, reading) == ""
