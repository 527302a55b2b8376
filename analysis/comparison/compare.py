"""Two treatments compared by weights: overlap, balance, a weighted hazard ratio with its E-value, weighted curves.

Refused, with what cures it, where the data cannot carry it: too few events, more confounders than the smaller group can
carry, a class of a confounder in which only one treatment was given, more than a tenth whose propensity score nobody of
the other group has, or weights that leave fewer than ten effective subjects in a group. Then there is no ratio and
there are no curves; what was seen of the overlap stands in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.comparison.balance import differences
from analysis.comparison.e_value import e_value, e_value_of_limit, risk_ratio
from analysis.comparison.propensity import effective_size, scores, share_outside, weights_of
from analysis.comparison.weighted_cox import weighted_cox
from analysis.comparison.weighted_curve import weighted_survival
from analysis.estimates.at_risk import few_note
from analysis.estimates.product_limit import survival_at
from analysis.regression import estimable_terms
from analysis.regression.design_matrix import Design, design
from analysis.regression.model_rows import cluster_codes, finite, wald
from analysis.tidy import as_float, stacked, stratum_labels, tidy
from schemas.own_plan import ATE, ATT, OVERLAP
from schemas.thresholds import (
    BALANCED_DIFFERENCE,
    COMPARISON_MIN_EVENTS,
    DAYS_PER_MONTH,
    EVENTS_PER_VARIABLE_UNRELIABLE,
    FEW_CLUSTERS,
    LANDMARKS_MONTHS,
    MIN_EFFECTIVE_SIZE,
    MOST_OUTSIDE_OVERLAP,
)

ESTIMANDS = {
    ATE: "weighted to everybody (ATE)",
    ATT: "weighted to those who had the compared treatment (ATT)",
    OVERLAP: "weighted to those for whom either treatment was likely (overlap weights)",
}
COLUMNS = ["endpoint", "level", "model", "cohort", "grouping", "stratum", "term", "term_level", "reference"]
COLUMNS += ["n", "n_events", "n_at_risk", "quantity", "estimate", "lower", "upper", "coef", "std_error", "p_value"]
COLUMNS += ["method", "note"]
CURVE_COLUMNS = ["endpoint", "level", "grouping", "stratum", "n", "time_days", "time_months", "n_at_risk", "n_events"]
CURVE_COLUMNS += ["quantity", "estimate", "std_error", "lower", "upper", "method", "note"]
RATIO, CRUDE = "weighted_hazard_ratio", "unweighted_hazard_ratio"
E_VALUE, E_LIMIT, SIZE, OUTSIDE = "e_value", "e_value_limit", "effective_sample_size", "share_outside_overlap"
BEFORE, AFTER = "difference_before", "difference_after"
WEIGHTED, UNWEIGHTED = "weighted_survival", "unweighted_survival"
MODEL_METHOD = "Cox, Efron ties, weighted by inverse probability of treatment ({estimand}), robust variance"
PLAIN_METHOD = "Cox, Efron ties, not weighted, robust variance"
CURVE_METHOD = "Kaplan-Meier, {weighted}, log-log interval, robust variance"
BALANCE_METHOD = "standardised mean difference, spread before weighting"
CLUSTERED = " clustered by patient"
CURE = "restrict the subgroup to those who could get either, take out what decides the treatment, or ask for overlap"


@dataclass(frozen=True)
class Compared:
    """The table of a comparison (COLUMNS) and its curves (CURVE_COLUMNS); `reason`: why it was refused, '' if not."""

    table: pd.DataFrame
    curves: pd.DataFrame
    reason: str


@dataclass(frozen=True)
class _Cases:
    """The complete cases of the two groups."""

    frame: pd.DataFrame
    chosen: Design
    treated: np.ndarray
    days: np.ndarray
    event: np.ndarray
    cluster: np.ndarray | None

    @property
    def n_events(self) -> int:
        return int(self.event.sum())


def compare(
    frame: pd.DataFrame,
    treatment: str,
    levels: tuple[str, str],
    confounders: Sequence[str],
    described: Sequence[str],
    *,
    estimand: str = ATE,
    cluster: str | Sequence[str] | None = None,
    labels: dict[str, str] | None = None,
    note: str = "",
) -> Compared:
    """Compare ``levels[0]`` with ``levels[1]`` of ``treatment``, weighted for the columns ``confounders``.

    ``frame``: days, event (1 the event), one row a subject; balance is shown of the columns ``described``. Complete
    cases. ``labels`` fills endpoint, level, model and cohort. No exception: what is refused has its reason in ``note``.
    """
    cases, notes = _cases(frame, treatment, levels, confounders, cluster)
    base: dict[str, Any] = dict(labels or {}) | {"grouping": treatment, "reference": levels[1]}
    base |= {"n": len(cases.days), "n_events": cases.n_events}
    note = guards.join_notes(ESTIMANDS[estimand], *notes, note)
    reason = _too_few(cases, levels)
    score, rows = None, []
    if not reason:
        reason, score = _scored(cases)
    weight = np.ones(len(cases.days))
    if score is not None:
        outside = share_outside(score, cases.treated, estimand)
        weight = weights_of(score, cases.treated, estimand)
        sizes = [effective_size(weight[cases.treated == own]) for own in (1, 0)]
        reason = _no_overlap(outside, sizes, levels)
        rows += [base | {"quantity": OUTSIDE, "estimate": outside, "note": note}] if estimand != OVERLAP else []
        for own, level, size in zip((1, 0), levels, sizes, strict=True):
            is_own = cases.treated == own
            of_group = {"stratum": level, "n": int(is_own.sum()), "n_events": int(cases.event[is_own].sum())}
            rows.append(base | of_group | {"quantity": SIZE, "estimate": size, "note": note})
    rows += _balance(cases, described, weight, base, is_weighted=score is not None and not reason)
    ratio = base | {"quantity": RATIO, "term": treatment, "term_level": levels[0]}
    ratio["method"] = MODEL_METHOD.format(estimand=estimand.upper()) + (CLUSTERED if cluster else "")
    if reason:
        rows.insert(0, ratio | {"note": guards.join_notes(reason, note)})
        return Compared(tidy(rows, COLUMNS), tidy([], CURVE_COLUMNS), reason)
    crude = ratio | {"quantity": CRUDE, "method": PLAIN_METHOD + (CLUSTERED if cluster else "")}
    estimates = [_ratio(cases, weight, ratio, note), _ratio(cases, np.ones(len(weight)), crude, note)]
    curves, landmarks = _curves(cases, weight, levels, base, note)
    found = [*estimates, *_e_values(estimates[0], base, cases), *rows, *landmarks]
    return Compared(tidy(found, COLUMNS), stacked(curves, CURVE_COLUMNS), "")


def _cases(
    frame: pd.DataFrame,
    treatment: str,
    levels: tuple[str, str],
    confounders: Sequence[str],
    cluster: str | Sequence[str] | None,
) -> tuple[_Cases, list[str]]:
    frame = finite(frame, ["days", "event"])
    given = stratum_labels(frame[treatment])
    frame = frame[np.isin(given, levels)].reset_index(drop=True)
    chosen = design(frame, confounders)
    kept = frame.iloc[chosen.rows]
    codes = cluster_codes(kept, cluster) if cluster else None
    treated = (stratum_labels(kept[treatment]) == levels[0]).astype(int)
    event = (as_float(kept["event"]) == 1.0).astype(int)
    notes = [chosen.missing_note]
    if codes is not None:
        notes.append(guards.few_clusters_note(len(np.unique(codes)), FEW_CLUSTERS))
    return _Cases(kept, chosen, treated, as_float(kept["days"]), event, codes), notes


def _too_few(cases: _Cases, levels: tuple[str, str]) -> str:
    """Return why there is too little to compare; '' if there is enough."""
    for own, level in zip((1, 0), levels, strict=True):
        if not (cases.treated == own).any():
            return f"nobody with {level} among the complete cases: nothing to compare"
    if cases.n_events < COMPARISON_MIN_EVENTS:
        return f"{cases.n_events} events, fewer than {COMPARISON_MIN_EVENTS}: not compared"
    for own, level in zip((1, 0), levels, strict=True):
        if not cases.event[cases.treated == own].any():
            return f"no event with {level}: the ratio is 0 or infinite, not compared"
    smaller = int(min(cases.treated.sum(), (1 - cases.treated).sum()))
    n_columns = max(cases.chosen.n_varying, 1)
    if smaller < EVENTS_PER_VARIABLE_UNRELIABLE * n_columns:
        return (
            f"{smaller} subjects in the smaller group for {n_columns} columns of confounders, fewer than "
            f"{EVENTS_PER_VARIABLE_UNRELIABLE:g} for each: not compared (name fewer confounders)"
        )
    return ""


def _scored(cases: _Cases) -> tuple[str, np.ndarray | None]:
    """Return the propensity scores, or why there are none."""
    one = np.ones(len(cases.treated))
    reduced = estimable_terms.reduce_design(cases.chosen, cases.treated, one, is_logistic=True)
    for j, why in reduced.reasons.items():
        if "separation" in why:
            column = cases.chosen.columns[j]
            name = f"{column.term} {column.level}".strip()
            return f"no overlap: in a class of {name} only one treatment was given ({CURE})", None
    score = scores(cases.chosen.block(reduced.rows, reduced.columns), cases.treated)
    if score is None:
        return f"no overlap: the confounders together tell who got which treatment ({CURE})", None
    return "", score


def _no_overlap(outside: float, sizes: Sequence[float], levels: tuple[str, str]) -> str:
    if outside > MOST_OUTSIDE_OVERLAP:
        return (
            f"no overlap: {100 * outside:.0f} % have a propensity score that nobody of the other group has, more than "
            f"{100 * MOST_OUTSIDE_OVERLAP:.0f} % ({CURE})"
        )
    for size, level in zip(sizes, levels, strict=True):
        if size < MIN_EFFECTIVE_SIZE:
            return (
                f"no overlap: the weights leave {size:.1f} effective subjects with {level}, fewer than "
                f"{MIN_EFFECTIVE_SIZE:g} ({CURE})"
            )
    return ""


def _balance(
    cases: _Cases, described: Sequence[str], weight: np.ndarray, base: dict[str, Any], *, is_weighted: bool
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for one in differences(cases.frame, described, cases.treated, weight):
        row = base | {"term": one.term, "term_level": one.level, "reference": "", "method": BALANCE_METHOD}
        rows.append(row | {"quantity": BEFORE, "estimate": one.before})
        if is_weighted:
            is_apart = abs(one.after) > BALANCED_DIFFERENCE
            said = f"still apart: above {BALANCED_DIFFERENCE:g}" if is_apart else ""
            rows.append(row | {"quantity": AFTER, "estimate": one.after, "note": said})
    return rows


def _ratio(cases: _Cases, weight: np.ndarray, row: dict[str, Any], note: str) -> dict[str, Any]:
    fitted = weighted_cox(cases.days, cases.event, cases.treated[:, None].astype(float), weight, cases.cluster)
    if fitted is None:
        return row | {"note": guards.join_notes(guards.NOT_CONVERGED, note)}
    found = wald(float(fitted.coef[0]), float(np.sqrt(fitted.covariance[0, 0])))
    return row | found | {"note": guards.join_notes(found.get("note", ""), note)}


def _e_values(ratio: dict[str, Any], base: dict[str, Any], cases: _Cases) -> list[dict[str, Any]]:
    """Return the E-values of the weighted ratio and of its limit nearer to 1; none without a ratio."""
    if ratio.get("estimate") is None:
        return []
    share = cases.n_events / len(cases.event)
    risks = [risk_ratio(float(ratio[name]), share) for name in ("estimate", "lower", "upper")]
    found = ((E_VALUE, e_value(risks[0])), (E_LIMIT, e_value_of_limit(*risks)))
    return [base | {"quantity": name, "estimate": value, "method": "E-value"} for name, value in found]


def _curves(
    cases: _Cases, weight: np.ndarray, levels: tuple[str, str], base: dict[str, Any], note: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the curves of both groups, weighted and not, as parts for ``stacked``, and their landmarks."""
    parts, landmarks = [], []
    for quantity, weights, said in ((WEIGHTED, weight, "weighted"), (UNWEIGHTED, np.ones(len(weight)), "not weighted")):
        method = CURVE_METHOD.format(weighted=said) + (CLUSTERED if cases.cluster is not None else "")
        for own, level in zip((1, 0), levels, strict=True):
            is_own = cases.treated == own
            codes = None if cases.cluster is None else pd.factorize(cases.cluster[is_own])[0]
            table = weighted_survival(cases.days[is_own], cases.event[is_own], weights[is_own], codes)
            of_group = {"stratum": level, "n": int(is_own.sum()), "quantity": quantity, "method": method, "note": note}
            part: dict[str, Any] = {name: base.get(name, "") for name in ("endpoint", "level", "grouping")}
            part |= dict(table) | of_group
            parts.append(part | {"time_days": table["time"], "time_months": table["time"] / DAYS_PER_MONTH})
            n_events = int(cases.event[is_own].sum())
            for months in LANDMARKS_MONTHS:
                at = survival_at(table, months * DAYS_PER_MONTH)
                few = "" if at["estimate"] is None else few_note(at["n_at_risk"], int(is_own.sum()))
                row = base | of_group | {"n_events": n_events, "quantity": f"{quantity}_{months}m"}
                landmarks.append(row | at | {"note": guards.join_notes(at["note"], few, note)})
    return parts, landmarks
