"""Estimates of completed data sets are pooled as R's mice pools them."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from analysis.regression.cox import cox
from analysis.regression.imputation import completed, outcome_columns
from analysis.regression.logistic import logistic
from analysis.subjects.start_stop import BEGINS, ENDS, OF, START, SUBJECT, start_stop
from schemas.own_plan import DEGREES_OF_FREEDOM, MISSING_INFORMATION
from tests.against_r import carried
from workflows.plan_imputation import pooled_rows

FOLDER = carried.FOLDER
PROGRAM = FOLDER / "pooling.R"
TERMS = ["kras", "diameter"]


def with_holes() -> pd.DataFrame:
    """The carried lesions without the diameter of every fourth patient, and of those with early LTP who come third."""
    d = carried.lesions()
    is_hole = (d["patient"] % 4 == 0) | ((d["patient"] % 3 == 0) & (d["ltp"] == 1))
    return d.assign(diameter=d["diameter"].where(~is_hole))


def imputations() -> pd.DataFrame:
    """The diameters of five completed data sets, as stored."""
    return pd.read_csv(FOLDER / "imputations.csv")


def made() -> pd.DataFrame:
    """The same, made now: what `imputations.csv` was written from."""
    d = with_holes()
    outcome = outcome_columns(d["event"].to_numpy(float), d["time"].to_numpy(float))
    draws = completed(d[TERMS], ["diameter"], outcome, n=5, seed=1)
    return pd.DataFrame({f"m{place}": draw["diameter"] for place, draw in enumerate(draws, start=1)})


def ours() -> dict[str, float]:
    """The registry's pooled figures under the names of pooling.R."""
    d = carried.lesions()
    data_sets = [d.assign(diameter=column) for _, column in imputations().items()]
    shared = {"show_unreliable": True}
    tables = [cox(one, TERMS, time="time", event="ltp", **shared) for one in data_sets]
    found = figures("cox", pooled_rows(tables, "", None))
    tables = [logistic(one, TERMS, event="ltp", **shared) for one in data_sets]
    of_logistic = figures("logistic", pooled_rows(tables, "", None))
    found |= {
        f"{name[:-1]}{int(name[-1]) + 1}": value for name, value in of_logistic.items()
    }  # R begins with intercept
    in_time = [with_change(one) for one in data_sets]
    more = {"entry": START, "subject": SUBJECT} | shared
    tables = [cox(one, [*TERMS, "again"], time="time", event="ltp", **more) for one in in_time]  # type: ignore[arg-type]
    found |= figures("varying", pooled_rows(tables, "", None))
    tables = [cox(one, TERMS, time="time", event="ltp", cluster="patient", **shared) for one in data_sets]
    clustered = figures("clustered", pooled_rows(tables, "", d["patient"].nunique()))
    for j in (1, 2):
        for place, name in enumerate(("estimate", "se", "df", "fmi"), start=1):
            found[f"clustered.{j}.{place}"] = clustered[f"clustered.{name}.{j}"]
    return found


def with_change(d: pd.DataFrame) -> pd.DataFrame:
    """The lesions, watched from two months after their entry on, cut where `again` becomes 1."""
    row = np.arange(1, len(d) + 1)
    begins = (2 + d["patient"] % 9).to_numpy(float)
    again = pd.DataFrame({OF: row - 1, BEGINS: begins, ENDS: np.nan})[row % 5 < 2]
    late = d.assign(since=d["entry"] + 2)
    return start_stop(late, {"again": again}, time="time", event="ltp", entry="since")


def figures(name: str, table: pd.DataFrame) -> dict[str, float]:
    """Coefficients with what belongs to them, numbered by term."""
    ratios = table[table["quantity"].str.endswith("_ratio")]
    found: dict[str, float] = {}
    for j, row in enumerate(ratios.to_dict("records"), start=1):
        found |= {
            f"{name}.estimate.{j}": row["coef"],
            f"{name}.se.{j}": row["std_error"],
            f"{name}.p.{j}": row["p_value"],
        }
        found |= {f"{name}.{limit}.{j}": float(np.log(row[limit])) for limit in ("lower", "upper")}
        of_term = table[table["term"] == row["term"]].set_index("quantity")["estimate"]
        found |= {f"{name}.df.{j}": of_term[DEGREES_OF_FREEDOM], f"{name}.fmi.{j}": of_term[MISSING_INFORMATION]}
    return found


def agree(theirs: dict[str, float]) -> None:
    """Every figure that both have is the same to 1e-6."""
    mine = ours()
    assert set(mine) <= set(theirs) and len(mine) == 57
    for name, value in mine.items():
        assert value == pytest.approx(theirs[name], rel=1e-6, abs=1e-9), name


def test_pooled_figures_are_those_of_mice() -> None:
    """Estimates, standard errors, limits, p-values, Barnard and Rubin's degrees of freedom and the fraction of missing
    information of Cox and logistic models, and of a Cox model with delayed entry and a covariate that changes in time,
    equal mice::pool, those with clustered variances mice::pool.scalar.
    """
    agree(carried.parse((FOLDER / "pooled.csv").read_text(encoding="utf-8")))


def test_the_stored_data_sets_are_made_again() -> None:
    """The same seed gives the stored diameters again, and only where one was missing."""
    stored, d = imputations(), with_holes()
    known = d["diameter"].notna()
    for name in stored:
        assert (stored.loc[known, name] == d.loc[known, "diameter"]).all()
    pd.testing.assert_frame_equal(made(), stored, check_dtype=False)


@pytest.mark.long
def test_r_says_the_same_again() -> None:
    """pooling.R gives the stored figures, where R with mice is installed."""
    if shutil.which("Rscript") is None:
        pytest.skip("R is not here (no Rscript)")
    ran = subprocess.run(["Rscript", str(PROGRAM), str(FOLDER)], capture_output=True, text=True, check=True)
    agree(carried.parse(ran.stdout))
