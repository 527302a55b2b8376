"""Estimates of a cohort of everybody are the release's own tables, and the guards hold for every cohort."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from tests.e2e.demonstration import Demonstration
from tests.variants import quick
from warehouse.cohorts.attrition import Choice, choose
from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.subjects import Question, check_question, subjects
from warehouse.cohorts.terms import Term
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates.baseline import table_one
from workflows.cohort_estimates.curves import cumulative_incidence, kaplan_meier, logrank
from workflows.cohort_estimates.models import cox, cox_of_formula

GROUPINGS = ("overall", "kras", "diameter_ge_30", "nras", "braf", "ras")
ENDPOINTS = [(name, "patient") for name in ("LTPFS", "LTPFS_STUDY", "TTLTP", "OS", "IHPFS", "DDFS", "PFS")]
ENDPOINTS += [(name, "patient") for name in ("A_LTPFS", "TT_NEWLIVER", "TTP", "CSS")]
ENDPOINTS += [(name, "lesion") for name in ("LTPFS", "TTLTP", "A_LTPFS")]
STUDY = ("kras", "nras", "braf", "diameter_ge_30")


@pytest.fixture(scope="module")
def con(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demonstration study's release, open."""
    with demonstration.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def everybody(con: duckdb.DuckDBPyConnection) -> Choice:
    """The whole release as a cohort."""
    return choose(con, [])


def same(con: duckdb.DuckDBPyConnection, found: pd.DataFrame, table: str, where: str) -> bool:
    """Whether the table found is that part of the release's, cell for cell; missing equals missing."""
    released = con.execute(f"FROM analysis.{table} WHERE {where}").df()
    shared = [name for name in released if name in found]
    own, theirs = (frame[shared].astype(object).reset_index(drop=True) for frame in (found, released))
    assert len(released) and len(shared) >= len(found.columns), table
    return own.where(own.notna(), None).equals(theirs.where(theirs.notna(), None))


def test_every_endpoint_is_among_them(con: duckdb.DuckDBPyConnection) -> None:
    """No endpoint of the release is left out of the comparison."""
    found = con.execute("SELECT DISTINCT endpoint, level FROM derived.time_to_event").fetchall()
    assert sorted(found) == sorted(ENDPOINTS)


@pytest.mark.parametrize(("endpoint", "level"), ENDPOINTS)
@pytest.mark.parametrize("grouping", quick(2, GROUPINGS))
def test_curves_are_the_releases_to_the_last_bit(
    con: duckdb.DuckDBPyConnection, everybody: Choice, endpoint: str, level: str, grouping: str
) -> None:
    """Curves, landmark rates, incidences and tests of everybody are the rows of the analysis tables, notes included."""
    by = None if grouping == "overall" else Term(column=grouping)
    where = f"endpoint = '{endpoint}' AND level = '{level}' AND \"grouping\" = '{grouping}'"
    of_survival = kaplan_meier(con, everybody, Question(endpoint, level), by)
    of_incidence = cumulative_incidence(con, everybody, Question(endpoint, level), by)
    found = {"km_curve": of_survival.table, "km_summary": of_survival.summary, "logrank": of_survival.logrank}
    found |= {"cumulative_incidence": of_incidence.table, "gray": of_incidence.gray}
    held = [name for name in found if con.execute(f"SELECT 1 FROM analysis.{name} WHERE {where} LIMIT 1").fetchone()]
    assert held
    assert [name for name in held if not same(con, found[name], name, where)] == []


def test_models_and_table_one_are_the_releases(con: duckdb.DuckDBPyConnection, everybody: Choice) -> None:
    """The study's model of the primary endpoint, with each term alone, and Table 1 by KRAS equal the release's."""
    terms = [Term(column=name) for name in STUDY]
    found = cox(con, everybody, Question("LTPFS"), terms, alone=True)
    released = con.execute("FROM analysis.cox WHERE model = 'ltpfs'").df()
    assert (found["note"] == released["note"]).all()
    numbers = ["n", "n_events", "estimate", "lower", "upper", "p_value", "events_per_variable", "ph_p_value"]
    pd.testing.assert_frame_equal(found[numbers], released[numbers], rtol=1e-9, check_dtype=False)
    assert same(con, table_one(con, everybody, Term(column="kras")), "table_one", "true")


