"""What difference the registry can see: the power of the primary contrast with the events it has so far.

Each group is compared with the reference; those of unknown group are left out. The ratios are fixed here, so that no
power is computed for the ratio that was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards, primary
from analysis.estimates.detectable_ratio import events_needed, power_of, smallest_ratio
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.counted import COUNT
from analysis.tidy import UNKNOWN, as_float, stratum_labels, stratum_order, tidy, weights
from schemas.thresholds import ASSUMED_RATIOS, POWER

COLUMNS = ["endpoint", "level", "model", "grouping", "term_level", "reference", "n", "n_events", "group_share"]
COLUMNS += ["quantity", "assumed_ratio", "estimate", "method", "note"]
METHOD = f"Schoenfeld's formula, two-sided 5 %, power {100 * POWER:.0f} %, proportional hazards assumed"
ABOVE, BELOW, NEEDED, POWER_NOW = "smallest_ratio_above_1", "largest_ratio_below_1", "events_needed", "power"
OF_LESIONS = "lesions of one patient are not independent: it takes more events than these"


def sample_size(registry: AnalysisFrames) -> pd.DataFrame:
    """Return what the built-in primary contrast can see (COLUMNS)."""
    subjects = registry.by_group(primary.ENDPOINT, primary.LEVEL, primary.GROUPING)
    labels = {"endpoint": primary.ENDPOINT, "level": primary.LEVEL, "model": primary.MODEL}
    return contrast_sizes(subjects, primary.GROUPING, primary.REFERENCE, labels=labels, count=COUNT)


def contrast_sizes(
    frame: pd.DataFrame,
    grouping: str,
    reference: str | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    count: str | None = None,
    note: str = "",
) -> pd.DataFrame:
    """Return, for each group of ``grouping`` against ``reference`` (by default the first), the smallest ratio above 1
    and the largest below 1 that are found with 80 % power, and for each of ASSUMED_RATIOS the events that it needs and
    the power with those of now (COLUMNS).

    ``event`` 1 is the event; ``n``, ``n_events`` and ``group_share`` are of the two groups. Null without events or with
    one group only, with the reason.
    """
    labels = dict(labels or {})
    groups, events = stratum_labels(frame[grouping]), as_float(frame["event"]) == 1.0
    each = weights(frame, count)
    seen = [label for label in stratum_order(groups) if label != UNKNOWN]
    against = reference if reference is not None else seen[0] if seen else ""
    base: dict[str, Any] = labels | {"grouping": grouping, "reference": against, "method": METHOD}
    note = guards.join_notes(OF_LESIONS if labels.get("level") == "lesion" else "", note)
    others = [label for label in seen if label != against]
    if against not in seen or not others:
        reason = guards.NOTHING_TO_COMPARE if seen else guards.NO_SUBJECTS
        return tidy([base | {"quantity": ABOVE, "note": guards.join_notes(reason, note)}], COLUMNS)
    rows: list[dict[str, Any]] = []
    for label in others:
        both = np.isin(groups, (against, label))
        n, n_events = each[both].sum(), each[both & events].sum()
        share = each[groups == label].sum() / n
        row = base | {"term_level": label, "n": int(n), "n_events": int(n_events), "group_share": share}
        row["note"] = guards.join_notes("" if n_events else guards.NO_EVENTS, note)
        smallest = smallest_ratio(n_events, share)
        rows.append(row | {"quantity": ABOVE, "estimate": smallest})
        rows.append(row | {"quantity": BELOW, "estimate": None if smallest is None else 1.0 / smallest})
        for ratio in ASSUMED_RATIOS:
            own = row | {"assumed_ratio": ratio}
            rows.append(own | {"quantity": NEEDED, "estimate": events_needed(ratio, share)})
            rows.append(own | {"quantity": POWER_NOW, "estimate": power_of(ratio, n_events, share)})
    return tidy(rows, COLUMNS)
