"""Defines a rule: the class in which the catalogue (schemas/rules.py) is written."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["E", "W", "gate"]
Scope = Literal["row", "value", "flag"]

ROW_PHASES = (1, 3, 4)
"""Phases in which a row is judged by itself; 2 is keys, 5 parents and orphans, 6 across tables."""


@dataclass(frozen=True)
class Rule:
    """One rule of the catalogue.

    `sentence` is what a person reads in quarantine; `{column}` in it is replaced by the column's name. It never
    contains a value. `phase` orders the work: what one phase sets aside, the next does not see. The rule fails if more
    than `threshold_pct` percent of the rows it judges break it. `reference` says where the rule comes from.
    """

    rule_id: str
    tables: tuple[str, ...]
    phase: int | str
    severity: Severity
    sentence: str
    kahn_category: str
    kahn_context: str = "verification"
    threshold_pct: float = 0.0
    reference: str = "domain catalogue"

    @property
    def level(self) -> str:
        """Return what the rule judges: row (by itself or within its key), table (across tables), or dataset."""
        if self.phase in (*ROW_PHASES, 2):
            return "row"
        return "table" if self.phase in (5, 6, "derived") else "dataset"

    def reason(self, column: str) -> str:
        """Return the sentence for a finding in that column."""
        return self.sentence.format(column=column)
