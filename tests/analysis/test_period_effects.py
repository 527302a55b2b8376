"""Effects by period: what is withheld is still fitted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.guards import NOT_SHOWN
from analysis.regression.period_effects import time_split


def _subjects() -> pd.DataFrame:
    """300 subjects, of whom few have the event after 12 months."""
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"group": random.choice(["a", "b"], 300), "x": random.normal(size=300)})
    days = random.exponential(np.where(frame["group"] == "b", 900.0, 1500.0))
    ends = random.uniform(100.0, 440.0, 300)
    return frame.assign(days=np.ceil(np.minimum(days, ends)), event=(days <= ends).astype(float))


def test_a_period_with_few_events_is_withheld_and_leaves_the_other_as_it_is() -> None:
    """Without the later period's own ratio the model would take it for 1, and move the earlier one."""
    shown, withheld = (time_split(_subjects(), "group", ["x"], show_unreliable=is_all) for is_all in (True, False))
    early, late, test = shown.to_dict("records")
    assert late["events_per_variable"] < 5 <= early["events_per_variable"] and test["quantity"] == "period_chi2"
    assert late["estimate"] > 0 and early["estimate"] > 0
    first, second = withheld.to_dict("records")
    assert first["estimate"] == early["estimate"] and first["lower"] == early["lower"]
    assert pd.isna(second["estimate"]) and NOT_SHOWN in second["note"]
