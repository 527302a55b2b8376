"""What was told of overdue sites, by each way: each site once a way, and a way that failed is tried again.

What belongs here: which late sites a way has yet to tell of, and writing that down in warehouse/alerts_sent.json. What
does not: who is late (warehouse/intake/overdue_sites.py) and sending (sending.py).
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from warehouse.intake.overdue_sites import Overdue
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import Home

SENT = "alerts_sent.json"
AGAIN = timedelta(hours=1)
"""So long a way that failed is left alone: the sensor looks every minute."""


@dataclass
class Way:
    """What one way told of, as [site, export, newest delivery], and when it failed ('' where it did not)."""

    told: list[list[str]] = field(default_factory=list)
    failed_at: str = ""

    def due(self, late: list[Overdue], now: datetime) -> list[Overdue]:
        """The late sites that it has yet to tell of; none while it is left alone."""
        if self.failed_at and now - datetime.fromisoformat(self.failed_at) < AGAIN:
            return []
        return [one for one in late if _mark(one) not in self.told]

    def note(self, late: list[Overdue], is_sent: bool, now: datetime) -> None:
        """It was told of the late sites, or failed. What is not late any more is forgotten."""
        marks = [_mark(one) for one in late]
        self.told = marks if is_sent else [mark for mark in marks if mark in self.told]
        self.failed_at = "" if is_sent else now.isoformat()


def _mark(one: Overdue) -> list[str]:
    return [one.site, one.export, one.newest]


def read(home: Home, names: list[str]) -> dict[str, Way]:
    """What each way told of; nothing where nothing, or nothing legible, was written down."""
    try:
        content = json.loads((home.warehouse / SENT).read_text(encoding="utf-8"))
        if isinstance(content, list):  # as it was when all ways were one
            return {name: Way(list(content)) for name in names}
        return {name: Way(**content.get(name, {})) for name in names}
    except (OSError, ValueError, TypeError, AttributeError):
        return {name: Way() for name in names}


def write(home: Home, ways: dict[str, Way]) -> None:
    """Write it down."""
    atomic_write(home.warehouse / SENT, json.dumps({name: asdict(way) for name, way in ways.items()}).encode())
