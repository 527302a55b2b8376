"""Finds the folders and dictionaries that a site.toml names, without judging it.

Every look at landing/ asks this, so the mapping itself (pydantic) is not read here.
"""

from pathlib import Path

from schemas.exports import ANSWERS, EXPORTS
from warehouse.storage.toml_text import NotToml, read_toml

QUERY = ".sql"
"""How the name of a file ends that holds a query."""
STUDY, BULK = "cbioportal", "fhir"
"""Kinds of sources of which a folder of files, or a ZIP of it, may be one delivery: a study, and an export of FHIR."""


def settings_of_sources(site_folder: Path) -> dict[str, dict]:
    """Return the tables of the sources as they stand in site.toml, by name; none if it is no TOML."""
    return _sources(site_folder)


def source_folders(site_folder: Path) -> set[str]:
    """Return the folders that the site's sources read, beside those of the exports; none if site.toml is no TOML."""
    return {_text(table, "folder") or name for name, table in _sources(site_folder).items()} - {*EXPORTS, ANSWERS}


def dictionaries(site_folder: Path) -> dict[str, str]:
    """Return the data dictionaries beside site.toml that its sources name, with the kind of their source.

    The queries that its exports name are among them, of kind sql: they are archived too.
    """
    queries = (_text(table, "query") for table in _tables(site_folder, "exports").values())
    named = ((_text(table, "dictionary"), _text(table, "kind")) for table in _sources(site_folder).values())
    return {query: "sql" for query in queries if query.endswith(QUERY)} | {name: kind for name, kind in named if name}


def kinds_of_folders(site_folder: Path) -> dict[str, str]:
    """Return the folders of the site's sources in which a folder may be one delivery, each with the source's kind."""
    kinds = {_text(t, "folder") or name: _text(t, "kind") for name, t in _sources(site_folder).items()}
    return {folder: kind for folder, kind in kinds.items() if kind in (STUDY, BULK)}


def _text(table: dict, key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _sources(site_folder: Path) -> dict[str, dict]:
    return _tables(site_folder, "sources")


def _tables(site_folder: Path, key: str) -> dict[str, dict]:
    file = site_folder / "site.toml"
    try:
        content = read_toml(file.read_text(encoding="utf-8-sig")) if file.is_file() else {}
    except (OSError, UnicodeDecodeError, NotToml):
        return {}
    tables = content.get(key, {})
    return {name: t for name, t in tables.items() if isinstance(t, dict)} if isinstance(tables, dict) else {}
