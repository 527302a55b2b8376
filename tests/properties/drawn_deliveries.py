"""Draws the files of a registry over time (hypothesis strategies).

Patients, lesions and values are few, so that the moves of `incremental_machine` affect each other.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.quality.site_at_work import SITE
from tests.warehouse.kit import csv_of, row_of

PATIENTS = st.sampled_from(["P1", "P2", "P3", "P4", ""])
LESIONS = st.sampled_from(["L1", "L2"])
SITES = st.sampled_from([SITE, "st-bert"])
NAMES = st.sampled_from(["2024-06-01.csv", "2024-06-15.csv", "2024-06-30.csv", "2024-07-15.csv"])
SESSIONS = st.builds(
    lambda patient, lesion, day, diameter, power: row_of(
        "rfa_sessions",
        patient_id=patient,
        session_id=f"S-{day}",
        session_date=day,
        lesion_id=lesion,
        max_diameter_mm=diameter,
        power_w=power,
    ),
    PATIENTS,
    LESIONS,
    st.sampled_from(["2020-01-01", "2020-05-01"]),
    st.sampled_from(["20", "25", "200", "x"]),
    st.sampled_from(["60", "", "900"]),
)
EXAMS = st.builds(
    lambda patient, lesion, day, status, modality: row_of(
        "imaging_followups",
        patient_id=patient,
        exam_id=f"E-{day}",
        exam_date=day,
        lesion_id=lesion,
        lesion_status=status,
        modality=modality,
    ),
    PATIENTS,
    LESIONS,
    st.sampled_from(["2020-02-20", "2020-05-20", "2020-12-01"]),
    st.sampled_from(["no_viable", "ltp", "viable", "nonsense"]),
    st.sampled_from(["ct", "us"]),
)
GENOTYPES = st.builds(
    lambda patient, result, variant: row_of("genotypes", patient_id=patient, result=result, variant=variant),
    PATIENTS,
    st.sampled_from(["mutant", "wild_type", "failed"]),
    st.sampled_from(["", "p.G12D"]),
)
PEOPLE = st.builds(
    lambda patient, death, status: row_of("patients", patient_id=patient, death_date=death, vital_status=status),
    PATIENTS,
    st.sampled_from(["", "2020-03-01", "2024-01-01"]),
    st.sampled_from(["dead", "alive"]),
)
ROWS = {"rfa_sessions": SESSIONS, "imaging_followups": EXAMS, "genotypes": GENOTYPES, "patients": PEOPLE}
MAY_LACK = {
    "rfa_sessions": [("power_w",)],
    "imaging_followups": [("lesion_status",), ("lesion_id", "lesion_status")],
    "genotypes": [("variant",)],
    "patients": [("death_date",), ("vital_status",)],
}


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """Draw a file: export, name, content and site."""
    export = draw(st.sampled_from(sorted(ROWS)))
    rows = draw(st.lists(ROWS[export], min_size=1, max_size=6))
    absent = draw(st.sampled_from([(), *MAY_LACK[export]]))
    rows = [{name: cell for name, cell in row.items() if name not in absent} for row in rows]
    return export, draw(NAMES), csv_of(rows), draw(SITES)
