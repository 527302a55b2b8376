"""Finds the sites whose deliveries have not come as often as their site.toml expects.

The caller gives the time: no table reads the clock. What is overdue now is shown by `registry status` and the
interface; the morning note takes the time of its release.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.exports import EXPORTS
from warehouse.archive.archive import Archive
from warehouse.intake.landing import site_configs
from warehouse.intake.site_config import ANY

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Overdue:
    """A site, or one export of it, that is overdue. `newest`: date of its newest delivery, '' where none ever came."""

    site: str
    export: str
    expected_days: int
    newest: str
    days: int

    @property
    def place(self) -> str:
        """site, or site/export."""
        return f"{self.site}/{self.export}" if self.export else self.site

    @property
    def sentence(self) -> str:
        """What is late, in words."""
        since = f"Nothing since {self.newest}" if self.newest else "Nothing ever"
        return f"{since} ({self.days:,} days); a delivery is expected every {self.expected_days:,} days."


def overdue(archive: Archive, now: datetime) -> list[Overdue]:
    """The overdue sites at `now`, by site and export. A site that never delivered counts from its first site.toml."""
    late = []
    for site, config in sorted(site_configs(archive).items()):
        for export, expected in sorted(config.expected_days.items()):
            here = [a for a in archive.arrivals if a.site == site]
            came = [a.arrived_at for a in here if a.export in ((export,) if export != ANY else EXPORTS)]
            newest = max(came, default="")
            since = datetime.fromisoformat(newest or min(a.arrived_at for a in here))
            days = (now - (since if since.tzinfo else since.replace(tzinfo=UTC))).total_seconds() / DAY_SECONDS
            if days > expected:
                late.append(Overdue(site, export, expected, newest[:10], int(days)))
    return late
