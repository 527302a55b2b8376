"""What the morning note is made from: the difference of two releases, handed over by whoever compared them.

Here: the dataclass of the hand-over. Not here: the comparison, and how it is told (sections/morning_note.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.plan.estimate_changes import Movement

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class MorningNote:
    """What changed from release `before` to release `after` (ids).

    `before` is '' for a first release, of which `came_in` tells. `failure`: the kind of failure where comparing them
    failed. `missing_parent`: the release in between that is not kept any more. `counts`: thing, new, changed,
    withdrawn. `things`: for each of them the first rows. `new_ltp`, `endpoints`, `entries`, `deliveries`: rows, cut;
    `totals` says how many there are. `endpoint_counts`: endpoint, level, flipped, moved; `by_delivery`: the same by
    delivery. `entry_counts`: rule_id, site, new, resolved. `patients_moved`: how many patients each factor of the
    movements is about. `overdue`: place, sentence of each site that was overdue when the later release was made.
    `site_notes`: kind, place, sentence of what sites should be told since (rejected deliveries, lost columns, orphaned
    exports); `site_notes_counted`: the lesser ones in a sentence. `why_no_split`: a sentence where the movements have
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
    totals: Mapping[str, int] = field(default_factory=dict)
    movements: Sequence[Movement] = ()
    patients_moved: Mapping[str, int | None] = field(default_factory=dict)
    why_no_split: str = ""
    overdue: Rows = ()
    site_notes: Rows = ()
    site_notes_counted: str = ""
