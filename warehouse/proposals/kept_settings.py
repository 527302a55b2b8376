"""Keeps in a proposal what the site's site.toml says of where files come from, which no file shows."""

from collections.abc import Sequence
from pathlib import Path

from warehouse.intake.landing import SITE_FILE
from warehouse.intake.source_folders import settings_of_sources
from warehouse.proposals.entry import Entry, Table
from warehouse.sources.place_address import OF_PLACES, check_place
from warehouse.sources.source_settings import SourceSettings
from warehouse.storage.errors import RegistryError

KEPT = ("files", "place", *OF_PLACES)
SOURCE = "[sources."
NOT_COME = "No file of {} has come yet. If it is to be fetched, run `registry pull {}`; then run `registry map` again."


def keep_where_files_come_from(tables: Sequence[Table], site_folder: Path, notes: list[str]) -> None:
    """Add the place and what belongs to it to the proposed sources of the same folders; note sources without files.

    `files` is among it: it chooses what is fetched. What does not hold as it stands is not kept.
    """
    before = settings_of_sources(site_folder)
    proposed = {_name(table): table for table in tables if table.header.startswith(SOURCE)}
    folders = {name: _said(table, "folder") or name for name, table in proposed.items()}
    for name, table in proposed.items():
        same = [one for one, said in before.items() if (said.get("folder") or one) == folders[name]]
        if same:
            _keep(table, before[name if name in same else same[0]])
    for name, said in before.items():
        if ("place" in said or "api" in said) and (said.get("folder") or name) not in folders.values():
            notes.append(NOT_COME.format(name, site_folder.name))


def _keep(table: Table, said: dict) -> None:
    kept = {key: said[key] for key in said if key in KEPT and (key != "files" or not _said(table, key))}
    try:
        check_place(_name(table), SourceSettings(**kept), SITE_FILE)
    except (RegistryError, ValueError):
        return
    if "place" not in kept:
        return
    at = 1 + max((n for n, one in enumerate(table.entries) if one.key in ("kind", "folder")), default=-1)
    table.entries[at:at] = [Entry(key, value) for key, value in kept.items()]


def _name(table: Table) -> str:
    return table.header.removeprefix(SOURCE).rstrip("]").strip('"')


def _said(table: Table, key: str) -> object:
    return next((one.value for one in table.entries if one.key == key), None)
