"""Reads the registry's own rules and proves them, at the start of a refresh and of a check."""

from schemas.rule_book import RuleBook
from warehouse.own_rules.read_rules import read_rules
from warehouse.quality.own_canaries import prove
from warehouse.storage.home import Home
from warehouse.storage.home_files import RULE_FILES
from workflows import progress


def rules_in_force(home: Home) -> RuleBook:
    """Return the book of the home's files whose canaries bite; the others stand in it as refused."""
    book = read_rules(home)
    if not book.files:
        return book
    progress.say("proving the registry's own rules")
    return prove(book)


def problems_of(book: RuleBook) -> list[tuple[str, str]]:
    """Return the refused rules as problems: (place, sentence)."""
    folder = RULE_FILES.folder
    return [(f"{folder}/{one.file}{f' {one.rule_id}' if one.rule_id else ''}", one.reason) for one in book.refused]
