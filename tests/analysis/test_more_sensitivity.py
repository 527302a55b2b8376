"""Deaths long after the last scan, strata of sites and delayed entry change what they should, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import primary
from analysis.declared_models import REFERENCES, STUDY_COVARIATES
from analysis.plan import analysis_plan
from analysis.plan.sensitivity import ONE_SITE, sensitivity
from analysis.regression.cox import cox
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.counted import COUNT
from analysis.subjects.last_scan import censored_at_last_scan
from analysis.subjects.numbered_frames import PATIENT
from tests.analysis.simulated import Frames, registry
from warehouse.derived.endpoint_definitions import definitions


@pytest.fixture(scope="module")
def frames() -> Frames:
    """300 patients of two sites with dates: each lesion's first adequate exam at day 40, its last at its last day."""
    patients, lesions, times = registry(300)
    of_b = set(patients["patient_id"].iloc[::3])
    patients, lesions, times = (
        frame.assign(site=np.where(frame["patient_id"].isin(of_b), "b", "a")) for frame in (patients, lesions, times)
    )
    start = lesions["patient_id"].map(patients.set_index("patient_id")["first_ablation_date"])
    days = pd.to_timedelta(lesions["ltpfs_days"].fillna(0.0), unit="D")
    lesions = lesions.assign(first_ablation_date=start, last_negative_date=start)
    return patients, lesions.assign(adequate_date=start + pd.Timedelta("40D"), last_followup_date=start + days), times


def test_only_deaths_long_after_the_last_scan_are_censored_there() -> None:
    """At 183 days a death is an event still, a day later it is not; LTP and the living stay; equal subjects count."""
    frame = pd.DataFrame({"event": [2, 2, 1, 0, 2], "days": [283.0, 284.0, 900.0, 900.0, 900.0]})
    frame = frame.assign(scan_days=[100.0, 100.0, 100.0, 100.0, np.nan], count=[1, 3, 1, 1, 1])
    made, note = censored_at_last_scan(frame, count="count")
    assert made["event"].tolist() == [1, 0, 1, 0, 1] and made["days"].tolist() == [283.0, 100.0, 900.0, 900.0, 900.0]
    assert note.startswith("3 deaths more than 183 days")


@pytest.mark.long
def test_a_patient_is_scanned_until_the_first_lesion_is_not(frames: Frames) -> None:
    """The earliest of the evaluable lesions' last exams; without dates there is none, and nothing moves."""
    patients, lesions, times = frames
    expected = lesions[lesions["ltp"].notna()].groupby("patient_id")["ltpfs_days"].min()
    found = AnalysisFrames(*frames).subjects_scanned()
    assert (found["scan_days"] * found[COUNT]).sum() == expected.sum()
    undated = AnalysisFrames(patients, lesions.drop(columns="last_followup_date"), times)
    table = sensitivity(undated).query("variant == 'last scan'")
    assert undated.subjects_scanned()["scan_days"].isna().all() and table["note"].str.contains("0 deaths").all()
    whole = analysis_plan.TABLES["km_summary"](undated).query(
        "endpoint == 'LTPFS' and level == 'patient' and grouping == 'kras'"
    )
    of_kras = table[(table["grouping"] == "kras") & (table["quantity"] == "survival_12m")]
    own = whole[whole["quantity"] == "survival_12m"]
    np.testing.assert_allclose(of_kras["estimate"], own["estimate"], rtol=1e-12)


@pytest.mark.long
def test_strata_compare_within_sites(frames: Frames) -> None:
    """The ratios are those of a Cox model with a baseline for each site; the test names its strata. With one site there
    is one null row that says why.
    """
    table = sensitivity(AnalysisFrames(*frames)).query("variant == 'stratified by site'")
    each = AnalysisFrames(*frames).each(primary.ENDPOINT, "patient")
    expected = cox(each, STUDY_COVARIATES, strata="site", references=REFERENCES)
    ratios = table[table["quantity"] == "hazard_ratio"]
    own = expected[expected["quantity"] == "hazard_ratio"]
    np.testing.assert_allclose(ratios["estimate"], own["estimate"], rtol=1e-6)
    (test,) = table[table["quantity"] == "logrank_chi2"].to_dict("records")
    assert test["p_value"] < 1.0 and test["method"] == "log-rank test, stratified by site"
    alone = sensitivity(AnalysisFrames(*(frame.assign(site="a") for frame in frames))).query(
        "variant == 'stratified by site'"
    )
    assert alone["note"].tolist() == [ONE_SITE] and alone["estimate"].isna().all() and alone["n"].item() > 250
    assert "stratified" not in alone["method"].item()


@pytest.mark.long
def test_lesions_enter_at_their_first_adequate_exam(frames: Frames) -> None:
    """Equal to a model of the subjects with that entry, and not to one without; who left before is counted."""
    table = sensitivity(AnalysisFrames(*frames)).query("variant == 'delayed entry'")
    lesions = AnalysisFrames(*frames).each("TTLTP", "lesion").assign(entry_days=40.0)
    shared = {"references": REFERENCES, "cluster": PATIENT}
    entered, from_start = (
        cox(lesions, STUDY_COVARIATES, **shared, **more).query("quantity == 'hazard_ratio'")
        for more in ({"entry": "entry_days"}, {})
    )
    np.testing.assert_allclose(table["estimate"], entered["estimate"], rtol=1e-9)
    assert not np.allclose(table["estimate"], from_start["estimate"], rtol=1e-6)
    n_early = int((lesions["days"] <= 40.0).sum())
    assert n_early and table["note"].str.contains(f"{n_early} rows that ended before entry left out").all()


@pytest.mark.long
def test_every_endpoint_and_level_is_estimated(frames: Frames) -> None:
    """Each that the warehouse derives has an estimate in a table of curves or of incidence; LTPFS of lesions in the
    clustered models too."""
    found = {(definition.endpoint, definition.level) for definition in definitions()}
    assert ("LTPFS", "lesion") in found
    patients, lesions, times = frames
    known = set(zip(times["endpoint"], times["level"], strict=True))
    more = [
        times[(times["endpoint"] == "TTLTP") & (times["level"] == level)].assign(endpoint=endpoint)
        for endpoint, level in found - known
    ]
    made = AnalysisFrames(patients, lesions, pd.concat([times, *more], ignore_index=True))
    tables = [analysis_plan.TABLES[name](made) for name in ("km_summary", "cumulative_incidence")]
    shown = pd.concat([table[table["estimate"].notna()][["endpoint", "level"]].astype(object) for table in tables])
    assert found <= set(shown.itertuples(index=False, name=None))
    models = analysis_plan.TABLES["lesion_models"](made).query("model == 'lesion_ltpfs' and quantity == 'hazard_ratio'")
    assert models["estimate"].notna().all() and len(models) == len(STUDY_COVARIATES)
    assert models["method"].str.contains("variance clustered by patient").all()
