"""Lists the rules that need canaries."""

from schemas.rule import ROW_PHASES
from schemas.rules import RULES

PHASES = (*ROW_PHASES, 2, 5, 6)
"""Phases whose rules a row can break."""


def rules_with_canaries() -> tuple[str, ...]:
    """Return the ids of the rules that need canaries: all that a row can break."""
    return tuple(rule.rule_id for rule in RULES.values() if rule.phase in PHASES)
