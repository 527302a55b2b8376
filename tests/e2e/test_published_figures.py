"""The index study's published figures (domain facts, section 8) come out of `registry query`."""

import csv
import io

import pytest

from tests.e2e.demonstration import Demonstration
from tests.orchestration.command import run_here

BY_KRAS = {
    "n": ("count(*)", "71", "49"),
    "patients with LTP": ("count(*) FILTER (ltp)", "13", "15"),
    "patients with LTPFS of 12 months or more": ("count(*) FILTER (ltpfs_months >= 12)", "54", "25"),
    "mean follow-up, months": (
        "format('{:.2f}', avg((last_contact_date - first_ablation_date) / 30.4375))",
        "16.20",
        "15.89",
    ),
    "SD of follow-up": (
        "format('{:.2f}', stddev_samp((last_contact_date - first_ablation_date) / 30.4375))",
        "5.03",
        "3.96",
    ),
}
TOTALS = {
    "SELECT count(*) AS n FROM derived.patient_ltpfs": "120",
    "SELECT count(*) AS n FROM derived.lesion_ltp": "212",
    "SELECT count(*) FILTER (kras = 'mutant') AS n FROM derived.patient_ltpfs": "49",
    "SELECT count(*) FILTER (ltp IS NULL) AS n FROM derived.patient_ltpfs": "0",
    "SELECT format('{:.2f}', avg(ltpfs_months)) AS n FROM derived.patient_ltpfs": "12.89",
}
ESTIMATES = {
    ("cox", "all", "kras"): (1.65, 9.55, 1),
    ("cox", "all", "braf"): (1.47, 12.86, 1),
    ("logistic", "all", "kras"): (1 / 0.706, 1 / 0.081, 1),
    ("logistic", "all", "nras"): (1 / 0.840, 1 / 0.043, 1),
    ("logistic", "all", "diameter_ge_30"): (1 / 0.992, 1 / 0.097, 1),
    ("cox", "ras_wild_type", "diameter_ge_30"): (1 / 0.479, 1 / 0.029, 1),
    ("logistic", "ras_wild_type", "diameter_ge_30"): (1 / 0.357, 1 / 0.008, 1),
}
"""(table, cohort, term): the published 95 % interval, as mutant against wild type or >= 30 mm against < 30 mm."""


def ask(demonstration: Demonstration, sql: str) -> list[dict[str, str]]:
    """Run `registry query --format csv` and return its rows."""
    ran = run_here(demonstration.home.root, "query", sql, "--format", "csv")
    assert ran.code == 0, ran.err.decode()
    return list(csv.DictReader(io.StringIO(ran.text)))


@pytest.mark.parametrize("sql", TOTALS)
def test_totals(demonstration: Demonstration, sql: str) -> None:
    """There are 120 patients, 212 lesions and 49 KRAS mutants, all evaluable, with a mean LTPFS of 12.89 months."""
    assert ask(demonstration, sql) == [{"n": TOTALS[sql]}]


@pytest.mark.parametrize("figure", BY_KRAS)
def test_by_kras(demonstration: Demonstration, figure: str) -> None:
    """Each published figure by KRAS is reproduced for wild type and mutant."""
    sql, wild_type, mutant = BY_KRAS[figure]
    found = ask(demonstration, f"SELECT kras, {sql} AS n FROM derived.patient_ltpfs GROUP BY kras ORDER BY kras")
    assert found == [{"kras": "mutant", "n": mutant}, {"kras": "wild_type", "n": wild_type}]


def test_rates_say_the_same(demonstration: Demonstration) -> None:
    """analysis.ltp_rates holds 13/71 and 15/49 and the uncorrected p-value of their comparison (0.117)."""
    rates = ask(
        demonstration,
        "SELECT stratum, n_events, n FROM analysis.ltp_rates WHERE level = 'patient' AND \"grouping\" = 'kras' "
        "AND quantity = 'rate' AND n > 0 ORDER BY stratum",
    )
    assert [tuple(r.values()) for r in rates] == [("mutant", "15", "49"), ("wild_type", "13", "71")]
    (pearson,) = ask(
        demonstration,
        "SELECT p_value FROM analysis.ltp_rates WHERE level = 'patient' AND \"grouping\" = 'kras' "
        "AND quantity = 'pearson_chi2'",
    )
    assert float(pearson["p_value"]) == pytest.approx(0.1173, abs=5e-5)


@pytest.mark.parametrize("estimate", ESTIMATES, ids=" ".join)
def test_models_lie_inside_the_published_intervals(
    demonstration: Demonstration, estimate: tuple[str, str, str]
) -> None:
    """Each multivariable estimate lies inside its published 95 % interval, on the published side of 1."""
    table, cohort, term = estimate
    lower, upper, side = ESTIMATES[estimate]
    endpoint = "LTPFS_STUDY" if table == "cox" else "LTP"
    (row,) = ask(
        demonstration,
        f"SELECT estimate FROM analysis.{table} WHERE cohort = '{cohort}' AND term = '{term}' "
        f"AND analysis = 'multivariable' AND level = 'patient' AND endpoint = '{endpoint}'",
    )
    assert max(lower, side) < float(row["estimate"]) < upper


def test_every_published_figure_is_reproduced(demonstration: Demonstration) -> None:
    """Each quantity of analysis.replication has an estimator that reproduces it."""
    quantities = ask(demonstration, "SELECT quantity, bool_or(agrees) AS agrees FROM analysis.replication GROUP BY 1")
    assert len(quantities) >= 15
    assert [q["quantity"] for q in quantities if q["agrees"] != "true"] == []


def test_crude_shares_in_actuarial_dress_are_named(demonstration: Demonstration) -> None:
    """The published one-year LTPFS is reproduced by the crude share alone, and a warning says so."""
    rows = ask(
        demonstration,
        "SELECT estimator, agrees, note FROM analysis.replication WHERE quantity LIKE '1-year LTPFS, KRAS %e'"
        " OR quantity = '1-year LTPFS, KRAS mutant'",
    )
    for row in rows:
        is_crude = row["estimator"].startswith("crude share")
        assert row["agrees"] == ("true" if is_crude else "false")
        assert ("WARNING" in row["note"] and "not an actuarial rate" in row["note"]) == is_crude
    assert any(row["agrees"] == "true" for row in rows)
