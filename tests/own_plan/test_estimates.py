"""A plan's analyses of the demonstration study: in which tables they stand, and what guards and data make of them."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from analysis.plan.analysis_plan import MAKERS
from schemas.own_plan import OWN_TABLES
from tests.e2e.demonstration import Demonstration
from tests.own_plan.plans import CURVES, EXAMPLE, followed, model
from tests.variants import quick
from warehouse.incremental.plan_inputs import plan_sources
from warehouse.storage.table_catalogue import BY_NAME
from workflows.plan_estimates import appended, estimated

GROUPS = (
    '[[groups]]\nname = "mutation"\nreference = "neither"\n[groups.levels]\n'
    '"RAS" = "ras = \'mutant\'"\n"neither" = "ras = \'wild_type\' AND braf = \'wild_type\'"\n'
    '"BRAF" = "braf = \'mutant\'"\n'
)


@pytest.fixture(scope="module")
def con(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demonstration study's release, open."""
    with demonstration.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def example(con: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    """The analyses of the example's plan."""
    return estimated(con, followed(EXAMPLE.read_text(encoding="utf-8")), {("model", "primary"): "own plan, declared"})


def only(con: duckdb.DuckDBPyConnection, text: str, table: str) -> pd.DataFrame:
    """The rows that a plan has in one table."""
    return estimated(con, followed(text), {})[table]


def ratios(table: pd.DataFrame) -> pd.DataFrame:
    """The terms of models."""
    return table[table["quantity"].str.endswith("_ratio")].reset_index(drop=True)


def test_the_rows_fit_the_tables(con: duckdb.DuckDBPyConnection, example: dict[str, pd.DataFrame]) -> None:
    """Every table that the plan fills is one that may hold its rows, with the columns and types of the built-in rows;
    each row is marked, and says since when it is declared if that is known.
    """
    assert set(example) <= set(OWN_TABLES) <= set(MAKERS)
    for name, own in example.items():
        built_in = con.execute(f"FROM analysis.{name}").df()
        both = appended(built_in, own)
        assert list(both.columns) == list(built_in.columns) and len(both) == len(built_in) + len(own), name
        mark = own["model"] if "model" in own else own.get("grouping")
        if name != "guards":
            assert mark is not None and mark.str.startswith("plan.").all(), name
        has_note = own["note"].str.contains("own plan, declared")
        assert has_note.any() == (name in ("lesion_models", "guards", "sample_size")), name


@pytest.mark.long
def test_a_model_of_columns_is_the_built_in_one(con: duckdb.DuckDBPyConnection) -> None:
    """The study's covariates as a plan's model give the study's figures, to the last digits, with the same guards."""
    study = '"kras + nras + braf + diameter_ge_30"'
    figures = ["n", "n_events", "estimate", "lower", "upper", "p_value", "events_per_variable"]
    for own, table, name in (
        (model(endpoint='"LTPFS"', formula=study), "cox", "ltpfs"),
        (model(level='"lesion"', formula=study), "lesion_models", "lesion_ttltp"),
        (model(endpoint='"LTP"', formula=study), "logistic", "ltp_study"),
        (model(endpoint='"LTP"', formula=study, level='"lesion"'), "lesion_models", "lesion_ltp"),
        (model(method='"fine_gray"', formula=study), "fine_gray", "fine_gray"),
    ):
        where = f"model = '{name}' AND analysis = 'multivariable' AND \"quantity\" LIKE '%_ratio'"
        theirs = con.execute(f"FROM analysis.{table} WHERE {where}").df()
        ours = ratios(only(con, own, table))
        pd.testing.assert_frame_equal(ours[figures], theirs[figures], rtol=1e-9, check_dtype=False, obj=name)
        checked = only(con, own, "guards")
        names = {"events per variable", "separation", "convergence"}
        assert names <= set(checked["guard"]) and set(checked["model"]) == {"plan.m"}


@pytest.mark.long
def test_groups_terms_and_interactions(con: duckdb.DuckDBPyConnection) -> None:
    """The first condition that is met decides; a term carries its reference; interactions, strata, clusters and
    subgroups are those of the formula and its keys.
    """
    found = ratios(only(con, GROUPS + model(formula='"mutation"', endpoint='"LTPFS"'), "cox"))
    assert set(found["reference"]) == {"neither"}
    counts = con.execute(
        "SELECT count(*) FILTER (ras = 'mutant'), count(*) FILTER (ras <> 'mutant' AND braf = 'mutant') "
        "FROM cohort.patients JOIN derived.time_to_event t USING (site, patient_id) "
        "WHERE t.endpoint = 'LTPFS' AND t.level = 'patient'"
    ).fetchone()
    groups = only(con, GROUPS + CURVES.replace('"kras"', '"mutation"').replace("OS", "LTPFS"), "km_summary")
    sizes = dict(zip(groups["stratum"], groups["n"], strict=True))
    assert (sizes["RAS"], sizes.get("BRAF", 0)) == counts
    lesions = only(con, model(level='"lesion"', method='"fine_gray"', formula='"ras"'), "lesion_models")
    assert set(lesions["method"]) == {"Fine-Gray, sandwich variance clustered by patient"}
    crossed = ratios(only(con, model(formula='"kras * diameter_ge_30"', endpoint='"LTPFS"'), "cox"))
    assert len(crossed) == 3 and ":" in crossed["term"][2]
    own = model(formula='"kras"', strata='["site", "sex"]', cluster='"sex"', subgroup='"ecog <= 1"')
    table = only(con, own, "cox")
    assert set(table["method"]) == {"Cox, Efron ties, stratified by site, sex, variance clustered by sex"}
    assert set(table["cohort"]) == {"ecog <= 1"}
    n = con.execute("SELECT count(*) FROM cohort.patients WHERE ecog <= 1 AND kras <> 'unknown'").fetchone()
    assert n is not None and int(table["n"].iloc[0]) <= n[0]


TONIGHT = {
    "a reference that nobody has": (
        "[[terms]]\nname = 't'\ncolumn = 'max_diameter_mm'\ncategories = [5, 200]\nreference = '>= 200'\n"
        + model(formula='"t"'),
        "none of its values",
    ),
    "knots below all values": (
        model(formula='"rcs(max_diameter_mm, [-5, 20, 30])"'),
        "outside all of its values: -5 below.",
    ),
    "knots above all values": (
        model(formula='"rcs(max_diameter_mm, [10, 20, 900])"'),
        "values: 10 below and 900 above.",
    ),
    "nobody": (model(subgroup="\"kras = 'mutant' AND kras = 'wild_type'\""), "Nobody is left"),
    "a cast that fails": (model(subgroup='"site::INTEGER = 1"'), "converts a value"),
    "too many classes": (model(formula='"C(cea_ng_ml)"'), "too many groups"),
}


@pytest.mark.parametrize("what", quick(3, TONIGHT))
def test_what_the_data_cannot_support_costs_one_analysis(con: duckdb.DuckDBPyConnection, what: str) -> None:
    """It has one row without an estimate that says why, a guard that is not estimable, and no value of a patient; the
    analyses beside it are made.
    """
    text, said = TONIGHT[what]
    found = estimated(con, followed(text + CURVES), {})
    (row,) = found["cox"].to_dict("records")
    assert pd.isna(row["estimate"]) and said in row["note"], row["note"]
    guards = found["guards"]
    assert list(guards.loc[guards["model"] == "plan.m", "state"]) == ["not estimable"]
    assert len(found["km_curve"])


def test_guards_withhold_as_in_the_built_in_plan(con: duckdb.DuckDBPyConnection) -> None:
    """Without events, or with too few for so many terms, there is no ratio and the note says why; an outcome among the
    terms or the subgroup warns.
    """
    none = ratios(only(con, model(subgroup='"ltp = false"', endpoint='"LTPFS_STUDY"'), "cox"))
    assert none["estimate"].isna().all() and none["note"].str.contains("no events").all()
    assert none["note"].str.contains("chosen by ltp").all()
    many = '"kras + sex + site + primary_site + ecog + prior_chemotherapy + prior_hepatectomy + clm_timing + braf"'
    few = ratios(only(con, model(formula=many), "cox"))
    assert few["estimate"].isna().all() and few["note"].str.contains("not shown").all()
    late = ratios(only(con, model(formula='"n_evaluable_lesions"'), "cox"))
    assert late["note"].str.contains("known only after the ablation").all()


def test_a_plan_reads_published_tables() -> None:
    """What the plan's rows depend on are tables whose content is kept, so that a change of any of them is seen."""
    assert {"meta.plan", "derived.time_to_event", "clean.lesions"} <= set(plan_sources()) <= set(BY_NAME)
