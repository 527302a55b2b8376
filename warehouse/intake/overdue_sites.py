"""Finds the sites that deliver less often than their site.toml expects.

The caller passes the time, so no table depends on the clock: `registry status` and the interface use the present, the
morning note uses the time of its release.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.exports import EXPORTS
from warehouse.archive.archive import Archive
from warehouse.intake.configs_in_force import site_configs
from warehouse.intake.deliveries import site_deliveries
from warehouse.intake.site_config import ANY

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Overdue:
    """A site, or one export of it, that is overdue. `newest` is the date of its newest delivery, or ''."""

    site: str
    export: str
    expected_days: int
    newest: str
    days: int

    @property
    def place(self) -> str:
        """Return site, or site/export."""
        return f"{self.site}/{self.export}" if self.export else self.site

    @property
    def sentence(self) -> str:
        """Return one sentence that says what is late."""
        since = f"No delivery since {self.newest}" if self.newest else "No delivery yet"
        return f"{since} ({self.days:,} days); one is expected every {self.expected_days:,} days."


def overdue(archive: Archive, now: datetime) -> list[Overdue]:
    """Return what is overdue at `now`, by site and export. If none ever came, count from the site's first arrival."""
    late, deliveries = [], site_deliveries(archive)
    for site, config in sorted(site_configs(archive).items()):
        for export, expected in sorted(config.expected_days.items()):
            here = [a for a in archive.arrivals if a.site == site]
            of_export = (export,) if export != ANY else EXPORTS
            came = [a.arrived_at for a in deliveries if a.site == site and a.export in of_export]
            newest = max(came, default="")
            since = datetime.fromisoformat(newest or min(a.arrived_at for a in here))
            days = (now - (since if since.tzinfo else since.replace(tzinfo=UTC))).total_seconds() / DAY_SECONDS
            if days > expected:
                late.append(Overdue(site, export, expected, newest[:10], int(days)))
    return late
