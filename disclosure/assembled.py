"""Put the groups of a shared set, and of those that left before, together as cells of one system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from disclosure.cells import Cells
from disclosure.levels import ATOM, STEP, Key, Level, whole_key
from schemas.disclosure import Mode

_SUBJECTS_AT_ONCE = 50_000
_MOST_CUTS = 62
"""Groups of one name that cut each other: bits of a number; outputs with more steps than that have others left."""
_INNER = (ATOM,)
"""Kinds of groups that exclude each other and make up others: their differences are said by the sums."""


@dataclass(frozen=True)
class Earlier:
    """A level of an output that left: its groups among today's subjects (and those gone since), and what left of them.

    `left`: key -> the least and the largest count that what left stands for; keys that were suppressed are not in it.
    `small`: the largest small count of its mode. `is_joint`: whether its tables are solved together with
    today's, exactly; otherwise each of its counts is compared with each of today's.
    """

    level: Level
    left: Mapping[Key, tuple[int, int]]
    small: int
    is_joint: bool = True


@dataclass
class Assembled:
    """The cells of all levels, and where each group's count is among them: (level, key) -> place."""

    cells: Cells = field(default_factory=Cells)
    places: dict[tuple[str, Key], int] = field(default_factory=dict)


Placed = tuple[Level, Mapping[Key, int]]
"""An output's groups, and where each one's count is among the cells."""


def assemble(
    levels: Mapping[str, Level], mode: Mode, earlier: Mapping[str, Iterable[Earlier]] | None = None
) -> Assembled:
    """Return the system of today's groups; with `earlier`, by level, of what left before as well."""
    made = Assembled()
    for name, level in levels.items():
        _Builder(made, name, mode).add(level, list((earlier or {}).get(name, ())))
    return made


