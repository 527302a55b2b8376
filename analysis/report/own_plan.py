"""What the report says of the registry's own plan: each analysis, since when it is declared, and its rows.

Rows of the own plan stand in the tables of the built-in plan, from which the page takes them apart: no section of the
built-in plan sees one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from schemas.own_plan import PREFIX

OWN = "own plan, "


class PlannedItem(NamedTuple):
    """One analysis of the plan; `groups` of curves, `method` and `formula` of a model are '' where they do not apply.
    `declared`: since when, in words.
    """

    item: str
    name: str
    title: str
    endpoint: str
    level: str
    method: str
    formula: str
    groups: str
    strata: str
    subgroup: str
    declared: str

    @property
    def is_model(self) -> bool:
        """Return whether it is a model, not curves."""
        return self.item == "model"

    @property
    def is_comparison(self) -> bool:
        """Return whether it compares two treatments: `method` is its estimand, `formula` its confounders."""
        return self.item == "comparison"


@dataclass(frozen=True)
class OwnPlan:
    """The plan of a release: its file's name, why it was refused ('' if it was not), and its analyses with their rows
    by analysis table.
    """

    file: str
    refused: str = ""
    items: Sequence[PlannedItem] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    title: str = ""

    def table(self, name: str) -> pd.DataFrame:
        """Return the plan's rows of an analysis table; an empty frame if there are none."""
        frame = self.tables.get(name)
        return pd.DataFrame() if frame is None else frame


def without_day(note: object) -> str:
    """Return a note without the part that says since when its analysis is declared: the table of analyses says it."""
    return "; ".join(part for part in str(note or "").split("; ") if not part.startswith(OWN))


def apart(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (rows of the built-in plan, rows of the registry's own) of an analysis table."""
    own = np.zeros(len(table), dtype=bool)
    for name in ("model", "grouping"):
        if name in table:
            places, cells = pd.factorize(table[name])
            is_own = np.array([*(str(cell).startswith(PREFIX) for cell in cells), False])
            own |= is_own[places]
    return (table[~own].reset_index(drop=True), table[own].reset_index(drop=True)) if own.any() else (table, table[:0])
