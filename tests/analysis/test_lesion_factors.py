"""Lesions by margin and other factors: classes, shares, bounds, models, and what is said of few."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.estimates.rates import exact
from analysis.plan.lesion_factors import CHOSEN_HERE, lesion_curves, lesion_factors, lesion_table_one
from analysis.plan.margin_models import BEYOND_BOTH, IN_MUTANT, IN_WILD_TYPE, lesion_factor_models, margin_response
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.lesion_factors import SECTORS, margin_classes
from schemas.codes import SEGMENT
from tests.analysis.simulated import Frames, registry
from warehouse.storage.sql_files import select_of


@pytest.fixture(scope="module")
def frames() -> Frames:
    """300 patients in whom a margin below 5 mm brings LTP four times as often, whatever RAS is."""
    patients, lesions, times = registry(300, seed=3)
    random = np.random.default_rng(5)
    is_thin = (lesions["minimal_margin_mm"] < 5.0).to_numpy()
    is_evaluable = lesions["ltp"].notna().to_numpy()
    ltp = random.random(len(lesions)) < np.where(is_thin, 0.4, 0.1)
    lesions["ltp"] = pd.Series(ltp, dtype=object).mask(~is_evaluable, None)
    is_lesion = (times["level"] == "lesion").to_numpy()
    own = times[is_lesion].merge(lesions[["patient_id", "lesion_id", "ltp"]], on=["patient_id", "lesion_id"])
    event = np.where(own["ltp"].astype(bool), 1, np.where(own["event"] == 1, 0, own["event"]))
    changed = times["event"].to_numpy(copy=True)
    changed[is_lesion] = np.where(own["endpoint"] == "LTPFS", (event > 0).astype(int), event)
    return patients, lesions, times.assign(event=changed)


@pytest.fixture(scope="module")
def found(frames: Frames) -> pd.DataFrame:
    """Their lesion_factors."""
    return lesion_factors(AnalysisFrames(*frames))


@pytest.fixture(scope="module")
def models(frames: Frames) -> pd.DataFrame:
    """Their lesion_factor_models."""
    return lesion_factor_models(AnalysisFrames(*frames))


def test_both_languages_class_a_margin_alike() -> None:
    """The macro of SQL and the function of Python give the same class, at each bound and on both sides of it."""
    margins = [-20.0, -0.1, 0.0, 0.1, 4.9, 5.0, 9.9, 10.0, 40.0, None]
    con = duckdb.connect()
    con.execute(select_of("terms"))
    of_sql = [con.execute("SELECT margin_class(?::DOUBLE)", [margin]).fetchone() for margin in margins]
    of_python = margin_classes(np.array([np.nan if margin is None else margin for margin in margins]))
    assert [row[0] for row in of_sql if row] == of_python.tolist()
    assert of_python[2] == of_python[4] == "0 to < 5"  # 0 is covered


def test_every_segment_has_one_sector() -> None:
    """The sectors hold each segment once."""
    assert sorted(segment for segments in SECTORS.values() for segment in segments) == sorted(SEGMENT)


def test_shares_are_counts_of_lesions(frames: Frames, found: pd.DataFrame) -> None:
    """Each class counts the evaluable lesions of its margins, with Clopper and Pearson's interval."""
    lesions = frames[1][frames[1]["ltp"].notna()]
    for stratum, is_in in (("true", lesions["minimal_margin_mm"] < 5), ("false", lesions["minimal_margin_mm"] >= 5)):
        row = found.query("grouping == 'margin_below_5' and quantity == 'rate'").set_index("stratum").loc[stratum]
        n_events, n = int(lesions["ltp"][is_in].sum()), int(is_in.sum())
        assert (row["n_events"], row["n"]) == (n_events, n)
        assert (row["lower"], row["upper"]) == exact(n_events, n)
    classes = found.query("grouping == 'margin_class' and quantity == 'rate'")
    assert classes["stratum"].tolist() == ["< 0", "0 to < 5", "5 to < 10", ">= 10", "unknown"]
    assert classes["n"].sum() == len(lesions)


def test_beyond_the_largest_margin_with_ltp_there_is_none(frames: Frames, found: pd.DataFrame) -> None:
    """The bound is the largest margin with LTP; the limit of the n lesions beyond it is 1 - 0.025^(1/n)."""
    lesions = frames[1][frames[1]["ltp"].notna() & frames[1]["minimal_margin_mm"].notna()]
    largest = lesions["minimal_margin_mm"][lesions["ltp"].astype(bool)].max()
    n_beyond = int((lesions["minimal_margin_mm"] > largest).sum())
    whole = found.query("grouping == 'overall'").set_index("quantity")
    assert whole.loc["largest_margin_with_ltp_mm", "estimate"] == largest
    beyond = whole.loc["rate_beyond"]
    assert (beyond["n"], beyond["n_events"], beyond["note"]) == (
        n_beyond,
        0,
        CHOSEN_HERE if n_beyond else beyond["note"],
    )
    if n_beyond:
        assert beyond["upper"] == pytest.approx(1 - 0.025 ** (1 / n_beyond))
    programs = found.query("grouping == 'margin_software' and quantity == 'largest_margin_with_ltp_mm'")
    assert programs["stratum"].tolist() == ["MarginTool 3.2", "ZoneView 1.4"]


