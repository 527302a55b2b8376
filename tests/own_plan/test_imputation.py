"""Models of a plan with missing values imputed: what is declared, refused, imputed, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from schemas.own_plan import DEGREES_OF_FREEDOM, MISSING_INFORMATION
from tests.e2e.demonstration import Demonstration
from tests.own_plan.plans import MODEL, followed, model, read
from tests.own_plan.test_plan_form import hashes
from tests.variants import quick
from warehouse.storage.errors import QueryFailed
from workflows.plan_estimates import estimated
from workflows.plan_imputation import Holes, _refuse_few

MARGIN = '[[terms]]\nname = "margin"\ncolumn = "minimal_margin_mm"\ncategories = [5]\nreference = ">= 5"\n'
BEFORE = "abc3093227418ca1ffd3f8e6f16e2499df676a270660f85686c2fdebb38bb007"
"""The hash of plans.MODEL as versions without imputations made it."""
LESIONS = {"level": '"lesion"', "imputations": "5"}


@pytest.fixture(scope="module")
def con(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demonstration study's release, open."""
    with demonstration.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def untested(con: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same, but every eighth patient was not tested for BRAF, and some have TP53."""
    braf = "CASE WHEN right(patient_id, 3)::INTEGER % 8 = 0 THEN 'unknown' ELSE braf END AS braf"
    tp53 = "['mutant', 'mutant', 'wild_type', 'not_tested'][1 + right(patient_id, 3)::INTEGER % 4] AS tp53"
    with duckdb.connect(config={"threads": 1}) as made:
        made.execute("CREATE SCHEMA cohort; CREATE SCHEMA derived")
        for table in ("cohort.patients", "cohort.lesions", "derived.time_to_event"):
            more = f" REPLACE ({braf}, {tp53})" if table.startswith("cohort") else ""
            held = con.execute(f"SELECT *{more} FROM {table}").to_arrow_table()
            made.register("held", held)
            made.execute(f"CREATE TABLE {table} AS FROM held")
        yield made


def rows(con: duckdb.DuckDBPyConnection, text: str, table: str = "lesion_models") -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of the complete cases of model m, and those with imputed values."""
    made = estimated(con, followed(text), {})[table]
    return made[made["model"] == "plan.m"], made[made["model"] == "plan.m.imputed"].reset_index(drop=True)


REFUSED = {
    "once": (model(imputations="1"), "models.1.imputations: input should be greater than or equal to 2."),
    "too often": (model(imputations="201"), "models.1.imputations: input should be less than or equal to 200."),
    "how, but not how often": (model(impute='["kras"]'), "models.1: says how to impute, but not how many times"),
    "a seed alone": (model(seed="7"), "write imputations = 20."),
    "another column": (model(imputations="5", impute='["kra"]'), "imputes kra, which is no column that it is made of."),
    "an outcome": (
        model(formula='"n_evaluable_lesions"', imputations="5", impute='["n_evaluable_lesions"]'),
        "imputes n_evaluable_lesions, which is known only after the ablation. Leave it out",
    ),
    "of curves": ('[[curves]]\nname = "c"\nendpoint = "OS"\nimputations = 5\n', "imputations is no key of a plan."),
}


@pytest.mark.long
@pytest.mark.parametrize("how", quick(3, REFUSED))
def test_what_cannot_be_meant_is_refused(how: str) -> None:
    """The plan is refused in one sentence with its cure."""
    text, said = REFUSED[how]
    found = read(text)
    assert found.plan is None and said in found.reason, found.reason
    assert "\n" not in found.reason


@pytest.mark.long
def test_a_near_name_is_offered() -> None:
    """A column of the model that is nearly what impute says, through terms and groups too."""
    text = MARGIN + model(formula='"margin"', level='"lesion"', imputations="5", impute='"minimal_margin"')
    assert "Did you mean minimal_margin_mm?" in read(text).reason


@pytest.mark.long
def test_definitions_move_only_with_imputations() -> None:
    """A model without imputations keeps the definition of before there were any; how to impute belongs to one with."""
    (before,) = hashes(MODEL).values()
    assert before == BEFORE
    with_it = hashes(model(imputations="20"))
    others = [hashes(model(imputations="20", **more)) for more in ({"seed": "2"}, {"impute": '"kras"'})]
    assert len({before, *with_it.values(), *(value for one in others for value in one.values())}) == 4


@pytest.mark.long
def test_imputed_rows_stand_beside_the_complete_cases(con: duckdb.DuckDBPyConnection) -> None:
    """The complete cases are those of the plan without imputations; beside them everybody is in the model, each term
    has its missing information and degrees of freedom, and the note names what was imputed of how many.
    """
    text = MARGIN + model(formula='"margin + ras"', **LESIONS)
    complete, imputed = rows(con, text)
    alone, none = rows(con, text.replace("imputations = 5\n", ""))
    pd.testing.assert_frame_equal(complete.reset_index(drop=True), alone.reset_index(drop=True))
    assert none.empty and set(complete["n"]) == {186} and set(imputed["n"]) == {206}
    by_quantity = {name: own.set_index("term") for name, own in imputed.groupby("quantity")}
    assert set(by_quantity) == {"hazard_ratio", MISSING_INFORMATION, DEGREES_OF_FREEDOM}
    ratio = by_quantity["hazard_ratio"]
    assert ratio.loc["margin", "lower"] > 1 and ratio["ph_p_value"].isna().all()
    assert by_quantity[MISSING_INFORMATION]["estimate"].between(0, 0.5).all()
    assert by_quantity[DEGREES_OF_FREEDOM]["estimate"].between(1, 31).all()
    assert imputed["note"].str.contains("imputed of 206 lesions: minimal_margin_mm 20; imputed lesion by lesion").all()
    assert imputed["note"].str.count("assumed missing at random, given what is in the equations").eq(1).all()
    assert set(imputed["method"]) == {
        "Cox, Efron ties, variance clustered by patient, 5 imputations pooled by Rubin's rules"
    }
    guards = estimated(con, followed(text), {})["guards"]
    assert set(guards["model"]) == {"plan.m", "plan.m.imputed"}


@pytest.mark.long
def test_the_seed_decides(con: duckdb.DuckDBPyConnection) -> None:
    """The same plan gives the same digits again, another seed others."""
    text = MARGIN + model(formula='"margin"', **LESIONS)
    first, again = rows(con, text)[1], rows(con, text)[1]
    pd.testing.assert_frame_equal(first, again)
    other = rows(con, MARGIN + model(formula='"margin"', seed="2", **LESIONS))[1]
    assert first["estimate"][0] != other["estimate"][0]
    assert first["note"].str.contains("another seed would move these figures: write imputations = ").any()


@pytest.mark.long
def test_genes_are_imputed_only_if_named(untested: duckdb.DuckDBPyConnection) -> None:
    """Who was not tested is left out, and counted, unless impute names the gene."""
    text = model(formula='"braf + minimal_margin_mm"', **LESIONS)
    without = rows(untested, text)[1]
    lacking = untested.execute("SELECT count(*) FROM cohort.lesions WHERE braf = 'unknown' AND is_evaluable").fetchone()
    assert lacking is not None and lacking[0] > 10
    n = lacking[0]
    assert set(without["n"]) == {206 - n}
    left_out = rf"{n} left out for missing values that are not imputed \(braf {n}\)"
    assert without["note"].str.contains(left_out).all()
    with_it = rows(untested, text.replace("= 5\n", '= 5\nimpute = ["braf", "minimal_margin_mm"]\n'))[1]
    assert with_it["note"].str.contains(f"imputed of 206 lesions: braf {n}, minimal_margin_mm 20").all()
    assert set(with_it["n"]) == {206}
    only = rows(untested, model(formula='"braf"', **LESIONS))[1]
    assert only["note"].str.contains("Only braf lack values, and impute does not name them.").all()


COMUTATIONS = (
    '[[groups]]\nname = "ras_tp53"\nreference = "neither"\n[groups.levels]\n'
    "\"both\" = \"ras = 'mutant' AND tp53 = 'mutant'\"\n\"RAS alone\" = \"ras = 'mutant' AND tp53 = 'wild_type'\"\n"
    "\"TP53 alone\" = \"ras = 'wild_type' AND tp53 = 'mutant'\"\n"
    "\"neither\" = \"ras = 'wild_type' AND tp53 = 'wild_type'\"\n"
)


@pytest.mark.long
def test_comutations_leave_out_who_was_not_tested(untested: duckdb.DuckDBPyConnection) -> None:
    """Groups by RAS and TP53 hold those who were tested for both; a gene by itself takes not tested for unknown; both
    are imputed if named, and the groups are made from what was drawn.
    """
    text = COMUTATIONS + model(formula='"ras_tp53"', level='"lesion"')
    complete = rows(untested, text)[0]
    ratios = complete[complete["quantity"] == "hazard_ratio"]
    assert list(ratios["term_level"]) == ["RAS alone", "TP53 alone", "both"] and set(ratios["reference"]) == {"neither"}
    tested = untested.execute(
        "SELECT count(*) FROM cohort.lesions WHERE tp53 <> 'not_tested' AND is_evaluable"
    ).fetchone()
    assert tested is not None and set(complete["n"]) == {tested[0]} != {206}
    alone = rows(untested, model(formula='"tp53"', level='"lesion"'))[0]
    assert set(alone["n"]) == {tested[0]} and set(alone.loc[alone["term"] == "tp53", "reference"]) == {"wild_type"}
    asked = 'imputations = 5\nimpute = "tp53"\n'
    imputed = rows(untested, text + asked)[1]
    assert set(imputed["n"]) == {206} and (imputed["quantity"] == "hazard_ratio").sum() == 3


OTHERS = {
    "a spline and Fine-Gray": (
        model(formula='"rcs(minimal_margin_mm, [2, 5, 10])"', method='"fine_gray"', **LESIONS),
        ("lesion_models", "subdistribution_hazard_ratio", 2, 206),
    ),
    "an interaction": (
        model(formula='"minimal_margin_mm * ras"', **LESIONS),
        ("lesion_models", "hazard_ratio", 3, 206),
    ),
    "logistic of patients": (
        model(endpoint='"LTP"', formula='"node_positive_primary + sex"', imputations="5"),
        ("logistic", "odds_ratio", 2, 120),
    ),
    "logistic of lesions": (
        model(endpoint='"LTP"', formula='"minimal_margin_mm + ecog"', **LESIONS),
        ("lesion_models", "odds_ratio", 2, 206),
    ),
    "strata with holes": (
        model(formula='"minimal_margin_mm"', strata='["ecog", "site"]', **LESIONS),
        ("lesion_models", "hazard_ratio", 1, 206),
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("how", quick(1, OTHERS))
def test_every_kind_of_model_can_be_imputed(con: duckdb.DuckDBPyConnection, how: str) -> None:
    """Each term is estimated from everybody, by any method, with splines, interactions and strata."""
    text, (table, quantity, n_terms, n) = OTHERS[how]
    imputed = rows(con, text, table)[1]
    ratios = imputed[imputed["quantity"] == quantity]
    assert len(ratios) == n_terms and set(ratios["n"]) == {n} and ratios["estimate"].notna().all()


@pytest.mark.long
def test_nothing_to_impute_says_so(con: duckdb.DuckDBPyConnection) -> None:
    """Where nothing is missing the complete cases stand, and the other line says what to do."""
    complete, imputed = rows(con, model(formula='"max_diameter_mm"', imputations="5"), "cox")
    assert complete["estimate"].notna().any() and imputed["estimate"].isna().all()
    said = imputed["note"][0]
    assert "Nothing is missing in max_diameter_mm" in said and "Take imputations out" in said


@pytest.mark.long
@pytest.mark.parametrize(
    ("n", "lacking", "said"),
    [(100, 41, "margin is missing in 41% of the lesions, more than 40%"), (24, 5, "margin is known in 19 lesions")],
)
def test_too_much_or_too_few_is_refused(n: int, lacking: int, said: str) -> None:
    """More than 40 % missing, or fewer than 20 known values, is no ground for imputation."""
    known = pd.DataFrame({"margin": np.arange(float(n)), "ras": ["mutant", "wild_type"] * (n // 2)})
    holes = Holes(known, {"margin": lacking}, "")
    plan = followed(model(level='"lesion"', imputations="5"))
    with pytest.raises(QueryFailed, match=said):
        _refuse_few(known, holes, {"event 1": np.ones(n)}, plan.models[0])
    _refuse_few(known, Holes(known, {"margin": min(lacking, 4)}, ""), {"event 1": np.ones(n)}, plan.models[0])
