"""Makes the patients export of the demonstration study: covariates, and vital status as known at each delivery."""

from __future__ import annotations

from datetime import date
from random import Random

from synthetic.delivery import Cells, Row
from synthetic.study_plan import Patient


def covariates(patient: Patient, rng: Random) -> Cells:
    """Draw covariates as text, independently of the outcome (the study published none)."""
    is_metachronous = rng.random() < 0.45
    cea = rng.lognormvariate(2.3, 1.2)
    return {
        "patient_id": patient.patient_id,
        "sex": rng.choices(("male", "female"), (61, 39))[0],
        "birth_year": str(patient.start.year - int(min(max(rng.gauss(60, 10.5), 31), 88))),
        "primary_site": rng.choices(("left_colon", "right_colon", "rectum", "unknown"), (36, 26, 36, 2))[0],
        "node_positive_primary": rng.choices(("yes", "no", "unknown", ""), (58, 34, 4, 4))[0],
        "clm_timing": "metachronous" if is_metachronous else "synchronous",
        "dfi_months": f"{7 + rng.expovariate(1 / 14):.0f}" if is_metachronous else str(rng.choice((0, 0, 0, 2, 4))),
        "cea_ng_ml": f"{min(cea, 800):.1f}" if rng.random() < 0.94 else "",
        "n_clm_total": str(len(patient.lesions) + rng.choices((0, 1, 2, 4), (60, 22, 12, 6))[0]),
        "extrahepatic_disease": rng.choices(("no", "yes", ""), (82, 14, 4))[0],
        "prior_hepatectomy": rng.choices(("no", "yes"), (64, 36))[0],
        "prior_chemotherapy": rng.choices(("yes", "no", "unknown"), (80, 17, 3))[0],
        "ecog": rng.choices(("0", "1", "2", ""), (62, 30, 5, 3))[0],
    }


def version(base: Cells, patient: Patient, known_dates: list[str], extract: str, cause: str) -> Row | None:
    """Return the patient's row as known to the hospital on the extract date, or None before the first session.

    `known_dates` are the ISO dates of the patient's sessions and exams; the last one not after the extract
    is the last contact, until follow-up ends on start + followup_days.
    """
    end = patient.on(patient.followup_days)
    if date.fromisoformat(extract) < patient.start:
        return None
    if extract >= end.isoformat():
        final = {"vital_status": "alive", "last_contact_date": end.isoformat()}
        if patient.is_dead:
            final |= {"vital_status": "dead", "death_date": end.isoformat(), "death_cause": cause}
        return Row("patients", {**base, **final})
    last = max(d for d in known_dates if d <= extract)
    return Row("patients", {**base, "vital_status": "alive", "last_contact_date": last})
