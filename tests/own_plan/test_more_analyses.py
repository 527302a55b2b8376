"""Delayed entry, strata of curves, Firth's model, changing subdistribution ratios, splines' curves and Holm in a
plan."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.plan.multiplicity import holm
from schemas.own_plan import BEGINS_LATER, FROM_TREATMENTS
from tests.e2e.demonstration import Demonstration
from tests.own_plan.plans import CURVES, followed, model, read
from tests.variants import quick
from warehouse.derived.endpoint_definitions import definitions
from workflows.plan_estimates import estimated

LATE = model(level='"lesion"', formula='"ras"', entry='"adequate_date"')
SPLINES = model(level='"lesion"', formula='"ras + rcs(minimal_margin_mm, [2, 5, 10])"') + model(
    name='"n"', endpoint='"OS"', formula='"sex + rcs(age_at_ablation_years, [45, 60, 70])"'
)
PLAN = f"""
{LATE.replace('"m"', '"late"')}
{SPLINES}
{model(name='"f"', method='"firth"', endpoint='"OS"', formula='"kras"')}
{model(name='"x"', formula='"kras * sex + diameter_ge_30"')}
{model(name='"g"', method='"fine_gray"', formula='"ras + diameter_ge_30"')}
[[curves]]
name = "watched"
endpoint = "TTLTP"
level = "lesion"
by = "ras"
entry = "adequate_date"
[[curves]]
name = "within"
endpoint = "TTLTP"
by = "kras"
strata = ["sex", "diameter_ge_30"]
"""


@pytest.fixture(scope="module")
def con(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demonstration study's release, open."""
    with demonstration.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def made(con: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    """The analyses of the plan."""
    return estimated(con, followed(PLAN), {})


def of(made: dict[str, pd.DataFrame], table: str, name: str) -> pd.DataFrame:
    """The rows of one analysis in a table."""
    frame = made[table]
    column = "model" if "model" in frame else "grouping"
    return frame[frame[column] == f"plan.{name}"].reset_index(drop=True)


def test_who_is_not_watched_yet_is_not_at_risk(con: duckdb.DuckDBPyConnection, made: dict[str, pd.DataFrame]) -> None:
    """Curves, incidences, test and model count a lesion from its first adequate exam on, and leave out those that ended
    before. At 60 days those are at risk whom SQL counts. Gray's test is not made.
    """
    curve = of(made, "km_curve", "watched")
    at_risk = con.execute(
        "SELECT ras, count(*) FILTER (adequate_date - l.first_ablation_date < 60 AND days >= 60) "
        "FROM cohort.lesions l JOIN derived.time_to_event t USING (site, patient_id, lesion_id) "
        "WHERE endpoint = 'TTLTP' AND level = 'lesion' AND adequate_date < l.first_ablation_date + days GROUP BY ras"
    ).fetchall()
    for ras, n in at_risk:
        own = curve[(curve["stratum"] == ras) & (curve["time_days"] >= 60)].iloc[0]
        entered = con.execute(
            "SELECT count(*) FROM cohort.lesions l JOIN derived.time_to_event t USING (site, patient_id, lesion_id) "
            "WHERE endpoint = 'TTLTP' AND level = 'lesion' AND ras = $ras AND days >= $day "
            "AND adequate_date - l.first_ablation_date < $day AND adequate_date < l.first_ablation_date + days",
            {"ras": ras, "day": int(own["time_days"])},
        ).fetchone()
        assert entered == (own["n_at_risk"],) and n
    assert of(made, "logrank", "watched")["method"].iloc[0] == "log-rank test, delayed entry"
    incidence = of(made, "cumulative_incidence", "watched")
    assert set(incidence["method"].str.endswith("log interval, delayed entry")) == {True}
    own = incidence[incidence["cause"] == 1].merge(curve, on=["stratum", "time_days"], suffixes=("", "_km"))
    assert len(own) == len(curve) and (own["n_at_risk"] == own["n_at_risk_km"]).all()
    free = 1.0 - own["estimate"] - incidence.loc[incidence["cause"] == 2, "estimate"].to_numpy()
    assert (free >= -1e-12).all() and (own["estimate"] <= 1.0 - own["estimate_km"] + 1e-12).all()
    assert own["note"].str.contains("who were not watched before their time ended left out").all()
    assert "plan.watched" not in set(made["gray"]["grouping"])
    late = of(made, "lesion_models", "late")
    assert late["method"].str.contains("delayed entry").all() and late["note"].str.contains("ended before entry").all()


def test_groups_are_compared_within_strata(made: dict[str, pd.DataFrame]) -> None:
    """Both tests say so; the curves are of everybody."""
    for table in ("logrank", "gray"):
        assert of(made, table, "within")["method"].str.endswith("stratified by sex, diameter_ge_30").all()
    assert of(made, "km_summary", "within")["n"].max() <= 120


def test_a_model_by_firth_has_limits_of_its_profile(made: dict[str, pd.DataFrame]) -> None:
    """It stands among the Cox models, without a test of proportionality."""
    (row,) = of(made, "cox", "f").to_dict("records")
    assert row["lower"] < row["estimate"] < row["upper"] and "Firth" in row["method"] and np.isnan(row["ph_p_value"])


def test_a_fine_gray_model_is_tested_for_proportionality(made: dict[str, pd.DataFrame]) -> None:
    """Each term has its test, and the guards judge the smallest."""
    table = of(made, "fine_gray", "g")
    ratios = table[table["quantity"] == "subdistribution_hazard_ratio"]
    assert len(ratios) == 2 and ratios["ph_p_value"].between(0, 1).all()
    guards = of(made, "guards", "g").set_index("guard")
    smallest = guards.loc["proportional hazards, smallest p", "estimate"]
    assert smallest == pytest.approx(ratios["ph_p_value"].min())


def test_a_spline_has_its_curve_and_the_test_of_its_bend(made: dict[str, pd.DataFrame]) -> None:
    """From the middle knot, adjusted for the other terms; with one bend the test of non-linearity is that term's
    own."""
    for name, table, reference in (("m", "lesion_models", 5.0), ("n", "cox", 60.0)):
        curve = of(made, "margin_response", name)
        ratios = curve[curve["quantity"] == "hazard_ratio"]
        assert set(ratios["reference"]) == {f"{reference:g}"} and len(ratios) > 10
        assert ratios.loc[ratios["term_value"] == reference, "estimate"].tolist() == [1.0]
        bend = of(made, table, name)
        bend = bend[bend["term"].str.endswith("[curve 1]")].iloc[0]
        test = curve[curve["quantity"] == "nonlinear_chi2"].iloc[0]
        assert test["p_value"] == pytest.approx(bend["p_value"], rel=1e-6)


def test_terms_are_adjusted_together_but_for_the_primary_contrast(made: dict[str, pd.DataFrame]) -> None:
    """Holm over every term of every model with a p-value: a spline as a whole curve, a crossing in place of what it is
    made of.
    """
    table = made["multiplicity"].set_index("grouping")
    assert set(table.index) == {
        *("plan.late: ras mutant", "plan.m: ras mutant", "plan.m: minimal_margin_mm"),
        *("plan.n: sex male", "plan.n: age_at_ablation_years", "plan.f: kras mutant"),
        *("plan.x: kras[T.mutant]:sex[T.male]", "plan.x: diameter_ge_30 true"),
        *("plan.g: ras mutant", "plan.g: diameter_ge_30 true"),
    }
    assert set(table["n_tests"]) == {len(table)}
    np.testing.assert_allclose(table["p_holm"], holm(table["p_value"].to_numpy(float)))
    curve = of(made, "margin_response", "m")
    whole = curve[curve["quantity"] == "spline_chi2"].iloc[0]
    assert table.loc["plan.m: minimal_margin_mm", "p_value"] == whole["p_value"] and whole["df"] == 2


def test_what_the_contrast_can_see_is_of_its_model(con: duckdb.DuckDBPyConnection) -> None:
    """Whose margin or covariate is unknown, and who was not watched, is in neither the model nor the power."""
    plan = (
        '[primary]\nendpoint = "TTLTP"\nlevel = "lesion"\ncontrast = "ras"\nadjust = "minimal_margin_mm"\n'
        'entry = "adequate_date"\n'
    )
    found = estimated(con, followed(plan), {})
    (n, n_events), *others = found["lesion_models"][["n", "n_events"]].drop_duplicates().itertuples(index=False)
    sizes = found["sample_size"]
    assert not others and set(sizes["n"]) == {n} and set(sizes["n_events"]) == {n_events}
    known = con.execute("SELECT count(*) FROM cohort.lesions WHERE ras IN ('mutant', 'wild_type')").fetchone()
    assert known is not None and n < known[0]


def test_a_crossed_spline_has_no_one_curve(con: duckdb.DuckDBPyConnection) -> None:
    """So none is given; the model stands."""
    crossed = model(endpoint='"PFS"', formula='"sex * rcs(age_at_ablation_years, [45, 60, 70])"')
    found = estimated(con, followed(crossed), {})
    assert "margin_response" not in found and len(found["cox"])


def test_clocks_that_begin_later_are_those_of_the_definitions() -> None:
    """An endpoint begins later if the clock of its definition is not that of the first ablation."""
    clocks = {one.header["definition"].split()[0]: one.header["clock"] for one in definitions()}
    assert tuple(name for name, clock in clocks.items() if "first ablation" not in clock) == BEGINS_LATER


def test_endpoints_from_treatments_are_those_of_the_definitions() -> None:
    """An endpoint needs treatments if each of its definitions reads them; of TTLTP only that of patients does."""
    read: dict[str, set[bool]] = {}
    for one in definitions():
        read.setdefault(one.endpoint, set()).add("derived.patient_treatments" in one.header["reads"].split(", "))
    assert tuple(sorted(endpoint for endpoint, found in read.items() if found == {True})) == FROM_TREATMENTS


SLIPS = {
    "an entry that is no column": (model(entry='"adequate_dat"', level='"lesion"'), "Did you mean adequate_date?"),
    "an entry that is no date": (model(entry='"ecog"'), "which is no date"),
    "an entry into a clock that begins later": (
        model(entry='"last_contact_date"', endpoint='"DFS"'),
        "counted from the first ablation, and DFS begins later",
    ),
    "an entry of Fine-Gray": (model(entry='"last_contact_date"', method='"fine_gray"'), "belong to Cox models"),
    "Firth of lesions": (model(method='"firth"', level='"lesion"'), "takes lesions of one patient for independent"),
    "Firth with strata": (model(method='"firth"', strata='"site"'), "belong to Cox models"),
    "strata without groups": (CURVES.replace('by = "kras"', 'strata = "sex"'), "no groups to compare"),
    "strata that are no column": (CURVES + 'strata = "sexx"\n', "Did you mean sex?"),
    "imputed by Firth": (model(method='"firth"', imputations="20"), "imputations do not go with Firth's model"),
}


@pytest.mark.parametrize("what", quick(4, SLIPS))
def test_a_slip_is_refused(what: str) -> None:
    """In one sentence with its cure."""
    text, said = SLIPS[what]
    found = read(text)
    assert found.plan is None and said in found.reason, found.reason
