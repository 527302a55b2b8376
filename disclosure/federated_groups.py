"""What a site gives of a study that several sites make together: whom it counts, and which curves and scores leave.

A curve, or the score of a test, leaves as in a recipe's folder: where sizes and events of its groups leave, from counts
at the end of each month. Score and information of a Cox model leave where the model would (shared_models.py), and every
class of its terms; with two digits, and with follow-up only as long as more than the limit are at risk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.subjects.counted import COUNT, as_categories
from analysis.tidy import OVERALL
from disclosure.assembled import Earlier, assemble
from disclosure.levels import COST_GROUP, COST_WHOLE, Key, Level, add_outcome, event_key, n_key
from disclosure.shared_content import counts_that_leave
from disclosure.shared_frames import SharedFrames
from disclosure.shared_models import digits, groups_leave
from disclosure.suppression import suppress
from schemas.disclosure import RESIDUAL_DF_LEAST, SIGNIFICANT_DIGITS, Mode

Counts = Mapping[tuple[str, Key], int]


@dataclass(frozen=True)
class StudyPart:
    """One analysis of a study at a site: who of the level's subjects is in it (``places``), with days, event and, for
    each grouping, a label.
    """

    name: str
    endpoint: str
    level: str
    competes: bool
    places: np.ndarray
    days: np.ndarray
    event: np.ndarray
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """Return what the analysis' endpoint is called among the groups: two analyses may be of different subjects."""
        return f"{self.endpoint} of {self.name}"

    @property
    def causes(self) -> tuple[int, ...]:
        """Return the events that are counted."""
        return (1, 2) if self.competes else (1,)

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """Return the one outcome and level, and whether an event competes."""
        return [((self.outcome, self.level), self.competes)]

    def by_group(self, endpoint: str, level: str, grouping: str) -> pd.DataFrame:
        """Return days, event, `grouping` and count of its subjects."""
        assert (endpoint, level) == (self.outcome, self.level)
        frame = pd.DataFrame({"days": self.days, "event": np.minimum(self.event, 2)})
        if grouping != OVERALL:
            frame[grouping] = as_categories(pd.Series(self.groups[grouping]))
        return frame.assign(**{COUNT: 1})

    def counted(self, counts: Counts, cause: int = 0) -> int | None:
        """Return how many are in it, or had the event, as that leaves; None if it does not."""
        about = (self.outcome, self.level, OVERALL, OVERALL)
        return counts.get((self.level, event_key(*about, cause) if cause else n_key(*about)))


@dataclass(frozen=True)
class StudyCounts:
    """The counts that leave of a study, and how many of the groups' counts are suppressed."""

    content: None
    counts: dict[tuple[str, Key], int]
    levels: Mapping[str, Level]
    n_cells: int


def groups_of_study(levels: Mapping[str, Level], parts: Iterable[StudyPart]) -> dict[str, Level]:
    """Return the levels, which hold all subjects, with the groups of every analysis."""
    for part in parts:
        own = levels[part.level]
        event = np.full(own.n_subjects, -1)
        event[part.places] = np.minimum(part.event, 2) if part.competes else part.event == 1
        strata = {OVERALL: {OVERALL: event >= 0}}
        for grouping, labels in part.groups.items():
            strata[grouping] = {}
            for label in np.unique(labels.astype(str)):
                members = np.zeros(own.n_subjects, dtype=bool)
                members[part.places[labels == label]] = True
                strata[grouping][str(label)] = members
        own.same |= {(part.outcome, str(cause)): f"{part.endpoint} {cause}" for cause in part.causes}
        add_outcome(own, part.outcome, part.level, event, part.causes, strata, _cost)
    return dict(levels)


def _cost(grouping: str) -> float:
    return COST_WHOLE if grouping == OVERALL else COST_GROUP


def study_counts(
    mode: Mode, levels: Mapping[str, Level], earlier: Mapping[str, Iterable[Earlier]] | None = None
) -> StudyCounts:
    """Return the counts that leave under `mode`, alone and with what left `earlier`."""
    made = assemble(levels, mode, earlier)
    counts = counts_that_leave(made, suppress(made.cells, mode), mode)
    return StudyCounts(None, counts, levels, len(made.places))


def drawn(part: StudyPart, counts: Counts, mode: Mode, grouping: str) -> pd.DataFrame:
    """Return the subjects of the curves that leave: days (ends of months), event, `grouping`, count."""
    return SharedFrames(part, counts, mode).by_group(part.outcome, part.level, grouping)


def why_not_tested(part: StudyPart, counts: Counts, levels: Mapping[str, Level], grouping: str, cause: int) -> str:
    """Return why the score of a test does not leave, or nothing."""
    strata = levels[part.level].strata(part.outcome, part.level, grouping)
    leave = groups_leave(counts, strata, part.outcome, part.level, grouping, cause)
    return "" if leave else f"size or events of a group of {grouping} do not leave"


def why_no_model(part: StudyPart, counts: Counts, levels: Mapping[str, Level], n_terms: int) -> str:
    """Return why score and information of a model do not leave, or nothing."""
    n, n_events = part.counted(counts), part.counted(counts, 1)
    if n is None or n_events is None:
        return "the number of its subjects or events does not leave"
    if n - n_terms < RESIDUAL_DF_LEAST:
        return f"fewer than {RESIDUAL_DF_LEAST} subjects more than terms"
    for grouping in part.groups:
        for stratum in levels[part.level].strata(part.outcome, part.level, grouping):
            about = (part.outcome, part.level, grouping, stratum)
            if any((part.level, key) not in counts for key in (n_key(*about), event_key(*about))):
                return f"size or events of a group of {grouping} do not leave"
    return ""


def watched(days: np.ndarray, stratum: np.ndarray, mode: Mode) -> np.ndarray:
    """Return until which day each subject counts: as long as more than the small count of its stratum are at risk."""
    ends = np.full(len(days), -np.inf)
    for label in np.unique(stratum):
        own = np.flatnonzero(stratum == label)
        if len(own) > mode.small:
            ends[own] = np.sort(days[own])[::-1][mode.small]
    return ends


def effective_subjects(matrix: np.ndarray, coef: np.ndarray) -> float:
    """Return how many subjects decide at these coefficients: (sum r) squared over the sum of r squared.

    >>> effective_subjects(np.array([[0.0], [0.0], [40.0]]), np.array([1.0])) < 1.001
    True
    """
    linear = matrix @ coef
    ratio = np.exp(linear - linear.max(initial=0.0)) if len(linear) else np.zeros(0)
    return float(ratio.sum() ** 2 / max(float((ratio**2).sum()), 1e-300))


def rounded(values: np.ndarray) -> np.ndarray:
    """Return numbers as a mode lets them leave: with two significant digits."""
    return np.array([digits(value) for value in values.reshape(-1)]).reshape(values.shape)


def slack(values: np.ndarray) -> np.ndarray:
    """Return how far each rounded number may be from the true one.

    >>> slack(np.array([12.0, -0.31, 0.0])).tolist()
    [0.5, 0.005, 0.0]
    """
    with np.errstate(divide="ignore"):
        power = np.floor(np.log10(np.abs(values)))
    return np.where(values == 0.0, 0.0, 0.5 * 10.0 ** (np.where(values == 0.0, 0.0, power) - SIGNIFICANT_DIGITS + 1))
