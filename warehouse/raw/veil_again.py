"""Makes what is kept of files under pseudonyms again where a new site.toml reads them otherwise, or it is damaged.

It needs the file as delivered: the same bytes in landing/, or sealed in the archive. Without them, what is kept is read
as far as the new site.toml finds what it names.
"""

from collections.abc import Callable
from dataclasses import replace

from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.intake.deliveries import by_file, site_deliveries, taken_again
from warehouse.sources.deliveries import arrival_no

Say = Callable[[str], None]


def veil_again(archive: Archive, say: Say = lambda _: None) -> None:
    """Make what is kept of each file again that the site's configuration reads otherwise than when it was made."""
    if not any(a.tombstone is not None and a.tombstone.key_id for a in archive.arrivals):
        return
    from warehouse.pseudonyms.take_in import read_as

    by_number = {a.load_no: a for a in archive.arrivals}
    for number, of_file in by_file(site_deliveries(archive)).items():
        tombstone = by_number[number].tombstone
        if tombstone is not None and tombstone.key_id and tombstone.read_as != read_as(of_file):
            say(f"reading {of_file[0].site}/{of_file[0].folder}/{of_file[0].file_name} again")
            taken_again(archive, by_number[number], of_file)


def restored(archive: Archive, arrival: Arrival) -> Arrival | None:
    """Make what is kept of a damaged file again; return the arrival, which names what is kept now, None if it was not.

    What an earlier version kept may have had the same rows in another order.
    """
    number = arrival_no(arrival.load_no)
    of_file = by_file(site_deliveries(archive)).get(number, [])
    own = next((a for a in archive.arrivals if a.load_no == number), None)
    if own is None or not of_file or not taken_again(archive, own, of_file):
        return None
    now = next(a for a in archive.arrivals if a.load_no == number)
    return replace(arrival, tombstone=now.tombstone)
