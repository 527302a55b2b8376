"""Multiple imputation by chained equations, with statsmodels' MICEData: each incomplete column from all others in turn.

Values are drawn by predictive mean matching, so only values that occur are imputed. The outcome belongs to the
equations: the event's indicator and the Nelson-Aalen cumulative hazard at the subject's time, of each event (White and
Royston, Stat Med 2009;28:1982); without it effects are drawn towards none. Classes are numbered for the matching by
their first canonical variate with the complete columns, as R's mice (3.16) does. Misleads where values are missing for
what they are (a margin that was not measured because it looked bad).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.regression.design_matrix import is_numeric
from analysis.subjects.start_stop import START, SUBJECT
from analysis.tidy import UNKNOWN, as_float, stratum_labels, stratum_order
from schemas.thresholds import IMPUTATION_BURN_IN, IMPUTATION_DONORS, IMPUTATION_SKIP

ASSUMED = "assumed missing at random, given what is in the equations"
"""What every imputation rests on, beside its rows; a report says it in a sentence."""


def is_missing(values: pd.Series) -> np.ndarray:
    """Return which cells have no value: null, empty, unknown or not tested."""
    return ~np.isfinite(as_float(values)) if is_numeric(values) else stratum_labels(values) == UNKNOWN


def outcome_columns(
    events: np.ndarray,
    days: np.ndarray | None = None,
    entry: np.ndarray | None = None,
    course: pd.DataFrame | None = None,
    varying: Sequence[str] = (),
) -> dict[str, np.ndarray]:
    """Return the outcome for the equations: an indicator of each event and, with times, the cumulative hazard that each
    subject passed through; from ``entry`` on, if that is later than the start.

    ``course`` has the rows of start_stop.py if covariates, those of ``varying``, change during follow-up. Of each it is
    added what its coefficient is estimated from: its value at the end, and the hazard passed while it was 1.
    """
    found: dict[str, np.ndarray] = {}
    for code in np.unique(events[events > 0]):
        own = (events == code).astype(float)
        found[f"event {code:g}"] = own
        if days is None:
            continue
        hazard = nelson_aalen(days, own, entry)
        found[f"hazard {code:g}"] = hazard(days) - (0.0 if entry is None else hazard(entry))
        if course is not None:
            passed = hazard(as_float(course["days"])) - hazard(as_float(course[START]))
            for name in varying:
                with_it = passed * as_float(course[name])
                found[f"hazard {code:g}, {name}"] = np.bincount(course[SUBJECT], with_it, len(days))
    if course is not None:
        for name in varying:
            found[f"{name} at the end"] = as_float(course.groupby(SUBJECT)[name].last())
    return found


def nelson_aalen(
    days: np.ndarray, event: np.ndarray, entry: np.ndarray | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the cumulative hazard as a function of time: the sum of events over at risk until then. Who is watched
    from ``entry`` on is at risk after it.

    >>> hazard = nelson_aalen(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 1.0, 0.0, 1.0]))
    >>> hazard(np.array([0.0, 1.0, 2.5, 3.0])).round(3).tolist()
    [0.0, 0.25, 0.583, 1.583]
    """
    times, place = np.unique(days, return_inverse=True)
    at_risk = np.bincount(place)[::-1].cumsum()[::-1]
    if entry is not None:
        at_risk = at_risk - (len(entry) - np.searchsorted(np.sort(entry), times, side="left"))
    happened = np.bincount(place, weights=event)
    steps = np.divide(happened, at_risk, out=np.zeros_like(happened), where=happened > 0.0)
    hazard = np.concatenate([[0.0], np.cumsum(steps)])
    return lambda when: np.asarray(hazard[np.searchsorted(times, when, side="right")])


def completed(
    frame: pd.DataFrame,
    incomplete: Sequence[str],
    outcome: Mapping[str, np.ndarray],
    *,
    n: int,
    seed: int,
    owner: np.ndarray | None = None,
    of_owner: Sequence[str] = (),
) -> Iterator[pd.DataFrame]:
    """Yield ``n`` copies of ``frame`` in which the ``incomplete`` columns have a value in every row.

    The other columns of ``frame`` are complete, and predict together with ``outcome``. ``owner``: codes of whom each
    row belongs to; a column in ``of_owner`` is one value for all rows of an owner. The same seed gives the same values.
    """
    from statsmodels.imputation.mice import MICEData

    coded = {name: _Coded(frame[name]) for name in incomplete}
    known = _predictors(frame.drop(columns=list(incomplete)), outcome)
    scores = {name: one.scores(known) for name, one in coded.items()}
    cells = {f"x{place}": values for place, values in enumerate(known.T)}
    names = {f"v{place}": name for place, name in enumerate(incomplete)}
    cells |= {variable: scores[name] for variable, name in names.items()}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of pandas and formulas inside the library
        chain: Any = MICEData(pd.DataFrame(cells), rng=np.random.default_rng(seed))
        for variable in names:
            own = [f"C({other})" if coded[names[other]].n_levels > 2 else other for other in names if other != variable]
            predictors = [name for name in cells if name.startswith("x")] + own
            # set_imputer puts k_pmm back to its own default in every call that does not state it
            chain.set_imputer(variable, formula=" + ".join(predictors or ["1"]), k_pmm=IMPUTATION_DONORS)
        order = sorted(names, key=lambda variable: int(np.isnan(cells[variable]).sum()))
        cycles = (IMPUTATION_BURN_IN, IMPUTATION_SKIP) if len(names) > 1 else (1, 1)
        for place in range(n):
            for _ in range(cycles[0] if place == 0 else cycles[1]):
                for variable in order:
                    chain.update(variable)
                    if owner is not None and names[variable] in of_owner:
                        _tie(chain, variable, owner)
            yield frame.assign(**{name: coded[name].values(chain.data[variable]) for variable, name in names.items()})


