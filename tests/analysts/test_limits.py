"""What the package hands out is stopped in time and before it fills memory, whenever its rows are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

import ablation_registry as ar
from ablation_registry import answers
from tests.e2e.demonstration import Demonstration
from tests.variants import quick

ENDLESS = "SELECT count(*) AS n FROM range(10000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3"
HUGE = "SELECT range, range + 1 FROM range(200000000)"
SECONDS = 0.2
READS: dict[str, Callable[[ar.Release], Any]] = {
    "df": lambda r: r.sql(ENDLESS).df(),
    "predicate": lambda r: r.cohort(f"({ENDLESS}) > 1"),
    "chained": lambda r: r.sql(ENDLESS).filter("n > 1").fetchone(),
    "batches": lambda r: list(r.sql(ENDLESS).to_arrow_reader()),
    "shape": lambda r: r.sql(ENDLESS).shape,
    "printed": lambda r: repr(r.sql(ENDLESS)),
    "stream": lambda r: pl.DataFrame(r.sql(ENDLESS)),
}


@pytest.mark.long
@pytest.mark.parametrize("name", quick(4, READS))
def test_what_runs_long_is_stopped(demonstration: Demonstration, name: str) -> None:
    """Each way of reading a relation, and a criterion, ends in one line that says how to allow more time."""
    with ar.open(demonstration.home.root, timeout_seconds=SECONDS) as hurried:
        with pytest.raises(ar.QueryFailed, match=r"took longer than 0\.2 s and was stopped") as stopped:
            READS[name](hurried)
        assert "open(timeout_seconds=" in stopped.value.cure
        assert hurried.sql("SELECT 1").fetchall() == [(1,)]


@pytest.mark.long
def test_an_answer_that_fills_memory_is_stopped(release: ar.Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB does not count a result that Python keeps; the growth of the process is what is limited."""
    monkeypatch.setattr(answers, "GROWTH_LIMIT_BYTES", 100_000_000)
    with pytest.raises(ar.QueryFailed, match="needs more memory than it is allowed"):
        release.sql(HUGE).df()


def test_an_answer_has_the_methods_of_a_relation(release: ar.Release) -> None:
    """Methods, columns and facts are those of DuckDB's relation; what it makes is limited as well."""
    answer = release.sql("SELECT kras, n_lesions FROM cohort.patients")
    assert isinstance(answer.filter("n_lesions > 1").order("kras"), answers.Answer)
    assert answer.columns == ["kras", "n_lesions"] and answer.shape == (120, 2) == (len(answer), 2)
    mutant = release.sql("SELECT 'mutant' AS kras")
    assert answer["kras"].join(mutant, "kras").distinct().fetchall() == answer.kras.intersect(mutant).fetchall()
    assert "fetchall" in dir(answer) and str(answer) == repr(answer)
    with pytest.raises(ar.QueryFailed, match="lazy frame"):
        answer.pl(lazy=True)


def test_a_failure_shows_no_cell(release: ar.Release) -> None:
    """A value that cannot be converted is named by the kind of its error, also when it is read late."""
    with pytest.raises(ar.QueryFailed, match=r"The query failed \(Conversion\)") as refused:
        release.sql("SELECT patient_id::INTEGER FROM clean.patients").fetchall()
    assert "SYN" not in str(refused.value) and refused.value.__cause__ is None
