"""Systemic therapy and re-ablation as covariates that change during follow-up: the rows, a plan's models, its slips."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.regression.cox import cox
from analysis.subjects.start_stop import BEGINS, ENDS, OF, START, SUBJECT, start_stop
from orchestration.cli.plan_lines import lines_of, said
from tests.e2e.demonstration import Demonstration
from tests.own_plan.plans import CURVES, followed, model, read
from tests.variants import quick
from warehouse.storage.errors import QueryFailed
from workflows.plan_estimates import estimated, rows_of_model
from workflows.plan_imputation import completed_rows

TABLES = ("cohort.patients", "cohort.lesions", "derived.time_to_event", "clean.rfa_sessions", "clean.lesions")
ALL = '"on_systemic + after_reablation + diameter_ge_30"'
BOTH = model(formula=ALL, endpoint='"PFS"', time_varying='["systemic", "reablation"]')
LESIONS = model(formula='"on_systemic * ras"', level='"lesion"', time_varying='"systemic"')
NUMBERED = "(SELECT *, row_number() OVER (ORDER BY patient_id) AS n FROM cohort.patients)"
THERAPIES = f"""
    SELECT site, patient_id, 'systemic' AS kind, first_ablation_date + begins AS start_date,
           first_ablation_date + ends AS stop_date
    FROM {NUMBERED} JOIN (VALUES (0, -90, -1), (0, 40, 160), (0, 100, NULL), (1, -30, 200), (2, 300, 420),
                                 (2, 420, 600), (3, 0, 30)) AS s(part, begins, ends) ON n % 5 = part
"""
"""Therapies of four patients in five: over before, overlapping, running at the ablation, one after the other."""


@pytest.fixture(scope="module")
def con(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demonstration study with these treatments; of every sixth patient nothing is known of treatments."""
    with duckdb.connect() as made:
        made.execute("CREATE SCHEMA cohort; CREATE SCHEMA derived; CREATE SCHEMA clean")
        with demonstration.open() as opened:
            for name in TABLES:
                rows = opened.execute(f"FROM {name}").to_arrow_table()  # noqa: F841 (DuckDB reads it)
                made.execute(f"CREATE TABLE {name} AS FROM rows")
        made.execute(f"CREATE TABLE clean.treatments AS {THERAPIES}")
        made.execute(f"CREATE TABLE derived.patient_treatments AS FROM {NUMBERED} WHERE n % 6 > 0")
        yield made


def spells(*rows: tuple[int, float, float]) -> pd.DataFrame:
    """Whose, from, to; NaN goes on."""
    return pd.DataFrame(rows, columns=[OF, BEGINS, ENDS])


def test_time_is_cut_where_a_covariate_changes() -> None:
    """A spell counts from the day after it begins to the day on which it ends; one that begins on the day of the event
    or later counts for nothing, nor does one that was over before; the event stands in the last row alone.
    """
    nan = float("nan")
    frame = pd.DataFrame({"days": [10, 5, 0, 8], "event": [1, 2, 1, 0], "sex": list("fmfm")})
    on = spells((0, -9, 2), (0, 4, 7), (0, 6, 9), (1, 5, nan), (1, -9, -1), (2, -3, nan), (3, 3, 3), (3, 0, nan))
    made = start_stop(frame, {"on": on, "again": spells((0, 2, nan), (3, 30, nan))})
    rows = made[[SUBJECT, START, "days", "event", "on", "again"]].to_numpy().tolist()
    assert rows == [
        *([0, -1, 2, 0, 1, 0], [0, 2, 4, 0, 0, 1], [0, 4, 9, 0, 1, 1], [0, 9, 10, 1, 0, 1]),
        *([1, -1, 5, 2, 0, 0], [2, -1, 0, 1, 1, 0], [3, -1, 0, 0, 0, 0], [3, 0, 8, 0, 1, 0]),
    ]
    assert made["sex"].tolist() == list("ffffmfmm")
    assert start_stop(frame.iloc[:0], {"on": on.iloc[:0]}).empty
    late = start_stop(frame.assign(since=[3, 5, nan, -4]), {"on": on}, entry="since")
    assert late[[SUBJECT, START, "days", "event", "on"]].to_numpy().tolist() == [
        *([0, 3, 4, 0, 0], [0, 4, 9, 0, 1], [0, 9, 10, 1, 0], [1, 5, 5, 2, 0]),
        *([2, float("inf"), 0, 1, 0], [3, -4, 0, 0, 0], [3, 0, 8, 0, 1]),
    ]


