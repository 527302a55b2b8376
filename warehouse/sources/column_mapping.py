"""Declares how one canonical column is delivered: [exports.<export>.columns] of site.toml."""

import re
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from warehouse.sources.settings_base import Settings, Text, Texts

SPECIFIERS = frozenset("aAbBcdfgGHIjmMnpSuUVwWxXyYzZ%")
"""What may follow % in a format (DuckDB's strptime)."""
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

    @field_validator("format")
    @classmethod
    def _are_whole_dates(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a format without day, month and year: the rest of the date would be invented."""
        for one in formats:
            found = set(re.findall(r"%-?(.)", one))
            if unknown := sorted(found - SPECIFIERS):
                raise ValueError(f"%{unknown[0]} is no part of a date format")
            if not (found & set("yYG") and (found & set("jcx") or (found & set("d") and found & set("mbB")))):
                raise ValueError('a date format names day, month and year, like "%d.%m.%Y"')
        return formats

    @model_validator(mode="after")
    def _has_one_origin(self) -> "ColumnMapping":
        if sum((bool(self.from_), self.value is not None, bool(self.join))) > 1:
            raise ValueError('write only one of "from", "value" and "join"')
        if self.with_ and not self.join:
            raise ValueError('"with" belongs to "join"')
        return self
