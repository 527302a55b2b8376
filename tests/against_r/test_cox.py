"""Cox models agree with R's coxph, the test of proportional hazards with cox.zph."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.regression.cox import cox
from tests.against_r.reference import DATA_SETS, assert_close, assert_p_close, load, of_kind

FIELDS = {"coef": "coef", "estimate": "hr", "std_error": "se_model", "lower": "ci_lower", "upper": "ci_upper"}


def _terms(formula: str) -> tuple[list[str], str | None]:
    terms = [term.strip() for term in formula.split("~")[1].split("+")]
    strata = [term[len("strata(") : -1] for term in terms if term.startswith("strata(")]
    return [term for term in terms if not term.startswith("strata(")], strata[0] if strata else None


def _is_offered(analysis: dict[str, Any]) -> bool:
    """Models of this room: right-censored, model standard errors."""
    return analysis["entry"] is None and analysis["cluster"] is None


@pytest.mark.parametrize("name", DATA_SETS)
def test_models_agree(name: str) -> None:
    """Coefficients, ratios, standard errors, limits, p, likelihood-ratio, Wald and zph equal R's; factors,
    strata and all ties.
    """
    data, analyses = load(name)
    for theirs in filter(_is_offered, of_kind(analyses, "coxph")):
        covariates, strata = _terms(theirs["formula"])
        what = f"{name} {theirs['formula']} {theirs['ties']}"
        references = {"rx": "Obs"} if name == "colon_death" else None
        table = cox(
            data,
            covariates,
            time=theirs["time"],
            event=theirs["event"],
            strata=strata,
            ties=theirs["ties"],
            references=references,
        )
        assert (table["n"] == theirs["n"]).all() and (table["n_events"] == theirs["n_event"]).all(), what
        ratios = table[table["quantity"] == "hazard_ratio"]
        ratios = ratios.set_index(ratios["term"] + ratios["term_level"])
        for term in theirs["terms"]:
            row = ratios.loc[term["term"]]
            for field, r_field in FIELDS.items():
                assert_close(row[field], term[r_field], f"{what} {term['term']} {field}")
            assert_p_close(row["p_value"], term["p"], 1, f"{what} {term['term']} p")
        model = table.set_index("quantity")
        for quantity, r_field in (("lr_chi2", "lr_test"), ("wald_chi2", "wald_test")):
            assert_close(model.loc[quantity, "estimate"], theirs[r_field]["chisq"], f"{what} {quantity}")
            assert model.loc[quantity, "df"] == theirs[r_field]["df"], what
        assert_p_close(model.loc["lr_chi2", "p_value"], theirs["lr_test"]["p"], theirs["lr_test"]["df"], what)
        if strata is None:
            _assert_proportionality(ratios, model, theirs, what)


def _assert_proportionality(ratios: Any, model: Any, theirs: dict[str, Any], what: str) -> None:
    for zph in theirs.get("cox_zph", []):
        if zph["transform"] != "km":
            continue
        for term, chisq, p_value, df in zip(zph["terms"], zph["chisq"], zph["p"], zph["df"], strict=True):
            if term == "GLOBAL":
                assert_close(model.loc["ph_global_chi2", "estimate"], chisq, f"{what} zph GLOBAL")
                assert_p_close(model.loc["ph_global_chi2", "p_value"], p_value, df, f"{what} zph GLOBAL")
            else:
                assert_close(ratios.loc[term, "ph_chi2"], chisq, f"{what} zph {term}")
                assert_p_close(ratios.loc[term, "ph_p_value"], p_value, df, f"{what} zph {term}")
