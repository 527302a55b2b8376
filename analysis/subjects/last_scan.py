"""LTPFS with deaths long after the last scan censored at that scan.

The composite counts a death whenever it comes. LTP may have come unseen between the last scan and a death much later,
and the time free of LTP that such a death ends was not observed either; censoring at the scan asks whether it matters.
It takes the dead for like those who were scanned on, which is informative where deaths follow progression.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.tidy import as_float, weights
from schemas.thresholds import MAX_IMAGING_GAP_DAYS


def censored_at_last_scan(
    frame: pd.DataFrame, *, count: str | None = None, max_gap_days: float = MAX_IMAGING_GAP_DAYS
) -> tuple[pd.DataFrame, str]:
    """Return (subjects with ``days`` and ``event`` of LTPFS so censored, a note on how many).

    ``frame``: days, event of TTLTP (0, 1 LTP, 2 death without LTP) and ``scan_days``, days from the start to the last
    scan. A death whose last scan is not known stays an event.
    """
    days, events, scans = (as_float(frame[name]) for name in ("days", "event", "scan_days"))
    is_unseen = (events == 2.0) & (days - scans > max_gap_days)
    n_unseen = int(weights(frame, count)[is_unseen].sum())
    chosen = frame.assign(days=np.where(is_unseen, scans, days), event=np.where((events > 0) & ~is_unseen, 1.0, 0.0))
    return chosen, f"{n_unseen} deaths more than {max_gap_days:g} days after the last scan censored at that scan"
