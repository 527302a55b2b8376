"""Says how a file is read when it is screened: the deliveries that it is, and the dictionaries that they need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemas.exports import ANSWERS
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.sources.deliveries import Delivery, dictionaries_of

if TYPE_CHECKING:  # pydantic is imported only where a site.toml has mapping keys
    from warehouse.sources.site_mapping import Feed


@dataclass(frozen=True)
class DeliveredFile:
    """One file. `deliveries` are those that it is, one for each export; `dictionaries` hold the text by source."""

    deliveries: Sequence[Arrival]
    dictionaries: Mapping[str, str] = field(default_factory=dict)

    @property
    def export(self) -> str:
        """Return the export of its own folder, or of its first delivery."""
        return self.deliveries[0].export

    @property
    def site(self) -> str:
        """Return the site that delivered it."""
        return self.deliveries[0].site

    @property
    def is_sheet(self) -> bool:
        """Return whether it is an answered query sheet."""
        return self.export == ANSWERS

    @property
    def is_mapped(self) -> bool:
        """Return whether site.toml says how it is read."""
        return any(isinstance(one, Delivery) for one in self.deliveries)

    @property
    def feeds(self) -> "list[Feed]":
        """Return the feeds of all its deliveries; none if it has canonical columns, or nothing reads it."""
        return [feed for one in self.deliveries if isinstance(one, Delivery) for feed in one.feeds]


def delivered_file(archive: Archive, deliveries: Sequence[Arrival]) -> DeliveredFile:
    """Return the file whose deliveries these are."""
    texts = {name: text for one in deliveries for name, text in dictionaries_of(archive, one).items()}
    return DeliveredFile(deliveries, texts)
