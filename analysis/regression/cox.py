"""Cox's proportional-hazards model: hazard ratios, their tests, and the test of the proportionality they
assume.

Maximises the partial likelihood (ties by Efron unless told otherwise); Wald intervals exp(coef -+ z se), se from the
model's information or, with ``cluster``, from the sandwich of score residuals summed by cluster; likelihood-ratio and
Wald test of all terms; score test of proportional hazards. A level without events has an infinite coefficient: the
likelihood ratio counts it at its limit and by its degrees of freedom, as R does, and the Wald test names the terms that
it is of. Equals R's ``coxph`` and ``cox.zph``. Misleads under
non-proportional hazards, where the ratio is an average that depends on the follow-up; at lesion level without
``cluster``, where the lesions of one patient are taken for independent; and where death competes, where it is the
ratio among those still alive, not of how many will ever have the event (fine_gray.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.regression import estimable_terms
from analysis.regression.cox_fit import Fitted, fit, members_of, null_log_likelihood
from analysis.regression.design_matrix import Design, design
from analysis.regression.model_rows import (
    FIGURES,
    LABELS,
    cluster_codes,
    counted_cases,
    finite,
    model_row,
    people_of,
    term_rows,
    wald,
)
from analysis.regression.risk_sets import Cases
from analysis.subjects.counted import COUNT
from analysis.tidy import as_float, n_codes, stratum_labels, tidy, weights
from schemas.thresholds import FEW_CLUSTERS

COLUMNS = [*LABELS, *FIGURES, "ph_chi2", "ph_p_value", "method", "note"]


def cox(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    *,
    time: str = "days",
    event: str = "event",
    entry: str | None = None,
    subject: str | None = None,
    count: str | None = None,
    references: Mapping[str, str] | None = None,
    strata: str | None = None,
    cluster: str | Sequence[str] | None = None,
    ties: str = "efron",
    labels: Mapping[str, str] | None = None,
    note: str = "",
    show_unreliable: bool = False,
) -> pd.DataFrame:
    """Return one row ``hazard_ratio`` per term and level, then ``lr_chi2``, ``wald_chi2`` and ``ph_global_chi2``
    of the model (COLUMNS).

    ``time`` in any unit; ``event`` 1 is the event, anything else censoring; ``entry`` the time from which a subject is
    watched (one who leaves at or before it is left out and counted); ``subject`` names whose rows they are where
    subjects are cut because a covariate changes (start_stop.py): ``n`` and the notes count subjects. Complete cases;
    ``count`` the subjects each row stands for. ``cluster`` names the columns that say which rows belong together, such
    as a patient's lesions: then there is no ``lr_chi2``, which takes rows for independent. ``labels`` fills endpoint,
    level, model, cohort and analysis.
    ``ties``: efron, breslow or exact, as in R. ``events_per_variable`` is events over the columns that vary; below 5
    the estimates are null unless ``show_unreliable``. What cannot be estimated is null with the reason in ``note``; no
    exception.
    """
    total = len(frame)
    frame = finite(frame, [time, event, *([entry] if entry else [])])
    notes = [f"{total - len(frame)} rows without time or event left out" if len(frame) < total else ""]
    if entry:
        is_watched = as_float(frame[time]) > as_float(frame[entry])
        notes.append(f"{(~is_watched).sum()} rows that ended before entry left out" if not is_watched.all() else "")
        frame = frame[is_watched]
    needed = [strata] if strata else []
    codes = cluster_codes(frame, cluster) if cluster else None
    if codes is not None and (codes < 0).any():
        notes.append(f"{(codes < 0).sum()} rows without cluster left out")
        frame, codes = frame[codes >= 0], codes[codes >= 0]
    rows, (frame, place) = frame, counted_cases(frame, covariates, time, event, entry, strata, count)
    people = people_of(rows[subject], place) if subject else None
    chosen = design(frame, covariates, references=references, also_complete=needed, count=COUNT, people=people)
    times, events = as_float(frame[time])[chosen.rows], frame[event].to_numpy()[chosen.rows].astype(int)
    of_rows = ", time-varying covariates" if subject else ", delayed entry" if entry else ""
    base = dict(labels or {}) | _base(chosen, events, ties, of_rows, strata, cluster) | {"quantity": "hazard_ratio"}
    epv, of_columns = estimable_terms.events_per_variable(base["n_events"], chosen)
    base |= {"events_per_variable": epv}
    notes += [guards.events_per_variable_note(epv), of_columns, chosen.missing_note, note]
    if codes is not None:
        is_complete = np.zeros(len(frame), dtype=bool)
        is_complete[chosen.rows] = True
        n_clusters = n_codes(codes[is_complete[place]])
        notes.append(guards.few_clusters_note(n_clusters, FEW_CLUSTERS))
    reason = "" if events.any() else (guards.NO_EVENTS if len(events) else guards.NO_COMPLETE_CASES)
    reason = reason or (guards.NOT_SHOWN if guards.is_withheld(epv, show_unreliable) else "")
    if reason:
        return tidy(
            term_rows(chosen.columns, estimable_terms.all_for(chosen, reason), {}, base, guards.join_notes(*notes)),
            COLUMNS,
        )
    reduced = estimable_terms.reduce_design(chosen, events, chosen.count, is_logistic=False)
    whole = Cases(
        times,
        events,
        chosen.matrix,
        chosen.count,
        as_float(frame[entry])[chosen.rows] if entry else None,
        pd.factorize(stratum_labels(frame[strata])[chosen.rows], sort=True)[0] if strata else None,
    )
    cases = _kept(chosen, whole, reduced)
    members = None
    if codes is not None:
        case = np.full(len(frame), -1)
        case[chosen.rows[reduced.rows]] = np.arange(len(cases.time))
        members = members_of(case[place], codes, weights(rows, count))
    fitted = fit(cases, ties=ties, members=members) if reduced.columns else None
    note = guards.join_notes(reduced.set_aside, *notes)
    found = _rows(chosen, reduced, fitted, base, note)
    is_fitted = fitted is not None or (reduced.has_infinite and not reduced.columns)
    if cluster is None and is_fitted:
        gain = fitted.likelihood_ratio if fitted is not None else 0.0
        if reduced.has_infinite:  # in the limit those set aside leave the risk sets; under the null they are in them
            gain += 2.0 * (null_log_likelihood(cases, ties) - null_log_likelihood(whole, ties))
        note = guards.join_notes(guards.WHOLE_MODEL if reduced.has_infinite else "", note)
        at = len(chosen.columns)  # after the terms, before the other tests of the model
        found[at:at] = model_row(base, "lr_chi2", gain, reduced.df, note)
    return tidy(found, COLUMNS)


def _kept(chosen: Design, whole: Cases, reduced: estimable_terms.Reduced) -> Cases:
    """Return the rows and columns of a model that can be fitted."""
    kept = reduced.rows
    entry, strata = (None if values is None else values[kept] for values in (whole.entry, whole.strata))
    matrix = chosen.block(kept, reduced.columns)
    return Cases(whole.time[kept], whole.event[kept], matrix, whole.count[kept], entry, strata)


def _base(
    cases: Design, events: np.ndarray, ties: str, of_rows: str, strata: str | None, cluster: Any
) -> dict[str, Any]:
    n_events = int(events @ cases.count)
    method = f"Cox, {ties.capitalize()} ties{of_rows}"
    method += f", stratified by {strata}" if strata else ""
    method += f", variance clustered by {_who_is_together(cluster)}" if cluster else ""
    return {"n": cases.n_subjects(np.arange(len(cases.rows))), "n_events": n_events, "method": method}


def _who_is_together(cluster: str | Sequence[str]) -> str:
    """Return 'patient' for a patient's own columns, otherwise the name of the column."""
    names = [cluster] if isinstance(cluster, str) else list(cluster)
    return "patient" if {"patient", "patient_id"} & set(names) else ", ".join(names)


def _rows(
    cases: Design, reduced: estimable_terms.Reduced, fitted: Fitted | None, base: dict[str, Any], note: str
) -> list[dict[str, Any]]:
    """Return the terms, then the tests of coefficients, which cover the terms with a finite one."""
    from scipy.special import chdtrc

    if fitted is None:
        return term_rows(cases.columns, reduced, {}, base, note)
    figures = {}
    for at, j in enumerate(reduced.columns):
        ph = fitted.proportionality[at]
        figures[j] = wald(fitted.coef[at], fitted.std_error[at]) | {"ph_chi2": ph, "ph_p_value": chdtrc(1, ph)}
    rows = term_rows(cases.columns, reduced, figures, base, note)
    df = len(reduced.columns)
    note = guards.join_notes(estimable_terms.finite_terms_note(cases.columns, reduced), note)
    rows += model_row(base, "wald_chi2", fitted.wald, df, note)
    return rows + model_row(base, "ph_global_chi2", fitted.proportionality[-1], df, note)