class _Builder:
    """Adds one level: equal groups but small ones as one cell, sums as declared, small differences of nested groups."""

    def __init__(self, made: Assembled, name: str, mode: Mode) -> None:
        self.made, self.name, self.mode = made, name, mode
        self.same: dict[tuple[str, str], str] = {}
        self.by_members: dict[bytes, int] = {}
        self.masks: dict[int, np.ndarray] = {}

    def add(self, level: Level, earlier: list[Earlier]) -> None:
        """Add today's groups, then those of earlier outputs, then what can be subtracted."""
        for own in (*(one.level for one in reversed(earlier)), level):
            self.same |= own.same  # of an event that two outputs know, today's says what it is
        today = {
            key: self._place(level, key, members, level.costs[key], is_hidden=key in level.hidden)
            for key, members in level.members.items()
        }
        self.made.places |= {(self.name, key): place for key, place in today.items() if key not in level.hidden}
        self._sums(level, today)
        outputs: list[Placed] = [(level, today)]
        for one in earlier:
            if not one.is_joint:
                self._mark_close(one)
                continue
            places = {
                key: self._place(one.level, key, members, 0.0, is_hidden=True)
                for key, members in one.level.members.items()
            }
            for key, place in places.items():
                if key in one.left:
                    known, (least, largest) = self.made.cells.known, one.left[key]
                    before = known.get(place, (least, largest))
                    known[place] = (max(before[0], least), min(before[1], largest))
                elif 1 <= self.made.cells.values[place] <= one.small:
                    self.made.cells.kept.add(place)
            self._sums(one.level, places)
            outputs.append((one.level, places))
        self._regions(outputs)
        self._differences()

    def _place(self, level: Level, key: Key, members: np.ndarray, cost: float, *, is_hidden: bool) -> int:
        cells = self.made.cells
        is_small = members.sum() <= self.mode.small  # nobody outside can know that two small groups are the same
        packed = b"" if is_small else self._identity(level, key) + b"\n" + np.packbits(members).tobytes()
        if packed and packed in self.by_members:
            place = self.by_members[packed]
            if not is_hidden:
                cells.costs[place] = max(cells.costs[place], cost)
                cells.hidden[place] = False
            return place
        place = cells.add(f"{self.name}: {' '.join(key)}", int(members.sum()), cost, is_hidden=is_hidden)
        if packed:
            self.by_members[packed] = place
            if key[0] not in _INNER:
                self.masks[place] = members
        return place

    def _identity(self, level: Level, key: Key) -> bytes:
        name, of = level.identity(key, self.same)
        return name.encode() + b"\n" + (np.packbits(level.members[of]).tobytes() if of in level.members else b"")

    def _sums(self, level: Level, places: Mapping[Key, int]) -> None:
        cells = self.made.cells
        done = set(cells.relations)
        for total, parts, rest in level.sums:
            own = [places[key] for key in parts]
            n_left = level.count(total) - sum(level.count(key) for key in parts)
            relation = (places[total], tuple(own))
            if (n_left == 0 and relation in done) or places[total] in own:  # the same subjects
                continue
            cells.sum_of(places[total], own, rest if n_left else "")
            done.add(relation)

    def _regions(self, outputs: list[Placed]) -> None:
        """Add who came to a group of the same name, or went, or is in several outputs at once: each part of what the
        outputs' groups cover is nobody or more. So all patients, men and women of three outputs say who is neither.
        """
        if len(outputs) < 2:
            return
        groups: dict[Key, dict[bytes, tuple[int, np.ndarray]]] = {}
        for level, places in outputs:
            for key, place in places.items():
                if key[0] not in _INNER and (members := level.members[key]).any():
                    name = whole_key(self.name) if key[0] == STEP else key
                    groups.setdefault(name, {}).setdefault(np.packbits(members).tobytes(), (place, members))
        for key, found in sorted(groups.items()):
            own = dict(islice(found.items(), _MOST_CUTS))
            if len(own) > 1:
                self._parts_of(key, own)

    def _parts_of(self, key: Key, groups: Mapping[bytes, tuple[int, np.ndarray]]) -> None:
        """Add the parts into which groups (place, members) cut each other, and each group as the sum of its parts."""
        cells = self.made.cells
        pattern = np.zeros(len(next(iter(groups.values()))[1]), dtype=np.int64)
        for bit, (_, members) in enumerate(groups.values()):
            pattern |= members.astype(np.int64) << bit
        parts = {}
        for number, size in zip(*np.unique(pattern[pattern > 0], return_counts=True), strict=True):
            same = groups.get(np.packbits(pattern == number).tobytes())
            name = f"{self.name}: {' '.join(key)}: came or went"
            parts[int(number)] = same[0] if same else cells.add(name, int(size), is_hidden=True)
        for bit, (place, _) in enumerate(groups.values()):
            own = [part for number, part in parts.items() if number >> bit & 1]
            if own != [place]:
                cells.sum_of(place, own)

    def _mark_close(self, one: Earlier) -> None:
        """Mark today's cells that differ from a count that left by a small group, one of the two inside the other."""
        cells, small = self.made.cells, self.mode.small
        own = [place for place in self.masks if cells.values[place] > small and not cells.hidden[place]]
        left = [one.level.members[key] for key in one.left]
        masks = [self.masks[place] for place in own] + [mask for mask in left if mask.sum() > small]
        for pair in _close(np.array([mask.sum() for mask in masks]), masks, small):
            if min(pair) < len(own) <= max(pair):
                cells.close.add(own[min(pair)])

    def _differences(self) -> None:
        """Add a hidden cell for each small difference between a group and another inside it, neither itself small."""
        cells, small = self.made.cells, self.mode.small
        places = [place for place in self.masks if cells.values[place] > small]
        sizes = np.array([cells.values[place] for place in places])
        for row, column in _close(sizes, [self.masks[place] for place in places], small):
            inner, outer = places[row], places[column]
            cells.sum_of(outer, [inner], f"{cells.names[outer]} without {cells.names[inner]}")


def _close(sizes: np.ndarray, masks: list[np.ndarray], small: int) -> Iterator[tuple[int, int]]:
    """Yield (inner, outer) for each pair of groups of which the outer has all of the inner, and 1 to `small` more."""
    if not masks:
        return
    shared = np.zeros((len(masks), len(masks)))
    for start in range(0, len(masks[0]), _SUBJECTS_AT_ONCE):
        part = np.array([mask[start : start + _SUBJECTS_AT_ONCE] for mask in masks], dtype=np.float32)
        shared += part @ part.T
    is_inside = shared == sizes[:, None]
    more = sizes[None, :] - sizes[:, None]
    rows, columns = np.nonzero(is_inside & (more >= 1) & (more <= small))
    yield from zip(rows.tolist(), columns.tolist(), strict=True)
