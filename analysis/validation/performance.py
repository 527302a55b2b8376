"""One table on how a score predicts here: C-index, slope, and at each time AUC, Brier score, calibration, net benefit.

Deaths are treated as the endpoint has them. Where death competes, C is given twice: among those alive (deaths
censored), which a score of hazards is made for, and with those who died kept as never having the event (Wolbers et al.,
Epidemiology 2009;20:555), which says who will have it; all figures at a time are by cumulative incidence. Intervals of
AUC and Brier score are quantiles of samples of patients drawn with replacement, those of all else are by formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards, removals
from analysis.estimates.at_risk import BEYOND, few_note
from analysis.tidy import OVERALL, tidy
from analysis.validation import calibration
from analysis.validation.at_horizon import Known, auc, brier
from analysis.validation.concordance import Concordance, concordance, ranks
from analysis.validation.decision_curve import net_benefits
from analysis.validation.optimism import drawings
from analysis.validation.timeline import Timeline
from schemas.thresholds import (
    BOOTSTRAP_REPLICATES,
    DAYS_PER_MONTH,
    FEW_CLUSTERS,
    NET_BENEFIT_THRESHOLDS,
    TEST_EVENTS,
    TEST_EVENTS_LEAST,
)

COLUMNS = ["endpoint", "level", "model", "cohort", "quantity", "time_months", "stratum", "threshold", "n", "n_events"]
COLUMNS += ["predicted", "estimate", "std_error", "lower", "upper", "optimism", "corrected", "method", "note"]
HARRELL, WOLBERS, UNO, SLOPE = "harrell_c", "wolbers_c", "uno_c", "slope"
AUC, BRIER, NULL_BRIER = "auc", "brier", "null_brier"
CALIBRATION, RATIO, NET_BENEFIT, NET_BENEFIT_OF_ALL = (
    *("calibration", "observed_to_expected", "net_benefit", "net_benefit_of_all"),
)
NO_BASELINE = "not estimable: the model states no baseline, so it gives no risk"
NO_SLOPE = "no finite slope"
BY_WEIGHTS = f"by inverse probability of censoring; interval by {BOOTSTRAP_REPLICATES} bootstrap samples of patients"
BY_ODDS = "share rightly acted on less share needlessly acted on times the odds of the risk"
HAZARD, INCIDENCE = "hazard", "incidence"


@dataclass(frozen=True)
class Scored:
    """Subjects with a score, one a row: ``time`` in days, ``causes`` 0 censored, 1 the event, more what competes;
    ``cluster`` codes 0, 1, ... of who is drawn together, ``is_clustered`` if a code has several rows; ``risks``: time
    in months -> predicted risk by then, empty if the model gives none; ``of``: what the score ranks, the hazard or
    the cumulative incidence.
    """

    time: np.ndarray
    causes: np.ndarray
    score: np.ndarray
    cluster: np.ndarray
    is_clustered: bool
    competes: bool
    risks: Mapping[float, np.ndarray]
    of: str = HAZARD

    @property
    def together(self) -> np.ndarray | None:
        """Return the clusters for a variance; None where each subject is one of its own."""
        return self.cluster if self.is_clustered else None

    @property
    def n_events(self) -> int:
        """Return how many had the event."""
        return int((self.causes == 1).sum())


def few_events(n_events: int) -> str:
    """Return why nothing is estimated with so few events, or a warning, or ''.

    >>> few_events(4)
    'only 4 events: not shown below 10'
    """
    if n_events < TEST_EVENTS_LEAST:
        return f"only {n_events} events: {guards.NOT_SHOWN} below {TEST_EVENTS_LEAST}"
    return f"fewer than {TEST_EVENTS} events: imprecise" if n_events < TEST_EVENTS else ""


def performance(scored: Scored, months: Sequence[float], labels: Mapping[str, Any], note: str = "") -> pd.DataFrame:
    """Return the rows (COLUMNS). What cannot be estimated is null with the reason in ``note``; no exception."""
    n_clusters = len(np.unique(scored.cluster))
    clusters = guards.few_clusters_note(n_clusters, FEW_CLUSTERS) if scored.is_clustered else ""
    base = {"stratum": OVERALL, "n": len(scored.time), "n_events": scored.n_events} | dict(labels)
    base["note"] = guards.join_notes(few_events(scored.n_events), clusters, note)
    if scored.n_events < TEST_EVENTS_LEAST:
        return tidy([base | {"quantity": HARRELL, "method": "Harrell's C"}], COLUMNS)
    rows = _ranking(scored, base, max(months, default=np.inf) * DAYS_PER_MONTH)
    rows.append(_slope(scored, base))
    for month in months:
        rows += _at(scored, float(month), base | {"note": guards.join_notes(clusters, note)})
    return tidy(rows, COLUMNS)


def _ranking(scored: Scored, base: Mapping[str, Any], upto: float) -> list[dict[str, Any]]:
    """Return the C-indices."""
    clustered = ", clustered by patient" if scored.is_clustered else ""
    among = f", {removals.censored(scored.causes)}" if scored.competes else ""
    last = min(upto, float(scored.time[scored.causes == 1].max()))
    months = last / DAYS_PER_MONTH
    found = [(HARRELL, f"Harrell's C{among}", _c(scored, scored.time))]
    if scored.competes:
        never = np.where(scored.causes > 1, scored.time.max() + 1.0, scored.time)
        counted = f"{removals.competitors(scored.causes)} counted as never having the event"
        found.append((WOLBERS, f"Harrell's C, {counted}", _c(scored, never)))
    found.append((UNO, f"Uno's C up to {months:.3g} months{among}", _c(scored, scored.time, is_uno=True, upto=last)))
    rows = []
    for quantity, method, c in found:
        lower, upper = c.interval
        figures = {"estimate": c.estimate, "std_error": c.std_error, "lower": lower, "upper": upper}
        rows.append({**base, "quantity": quantity, **figures, "method": f"{method}, logit interval{clustered}"})
    return rows


def _c(scored: Scored, time: np.ndarray, **more: Any) -> Concordance:
    return concordance(time, scored.causes, scored.score, cluster=scored.together, **more)


def _slope(scored: Scored, base: Mapping[str, Any]) -> dict[str, Any]:
    if scored.of == INCIDENCE and scored.competes:
        make, method = calibration.slope_of_incidence, "Fine-Gray coefficient of the score"
    else:
        make, method = calibration.slope, "Cox coefficient of the score"
        method += f", {removals.censored(scored.causes)}" if scored.competes else ""
    found = make(scored.time, scored.causes, scored.score, scored.together)
    found = found or {"note": guards.join_notes(NO_SLOPE, base["note"])}
    return {**base, "quantity": SLOPE, "method": method, **found}


def _at(scored: Scored, month: float, base: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what there is to say of one time."""
    at = month * DAYS_PER_MONTH
    n_events = int(((scored.causes == 1) & (scored.time <= at)).sum())
    few = few_events(n_events)
    own: dict[str, Any] = {**base, "time_months": month, "n_events": n_events, "method": ""}
    own["note"] = guards.join_notes(few, few_note(int((scored.time >= at).sum()), len(scored.time)), base["note"])
    timeline, rank, risk = Timeline(scored.time, scored.causes), ranks(scored.score), scored.risks.get(month)
    known = timeline.known_at(at, np.ones(len(scored.time)))
    if known is None:
        return [own | {"quantity": AUC, "note": guards.join_notes(BEYOND, base["note"])}]
    is_enough = n_events >= TEST_EVENTS_LEAST
    rows = [own | {"quantity": AUC, "method": BY_WEIGHTS}]
    if is_enough:
        rows[0] |= _drawn(scored, timeline, at, lambda seen: auc(rank, seen))
    if risk is None:
        return [*rows, own | {"quantity": CALIBRATION, "note": guards.join_notes(NO_BASELINE, base["note"])}]
    if is_enough:
        own |= {"method": BY_WEIGHTS}
        rows.append(own | {"quantity": BRIER} | _drawn(scored, timeline, at, lambda seen: brier(risk, seen)))
        rows.append(own | {"quantity": NULL_BRIER} | _drawn(scored, timeline, at, lambda seen: brier(seen.share, seen)))
    rows += _calibrated(scored, month, risk, own)
    return rows + (_benefits(scored, month, risk, own) if is_enough else [])


