"""Finds the deliveries in what has arrived: a delivery is a file and an export that it feeds.

Without mapping keys in a site.toml, each file feeds the export whose folder it lies in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival
from warehouse.sources.dictionary_text import text_of

if TYPE_CHECKING:  # pydantic is imported only where a site.toml has mapping keys
    from warehouse.sources.site_mapping import Feed, SiteMapping

MOST_ARRIVALS = 1 << 26
"""Arrivals are numbered below this; a file's deliveries to exports other than its folder's have numbers above."""
PLACE = {export: number for number, export in enumerate(EXPORTS, start=1)}
UNREAD = "No source in site.toml reads this file."
UNREAD_CURE = "Name its folder as a source of an export in site.toml, or set the file aside."


@dataclass(frozen=True)
class Delivery(Arrival):
    """An arrival as it feeds one export. `feeds` say how it is read; `arrived_in` is the folder it arrived in.

    `load_no` is the delivery's own; `dictionaries` pairs sources with the arrival of the data dictionary that the file
    is read with. Without feeds, nothing reads the file.
    """

    feeds: "tuple[Feed, ...]" = ()
    arrived_in: str = ""
    dictionaries: tuple[tuple[str, Arrival], ...] = ()

    @property
    def folder(self) -> str:
        """Return the folder of the site in which the file arrived."""
        return self.arrived_in

    @property
    def mapping(self) -> str:
        """Return a hash of everything in site.toml and its dictionaries that decides how the file is read."""
        said = [*(feed.fingerprint for feed in self.feeds), *(f"{s} {a.sha256}" for s, a in self.dictionaries)]
        return sha256("\0".join(said).encode()).hexdigest()


def mapping_of(arrival: Arrival) -> str | None:
    """Return the delivery's mapping as a hash, None where canonical columns are expected."""
    return arrival.mapping if isinstance(arrival, Delivery) else None


def dictionaries_of(archive: Archive, delivery: Arrival) -> dict[str, str]:
    """Return the text of the data dictionary that each source of the delivery is read with."""
    if not isinstance(delivery, Delivery):
        return {}
    return {source: text_of(b"".join(archive.chunks(arrival))) for source, arrival in delivery.dictionaries}


def arrival_no(load_no: int) -> int:
    """Return the number of the arrival that a delivery belongs to."""
    return load_no % MOST_ARRIVALS


def deliveries_of(arrivals: Iterable[Arrival], mappings: "Mapping[str, SiteMapping | None]") -> list[Arrival]:
    """Return the deliveries and answered sheets among the arrivals, in their order; site.toml files are none.

    An arrival whose export has no mapping is its own delivery. A file is read with the newest data dictionary that came
    before it, or with the first one if all came later.
    """
    found: list[Arrival] = []
    taken: set[tuple[str, str, str]] = set()
    arrivals = list(arrivals)
    for arrival in arrivals:
        if arrival.export == SITE_EXPORT:
            continue
        mapping = mappings.get(arrival.site)
        if arrival.export == ANSWERS or mapping is None or not mapping.concerns(arrival.export):
            found.append(arrival)
            continue
        for delivery in _deliveries(arrival, mapping):
            delivery = replace(delivery, dictionaries=_dictionaries(delivery, arrivals))
            name = delivery.delivery
            if (delivery.site, delivery.export, name) in taken:
                name = f"{delivery.folder}/{name}"
            taken.add((delivery.site, delivery.export, name))
            found.append(replace(delivery, delivery=name))
    return found


def _dictionaries(delivery: Delivery, arrivals: list[Arrival]) -> tuple[tuple[str, Arrival], ...]:
    pairs = []
    for feed in delivery.feeds:
        if feed.source.dictionary is None:
            continue
        came = [
            a
            for a in arrivals
            if (a.site, a.export, a.file_name) == (delivery.site, SITE_EXPORT, feed.source.dictionary)
        ]
        before = [a for a in came if a.load_no < arrival_no(delivery.load_no)]
        if came:
            pairs.append((feed.source_name, before[-1] if before else came[0]))
    return tuple(pairs)


def _deliveries(arrival: Arrival, mapping: "SiteMapping") -> list[Delivery]:
    by_export: dict[str, list[Feed]] = {}
    for feed in mapping.feeds(arrival.export, arrival.file_name):
        by_export.setdefault(feed.export, []).append(feed)
    return [_delivery(arrival, export, tuple(feeds)) for export, feeds in by_export.items()] or [
        _delivery(arrival, arrival.export, ())
    ]


def number_in(export: str, arrival: Arrival) -> int:
    """Return the number of the delivery to an export that a file is."""
    return arrival.load_no + (0 if export == arrival.export else MOST_ARRIVALS * PLACE[export])


def _delivery(arrival: Arrival, export: str, feeds: "tuple[Feed, ...]") -> Delivery:
    values = {field.name: getattr(arrival, field.name) for field in fields(Arrival)}
    values |= {"export": export, "load_no": number_in(export, arrival)}
    return Delivery(**values, feeds=feeds, arrived_in=arrival.export)
