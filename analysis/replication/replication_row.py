"""One row of the replication table: a published figure beside a computed one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.tidy import stratum_labels


def row(quantity: str, printed: str, value: float, computed: float | None, text: str, estimator: str) -> dict[str, Any]:
    """Return the published figure as printed beside the computed one as it would be printed; they agree if equal."""
    is_missing = computed is None or not np.isfinite(computed)
    found = {"quantity": quantity, "published": printed, "published_value": value, "estimator": estimator}
    found |= {
        "computed": "not estimable" if is_missing else text,
        "computed_value": None if is_missing else computed,
    }
    return found | {"agrees": None if is_missing else text == printed, "note": ""}


def fraction(k: int, n: int) -> str:
    """Print a share as the study does: ``13/71 (18.3 %)``."""
    return f"{k}/{n} ({100.0 * k / n:.1f} %)" if n else "0/0"


def group(frame: pd.DataFrame, stratum: str) -> pd.DataFrame:
    """Return the rows of one KRAS group."""
    return frame[stratum_labels(frame["kras"]) == stratum]
