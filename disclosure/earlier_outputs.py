"""What left before, set against what is about to leave: the same subjects, those who came, and those who are gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from disclosure.assembled import Earlier
from disclosure.levels import PATIENT_LEVEL, Key, Level, whole_key
from schemas.disclosure import Mode

JOINT = 2  # outputs solved together with today's; older ones are compared count by count, which costs no programme


@dataclass(frozen=True)
class Left:
    """A level of an earlier output. `subjects`: their keys; `level`: its groups of them; `left`: as in Earlier."""

    subjects: Sequence[bytes]
    level: Level
    left: Mapping[Key, tuple[int, int]]
    small: int
    n_erased: int = 0


class TooClose(ValueError):
    """An earlier output was made from nearly the same patients or lesions. `place`: which one; `n`: how many differ."""

    def __init__(self, place: int, n: int, level: str) -> None:
        super().__init__(f"an earlier output was made from nearly the same {level}s")
        self.place, self.n, self.level = place, n, level


def described(level: Level, counts: Mapping[Key, int], mode: Mode) -> dict[str, Any]:
    """Return what JSON keeps of a level, beside whom its groups hold: keys in the order of `members`, and what of them
    left (`counts`), as it left.
    """
    return {
        "keys": [list(key) for key in level.members],
        "sums": [[list(total), [list(part) for part in parts], rest] for total, parts, rest in level.sums],
        "hidden": [list(key) for key in sorted(level.hidden)],
        "same": [[*event, name] for event, name in level.same.items()],
        "left": [[list(key), max(n - mode.slack, 0), n + mode.slack] for key, n in counts.items()],
        "small": mode.small,
    }


def recalled(about: Mapping[str, Any], subjects: Sequence[bytes], members: np.ndarray, n_erased: int) -> Left:
    """Return the level that `described` wrote, with its subjects and (groups, subjects) which of them are in which."""
    level = Level(len(subjects))
    for key, mask in zip(about["keys"], members, strict=True):
        level.add(tuple(key), mask, 0.0)
    level.hidden = {tuple(key) for key in about["hidden"]}
    level.same = {(event, cause): name for event, cause, name in about["same"]}
    level.sums = [(tuple(total), [tuple(part) for part in parts], rest) for total, parts, rest in about["sums"]]
    return Left(
        subjects,
        level,
        {tuple(key): (least, largest) for key, least, largest in about["left"]},
        about["small"],
        n_erased,
    )


def whole_of(left: Left, level: str) -> set[bytes]:
    """Return the subjects whom an output is about: those of a recipe are some of the release that it counts."""
    members = left.level.members.get(whole_key(level))
    if members is None:
        return set(left.subjects)
    return {left.subjects[int(place)] for place in np.flatnonzero(members)}


def refuse_if_close(
    today: Iterable[bytes], outputs: Sequence[Mapping[str, Left]], mode: Mode, level: str = PATIENT_LEVEL
) -> None:
    """Raise TooClose if those whom an earlier output is about differ from `today` by few, but not by none."""
    own = set(today)
    for place, output in enumerate(outputs):
        if (left := output.get(level)) is not None:
            n = len(own.symmetric_difference(whole_of(left, level))) + left.n_erased
            if 1 <= n <= max(mode.small, left.small):
                raise TooClose(place, n, level)


def set_against(
    levels: Mapping[str, Level], subjects: Mapping[str, Sequence[bytes]], outputs: Sequence[Mapping[str, Left]]
) -> tuple[dict[str, Level], dict[str, list[Earlier]]]:
    """Return today's levels and, by level, the earlier outputs (oldest first), all over the same subjects: today's,
    then those who are gone.
    """
    made: dict[str, Level] = {}
    earlier: dict[str, list[Earlier]] = {}
    for name, level in levels.items():
        number = {key: place for place, key in enumerate(subjects[name])}
        own = [output[name] for output in outputs if name in output]
        for left in own:
            for key in left.subjects:
                number.setdefault(key, len(number))
        made[name] = _over(level, np.arange(level.n_subjects), len(number))
        earlier[name] = [
            Earlier(
                _over(left.level, np.array([number[key] for key in left.subjects], int), len(number)),
                left.left,
                left.small,
                is_joint=place >= len(own) - JOINT,
            )
            for place, left in enumerate(own)
        ]
    return made, earlier


def _over(level: Level, places: np.ndarray, n_subjects: int) -> Level:
    """Return the level over more subjects, its own at `places`."""
    made = Level(n_subjects, costs=dict(level.costs), hidden=level.hidden, same=level.same, sums=list(level.sums))
    for key, members in level.members.items():
        made.members[key] = np.zeros(n_subjects, dtype=bool)
        made.members[key][places[members]] = True
    # a sum need not hold for those who are left after an erasure; its rest is what it leaves, never less than nobody
    made.sums = [one for one in made.sums if level.count(one[0]) >= sum(level.count(key) for key in one[1])]
    return made
