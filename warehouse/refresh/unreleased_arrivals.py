"""What the archive holds and the release does not list: received, and on its way or left behind by a run that failed.

What belongs here: comparing the two, without the build database. What does not: asking for a run.
"""

from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival
from warehouse.releases.release import Release


def unreleased_arrivals(archive: Archive, release: Release | None) -> list[Arrival]:
    """Deliveries and answers that the release does not list, rejected ones too. A site.toml is no delivery."""
    inputs = release.manifest["inputs"] if release else []
    listed = {(one["site"], one["export"], one["delivery"]) for one in inputs}
    return [
        arrival
        for arrival in archive.arrivals
        if arrival.export != SITE_EXPORT and (arrival.site, arrival.export, arrival.delivery) not in listed
    ]
