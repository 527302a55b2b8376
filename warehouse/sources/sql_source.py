"""Checks the keys of a source of kind sql, and names the files of its answers, one for each export."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from schemas.exports import EXPORTS
from warehouse.sources.source_settings import LOOPBACK, SourceSettings
from warehouse.storage.errors import RegistryError

if TYPE_CHECKING:
    from warehouse.sources.export_mapping import ExportMapping

SQL = "sql"
PRESETS = ("omop-5.4",)
NAME = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}}_\d{{6}})_sql_({'|'.join(EXPORTS)})\.parquet")
OF_FILES = ("files", "encoding", "delimiter", "decimal", "sheet", "header_row", "dictionary", "api", "place")
"""Keys of other kinds, which say nothing of what a database gives."""
OF_DATABASES = ("database", "connection", "namespace", "concepts")
PASSWORD = re.compile(r"\b(password|passwd|pwd|passfile)\s*=", re.IGNORECASE)
WORD = re.compile(r"(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|\"[^\"]*\"|[^\s]*)")
TLS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "postgres": ("sslmode", ("require", "verify-ca", "verify-full")),
    "mysql": ("ssl_mode", ("required", "verify_ca", "verify_identity")),
}
"""Kind of database -> the word of its connection that asks for TLS, and the values that insist on it."""
EXAMPLES = {
    "postgres": "host=db.clinic.example dbname=ehr sslmode=verify-full user=registry",
    "mysql": "host=db.clinic.example database=ehr ssl_mode=verify_ca user=registry",
    "sqlite": "/srv/ehr/ehr.sqlite",
    "odbc": "Driver=FreeTDS;Server=db.clinic.example;Database=ehr;UID=registry",
}


def file_name(stamp: str, export: str) -> str:
    """Return the name of a pulled file, which sorts by time.

    >>> file_name("2026-11-29_020000", "patients")
    '2026-11-29_020000_sql_patients.parquet'
    """
    return f"{stamp}_sql_{export}.parquet"


def export_of(name: str) -> str:
    """Return the export that a pulled file is of, '' if it is no such file."""
    match = NAME.fullmatch(name)
    return match[2] if match else ""


def check_source(name: str, source: SourceSettings, place: str) -> None:
    """Raise RegistryError if the source cannot be asked as its keys say; `place` is its table in site.toml."""
    set_keys = source.model_fields_set
    if source.kind != SQL:
        if found := [key for key in OF_DATABASES if key in set_keys]:
            key = found[0].replace("namespace", "schema")
            raise RegistryError(f"{place}.{key} belongs to a database.", 'Remove it, or write kind = "sql".')
        return
    if found := [key for key in OF_FILES if key in set_keys]:
        raise RegistryError(f"{place}.{found[0]} says nothing of what a database gives.", "Remove it.")
    if source.database is None or not (source.connection or "").strip():
        lacking = "database" if source.database is None else "connection"
        example = EXAMPLES[source.database or "postgres"]
        raise RegistryError(
            f"{place}.{lacking} is missing.",
            f'Write database = "{source.database or "postgres"}" and connection = "{example}".',
        )
    if re.search(r"[^A-Za-z0-9_-]", name):
        raise RegistryError(f"{place}: a source of kind sql has a plain name.", "Use letters, digits, _ and -.")
    _check_connection(source.database, source.connection or "", place)
    if source.concepts:
        from warehouse.sources.sql_presets.terms import check_terms

        check_terms(source.concepts, f"{place}.concepts")


def _check_connection(database: str, connection: str, place: str) -> None:
    if PASSWORD.search(connection) or "://" in connection:
        raise RegistryError(
            f"{place}.connection holds no password, and is no URL.",
            f'Write it like "{EXAMPLES[database]}"; the password stands in a file of tokens/ (docs/sources/sql.md).',
        )
    if database not in TLS:
        return
    words = {key.lower(): value.strip("'\"") for key, value in WORD.findall(connection)}
    hosts = (words.get("host") or words.get("hostaddr") or "").split(",")
    if all(host in ("", *LOOPBACK) or host.startswith("/") for host in hosts):
        return
    word, insisting = TLS[database]
    if words.get(word, "").lower() not in insisting:
        raise RegistryError(
            f"{place}.connection would carry patients without TLS.", f"Add {word}={insisting[-1]} to it."
        )


def check_export(name: str, mapping: "ExportMapping", sources: Mapping[str, SourceSettings], site: str) -> None:
    """Raise RegistryError unless exports of databases, and only they, have either a query or a preset."""
    place = f"{site}/site.toml: exports.{name}"
    asks = [key for key in ("query", "preset") if getattr(mapping, key) is not None]
    kinds = [sources[one].kind for one in (mapping.source or (name,)) if one in sources]
    if SQL not in kinds:
        if asks:
            raise RegistryError(f"{place}.{asks[0]} asks a database, and its source is none.", "Remove it.")
        return
    if len(asks) != 1:
        which = "both a query and a preset" if asks else "neither a query nor a preset"
        raise RegistryError(
            f"{place} has {which} for its database.", 'Write query = "SELECT ...", or the name of a .sql file.'
        )
    if mapping.preset is not None and mapping.preset not in PRESETS:
        raise RegistryError(f"{place}.preset is not known.", f"Use {' or '.join(PRESETS)}.")
    if (query := mapping.query or "").endswith(".sql") and ("/" in query or "\\" in query or query.startswith(".")):
        raise RegistryError(f"{place}.query names a file elsewhere.", "Put it beside site.toml.")
