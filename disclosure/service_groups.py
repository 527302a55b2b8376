"""Whom each count of volumes counts: sessions by centre, quarter and modality, patients and lesions by centre.

A session belongs to one centre and, by its first day, to one quarter; by modality it belongs to each that one of its
lesions was treated with, so sessions with several are groups of their own that no table prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd

from analysis.service.volumes import COLUMNS
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.numbered_frames import SESSION
from analysis.tidy import stratum_labels, tidy
from disclosure.levels import (
    COST_CELL,
    COST_GROUP,
    COST_WHOLE,
    LESION_LEVEL,
    PATIENT_LEVEL,
    SESSION_LEVEL,
    Key,
    Level,
)

VOLUME = "volume"
"""First word of the keys."""
MOST_CELLS = 400
"""Of more centres by quarters, only sums leave: a solver's seconds, and nearly all such cells would be small."""
COUNTS = {SESSION_LEVEL: "n_sessions", LESION_LEVEL: "n_lesions", PATIENT_LEVEL: "n_patients"}
BETWEEN = "+"
Counts = Mapping[tuple[str, Key], int]


def volume_key(site: str = "", modality: str = "", quarter: str = "") -> Key:
    """Return the key of those treated at a centre, with a modality, in a quarter; empty for all."""
    return (VOLUME, site, modality, quarter)


def add_volumes(levels: Mapping[str, Level], registry: AnalysisFrames) -> None:
    """Add the groups of analysis.service_volumes that can leave. ``registry.sessions`` has modality."""
    for level, frame in ((PATIENT_LEVEL, registry.patients), (LESION_LEVEL, registry.lesions)):
        own = levels[level]
        sites = stratum_labels(frame["site"]) if len(frame) else np.empty(0, dtype=object)
        _add_parts(own, volume_key(), {volume_key(str(site)): sites == site for site in np.unique(sites.astype(str))})
    _add_sessions(levels[SESSION_LEVEL], registry.sessions)


def _add_parts(own: Level, whole: Key, parts: Mapping[Key, np.ndarray], cost: float = COST_GROUP) -> None:
    """Add everybody, and the groups of which each is in one."""
    own.add(whole, np.ones(own.n_subjects, dtype=bool), COST_WHOLE)
    for key, members in parts.items():
        own.add(key, members, cost)
    own.sums.append((whole, list(parts), ""))


def _add_sessions(own: Level, rows: pd.DataFrame) -> None:
    if not len(rows):
        return
    number = rows[SESSION].to_numpy()
    site = np.empty(own.n_subjects, dtype=object)
    site[number] = stratum_labels(rows["site"])
    quarter = _quarters(pd.to_datetime(rows["session_date"], cache=False).groupby(number, sort=True).min())
    sites, quarters = sorted(set(site)), sorted(set(quarter))
    _add_parts(own, volume_key(), {volume_key(name): site == name for name in sites})
    _add_parts(own, volume_key(), {volume_key(quarter=name): quarter == name for name in quarters}, COST_CELL)
    if len(sites) * len(quarters) <= MOST_CELLS:
        for name, when in product(sites, quarters):
            own.add(volume_key(name, quarter=when), (site == name) & (quarter == when))
        for name in sites:
            own.sums.append((volume_key(name), [volume_key(name, quarter=when) for when in quarters], ""))
        for when in quarters:
            own.sums.append((volume_key(quarter=when), [volume_key(name, quarter=when) for name in sites], ""))
    _add_modalities(own, site, _combined(own, number, stratum_labels(rows["modality"])))


def _quarters(days: pd.Series) -> np.ndarray:
    named = zip(days.dt.year.tolist(), days.dt.quarter.tolist(), strict=True)
    return np.array([f"{year}-Q{quarter}" for year, quarter in named], dtype=object)


def _combined(own: Level, number: np.ndarray, modality: np.ndarray) -> np.ndarray:
    """Return the modalities of each session, joined."""
    names = sorted(set(modality))
    pattern = np.zeros(own.n_subjects, dtype=np.int64)
    for bit, name in enumerate(names):
        pattern[np.unique(number[modality == name])] |= 1 << bit
    words = {
        code: BETWEEN.join(name for bit, name in enumerate(names) if code >> bit & 1) for code in np.unique(pattern)
    }
    return np.array([words[code] for code in pattern.tolist()], dtype=object)


def _add_modalities(own: Level, site: np.ndarray, together: np.ndarray) -> None:
    """Add each modality, of all and by centre, as the sum of the combinations that it is in."""
    found, sites = sorted(set(together)), sorted(set(site))
    modalities = sorted({name for one in found for name in one.split(BETWEEN)})
    for one in found:
        parts = [own.hide(_combination(one, name), (together == one) & (site == name)) for name in sites]
        own.sums.append((own.hide(_combination(one), together == one), parts, ""))
    for name in ("", *sites):
        here = (site == name) | (name == "")
        own.sums.append((volume_key(name), [_combination(one, name) for one in found], ""))
        for modality in modalities:
            inside = [one for one in found if modality in one.split(BETWEEN)]
            own.add(volume_key(name, modality), np.isin(together, inside) & here)
            own.sums.append((volume_key(name, modality), [_combination(one, name) for one in inside], ""))


def _combination(together: str, site: str = "") -> Key:
    return ("volumes of sessions", site, together)


def shared_volumes(levels: Mapping[str, Level], counts: Counts) -> pd.DataFrame:
    """Return the volumes from the counts that leave: a suppressed one is missing. No operator, and no count of one
    quarter and modality at once.
    """
    keys = sorted({key[1:] for level in levels.values() for key in level.members if key[0] == VOLUME})
    rows = []
    for site, modality, quarter in keys:
        key = volume_key(site, modality, quarter)
        row = {"site": site, "modality": modality, "session_quarter": quarter}
        rows.append(row | {name: counts.get((level, key)) for level, name in COUNTS.items()})
    return tidy(rows, COLUMNS)
