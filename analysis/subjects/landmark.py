"""Landmark analysis: only those still free of the event at a day, with the clock started there.

LTP can only be seen after an adequate exam, so the time before it is free of LTP by definition (immortal time). From a
landmark on, here 90 days, nobody's time is (Anderson, Cain and Gelber, J Clin Oncol 1983;1:710). It leaves out early
events, so it answers a question about those who reached the landmark.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.tidy import as_float, weights
from schemas.thresholds import LANDMARK_DAYS


def from_landmark(
    frame: pd.DataFrame, *, time: str = "days", count: str | None = None, landmark: float = LANDMARK_DAYS
) -> tuple[pd.DataFrame, str]:
    """Return (subjects whose ``time`` is after ``landmark``, counted from there; a note on who is left out)."""
    times = as_float(frame[time])
    stays = np.isfinite(times) & (times > landmark)
    n_out = int(weights(frame, count)[~stays].sum())
    chosen = frame[stays].assign(**{time: times[stays] - landmark})
    return chosen, f"from day {landmark:g} on; {n_out} with an event or the end of follow-up by then left out"