def _drawn(scored: Scored, timeline: Timeline, at: float, measure: Callable[[Known], float]) -> dict[str, Any]:
    """Return a figure with the quantiles of samples of clusters drawn with replacement; alone if half of them have no
    such figure.
    """
    found = []
    for sample in drawings(int(scored.cluster.max()) + 1):
        seen = timeline.known_at(at, sample[scored.cluster].astype(float))
        if seen is not None and np.isfinite(value := measure(seen)):
            found.append(value)
    known = timeline.known_at(at, np.ones(len(scored.time)))
    one = {"estimate": measure(known) if known is not None else None}
    if len(found) < BOOTSTRAP_REPLICATES // 2:
        return one
    lower, upper = np.quantile(found, (0.025, 0.975))
    return one | {"std_error": float(np.std(found, ddof=1)), "lower": float(lower), "upper": float(upper)}


def _calibrated(scored: Scored, month: float, risk: np.ndarray, own: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return observed beside predicted: of everybody, their ratio, and of groups by the predicted risk."""
    at = month * DAYS_PER_MONTH
    method = "Aalen-Johansen, log interval" if scored.competes else "1 - Kaplan-Meier, log-log interval"
    method += ", clustered by patient" if scored.is_clustered else ""
    groups = [(OVERALL, np.ones(len(risk), dtype=bool))]
    cuts = calibration.cuts_of(risk, calibration.n_groups(int(own["n_events"])))
    if len(cuts):
        members = list(calibration.by_risk(risk, cuts))
        groups += [(f"{place} of {len(members)}", one) for place, one in enumerate(members, start=1)]
    rows = []
    for stratum, one in groups:
        together = None if scored.together is None else scored.cluster[one]
        seen = calibration.observed(scored.time[one], scored.causes[one], at, together, competes=scored.competes)
        mean = float(risk[one].mean())
        figures = {"estimate": seen.estimate, "lower": seen.lower, "upper": seen.upper}
        row = {**own, "quantity": CALIBRATION, "stratum": stratum, "n": seen.n, "n_events": seen.n_events}
        row |= {**figures, "predicted": mean, "method": method}
        row["note"] = guards.join_notes(
            "" if np.isfinite(seen.estimate) else BEYOND, str(own["note"]) if stratum == OVERALL else ""
        )
        rows.append(row)
        if stratum == OVERALL and mean > 0.0:
            ratios = {name: value / mean for name, value in figures.items()}
            rows.append({**own, "quantity": RATIO, **ratios, "method": f"observed over predicted; {method}"})
    return rows


def _benefits(scored: Scored, month: float, risk: np.ndarray, own: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    thresholds = np.asarray(NET_BENEFIT_THRESHOLDS)
    for one in net_benefits(scored.time, scored.causes, risk, month * DAYS_PER_MONTH, thresholds):
        base = {**own, "threshold": one.threshold, "n_events": None, "method": BY_ODDS, "note": ""}
        note = "" if np.isfinite(one.of_model) else f"{BEYOND} of those at or above this risk"
        rows.append(base | {"quantity": NET_BENEFIT, "n": one.n, "estimate": one.of_model, "note": note})
        rows.append(base | {"quantity": NET_BENEFIT_OF_ALL, "estimate": one.of_all})
    return rows
