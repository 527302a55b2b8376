"""Makes the contract of the exports: what a site's files hold, with every rule that one row can break by itself."""

from collections.abc import Sequence

from schemas.canary import SOUND
from schemas.export import Column, Export
from schemas.exports import EXPORTS
from schemas.rule_book import RuleBook
from schemas.rules import RULES
from warehouse.contracts.odcs_document import Document, document
from warehouse.contracts.odcs_types import type_in_file
from warehouse.contracts.own_entries import own_entries
from warehouse.contracts.quality_entries import Entry, code_entry, counting, key_entry, stated
from warehouse.contracts.row_predicates import PREDICATES

IDENTIFIER = "ablation-registry-exports"
PURPOSE = "What a site delivers to the registry: one folder for each export, in it files with these columns."
USAGE = (
    "Check files before they are sent: `datacontract test` in the folder that holds the exports' folders, or "
    "`registry check` with the rules that this file cannot state."
)
FILES = {"server": "files", "type": "local", "path": "./{model}/*.csv", "format": "csv"}


def exports_contract(names: Sequence[str], book: RuleBook, version: str, odcs: str) -> Document:
    """Return the contract of these exports, with the own rules in force."""
    chosen = [export for export in EXPORTS.values() if export.name in names]
    own: dict[tuple[str, str], list[Entry]] = {}
    for export, column, entry in own_entries(book, {one.name: one.column_names for one in chosen}):
        own.setdefault((export, column), []).append(entry)
    objects = [schema_object(export, own) for export in chosen]
    return document(IDENTIFIER, PURPOSE, USAGE, [FILES], objects, version, odcs)


def schema_object(export: Export, own: dict[tuple[str, str], list[Entry]]) -> Entry:
    """Return the table of an export with its columns, their rules and the rules at the table."""
    return {
        "name": export.name,
        "physicalType": "table",
        "description": export.prose,
        "properties": [_property(export, column, own.get((export.name, column.name), [])) for column in export.columns],
        "quality": [key_entry(export, export.column_names), *own.get((export.name, ""), [])],
    }


def _property(export: Export, column: Column, own: list[Entry]) -> Entry:
    found: Entry = {"name": column.name, "description": column.prose, **type_in_file(column)}
    if column.required and column.kind != "flag":
        found["required"] = True
    if example := SOUND[export.name].get(column.name):
        found["examples"] = [example]
    quality = [code_entry(column)] if column.codes else []
    for one in PREDICATES[export.name]:
        if one.column == column.name:
            condition = one.sql(lambda name: "{property}" if name == column.name else name)
            quality.append(stated(RULES[one.rule_id], column.name, **counting(condition)))
    if quality or own:
        found["quality"] = [*quality, *own]
    return found
