"""Declares the mapping keys of [exports.<export>] in site.toml: sources, filter, columns and repeat blocks."""

from pydantic import Field

from warehouse.sources.column_mapping import ColumnMapping
from warehouse.sources.repeat_block import RepeatBlock
from warehouse.sources.settings_base import Settings, Texts

WHAT_ASKED = frozenset({"query", "preset"})
"""Keys that say what `registry pull` asks for, which does not decide how a file is read."""


class ExportMapping(Settings):
    """How one export is delivered. `source` is empty for the folder of the export's own name.

    `missing` is added to the source's; `where` maps source columns to the cells that rows of this export have;
    `instrument` and `event` choose rows of a REDCap or Castor source; `query`, a SELECT or the name of its file, or
    `preset` ask a database.
    """

    source: Texts = ()
    missing: Texts = ()
    where: dict[str, Texts] = Field(default_factory=dict)
    columns: dict[str, ColumnMapping] = Field(default_factory=dict)
    repeat: tuple[RepeatBlock, ...] = Field(default=(), strict=False)
    instrument: str | None = None
    event: Texts = ()
    query: str | None = None
    preset: str | None = None
