"""Reads REGISTRY_WAREHOUSE, which says where releases go besides the home, and keeps its password to itself.

    ducklake:postgres:host=db.hospital.example dbname=registry    a database of PostgreSQL (or postgresql://...)
    ducklake:sqlite:/srv/lake/catalogue.sqlite                    a file, for one process at a time
    ducklake:duckdb:/srv/lake/catalogue.ducklake                  the same

Without it, or with `embedded`, releases are folders of the home and nothing else.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from warehouse.storage.errors import RegistryError

VARIABLE = "REGISTRY_WAREHOUSE"
EMBEDDED = "embedded"
PREFIX = "ducklake"
POSTGRES, SQLITE, DUCKDB = "postgres", "sqlite", "duckdb"
EXTENSIONS = {
    POSTGRES: ("httpfs", "postgres_scanner", "ducklake"),
    SQLITE: ("httpfs", "sqlite_scanner", "ducklake"),
    DUCKDB: ("httpfs", "ducklake"),
}
"""Kind of catalogue -> DuckDB's extensions that it needs, in the order of loading."""
WRITE_IT = f"Write {VARIABLE} like ducklake:postgres:host=db.hospital.example dbname=registry, or unset it."
URIS = ("postgresql://", "postgres://")
SHOWN = ("host", "hostaddr", "port", "dbname", "service")
KEYWORD = re.compile(r"\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)(?=\s|$)")


@dataclass(frozen=True)
class Address:
    """Where a lake's catalogue is. `place` is what DuckDB attaches; the password is never part of it, or shown."""

    kind: str
    place: str
    shown: str
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return self.shown


def lake_address(environment: Mapping[str, str] = os.environ) -> Address | None:
    """Return the catalogue that REGISTRY_WAREHOUSE names; None if it is unset or `embedded`. RegistryError if it cannot
    be read; its text is not repeated, since it may hold a password.
    """
    text = environment.get(VARIABLE, "").strip()
    if text in ("", EMBEDDED):
        return None
    prefix, _, rest = text.partition(":")
    kind, _, place = rest.partition(":")
    if prefix != PREFIX or kind not in EXTENSIONS:
        named = " ".join(word for word in (_word(prefix), _word(kind) if prefix == PREFIX else "") if word)
        raise RegistryError(
            f"{VARIABLE} begins with {named or 'a text'}, which is no warehouse: ducklake:postgres:, "
            "ducklake:sqlite: and ducklake:duckdb: are.",
            WRITE_IT,
        )
    return _of_postgres(place) if kind == POSTGRES else _of_file(kind, place)


def _word(text: str) -> str:
    """Return the word with its colon if it can be no secret; '' for anything else."""
    return f"{text}:" if re.fullmatch(r"[a-z]{1,12}", text) else ""


def _of_file(kind: str, place: str) -> Address:
    path = Path(place)
    if not path.is_absolute() or path.is_dir() or "'" in place:
        raise RegistryError(
            f"{VARIABLE} does not name a catalogue's file by its whole path.",
            f"Write it like {PREFIX}:{kind}:/srv/lake/catalogue.{'sqlite' if kind == SQLITE else 'ducklake'}.",
        )
    return Address(kind, str(path), f"{PREFIX}:{kind}:{path}")


def _of_postgres(place: str) -> Address:
    words = _of_uri(place) if place.startswith(URIS) else _of_keywords(place)
    if words is None:
        raise RegistryError(f"{VARIABLE} holds no connection string of PostgreSQL.", WRITE_IT)
    password = words.pop("password", "")
    attached = " ".join(f"{name}={_quoted(value)}" for name, value in words.items())
    shown = " ".join(f"{name}={words[name]}" for name in SHOWN if name in words)
    return Address(POSTGRES, attached, f"{PREFIX}:{POSTGRES}:{shown}", password)


def _of_keywords(text: str) -> dict[str, str] | None:
    """Return the keywords of host=... dbname=..., or None if the text is not written like that."""
    words: dict[str, str] = {}
    at = 0
    while found := KEYWORD.match(text, at):
        value = found[2][1:-1] if found[2].startswith("'") else found[2]
        words[found[1].lower()] = re.sub(r"\\(.)", r"\1", value)
        at = found.end()
    return words if words and not text[at:].strip() else None


def _of_uri(text: str) -> dict[str, str] | None:
    """Return the keywords of postgresql://user:password@host:port/database?keyword=value, or None."""
    try:
        uri = urlsplit(text)
        words = {
            "host": uri.hostname or "",
            "port": str(uri.port or ""),
            "user": unquote(uri.username or ""),
            "password": unquote(uri.password or ""),
            "dbname": unquote(uri.path.removeprefix("/")),
            **dict(parse_qsl(uri.query, strict_parsing=bool(uri.query))),
        }
    except ValueError:
        return None
    return {name: value for name, value in words.items() if value}


def _quoted(value: str) -> str:
    """Return the value as PostgreSQL's library reads it."""
    if re.fullmatch(r"[\w./:@+-]+", value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
