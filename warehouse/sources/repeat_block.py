"""Declares [[exports.<export>.repeat]] of site.toml: wide columns that become one row for each label."""

from pydantic import Field, model_validator

from warehouse.sources.settings_base import Settings, Texts

PLACE = "{}"
"""Where a label goes in a column's pattern."""


class RepeatBlock(Settings):
    """A block of wide columns. `column` receives the label; `columns` maps canonical columns to patterns of names.

    A label whose columns are all empty in a row gives no row.
    """

    column: str
    labels: Texts = Field(min_length=1)
    columns: dict[str, str] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_complete(self) -> "RepeatBlock":
        if without := [name for name, pattern in self.columns.items() if PLACE not in pattern]:
            raise ValueError(f"the pattern of {without[0]} lacks {PLACE}, where the label goes")
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("a label occurs twice")
        if self.column in self.columns:
            raise ValueError(f"{self.column} receives the label, so it cannot have a pattern")
        return self

    def names(self, label: str) -> dict[str, str]:
        """Return the source column of each canonical column for a label."""
        return {name: pattern.replace(PLACE, label) for name, pattern in self.columns.items()}
