"""Cuts the subjects of a model where systemic therapy or re-ablation changes a covariate of theirs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.own_plan import SYSTEMIC, VARYING
from warehouse.cohorts.subjects import KEYS, Question
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
    import pandas as pd

    from analysis.subjects.start_stop import BEGINS, ENDS, OF, START, SUBJECT, start_stop

    notes = []
    if SYSTEMIC in varying:
        n_before = len(frame)
        frame = frame.merge(whom_treatments_tell_of(con), on=PATIENT.split(", "), how="inner").reset_index(drop=True)
        n_out = n_before - len(frame)
        notes += [f"{n_out} left out: their sites deliver no treatments"] if n_out else []
    key = KEYS[question.level].split(", ")
    place = pd.DataFrame({**{name: frame[name] for name in key}, OF: range(len(frame))})
    own = {}
    for what in varying:
        found = spells(con, question, what).rename(columns={"begins": BEGINS, "ends": ENDS})
        own[VARYING[what]] = found.merge(place, on=key, how="inner")[[OF, BEGINS, ENDS]]
    notes += [f"changes of {' and '.join(own)} count from the day after", BY_COURSE]
    return start_stop(frame, own), {"entry": START, "subject": SUBJECT}, "; ".join(notes)
