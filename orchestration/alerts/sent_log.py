"""Remember what each channel has alerted on: overdue deliveries once, overdue answers of a site once a day. A channel
that failed is tried again.

Kept in warehouse/alerts_sent.json.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from warehouse.intake.overdue_sites import Overdue
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import Home

SENT = "alerts_sent.json"
RETRY_AFTER = timedelta(hours=1)
"""How long to wait before a failed channel is tried again; the sensor itself runs every minute."""


@dataclass
class Channel:
    """What one channel has alerted on: deliveries as [site, export, newest delivery], and `reminded` as site -> day on
    which its overdue answers were looked at. `failed_at` is '' if it did not fail.
    """

    sent: list[list[str]] = field(default_factory=list)
    failed_at: str = ""
    reminded: dict[str, str] = field(default_factory=dict)

    def due(self, late: list[Overdue], now: datetime) -> list[Overdue]:
        """Return the late sites that it has not alerted on yet; none while it waits to be retried."""
        return [] if self._waits(now) else [one for one in late if _mark(one) not in self.sent]

    def unreminded(self, sites: set[str], now: datetime) -> set[str]:
        """Return the sites at which it has not looked today; none while it waits to be retried."""
        return set() if self._waits(now) else {site for site in sites if self.reminded.get(site) != _day(now)}

    def note_reminded(self, site: str, is_sent: bool, now: datetime) -> None:
        """Record that it looked at the site today, or failed."""
        if is_sent:
            self.reminded[site] = _day(now)
        self.failed_at = "" if is_sent else now.isoformat()

    def _waits(self, now: datetime) -> bool:
        return bool(self.failed_at) and now - datetime.fromisoformat(self.failed_at) < RETRY_AFTER

    def note(self, late: list[Overdue], is_sent: bool, now: datetime) -> None:
        """Record that it alerted on the late sites, or failed; forget sites that are no longer late."""
        marks = [_mark(one) for one in late]
        self.sent = marks if is_sent else [mark for mark in marks if mark in self.sent]
        self.failed_at = "" if is_sent else now.isoformat()


def _day(now: datetime) -> str:
    return now.date().isoformat()


def _mark(one: Overdue) -> list[str]:
    return [one.site, one.export, one.newest]


def read(home: Home, names: list[str]) -> dict[str, Channel]:
    """Return what each channel has sent; empty if the file is missing or unreadable."""
    try:
        content = json.loads((home.warehouse / SENT).read_text(encoding="utf-8"))
        if isinstance(content, list):  # the format from before channels were kept apart
            return {name: Channel(list(content)) for name in names}
        return {name: _channel(content.get(name, {})) for name in names}
    except (OSError, ValueError, TypeError, AttributeError):
        return {name: Channel() for name in names}


def _channel(kept: dict) -> Channel:
    """Version 0.1.0 wrote `told` where this one writes `sent`."""
    sent, reminded = kept.get("sent", kept.get("told", [])), kept.get("reminded", {})
    return Channel(list(sent), str(kept.get("failed_at", "")), dict(reminded))


def write(home: Home, channels: dict[str, Channel]) -> None:
    """Save what each channel has sent."""
    atomic_write(
        home.warehouse / SENT, json.dumps({name: asdict(channel) for name, channel in channels.items()}).encode()
    )
