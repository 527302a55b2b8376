"""A SELECT that chooses by what is known only after the ablation is found out, and one that does not is left alone."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.e2e.demonstration import Demonstration
from warehouse.cohorts.criteria import Criterion, check
from warehouse.releases.outcomes_read import outcomes_read

KEYS = "SELECT site, patient_id FROM"
LESIONS = "SELECT DISTINCT site, patient_id FROM"
BY_AN_OUTCOME = [
    (f"{KEYS} derived.patient_ltpfs WHERE ltp", ("ltp",)),
    (f"{KEYS} cohort.patients WHERE NOT ltp AND kras = 'mutant'", ("ltp",)),
    (f"{KEYS} derived.patient_ltpfs p JOIN derived.lesion_ltp l USING (site, patient_id) WHERE l.is_residual", None),
    (f"WITH x AS (SELECT *, ltp AS grew FROM derived.patient_ltpfs) {KEYS} x WHERE grew", ("ltp",)),
    (f"{KEYS} derived.patient_ltpfs AS t(site, patient_id, a, b, c, d, e, f) WHERE f", ("ltp",)),
    (f"{KEYS} derived.patient_ltpfs ORDER BY ltpfs_days LIMIT 5", ("ltpfs_days",)),
    (f"{KEYS} derived.patient_ltpfs WHERE vital_status = 'dead' OR ecog = 0", ("vital_status",)),
    (f"{KEYS} clean.patients WHERE death_date > DATE '2015-01-01'", ("death_date",)),
    (f"{LESIONS} clean.imaging_followups WHERE modality = 'ct'", ("imaging_followups",)),
    (f"{LESIONS} derived.time_to_event WHERE endpoint = 'OS' AND event = 1", None),
    (f"{KEYS} cohort.patients SEMI JOIN (FROM cohort.lesions WHERE ltp) USING (site, patient_id)", ("ltp",)),
    (f"{LESIONS} derived.lesion_ltp WHERE uncontrolled_ltp_date IS NOT NULL", ("uncontrolled_ltp_date",)),
    (f"{KEYS} derived.patient_ltpfs EXCEPT {KEYS} derived.patient_ltpfs WHERE ltp", ("ltp",)),
]
HARMLESS = [
    f"{KEYS} derived.patient_ltpfs WHERE ecog = 0",
    "SELECT site, patient_id, ltp, reason FROM cohort.lesions WHERE approach = 'percutaneous'",
    "FROM cohort.patients WHERE kras = 'mutant' AND max_diameter_mm < 30",
    f"{LESIONS} clean.rfa_sessions WHERE modality = 'mwa'",
    f"{LESIONS} quality.quarantine q JOIN clean.patients USING (site) WHERE q.reason LIKE '%ltp%'",
    f"{KEYS} derived.patient_ltpfs WHERE primary_site <> 'ltp' ORDER BY cea_ng_ml LIMIT 20",
    f"{KEYS} (SELECT *, ltp AS ecog_later FROM derived.patient_ltpfs) WHERE ecog = 1",
]


@pytest.fixture(scope="module")
def con(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demonstration study's release, open."""
    with demonstration.open() as opened:
        yield opened


@pytest.mark.parametrize(("sql", "outcomes"), BY_AN_OUTCOME)
def test_an_outcome_is_found(con: duckdb.DuckDBPyConnection, sql: str, outcomes: tuple[str, ...] | None) -> None:
    """Through views, joins, subqueries, other names and the order of a LIMIT."""
    found = outcomes_read(con, sql)
    assert found == outcomes if outcomes else found


@pytest.mark.parametrize("sql", HARMLESS)
def test_a_harmless_select_is_not_warned_of(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    """What is only listed, belongs to the view alone, or has an outcome's name elsewhere, chooses nobody."""
    assert outcomes_read(con, sql) == ()


def test_a_criterion_with_a_select_is_read_alike(con: duckdb.DuckDBPyConnection) -> None:
    """A SELECT within a recipe's criterion, or given to the package, is judged by what it reads to choose."""
    where = "(site, patient_id) IN (SELECT (site, patient_id) FROM derived.lesion_ltp WHERE {})"
    assert check(con, Criterion("x", where.format("ltp"))).outcomes == ("ltp",)
    assert check(con, Criterion("x", where.format("max_diameter_mm < 20"))).outcomes == ()
