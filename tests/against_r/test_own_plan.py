"""An own plan's figures are R's: the example's models on the demonstration study, and splines on R's lung data."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.regression.cox import cox
from analysis.regression.formula_terms import formula_columns, read_formula
from analysis.regression.restricted_spline import basis
from tests.against_r import carried
from tests.e2e.demonstration import Demonstration
from tests.own_plan.plans import EXAMPLE, followed
from workflows.plan_estimates import estimated

PROGRAM = Path(__file__).parent / "own_plan.R"
TIMES = "derived.time_to_event WHERE endpoint = 'TTLTP'"
LESIONS = (
    "SELECT site, patient_id, lesion_id, days, event, minimal_margin_mm AS margin, max_diameter_mm AS diameter, "
    "ras, braf "
    f"FROM (FROM {TIMES} AND level = 'lesion') JOIN cohort.lesions USING (site, patient_id, lesion_id) ORDER BY ALL"
)
PATIENTS = (
    "SELECT site, patient_id, days, event, max_diameter_mm AS diameter, ras "
    f"FROM (FROM {TIMES} AND level = 'patient') JOIN cohort.patients USING (site, patient_id) ORDER BY ALL"
)


@pytest.mark.long
def test_the_example_equals_r(demonstration: Demonstration, tmp_path: Path) -> None:
    """Coefficients and (clustered, sandwich) standard errors of the primary contrast and the three models, from rows
    that SQL gives R; the spline is R's natural spline with the same knots, at every margin.
    """
    if shutil.which("Rscript") is None:
        pytest.skip("R is not here (no Rscript)")
    with demonstration.open() as con:
        for name, sql in (("lesions", LESIONS), ("patients", PATIENTS)):
            con.execute(sql).df().to_csv(tmp_path / f"{name}.csv", index=False)
        made = estimated(con, followed(EXAMPLE.read_text(encoding="utf-8")), {})
    ran = subprocess.run(["Rscript", str(PROGRAM), str(tmp_path)], capture_output=True, text=True, check=True)
    theirs = carried.parse(ran.stdout)
    rows = pd.concat([made["lesion_models"], made["fine_gray"]])
    rows = rows[rows["quantity"].str.endswith("hazard_ratio")]
    compared = 0
    for name in ("primary", "margin_and_mutation", "margin_dose", "ras_incidence"):
        own = rows[rows["model"] == f"plan.{name}"]
        for i, row in enumerate(own.to_dict("records"), start=1):
            std_error = theirs[f"{name}.se.{i}"]
            assert row["std_error"] == pytest.approx(std_error, rel=1e-6), (name, i)
            assert row["coef"] == pytest.approx(theirs[f"{name}.coef.{i}"], abs=1e-6 * std_error), (name, i)
            compared += 1
    assert compared == 8
    assert theirs["margin_dose.loglik.1"] == pytest.approx(theirs["natural.loglik.1"], rel=1e-9)
    coef = rows.loc[rows["model"] == "plan.margin_dose", "coef"].to_numpy()
    at = np.array([0.0, 3.0, 5.0, 8.0, 12.0])
    columns = basis(at, (2.0, 5.0, 10.0))
    curve = (columns - columns[2]) @ coef
    np.testing.assert_allclose(curve, [theirs[f"natural.curve.{i}"] for i in range(1, 6)], atol=1e-6)


LUNG = {
    "[50, 63, 75]": (
        [0.004781081507811545, 0.017241642172410167, -0.515258668598644887],
        [0.01991150010856985, 0.02511330843131888, 0.16754151651928051],
        14.58556294965456,
    ),
    "[45, 56, 63, 70, 77]": (
        [0.06561927428988108, -0.22902888258892906, 1.03354517638089716, -1.30248376890104778, -0.51668704357044326],
        [0.04941022544173631, 0.18345539049783158, 0.88971851438920002, 1.52546551382540030, 0.16833831270550242],
        16.79042083871877,
    ),
}
"""Knots of age -> R's coefficients, standard errors and likelihood ratio (survival 3.5-3, the rcs of own_plan.R)."""


@pytest.mark.parametrize("knots", LUNG)
def test_splines_of_age_are_rs(knots: str) -> None:
    """Cox models of R's lung data over a restricted cubic spline of age, and sex."""
    from lifelines.datasets import load_lung

    coef, std_error, gain = LUNG[knots]
    terms = read_formula(f"rcs(age, {knots}) + sex", is_strict=True)
    frame, names = formula_columns(load_lung(), terms)
    table = cox(frame, names, time="time", event="status")
    ratios = table[table["quantity"] == "hazard_ratio"]
    np.testing.assert_allclose(ratios["std_error"], std_error, rtol=1e-6)
    np.testing.assert_allclose(ratios["coef"], coef, rtol=1e-6, atol=1e-6 * max(std_error))
    assert table.set_index("quantity").loc["lr_chi2", "estimate"] == pytest.approx(gain, rel=1e-6)
