"""Takes a registry's own rules into a contract as their files state them.

A rule that reads what a site's file does not hold, such as the extract date, is stated as text, which no tool runs. A
second rule of one metric at one column is stated in SQL: datacontract-cli 1.2.8 stops at two.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from schemas.exports import EXPORTS
from schemas.rule_book import OwnRule, RuleBook
from warehouse.contracts.quality_entries import Entry, counting
from warehouse.own_rules.contract_form import OPERATORS, stated_rules
from warehouse.own_rules.rule_sql import ROW_COLUMNS
from warehouse.own_rules.yaml_text import parsed

OTHER_TABLE = re.compile(r"\bclean\.(\w+)")
WORDS = ("id", "name", "description", "severity", "dimension", "customProperties")
"""Keys of a rule that say nothing of how it is judged."""
CODES, DUPLICATES = "invalidValues", "duplicateValues"


def own_entries(book: RuleBook, columns: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str, Entry]]:
    """Yield export, column ('' for the table) and entry of each rule in force, for tables with these columns."""
    in_force = {one.rule_id: one for one in book.own}
    taken = {(name, one.name, CODES) for name in columns for one in EXPORTS[name].columns if one.codes}
    for file in book.files:
        if not any(one.file == file.name for one in book.own):
            continue
        for one in stated_rules(parsed(file)):
            rule = in_force.get(one.rule_id)
            if rule is not None and one.export in columns:
                entry = _typed(one.said)
                metric = (one.export, one.column, entry.get("metric", ""))
                if not _can_be_run(rule, entry, columns):
                    entry = _in_words(entry) | {"type": "text"}
                elif metric in taken and rule in book.on_one_row(rule.export):
                    entry = _in_words(entry) | counting(rule.breaks) | {"mustBe": 0}
                elif metric[-1]:
                    taken.add(metric)
                yield one.export, one.column, entry


def _can_be_run(rule: OwnRule, entry: Entry, columns: Mapping[str, Collection[str]]) -> bool:
    """Return whether the rule reads nothing but these columns; its SQL has been parsed and bound before."""
    tables = {rule.export, *OTHER_TABLE.findall(rule.breaks)}
    if rule.column not in columns[rule.export] or not tables <= columns.keys():
        return False
    known = {*ROW_COLUMNS, *(name for table in tables for name in EXPORTS[table].column_names)}
    lacking = known - {name for table in tables for name in columns[table]}
    is_of_all_sites = entry.get("metric") == DUPLICATES  # to the standard; here it is judged within each
    return is_of_all_sites or not any(re.search(rf"\b{name}\b", rule.breaks, re.IGNORECASE) for name in lacking)


def _in_words(entry: Entry) -> Entry:
    return {name: entry[name] for name in WORDS if name in entry}


def _typed(said: dict[str, Any]) -> Entry:
    """Return a rule, whose file was read as texts, with the number that it compares with as a number."""
    entry = dict(said)
    for name in OPERATORS:
        if name in entry:
            entry[name] = int(entry[name])
    return {name: value for name, value in entry.items() if value not in ("", None)}
