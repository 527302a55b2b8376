"""What a rule is: the class that the catalogue (schemas/rules.py) is written in."""

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
    holds a value. `phase` orders the work: what one phase sets aside, the next does not see.
    """

    rule_id: str
    tables: tuple[str, ...]
    phase: int | str
    severity: Severity
    sentence: str
    kahn_category: str
    kahn_context: str = "verification"

    def reason(self, column: str) -> str:
        """The sentence for a finding in that column."""
        return self.sentence.format(column=column)
