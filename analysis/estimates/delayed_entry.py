"""Who counts in a curve whose subjects are watched only from a day on: those who are watched before their time ends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis import guards
from analysis.tidy import as_float, weights


def watched(
    frame: pd.DataFrame, time: str, entry: str | None, count: str | None, method: str, note: str
) -> tuple[pd.DataFrame, str, str]:
    """Return those who are watched at all, with method and note; everybody without ``entry``."""
    if entry is None:
        return frame, method, note
    since = as_float(frame[entry])
    kept = np.isfinite(since) & (since < as_float(frame[time]))
    left_out = int(weights(frame, count)[~kept].sum())
    said = f"{left_out} who were not watched before their time ended left out" if left_out else ""
    return frame[kept].reset_index(drop=True), f"{method}, delayed entry", guards.join_notes(said, note)


def entries_of(frame: pd.DataFrame, entry: str | None) -> Callable[[np.ndarray], np.ndarray | None]:
    """Return the entries of rows; None without ``entry``."""
    since = None if entry is None else as_float(frame[entry])
    return lambda rows: None if since is None else since[rows]