def test_what_few_patients_share_is_no_program(frames: Frames) -> None:
    """A text that a site wrote for the lesions of fewer than five patients is in no table of figures."""
    patients, lesions, times = frames
    few, enough = (lesions["patient_id"].isin(patients["patient_id"][part]) for part in (slice(4), slice(4, 9)))
    written = lesions["margin_software"].mask(few, "by the nurse of 4711").mask(enough, "Third 1.0")
    registry = AnalysisFrames(patients, lesions.assign(margin_software=written.astype("category")), times)
    found = lesion_factors(registry).query("grouping == 'margin_software' and quantity == 'rate'")
    assert set(found["stratum"]) == {"MarginTool 3.2", "ZoneView 1.4", "Third 1.0", "other", "unknown"}
    cells = lesion_table_one(registry).to_csv()
    assert "Third 1.0" in cells and "4711" not in cells


def test_margins_of_exactly_0_are_told(frames: Frames) -> None:
    """A program without negative margins says 0 of a lesion that is not covered, so they are counted."""
    patients, lesions, times = frames
    changed = lesions.assign(minimal_margin_mm=lesions["minimal_margin_mm"].where(lesions.index % 9 > 0, 0.0))
    n = int((changed["minimal_margin_mm"] == 0.0)[changed["ltp"].notna()].sum())
    table = lesion_factors(AnalysisFrames(patients, changed, times))
    row = table.query("grouping == 'overall' and quantity == 'largest_margin_with_ltp_mm'").iloc[0]
    assert row["note"] == f"{n} lesions with a margin of exactly 0 mm"


def test_the_margin_s_models_find_what_was_put_in(models: pd.DataFrame) -> None:
    """The margin's ratio is large, its interval leaves out 1, and RAS does not change it; both models agree on that."""
    own = models[models["term"].str.startswith("margin_below_5")]
    for model in ("margin_cause_specific", "margin_fine_gray"):
        row = own[(own["model"] == model) & (own["analysis"] == "multivariable")].iloc[0]
        assert row["estimate"] > 2.5 and row["lower"] > 1.5, model
    ratios = own.set_index(["model", "term"]).sort_index()
    for kind in ("cause_specific", "fine_gray"):
        model = f"margin_by_ras_{kind}"
        within = [float(ratios.loc[(model, term), "estimate"].iloc[0]) for term in (IN_WILD_TYPE, IN_MUTANT)]
        crossed = ratios.loc[(model, BEYOND_BOTH)].iloc[0]
        assert crossed["estimate"] == pytest.approx(within[1] / within[0], rel=1e-6)
        assert crossed["p_value"] > 0.01


def test_dose_response_is_1_at_the_reference_and_falls(frames: Frames) -> None:
    """The curve is 1 at 5 mm, above it at thin margins, and given only at margins that were seen."""
    table = margin_response(AnalysisFrames(*frames))
    for analysis in ("univariable", "multivariable"):
        rows = table[(table["analysis"] == analysis) & (table["quantity"] == "hazard_ratio")].set_index("term_value")
        assert rows.loc[5.0, "estimate"] == 1.0 and np.isnan(rows.loc[5.0, "lower"])
        assert rows.loc[0.0, "estimate"] > 1.0 > rows.loc[9.0, "estimate"]
        seen = frames[1]["minimal_margin_mm"]
        assert rows.index.min() >= seen.min() and rows.index.max() <= seen.max()


@pytest.mark.long
def test_without_margins_everything_says_so(frames: Frames) -> None:
    """A registry that records neither margin nor technique has the same tables, and each null says why."""
    patients, lesions, times = frames
    kept = ["site", "patient_id", "lesion_id", "max_diameter_mm", "ltp", "ltpfs_days"]
    bare = AnalysisFrames(patients, lesions[kept], times)
    factors, curves = lesion_factors(bare), lesion_curves(bare)
    assert factors.query("grouping == 'margin_class' and quantity == 'rate'")["stratum"].tolist() == ["unknown"]
    beyond = factors[factors["quantity"].isin(["largest_margin_with_ltp_mm", "rate_beyond"])]
    assert beyond["estimate"].isna().all() and set(beyond["note"]) == {"no lesion with a known margin"}
    assert set(curves.query("grouping == 'margin_class'")["stratum"]) == {"unknown"}
    for table in (lesion_factor_models(bare), margin_response(bare)):
        of_margin = table[table["term"].str.contains("margin")]
        assert of_margin["estimate"].isna().all() and (of_margin["note"] != "").all()


def test_table_one_counts_the_lesions(frames: Frames) -> None:
    """All lesions, evaluable or not, and those on each side of 5 mm."""
    table = lesion_table_one(AnalysisFrames(*frames))
    assert set(table["level"]) == {"lesion"}
    n = table[table["variable"] == "n"].set_index("stratum")["n"]
    margin = frames[1]["minimal_margin_mm"]
    assert n.to_dict() == {
        "overall": len(margin), "false": (margin >= 5).sum(), "true": (margin < 5).sum(), "unknown": margin.isna().sum()
    }  # fmt: skip
    assert {"segment", "zone_short_mm", "minimal_margin_mm", "ras"} <= set(table["variable"])
