"""Finds the deliveries that the archive holds, or a new file is, as the newest valid site.toml of each site says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from schemas.exports import ANSWERS
from warehouse.archive import decisions
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival, Tombstone
from warehouse.intake.configs_in_force import earlier_configs, site_configs
from warehouse.redaction.screen_arrival import left_out
from warehouse.sources.deliveries import arrival_no, deliveries_of
from warehouse.storage.errors import RowsUnknown
from warehouse.storage.home import Home
from warehouse.storage.pseudonym_key import find_key


def site_deliveries(archive: Archive) -> list[Arrival]:
    """Return the deliveries and answered sheets that the archive holds, in the order of their arrival."""
    return deliveries_of(archive.arrivals, {site: c.mapping for site, c in site_configs(archive).items()})


def by_file(deliveries: list[Arrival]) -> dict[int, list[Arrival]]:
    """Return the deliveries by the number of the arrival that they belong to."""
    files: dict[int, list[Arrival]] = {}
    for one in deliveries:
        files.setdefault(arrival_no(one.load_no), []).append(one)
    return files


def deliveries_under(archive: Archive, site: str, site_file: str | None) -> list[Arrival]:
    """Return the site's deliveries as the site.toml with that SHA-256 reads them; None for canonical columns.

    One that the archive lacks, or that is no longer valid, counts as the one in force.
    """
    if site_file is None:
        mapping = None
    elif (config := earlier_configs(archive, site).get(site_file)) is not None:
        mapping = config.mapping
    else:
        return [one for one in site_deliveries(archive) if one.site == site]
    return deliveries_of([a for a in archive.arrivals if a.site == site], {site: mapping})


def ways_of_reading(archive: Archive, site: str) -> dict[int, list[list[Arrival]]]:
    """Return, by the number of the site's arrivals, the deliveries that each may be.

    First as the configuration in force says, then as earlier ones said, newest first: they may read a file that today's
    does not read.
    """
    ways: dict[int, list[list[Arrival]]] = {}
    said = [one for one in site_deliveries(archive) if one.site == site]
    arrivals = [a for a in archive.arrivals if a.site == site]
    earlier = (config.mapping for config in earlier_configs(archive, site).values())
    for deliveries in (said, *(deliveries_of(arrivals, {site: mapping}) for mapping in earlier)):
        for number, of_file in by_file(deliveries).items():
            ways.setdefault(number, []).append(of_file)
    return ways


def as_delivered(archive: Archive, site: str, folder: str, file_name: str) -> list[Arrival]:
    """Return the deliveries that a file in that folder would be if it arrived now."""
    number = len(archive.arrivals) + 1
    new = Arrival(number, site, folder, file_name, file_name, "", 0, "")
    of_site = [a for a in archive.arrivals if (a.site, a.export) == (site, SITE_EXPORT)]
    config = site_configs(archive, of_site=site).get(site)
    return deliveries_of([*of_site, new], {site: config.mapping if config else None})


def screened(
    home: Home, archive: Archive, chunks: Iterator[bytes], site: str, export: str, file_name: str
) -> Tombstone | None:
    """Screen a new file for erased patients, read as the site's configuration in force says; with a key, give its
    identifiers pseudonyms.
    """
    key = find_key(home)
    if export == SITE_EXPORT:
        return None
    if key is None:
        return left_out(home, archive, chunks, site, export, file_name, as_delivered)
    from warehouse.pseudonyms.take_in import taken_in  # a home without a key needs none of it

    now = datetime.now(UTC).isoformat(timespec="seconds")
    return taken_in(archive, key, chunks, as_delivered(archive, site, export, file_name), now)


def taken_again(archive: Archive, arrival: Arrival, of_file: list[Arrival]) -> bool:
    """Make what is kept of a file under pseudonyms again, from the same bytes in landing/ or sealed; return whether it
    was. `of_file` are the deliveries that it is.
    """
    key, before = find_key(archive.home), arrival.tombstone
    if key is None or before is None or before.key_id != key.key_id or arrival.export == ANSWERS:
        return False
    from warehouse.pseudonyms.take_in import as_it_came, taken_in

    chunks = as_it_came(archive, key, arrival)
    if chunks is None:
        return False
    try:
        tombstone = taken_in(archive, key, chunks, of_file, arrival.arrived_at)
    except RowsUnknown:
        return False
    archive.tombstone({arrival.load_no: tombstone})
    return archive.is_whole(replace(arrival, tombstone=tombstone))


def confirmed(archive: Archive) -> set[int]:
    """Return the numbers of the deliveries that somebody confirmed, so that they do not wait."""
    made = decisions.read(archive.home)
    return decisions.numbers(decisions.in_force(made, site_deliveries(archive)), decisions.CONFIRM)
