"""Declares [sources.<name>] of site.toml: where a source's files lie and how they are read."""

import codecs
import re
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from warehouse.sources.settings_base import Settings, Texts

Kind = Literal["table", "redcap", "castor", "cbioportal", "maf", "vcf", "fhir", "sql"]
Database = Literal["postgres", "mysql", "sqlite", "odbc"]

OF_CALLS = ("genes", "tested", "build", "patient_in_sample")
"""Keys of sources of variant calls; they count for how a file is read only where they are said."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Hosts that may be asked without TLS: they are this machine."""
WHERE_ASKED = frozenset(
    {"api", "database", "connection", "namespace", "most_rows", "most_minutes", "concepts"}
    | {"place", "endpoint", "region", "host_key", "most_megabytes"}
)
"""Keys that say where and how `registry pull` asks, which does not decide how a file is read."""


class SourceSettings(Settings):
    """One source. `folder` lies in the site's folder, the source's own name if empty; `files` are patterns of names.

    `header_row` counts from 1. `missing` lists cells that mean: not known. `api` is where `registry pull` asks.

    `genes`, `tested`, `build` and `patient_in_sample` are for calls of variants: the
    genes that are read, those for which every sample was tested, the build of positions, and a pattern of the patient's
    identifier in a sample's.

    Of kind sql: `database` is the kind of database, `connection` where it is, without a password, and `namespace` the
    schema whose tables a preset reads; a query gives at most `most_rows` rows, and all of them take at most
    `most_minutes`; `concepts` are a preset's sets of concept ids.

    `place` is where the files lie from which `registry pull` fetches, each of at most `most_megabytes`; `endpoint` and
    `region` tell the store of an S3 bucket, `host_key` is the fingerprint of an SFTP server's key.
    """

    kind: Kind = "table"
    folder: str = ""
    files: Texts = ()
    encoding: str = "utf-8"
    delimiter: str | None = None
    decimal: Literal[".", ","] = "."
    sheet: str | None = None
    header_row: int = Field(default=1, ge=1)
    missing: Texts = ()
    dictionary: str | None = None
    api: str | None = None
    genes: Texts = ()
    tested: Texts = ()
    build: Literal["GRCh37", "GRCh38"] | None = None
    patient_in_sample: str | None = None
    database: Database | None = None
    connection: str | None = None
    namespace: str = Field(default="", alias="schema", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    most_rows: int = Field(default=1_000_000, ge=1)
    most_minutes: int = Field(default=10, ge=1, le=1440)
    concepts: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    place: str | None = None
    endpoint: str | None = None
    region: str | None = None
    host_key: str | None = None
    most_megabytes: int = Field(default=2_000, ge=1)

    @property
    def asked_at(self) -> str:
        """Return where `registry pull` asks for this source, '' if it is not pulled."""
        if self.connection is not None:
            return f"{self.database}: {self.connection}"
        if self.place is not None:
            return f"{self.place} at {self.endpoint}" if self.endpoint else self.place
        return self.api or ""

    @field_validator("concepts", mode="before")
    @classmethod
    def _are_tuples(cls, concepts: Any) -> Any:
        """Take one id, or a list of ids, as a tuple."""
        if not isinstance(concepts, dict):
            return concepts
        return {name: tuple(ids) if isinstance(ids, list) else (ids,) for name, ids in concepts.items()}

    @field_validator("patient_in_sample")
    @classmethod
    def _is_pattern(cls, pattern: str | None) -> str | None:
        try:
            found = re.compile(pattern or "")
        except re.error:
            raise ValueError('a pattern is a regular expression, like "^P-[0-9]+"') from None
        if found.groups > 1 or "(?" in (pattern or ""):
            raise ValueError("a pattern has at most one group, and nothing that begins with (?")
        return pattern

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str) -> str:
        try:
            return codecs.lookup(encoding).name
        except LookupError:
            raise ValueError('no such encoding; write one like "cp1252" or "utf-8"') from None

    @field_validator("delimiter")
    @classmethod
    def _is_one_character(cls, delimiter: str | None) -> str | None:
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
            raise ValueError('a delimiter is one character, like ";" or "\\t"')
        return delimiter

    @field_validator("api")
    @classmethod
    def _is_safe_address(cls, api: str | None) -> str | None:
        if api is None:
            return api
        try:
            parts = urlsplit(api)
            host = parts.hostname
        except ValueError:
            host = None
        if host is None or parts.scheme not in ("https", "http") or "/api/" not in parts.path:
            raise ValueError('the address of an API looks like "https://redcap.example.org/api/"')
        if parts.username is not None or parts.query or parts.fragment or any(c.isspace() for c in api):
            raise ValueError("the address of an API holds no user, password or parameters")
        if parts.scheme == "http" and host not in LOOPBACK:
            raise ValueError("the address of an API begins with https://")
        return api