class _Coded:
    """An incomplete column as numbers: itself, or the scores of its classes."""

    def __init__(self, values: pd.Series):
        self.is_number = is_numeric(values)
        self.is_flag = set(values.dropna().unique()) <= {True, False} and not self.is_number
        self.missing = is_missing(values)
        self.labels = np.empty(0, dtype=object) if self.is_number else stratum_labels(values)
        self.levels = [level for level in stratum_order(self.labels) if level != UNKNOWN]
        self.numbers = as_float(values) if self.is_number else np.empty(0)
        self.of_level = np.arange(len(self.levels), dtype=float)

    @property
    def n_levels(self) -> int:
        """Return how many classes there are; 0 for a number."""
        return len(self.levels)

    def scores(self, known: np.ndarray) -> np.ndarray:
        """Return the numbers that are matched, NaN where missing; classes by their canonical variate with ``known``."""
        if self.is_number:
            return np.where(self.missing, np.nan, self.numbers)
        place = np.array([self.levels.index(label) if label != UNKNOWN else -1 for label in self.labels])
        if self.n_levels > 2:
            self.of_level = canonical_scores(place[~self.missing], known[~self.missing])
        return np.where(self.missing, np.nan, self.of_level[place])

    def values(self, scores: pd.Series) -> Any:
        """Return the column with these scores as what it holds."""
        drawn = scores.to_numpy(dtype=float)
        if self.is_number:
            return drawn
        nearest = np.abs(drawn[:, None] - self.of_level[None, :]).argmin(axis=1)
        labels = np.array(self.levels, dtype=object)[nearest]
        return labels == "true" if self.is_flag else labels


def canonical_scores(place: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return a number for each class: the first canonical variate of the classes' indicators with ``known``."""
    levels = np.arange(place.max() + 1)
    indicators = (place[:, None] == levels[None, 1:]).astype(float)
    q_classes, r_classes = np.linalg.qr(indicators - indicators.mean(axis=0))
    q_known, _ = np.linalg.qr(known - known.mean(axis=0))
    first = np.linalg.svd(q_classes.T @ q_known)[0][:, 0]
    found = np.concatenate([[0.0], np.linalg.solve(r_classes, first)])
    found *= np.sign(found[np.abs(found).argmax()]) or 1.0
    apart = np.unique(found.round(9))
    return found if len(apart) == len(found) else found + 1e-6 * levels  # no two classes may share a number


def _predictors(frame: pd.DataFrame, outcome: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the complete columns and the outcome as numbers, standardised; what others determine is left out."""
    columns = list(outcome.values())
    for name in frame:
        if is_numeric(frame[name]):
            columns.append(as_float(frame[name]))
            continue
        labels = stratum_labels(frame[name])
        columns += [(labels == level).astype(float) for level in stratum_order(labels)[1:]]
    columns = [(values - values.mean()) / values.std() for values in columns if np.ptp(values) > 0.0]
    if not columns:
        return np.empty((len(frame), 0))
    matrix = np.column_stack(columns)
    correlation = matrix.T @ matrix / len(matrix)
    kept: list[int] = []
    for place in range(len(correlation)):
        block = correlation[np.ix_([*kept, place], [*kept, place])]
        if np.linalg.matrix_rank(block, tol=1e-10) == len(block):
            kept.append(place)
    return matrix[:, kept]


def _tie(chain: Any, variable: str, owner: np.ndarray) -> None:
    """Give all rows of an owner the value that was drawn for the first."""
    rows = chain.ix_miss[variable]
    _, first, own = np.unique(owner[rows], return_index=True, return_inverse=True)
    column = chain.data.columns.get_loc(variable)
    drawn = chain.data.iloc[rows, column].to_numpy()
    chain.data.iloc[rows, column] = drawn[first][own]
