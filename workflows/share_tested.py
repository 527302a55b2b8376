"""Lets what came of a published model or claims leave under disclosure control, and logs that it did."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.disclosure import Mode
from schemas.home_file import HomeFile
from schemas.thresholds import DAYS_PER_MONTH
from warehouse.releases.release import MANIFEST, Release
from workflows import disclosed
from workflows.disclosed import Disclosure
from workflows.put_to_test import FileTested
from workflows.share_sources import Source

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from disclosure.assembled import Earlier
    from disclosure.levels import Level
    from disclosure.shared_tested import CountedLine, TestedAsShared

PATIENT, LESION = "patient", "lesion"
KEYS = {PATIENT: ("site", "patient_id"), LESION: ("site", "patient_id", "lesion_id")}
Tables = Mapping[str, "pd.DataFrame"]


@dataclass(frozen=True)
class LeftTested:
    """The tables as they leave, what stays, and how the output is logged once its folder is complete."""

    tables: Tables
    left_out: tuple[str, ...]
    log: Callable[[Path], str]


@contextmanager
def share_tested(
    leaves: Disclosure, release: Release, file: HomeFile, cutoff: float | None, found: FileTested, tables: Tables
) -> Iterator[LeftTested]:
    """Make what leaves of the tables, while no other output can leave. ShareRefused if too few patients are behind
    them, or earlier outputs would let a small group be computed.
    """
    source = _source(found, cutoff, tables)
    with disclosed.leaving(leaves.home, None, source, leaves.mode) as left:

        def log(folder: Path) -> str:
            digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
            about = {"tested_sha256": file.sha256, "manifest_sha256": digest}
            return disclosed.log(leaves.home, release, leaves.what, leaves.mode, left, about)

        yield LeftTested(left.shared.content, tuple(left.shared.left_out), log)


def _source(found: FileTested, cutoff: float | None, tables: Tables) -> "Source[None, TestedAsShared]":
    import numpy as np

    from disclosure.levels import Level, whole_key
    from disclosure.shared_tested import groups_of_tested, shared_tested

    parts = _parts(found, cutoff, tables)
    seen: dict[str, set[tuple[str, ...]]] = {PATIENT: set(), LESION: set()}
    for part in parts:
        own = _keys(part.frame, part.level)
        seen[part.level] |= set(own)
        seen[PATIENT] |= {key[:2] for key in own}
    keys = {level: sorted(own) for level, own in seen.items() if own or level == PATIENT}
    number = {level: {key: place for place, key in enumerate(own)} for level, own in keys.items()}
    lines = [_line(part, number[part.level]) for part in parts]
    levels: dict[str, Level] = {level: Level(len(own)) for level, own in keys.items()}
    for level, groups in levels.items():
        groups.add(whole_key(level), np.ones(groups.n_subjects, dtype=bool))

    def make(
        _: None, mode: Mode, levels: "Mapping[str, Level]", earlier: "Mapping[str, Iterable[Earlier]]"
    ) -> "TestedAsShared":
        return shared_tested(tables, lines, mode, levels, earlier)

    return Source(groups_of_tested(levels, lines), keys, make, tuple(levels))


class Part(NamedTuple):
    """Whom a line of a table counts: their keys with days and event of the endpoint, by when, and whether death
    competes.
    """

    table: str
    row: int
    level: str
    endpoint: str
    frame: "pd.DataFrame"
    months: float | None
    competes: bool


def _parts(found: FileTested, cutoff: float | None, tables: Tables) -> list[Part]:
    """Return whom each line of the tables counts."""
    from analysis.report.numbers import is_missing

    parts: list[Part] = []
    if found.model is not None and found.model.scored is not None:
        scored = found.model.scored
        level = LESION if scored.is_clustered else PATIENT
        frame = found.model.keys.assign(days=scored.time, event=scored.causes)
        for place, row in enumerate(tables["performance"].to_dict("records")):
            members = _members(row, found, cutoff)
            if members is not None:
                month = None if is_missing(row["time_months"]) else float(row["time_months"])
                own = frame[members]
                parts.append(Part("performance", place, level, row["endpoint"], own, month, scored.competes))
    for group in found.claimed.groups:
        claim = tables["claims"].iloc[group.row]
        month = None if is_missing(claim["time_months"]) else float(claim["time_months"])
        competes = claim["quantity"] == "incidence"
        parts.append(Part("claims", group.row, group.level, claim["endpoint"], group.frame, month, competes))
    return parts


def _members(row: dict[Any, Any], found: FileTested, cutoff: float | None) -> "np.ndarray | None":
    """Return who of the model's subjects a line counts; None if it is one that stays."""
    import numpy as np

    from analysis.report.numbers import is_missing
    from analysis.validation import performance as names
    from analysis.validation.calibration import by_risk, cuts_of, n_groups
    from analysis.validation.cutoff import ABOVE, OBSERVED

    assert found.model is not None and found.model.scored is not None
    scored = found.model.scored
    if row["quantity"] in (names.NET_BENEFIT, names.NET_BENEFIT_OF_ALL, "hazard_ratio"):
        return None
    if row["quantity"] == OBSERVED:
        return (scored.score > float(cutoff or 0.0)) == (row["stratum"] == ABOVE)
    if row["quantity"] == names.CALIBRATION and " of " in row["stratum"] and not is_missing(row["predicted"]):
        month = float(row["time_months"])
        n_events = int(((scored.causes == 1) & (scored.time <= month * DAYS_PER_MONTH)).sum())
        cuts = cuts_of(scored.risks[month], n_groups(n_events))
        return list(by_risk(scored.risks[month], cuts))[int(row["stratum"].split(" of ")[0]) - 1]
    return np.ones(len(scored.time), dtype=bool)


def _line(part: Part, number: Mapping[tuple[str, ...], int]) -> "CountedLine":
    import numpy as np

    from disclosure.shared_tested import CountedLine, until

    places = np.array([number[key] for key in _keys(part.frame, part.level)], dtype=int)
    members = np.zeros(len(number), dtype=bool)
    members[places] = True
    order = np.argsort(places)
    days, event = (part.frame[name].to_numpy(dtype=float)[order] for name in ("days", "event"))
    about = (part.table, part.row, part.level, part.endpoint)
    return CountedLine(*about, members, days, event, until(part.months), part.competes)


def _keys(frame: "pd.DataFrame", level: str) -> list[tuple[str, ...]]:
    return list(zip(*(frame[name].astype(str) for name in KEYS[level]), strict=True))
