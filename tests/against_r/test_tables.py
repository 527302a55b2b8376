"""Logistic models and contingency tables agree with R's glm, chisq.test and fisher.test."""

from __future__ import annotations

import pytest

from analysis.estimates.rates import compare
from analysis.regression.logistic import logistic
from tests.against_r.reference import assert_close, assert_p_close, load, of_kind

NAMES = ("lung", "colon_death", "retinopathy", "bladder")
FIELDS = {
    "coef": "coef",
    "estimate": "or",
    "std_error": "se",
    "lower": "ci_lower_wald",
    "upper": "ci_upper_wald",
}


@pytest.mark.parametrize("name", NAMES)
def test_logistic_agrees(name: str) -> None:
    """Coefficients, odds ratios, standard errors, Wald limits, p and the drop in deviance equal glm's."""
    data, analyses = load(name)
    for theirs in of_kind(analyses, "logistic"):
        outcome, right = (side.strip() for side in theirs["formula"].split("~"))
        covariates = [term.strip() for term in right.split("+")]
        references = {"rx": "Obs"} if name == "colon_death" else None
        table = logistic(data, covariates, event=outcome, references=references)
        assert (table["n"] == theirs["n"]).all() and (table["n_events"] == theirs["n_event"]).all()
        likelihood_ratio = table[table["quantity"] == "lr_chi2"].iloc[0]
        assert_close(likelihood_ratio["estimate"], theirs["null_deviance"] - theirs["deviance"], f"{name} deviance")
        rows = table.set_index(table["term"] + table["term_level"])
        for term in theirs["terms"]:
            row = rows.loc[term["term"]]
            for field, r_field in FIELDS.items():
                assert_close(row[field], term[r_field], f"{name} {term['term']} {field}")
            assert_p_close(row["p_value"], term["p"], 1, f"{name} {term['term']} p")


@pytest.mark.parametrize("name", NAMES)
def test_contingency_agrees(name: str) -> None:
    """Pearson, Yates and Fisher's p equal R's; the odds ratio is the sample one."""
    _, analyses = load(name)
    for theirs in of_kind(analyses, "contingency"):
        counts = [(level, row[1], sum(row)) for level, row in zip(theirs["row_levels"], theirs["counts"], strict=True)]
        found = {row["quantity"]: row for row in compare(counts)}
        what = f"{name} {theirs['row']}"
        assert_close(found["pearson_chi2"]["estimate"], theirs["chi2"], what)
        assert_close(found["pearson_chi2"]["p_value"], theirs["p"], what)
        if len(counts) == 2:
            assert_close(found["yates_chi2"]["estimate"], theirs["chi2_yates"], what)
            assert_close(found["yates_chi2"]["p_value"], theirs["p_yates"], what)
            assert_close(found["fisher_exact"]["p_value"], theirs["fisher_p"], what)
            assert_close(found["odds_ratio"]["estimate"], theirs["sample_or"], what)
        else:
            assert set(found) == {"pearson_chi2"}
