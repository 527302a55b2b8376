"""Declares a dataset of ADaM: its variables, where each comes from, and what its values mean.

ADaM's own names stand where ADaM has one (ADaMIG 1.3); all others are the registry's. Names have at most 8 letters and
labels at most 40, as SAS transport files of version 5 want it: a longer label would be cut without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "integer", "float", "date"]
NAME = re.compile(r"[A-Z][A-Z0-9_]{0,7}")
LONGEST_LABEL = 40


@dataclass(frozen=True)
class Variable:
    """A variable: name, label, kind, the SQL that makes it, where it comes from in words, and what its codes mean."""

    name: str
    label: str
    kind: Kind
    sql: str
    derived: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    is_filled: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or len(self.label) > LONGEST_LABEL:
            raise ValueError(f"{self.name} or its label is too long for version 5 of SAS transport files.")


@dataclass(frozen=True)
class Dataset:
    """A dataset: name, label, structure in ADaM's words, variables in order, what they are read from, and its key.

    `is_in_order`: what it is read from is in the order of the key already.
    """

    name: str
    label: str
    structure: str
    variables: tuple[Variable, ...]
    reads: str
    key: tuple[str, ...]
    is_in_order: bool = False

    @property
    def select(self) -> str:
        """Return the SELECT of the dataset, rows in the order of its key."""
        columns = ", ".join(f"({one.sql}) AS {one.name}" for one in self.variables)
        order = "" if self.is_in_order else f" ORDER BY {', '.join(self.key)}"
        return f"SELECT {columns} FROM {self.reads}{order}"  # noqa: S608 (own text)


STUDY = "ABLATION-REGISTRY"
YES = {"Y": "Yes"}
YES_NO = {"Y": "Yes", "N": "No"}
SUBJECT = "t.site || '.' || t.patient_id"
"""No site's name holds a point, so that no two patients share it."""
KEYS = (
    Variable("STUDYID", "Study Identifier", "text", f"'{STUDY}'", is_filled=True),
    Variable("USUBJID", "Unique Subject Identifier", "text", SUBJECT, "SITEID, a point, and SUBJID", is_filled=True),
    Variable("SUBJID", "Subject Identifier for the Study", "text", "t.patient_id", "patient_id", is_filled=True),
    Variable("SITEID", "Study Site Identifier", "text", "t.site", "site", is_filled=True),
)
TREATMENT = "Thermal ablation"


def flag(sql: str) -> str:
    """Return SQL for Y or N, null where it is not known, of a column that holds yes, no or unknown."""
    return f"CASE {sql} WHEN 'yes' THEN 'Y' WHEN 'no' THEN 'N' END"


def truth(sql: str) -> str:
    """Return SQL for Y or N, null where it is not known, of a column that holds true or false."""
    return f"CASE WHEN {sql} THEN 'Y' WHEN NOT {sql} THEN 'N' END"
