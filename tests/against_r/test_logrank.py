"""Log-rank tests, stratified and weighted too, agree with R's survdiff."""

from __future__ import annotations

import pytest

from analysis.estimates.logrank import logrank
from tests.against_r.reference import assert_close, assert_p_close, load, of_kind


@pytest.mark.parametrize("name", ("lung", "colon_death", "retinopathy", "bladder"))
def test_logrank_agrees(name: str) -> None:
    """Statistic, degrees of freedom and p-value equal survdiff, two and more groups, with strata, rho 0 and
    1.
    """
    data, analyses = load(name)
    for theirs in of_kind(analyses, "logrank", "g_rho_weighted_logrank"):
        table = logrank(
            data,
            grouping=theirs["group_column"],
            time=theirs["time"],
            event=theirs["event"],
            strata=theirs["strata"],
            rho=theirs["rho"],
            show_unreliable=True,  # one patient of lung has ph.ecog 3
        )
        row = table.iloc[0]
        what = f"{name} {theirs['group_column']} strata {theirs['strata']} rho {theirs['rho']}"
        assert_close(row["estimate"], theirs["chisq"], what)
        assert row["df"] == theirs["df"], what
        assert row["n"] == sum(theirs["n"]), what
        assert_p_close(row["p_value"], theirs["p"], theirs["df"], what)
