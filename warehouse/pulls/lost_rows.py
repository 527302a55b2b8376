"""Finds rows that earlier pulls delivered and the project no longer has, so that a delta can withdraw their keys.

In a delta a missing row withdraws nothing, so what was deleted in REDCap must be shown. A row is lost if no row of its
record has its identity: REDCap's own key (event, instrument, instance), the cells that keys of exports are made of, and
which blocks of repeated columns are filled in. If a row that does not repeat is lost, all rows of its record are: their
keys may be made of its cells.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.exports import EXPORTS
from warehouse.pulls.pulled_files import ABSENT, PulledFiles, Row, kind_of
from warehouse.sources.redcap_layout import EVENT, INSTANCE, INSTRUMENT
from warehouse.sources.site_mapping import Feed


@dataclass(frozen=True)
class Identities:
    """What tells a record's rows apart: columns whose cells do, and blocks of columns that are filled in or not."""

    columns: tuple[str, ...]
    blocks: tuple[tuple[str, ...], ...]

    def of(self, header: Sequence[str]) -> "HeaderIdentities":
        """Return the identities of rows under this header."""
        place = {name.strip().lower(): i for i, name in enumerate(header)}
        return HeaderIdentities(
            tuple(place.get(name, -1) for name in self.columns),
            tuple(tuple(place[name] for name in block if name in place) for block in self.blocks),
            tuple(place[name] for name in (INSTRUMENT, INSTANCE) if name in place),
        )


@dataclass(frozen=True)
class HeaderIdentities:
    """The same for one header, as positions."""

    places: tuple[int, ...]
    blocks: tuple[tuple[int, ...], ...]
    repeats: tuple[int, ...]

    def identity(self, row: Row) -> int:
        """Return a hash of the row's identity."""
        cells = tuple(row[i].strip() if i >= 0 else "" for i in self.places)
        return hash((cells, tuple(any(row[i].strip() for i in block) for block in self.blocks)))

    def is_base(self, row: Row) -> bool:
        """Return whether the row is neither of a repeating instrument nor of a repeating event."""
        return not any(row[i].strip() for i in self.repeats)


def identities(feeds: Iterable[Feed]) -> Identities:
    """Return what tells rows apart for the exports that a source feeds."""
    columns = [EVENT, INSTRUMENT, INSTANCE]
    blocks: list[tuple[str, ...]] = []
    for feed in feeds:
        for name in EXPORTS[feed.export].key:
            mapping = feed.mapping.columns.get(name)
            if mapping is None:
                columns.append(name)
            elif mapping.value is None:
                columns += [*mapping.from_, *mapping.join]
        blocks += [tuple(b.names(label).values()) for b in feed.mapping.repeat for label in b.labels]
    lowered = tuple(tuple(name.strip().lower() for name in block) for block in blocks)
    return Identities(tuple(dict.fromkeys(name.strip().lower() for name in columns)), lowered)


@dataclass
class Record:
    """The rows of one record as hashes: `cells` of each whole row, `base` and `others` of their identities."""

    cells: list[int] = field(default_factory=list)
    base: set[int] = field(default_factory=set)
    others: set[int] = field(default_factory=set)

    def add(self, row: Row, header_hash: int, by: HeaderIdentities) -> None:
        """Add a row."""
        self.cells.append(hash((header_hash, tuple(row))))
        (self.base if by.is_base(row) else self.others).add(by.identity(row))


@dataclass
class Lost:
    """What was lost: records whose rows all are, and the lost identities of others."""

    records: set[str] = field(default_factory=set)
    identities: dict[str, set[int]] = field(default_factory=dict)

    @property
    def n_records(self) -> int:
        """Return how many records lost rows."""
        return len(self.records) + len(self.identities)

    def compare(self, record: str, before: Record | None, now: Record | None) -> None:
        """Add what `record` had before and does not have now."""
        if before is None:
            return
        if now is None or before.base - now.base:
            self.records.add(record)
        elif lost := before.others - now.others:
            self.identities[record] = lost

    def __bool__(self) -> bool:
        return bool(self.records or self.identities)

    def is_lost(self, record: str, identity: int) -> bool:
        """Return whether a row was lost."""
        return record in self.records or identity in self.identities.get(record, ())


def earlier_rows(
    files: PulledFiles, newest: Mapping[str, int], record_id: str, by: Identities, wanted: set[str] | None = None
) -> dict[str, Record]:
    """Return the rows that earlier pulls delivered last, of all records or of those wanted."""
    found: dict[str, Record] = {}
    for place, name in enumerate(files.names):
        if kind_of(name) == ABSENT:
            continue
        with files.open(place) as (header, rows):
            if record_id not in header:
                continue
            at, of_header, header_hash = header.index(record_id), by.of(header), hash(tuple(header))
            for row in rows:
                record = row[at]
                if newest.get(record) == place and (wanted is None or record in wanted):
                    found.setdefault(record, Record()).add(row, header_hash, of_header)
    return found
