"""Cuts each subject's time where a covariate changes: rows (start, stop], the event in the last of them.

A treatment that begins during follow-up is not known at its start. Taken as a fixed group, it gives the treated all the
time before their treatment, in which they could not die: immortal time. Cut into rows, that time counts as untreated. A
spell from day b to day e counts in (b, e]: one that begins on the day of the event counts from the day after, so that
the event is not its own, as in R's ``tmerge`` and ``Surv(start, stop, event)``. The first row of each subject begins on
the day from which it is watched; of all who are watched from the start, before day 0, so that whoever ends on it is at
risk there. Misleads where the treatment is chosen by the course of the disease: no row tells what would have happened
without it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.tidy import as_float

START, SUBJECT = "entry_days", "subject"
OF, BEGINS, ENDS = "subject", "begins", "ends"
"""The columns of spells: a position in the frame, and the days between which the covariate is 1."""


def start_stop(
    frame: pd.DataFrame,
    spells: Mapping[str, pd.DataFrame],
    *,
    time: str = "days",
    event: str = "event",
    entry: str | None = None,
) -> pd.DataFrame:
    """Return the rows of ``frame`` cut where a covariate changes, in order, each with START, ``time`` (its end),
    ``event`` (0 in all but the last of a subject), SUBJECT (its position in ``frame``) and each covariate as 0 or 1.

    ``frame`` has one row for each subject, with a time; ``spells`` per covariate OF, BEGINS and ENDS, which is missing
    where the spell goes on. Spells may overlap, and those outside a subject's time count for nothing. ``entry`` is the
    time from which a subject is watched: who has none, or ends at or before it, keeps one row, which no model counts.
    """
    last = as_float(frame[time])
    first = np.nan_to_num(as_float(frame[entry]), nan=np.inf) if entry else np.full(len(frame), -1.0)
    known = {name: _within(own, first, last) for name, own in spells.items()}
    everybody = np.arange(len(frame))
    owner = np.concatenate([everybody, *(np.repeat(own[0], 2) for own in known.values())])
    days = np.concatenate([first, *(np.column_stack(own[1:]).ravel() for own in known.values())])
    is_cut = days < last[owner]
    is_cut[: len(frame)] = True
    cuts = pd.DataFrame({"owner": owner[is_cut], "day": days[is_cut]}).drop_duplicates().sort_values(["owner", "day"])
    owner, start = cuts["owner"].to_numpy(), cuts["day"].to_numpy()
    place = pd.MultiIndex.from_arrays([owner, start])
    after = np.searchsorted(owner, everybody, side="right")
    values = {}
    for name, (of, begins, ends) in known.items():
        change = np.zeros(len(owner) + 1)
        stops = np.where(ends < last[of], place.get_indexer(pd.MultiIndex.from_arrays([of, ends])), after[of])
        np.add.at(change, place.get_indexer(pd.MultiIndex.from_arrays([of, begins])), 1.0)
        np.add.at(change, stops, -1.0)
        values[name] = (np.cumsum(change)[:-1] > 0.0).astype(float)
    is_first = np.append(True, owner[1:] != owner[:-1])[: len(owner)]
    changes = is_first.copy()
    for own in values.values():
        changes[1:] |= own[1:] != own[:-1]
    owner, start = owner[changes], start[changes]
    is_last = np.append(owner[1:] != owner[:-1], True)[: len(owner)]
    stop = np.where(is_last, last[owner], np.append(start[1:], np.nan)[: len(owner)])
    found = frame.iloc[owner].reset_index(drop=True)
    happened = np.where(is_last, as_float(found[event]), 0.0).astype(int)
    made = {START: start, time: stop, event: happened, SUBJECT: owner}
    return found.assign(**made, **{name: column[changes] for name, column in values.items()})


def _within(spells: pd.DataFrame, first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return whose each spell is, when it begins and when it ends, cut to the subject's time; others left out."""
    of = spells[OF].to_numpy(dtype=int)
    ends = as_float(spells[ENDS])
    begins = np.maximum(as_float(spells[BEGINS]), first[of])
    ends = np.minimum(np.where(np.isnan(ends), np.inf, ends), last[of])
    is_there = begins < ends
    return of[is_there], begins[is_there], ends[is_there]
