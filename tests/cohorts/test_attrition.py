"""Ordered criteria choose patients and lesions, and every step says who is left."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.cohorts.small_release import small_release
from warehouse.cohorts.attrition import Choice, choose
from warehouse.cohorts.criteria import Criterion
from warehouse.storage.errors import QueryFailed


@pytest.fixture(scope="module")
def release() -> Iterator[duckdb.DuckDBPyConnection]:
    """The small release, open."""
    con = small_release()
    yield con
    con.close()


def kept(where: str, over: str | None = None) -> Criterion:
    """A criterion that rows must meet."""
    return Criterion(where, where, True, over)


def left_out(where: str) -> Criterion:
    """A criterion that rows must not meet."""
    return Criterion(where, where, False)


LEFT = {
    "everybody": ([], [(5, 8)]),
    "patients are kept whole": ([kept("ecog = 0")], [(5, 8), (2, 5)]),
    "null does not meet a criterion": ([kept("ecog >= 0")], [(5, 8), (4, 7)]),
    "null is not left out": ([left_out("ecog >= 0")], [(5, 8), (1, 1)]),
    "lesions are kept one by one": ([kept("segment = '7'")], [(5, 8), (2, 3)]),
    "a patient without a lesion left leaves": ([left_out("segment IN ('7', '2')")], [(5, 8), (4, 4)]),
    "in their order": (
        [kept("kras <> 'unknown'"), kept("segment = '7'"), left_out("ecog > 0")],
        [(5, 8), (4, 7), (2, 3), (2, 3)],
    ),
    "a column of both views is the patient's": ([kept("max_diameter_mm < 20")], [(5, 8), (2, 2)]),
    "unless the criterion says lesions": ([kept("max_diameter_mm < 20", "lesions")], [(5, 8), (4, 5)]),
    "a comment ends with its line": ([kept("ecog = 0 -- fit"), kept("segment = '7'")], [(5, 8), (2, 5), (2, 3)]),
}


@pytest.mark.parametrize("drawn", LEFT)
def test_who_is_left(release: duckdb.DuckDBPyConnection, drawn: str) -> None:
    """Patients and lesions after each step are those that the two SELECTs of the choice name."""
    criteria, expected = LEFT[drawn]
    choice = choose(release, criteria)
    assert [(step.n_patients, step.n_lesions) for step in choice.steps] == expected
    assert (count(release, choice.patients), count(release, choice.lesions)) == expected[-1]
    assert of_patients(release, choice)


def count(con: duckdb.DuckDBPyConnection, select: str) -> int:
    """The number of rows of a SELECT."""
    return con.execute(f"SELECT count(*) FROM ({select})").fetchall()[0][0]


def of_patients(con: duckdb.DuckDBPyConnection, choice: Choice) -> bool:
    """Whether the lesions' patients are the cohort's patients, no more and no fewer."""
    both = f"({choice.lesions}) FULL JOIN ({choice.patients}) p USING (site, patient_id)"
    return con.execute(f"SELECT count(*) FROM {both} WHERE lesion_id IS NULL OR p.site IS NULL").fetchall() == [(0,)]


def test_an_outcome_is_named(release: duckdb.DuckDBPyConnection) -> None:
    """A cohort that is chosen by what is known only later says by which columns."""
    assert choose(release, [kept("ltp")]).outcomes == ("ltp",)
    assert choose(release, [kept("kras = 'mutant'")]).outcomes == ()


REFUSED = {
    "ecg = 0": "names ecg, which no cohort view has. Did you mean ecog?",
    "random() < 0.5": "depends on random, which changes from run to run.",
    "current_date > '2024-01-01'": "depends on current_date",
    "ecog": "A criterion is a condition",
    "ecog = 0; SELECT 1": "is no single condition",
    "": "has no condition",
    "segment = '7' AND n_lesions_with_margin = 1": "mixes columns of cohort.patients and cohort.lesions",
    "ecog = 99": "removes the last 5 of 5 patients",
}


@pytest.mark.parametrize("where", REFUSED)
def test_what_is_refused(release: duckdb.DuckDBPyConnection, where: str) -> None:
    """A predicate that cannot be meant is refused in one sentence with its cure."""
    with pytest.raises(QueryFailed) as refused:
        choose(release, [Criterion("it", where)])
    assert REFUSED[where] in str(refused.value)
    assert "\n" not in str(refused.value) and refused.value.cure


def test_the_criterion_that_removes_the_last_patient_is_named(release: duckdb.DuckDBPyConnection) -> None:
    """The refusal says which one, and how many it removed."""
    with pytest.raises(QueryFailed, match='"too large" removes the last 2 of 5 patients'):
        choose(release, [kept("ecog = 0"), Criterion("too large", "max_diameter_mm > 90"), kept("ecog < 3")])
