"""Subjects by number instead of by key: the place of a patient or a lesion in its table, in the order of the keys.

A key is text of some thirty bytes a row and has to be looked up wherever tables meet; a number is four bytes and is the
place itself. Tables as a release holds them, with keys, are numbered here; the warehouse hands over the tables of a
whole registry with numbers already (warehouse/derived/numbered_tables.py).

- patients: one row each, in the order of their keys; a patient's number is the row's place.
- lesions: the same, with ``patient``, the number of the lesion's patient, -1 if the patient is not among them.
- times: of one endpoint and level, with ``subject``, the number of the patient or lesion, -1 if it is not among them.
- sessions: one row per lesion treated in a session, with ``lesion`` and ``session``, numbers of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from analysis.subjects.counted import COUNT, KIND, at
from analysis.tidy import as_float

PATIENT_KEY = ("site", "patient_id")
LESION_KEY = (*PATIENT_KEY, "lesion_id")
SESSION_KEY = (*PATIENT_KEY, "session_id")
PATIENT, LESION, SESSION, SUBJECT = "patient", "lesion", "session", "subject"
_SEPARATOR = "\x1f"  # no identifier holds a control character


class Times(Protocol):
    """The rows of time_to_event: counted, or those of one endpoint, for all of them would not fit into memory."""

    def __call__(self, endpoint: str, level: str) -> pd.DataFrame:
        """Return those of one endpoint and level that have a time: subject, days, event."""

    def counted(self, level: str, kinds: np.ndarray, nobody: int, only: str = "") -> pd.DataFrame:
        """Return those of all endpoints of a level, or of ``only`` one, that have a time, equal ones counted together:
        endpoint, days, event, kind, count. ``kinds`` says which kind each subject is of, ``nobody`` that of a subject
        who is not among them. The rows of equal subjects may be several.
        """

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """Return (endpoint, level) of all, in order, and whether an event competes with it."""


class TimesOfFrame:
    """Times from a frame that holds all of them with their keys, and the tables that their subjects are in."""

    def __init__(self, rows: pd.DataFrame, patients: pd.DataFrame, lesions: pd.DataFrame):
        self._rows = rows
        self._subjects = {"patient": keys(patients, PATIENT_KEY), "lesion": keys(lesions, LESION_KEY)}

    def __call__(self, endpoint: str, level: str) -> pd.DataFrame:
        """Return those of one endpoint and level that have a time: subject, days, event."""
        return self._of(level, endpoint)[[SUBJECT, "days", "event"]]

    def counted(self, level: str, kinds: np.ndarray, nobody: int, only: str = "") -> pd.DataFrame:
        """Return those of all endpoints of a level, or of ``only`` one, each row as one: Times.counted."""
        rows = self._of(level, only)
        more: dict[str, Any] = {KIND: at(kinds, rows[SUBJECT].to_numpy(), nobody), COUNT: 1}
        return rows[["endpoint", "days", "event"]].assign(**more)

    def _of(self, level: str, only: str = "") -> pd.DataFrame:
        rows = self._rows
        is_own = (rows["level"] == level) & rows["days"].notna()
        own = rows[is_own & (rows["endpoint"] == only) if only else is_own]
        subject = self._subjects[level].get_indexer(keys(own, PATIENT_KEY if level == "patient" else LESION_KEY))
        columns = own[["endpoint", "days", "event"]].astype({"endpoint": "category"}).reset_index(drop=True)
        return columns.assign(**{SUBJECT: subject})

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """Return (endpoint, level) of all, in order, and whether a subject of it has a competing event."""
        competes = self._rows[["endpoint", "level"]].assign(competes=as_float(self._rows["event"]) > 1.0)
        found = competes.drop_duplicates().groupby(["endpoint", "level"], as_index=False)["competes"].max()
        rows = found.to_numpy(dtype=object)
        return [((str(endpoint), str(level)), bool(is_competing)) for endpoint, level, is_competing in rows]


def keys(frame: pd.DataFrame, key: Sequence[str]) -> pd.Index:
    """Return the key of each row as one text."""
    if not len(frame):
        return pd.Index([], dtype=object)
    joined = frame[key[0]].to_numpy(dtype=object)
    for name in key[1:]:
        joined = joined + _SEPARATOR + frame[name].to_numpy(dtype=object)
    return pd.Index(joined)


def in_order(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Return the rows in the order of their keys, numbered from 0."""
    return frame.sort_values(list(key), kind="stable", ignore_index=True) if len(frame) else frame


def numbered_lesions(lesions: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    """Return lesions in order with ``patient``, the number of each lesion's patient."""
    own = in_order(lesions, LESION_KEY)
    return own.assign(**{PATIENT: keys(patients, PATIENT_KEY).get_indexer(keys(own, PATIENT_KEY))})


def numbered_sessions(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return sessions with ``lesion`` and ``session``, in the order of their keys."""
    numbers = {name: _ranks(sessions, key) for name, key in ((LESION, LESION_KEY), (SESSION, SESSION_KEY))}
    return sessions.assign(**numbers)


def _ranks(frame: pd.DataFrame, key: Sequence[str]) -> np.ndarray:
    return np.asarray(pd.factorize(keys(frame, key), sort=True)[0])
