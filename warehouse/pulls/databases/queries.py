"""Gives the query of each export that a database feeds: from site.toml, a file beside it, or a preset."""

from pathlib import Path

from warehouse.pulls.databases.one_select import DIALECTS, one_select
from warehouse.pulls.targets import Target
from warehouse.sources.export_mapping import ExportMapping
from warehouse.storage.errors import RegistryError


def queries_of(target: Target, site_folder: Path) -> dict[str, str]:
    """Return the queries by export, each one SELECT. Raises RegistryError if one is none."""
    return {feed.export: _query(target, site_folder, feed.export, feed.mapping) for feed in target.feeds}


def _query(target: Target, site_folder: Path, export: str, mapping: ExportMapping) -> str:
    database = target.source.database or ""
    if mapping.preset is not None:
        from warehouse.sources.sql_presets.preset import preset_query

        return preset_query(export, target.source, DIALECTS[database][0])
    query = mapping.query or ""
    if not query.endswith(".sql"):
        return one_select(query, database, f"exports.{export}.query in {target.site}/site.toml")
    return one_select(_read(site_folder, query, target.site), database, f"{target.site}/{query}")


def _read(site_folder: Path, name: str, site: str) -> str:
    path = site_folder / name
    if path.is_symlink() or not path.is_file():
        raise RegistryError(f"There is no file {site}/{name}, which site.toml names as a query.", "Put it there.")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise RegistryError(f"{site}/{name} cannot be read.", "Save it as UTF-8 text.") from None
