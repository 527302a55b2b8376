"""Removals of treated areas, and how an estimate that censors what competes with its event says so.

A removal (resection that names the lesion, or transplant) is named only where somebody has one: a registry without
treatments says of its estimates what it said before there were any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Events = np.ndarray | pd.Series[Any]

REMOVED = 3
"""The event of a subject whose treated area was removed."""
DEATHS = "deaths"
WITH_REMOVALS = f"{DEATHS} and removals of the treated area"
CAUSE_SPECIFIC = "cause-specific: "


def are_in(events: Events) -> bool:
    """Return whether an area was removed among these events."""
    return bool((events == REMOVED).any())


def competitors(events: Events) -> str:
    """Return what competes with LTP among these events: deaths, and removals where there are any."""
    return WITH_REMOVALS if are_in(events) else DEATHS


def censored(events: Events) -> str:
    """Return what an estimate of LTP alone censors.

    >>> import numpy as np
    >>> censored(np.array([0, 1, 2])), censored(np.array([0, 3]))
    ('deaths censored', 'deaths and removals of the treated area censored')
    """
    return f"{competitors(events)} censored"


def cause_specific(events: Events) -> str:
    """Return the note of a model of the hazard of LTP alone."""
    return CAUSE_SPECIFIC + censored(events)


def untold(text: str) -> str:
    """Return a text that does not tell removals from deaths, as outputs under disclosure control count both as one.

    >>> untold("cause-specific: deaths and removals of the treated area censored")
    'cause-specific: deaths censored'
    """
    return text.replace(WITH_REMOVALS, DEATHS)


def beside_deaths(name: str, method: str) -> str:
    """Return the name of a figure with removals beside deaths, if its method has them so."""
    return name.replace(DEATHS, WITH_REMOVALS) if WITH_REMOVALS in method else name
