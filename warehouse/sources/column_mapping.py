"""Declares how one canonical column is delivered: [exports.<export>.columns] of site.toml."""

from typing import Any, Literal

from pydantic import Field, model_validator

from warehouse.sources.settings_base import Settings, Text, Texts

Unit = Literal["cm", "mm", "s", "min", "ug/l", "ng/ml", "fraction", "percent"]


class ColumnMapping(Settings):
    """One canonical column: taken from a source column, the same in every row, or joined from several columns.

    `from_` lists source columns, of which the first that the file has is taken; none where a repeat block names it.
    `format` lists strptime formats. `codes` maps cells, as text, to canonical codes.
    """

    from_: Texts = Field(default=(), alias="from")
    format: Texts = ()
    unit: Unit | None = None
    codes: dict[str, Text] = Field(default_factory=dict)
    labels: bool = False
    value: Text | None = None
    join: Texts = ()
    with_: str = Field(default="", alias="with")

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        """Accept a source column's name, or a list of names, in place of a table."""
        return {"from": value} if isinstance(value, str | list) else value

    @model_validator(mode="after")
    def _has_one_origin(self) -> "ColumnMapping":
        if sum((bool(self.from_), self.value is not None, bool(self.join))) > 1:
            raise ValueError('write only one of "from", "value" and "join"')
        if self.with_ and not self.join:
            raise ValueError('"with" belongs to "join"')
        return self
