"""Says how a column of a cohort view enters a curve or a model: as it is, per unit, as logarithm or in classes."""

import math
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

DOUBLING = 2.0
ENTRY_DAYS = "entry_days"


class Strict(BaseModel):
    """A part of a recipe: unknown keys are refused, and it never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Term(Strict):
    """A column, as it is or transformed: per so many units, as logarithm (to base 2, so that a ratio is per doubling,
    unless `log` names another base), or in categories: true, or the numbers at which a category begins. `reference`
    names the category that others are compared with.
    """

    column: str = Field(min_length=1)
    per: float | None = Field(default=None, gt=0)
    log: float | None = Field(default=None, gt=1)
    categories: bool | list[float] | None = None
    reference: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str) else given

    @field_validator("log", mode="before")
    @classmethod
    def _base(cls, given: Any) -> Any:
        return {True: DOUBLING, False: None}[given] if isinstance(given, bool) else given

    @model_validator(mode="after")
    def _one_way(self) -> "Term":
        if sum(bool(value) for value in (self.per, self.log, self.categories)) > 1:
            raise ValueError("takes one of per, log and categories")
        if isinstance(self.categories, list) and (
            not self.categories or self.categories != sorted(set(self.categories))
        ):
            raise ValueError("has categories that do not rise")
        return self

    @property
    def name(self) -> str:
        """Return the term as tables and figures call it, e.g. max_diameter_mm per 5."""
        if self.per:
            return f"{self.column} per {number(self.per)}"
        if self.log:
            return f"log{number(self.log)}({self.column})"
        if isinstance(self.categories, list):
            return f"{self.column} in classes"
        return self.column

    @property
    def is_class(self) -> bool:
        """Whether the term is in categories, whatever its column's type."""
        return bool(self.categories)

    def sql(self) -> str:
        """Return the SQL of the term over a cohort view."""
        column = f'"{self.column}"'
        if self.per:
            return f"{column} / {self.per!r}"
        if self.log:
            return f"CASE WHEN {column} > 0 THEN ln({column}) / {math.log(self.log)!r} END"
        if isinstance(self.categories, list):
            cuts = "".join(
                f" WHEN {column} < {cut!r} THEN '{label}'"
                for cut, label in zip(self.categories, self.labels, strict=False)
            )
            return f"CASE WHEN {column} IS NULL THEN NULL{cuts} ELSE '{self.labels[-1]}' END"
        return f"{column}::VARCHAR" if self.categories else column

    @property
    def labels(self) -> list[str]:
        """Return the names of the classes between the cut points, lowest first; [] without cut points.

        >>> Term(column="max_diameter_mm", categories=[20, 30]).labels
        ['< 20', '20 to < 30', '>= 30']
        """
        if not isinstance(self.categories, list):
            return []
        cuts = [number(cut) for cut in self.categories]
        between = [f"{low} to < {high}" for low, high in zip(cuts, cuts[1:], strict=False)]
        return [f"< {cuts[0]}", *between, f">= {cuts[-1]}"]


class EntryTerm(Term):
    """The days from the first ablation to a date from which a subject is watched."""

    @property
    def name(self) -> str:
        """Return what the days are called."""
        return ENTRY_DAYS

    def sql(self) -> str:
        """Return the SQL of the days over a cohort view."""
        return f'("{self.column}" - "first_ablation_date")::DOUBLE'


def number(value: float) -> str:
    """Return a number without a needless point: 5.0 is 5."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
