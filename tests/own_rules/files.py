"""Files of own rules for the tests: a whole document around what a test is about."""

from __future__ import annotations

from schemas.home_file import HomeFile
from schemas.rule_book import RuleBook
from tests.structure.checkout import ROOT
from warehouse.own_rules.read_rules import book_of_files

EXAMPLE = ROOT / "examples" / "rules" / "house.yaml"
CANARIES = "[{bad: {power_w: 39}}, {good: {power_w: 40}}]"
LOW = "SELECT count(*) FROM {object} WHERE {property} < 40"


def document(rule: str, table: str = "rfa_sessions", column: str = "power_w", version: str = "v3.1.0") -> str:
    """A whole document with one rule, given as a flow mapping."""
    return (
        f"apiVersion: {version}\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\nschema:\n"
        f"  - name: {table}\n    properties:\n      - name: {column}\n        quality:\n          - {rule}\n"
    )


def rule(query: str = LOW, canaries: str = CANARIES, rule_id: str = "HD-01", more: str = "", custom: str = "") -> str:
    """A rule as a flow mapping; `more` are further keys, `custom` further customProperties."""
    also = f", {more}" if more else ""
    properties = f"[{{property: canaries, value: {canaries}}}{', ' + custom if custom else ''}]"
    return (
        f'{{id: {rule_id}, description: "{{column}} is low.", query: "{query}", mustBe: 0{also}, '
        f"customProperties: {properties}}}"
    )


def metric(name: str, arguments: str, canaries: str = CANARIES) -> str:
    """A rule that names a library metric, as a flow mapping."""
    return (
        f"{{id: HD-01, description: It is wrong., metric: {name}, arguments: {arguments}, mustBe: 0, "
        f"customProperties: [{{property: canaries, value: {canaries}}}]}}"
    )


def book(*texts: str) -> RuleBook:
    """The book of files a.yaml, b.yaml and so on with these texts, its canaries not proven."""
    return book_of_files([HomeFile(f"{chr(97 + number)}.yaml", str(number), text) for number, text in enumerate(texts)])


def refusals(*texts: str) -> list[str]:
    """Why the rules of these texts are refused."""
    return [one.reason for one in book(*texts).refused]
