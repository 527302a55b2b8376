"""Chooses the patients and lesions of a cohort by ordered criteria, and counts who is left after each.

A criterion over patients keeps whole patients; one over lesions keeps single lesions, and a patient stays as long as
one of theirs does. Everything is one SELECT on the views, so that DuckDB counts in one pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from warehouse.cohorts.criteria import LESIONS, PATIENTS, Checked, Criterion, check
from warehouse.releases.query import names_in
from warehouse.releases.query_errors import failed
from warehouse.storage.errors import QueryFailed

EVERYBODY = "in the release"
KEY, LESION_KEY = "site, patient_id", "site, patient_id, lesion_id"


@dataclass(frozen=True)
class Step:
    """How many patients and lesions are left after a criterion; the first step is the whole release. `over` is the view
    that the criterion speaks of.
    """

    name: str
    where: str
    is_kept: bool
    n_patients: int
    n_lesions: int
    over: str | None = None


@dataclass(frozen=True)
class Choice:
    """A cohort of a release: SELECTs of its patients' and lesions' keys, the steps, and the outcomes it is chosen by.

    A cohort that is chosen by an outcome is not one of which that outcome can be estimated.
    """

    patients: str
    lesions: str
    steps: tuple[Step, ...]
    outcomes: tuple[str, ...]
    where: str | None = None
    """The condition on rows of cohort.patients, with WHERE, if no criterion speaks of lesions; else None."""

    @property
    def n_patients(self) -> int:
        """Return the number of patients."""
        return self.steps[-1].n_patients

    @property
    def n_lesions(self) -> int:
        """Return the number of lesions that meet every criterion."""
        return self.steps[-1].n_lesions


def choose(con: duckdb.DuckDBPyConnection, criteria: Sequence[Criterion]) -> Choice:
    """Choose by the criteria, in their order, on an open release.

    QueryFailed, in one line, if a predicate does not fit (criteria.py), fails, or leaves nobody.
    """
    checked = [check(con, criterion) for criterion in criteria]
    own = [one.criterion for one in checked]
    try:
        counts = con.execute(_counts(own)).fetchone() or ()
    except duckdb.Error as error:
        raise failed(error, " ".join(one.where for one in own), names_in(con)) from None
    numbers = [int(n or 0) for n in counts]
    steps = [Step(EVERYBODY, "", True, numbers[0], numbers[1])]
    for place, one in enumerate(own, start=1):
        n_patients, n_lesions = numbers[2 * place : 2 * place + 2]
        steps.append(Step(one.name, one.where, one.is_kept, n_patients, n_lesions, one.over))
    _refuse_nobody(steps)
    where = None if any(one.over == LESIONS for one in own) else _where(own, PATIENTS)
    return Choice(_patients(own), _lesions(own), tuple(steps), _outcomes(checked), where)


def _outcomes(checked: list[Checked]) -> tuple[str, ...]:
    return tuple(sorted({name for one in checked for name in one.outcomes}))


def _refuse_nobody(steps: list[Step]) -> None:
    for before, after in zip(steps, steps[1:], strict=False):
        if not after.n_patients:
            raise QueryFailed(
                f'Nobody is left: the criterion "{after.name}" removes the last {before.n_patients:,} of '
                f"{steps[0].n_patients:,} patients.",
                "Widen it, or leave it out.",
            )


def _where(criteria: Sequence[Criterion], over: str) -> str:
    own = [one.condition for one in criteria if one.over == over]
    return f"WHERE {' AND '.join(own)}" if own else ""


def _patients(criteria: Sequence[Criterion]) -> str:
    only = ""
    if any(one.over == LESIONS for one in criteria):
        only = f" SEMI JOIN (SELECT {KEY} FROM cohort.lesions {_where(criteria, LESIONS)}) USING ({KEY})"  # noqa: S608
    return f"SELECT {KEY} FROM (SELECT {KEY} FROM cohort.patients {_where(criteria, PATIENTS)}){only}"  # noqa: S608


def _lesions(criteria: Sequence[Criterion]) -> str:
    of_patients = f"SELECT {KEY} FROM cohort.patients {_where(criteria, PATIENTS)}"  # noqa: S608 (the reader's own)
    own = f"SELECT {LESION_KEY} FROM cohort.lesions {_where(criteria, LESIONS)}"  # noqa: S608
    return f"SELECT {LESION_KEY} FROM ({own}) SEMI JOIN ({of_patients}) USING ({KEY})"  # noqa: S608


def _counts(criteria: Sequence[Criterion]) -> str:
    """Return a SELECT of one row: patients and lesions in the release, then those left after each criterion."""
    names = [f"c{place}" for place in range(1, len(criteria) + 1)]
    met = [" AND ".join(["true", *names[: place + 1]]) for place in range(-1, len(criteria))]
    if all(one.over == PATIENTS for one in criteria):
        flags = "".join(f", {one.condition} AS {name}" for one, name in zip(criteria, names, strict=True))
        counts = ", ".join(f"count(*) FILTER ({m}), sum(n_lesions) FILTER ({m})" for m in met)
        return f"SELECT {counts} FROM (SELECT n_lesions{flags} FROM cohort.patients)"  # noqa: S608 (the reader's own)
    by_view = {
        view: "".join(
            f", {one.condition} AS {name}" for one, name in zip(criteria, names, strict=True) if one.over == view
        )
        for view in (PATIENTS, LESIONS)
    }
    left = "".join(f", count(*) FILTER ({m}) AS n{place}" for place, m in enumerate(met))
    counts = ", ".join(f"count(*) FILTER (n{place} > 0), sum(n{place})" for place in range(len(met)))
    return (
        f"SELECT {counts} FROM (SELECT {KEY}{left} FROM (SELECT {KEY}{by_view[LESIONS]} FROM cohort.lesions) "  # noqa: S608
        f"JOIN (SELECT {KEY}{by_view[PATIENTS]} FROM cohort.patients) USING ({KEY}) GROUP BY {KEY})"
    )
