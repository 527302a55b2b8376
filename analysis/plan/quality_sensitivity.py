"""Do the main estimates hold without the patients with quality flags?

Patients are left out whole, never single rows: half a history would shorten the time to LTP. An estimate that
moves little does not depend on the flagged patients; one that moves much does not show which is right, since flagged
patients may differ (patients followed longer have more rows that can be flagged). The difference has no interval: the
cohorts share patients.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis import guards
from analysis.plan.main_estimates import ENDPOINT, main_estimates
from analysis.subjects.analysis_frames import FACTORS, AnalysisFrames
from analysis.subjects.counted import COUNT, compress
from analysis.subjects.numbered_frames import PATIENT
from analysis.tidy import tidy

ALL = "all"
VARIANTS: tuple[tuple[str, str | None], ...] = (
    (ALL, None),
    ("without flagged", "has_flags"),
    ("without patients with anything set aside", "has_set_aside"),
)
"""Name of the variant, and the flag of the patients that it leaves out."""
COLUMNS = ["variant", "endpoint", "level", "grouping", "stratum", "model", "term", "term_level", "reference"]
COLUMNS += ["n", "n_events", "quantity", "estimate", "lower", "upper", "difference", "method", "note"]
_SAME = ["endpoint", "grouping", "stratum", "term", "term_level", "quantity"]
"""The columns that identify the same figure in every variant."""
_TEXTS = [*_SAME, "level", "model", "reference", "method", "note"]


def quality_sensitivity(registry: AnalysisFrames, quality_flags: pd.DataFrame) -> pd.DataFrame:
    """Return the main estimates of each variant, with rows in the same order in all of them (COLUMNS).

    ``quality_flags`` has patient (a patient's number in ``registry``), has_flags and has_set_aside, and a patient who
    is not in it has none. The estimates are those of main_estimates.py. ``difference`` is the estimate minus that of
    all patients. A figure that cannot be estimated is null, with the reason in note; so is a ratio that rests on fewer
    than 5 events per variable, except the odds ratio of all patients.
    """
    flags = _of_patients(registry, quality_flags)
    counted = registry.ltp_status_by(flags), registry.subjects_by(ENDPOINT, flags)
    whole = _estimates(*counted, show_unreliable=True)  # the published models themselves
    found = [whole.assign(variant=ALL, difference=whole["estimate"] - whole["estimate"])]
    for variant, flag in VARIANTS:
        if flag:
            fewer = _estimates(*(table[table[flag] == 0.0] for table in counted), show_unreliable=False)
            found.append(_beside(whole, fewer).assign(variant=variant))
    stacked = pd.concat(found, ignore_index=True)
    cells: Any = stacked.astype(object)
    records = cells.where(stacked.notna(), None).to_dict("records")
    return tidy(records, COLUMNS)


def _of_patients(registry: AnalysisFrames, quality_flags: pd.DataFrame) -> pd.DataFrame:
    """Return the flags of each patient, 0 or 1, in the order of the patients' numbers."""
    names = [flag for _, flag in VARIANTS if flag]
    own = quality_flags.drop_duplicates(PATIENT).set_index(PATIENT)[names]
    return own.reindex(range(len(registry.patients))).eq(True).astype(float)


def _estimates(status: pd.DataFrame, subjects: pd.DataFrame, *, show_unreliable: bool) -> pd.DataFrame:
    """Return the main estimates of the patients counted in these rows."""
    status = compress(status, ["ltp", *FACTORS], COUNT)
    subjects = compress(subjects, ["days", "event", *FACTORS], COUNT)
    wanted = main_estimates(status, subjects, show_unreliable=show_unreliable)
    filled = [table.reindex(columns=COLUMNS).astype(object) for table in wanted if len(table)]
    return pd.concat(filled, ignore_index=True).fillna({name: "" for name in _TEXTS})


def _beside(whole: pd.DataFrame, fewer: pd.DataFrame) -> pd.DataFrame:
    """Return ``fewer`` in the rows of ``whole``, with the difference; a row that is missing has no subjects."""
    labels = ["level", "model", "reference", "method"]
    joined = whole[[*_SAME, *labels, "estimate"]].merge(
        fewer.drop(columns=["variant", "difference", *labels]), how="left", on=_SAME, suffixes=("_of_all", "")
    )
    is_missing = joined["n"].isna()
    joined.loc[is_missing, ["n", "n_events"]] = 0
    joined.loc[is_missing, "note"] = guards.NO_SUBJECTS
    own, of_all = (joined[name].astype(float) for name in ("estimate", "estimate_of_all"))
    return joined.assign(difference=own - of_all).drop(columns="estimate_of_all")
