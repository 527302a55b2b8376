"""Finds what the archive holds and the release does not list: still on its way, or left over from a run that failed."""

from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival
from warehouse.refresh.provenance import place_in_archive
from warehouse.releases.release import Release


def unreleased_arrivals(archive: Archive, release: Release | None) -> list[Arrival]:
    """Deliveries and answers that the release does not list, including rejected ones. A site.toml is not a delivery."""
    inputs = release.manifest["inputs"] if release else []
    listed = {place_in_archive(one)[:3] for one in inputs}
    return [
        arrival
        for arrival in archive.arrivals
        if arrival.export != SITE_EXPORT and (arrival.site, arrival.export, arrival.delivery) not in listed
    ]
