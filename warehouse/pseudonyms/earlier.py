"""Keeps by which names earlier keys knew whom: releases made before a new key, and the log of what left, say them.

The list lies in archive/earlier-names, sealed with the key in force (sealed.py), oldest names first; a new key adds the
pseudonyms of the one before. Of an archive that had none the earlier name is the identifier. An erasure removes the
patient's lines.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl

from warehouse.archive.archive import Archive
from warehouse.pseudonyms import sealed
from warehouse.pseudonyms.columns import LETTERS, PATIENT_ID
from warehouse.pseudonyms.sealed import names_of
from warehouse.pseudonyms.veil_sheet import bare, letter_of
from warehouse.redaction.whose_rows import Match
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.pseudonym_key import PseudonymKey, find_key

FILE_NAME = "earlier-names"
COLUMNS = {"site": pl.String, "letter": pl.String, "name": pl.String, "identifier": pl.String}
WHOSE = ("site", "letter", "identifier")
Rows = Iterable[tuple[str, ...]]


def path_of(home: Home) -> Path:
    """Return where the list lies, if a key was ever changed."""
    return home.archive / FILE_NAME


def read(home: Home) -> pl.DataFrame:
    """Return the list, oldest names first (COLUMNS); it is empty if no key was changed.

    Raises RegistryError without the key that it is sealed with.
    """
    path = path_of(home)
    if not path.exists():
        return pl.DataFrame(schema=COLUMNS)
    key = find_key(home)
    if key is None:
        raise RegistryError(
            "The key of the pseudonyms is missing, so nobody can be recognised who was known under an earlier one.",
            "Set REGISTRY_PSEUDONYM_KEY or restore pseudonyms/key in the home; nothing was changed.",
        )
    return sealed.read_frame(key, path)


def write(key: PseudonymKey, names: pl.DataFrame, path: Path) -> None:
    """Seal the list with the key; the same name of the same identifier stands once."""
    sealed.write_frame(key, names.unique(maintain_order=True, keep="first"), path)


def under_key(site: str, names: pl.DataFrame) -> pl.DataFrame:
    """Return lines of the list for names by pseudonym (columns pseudonym, identifier)."""
    return _lines(site, names, names["pseudonym"].to_list())


def without_key(site: str, names: pl.DataFrame) -> pl.DataFrame:
    """Return lines of the list for what had no pseudonyms before: everything was called by its identifier."""
    return _lines(site, names, names["identifier"].to_list())


def _lines(site: str, names: pl.DataFrame, called: list[str]) -> pl.DataFrame:
    letters = [letter_of(pseudonym) for pseudonym in names["pseudonym"]]
    rows = zip([site] * len(called), letters, called, names["identifier"], strict=True)
    return pl.DataFrame(list(rows), schema=COLUMNS, orient="row").sort("letter", "name", "identifier")


def names_of_patients(home: Home, site: str, match: Match) -> set[str]:
    """Return every name of those patients of whom `match` finds one: under any key, marked or not, and identifiers.

    Raises RegistryError without the key if there was another.
    """
    listed, key = read(home), find_key(home)
    if key is None:
        return set()
    lines = pl.concat([listed, under_key(site, names_of(home, key, site))])
    lines = lines.filter((pl.col("site") == site) & (pl.col("letter") == LETTERS[PATIENT_ID]))
    called: dict[str, set[str]] = {}
    for name, identifier in lines.select("name", "identifier").iter_rows():
        called.setdefault(identifier, {identifier}).update((name, bare(name)))
    found = match(set().union(*called.values()))
    return set().union(*(names for names in called.values() if names & found))


def identifiers_before(home: Home, site: str, names: Iterable[str]) -> dict[str, str]:
    """Return the identifiers for which earlier pseudonyms of the site stood, as far as they are known."""
    if not path_of(home).exists() or find_key(home) is None:
        return {}
    lines = read(home).filter((pl.col("site") == site) & pl.col("name").is_in(list(names)))
    return dict(lines.filter(pl.col("name") != pl.col("identifier")).select("name", "identifier").iter_rows())


def as_first_named(home: Home) -> Callable[[Rows], list[tuple[str, ...]]]:
    """Return what gives rows of keys, their site first, the names that the first key gave: those that never change.

    So what was made before a new key and what is made after it say the same of the same patients, lesions and sessions.
    Raises RegistryError without the key if there was another.
    """
    before, key = read(home), find_key(home)
    if before.is_empty() or key is None:
        return list
    sites = sorted({arrival.site for arrival in Archive(home).arrivals})
    lines = pl.concat([before, *(under_key(site, names_of(home, key, site)) for site in sites)])
    first = lines.unique(WHOSE, keep="first", maintain_order=True).rename({"name": "first"})
    told = lines.join(first, on=WHOSE).select("site", "name", "first")
    names = {(site, name): first for site, name, first in told.iter_rows()}
    return lambda rows: [(site, *(names.get((site, one), one) for one in rest)) for site, *rest in rows]


def forget(home: Home, site: str, match: Match) -> None:
    """Remove the lines of the patients whom `match` finds by any name."""
    listed, key = read(home), find_key(home)
    if listed.is_empty() or key is None:
        return
    is_patient = (pl.col("site") == site) & (pl.col("letter") == LETTERS[PATIENT_ID])
    theirs = listed.filter(is_patient)
    found = match({*theirs["name"], *theirs["identifier"]})
    gone = theirs.filter(pl.col("name").is_in(found) | pl.col("identifier").is_in(found))["identifier"]
    if len(gone):
        write(key, listed.filter(~(is_patient & pl.col("identifier").is_in(gone.implode()))), path_of(home))
