"""Regression tables as they leave: counts, and ratios so short that no table of counts is found by trying them out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.declared_models import COX_MODELS, LOGISTIC_MODELS, STUDY_COVARIATES
from analysis.removals import untold
from analysis.report.numbers import is_missing
from analysis.subjects.analysis_frames import FACTORS
from analysis.tidy import UNKNOWN
from disclosure.levels import Key, Level, event_key, model_key, n_key
from schemas.disclosure import RESIDUAL_DF_LEAST, SIGNIFICANT_DIGITS, Mode

MODEL_TABLES = ("cox", "logistic", "fine_gray", "lesion_models")
RATIOS = ("hazard_ratio", "odds_ratio", "subdistribution_hazard_ratio")
TAKEN_OUT = ("coef", "std_error", "ph_chi2")
"""Columns whose digits would say more than the ratio's."""
_ROUNDED = ("estimate", "lower", "upper", "p_value", "ph_p_value")
_KNOWN_NUMBERS = ("fewer than ", "over ")
"""Notes that name a limit of the method; any other note with a number names a count, and is left out."""
_COVARIATES = {model.name: model.covariates for model in (*COX_MODELS, *LOGISTIC_MODELS)}

Counts = Mapping[tuple[str, Key], int]
Covariates = Callable[[Mapping[str, Any]], tuple[str, ...]]
"""The covariates of the model of a row; none if the model does not leave."""


def shared_models(
    table: pd.DataFrame,
    counts: Counts,
    levels: Mapping[str, Level],
    mode: Mode,
    covariates_of: Covariates,
    numbers: Collection[str] = (),
) -> pd.DataFrame:
    """Return the rows of the models that may leave.

    A model leaves if its subjects and events leave, with at least 10 subjects more than terms; a term, if size and
    events of every group of its factor leave, since its interval tells how many events they had. A term among `numbers`
    has no groups. Ratios, limits and p-values are rounded to two significant digits.
    """
    kept = []
    for _, part in table.groupby(["endpoint", "level", "model", "cohort", "analysis"], sort=False):
        for own in _alone(part):
            covariates = covariates_of({str(name): value for name, value in own.iloc[0].items()})
            terms = {str(term) for term in own["term"]}
            if own["analysis"].iloc[0] == "univariable":
                covariates = tuple(term for term in covariates if term in terms)
            if covariates:
                kept.append(_model(own, counts, levels, mode, covariates, numbers))
    kept = [own for own in kept if own is not None]
    return pd.concat(kept, ignore_index=True).astype(table.dtypes) if kept else table.iloc[:0]


def declared_covariates(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the covariates of a model of the release; none of one of some patients, or of other columns."""
    covariates = tuple(_COVARIATES.get(str(row["model"]), STUDY_COVARIATES))
    return covariates if set(covariates) <= set(FACTORS) and row["cohort"] == "all" else ()


def _alone(part: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the models of one analysis: univariable ones are one for each term, and their tests follow their term."""
    if part["analysis"].iloc[0] != "univariable":
        return [part]
    term = part["term"].where(part["term"].astype(str) != "").ffill()
    return [own for _, own in part.groupby(term, sort=False)]


def _model(
    part: pd.DataFrame,
    counts: Counts,
    levels: Mapping[str, Level],
    mode: Mode,
    covariates: tuple[str, ...],
    numbers: Collection[str],
) -> pd.DataFrame | None:
    first = part.iloc[0]
    endpoint, level, cohort = (str(first[name]) for name in ("endpoint", "level", "cohort"))
    keys = [(level, model_key(what, endpoint, level, cohort, covariates)) for what in ("n", "event")]
    shown = [
        name
        for name in covariates
        if name in numbers or groups_leave(counts, levels[level].strata(endpoint, level, name), endpoint, level, name)
    ]
    if any(key not in counts for key in keys) or not shown:
        return None
    n, n_events = (counts[key] for key in keys)
    n_terms = int(part["quantity"].isin(RATIOS).sum())
    if n - n_terms < RESIDUAL_DF_LEAST or any(mode.rounded(int(v)) != n for v in part["n"].dropna()):
        return None
    return _rounded(part[part["term"].astype(str).isin(["", *shown])], n, n_events)


def groups_leave(
    counts: Counts, strata: Sequence[str], endpoint: str, level: str, covariate: str, cause: int = 1
) -> bool:
    """Return whether size and events of each known group of the factor leave, of two at least."""
    known = [stratum for stratum in strata if stratum != UNKNOWN]
    keys = [n_key(endpoint, level, covariate, stratum) for stratum in known]
    keys += [event_key(endpoint, level, covariate, stratum, cause) for stratum in known]
    return len(known) > 1 and all((level, key) in counts for key in keys)


def _rounded(part: pd.DataFrame, n: int, n_events: int) -> pd.DataFrame:
    made = part.copy()
    per_variable = made["n_events"].astype(float) / made["events_per_variable"].astype(float)
    made["events_per_variable"] = n_events / per_variable.round()
    made["n"], made["n_events"] = n, n_events
    for name in _ROUNDED:
        if name in made:
            made[name] = [digits(value) for value in made[name]]
    is_ratio = made["quantity"].isin(RATIOS)
    made.loc[~is_ratio, "estimate"] = np.nan
    for name in TAKEN_OUT:
        if name in made:
            made[name] = np.nan
    made["note"] = [without_counts(str(note)) for note in made["note"]]
    return made


def digits(value: object) -> float:
    """Return the number with two significant digits; NaN for none.

    >>> digits(0.01738), digits(3.9986), digits(None)
    (0.017, 4.0, nan)
    """
    if is_missing(value):
        return float("nan")
    return float(f"{float(str(value)):.{SIGNIFICANT_DIGITS}g}")


def without_counts(note: str) -> str:
    """Return a note without the parts that name a count, and without telling removals from deaths.

    >>> without_counts("compared with the 51 in whom none is mutant; fewer than 10 events per variable")
    'fewer than 10 events per variable'
    """
    parts = [part for part in untold(note).split("; ") if part]
    return "; ".join(
        part for part in parts if part.startswith(_KNOWN_NUMBERS) or not any(letter.isdigit() for letter in part)
    )
