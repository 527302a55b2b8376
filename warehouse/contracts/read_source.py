"""Reads the contract of a site's source: an ODCS 3 file, whose tables propose a mapping (proposals/declared_tables.py).

Only what a proposal needs is taken: names, titles, types, codes and examples of the columns at the first level.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from warehouse.own_rules.contract_form import KIND
from warehouse.own_rules.refusal import RuleRefused, listed, mapping, text
from warehouse.own_rules.yaml_text import parsed
from warehouse.proposals.declared_tables import DeclaredColumn, DeclaredTable
from warehouse.proposals.words import normalised
from warehouse.readers.near_names import shown
from warehouse.sources.site_mapping import RESERVED
from warehouse.storage.errors import RegistryError
from warehouse.storage.home_files import read_one

VERSIONS = ("v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0")
OLDER = "dataContractSpecification"
DATES = ("date", "timestamp")
NESTED = ("properties", "items")
MOST_COLUMNS = 2_000
MOST_VALUES = 200
"""Values and examples of a column that are read; a coded column has fewer."""


def read_source(path: Path, notes: list[str]) -> list[DeclaredTable]:
    """Return the tables of the contract. `notes` gains a sentence about what of it is not read.

    RegistryError, in one sentence with its cure, if it is no contract that can be read.
    """
    try:
        document = mapping(parsed(read_one(path)), "The file")
    except OSError as error:
        raise RegistryError(f"{path} cannot be read ({error.strerror}).", "Name a data contract (YAML).") from None
    except RuleRefused as refused:
        raise RegistryError(f"{path.name}: {refused.message}", refused.cure) from None
    _check_version(document, path.name)
    try:
        tables = [_table(one, path.name, notes) for one in listed(document.get("schema"), "`schema`")]
    except RuleRefused as refused:
        raise RegistryError(f"{path.name}: {refused.message}", refused.cure) from None
    if not tables:
        raise RegistryError(f"{path.name} declares no table.", "Write them under `schema`.")
    names = [one.folder for one in tables]
    if twice := next((one for one in tables if names.count(one.folder) > 1), None):
        raise RegistryError(f"{path.name} declares the table {shown(twice.name)} twice.", "Rename one of them.")
    return tables


def _check_version(document: dict[str, Any], name: str) -> None:
    if OLDER in document:
        raise RegistryError(
            f"{name} is a Data Contract Specification, the form before ODCS.",
            "Convert it to ODCS 3.1: `datacontract export odcs`.",
        )
    if document.get("kind") != KIND:
        raise RegistryError(f"{name} is no data contract: `kind` is not {KIND}.", f"Begin with `kind: {KIND}`.")
    version = str(document.get("apiVersion", ""))
    if version not in VERSIONS:
        stated = f"of ODCS {version.removeprefix('v')}" if version else "without apiVersion"
        raise RegistryError(
            f"{name} is {stated}; versions 3.0 to 3.2 are read.", "Convert it, or write `apiVersion: v3.1.0`."
        )


def _table(given: Any, file: str, notes: list[str]) -> DeclaredTable:
    said = mapping(given, "An entry of `schema`")
    name = text(said.get("name"), "`name` of an entry of `schema`")
    columns = list(_columns(listed(said.get("properties"), f"`properties` of {shown(name)}"), name, notes))
    if len(columns) > MOST_COLUMNS:
        raise RuleRefused(f"{shown(name)} has more than {MOST_COLUMNS:,} columns.", "Leave out those not delivered.")
    plain = [one.name.casefold() for one in columns]
    if twice := next((one for one in columns if plain.count(one.name.casefold()) > 1), None):
        raise RuleRefused(f"{shown(name)} declares the column {shown(twice.name)} twice.", "Rename one of them.")
    return DeclaredTable(name, _folder(name), file, tuple(columns))


def _columns(properties: list, table: str, notes: list[str]) -> Iterator[DeclaredColumn]:
    nested = []
    for one in properties:
        said = mapping(one, f"A property of {shown(table)}")
        name = _text(said.get("physicalName")) or text(said.get("name"), f"`name` of a property of {shown(table)}")
        if any(said.get(key) not in (None, "") for key in NESTED):
            nested.append(name)
            continue
        options = said.get("logicalTypeOptions")
        options = options if isinstance(options, dict) else {}
        is_date = _text(said.get("logicalType")) in DATES
        yield DeclaredColumn(
            name,
            _text(said.get("businessName")),
            _text(said.get("description")),
            is_date,
            _text(options.get("format")) if is_date else "",
            tuple(_values(said, options)),
            tuple(_texts(said.get("examples"))),
        )
    if nested:
        listed_names = ", ".join(shown(name) for name in nested)
        notes.append(
            f"In {shown(table)}, {listed_names} hold further columns, which are not read: a table has one level."
        )


def _values(said: dict[str, Any], options: dict[str, Any]) -> Iterator[str]:
    """Yield the codes of a column: those of its rule invalidValues, or the list that older tools wrote."""
    yield from _texts(options.get("enum"))
    rules = said.get("quality")
    for rule in rules if isinstance(rules, list) else ():
        arguments = rule.get("arguments") if isinstance(rule, dict) else None
        if isinstance(arguments, dict) and rule.get("metric") == "invalidValues":
            yield from _texts(arguments.get("validValues"))


def _texts(given: Any) -> list[str]:
    found = given[:MOST_VALUES] if isinstance(given, list) else []
    return [one.strip() for one in found if isinstance(one, str) and one.strip()]


def _text(given: Any) -> str:
    return " ".join(given.split()) if isinstance(given, str) else ""


def _folder(name: str) -> str:
    """Return the folder that is proposed for the files of a table."""
    words = [re.sub(r"[^a-z0-9]", "", word) for word in normalised(name.replace("_", " "))]
    folder = "_".join(word for word in words if word) or "files"
    return f"{folder}_files" if folder in RESERVED else folder
