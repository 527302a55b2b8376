"""Reads the files of a home's own rules into a rule book. What cannot be applied is refused by name."""

from collections import defaultdict
from collections.abc import Sequence

from schemas.home_file import HomeFile
from schemas.rule_book import OwnRule, RefusedRule, RuleBook
from warehouse.own_rules.compile_rule import compile_rule
from warehouse.own_rules.contract_form import stated_rules
from warehouse.own_rules.refusal import RuleRefused
from warehouse.own_rules.yaml_text import parsed
from warehouse.storage.home import Home
from warehouse.storage.home_files import RULE_FILES


def read_rules(home: Home) -> RuleBook:
    """Return the book of the home's files. Its canaries are still to be proven."""
    return book_of_files(RULE_FILES.read(home))


def book_of_files(files: Sequence[HomeFile]) -> RuleBook:
    """Return the book of these files. Of two rules of one id, neither is applied."""
    if not files:
        return RuleBook()
    own: list[OwnRule] = []
    refused: list[RefusedRule] = []
    named: dict[str, list[str]] = defaultdict(list)
    for file in files:
        try:
            stated = list(stated_rules(parsed(file)))
            if not stated:
                raise RuleRefused(
                    "The file holds no rule.", "Write it under `quality` of a property, or remove the file."
                )
        except RuleRefused as error:
            refused.append(RefusedRule(file.name, "", str(error)))
            continue
        for one in stated:
            named[one.rule_id].append(file.name)
            try:
                own.append(compile_rule(one, file.name))
            except RuleRefused as error:
                refused.append(RefusedRule(file.name, one.rule_id, str(error)))
    twice = {rule_id: where for rule_id, where in named.items() if rule_id and len(where) > 1}
    for rule in (rule for rule in own if rule.rule_id in twice):
        where = " and ".join(dict.fromkeys(twice[rule.rule_id]))
        refused.append(RefusedRule(rule.file, rule.rule_id, f"{rule.rule_id} is stated twice, in {where}. Rename one."))
    return RuleBook(tuple(one for one in own if one.rule_id not in twice), tuple(refused), tuple(files))
