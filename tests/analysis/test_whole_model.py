"""Tests of a whole model from which a level without events is set aside, and what its page says about them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.regression.cox import cox
from analysis.regression.logistic import logistic
from analysis.report.blocks import DataTable, Numbering
from analysis.report.sections import models as section
from tests.analysis_report.sample import content


def _frame() -> pd.DataFrame:
    """200 subjects: none of the 80 with b has the event; age says nothing."""
    random = np.random.default_rng(7)
    is_b = np.arange(200) < 80
    days = np.ceil(random.exponential(400.0, 200))
    event = np.where(is_b, 0, (random.random(200) < 0.4).astype(int))
    return pd.DataFrame(
        {"days": days, "event": event, "arm": np.where(is_b, "b", "a"), "age": random.normal(60, 9, 200)}
    )


def test_the_whole_model_counts_what_is_set_aside() -> None:
    """The level without events is what the model says, so its p-value is small, though age's own is not; as R's
    coxph and glm have it (tests/against_r holds the figures)."""
    for table in (cox(_frame(), ["arm", "age"]), logistic(_frame(), ["arm", "age"], event="event")):
        whole = table[table["quantity"] == "lr_chi2"].iloc[0]
        age = table[table["term"] == "age"].iloc[0]
        assert whole["df"] == 2 and whole["p_value"] < 1e-6 < 0.05 < age["p_value"]
        assert whole["note"].startswith("of the whole model")


def test_the_wald_test_names_its_terms() -> None:
    """A coefficient that is infinite has no Wald statistic: the tests of coefficients say which terms they are of."""
    table = cox(_frame(), ["arm", "age"]).set_index("quantity")
    for quantity in ("wald_chi2", "ph_global_chi2"):
        assert table.loc[quantity, "df"] == 1
        assert table.loc[quantity, "note"].startswith("only of the terms with a finite estimate: age")


def test_a_term_alone_has_a_test_at_its_limit() -> None:
    """If nothing else is left to fit, the likelihood ratio of the infinite term is given, as in R."""
    whole = cox(_frame(), ["arm"]).set_index("quantity").loc["lr_chi2"]
    assert whole["df"] == 1 and whole["p_value"] < 1e-6


def test_an_intercept_of_an_infinite_reference_is_not_given() -> None:
    """The odds of a reference without events are 0: no other group's odds are shown instead."""
    table = logistic(_frame(), ["arm", "age"], event="event", references={"arm": "b"})
    intercept = table[table["term"] == "(Intercept)"].iloc[0]
    assert pd.isna(intercept["estimate"]) and "references" in intercept["note"]


@pytest.mark.long
def test_the_page_says_what_all_terms_are() -> None:
    """'all terms' is of all of them; the test of proportional hazards says of which it is."""
    labels = {"endpoint": "LTPFS", "level": "patient", "model": "m", "cohort": "all", "analysis": "multivariable"}
    table = cox(_frame(), ["arm", "age"], labels=labels)
    blocks = section.build(content(tables={"cox": table}), Numbering()).blocks
    notes = " ".join(text for block in blocks if isinstance(block, DataTable) for _, text in block.footnotes)
    assert "all terms: likelihood ratio p < 0.001, proportional hazards p" in notes
    assert "(only of the terms with a finite estimate: age)" in notes
