"""How deliveries add up, read a second time: one site and export, delivery by delivery, key by key.

It uses none of the warehouse's SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

Cells = tuple[str, ...]
Key = tuple[Hashable, ...]
"""("key", ...) or ("without key", cells)"""
Place = tuple[str, int]
"""Delivery and 1-based line."""


@dataclass(frozen=True)
class Shape:
    """What the replay must know of an export: its columns, its key, what of the key must be filled, and the
    columns that are compared without regard to case."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    required_key: tuple[str, ...]
    caseless: tuple[str, ...]


@dataclass(frozen=True)
class Arrival:
    """One arrival: the file's name, its rows, and the columns that it lacks; `rows` is None where the file cannot be
    read. A row has no cell of a column that its file lacks."""

    name: str
    rows: Sequence[Mapping[str, str]] | None
    lacks: frozenset[str] = frozenset()


@dataclass
class History:
    """Where every row ended. `current` maps the place of a current version to whether it carries KEY-01, `cells` to
    what it says, cells of earlier versions included."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    current: dict[Place, bool] = field(default_factory=dict)
    cells: dict[Place, Cells] = field(default_factory=dict)
    open_conflicts: set[Place] = field(default_factory=set)
    superseded: set[Place] = field(default_factory=set)
    withdrawn: set[Place] = field(default_factory=set)


def replay(
    shape: Shape,
    arrivals: Sequence[Arrival],
    mode: str,
    most: float = 0.2,
    retracted: Sequence[tuple[str, Key]] = (),
    merged: Mapping[str, str] | None = None,
) -> History:
    """The history after `arrivals`, given in the order in which they came, for mode delta or snapshot. A snapshot that
    would withdraw more than the share `most` of the keys waits and counts as none. `retracted` names deliveries and the
    keys, as delivered, that are withdrawn after each; `merged` has patients' numbers that are read as others."""
    last_keys: set[Key] = set()
    history = History()
    version: dict[Key, tuple[Cells, Place]] = {}
    conflict: dict[Key, list[Place]] = {}
    deliveries = sorted_deliveries(arrivals)
    order = [delivery for delivery, _, _ in deliveries]
    ends = sorted((order.index(delivery), key) for delivery, key in retracted)
    for number, (delivery, rows, lacks) in enumerate(deliveries):
        groups: dict[Key, list[tuple[Cells, Place]]] = {}
        keys: set[Key] = set()
        for line, row in enumerate(rows, start=1):
            as_delivered = key_of(shape, row, comparable_cells(shape, row))
            row = row | {"patient_id": (merged or {}).get(row["patient_id"].strip(), row["patient_id"])}
            cells = comparable_cells(shape, row)
            key = key_of(shape, row, cells)
            keys |= {key} if key[0] == "key" else set()
            end = next((end for end, other in ends if other == as_delivered and end >= number), None)
            key = key if end is None else ("retracted", end, as_delivered)
            groups.setdefault(key, []).append((cells, (delivery, line)))
        if mode == "snapshot" and _waits(last_keys, keys, len(rows), most):
            _retract(history, version, conflict, number)
            continue
        last_keys = keys
        counts = history.counts.setdefault(delivery, Counter(rows_received=len(rows)))
        for key, group in groups.items():
            if len({cells for cells, _ in group}) > 1:
                counts["conflicting"] += len(group)
                conflict[key] = [place for _, place in group]
                continue
            conflict.pop(key, None)
            counts["duplicate"] += len(group) - 1
            before = version.get(key)
            cells, place = group[0]
            if before is not None:
                cells = tuple(
                    old if name in lacks else new
                    for name, old, new in zip(shape.columns, before[0], cells, strict=True)
                )
            if before is not None and before[0] == cells:
                counts["unchanged"] += 1
                continue
            if before is not None:
                history.superseded.add(before[1])
            counts["new" if before is None else "changed"] += 1
            version[key] = (cells, place)
        if mode == "snapshot":
            for key in [key for key in version if key not in groups]:
                counts["keys_withdrawn"] += 1
                history.withdrawn.add(version.pop(key)[1])
            for key in [key for key in conflict if key not in groups]:
                del conflict[key]
        _retract(history, version, conflict, number)
    history.current = {place: key in conflict for key, (_, place) in version.items()}
    history.cells = {place: cells for cells, place in version.values()}
    history.open_conflicts = {place for places in conflict.values() for place in places}
    return history


def _retract(
    history: History, version: dict[Key, tuple[Cells, Place]], conflict: dict[Key, list[Place]], number: int
) -> None:
    """Withdraw what is retracted after the delivery of that number."""
    for key in [key for key in {**version, **conflict} if key[:2] == ("retracted", number)]:
        if key in version:
            history.withdrawn.add(version.pop(key)[1])
        conflict.pop(key, None)


def _waits(before: set[Key], now: set[Key], n_rows: int, most: float) -> bool:
    """Whether a snapshot withdraws so much that somebody has to confirm it: a single key may go if others stay."""
    gone = before - now
    if not gone or (n_rows and len(gone) == 1 and len(before) > 1):
        return False
    return not n_rows or len(gone) > most * len(before)


def sorted_deliveries(
    arrivals: Sequence[Arrival],
) -> list[tuple[str, Sequence[Mapping[str, str]], frozenset[str]]]:
    """Deliveries as (name with #2 and so on, rows, columns they lack) in the order that counts; a name's repeated bytes
    are none, and a file that cannot be read is an arrival without rows that count."""
    times: Counter[str] = Counter()
    last: dict[str, Arrival] = {}
    found = []
    for arrival in arrivals:
        if last.get(arrival.name) == arrival:
            continue
        last[arrival.name] = arrival
        times[arrival.name] += 1
        number = times[arrival.name]
        delivery = arrival.name if number == 1 else f"{arrival.name}#{number}"
        if arrival.rows is not None:
            found.append((arrival.name, number, delivery, arrival.rows, arrival.lacks))
    return [(delivery, rows, lacks) for _, _, delivery, rows, lacks in sorted(found, key=lambda f: f[:2])]


def comparable_cells(shape: Shape, row: Mapping[str, str]) -> Cells:
    """The row's cells, trimmed, codes and genes in one case."""
    cells = (row.get(name, "").strip() for name in shape.columns)
    return tuple(
        cell.lower() if name in shape.caseless else cell for name, cell in zip(shape.columns, cells, strict=True)
    )


def key_of(shape: Shape, row: Mapping[str, str], cells: Cells) -> Key:
    """Return the row's key; a row that lacks a required part of it has none, and is identified by its cells alone."""
    if not all(row.get(name, "").strip() for name in shape.required_key):
        return ("without key", cells)
    return ("key", *(cells[shape.columns.index(name)] for name in shape.key))