def test_who_never_changes_is_in_the_model_as_always() -> None:
    """Without changes, and with changes of a covariate that is not in the model, it is the plain model, those who end
    on the first day among them; n counts subjects, and so does who lacks a value.
    """
    draw = np.random.default_rng(5)
    frame = pd.DataFrame({"days": draw.integers(0, 40, 80), "event": draw.integers(0, 2, 80)})
    frame = frame.assign(age=draw.normal(60, 9, 80), arm=draw.choice(["a", "b"], 80))
    frame.loc[3, "age"] = np.nan
    plain = cox(frame, ["age", "arm"])
    at = draw.integers(0, 40, 80)
    rows = start_stop(frame, {"on": pd.DataFrame({OF: range(80), BEGINS: at, ENDS: at + 9.0})})
    assert len(rows) > 120
    cut = cox(rows, ["age", "arm"], entry=START, subject=SUBJECT)
    figures = ["n", "n_events", "estimate", "lower", "upper", "p_value", "ph_chi2", "events_per_variable", "note"]
    pd.testing.assert_frame_equal(cut[figures], plain[figures], rtol=1e-9)
    assert (cut["n"] == 79).all() and cut["note"].str.contains("1 left out for missing values").all()
    assert set(cut["method"]) == {"Cox, Efron ties, time-varying covariates"}


def by_day(con: duckdb.DuckDBPyConnection, level: str, endpoint: str) -> pd.DataFrame:
    """One row for each subject and day, with what is so on that day: rows that need no cutting."""
    key = "site, patient_id" + (", lesion_id" if level == "lesion" else "")
    again = "s.lesion_id = d.lesion_id" if level == "lesion" else "true"
    return con.execute(
        f"""
        WITH d AS (
            SELECT {key}, t.start_date, day, day = days AND event = 1 AS event, v.diameter_ge_30, v.ras
            FROM (FROM derived.time_to_event WHERE endpoint = ? AND level = ?) t JOIN cohort.{level}s v USING ({key})
            SEMI JOIN derived.patient_treatments USING (site, patient_id),
                 unnest(range(0, days + 1)::INTEGER[]) AS r(day)
        )
        SELECT d.*, day - 1 AS before, event::INTEGER AS happened,
               EXISTS (FROM clean.treatments c WHERE c.site = d.site AND c.patient_id = d.patient_id
                       AND c.start_date < d.start_date + day
                       AND coalesce(c.stop_date >= d.start_date + day, true))::INTEGER AS on_systemic,
               EXISTS (FROM clean.rfa_sessions s JOIN clean.lesions l USING (site, patient_id, lesion_id)
                       WHERE s.site = d.site AND s.patient_id = d.patient_id AND {again}
                       AND s.session_date > l.first_ablation_date + 1
                       AND s.session_date < d.start_date + day)::INTEGER AS after_reablation
        FROM d ORDER BY {key}, day
        """,
        [endpoint, level],
    ).df()


@pytest.mark.parametrize("level", ["patient", "lesion"])
def test_a_plans_model_is_that_of_every_single_day(con: duckdb.DuckDBPyConnection, level: str) -> None:
    """Cut where something changes, or at every day with what SQL finds on it: the same ratios, limits and tests. n and
    n_events count subjects; patients of a site without treatments are left out and counted.
    """
    is_lesion = level == "lesion"
    plan = followed(LESIONS if is_lesion else BOTH)
    found = estimated(con, plan, {})["lesion_models" if is_lesion else "cox"]
    days = by_day(con, level, plan.models[0].endpoint)
    days["crossed"] = np.where(days["ras"] == "unknown", np.nan, days["on_systemic"] * (days["ras"] == "mutant"))
    terms = ["on_systemic", "ras", "crossed"] if is_lesion else ["on_systemic", "after_reablation", "diameter_ge_30"]
    more = {"cluster": ["site", "patient_id"]} if is_lesion else {}
    theirs = cox(days, terms, time="day", event="happened", entry="before", **more)  # type: ignore[arg-type]
    figures = ["quantity", "estimate", "lower", "upper", "std_error", "p_value", "ph_chi2", "n_events"]
    ours = found[figures].reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, theirs[figures], rtol=1e-6, check_dtype=False)
    assert ours["estimate"].notna().all()
    known = days[(days["day"] == 0) & ((days["ras"] != "unknown") | (not is_lesion))]
    assert set(found["n"]) == {len(known)}
    n_out = con.execute(
        "SELECT count(*) FROM derived.time_to_event ANTI JOIN derived.patient_treatments USING (site, patient_id) "
        "WHERE endpoint = ? AND level = ?",
        [plan.models[0].endpoint, level],
    ).fetchone()
    assert n_out is not None and n_out[0] > 0
    note = found["note"].iloc[0]
    assert f"{n_out[0]} left out: their sites deliver no treatments" in note and "count from the day after" in note
    assert "not to be read as an effect of the treatment" in note
    if is_lesion:
        assert set(found["method"]) == {"Cox, Efron ties, time-varying covariates, variance clustered by patient"}


