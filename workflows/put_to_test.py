"""Tests a published model and published claims on the patients of an open release, or of a cohort of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from schemas.thresholds import TEST_MONTHS
from warehouse.cohorts.attrition import Choice, choose
from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.published_form import PublishedFile, PublishedModel, months_of
from warehouse.cohorts.subjects import Question, check_question, each_subject
from warehouse.cohorts.terms import Term
from warehouse.derived.endpoint_definitions import definitions_of
from workflows.cohort_estimates.asked import caution_of_outcomes, does_compete
from workflows.cohort_estimates.models import PATIENT_KEY
from workflows.plan_checks import columns_of_condition
from workflows.published_checks import read_terms
from workflows.published_claims import Claimed, claims_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from analysis.validation.performance import Scored

WHOLE = "all"
AS_COMPETING = {
    "hazard": "C and slope take it as censored, risks as competing",
    "incidence": "it competes in the model's ratios too",
}
"""What the ratios of a model are of -> how its figures take a competing event."""


@dataclass(frozen=True)
class ModelTested:
    """A model's figures (``table``), whom it was tested on, and for drawings the subjects with their scores."""

    table: "pd.DataFrame"
    n: int
    n_events: int
    n_left_out: int
    missing: str
    deaths: tuple[str, ...]
    scored: "Scored | None"
    months: tuple[float, ...]
    keys: "pd.DataFrame"


@dataclass(frozen=True)
class FileTested:
    """What came of a file: its model's figures if it states a model, and its claims beside the registry's figures
    (`claims` as a table of `claimed`).
    """

    model: ModelTested | None
    claims: "pd.DataFrame"
    claimed: Claimed


def put_to_test(con: duckdb.DuckDBPyConnection, file: PublishedFile, criteria: Sequence[Criterion] = ()) -> FileTested:
    """Test what a file states on the patients who meet the criteria. QueryFailed if the release lacks what it needs."""
    from analysis.validation.claims import claims_table

    choice = choose(con, criteria)
    model = _model(con, choice, file.model) if file.model else None
    claimed = claims_of(con, criteria, file.claims)
    return FileTested(model, claims_table(claimed.rows), claimed)


def _model(con: duckdb.DuckDBPyConnection, choice: Choice, model: PublishedModel) -> ModelTested:
    import pandas as pd

    from analysis.validation.cutoff import by_cutoff
    from analysis.validation.performance import Scored, performance

    question = Question(model.endpoint, model.level)
    check_question(con, question)
    frame = each_subject(con, choice, question, read_terms(model))
    competes = does_compete(con, question)
    values = [frame[f"score_{place}"].to_numpy(dtype=float, na_value=float("nan")) for place in range(len(model.terms))]
    score, known = _scores(model, values)
    own = frame[known].reset_index(drop=True)
    missing = ", ".join(
        f"{term.name}: {int((~_is_finite(one)).sum())}"
        for term, one in zip(model.terms, values, strict=True)
        if not _is_finite(one).all()
    )
    score = score[known]
    cluster = pd.factorize(pd.MultiIndex.from_frame(own[list(PATIENT_KEY)]))[0]
    causes = own["event"].to_numpy(dtype=int)
    months = months_of(model, TEST_MONTHS)
    scored = Scored(
        own["days"].to_numpy(dtype=float),
        causes if competes else (causes == 1).astype(int),
        score,
        cluster,
        model.level == "lesion",
        competes,
        _risks(model, score),
        model.of,
    )
    labels = {"endpoint": model.endpoint, "level": model.level, "model": "published", "cohort": WHOLE}
    note = _cautions(choice, model)
    table = performance(scored, months, labels, note)
    if model.cutoff is not None:
        table = pd.concat([table, by_cutoff(scored, model.cutoff, months, labels, note)], ignore_index=True)
    return ModelTested(
        table,
        len(own),
        scored.n_events,
        len(frame) - len(own),
        missing,
        _deaths(model, competes=competes),
        scored,
        months,
        own[[name for name in frame.columns if name in (*PATIENT_KEY, "lesion_id")]],
    )


def _scores(model: PublishedModel, values: "list[np.ndarray]") -> "tuple[np.ndarray, np.ndarray]":
    """Return each subject's score, and who has one."""
    import numpy as np

    coefficients = [
        float(np.log(term.ratio)) if term.ratio is not None else float(term.coefficient or 0.0) for term in model.terms
    ]
    score = sum(
        coefficient * (one - term.center)
        for coefficient, term, one in zip(coefficients, model.terms, values, strict=True)
    )
    return np.asarray(score), np.isfinite(score)


def _is_finite(values: "np.ndarray") -> "np.ndarray":
    import numpy as np

    return np.isfinite(values)


def _risks(model: PublishedModel, score: "np.ndarray") -> "dict[float, np.ndarray]":
    """Return the risk by each time of the baseline: 1 - S0(t) to the power exp(score)."""
    import numpy as np

    if model.baseline is None:
        return {}
    ratio = np.exp(score - model.baseline.score)
    return {month: 1.0 - free**ratio for month, free in zip(model.baseline.months, model.baseline.free, strict=True)}


def _deaths(model: PublishedModel, *, competes: bool) -> tuple[str, ...]:
    """Say what competes with the endpoint, in the words of its definition, and how the figures take it."""
    own = [one for one in definitions_of(model.endpoint) if one.level == model.level]
    competing = own[0].header["competing"] if own else ("death" if competes else "none")
    return (f"competing event: {competing}", *([AS_COMPETING[model.of]] if competes else []))


def _cautions(choice: Choice, model: PublishedModel) -> str:
    """Warn of a cohort that is chosen by what is known only later, and of a score that is made of it."""
    columns = [term.column for term in model.terms if term.column]
    columns += [name for term in model.terms if term.when for name in columns_of_condition(term.when, term.name)]
    found = [caution_of_outcomes([Term(column=name) for name in columns])]
    if choice.outcomes:
        found.append(f"the cohort is chosen by {', '.join(choice.outcomes)}, known only after the ablation: biased")
    return "; ".join(part for part in found if part)
