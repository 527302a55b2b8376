"""Turns what people type about a patient into what the tables hold: with the key, a clinic's own number is understood.

A pseudonym stays as it is, so both may be typed, with or without the key.
"""

from collections.abc import Iterable

import polars as pl

from schemas.exports import EXPORTS
from schemas.rules import RULES
from warehouse.pseudonyms.earlier import identifiers_before
from warehouse.pseudonyms.sealed import names_of
from warehouse.pseudonyms.veil_sheet import Veiler
from warehouse.storage.home import Home
from warehouse.storage.pseudonym_key import find_key

PATIENT_ID = "patient_id"


def patient_as_kept(home: Home, site: str, patient: str) -> str:
    """Return the patient's pseudonym, of an earlier one that of today, or what was typed if the home has no key."""
    key, typed = find_key(home), patient.strip()
    if key is None:
        return patient
    return Veiler(key, site).identifier(PATIENT_ID, identifiers_before(home, site, [typed]).get(typed, typed))


def key_as_kept(home: Home, site: str, export: str, row_key: str) -> str:
    """Return a row's key with pseudonyms in it, or what was typed if the home has no key."""
    key = find_key(home)
    return Veiler(key, site).key(export, row_key.strip()) if key else row_key


def key_of_entry(home: Home, site: str, rule_id: str, row_key: str) -> str:
    """Return the key of a row that broke the rule, with pseudonyms; of several exports, of the one that has it."""
    found = {key_as_kept(home, site, name, row_key) for name in exports_of_rule(rule_id, row_key)}
    if len(found) == 1:
        return found.pop()
    known = {part: "" for part in row_key.split("|")} | identifiers_of(
        home, site, [part for one in found for part in one.split("|")]
    )
    held = [one for one in found if all(not part or part in known for part in one.split("|"))]
    return held[0] if len(held) == 1 else row_key


def exports_of_rule(rule_id: str, row_key: str) -> list[str]:
    """Return the exports that the rule judges and whose keys have as many parts as this one."""
    exports = RULES[rule_id].tables if rule_id in RULES else EXPORTS
    n_parts = len(row_key.split("|"))
    return [name for name in exports if name in EXPORTS and len(EXPORTS[name].key) == n_parts]


def identifiers_of(home: Home, site: str, pseudonyms: Iterable[str]) -> dict[str, str]:
    """Return the identifiers that these pseudonyms of a site stand for, as far as known; none without a key."""
    key, wanted = find_key(home), list(set(pseudonyms))
    if key is None or not wanted:
        return {}
    return dict(names_of(home, key, site).filter(pl.col("pseudonym").is_in(wanted)).iter_rows())
