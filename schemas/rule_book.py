"""Defines the rule book: the platform's rules and those that a registry has written itself (rules/*.yaml in its home).

A rule of the registry's own is compiled to SQL when its file is read (warehouse/own_rules/). The book travels with the
data, as table meta.rules, and not with the process: two homes in one process have two books.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from schemas.canary import Canary
from schemas.home_file import HomeFile
from schemas.rule import Rule
from schemas.rules import RULES

ROW_PHASE, TABLE_PHASE, DATASET_PHASE = 3, 6, "dataset"
"""When an own rule on one row, one that looks at other rows, and one about a whole table is judged."""
OWN_ID = re.compile(r"[A-Z][A-Z0-9]{1,9}-[0-9]{2,3}(-W)?")
TAKEN_PREFIXES = frozenset(rule_id.split("-")[0] for rule_id in RULES)


def is_own_id(rule_id: str) -> bool:
    """Return whether a registry may name a rule of its own so: letters of its own, a hyphen and a number.

    >>> is_own_id("HD-01"), is_own_id("HD-01-W"), is_own_id("LES-77"), is_own_id("hd-1")
    (True, True, False, False)
    """
    return OWN_ID.fullmatch(rule_id) is not None and rule_id.split("-")[0] not in TAKEN_PREFIXES


@dataclass(frozen=True)
class OwnRule:
    """A rule of the registry's own. `export` and `column` say what it sets aside or flags.

    `breaks` is SQL: for a rule on one row a condition that is true where the row breaks it; for one that looks at other
    rows a SELECT of the row_id of each row that does; for one about the whole table, which sets nothing aside, a SELECT
    of is_broken, n_rows and note (warehouse/own_rules/table_number.py), and `column` may be ''. `asked` are the columns
    whose filled cells the rule judges, none if it judges every row. `asks_site`: a flag goes on the site's query sheet.
    """

    rule: Rule
    export: str
    column: str
    breaks: str
    file: str
    asked: tuple[str, ...] = ()
    asks_site: bool = False
    canaries: tuple[Canary, ...] = field(default=(), compare=False)

    @property
    def rule_id(self) -> str:
        """Return the rule's id."""
        return self.rule.rule_id


@dataclass(frozen=True)
class RefusedRule:
    """A rule, or a whole file, that is not applied, and why. `own` is the rule if it could be read."""

    file: str
    rule_id: str
    reason: str
    own: OwnRule | None = None


@dataclass(frozen=True)
class RuleBook:
    """The rules of the platform and of the registry. Without files it holds the platform's alone."""

    own: tuple[OwnRule, ...] = ()
    refused: tuple[RefusedRule, ...] = ()
    files: tuple[HomeFile, ...] = ()

    def get(self, rule_id: str) -> Rule | None:
        """Return the rule in force of that id, or None."""
        return RULES.get(rule_id) or next((one.rule for one in self.own if one.rule_id == rule_id), None)

    def __getitem__(self, rule_id: str) -> Rule:
        rule = self.get(rule_id)
        if rule is None:
            raise KeyError(rule_id)
        return rule

    def __contains__(self, rule_id: object) -> bool:
        return isinstance(rule_id, str) and self.get(rule_id) is not None

    def rules(self) -> Iterator[Rule]:
        """Yield the platform's rules, then the registry's."""
        yield from RULES.values()
        yield from (one.rule for one in self.own)

    def on_one_row(self, export: str) -> tuple[OwnRule, ...]:
        """Return the own rules on one row of that export."""
        return tuple(one for one in self.own if one.export == export and one.rule.phase == ROW_PHASE)

    @property
    def across_rows(self) -> tuple[OwnRule, ...]:
        """Return the own rules that look at other rows."""
        return tuple(one for one in self.own if one.rule.phase == TABLE_PHASE)

    @property
    def on_tables(self) -> tuple[OwnRule, ...]:
        """Return the own rules about whole tables."""
        return tuple(one for one in self.own if one.rule.phase == DATASET_PHASE)

    def without(self, reasons: dict[str, str]) -> "RuleBook":
        """Return the book with these own rules refused, rule id -> reason."""
        refused = [
            RefusedRule(one.file, one.rule_id, reasons[one.rule_id], one) for one in self.own if one.rule_id in reasons
        ]
        kept = tuple(one for one in self.own if one.rule_id not in reasons)
        return replace(self, own=kept, refused=(*self.refused, *refused))


OURS = RuleBook()
