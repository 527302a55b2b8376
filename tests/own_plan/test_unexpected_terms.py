"""Terms that a model cannot compare, or that leave out what a reader would not expect: said, and the rest is made."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from tests.e2e.demonstration import Demonstration
from tests.own_plan.plans import CURVES, followed, model
from warehouse.cohorts.attrition import choose
from warehouse.cohorts.subjects import Question
from warehouse.cohorts.terms import Term
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates.models import cox
from workflows.plan_estimates import estimated

OTHER = model(name='"other"', formula='"kras"')
CLASSES = '[[terms]]\nname = "size"\ncolumn = "max_diameter_mm"\ncategories = [20, 30]\n'
NOBODY = '[[groups]]\nname = "timing"\n[groups.levels]\n"early" = "n_lesions > 99"\n"late" = "sex = \'male\'"\n'
PRIMARY = '[primary]\nendpoint = "OS"\ncontrast = "kras"\n'


@pytest.fixture(scope="module")
def con(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demonstration study's release, open."""
    with demonstration.open() as opened:
        yield opened


def notes(table: pd.DataFrame, name: str) -> str:
    """What is said of one model of the plan."""
    return "; ".join(table[table["model"] == f"plan.{name}"]["note"].astype(str))


OF_STRATA = {
    "the only stratum": model(formula='"kras + sex"', strata='"sex"'),
    "one of two strata": model(formula='"kras + sex"', strata='["site", "sex"]'),
    "with its interaction": model(formula='"kras * sex"', strata='"sex"'),
    "a number": model(formula='"kras + max_diameter_mm"', strata='"max_diameter_mm"'),
    "classes of the stratum's column": CLASSES + model(formula='"kras + size"', strata='"max_diameter_mm"'),
    "lesions": model(formula='"perivascular"', strata='"perivascular"', endpoint='"TTLTP"', level='"lesion"'),
}


@pytest.mark.parametrize("text", OF_STRATA.values(), ids=OF_STRATA)
def test_a_covariate_that_is_a_stratum(con: duckdb.DuckDBPyConnection, text: str) -> None:
    """Such a model is not made and says why, and the next one of the plan is made."""
    made = estimated(con, followed(text + OTHER), {})
    table = pd.concat(made[name] for name in ("cox", "lesion_models") if name in made)
    assert "one of the strata, within which it cannot differ. Leave it out of one of them." in notes(table, "m")
    assert table[table["model"] == "plan.other"]["estimate"].notna().any()


def test_a_finer_term_than_its_strata(con: duckdb.DuckDBPyConnection) -> None:
    """Within classes of a column its numbers differ, so the model is made."""
    table = estimated(con, followed(CLASSES + model(formula='"max_diameter_mm"', strata='"size"')), {})["cox"]
    assert table["estimate"].notna().any() and "strata," not in notes(table, "m")


def test_groups_that_are_the_strata(con: duckdb.DuckDBPyConnection) -> None:
    """Curves by a column within that column are not made, and say why."""
    table = estimated(con, followed(CURVES.replace('by = "kras"', 'by = "kras"\nstrata = "kras"')), {})["km_summary"]
    assert "kras is compared and is one of the strata" in str(table["note"].iloc[0])


def test_a_recipe_or_a_program(con: duckdb.DuckDBPyConnection) -> None:
    """The same is said where no plan asks."""
    with pytest.raises(QueryFailed, match="sex is compared and is one of the strata"):
        cox(con, choose(con, []), Question("OS", "patient"), [Term(column="sex")], strata=["sex"])


def test_the_primary_contrast_within_strata(con: duckdb.DuckDBPyConnection) -> None:
    """Its curves are compared within the strata of its model."""
    whole, within = (
        estimated(con, followed(PRIMARY + more), {})["logrank"].set_index("grouping").loc["plan.primary"]
        for more in ("", 'strata = "sex"\n')
    )
    asked = CURVES.replace('by = "kras"', 'by = "kras"\nstrata = "sex"')
    alone = estimated(con, followed(asked), {})["logrank"].iloc[0]
    assert within["p_value"] == alone["p_value"] != whole["p_value"]


def test_a_class_that_nobody_is_in(con: duckdb.DuckDBPyConnection) -> None:
    """A level whose condition nobody meets is named: it may be wrong."""
    table = estimated(con, followed(NOBODY + model(formula='"kras + timing"')), {})["cox"]
    assert "nobody is in early of timing" in notes(table, "m")
    assert "nobody is in late" not in notes(table, "m")


@pytest.mark.parametrize("endpoint", ["LTPFS", "LTP"])
def test_values_without_a_logarithm(con: duckdb.DuckDBPyConnection, endpoint: str) -> None:
    """Margins of 0 and below have no logarithm; that they count as missing is said, and only then."""
    text = model(formula='"log2(minimal_margin_mm)"', endpoint=f'"{endpoint}"') + OTHER
    made = estimated(con, followed(text), {})
    table = made["logistic" if endpoint == "LTP" else "cox"]
    said = "log2(minimal_margin_mm) has no value for some known values"
    assert said in notes(table, "m") and said not in notes(made["cox"], "other")
