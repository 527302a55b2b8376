"""Reads when a covariate changes during follow-up: spells of systemic therapy, and since when a lesion is ablated
again.

A spell runs from the day on which it begins to the day on which it ends, on the endpoint's own clock; a therapy without
a stop date runs on. Of systemic therapy the patients of sites that deliver treatments are known, and no others
(docs/decisions/0057). A lesion is ablated again by a session more than a day after its first (rule ABL-10); a patient
is from the first lesion on of which that is so.
"""

from typing import TYPE_CHECKING

import duckdb

from schemas.own_plan import REABLATION, SYSTEMIC
from warehouse.cohorts.subjects import KEYS, TIMES, Question
from warehouse.storage.connection import table_exists
from warehouse.storage.errors import QueryFailed

if TYPE_CHECKING:
    import pandas as pd

PATIENT = "site, patient_id"
TOLD = ("derived", "patient_treatments")
_SPELLS = {
    SYSTEMIC: "SELECT {patient}, start_date AS first_day, stop_date AS last_day FROM clean.treatments "
    "WHERE kind = 'systemic'",
    REABLATION: "SELECT {key}, min(r.session_date) AS first_day, NULL::DATE AS last_day FROM clean.rfa_sessions r "
    "JOIN (SELECT {patient}, lesion_id, first_ablation_date AS first_session FROM clean.lesions) "
    "USING ({patient}, lesion_id) WHERE r.session_date > first_session + 1 GROUP BY {key}",
}


def spells(con: duckdb.DuckDBPyConnection, question: Question, what: str) -> "pd.DataFrame":
    """Return site, patient_id (and lesion_id), begins and ends of each spell of those who have the endpoint, in days of
    its clock; `ends` is missing where it goes on.
    """
    key = KEYS[question.level]
    shared = PATIENT if what == SYSTEMIC else key
    select = _SPELLS[what].format(patient=PATIENT, key=key)
    return con.execute(
        f"SELECT {key}, (first_day - start_date)::DOUBLE AS begins, (last_day - start_date)::DOUBLE AS ends "  # noqa: S608
        f"FROM ({select}) JOIN (SELECT {key}, start_date FROM {TIMES} WHERE endpoint = ? AND level = ?) "
        f"USING ({shared}) ORDER BY {key}, begins, ends",
        [question.endpoint, question.level],
    ).df()


def whom_treatments_tell_of(con: duckdb.DuckDBPyConnection) -> "pd.DataFrame":
    """Return site and patient_id of the patients of whom treatments are known. QueryFailed if there are none."""
    if table_exists(con, *TOLD):
        found = con.execute(f"SELECT {PATIENT} FROM {'.'.join(TOLD)}").df()  # noqa: S608 (own names)
        if len(found):
            return found
    raise QueryFailed(
        "No site has delivered treatments, so nobody is known to be on systemic therapy or off it.",
        "Deliver a file of treatments (docs/exports.md), or take systemic out of time_varying.",
    )
