"""Reads and writes registry.toml in the home, the optional settings of one registry.

`replication = "index-study.toml"` compares every release with the study of that file (examples/published), on which
the demonstration is modelled: analysis.replication. `true` means that file too. Without either the table is empty:
another registry's patients are not that study's.
`query_days = 14` gives sites so many days to answer a query sheet. `language = "de"` is that of the morning note.
`service = "operators"` counts volumes by operator too, and `service = "off"` makes no tables of the service.
`data_path = "s3://bucket/registry"`, or a shared folder, is where a new lake keeps its files, and `encrypted = true`
encrypts them. `rows_by_site = true` keeps each site's rows in files of its own, so that a reader can be let at one
site's alone (warehouse/lake). `shards = 16` makes clean and derived rows of a full rebuild in so many shards
(warehouse/shards), `shard_workers = 4` in so many processes of this machine, `shard_workers = "dagster"` on workers
that Dagster reaches (assets/shards).
With a key for pseudonyms (storage/pseudonym_key.py), `free_text = "drop"` keeps no free text, where it is otherwise
scanned, and `keep_originals = true` keeps each file as delivered too, encrypted with the key.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from difflib import get_close_matches

from languages.known import ENGLISH, LANGUAGES
from schemas.published_files import COMPARED, INDEX_STUDY
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.toml_text import NotToml, read_toml

FILE = "registry.toml"
REPLICATION = "replication"
ASKS = f"""\
# Compare every release with the published figures in this file of examples/published (analysis.replication).
{REPLICATION} = "{INDEX_STUDY}"
"""
SERVES = """\
# What analysis.service_volumes counts: centres, operators too, or nothing (off).
service = "{service}"
"""
MOST_QUERY_DAYS = 3650
MOST = {"shards": 256, "shard_workers": 64}
DAGSTER = "dagster"
CENTRES, OPERATORS, OFF = "centres", "operators", "off"
SCAN, DROP = "scan", "drop"
FREE_TEXT = (SCAN, DROP)
"""What is done with free text where identifiers become pseudonyms."""
SERVICES = (CENTRES, OPERATORS, OFF)


@dataclass(frozen=True)
class HomeSettings:
    """What registry.toml says, or what holds without it. ``replication``: the file of the study that releases are
    compared with, '' for none.
    """

    replication: str = ""
    query_days: int = 28
    language: str = ENGLISH
    service: str = CENTRES
    data_path: str = ""
    encrypted: bool = False
    rows_by_site: bool = False
    shards: int = 1
    shard_workers: int | str = 1
    free_text: str = SCAN
    keep_originals: bool = False

    @property
    def are_shards_spread(self) -> bool:
        """Whether workers that Dagster reaches make shards."""
        return self.shards > 1 and self.shard_workers == DAGSTER


def home_settings(home: Home) -> HomeSettings:
    """Return the home's settings. Raises RegistryError if registry.toml is not valid."""
    path = home.root / FILE
    try:
        found = read_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return HomeSettings()
    except (OSError, UnicodeDecodeError, NotToml):
        raise RegistryError(f"{FILE} in the home is not readable TOML.", "Correct the file, or remove it.") from None
    known = {field.name: field.type for field in fields(HomeSettings)}
    if unknown := sorted(set(found) - set(known)):
        raise RegistryError(
            f"{FILE} in the home has an unknown setting: {unknown[0]}.{_meant(unknown[0], known)}",
            f"Use {', '.join(known)}.",
        )
    found[REPLICATION] = _compared(found.get(REPLICATION, False))
    days = found.get("query_days", HomeSettings.query_days)
    if type(days) is not int or not 1 <= days <= MOST_QUERY_DAYS:
        raise RegistryError(f"{FILE} in the home: query_days is not a number of days.", "Write it like 28.")
    if not isinstance(found.get("language", ENGLISH), str):
        raise RegistryError(f"{FILE} in the home: language is not a text.", f"Use one of {', '.join(LANGUAGES)}.")
    if (service := found.get("service", CENTRES)) not in SERVICES:
        raise RegistryError(
            f"{FILE} in the home: service is none of {', '.join(SERVICES)}.{_meant(str(service), SERVICES)}",
            f'Write it like service = "{CENTRES}".',
        )
    _check_lake(found)
    if found.get("free_text", SCAN) not in FREE_TEXT:
        raise RegistryError(
            f"{FILE} in the home: free_text is none of {', '.join(FREE_TEXT)}.", f'Write it like free_text = "{SCAN}".'
        )
    for name, most in MOST.items():
        if name == "shard_workers" and found.get(name) == DAGSTER:
            continue
        if type(n := found.get(name, 1)) is not int or not 1 <= n <= most:
            raise RegistryError(f"{FILE} in the home: {name} is no number from 1 to {most}.", f"Write {name} = 4.")
    return HomeSettings(**found)


def _check_lake(found: dict) -> None:
    """Raise RegistryError if the settings of a lake are not what they should be."""
    path = found.get("data_path", "")
    if not isinstance(path, str) or not (path == "" or path.startswith(("/", "s3://"))) or "'" in path:
        raise RegistryError(
            f"{FILE} in the home: data_path is neither a folder by its whole path nor a place like s3://bucket/folder.",
            'Write it like data_path = "/srv/lake/files".',
        )
    for name in ("encrypted", "rows_by_site", "keep_originals"):
        if not isinstance(found.get(name, False), bool):
            raise RegistryError(f"{FILE} in the home: {name} is neither true nor false.", f"Write {name} = true.")
    if found.get("rows_by_site") and not found.get("encrypted"):
        raise RegistryError(
            f"{FILE} in the home: rows_by_site keeps nothing apart as long as files can be read without their keys.",
            "Write encrypted = true too.",
        )


def _compared(given: object) -> str:
    """Return the file of the study that releases are compared with, '' for none; true is the index study's."""
    if isinstance(given, bool):
        return INDEX_STUDY if given else ""
    if given not in COMPARED:
        raise RegistryError(
            f"{FILE} in the home: {REPLICATION} names no study that releases can be compared with."
            f"{_meant(str(given), COMPARED)}",
            f'Write it like {REPLICATION} = "{INDEX_STUDY}"; `registry test-model` tests any other file.',
        )
    return str(given)


def _meant(name: str, known: Iterable[str]) -> str:
    """Return a sentence with the known name nearest to a mistyped one; '' if none is near."""
    near = get_close_matches(name.lower(), list(known), n=1)
    return f" Is it {near[0]}?" if near else ""


def asks_for_replication(home: Home) -> bool:
    """Return whether this home compares its releases with the index study.

    Raises RegistryError if registry.toml is not valid.
    """
    return bool(home_settings(home).replication)


def ask_for_replication(home: Home) -> None:
    """Write registry.toml with this setting if there is no such file."""
    write_settings(home, HomeSettings(replication=INDEX_STUDY))


def write_settings(home: Home, settings: HomeSettings) -> None:
    """Write registry.toml with what changes a release's tables, unless there is such a file or nothing to say."""
    path = home.root / FILE
    said = ASKS if settings.replication else ""
    said += SERVES.format(service=settings.service) if settings.service != CENTRES else ""
    if said and not path.exists():
        path.write_text(said, encoding="utf-8")
