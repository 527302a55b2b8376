"""Tests that the demonstration study gives the published figures of the index study."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthetic.study import SITE, write_study
from tests.synthetic.plain_study_reading import counts, read_study
from tools.search_study import PUBLISHED

LTPFS_OF_12_MONTHS = {"wild_type": 54, "mutant": 25}
FOLLOWUP = {"wild_type": (16.20, 5.03), "mutant": (15.89, 3.96)}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Patients and lesions, read from the written exports."""
    landing: Path = tmp_path_factory.mktemp("landing")
    write_study(landing)
    return read_study(landing / SITE)


@pytest.fixture(scope="module")
def frame(study: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> pd.DataFrame:
    """One row per patient, covariates as 0/1."""
    table = pd.DataFrame(study[0])
    for gene in ("kras", "nras", "braf"):
        table[gene] = (table[gene] == "mutant").astype(int)
    return table.assign(diameter_ge_30=table["diameter_ge_30"].astype(int), ltp=table["ltp"].astype(int))


def test_120_patients_with_212_lesions(study: tuple[list[Any], list[Any]]) -> None:
    """The broken patients and lesions do not count; every patient is evaluable with a known genotype."""
    patients, lesions = study
    assert (len(patients), len(lesions)) == (120, 212)
    assert not any(p["ltp"] is None or "unknown" in (p["kras"], p["nras"], p["braf"]) for p in patients)


def test_ltp_by_kras(study: tuple[list[Any], list[Any]]) -> None:
    """LTP in 13 of 71 wild-type and 15 of 49 mutant patients."""
    expected = {
        ("wild_type", True): 13,
        ("wild_type", False): 58,
        ("mutant", True): 15,
        ("mutant", False): 34,
    }
    assert counts(study[0], "kras", "ltp") == expected


@pytest.mark.parametrize("kras", ["wild_type", "mutant"])
def test_ltpfs_of_twelve_months(study: tuple[list[Any], list[Any]], kras: str) -> None:
    """Patients with LTPFS of 12 months or more: 54 of 71 and 25 of 49."""
    reached = [p for p in study[0] if p["kras"] == kras and p["months"] >= 12]
    assert len(reached) == LTPFS_OF_12_MONTHS[kras]


def test_mean_ltpfs(study: tuple[list[Any], list[Any]]) -> None:
    """Mean LTPFS of all 120 is 12.89 months."""
    assert round(float(np.mean([p["months"] for p in study[0]])), 2) == 12.89


@pytest.mark.parametrize("kras", ["wild_type", "mutant"])
def test_followup_to_last_contact(study: tuple[list[Any], list[Any]], kras: str) -> None:
    """Follow-up: 16.20 +- 5.03 and 15.89 +- 3.96 months (sample SD)."""
    months = [p["followup_months"] for p in study[0] if p["kras"] == kras]
    assert (round(float(np.mean(months)), 2), round(float(np.std(months, ddof=1)), 2)) == FOLLOWUP[kras]


def test_followup_does_not_differ(frame: pd.DataFrame) -> None:
    """The t-test of follow-up between the groups has p > 0.05."""
    from scipy.stats import ttest_ind

    by = frame.groupby("kras")["followup_months"].apply(list)
    assert ttest_ind(by[0], by[1]).pvalue > 0.05


def test_last_contact_is_not_before_the_last_imaging(study: tuple[list[Any], list[Any]]) -> None:
    """Follow-up is at least as long as LTPFS in every patient."""
    assert all(p["followup_months"] >= p["months"] for p in study[0])


def _fit(frame: pd.DataFrame, model: str, terms: list[str]) -> dict[str, float]:
    """Ratios of a logistic (statsmodels) or Cox model (lifelines)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' own deprecations
        if model.startswith("cox"):
            from lifelines import CoxPHFitter

            fitted = CoxPHFitter().fit(frame[[*terms, "days", "ltp"]], "days", "ltp").params_
        else:
            from statsmodels.api import Logit, add_constant

            fitted = Logit(frame["ltp"], add_constant(frame[terms].astype(float))).fit(disp=False).params
    return {term: float(np.exp(fitted[term])) for term in terms}


@pytest.mark.parametrize(("model", "term"), sorted(PUBLISHED))
def test_models_reproduce_the_published_estimates(frame: pd.DataFrame, model: str, term: str) -> None:
    """Each estimate lies inside its published 95 % interval and on the same side of 1."""
    if model.endswith("_ras_wt"):
        cohort, terms = frame[(frame["kras"] == 0) & (frame["nras"] == 0)], ["diameter_ge_30", "braf"]
    else:
        cohort, terms = frame, ["kras", "nras", "braf", "diameter_ge_30"]
    ratio, low, high = PUBLISHED[(model, term)]
    found = _fit(cohort, model, terms)[term]
    assert low < found < high
    assert (found > 1) == (ratio > 1)
