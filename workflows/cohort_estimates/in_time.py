"""Cuts the subjects of a model where systemic therapy or re-ablation changes a covariate of theirs.

Of patients of sites that deliver no treatments nobody knows whether they were on systemic therapy: they are left out.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.own_plan import SYSTEMIC, VARYING
from warehouse.cohorts.subjects import KEYS, Question
from warehouse.cohorts.terms import ENTRY_DAYS
from warehouse.cohorts.time_varying import PATIENT, spells, whom_treatments_tell_of

if TYPE_CHECKING:
    import pandas as pd

BY_COURSE = "chosen by the course of the disease: not to be read as an effect of the treatment"


def in_time(
    con: duckdb.DuckDBPyConnection, question: Question, frame: "pd.DataFrame", varying: Sequence[str]
) -> "tuple[pd.DataFrame, dict[str, Any], str]":
    """Return the rows of the subjects, cut where a covariate of `varying` changes, how a model takes them (entry,
    subject), and what there is to say. QueryFailed if nobody's treatments are known.
    """
    from analysis.subjects.start_stop import START, SUBJECT

    frame, left_out = of_whom_is_known(con, frame, varying)
    columns = " and ".join(VARYING[what] for what in varying)
    notes = [*left_out, f"changes of {columns} count from the day after", BY_COURSE]
    return cut_in_time(con, question, frame, varying), {"entry": START, "subject": SUBJECT}, "; ".join(notes)


def of_whom_is_known(
    con: duckdb.DuckDBPyConnection, frame: "pd.DataFrame", varying: Sequence[str]
) -> "tuple[pd.DataFrame, list[str]]":
    """Return the subjects of whom it is known when the covariates change, and a note on the others."""
    if SYSTEMIC not in varying:
        return frame, []
    n_before = len(frame)
    frame = frame.merge(whom_treatments_tell_of(con), on=PATIENT.split(", "), how="inner").reset_index(drop=True)
    n_out = n_before - len(frame)
    return frame, [f"{n_out} left out: their sites deliver no treatments"] if n_out else []


def cut_in_time(
    con: duckdb.DuckDBPyConnection, question: Question, frame: "pd.DataFrame", varying: Sequence[str]
) -> "pd.DataFrame":
    """Return the rows of the subjects of `frame`, one after another, cut where a covariate changes; from the day of
    their entry on, where the frame has one.
    """
    import pandas as pd

    from analysis.subjects.start_stop import BEGINS, ENDS, OF, start_stop

    key = KEYS[question.level].split(", ")
    place = pd.DataFrame({**{name: frame[name] for name in key}, OF: range(len(frame))})
    own = {}
    for what in varying:
        found = spells(con, question, what).rename(columns={"begins": BEGINS, "ends": ENDS})
        own[VARYING[what]] = found.merge(place, on=key, how="inner")[[OF, BEGINS, ENDS]]
    return start_stop(frame, own, entry=ENTRY_DAYS if ENTRY_DAYS in frame else None)
