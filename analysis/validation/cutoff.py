"""What a published cut-off divides here: the observed risk above it and up to it, and the hazard ratio between both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards, removals
from analysis.estimates.at_risk import BEYOND, few_note
from analysis.tidy import tidy
from analysis.validation import calibration
from analysis.validation.performance import COLUMNS, Scored, few_events
from schemas.thresholds import DAYS_PER_MONTH, TEST_EVENTS_LEAST

OBSERVED, HAZARD_RATIO = "observed", "hazard_ratio"
ABOVE, UP_TO = "above the cut-off", "up to the cut-off"


def by_cutoff(
    scored: Scored, cutoff: float, months: Sequence[float], labels: Mapping[str, Any], note: str = ""
) -> pd.DataFrame:
    """Return a row ``observed`` for each group and time, and ``hazard_ratio`` of those above the cut-off against the
    others (performance.COLUMNS). Nothing with few events.
    """
    if scored.n_events < TEST_EVENTS_LEAST:
        return tidy([], COLUMNS)
    above = scored.score > cutoff
    rows: list[dict[str, Any]] = []
    method = "Aalen-Johansen, log interval" if scored.competes else "1 - Kaplan-Meier, log-log interval"
    method += ", clustered by patient" if scored.is_clustered else ""
    for stratum, members in ((UP_TO, ~above), (ABOVE, above)):
        together = None if scored.together is None else scored.cluster[members]
        for month in months:
            at = month * DAYS_PER_MONTH
            seen = calibration.observed(
                scored.time[members], scored.causes[members], at, together, competes=scored.competes
            )
            row = dict(labels) | {"quantity": OBSERVED, "time_months": float(month), "stratum": stratum}
            row |= {"n": seen.n, "n_events": seen.n_events, "estimate": seen.estimate, "method": method}
            row |= {"lower": seen.lower, "upper": seen.upper}
            few = few_note(int((scored.time[members] >= at).sum()), seen.n) if np.isfinite(seen.estimate) else BEYOND
            rows.append(row | {"note": guards.join_notes(few, note)})
    found = calibration.slope(scored.time, scored.causes, above.astype(float), scored.together)
    row = dict(labels) | {"quantity": HAZARD_RATIO, "stratum": ABOVE, "n": len(above), "n_events": scored.n_events}
    row["method"] = "Cox" + (f", {removals.censored(scored.causes)}" if scored.competes else "")
    if found is None:
        row["note"] = guards.join_notes(guards.NOT_CONVERGED if above.any() else guards.NOTHING_TO_COMPARE, note)
    else:
        row |= {name: float(np.exp(found[name])) for name in ("estimate", "lower", "upper")}
        row |= {"std_error": found["std_error"], "note": guards.join_notes(few_events(scored.n_events), note)}
    return tidy([*rows, row], COLUMNS)
