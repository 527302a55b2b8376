"""Curves of lesions of which a patient may have several: estimates as always, intervals clustered by patient.

Kaplan-Meier with log-log limits and cumulative incidence with log limits, both from the variance of
clustered_variance.py. The curve itself is the same as without clusters. In R's lung data clustered by institution, S at
a year is 0.412 with a standard error of 0.030, and of 0.036 taken for independent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates import cumulative_incidence, product_limit
from analysis.estimates.at_risk import few_note
from analysis.estimates.product_limit import CERTAIN, survival_at
from analysis.tidy import Z_975, as_float, group_codes, n_codes, split
from schemas.thresholds import DAYS_PER_MONTH, FEW_CLUSTERS

METHOD_SURVIVAL = "Kaplan-Meier, log-log interval, variance clustered by patient"
METHOD_INCIDENCE = "Aalen-Johansen, log interval, variance clustered by patient"
CURVE_COLUMNS = ["endpoint", "level", "grouping", "stratum", "n", "time_days", "time_months", "n_at_risk", "n_events"]
CURVE_COLUMNS += ["quantity", "estimate", "std_error", "lower", "upper", "method", "note"]
SURVIVAL, INCIDENCE = "survival", "incidence"
ONE_PATIENT = "no interval: all lesions are of one patient"
ALIKE = "no interval: patients are so much alike that they show no variance"
NO_VARIANCE = 1e-10  # a standard error below it is 0: sums of the patients' parts miss it by the last digits


def survival(time: np.ndarray, event: np.ndarray, cluster: np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns of ``product_limit.steps`` with standard error and limits clustered by ``cluster`` (codes 0,
    1, ...). ``event`` 0/1, one subject a row; null where S is exactly 0 or 1.
    """
    found = product_limit.estimates(time, event)
    if len(time) == 0:
        return found
    std_error = cumulative_incidence.estimates(time, event, 1, cluster=cluster)["std_error"]
    s = found["estimate"]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        has_interval = (s > 0.0) & (s < 1.0)
        std_error = np.where(has_interval, std_error, np.nan)
        spread = Z_975 * std_error / (s * np.log(s))
        lower, upper = (np.where(has_interval, s ** np.exp(side * spread), np.nan) for side in (-1.0, 1.0))
    return found | {"std_error": std_error, "lower": lower, "upper": upper}


def incidence(time: np.ndarray, cause: np.ndarray, cluster: np.ndarray) -> dict[str, np.ndarray]:
    """Return the same of the cumulative incidence of cause 1, in the form of ``cumulative_incidence.incidence``."""
    return cumulative_incidence.estimates(time, cause, 1, cluster=cluster)


def parts(frame: pd.DataFrame, quantity: str, *, grouping: str, cluster: str, **base: Any) -> list[dict[str, Any]]:
    """Return the curve of each stratum of ``grouping`` as a part for ``tidy.stacked`` (CURVE_COLUMNS).

    ``frame``: days, event (0 censored, 1 the event, more what competes) and ``cluster``. ``quantity`` is SURVIVAL, in
    which only event 1 counts, or INCIDENCE of event 1.
    """
    found: list[dict[str, Any]] = []
    days, events, codes = _observed(frame, cluster)
    for stratum, rows in split(frame, grouping):
        if len(rows) == 0:
            continue
        columns: dict[str, Any] = {**_curve(quantity, days[rows], events[rows], codes[rows])}
        columns |= base | {"grouping": grouping, "stratum": stratum, "n": len(rows), "quantity": quantity}
        columns |= {"time_days": columns["time"], "time_months": columns["time"] / DAYS_PER_MONTH}
        columns |= {"method": _method(quantity), "note": _few_clusters(n_codes(codes[rows]))}
        found.append(columns)
    return found


def at_landmarks(
    frame: pd.DataFrame, quantity: str, months: tuple[int, ...], *, grouping: str, cluster: str, **base: Any
) -> list[dict[str, Any]]:
    """Return a row for each stratum and landmark: ``survival_12m`` or ``incidence_12m`` with its interval.

    The same arguments as ``parts``. A landmark at which few are at risk is labelled, one past the stratum's last time
    is null.
    """
    rows_out: list[dict[str, Any]] = []
    days, events, codes = _observed(frame, cluster)
    for stratum, rows in split(frame, grouping):
        table = _curve(quantity, days[rows], events[rows], codes[rows])
        n_patients = n_codes(codes[rows])
        row = base | {"grouping": grouping, "stratum": stratum, "n": len(rows), "method": _method(quantity)}
        row["n_events"] = int((events[rows] == 1).sum())
        for month in months:
            found = survival_at(table, month * DAYS_PER_MONTH)
            few = "" if found["estimate"] is None else few_note(found["n_at_risk"], len(rows))
            note = guards.join_notes(_why(found, n_patients), few, _few_clusters(n_patients))
            rows_out.append(row | found | {"quantity": f"{quantity}_{month}m", "note": note})
    return rows_out


def _why(found: dict[str, Any], n_patients: int) -> str:
    """Return why an estimate or its interval is missing: without clusters, only one that is certain has none."""
    if n_patients == 1:
        return found["note"].replace(CERTAIN, ONE_PATIENT)
    is_between = found["estimate"] is not None and 0.0 < found["estimate"] < 1.0
    return found["note"].replace(CERTAIN, ALIKE) if is_between else found["note"]


def _observed(frame: pd.DataFrame, cluster: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return as_float(frame["days"]), as_float(frame["event"]), group_codes(frame[cluster])


def _curve(quantity: str, days: np.ndarray, events: np.ndarray, codes: np.ndarray) -> dict[str, np.ndarray]:
    if quantity == INCIDENCE:
        found = incidence(days, events, codes)
    else:
        found = survival(days, (events == 1).astype(float), codes)
    with np.errstate(invalid="ignore"):
        is_without = ~(found["std_error"] > NO_VARIANCE)
    if len(days) and (codes == codes[0]).all():  # one patient says nothing of how patients differ
        is_without[:] = True
    return found | {name: np.where(is_without, np.nan, found[name]) for name in ("std_error", "lower", "upper")}


def _method(quantity: str) -> str:
    return METHOD_INCIDENCE if quantity == INCIDENCE else METHOD_SURVIVAL


def _few_clusters(n_patients: int) -> str:
    return guards.few_clusters_note(n_patients, FEW_CLUSTERS) if n_patients else ""
