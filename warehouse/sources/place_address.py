"""Reads the address of a place where a site's files lie, and checks the keys of a source that names one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from warehouse.sources.source_settings import LOOPBACK, SourceSettings
from warehouse.storage.errors import RegistryError

EXAMPLES = {
    "s3": "s3://bucket/folder",
    "sftp": "sftp://registry@files.clinic.example/exports",
    "smb": "smb://CLINIC;registry@files.clinic.example/share/exports",
}
"""Scheme of an address -> an example."""
OF_STORES = ("endpoint", "region")
OF_PLACES = (*OF_STORES, "host_key", "most_megabytes")
"""Keys that say nothing without `place`."""
PARTS = re.compile(
    r"(?:(?:(?P<domain>[^;@]+);)?(?P<user>.+)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]@:/]+)(?::(?P<port>\d+))?"
)
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
LAST_PORT = 65_535
REGION = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True)
class Address:
    """A place: of SFTP `folder` is a path from the server's root, of SMB share and folder, of S3 a bucket (`host`) and
    what its keys begin with. It stands as in site.toml: nothing in it is percent-encoded.
    """

    scheme: str
    host: str
    folder: str = ""
    user: str = ""
    domain: str = ""
    port: int | None = None


def address_of(place: str) -> Address:
    """Return the parts of an address. Raises ValueError, with what is wrong in words, if it is none.

    >>> address_of("sftp://registry@files.clinic.example:2222/exports")
    Address(scheme='sftp', host='files.clinic.example', folder='/exports', user='registry', domain='', port=2222)
    """
    scheme, is_split, rest = place.partition("://")
    if not is_split or scheme not in EXAMPLES:
        raise ValueError(f"a place looks like {', '.join(map(repr, EXAMPLES.values()))}".replace("'", '"'))
    looks = f'a place of {scheme} looks like "{EXAMPLES[scheme]}"'
    authority, _, folder = rest.partition("/")
    found = PARTS.fullmatch(authority)
    parts = folder.rstrip("/").split("/")
    if found is None or not place.isprintable() or any(part in ("", ".", "..") for part in parts if folder.strip("/")):
        raise ValueError(looks)
    if ":" in (found["user"] or ""):
        raise ValueError("a place holds no password; it stands in a file of tokens/ (docs/sources/places.md)")
    port = int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port <= LAST_PORT:
        raise ValueError(looks)
    if scheme == "s3":
        if found["user"] or port is not None or not BUCKET.fullmatch(found["host"]):
            raise ValueError(looks)
    elif not found["user"] or (scheme == "smb" and not parts[0]) or (scheme == "sftp" and found["domain"]):
        raise ValueError(looks)
    path = "/".join(part for part in parts if part)
    return Address(
        scheme,
        found["host"].strip("[]"),
        f"/{path}" if scheme == "sftp" else path,
        found["user"] or "",
        found["domain"] or "",
        port,
    )


def check_place(name: str, source: SourceSettings, place: str) -> None:
    """Raise RegistryError if the keys of a source and its `place` do not fit; `place` is its table in site.toml."""
    if source.place is None:
        if found := [key for key in OF_PLACES if key in source.model_fields_set]:
            raise RegistryError(f"{place}.{found[0]} belongs to a place.", "Remove it, or say where the files lie.")
        return
    try:
        address = address_of(source.place)
    except ValueError as error:
        raise RegistryError(f"{place}.place: {error}.", "Correct the file.") from None
    if source.api is not None:
        raise RegistryError(f"{place} names both a place and an API.", "Remove one of them.")
    if re.search(r"[^A-Za-z0-9_-]", name):
        raise RegistryError(f"{place}: a source with a place has a plain name.", "Use letters, digits, _ and -.")
    if address.scheme != "s3" and (
        found := [key for key in ("endpoint", "region") if getattr(source, key) is not None]
    ):
        raise RegistryError(f"{place}.{found[0]} belongs to a place of S3.", "Remove it.")
    if address.scheme == "s3":
        _check_store(source, place)
    if address.scheme != "sftp" and source.host_key is not None:
        raise RegistryError(f"{place}.host_key belongs to a place of SFTP.", "Remove it.")
    if address.scheme == "sftp" and not FINGERPRINT.fullmatch(source.host_key or ""):
        raise RegistryError(
            f"{place}.host_key is {'no fingerprint' if source.host_key else 'missing'}.",
            'Ask whoever runs the server for the fingerprint of its key, and write host_key = "SHA256:...".',
        )


def check_folders(sources: Mapping[str, SourceSettings], site: str) -> None:
    """Raise RegistryError if files of two places would come into one folder, where equal names are one file."""
    places: dict[str, tuple[str, str]] = {}
    for name, source in sources.items():
        if source.place is not None:
            before, at = places.setdefault(source.folder or name, (name, source.asked_at))
            if at != source.asked_at:
                raise RegistryError(
                    f"{site}/site.toml: sources.{before} and sources.{name} fetch from two places into one folder.",
                    "Give each a folder of its own.",
                )


def _check_store(source: SourceSettings, place: str) -> None:
    """Raise RegistryError if endpoint or region is none, or the endpoint would carry patients without TLS."""
    endpoint = source.endpoint or "https://localhost"
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    is_plain = host is not None and not (parts.path.strip("/") or parts.query or parts.fragment or "@" in endpoint)
    if not is_plain or parts.scheme not in ("https", "http") or any(c.isspace() for c in endpoint):
        raise RegistryError(f"{place}.endpoint is no address.", 'It looks like "https://s3.clinic.example".')
    if parts.scheme == "http" and host not in LOOPBACK:
        raise RegistryError(f"{place}.endpoint would carry patients without TLS.", "Let it begin with https://.")
    if source.region is not None and not REGION.fullmatch(source.region):
        raise RegistryError(f"{place}.region is no region of a store.", 'It looks like "eu-central-1".')
