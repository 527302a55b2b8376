"""Makes the contracts of a site's own files: their own columns, judged as site.toml says that they are read.

One contract for each source, so that it can be tested without naming a server. Every column is declared as text: a word
in a column of numbers would otherwise stop all checks of the file.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from schemas.rules import RULES
from warehouse.contracts.odcs_document import Document, document
from warehouse.contracts.quality_entries import Entry, counting, stated
from warehouse.contracts.row_predicates import PREDICATES
from warehouse.contracts.site_cells import SiteCells
from warehouse.intake.landing import IGNORED_PREFIXES, IGNORED_SUFFIXES, SITE_FILE
from warehouse.intake.site_config import parse
from warehouse.proposals.words import normalised
from warehouse.readers.formats import format_of
from warehouse.readers.near_names import PERSONAL, shown
from warehouse.sources.export_mapping import ExportMapping
from warehouse.sources.open_mapped import open_part
from warehouse.sources.site_mapping import Feed, SiteMapping
from warehouse.sources.source_settings import SourceSettings
from warehouse.storage.errors import RegistryError

PURPOSE = "What the files of {source} of {site} hold, and which of their rows the registry would set aside or flag."
USAGE = "Check a file before it is sent: put it into {folder}/ and run `datacontract test` in the site's folder."
POINT = "."
POINTED = (
    "The columns are listed under customProperties: other tools take a name with a point for that of a column within "
    "a column, and say that it is missing."
)
UTF8 = ("utf-8", "ascii", "utf-8-sig")


def site_contracts(
    folder: Path, site: str, version: str, odcs: str, left_out: list[str]
) -> Iterator[tuple[str, Document]]:
    """Yield each source of the site's folder with its contract. `left_out` gains a sentence about others and why.

    RegistryError if site.toml cannot be read.
    """
    path = folder / SITE_FILE
    mapping = parse(path.read_text(encoding="utf-8-sig"), site).mapping if path.exists() else None
    for name, (files, feeds) in sorted(_files_of(folder, mapping or SiteMapping()).items()):
        if why := _why_not(files[-1], feeds[0].source):
            left_out.append(f"{shown(name)}: {why}; `registry check` judges its files.")
            continue
        try:
            headers = [_header(file, feeds[0]) for file in files if not _why_not(file, feeds[0].source)]
        except RegistryError as error:
            left_out.append(f"{shown(name)}: {error}")
            continue
        header = headers[-1]
        schema = _object(name, [SiteCells(feed, header) for feed in feeds], header)
        place, patterns = files[-1].parent.name, feeds[0].source.files
        pattern = patterns[0] if len(patterns) == 1 else "*.csv"
        if any(one != header for one in headers):  # names are compared to the letter, in all files as in the first
            pattern = files[-1].name
        server = {"server": "files", "type": "local", "path": f"./{place}/{pattern}", "format": "csv"}
        purpose, usage = PURPOSE.format(source=name, site=site), USAGE.format(folder=place)
        yield name, document(f"{site}-{schema['name']}", purpose, usage, [server], [schema], version, odcs)


def _files_of(folder: Path, mapping: SiteMapping) -> dict[str, tuple[list[Path], list[Feed]]]:
    """Return source -> its files in the order of their names, and what they feed."""
    found: dict[str, tuple[list[Path], list[Feed]]] = {}
    for place in sorted(one for one in folder.iterdir() if one.is_dir() and one.name != ANSWERS):
        for file in sorted(place.iterdir()):
            if not file.is_file() or file.name.startswith(IGNORED_PREFIXES) or file.name.endswith(IGNORED_SUFFIXES):
                continue
            feeds = mapping.feeds(place.name, file.name)
            if not feeds and place.name in EXPORTS and not mapping.concerns(place.name):
                feeds = [Feed(place.name, place.name, SourceSettings(), ExportMapping())]
            for feed in feeds:
                files, of_source = found.setdefault(feed.source_name, ([], []))
                files += [file] if file not in files else []
                of_source += [feed] if feed.export not in {one.export for one in of_source} else []
    return found


def _why_not(file: Path, source: SourceSettings) -> str:
    """Return why other tools could not read the files of a source as the registry does, '' if they can."""
    if source.kind != "table":
        return f"it is an export of {source.kind}"
    if format_of(file) != "csv":
        return "its files are no CSV"
    if source.encoding not in UTF8:
        return f"its files are {source.encoding}, and other tools read UTF-8"
    return "its header is not in the first row" if source.header_row > 1 else ""


def _header(file: Path, feed: Feed) -> list[str]:
    """Return the names of the file's columns. DeliveryRejected if it cannot be read."""
    with tempfile.TemporaryDirectory(prefix="contract-") as scratch, duckdb.connect() as con:
        link = Path(scratch) / f"file{file.suffix}"
        os.symlink(file.resolve(), link)
        return [name.strip() for name in open_part(con, link, feed).header]


def _object(name: str, parts: Sequence[SiteCells], header: Sequence[str]) -> Entry:
    read: dict[str, list[str]] = {}
    for cells in parts:
        for canonical, origin in cells.origins.items():
            read.setdefault(origin, []).append(f"{cells.export.name}.{canonical}")
    quality: dict[str, list[Entry]] = {}
    for cells in parts:
        for column, entry in _entries(cells):
            quality.setdefault(cells.origins[column], []).append(entry)
    properties = []
    for column in header:
        if not column or shown(column) == PERSONAL:
            continue
        feeds = read.get(column)
        prose = f"Read as {', '.join(feeds)}." if feeds else "Not read as a column of its own."
        one: Entry = {"name": column, "description": prose, "logicalType": "string", "physicalType": "VARCHAR"}
        properties.append(one | ({"quality": quality[column]} if column in quality else {}))
    plain = "_".join(word for word in normalised(name) if word.isascii()) or "files"
    found: Entry = {"name": plain, "physicalType": "table"}
    if not any(POINT in one["name"] for one in properties):
        return found | {"properties": properties}
    names = {"property": "columns", "value": [one["name"] for one in properties]}
    rules = [rule for of_column in quality.values() for rule in of_column]
    return found | {"description": POINTED, "customProperties": [names], "quality": rules}


def _entries(cells: SiteCells) -> Iterator[tuple[str, Entry]]:
    """Yield canonical column and entry of every rule that the file's cells can be judged by."""
    for column in cells.export.columns:
        name = column.name
        if name not in cells.origins:
            continue
        if column.required and column.kind != "flag":
            yield name, _entry("REQ-01", name, cells.rows([name], is_typed=False), f"{name} IS NULL")
        if column.is_parsed:
            yield name, _unread(name, cells.rows([name], is_typed=False), cells.rows([name]))
        if column.codes:
            codes = ", ".join(f"'{code}'" for code in column.codes)
            yield name, _entry(column.code_rule, name, cells.rows([name]), f"{name} NOT IN ({codes})")
    for one in PREDICATES[cells.export.name]:
        if one.column in cells.origins and cells.has(one.names):
            yield one.column, _entry(one.rule_id, one.column, cells.rows(one.names), one.sql(str))


def _entry(rule_id: str, column: str, rows: str, condition: str) -> Entry:
    return stated(RULES[rule_id], column, **counting(condition, rows))


def _unread(column: str, texts: str, typed: str) -> Entry:
    """Return the entry that every filled cell can be read as its type: the filled ones less those that are read."""
    filled = f"(SELECT count({column}) FROM {texts})"  # noqa: S608 (for other tools)
    query = f"SELECT {filled} - count({column}) FROM {typed}"  # noqa: S608
    return stated(RULES["TYPE-01"], column, type="sql", query=query)
