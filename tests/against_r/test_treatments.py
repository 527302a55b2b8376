"""docs/treatments-example.md is executed in an empty home, and its plan's three models are R's.

R's figures are kept in treatments.csv: `python -m tests.against_r.test_treatments HOME FOLDER` writes the files that
treatments.R reads, from the page's home.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.against_r import carried
from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import LIGHT
from tests.own_plan.plans import followed
from tests.own_rules.test_page import Executed, executed
from tests.structure.checkout import ROOT
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from warehouse.storage.home import Home
from workflows.plan_estimates import estimated

pytestmark = pytest.mark.long
PAGE = ROOT / "docs" / "treatments-example.md"
EXAMPLE = ROOT / "examples" / "treatments" / "plan.toml"
KEPT = Path(__file__).parent / "treatments.csv"
DEMO, REFRESH = re.compile(r"`registry (demo [^`]+)`"), "2. `registry refresh`"
TABLES = {
    "survival_on_therapy": "cox",
    "margin_of_lesions": "lesion_models",
    "ltp_beside_removal_and_death": "fine_gray",
}
TIMES = (
    "SELECT site, patient_id, lesion_id, days, event FROM derived.time_to_event WHERE endpoint = '{}' AND level = '{}'"
)
FILES = {
    "patients": f"""
        SELECT p.patient_id, ras, max_diameter_mm AS diameter, o.days AS os_days, o.event AS os_event,
               l.days AS ltp_days, l.event AS ltp_event
        FROM cohort.patients p
        LEFT JOIN ({TIMES.format("OS", "patient")}) o USING (site, patient_id)
        LEFT JOIN ({TIMES.format("TTLTP", "patient")}) l USING (site, patient_id)
        ORDER BY 1
    """,
    "lesions": f"""
        SELECT patient_id, days, event, minimal_margin_mm AS margin, max_diameter_mm AS diameter
        FROM ({TIMES.format("TTLTP", "lesion")}) JOIN cohort.lesions USING (site, patient_id, lesion_id) ORDER BY ALL
    """,
    "therapies": """
        SELECT patient_id, start_date - first_ablation_date AS since, stop_date - first_ablation_date AS until
        FROM clean.treatments JOIN cohort.patients USING (site, patient_id) WHERE kind = 'systemic' ORDER BY ALL
    """,
}


def write_files(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write what R reads."""
    for name, sql in FILES.items():
        con.execute(sql).df().to_csv(folder / f"{name}.csv", index=False)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """The page, executed in an empty home."""
    home = Home(tmp_path_factory.mktemp("treatments") / "home").create()
    done: list[Ran] = []

    def begin() -> None:
        done.append(run_here(home.root, *DEMO.search(given)[1].split()))  # type: ignore[index]
        done.append(run_here(home.root, "refresh", makes=LIGHT))

    given = PAGE.read_text(encoding="utf-8")
    text = executed(given, home.root, begin, REFRESH)
    assert [ran.code for ran in done] == [0, 0], done[-1].err.decode()
    return Executed(text, home)


def test_the_page_shows_what_is_printed(page: Executed) -> None:
    """Every command on the page prints what stands below it, and the page's plan is the example."""
    assert page.text == PAGE.read_text(encoding="utf-8")
    assert EXAMPLE.read_text(encoding="utf-8").split("\n", 1)[1] in page.text


def test_the_three_models_equal_r(page: Executed) -> None:
    """Coefficients, standard errors, subjects and events: Cox with a covariate that changes in time, Cox of lesions
    clustered by patient, Fine-Gray with death and removal competing.
    """
    theirs = carried.parse(KEPT.read_text(encoding="utf-8"))
    with open_release(find_release(page.home)) as con:
        made = estimated(con, followed(EXAMPLE.read_text(encoding="utf-8")), {})
    compared = 0
    for name, table in TABLES.items():
        rows = made[table][made[table]["model"] == f"plan.{name}"]
        rows = rows[rows["quantity"].str.endswith("hazard_ratio")]
        for i, row in enumerate(rows.to_dict("records"), start=1):
            std_error = theirs[f"{name}.se.{i}"]
            assert row["std_error"] == pytest.approx(std_error, rel=1e-6), (name, i)
            assert row["coef"] == pytest.approx(theirs[f"{name}.coef.{i}"], abs=1e-6 * std_error), (name, i)
            assert (row["n"], row["n_events"]) == (theirs[f"{name}.n.1"], theirs[f"{name}.events.1"]), name
            compared += 1
    assert compared == 6 == sum(".coef." in figure for figure in theirs)


def test_removal_competes_and_therapy_changes(page: Executed) -> None:
    """The models are of what the page says: some areas were removed, and some patients went on therapy and off."""
    with open_release(find_release(page.home)) as con:
        patients: pd.DataFrame = con.execute(FILES["patients"]).df()
        therapies = con.execute(FILES["therapies"]).df()
    assert (patients["ltp_event"] == 3).sum() >= 3
    assert (therapies["since"] > 0).sum() >= 50 and therapies["until"].isna().sum() >= 5


if __name__ == "__main__":
    with open_release(find_release(Home(Path(sys.argv[1])))) as opened:
        write_files(opened, Path(sys.argv[2]))
