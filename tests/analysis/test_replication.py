"""The replication table: which estimator gives the published figure, in the published direction, and the
warning.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.replication.one_year_rates import CALLED_ACTUARIAL, CRUDE
from analysis.replication.published_figures import index_study
from analysis.replication.replication_table import replication
from analysis.subjects.analysis_frames import AnalysisFrames
from schemas.thresholds import DAYS_PER_MONTH
from tests.analysis.simulated import registry


def _study_like() -> AnalysisFrames:
    """120 patients whose crude shares are the study's: LTP 13/71 and 15/49, LTPFS of 12 months or more in
    54/71 and 25/49.

    Each short LTPFS is an LTP as long as there are any, else an early end of imaging.
    """
    rows = []
    for group, n_long in zip(index_study().groups, (54, 25), strict=True):
        for i in range(group.n):
            is_short = i < group.n - n_long
            has_ltp = i < group.n_ltp
            months = 6.0 + 0.1 * (i % 20) if is_short else 13.0 + 0.1 * (i % 30)
            rows.append({"kras": group.stratum, "ltp": has_ltp, "ltpfs_months": months, "diameter_ge_30": i % 3 == 0})
    patients = pd.DataFrame(rows).assign(site="a", patient_id=[f"p{i}" for i in range(120)])
    patients["nras"] = np.where(np.arange(120) % 15 == 1, "mutant", "wild_type")
    patients["braf"] = np.where(np.arange(120) % 11 == 2, "mutant", "wild_type")
    patients["ras"] = np.where((patients[["kras", "nras"]] == "mutant").any(axis=1), "mutant", "wild_type")
    patients["first_ablation_date"] = pd.Timestamp("2018-01-01")
    patients["last_contact_date"] = patients["first_ablation_date"] + pd.to_timedelta(500, unit="D")
    patients["death_date"] = pd.NaT
    lesions = patients[["site", "patient_id", "ltp"]].assign(lesion_id="L1", max_diameter_mm=20.0)
    days = patients["ltpfs_months"] * DAYS_PER_MONTH
    events = [
        pd.DataFrame(
            {"site": "a", "endpoint": endpoint, "level": "patient", "patient_id": patients["patient_id"]}
        ).assign(days=days, event=patients["ltp"].astype(int))
        for endpoint in ("LTPFS_STUDY", "LTPFS", "TTLTP", "OS")
    ]
    return AnalysisFrames(patients, lesions, pd.concat(events, ignore_index=True))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """The replication table of the study-like cohort."""
    return replication(_study_like())


def test_crude_share_called_actuarial(table: pd.DataFrame) -> None:
    """The published 1-year rates are reproduced by the crude share and by no survival estimator, and the
    note warns.
    """
    rows = table[table["quantity"].str.startswith("1-year LTPFS, KRAS ") & table["published"].str.endswith("%")]
    crude = rows[rows["estimator"] == CRUDE]
    assert crude["agrees"].tolist() == [True, True]
    assert crude["computed"].tolist() == ["76.1 % (54/71)", "51.0 % (25/49)"]
    assert (
        crude["note"].str.startswith(CALLED_ACTUARIAL).all() and crude["note"].str.contains("Kaplan-Meier gives").all()
    )
    others = rows[rows["estimator"] != CRUDE]
    assert len(others) == 6 and not others["agrees"].any()


def test_figures_keep_the_digits_that_the_file_types() -> None:
    """0.190 is printed with its last digit; each group has its figures, and each ratio its model."""
    study = index_study()
    assert "0.190 (0.043-0.840), p = 0.028" in [ratio.text for ratio in study.ratios]
    assert [(group.stratum, group.n_ltp, group.n) for group in study.groups] == [
        ("wild_type", 13, 71),
        ("mutant", 15, 49),
    ]
    assert [(ratio.outcome, ratio.cohort) for ratio in study.ratios].count(("LTP", "ras_wild_type")) == 1


def test_true_kaplan_meier_lies_where_it_must(table: pd.DataFrame) -> None:
    """With all LTP within 12 months, Kaplan-Meier of the mutants lies well above the published 51.0 %,
    below 70 %.
    """
    is_km = table["estimator"].str.startswith("Kaplan-Meier of LTPFS_STUDY")
    mutant = table[is_km & (table["quantity"] == "1-year LTPFS, KRAS mutant")].iloc[0]
    assert 0.62 < mutant["computed_value"] < 0.70


def test_published_p_is_the_uncorrected_one(table: pd.DataFrame) -> None:
    """Of Pearson, Yates, Fisher and log-rank, only Pearson's prints as p = 0.004."""
    rows = table[table["quantity"] == "1-year LTPFS, KRAS, p"].set_index("estimator")["agrees"]
    assert rows["Pearson's chi-square of the crude shares"]
    assert not rows.drop("Pearson's chi-square of the crude shares").any()


def test_counts_agree(table: pd.DataFrame) -> None:
    """Patients, mutants and LTP shares agree; lesions differ and are said to differ."""
    agrees = table.drop_duplicates("quantity").set_index("quantity")["agrees"]
    assert agrees[["patients", "patients with KRAS mutant", "LTP, KRAS wild-type", "LTP, KRAS mutant"]].all()
    assert not agrees["lesions"]


def test_ratios_are_compared_in_the_published_direction(table: pd.DataFrame) -> None:
    """Wild-type KRAS for LTP is below 1 where mutant KRAS for LTPFS is above 1, and the interval turns with
    it.
    """
    wild = table[table["quantity"] == "LTP, multivariable: wild-type KRAS"].set_index("estimator")
    mutant = table[table["quantity"] == "LTPFS, multivariable: mutant KRAS"].set_index("estimator")
    name = "Cox hazard ratio of LTPFS_STUDY"
    assert wild.loc[name, "computed_value"] < 1.0 < mutant.loc[name, "computed_value"]
    assert wild.loc[name, "computed_value"] * mutant.loc[name, "computed_value"] == pytest.approx(1.0)
    low, high = (float(text) for text in wild.loc[name, "computed"].split("(")[1].split(")")[0].split("-"))
    assert low < wild.loc[name, "computed_value"] < high


def test_each_ratio_has_both_candidates(table: pd.DataFrame) -> None:
    """Every published ratio is compared with the logistic odds ratio and the Cox hazard ratio."""
    ratios = table[table["quantity"].str.contains("multivariable")]
    candidates = ratios.groupby("quantity")["estimator"].agg(set)
    assert len(candidates) == 7
    for found in candidates:
        assert {"logistic odds ratio of LTP", "Cox hazard ratio of LTPFS_STUDY"} <= found


def test_another_registry_is_compared_too() -> None:
    """A registry that is not the study's gives the same rows, and its crude share carries no claim of
    reproduction.
    """
    frames = registry(150, seed=9)
    table = replication(AnalysisFrames(*frames))
    assert not table.loc[table["quantity"] == "patients", "agrees"].any()
    assert not table["note"].str.startswith(CALLED_ACTUARIAL).any()
