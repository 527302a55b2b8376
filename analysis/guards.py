"""When an estimate must not be shown, or only with a warning, and the words for it.

A guard never raises: it returns a reason, and the model writes a row with a null estimate and that reason as its note.
"""

from __future__ import annotations

from schemas.thresholds import EVENTS_PER_VARIABLE_UNRELIABLE, EVENTS_PER_VARIABLE_WARN

NO_SUBJECTS = "no subjects"
NO_EVENTS = "no events: nothing to estimate"
NO_COMPLETE_CASES = "no complete cases"
ONE_GROUP = "only one group among the complete cases: nothing to compare"
NOTHING_TO_COMPARE = "only one group: nothing to compare"
NO_VARIATION = "the same value in all complete cases: nothing to compare"
COLLINEAR = "determined by the other terms: not estimable beside them"
ALL_EVENTS = "every subject has the event: nothing to estimate"
INFINITE_REFERENCE = "the odds of the references are 0 or infinite (separation): not estimable"
NOT_SHOWN = "not shown"
NOT_CONVERGED = "the fit has no finite maximum (separation or too few events): not estimable"


def join_notes(*notes: str) -> str:
    """Join the notes that are not empty, each once, in order, with ``; ``."""
    return "; ".join(dict.fromkeys(note for note in notes if note))


def events_per_variable_note(events_per_variable: float) -> str:
    """Return a warning below 10 events per variable, a stronger one below 5, else nothing.

    >>> events_per_variable_note(7.0)
    'fewer than 10 events per variable: read with caution'
    """
    if events_per_variable < EVENTS_PER_VARIABLE_UNRELIABLE:
        return "fewer than 5 events per variable: estimates are unreliable"
    if events_per_variable < EVENTS_PER_VARIABLE_WARN:
        return "fewer than 10 events per variable: read with caution"
    return ""


def is_withheld(events_per_variable: float, show_unreliable: bool) -> bool:
    """Return whether an estimate is too unreliable to be shown and was not requested by name."""
    return events_per_variable < EVENTS_PER_VARIABLE_UNRELIABLE and not show_unreliable


def few_clusters_note(n_clusters: int, few: int) -> str:
    """Return a warning if a clustered variance rests on few clusters.

    >>> few_clusters_note(12, 40)
    'only 12 clusters: a clustered variance is too small below about 40'
    """
    return (
        f"only {n_clusters} clusters: a clustered variance is too small below about {few}" if n_clusters < few else ""
    )


NARROW_SPLINE = "95 % intervals of a clustered spline cover 92 to 93 % with 120 clusters, what they state with 600"
WHOLE_MODEL = "of the whole model: terms whose estimate is infinite are counted at their limit"
