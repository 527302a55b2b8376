"""Reads one expectation of a suite of the home: its type, table, arguments, severity, name and sentence."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from warehouse.expectations.judged_types import COUNTED, NOT_JUDGED
from warehouse.readers.near_names import nearest
from warehouse.storage.errors import RegistryError
from warehouse.storage.table_catalogue import PUBLISHED

KEYS = ("type", "kwargs", "meta", "notes", "description", "severity", "id", "rendered_content", "expectation_context")
INFO = "info"
"""Severity of an expectation that fails no check and is told to nobody; the pages show it."""
SEVERITIES = ("critical", "warning", INFO)
DEFAULT_SEVERITY = "critical"
"""As in the library. Nothing is refused by it: a gate has to say `gate` as well."""
GATE = "gate"
JUDGED_TABLES = tuple(
    table.full_name
    for table in PUBLISHED
    if table.schema in ("clean", "derived") or table.full_name in ("quality.lesion_imaging", "quality.patient_imaging")
)
"""Tables that a suite may be about."""
META = ("table", "gate", "name")
"""What is read in `meta`. The rest may say anything, but a name near one of these is a slip: a gate would be none."""
TYPES_ARE_LISTED = "docs/expectations.md lists them."


class SuiteRefused(RegistryError):
    """A suite, or one of its expectations, cannot be read; the message says why and the cure how to put it right."""


@dataclass(frozen=True)
class Stated:
    """One expectation of a suite of the home; `problem` says why it cannot be judged, '' if it can be tried."""

    suite: str
    table: str
    name: str
    kind: str
    kwargs: dict[str, Any]
    sentence: str
    severity: str
    problem: str = ""


def known_keys(given: dict, known: Sequence[str], what: str) -> None:
    """Raise SuiteRefused for a key that is not known."""
    for name in given:
        if name not in known:
            raise SuiteRefused(f"{what} holds the unknown key {name!r}.", near(name, known))


def near(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the cure for an unknown name: the nearest known one, otherwise all of them, or `otherwise`."""
    names = list(known)
    found = nearest(name, names)
    return f"Did you mean {found}?" if found else otherwise or f"Known are {', '.join(names)}."


def read_meta(given: Any) -> dict[str, Any]:
    """Return `meta`. SuiteRefused if a key of it is nearly one that is read."""
    meta = given if isinstance(given, dict) else {}
    for name in meta:
        if name not in META and (found := nearest(name, META)):
            raise SuiteRefused(f"`meta` holds the unknown key {name!r}.", f"Did you mean {found}?")
    return meta


def stated(suite: str, given: Any, table_of_suite: Any) -> Stated:
    """Return the expectation as it is stated; one that cannot be read says why and is never a gate."""
    said = given if isinstance(given, dict) else {}
    meta = said.get("meta")
    own: dict[str, Any] = meta if isinstance(meta, dict) else {}
    table, kind, kwargs = own.get("table", table_of_suite), said.get("type"), said.get("kwargs")
    shown = kind if isinstance(kind, str) else str(said.get("expectation_type", ""))
    arguments = kwargs if isinstance(kwargs, dict) else {}
    problem, severity = "", "warning"
    try:
        read_meta(own)
        severity = _severity(said, own)
        _check(given, table, arguments)
    except SuiteRefused as error:
        problem, severity = str(error), severity if severity != GATE else DEFAULT_SEVERITY
    name = own["name"] if isinstance(own.get("name"), str) else _name(shown, arguments)
    description = said.get("description")
    sentence = description if isinstance(description, str) and description else _sentence(shown, arguments)
    return Stated(suite, str(table or ""), name, shown, arguments, sentence, severity, problem)