def test_rows_begin_on_the_day_of_the_entry(con: duckdb.DuckDBPyConnection) -> None:
    """A lesion counts from the day after its first adequate exam, with what was so on each day; who ended before it is
    left out and counted.
    """
    text = LESIONS + 'entry = "adequate_date"\n'
    found = estimated(con, followed(text), {})["lesion_models"]
    days = by_day(con, "lesion", "TTLTP").merge(
        con.execute("SELECT site, patient_id, lesion_id, adequate_date FROM cohort.lesions").df()
    )
    since = (days["adequate_date"] - days["start_date"]).dt.days
    days["crossed"] = np.where(days["ras"] == "unknown", np.nan, days["on_systemic"] * (days["ras"] == "mutant"))
    is_known = days["ras"] != "unknown"
    days = days[days["day"] > since]
    terms = ["on_systemic", "ras", "crossed"]
    more = {"time": "day", "event": "happened", "entry": "before", "cluster": ["site", "patient_id"]}
    theirs = cox(days, terms, **more)  # type: ignore[arg-type]
    figures = ["quantity", "estimate", "lower", "upper", "std_error", "p_value", "ph_chi2", "n_events"]
    pd.testing.assert_frame_equal(found[figures], theirs[figures], rtol=1e-6, check_dtype=False)
    watched = days[is_known.loc[days.index]].groupby(["site", "patient_id", "lesion_id"])
    assert set(found["n"]) == {watched.ngroups} and found["estimate"].notna().all()
    note = found["note"].iloc[0]
    assert "rows that ended before entry left out" in note and "watched from adequate_date on" in note


@pytest.mark.parametrize("entry", quick(1, [{"entry": '"adequate_date"'}, {}]))
def test_imputed_subjects_are_cut_afterwards(con: duckdb.DuckDBPyConnection, entry: dict[str, str]) -> None:
    """A value is drawn for a subject and not for a row; times, events and changes are those of the complete cases; the
    pooled rows are of everybody who is watched, and have their missing information.
    """
    keys = {"level": '"lesion"', "formula": '"on_systemic + after_reablation + minimal_margin_mm"'}
    plan = followed(model(time_varying='["systemic", "reablation"]', imputations="3", **keys, **entry))
    (asked,) = plan.models
    choice, rows = rows_of_model(con, plan, asked)
    draws, _ = completed_rows(con, plan, asked, choice, rows.more)
    whole = rows.frame[rows.frame[START] < rows.frame["days"]].reset_index(drop=True)
    same = ["site", "patient_id", "lesion_id", START, "days", "event", "on_systemic", "after_reablation"]
    for drawn in draws:
        pd.testing.assert_frame_equal(drawn.frame[same], whole[same], check_dtype=False)
        own = drawn.frame["minimal_margin_mm"]
        assert own.notna().all() and (own.groupby(drawn.frame[SUBJECT]).nunique() == 1).all()
        known = whole["minimal_margin_mm"].notna()
        assert not known.all() and (own[known] == whole.loc[known, "minimal_margin_mm"]).all()
    made = estimated(con, plan, {})["lesion_models"]
    imputed = made[made["model"] == "plan.m.imputed"]
    n_lacking = whole.loc[~known, SUBJECT].nunique()
    assert set(imputed["n"]) == {made["n"].iloc[0] + n_lacking} == {whole[SUBJECT].nunique()}
    ratios = imputed[imputed["quantity"] == "hazard_ratio"]
    assert list(ratios["term"]) == ["on_systemic", "after_reablation", "minimal_margin_mm"]
    note = imputed["note"].iloc[0]
    assert ratios["estimate"].notna().all() and note.count("their sites deliver no treatments") == 1
    assert ("rows that ended before entry left out" in note) is bool(entry)


def test_a_trial_says_what_changes(con: duckdb.DuckDBPyConnection) -> None:
    """Its line names the columns, and the numbers are of patients."""
    plan = followed(BOTH)
    (asked,) = plan.models
    assert said(asked).endswith("on_systemic and after_reablation changing in time")
    lines = lines_of(asked, estimated(con, plan, {}))
    assert lines[0].startswith(tuple("123456789")) and "patients" in lines[0]
    assert any(line.startswith("after_reablation  ") for line in lines)