def test_a_formula_is_the_terms_it_names(con: duckdb.DuckDBPyConnection, everybody: Choice) -> None:
    """Columns by themselves, a column in C() and a number divided by 5 are what terms of that kind are."""
    question = Question("LTPFS")
    by_terms = cox(con, everybody, question, [Term(column="kras"), Term(column="max_diameter_mm", per=5)])
    by_formula = cox_of_formula(con, everybody, question, "kras + I(max_diameter_mm / 5)")
    figures = ["estimate", "lower", "upper", "p_value"]
    pd.testing.assert_frame_equal(by_formula[figures], by_terms[figures], rtol=1e-12)
    assert list(by_formula["term"])[:2] == ["kras", "I(max_diameter_mm / 5)"]
    assert list(by_formula["reference"])[:1] == ["wild_type"]
    other = cox_of_formula(con, everybody, question, "kras", references={"kras": "mutant"})
    alone = cox_of_formula(con, everybody, question, "kras")
    assert other["estimate"][0] == pytest.approx(1.0 / alone["estimate"][0], rel=1e-9)


def test_a_spline_knows_every_subject(con: duckdb.DuckDBPyConnection, everybody: Choice) -> None:
    """Knots of a spline, which are quantiles, are those of the subjects and not of the distinct ones: lifelines fits
    the same."""
    from lifelines import CoxPHFitter

    formula = "bs(max_diameter_mm, df=4)"
    found = cox_of_formula(con, everybody, Question("LTPFS"), formula)
    rows = con.execute(
        "SELECT days, (t.event = 1)::INT AS event, max_diameter_mm FROM derived.time_to_event t "
        "JOIN cohort.patients USING (site, patient_id) WHERE endpoint = 'LTPFS' AND level = 'patient'"
    ).df()
    theirs = CoxPHFitter().fit(rows, "days", "event", formula=formula)
    terms = found[found["quantity"] == "hazard_ratio"]
    assert terms["coef"].to_numpy() == pytest.approx(
        theirs.params_.to_numpy(), rel=1e-3
    )  # lifelines stops at about 2e-4


def test_lesions_are_clustered_by_patient(con: duckdb.DuckDBPyConnection, everybody: Choice) -> None:
    """The release's model of lesions comes out of the same question, its variance clustered by patient; other clusters
    are named."""
    terms = [Term(column=name) for name in STUDY]
    found = cox(con, everybody, Question("TTLTP", "lesion"), terms)
    released = con.execute("FROM analysis.lesion_models WHERE model = 'lesion_ttltp' AND term <> ''").df()
    ratios = found[found["quantity"] == "hazard_ratio"]
    assert ratios["std_error"].to_numpy() == pytest.approx(released["std_error"].to_numpy(), rel=1e-9, nan_ok=True)
    assert set(found["method"]) == set(released["method"])
    by_sex = cox(con, everybody, Question("TTLTP", "lesion"), terms[:1], strata=["site", "sex"], cluster="sex")
    assert set(by_sex["method"]) == {"Cox, Efron ties, stratified by site, sex, variance clustered by sex"}


def test_guards_hold_for_a_small_cohort(con: duckdb.DuckDBPyConnection) -> None:
    """With few events there is no ratio and no p-value, and the note says why, however it is asked for."""
    few = choose(con, [Criterion("large", "max_diameter_mm > 40")])
    terms = [Term(column="kras"), Term(column="max_diameter_mm", categories=[45])]
    for found in (
        cox(con, few, Question("OS"), terms),
        cox_of_formula(con, few, Question("OS"), "kras + I(max_diameter_mm > 45)"),
        logrank(con, few, Question("OS"), terms[1]),
    ):
        assert found["p_value"].isna().all() and found["note"].str.len().gt(0).all()


CHOSEN = {
    "everybody": [],
    "patients": [Criterion("fit", "ecog <= 1"), Criterion("mutant", "kras = 'mutant'", is_kept=False)],
    "a comment": [Criterion("fit", "ecog <= 1 -- fit")],
    "lesions": [Criterion("segment", "segment = '7'")],
}


@pytest.mark.parametrize("drawn", CHOSEN)
@pytest.mark.parametrize("by", [None, Term(column="sex")])
def test_subjects_are_those_chosen(con: duckdb.DuckDBPyConnection, drawn: str, by: Term | None) -> None:
    """However a cohort is chosen and grouped, its subjects are the endpoint's rows of its patients or lesions."""
    choice = choose(con, CHOSEN[drawn])
    for level, keys, chosen in (
        ("patient", "site, patient_id", choice.patients),
        ("lesion", "site, patient_id, lesion_id", choice.lesions),
    ):
        found = subjects(con, choice, Question("LTPFS", level), [by] if by else [])
        rows = con.execute(
            f"SELECT days, event, count(*) AS count FROM derived.time_to_event SEMI JOIN (\n{chosen}\n) USING ({keys}) "
            f"WHERE endpoint = 'LTPFS' AND level = '{level}' GROUP BY ALL ORDER BY ALL"
        ).df()
        found = found.groupby(["days", "event"], as_index=False)["count"].sum()
        pd.testing.assert_frame_equal(found, rows, check_dtype=False)


