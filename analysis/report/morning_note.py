"""What the morning note is made from: the difference between two releases, as compared elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.plan.estimate_changes import Movement

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class MorningNote:
    """What changed from release `before` to release `after` (ids).

    `before` is '' for a first release, which `came_in` describes. `failure`: the kind of failure if the comparison
    failed. `missing_parent`: the release in between, if it is no longer kept. `counts`: thing, new, changed,
    withdrawn. `things`: the first rows of each thing. `new_ltp`, `endpoints`, `entries`, `deliveries`: the first rows;
    `totals` says how many there are. `endpoint_counts`: endpoint, level, flipped, moved; `by_delivery`: the same by
    delivery. `entry_counts`: rule_id, site, new, resolved. `stated`: kind, name, site, change, file and n of what the
    registry states for itself and has changed. `patients_moved`: how many patients each factor of the
    movements concerns. `overdue`: place and sentence of each site that was overdue when the later release was made.
    `site_notes`: kind, place and sentence of what sites should learn (rejected deliveries, lost columns, orphaned
    exports); `site_notes_counted`: the lesser points in one sentence. `why_no_split`: a sentence if the movements have
    no parts.
    """

    after: str
    before: str = ""
    failure: str = ""
    missing_parent: str = ""
    is_same_code: bool = True
    came_in: Mapping[str, int] = field(default_factory=dict)
    counts: Rows = ()
    things: Mapping[str, Rows] = field(default_factory=dict)
    new_ltp: Rows = ()
    endpoint_counts: Rows = ()
    endpoints: Rows = ()
    by_delivery: Rows = ()
    entry_counts: Rows = ()
    entries: Rows = ()
    deliveries: Rows = ()
    stated: Rows = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    movements: Sequence[Movement] = ()
    patients_moved: Mapping[str, int | None] = field(default_factory=dict)
    why_no_split: str = ""
    overdue: Rows = ()
    site_notes: Rows = ()
    site_notes_counted: str = ""