def test_guards_and_splines_count_subjects(con: duckdb.DuckDBPyConnection) -> None:
    """Too few events withhold the ratios; the curve of a spline beside it is of as many subjects as the model."""
    many = '"on_systemic + sex + clm_timing + kras + nras + braf + ecog"'
    few = model(formula=many, endpoint='"OS"', time_varying='"systemic"')
    table = estimated(con, followed(few), {})["cox"]
    assert table["estimate"].isna().all() and table["note"].str.contains("not shown").all()
    curved = model(
        formula='"on_systemic + rcs(age_at_ablation_years, [45, 60, 70])"', endpoint='"PFS"', time_varying='"systemic"'
    )
    made = estimated(con, followed(curved), {})
    assert set(made["margin_response"]["n"]) == set(made["cox"]["n"])


def test_without_treatments_one_analysis_is_lost(demonstration: Demonstration) -> None:
    """Its line says why, with the cure; a model of re-ablation and the curves are made all the same."""
    again = model(name='"n"', formula='"after_reablation"', endpoint='"OS"', time_varying='"reablation"')
    with demonstration.open() as con:
        found = estimated(con, followed(BOTH + again + CURVES), {})
        lost = found["cox"][found["cox"]["model"] == "plan.m"]
        assert lost["estimate"].isna().all() and lost["note"].str.contains("No site has delivered treatments").all()
        made = found["cox"][found["cox"]["model"] == "plan.n"]
        assert made["estimate"].notna().any() and len(found["km_curve"])
        with pytest.raises(QueryFailed, match="take systemic out of time_varying"):
            rows_of_model(con, followed(BOTH), followed(BOTH).models[0])


SLIPS = {
    "an unknown one": (model(time_varying='"systemc"'), "Did you mean systemic?"),
    "another method": (
        model(formula='"on_systemic"', method='"fine_gray"', time_varying='"systemic"'),
        "time_varying belongs to Cox models",
    ),
    "a test": (
        model(formula='"on_systemic"', test="true", time_varying='"systemic"'),
        "test does not go with time_varying, since a risk at 24 months would need the therapies to come. Leave test",
    ),
    "an imputed one": (
        model(formula='"on_systemic + sex"', imputations="5", impute='"on_systemic"', time_varying='"systemic"'),
        "imputes on_systemic, which is no column that it is made of",
    ),
    "an entry that is no date": (
        model(formula='"on_systemic"', entry='"ecog"', time_varying='"systemic"'),
        "which is no date",
    ),
    "one that is not in the formula": (model(time_varying='"systemic"'), "the formula does not name on_systemic"),
    "one that is not said to change": (model(formula='"kras + on_systemic"'), 'Write time_varying = ["systemic"].'),
    "the primary contrast": (
        '[primary]\nendpoint = "OS"\ncontrast = "ras"\nadjust = "after_reablation"\n',
        "in a model of [[models]]; a primary contrast has none.",
    ),
    "a spline": (
        model(formula='"rcs(on_systemic, [0, 0.5, 1])"', time_varying='"systemic"'),
        "has a spline of on_systemic, which is 0 or 1",
    ),
    "a reference": (
        model(formula='"on_systemic"', references='{ on_systemic = "0" }', time_varying='"systemic"'),
        "has a reference of on_systemic",
    ),
    "strata": (model(formula='"on_systemic"', strata='"on_systemic"', time_varying='"systemic"'), "is no column"),
    "a term of that name": (
        '[[terms]]\nname = "on_systemic"\ncolumn = "ecog"\n'
        + model(formula='"on_systemic"', time_varying='"systemic"'),
        "on_systemic is a term of this plan",
    ),
    "a key of the primary contrast": (
        '[primary]\nendpoint = "OS"\ncontrast = "ras"\ntime_varying = "systemic"\n',
        "primary.time_varying is no key of a plan",
    ),
}


@pytest.mark.parametrize("what", quick(5, SLIPS))
def test_a_slip_is_refused(what: str) -> None:
    """In one sentence with its cure."""
    text, sentence = SLIPS[what]
    found = read(text)
    assert found.plan is None and sentence in found.reason, found.reason
    assert "\n" not in found.reason


def test_a_term_of_an_older_plan_keeps_its_name() -> None:
    """A plan that called a term of its own on_systemic is followed as before."""
    text = '[[terms]]\nname = "on_systemic"\ncolumn = "ecog"\n' + model(formula='"on_systemic"')
    assert followed(text).models[0].time_varying == ()