def test_what_is_known_later_is_said(con: duckdb.DuckDBPyConnection, everybody: Choice) -> None:
    """Groups by an outcome, and time from another day, carry their caution in every row."""
    curves = kaplan_meier(con, everybody, Question("OS"), Term(column="ltp"))
    assert curves.table["note"].str.contains("ltp known only after the ablation").all()
    later = kaplan_meier(con, everybody, Question("LTPFS", "lesion", "adequate_date"))
    assert later.table["note"].str.contains("time from adequate_date").all()
    assert (
        "time from adequate_date"
        in cox(con, everybody, Question("TTLTP", "lesion", "adequate_date"), [Term(column="kras")])["note"][0]
    )


REFUSED = {
    "OSS": ("OSS", "patient", "kras", "no endpoint OSS. Did you mean OS?"),
    **{
        name: (
            name,
            level,
            "kras",
            f"{name} is made from the export treatments, which no site has delivered. Deliver a",
        )
        for name, level in (("STFI", "patient"), ("TTUP", "lesion"), ("DFS", "patient"))
    },
    "level": ("OS", "lesion", "kras", "OS has no lesion level. It has: patient."),
    "column": ("OS", "patient", "krs", "krs is no column of cohort.patients. Did you mean kras?"),
    "another view's column": ("LTPFS", "patient", "segment", "segment is no column of cohort.patients."),
    "single values": ("OS", "patient", "cea_ng_ml", "too many groups. Put it into categories"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused(con: duckdb.DuckDBPyConnection, everybody: Choice, case: str) -> None:
    """The refusal is one line with the nearest name or the cure."""
    endpoint, level, column, words = REFUSED[case]
    with pytest.raises(QueryFailed) as refused:
        kaplan_meier(con, everybody, Question(endpoint, level), Term(column=column))
    assert words in str(refused.value) and "\n" not in str(refused.value)


def test_treatments_without_anybody_who_has_the_endpoint_are_said() -> None:
    """Where treatments have come and nobody was rendered free of disease, the export is not asked for; an endpoint that
    needs none, and an unknown one, have their own words.
    """
    with duckdb.connect() as made:
        made.execute("CREATE SCHEMA derived; CREATE TABLE derived.patient_treatments AS SELECT 'a' AS site")
        made.execute("CREATE TABLE derived.time_to_event (endpoint VARCHAR, level VARCHAR)")
        for endpoint, words in (("DFS", "although treatments are delivered"), ("TTLTP", "no endpoint TTLTP")):
            with pytest.raises(QueryFailed, match=words):
                check_question(made, Question(endpoint))


FORMULAS = {
    "krs": "krs is no column of cohort.patients. Did you mean kras?",
    "kras +": "The formula cannot be read.",
    "OS ~ kras": "left-hand side",
    "1": "names no covariate",
    "kras + open('x')": "The formula cannot be computed",
    "patient_id": "too many groups",
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_that_cannot_be_meant_is_refused(
    con: duckdb.DuckDBPyConnection, everybody: Choice, formula: str
) -> None:
    """The refusal is one line with its cure."""
    with pytest.raises(QueryFailed) as refused:
        cox_of_formula(con, everybody, Question("OS"), formula)
    assert FORMULAS[formula] in str(refused.value) and "\n" not in str(refused.value)


def test_references_are_values(con: duckdb.DuckDBPyConnection, everybody: Choice) -> None:
    """A reference that no subject has, or of a number, is refused with the nearest value."""
    with pytest.raises(QueryFailed, match="Did you mean mutant"):
        cox(con, everybody, Question("OS"), [Term(column="kras", reference="mutnt")])
    with pytest.raises(QueryFailed, match="is a number"):
        cox(con, everybody, Question("OS"), [Term(column="max_diameter_mm", reference="30")])


def test_table_one_by_any_column(con: duckdb.DuckDBPyConnection, everybody: Choice) -> None:
    """Groups may be classes of a number, rows may be lesions, and variables any number or category of the view."""
    by = Term(column="max_diameter_mm", categories=[20, 30])
    found = table_one(con, everybody, by, level="lesion", variables=["segment", "minimal_margin_mm"])
    assert list(dict.fromkeys(found["stratum"])) == ["overall", "< 20", "20 to < 30", ">= 30"]
    assert set(found["variable"]) == {"n", "segment", "minimal_margin_mm"}
    with pytest.raises(QueryFailed, match="neither a number nor a category"):
        table_one(con, everybody, variables=["first_ablation_date"])
