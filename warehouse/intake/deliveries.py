"""Finds the deliveries that the archive holds, as the newest valid site.toml of each site says."""

from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.intake.landing import site_configs
from warehouse.sources.deliveries import deliveries_of


def site_deliveries(archive: Archive) -> list[Arrival]:
    """Return the deliveries and answered sheets that the archive holds, in the order of their arrival."""
    return deliveries_of(archive.arrivals, {site: c.mapping for site, c in site_configs(archive).items()})


def confirmed(archive: Archive) -> set[int]:
    """Return the numbers of the deliveries that somebody confirmed, so that they do not wait."""
    made = decisions.read(archive.home)
    return decisions.numbers(decisions.in_force(made, site_deliveries(archive)), decisions.CONFIRM)
