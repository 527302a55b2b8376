"""derived.patient_genotype: one answer per gene, from one specimen.

The drawn cases of the table are given to both readings of its definition, the SQL and the oracle. The cases are in
`tests/spec/cases` and become the sections of docs/endpoints.md.
"""

import pytest

from tests.spec.case import Case, Section, cases_of
from tests.spec.cases import (
    patient_genotype_dates,
    patient_genotype_further,
    patient_genotype_ras,
    patient_genotype_result,
    patient_genotype_specimen,
)
from tests.spec.readings import READINGS, disagreement

SECTIONS: tuple[Section, ...] = (
    *patient_genotype_specimen.SECTIONS,
    *patient_genotype_dates.SECTIONS,
    *patient_genotype_result.SECTIONS,
    *patient_genotype_ras.SECTIONS,
    *patient_genotype_further.SECTIONS,
)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("case", cases_of(SECTIONS), ids=lambda case: case.title)
def test_case(case: Case, reading: str) -> None:
    """Each clause of patient_genotype holds in both readings."""
    assert disagreement("patient_genotype", SECTIONS, case, reading) == ""