def _severity(said: dict, meta: dict) -> str:
    severity = said.get("severity", DEFAULT_SEVERITY)
    if severity not in SEVERITIES:
        raise SuiteRefused(f"The severity {severity!r} is unknown.", near(str(severity), SEVERITIES))
    gate = meta.get("gate", False)
    if not isinstance(gate, bool):
        raise SuiteRefused("`gate` in meta is neither true nor false.", "Write true, without quotes.")
    if gate and severity != DEFAULT_SEVERITY:
        raise SuiteRefused(f"A gate of severity {severity} would refuse nothing.", "Write severity critical.")
    return GATE if gate else severity


def _check(given: Any, table: Any, kwargs: dict) -> None:
    """Raise SuiteRefused if the expectation cannot be read."""
    if not isinstance(given, dict):
        raise SuiteRefused("An expectation is no object.", 'Write {"type": "...", "kwargs": {...}}.')
    if "expectation_type" in given:
        raise SuiteRefused(
            "The expectation is in the form of Great Expectations before 1.0.", "Write type for expectation_type."
        )
    known_keys(given, KEYS, "The expectation")
    kind = given.get("type")
    if not isinstance(kind, str):
        raise SuiteRefused("The expectation has no type.", TYPES_ARE_LISTED)
    if kind in NOT_JUDGED:
        why, cure = NOT_JUDGED[kind]
        raise SuiteRefused(f"{kind} {why}.", cure)
    if kind not in COUNTED:
        raise SuiteRefused(f"There is no expectation {kind!r}.", near(kind, COUNTED, TYPES_ARE_LISTED))
    if not isinstance(given.get("kwargs", {}), dict):
        raise SuiteRefused("`kwargs` is no object.", 'Write {"column": "..."}.')
    if not isinstance(table, str) or not table:
        raise SuiteRefused("The expectation names no table.", 'Write "meta": {"table": "clean.lesions"}.')
    if table not in JUDGED_TABLES:
        raise SuiteRefused(f"The release has no table {table!r} for suites.", near_table(table))
    if any(isinstance(value, dict) and "$PARAMETER" in value for value in kwargs.values()):
        raise SuiteRefused("An argument is a parameter, which nobody gives in the night.", "Write the value.")
    if not isinstance(kwargs.get("mostly", 1.0), int | float) or isinstance(kwargs.get("mostly"), bool):
        raise SuiteRefused("`mostly` is no number.", "Write a share between 0 and 1, without quotes, e.g. 0.95.")


def near_table(table: str) -> str:
    """Return the cure for an unknown table: the one of that name in another schema, or the nearest.

    >>> near_table("lesions"), near_table("clean.leisons")
    ('Did you mean clean.lesions?', 'Did you mean clean.lesions?')
    """
    found = [one for one in JUDGED_TABLES if one.split(".")[1] == table.split(".")[-1]]
    otherwise = "A suite may be about the tables of clean and derived (docs/tables.md)."
    return f"Did you mean {found[0]}?" if found else near(table, JUDGED_TABLES, otherwise)


def columns_named(kwargs: dict) -> list[str]:
    """Return the names of the columns that the arguments name, as far as they are text."""
    found = [kwargs.get(name) for name in ("column", "column_A", "column_B")]
    found += kwargs["column_list"] if isinstance(kwargs.get("column_list"), list) else []
    return [name for name in found if isinstance(name, str)]


def _name(kind: str, kwargs: dict) -> str:
    """Return the name of an expectation that has none: its columns and its type in words.

    >>> _name("expect_column_values_to_be_between", {"column": "power_w"})
    'power_w: values to be between'
    """
    words = re.sub(r"^expect_(column_pair_|column_|multicolumn_|table_|)", "", kind).replace("_", " ") or "no type"
    return ": ".join(filter(None, (", ".join(columns_named(kwargs)), words)))


def _sentence(kind: str, kwargs: dict) -> str:
    """Return the sentence of an expectation without a description: its type in words, and its arguments."""
    words = (kind.replace("_", " ") or "an expectation without a type").capitalize()
    arguments = ", ".join(f"{name} {_plain(value)}" for name, value in kwargs.items())
    return f"{words}: {arguments}." if arguments else f"{words}."


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
