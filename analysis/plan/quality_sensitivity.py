"""Do the main estimates hold without the patients with quality flags?

Patients are left out whole, never single rows: half a history would shorten the time to LTP. An estimate that
moves little does not depend on the flagged patients; one that moves much does not show which is right, since flagged
patients may differ (patients followed longer have more rows that can be flagged). The difference has no interval: the
cohorts share patients.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.plan.main_estimates import ENDPOINT, main_estimates
from analysis.subjects.analysis_frames import FACTORS, PATIENT_KEY, AnalysisFrames, Times
from analysis.tidy import tidy

Part = tuple[pd.DataFrame, pd.DataFrame]
"""Evaluable patients with ltp, and subjects of the time to event, with equal ones counted together."""

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


def quality_sensitivity(
    patients: pd.DataFrame, time_to_event: pd.DataFrame | Times, quality_flags: pd.DataFrame
) -> pd.DataFrame:
    """Return the main estimates of each variant, with rows in the same order in all of them (COLUMNS).

    ``patients`` and ``time_to_event`` are derived.patient_ltpfs and derived.time_to_event (whole or by endpoint);
    ``quality_flags`` has site, patient_id, has_flags and has_set_aside, and a patient who is not in it has none.
    The estimates are those of main_estimates.py. ``difference`` is the estimate minus that of all patients. A figure
    that cannot be estimated is null, with the reason in note; so is a ratio that rests on fewer than 5 events per
    variable, except the odds ratio of all patients.
    """
    if isinstance(time_to_event, pd.DataFrame):
        own = time_to_event[(time_to_event["endpoint"] == ENDPOINT) & (time_to_event["level"] == "patient")]
    else:
        own = time_to_event(ENDPOINT, "patient").assign(endpoint=ENDPOINT, level="patient")
    parts = _parts(patients, own, quality_flags)
    whole = _estimates(list(parts.values()), show_unreliable=True)  # the published models themselves
    found = [whole.assign(variant=ALL, difference=whole["estimate"] - whole["estimate"])]
    for place, (variant, _) in enumerate(VARIANTS[1:]):
        fewer = _estimates([part for key, part in parts.items() if not key[place]], show_unreliable=False)
        found.append(_beside(whole, fewer).assign(variant=variant))
    stacked = pd.concat(found, ignore_index=True)
    cells: Any = stacked.astype(object)
    records = cells.where(stacked.notna(), None).to_dict("records")
    return tidy(records, COLUMNS)


def _parts(patients: pd.DataFrame, times: pd.DataFrame, quality_flags: pd.DataFrame) -> dict[tuple[bool, ...], Part]:
    """Split subjects by their flags, in the order of VARIANTS, with equal ones counted together. Each patient is in one
    part, so a million patients are joined and counted once, whatever the number of variants.
    """
    names = [flag for _, flag in VARIANTS if flag]
    own = quality_flags[[*PATIENT_KEY, *names]].drop_duplicates(list(PATIENT_KEY))
    of_patients, of_times = (
        frame[list(PATIENT_KEY)].merge(own, how="left", on=list(PATIENT_KEY))[names].eq(True).to_numpy()
        for frame in (patients, times)
    )
    parts: dict[tuple[bool, ...], Part] = {}
    for key in product((False, True), repeat=len(names)):
        rows, time_rows = (np.all(flagged == key, axis=1) for flagged in (of_patients, of_times))
        registry = AnalysisFrames(patients[rows], pd.DataFrame(), times[time_rows])
        parts[key] = (registry.ltp_status("patient"), registry.subjects(ENDPOINT, "patient"))
    return parts


def _estimates(parts: list[Part], *, show_unreliable: bool) -> pd.DataFrame:
    """Return the main estimates of the patients in these parts."""
    status, subjects = (_together([part[i] for part in parts]) for i in (0, 1))
    wanted = main_estimates(status, subjects, show_unreliable=show_unreliable)
    filled = [table.reindex(columns=COLUMNS).astype(object) for table in wanted if len(table)]
    return pd.concat(filled, ignore_index=True).fillna({name: "" for name in _TEXTS})


def _together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the counted subjects of several parts as one frame."""
    as_text = [frame.astype(dict.fromkeys(FACTORS, object)) for frame in frames]
    return pd.concat([frame for frame in as_text if len(frame)] or as_text[:1], ignore_index=True)


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
