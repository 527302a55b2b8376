"""Names the kinds of sources that are read, and the module that reads each.

Such a module has two functions, which this table is the only way to: `open_file` turns a delivered file into a table,
`prepare` adds what the kind knows of it. What `prepare` needs of the file beside its table stands in the table's
`about`, since after an erasure only the table is left. A module is imported when a file of its kind is read.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import duckdb

from warehouse.readers.reading import Reading
from warehouse.readers.source import Source

if TYPE_CHECKING:  # a mapping knows which kinds there are
    from warehouse.sources.prepared import Prepared
    from warehouse.sources.site_mapping import Feed

MODULES: Mapping[str, str] = {
    "table": "warehouse.sources.table_kind",
    "redcap": "warehouse.sources.redcap_kind",
    "castor": "warehouse.sources.castor.castor_kind",
    "fhir": "warehouse.sources.fhir.fhir_kind",
    "cbioportal": "warehouse.sources.cbioportal.cbioportal_kind",
    "maf": "warehouse.sources.maf.maf_kind",
    "sql": "warehouse.sources.table_kind",
    "vcf": "warehouse.sources.vcf.vcf_kind",
}


class SourceKind(Protocol):
    """The functions of a kind's module."""

    def open_file(self, con: duckdb.DuckDBPyConnection, path: Path, reading: Reading) -> Source:
        """Return the delivered file as one table. Raises DeliveryRejected if it is not of the kind."""

    def prepare(
        self, con: duckdb.DuckDBPyConnection, source: Source, feed: "Feed", dictionary: str | None
    ) -> "Prepared":
        """Return the table with what the kind adds; `dictionary` is the text of the file that site.toml names as such.

        Raises DeliveryRejected if table, mapping and dictionary do not fit each other.
        """


def kind_of(name: str) -> SourceKind:
    """Return the functions of a kind. Raises KeyError if it is not read."""
    return cast(SourceKind, import_module(MODULES[name]))
