"""Checks before a file is taken that the key is there with which the archive's pseudonyms were made.

A home whose archive holds files with identifiers takes none under pseudonyms, and the reverse: otherwise one patient
would be two.
"""

from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_settings import home_settings
from warehouse.storage.pseudonym_key import PseudonymKey, find_key


def key_ids(archive: Archive) -> set[str | None]:
    """Return the keys with which files in the archive are kept, None among them for files as delivered."""
    found = (a for a in archive.arrivals if a.export != SITE_EXPORT)
    return {a.tombstone.key_id if a.tombstone else None for a in found}


def check_key(home: Home, archive: Archive) -> PseudonymKey | None:
    """Return the key. Raises RegistryError if files could only be taken in another way than those in the archive."""
    key, used = find_key(home), key_ids(archive)
    if key is None and used - {None}:
        raise RegistryError(
            "The key of the pseudonyms is missing, so no file can be taken.",
            "Set REGISTRY_PSEUDONYM_KEY or restore pseudonyms/key in the home; nothing was changed.",
        )
    if key is not None and None in used:
        raise RegistryError(
            "There is a key for pseudonyms, but the archive holds files with identifiers.",
            "Run `registry rotate-key`, which gives them pseudonyms too, or remove the key.",
        )
    if key is not None and home_settings(home).shards > 1:
        raise RegistryError(
            "A registry with a key for pseudonyms cannot work in shards: their processes do not know the key.",
            "Remove `shards` from registry.toml in the home; the refresh then does all work itself.",
        )
    if key is not None and used - {key.key_id}:
        raise RegistryError(
            "The key is not the one with which the archive's pseudonyms were made.",
            "Restore that key; a new one is brought in by `registry rotate-key`.",
        )
    return key
