"""Aalen-Johansen estimates agree with R's survfit on heavily tied competing risks."""

from __future__ import annotations

import numpy as np

from analysis.estimates.cumulative_incidence import incidence
from tests.against_r.reference import assert_close, group, load, of_kind

FIELDS = {
    "estimate": "cif",
    "std_error": "se_infinitesimal_jackknife",
    "lower": "lower_log",
    "upper": "upper_log",
}


def test_cumulative_incidence_agrees() -> None:
    """Estimate, infinitesimal jackknife standard error and log limits equal survfit's, overall and by group; at 0 R
    prints a standard error of 0, and here there is none.
    """
    data, analyses = load("mgus2_competing")
    causes = {"pcm": 1, "death": 2}
    for analysis in of_kind(analyses, "cumulative_incidence"):
        for theirs in analysis["survival_survfit"]:
            members = group(data, theirs["group"])
            for curve in theirs["causes"]:
                table = incidence(members["etime"].to_numpy(float), members["cause"].to_numpy(), causes[curve["cause"]])
                for i, time in enumerate(theirs["time"]):
                    row = table.iloc[int(np.searchsorted(table["time"], time, side="right")) - 1]
                    for field, r_field in FIELDS.items():
                        what = f"{theirs['group']} {curve['cause']} t={time} {field}"
                        if row["estimate"] in (0.0, 1.0) and field != "estimate":
                            assert np.isnan(row[field]), what
                        else:
                            assert_close(row[field], curve[r_field][i], what)
