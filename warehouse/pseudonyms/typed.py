"""Turns what people type about a patient into what the tables hold: with the key, a clinic's own number is understood.

A pseudonym stays as it is, so both may be typed, with or without the key.
"""

from collections.abc import Iterable

import polars as pl

from schemas.exports import EXPORTS
from schemas.rules import RULES
from warehouse.archive.archive import Archive
from warehouse.pseudonyms.sealed import read_identifiers
from warehouse.pseudonyms.veil_sheet import Veiler
from warehouse.storage.home import Home
from warehouse.storage.pseudonym_key import PseudonymKey, find_key

PATIENT_ID = "patient_id"


def patient_as_kept(home: Home, site: str, patient: str) -> str:
    """Return the patient's pseudonym, or what was typed if the home has no key."""
    key = find_key(home)
    return Veiler(key, site).identifier(PATIENT_ID, patient.strip()) if key else patient


def key_as_kept(home: Home, site: str, export: str, row_key: str) -> str:
    """Return a row's key with pseudonyms in it, or what was typed if the home has no key."""
    key = find_key(home)
    return Veiler(key, site).key(export, row_key.strip()) if key else row_key


def key_of_entry(home: Home, site: str, rule_id: str, row_key: str) -> str:
    """Return the key of a row that broke the rule, with pseudonyms in it; a rule of several exports says no columns."""
    found = {key_as_kept(home, site, name, row_key) for name in exports_of_rule(rule_id, row_key)}
    return found.pop() if len(found) == 1 else row_key


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


def names_of(home: Home, key: PseudonymKey, site: str) -> pl.DataFrame:
    """Return every pseudonym of a site with the identifier that it stands for."""
    kept = {a.content_sha256 for a in Archive(home).arrivals if a.site == site and a.tombstone is not None}
    found = [read_identifiers(home, key, sha256) for sha256 in sorted(filter(None, kept))]
    return (
        pl.concat(found).unique() if found else pl.DataFrame(schema={"pseudonym": pl.String, "identifier": pl.String})
    )
