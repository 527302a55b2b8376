"""Reads and checks a site.toml: the mode of each export, how often deliveries are due, how many keys may be withdrawn,
and which thresholds the site has of its own.

A key that nothing reads is refused, because a setting that only seems to apply is worse than none.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from languages.known import ENGLISH, LANGUAGES
from schemas.exports import EXPORTS
from schemas.thresholds import MAX_WITHDRAWN
from warehouse.intake.site_thresholds import RUN_IN, THRESHOLDS, SiteThreshold, run_in_quarters, site_thresholds
from warehouse.readers.near_names import nearest, shown
from warehouse.storage.errors import RegistryError
from warehouse.storage.toml_text import NotToml, read_toml

if TYPE_CHECKING:
    from warehouse.sources.site_mapping import SiteMapping

MODES = ("delta", "snapshot")
SPAN = re.compile(r"([1-9]\d{0,3}) (day|week)s?")
ANY = ""
"""Stands for any export."""
OF_MAPPING = ("source", "columns", "where", "repeat", "missing", "instrument", "event", "query", "preset")
"""Keys of an export that sources/ reads."""
TOP = ("expected_every", "max_withdrawn", "language", "exports", "sources", RUN_IN, THRESHOLDS)
OF_EXPORT = ("mode", "expected_every", "max_withdrawn", *OF_MAPPING)


@dataclass(frozen=True)
class SiteConfig:
    """The settings in a site.toml, or the defaults if there is none.

    By export, or ANY: `expected_days` is the number of days between deliveries, and `max_withdrawn` the share of the
    export's keys (0 to 1) that one snapshot may withdraw. `mapping` says how files become canonical columns, None if
    they already are. `run_in_quarters` is None if the file does not say; `thresholds` are the site's own. `language` is
    that of the site's query sheets, and may be one that there is no catalogue for.
    """

    modes: dict[str, str] = field(default_factory=dict)
    expected_days: dict[str, int] = field(default_factory=dict)
    max_withdrawn: dict[str, float] = field(default_factory=dict)
    mapping: "SiteMapping | None" = None
    run_in_quarters: int | None = None
    thresholds: tuple[SiteThreshold, ...] = ()
    language: str = ENGLISH

    def most_withdrawn(self, export: str) -> float:
        """Return the share of that export's keys that one snapshot may withdraw without waiting."""
        return self.max_withdrawn.get(export, self.max_withdrawn.get(ANY, MAX_WITHDRAWN))

    def mode(self, export: str) -> str:
        """Return how that export's deliveries combine: delta or snapshot."""
        return self.modes.get(export, "delta")


def parse(text: str, site: str, is_strict: bool = True) -> SiteConfig:
    """Return the configuration in `text`. Raises RegistryError, which says what is wrong and how to fix it.

    Without `is_strict`, keys that nothing reads are ignored, as in a file that an earlier version accepted.
    """
    try:
        content = read_toml(text)
    except NotToml as error:
        raise RegistryError(f"{site}/site.toml is not TOML: {error}.", _cure_of(error)) from None
    if is_strict:
        _refuse_unread(content, site, "", TOP)
    exports = content.get("exports", {})
    if not isinstance(exports, dict):
        raise RegistryError(f"{site}/site.toml: exports is not a table.", "Write [exports.<name>].")
    modes: dict[str, str] = {}
    expected, withdrawn = _expected_days(content, site, ANY), _max_withdrawn(content, site, ANY)
    for name, options in exports.items():
        if name not in EXPORTS:
            near = nearest(name, EXPORTS)
            meant = f"; the nearest is {near}" if near else ""
            raise RegistryError(
                f"{site}/site.toml: [exports.{shown(name)}] names no export{meant}.",
                f"Use one of {', '.join(sorted(EXPORTS))}.",
            )
        if not isinstance(options, dict):
            raise RegistryError(f"{site}/site.toml: exports.{name} is not a table.", f"Write [exports.{name}].")
        if is_strict:
            _refuse_unread(options, site, f"exports.{name}.", OF_EXPORT)
        mode = options.get("mode", "delta")
        if not isinstance(mode, str) or mode not in MODES:
            near = nearest(mode, MODES) if isinstance(mode, str) else ""
            meant = f"; the nearest is {near}" if near else ""
            raise RegistryError(
                f"{site}/site.toml: exports.{name}.mode is unknown{meant}.",
                f"Use {' or '.join(repr(one) for one in MODES)}.".replace("'", '"'),
            )
        modes[name] = mode
        expected |= _expected_days(options, site, name)
        withdrawn |= _max_withdrawn(options, site, name)
    mapping = _mapping(content, exports, site, is_strict)
    quarters, thresholds = run_in_quarters(content, site), site_thresholds(content, site, is_strict)
    spoken = _language(content, site, is_strict)
    return SiteConfig(modes, expected, withdrawn, mapping, quarters, thresholds, spoken)


def _cure_of(error: NotToml) -> str:
    """Return what to do about a text that is not TOML: a name with umlauts or blanks needs quotes, which few expect."""
    is_name = str(error).startswith("Expected '=' after a key")
    return "Write a name that has other letters than a-z, or blanks, in quotes." if is_name else "Correct the file."


def _mapping(content: dict, exports: dict, site: str, is_strict: bool) -> "SiteMapping | None":
    """Return the mapping, None where no key of the file speaks of one, or an earlier version passed them over."""
    of_exports = {name: {key: of[key] for key in OF_MAPPING if key in of} for name, of in exports.items()}
    of_exports = {name: keys for name, keys in of_exports.items() if keys}
    if "sources" not in content and not of_exports:
        return None
    from warehouse.sources.site_mapping import read_mapping

    try:
        return read_mapping(content.get("sources", {}), of_exports, site)
    except RegistryError:
        if is_strict:
            raise
        return None


def _refuse_unread(table: dict, site: str, where: str, known: tuple[str, ...]) -> None:
    """Raise RegistryError for the first key that nothing reads, with the key that was probably meant and the cure."""
    for key in table:
        if key in known:
            continue
        place = f"{site}/site.toml: {where}{shown(key)}"
        if near := nearest(key, known):
            raise RegistryError(f"{place} is unknown; the nearest key is {near}.", f"Write {where}{near}.")
        if not where and key in OF_EXPORT:
            raise RegistryError(f"{place} belongs to an export.", f"Write {key} below [exports.<name>].")
        if not where and key in EXPORTS:
            raise RegistryError(f"{place} is unknown; the nearest is exports.{key}.", f"Write [exports.{key}].")
        keys = ", ".join(known)
        raise RegistryError(f"{place} is unknown.", f"Remove it; the valid keys here are {keys}.")


def _language(content: dict, site: str, is_strict: bool) -> str:
    code = content.get("language", ENGLISH)
    if isinstance(code, str):
        return code.strip().lower()
    if is_strict:
        raise RegistryError(f"{site}/site.toml: language is not a text.", f"Use one of {', '.join(LANGUAGES)}.")
    return ENGLISH


def _expected_days(options: dict, site: str, export: str) -> dict[str, int]:
    if "expected_every" not in options:
        return {}
    span = options["expected_every"]
    match = SPAN.fullmatch(span.strip()) if isinstance(span, str) else None
    if match is None:
        of = f" of {export}" if export else ""
        raise RegistryError(f"{site}/site.toml: expected_every{of} is not a length of time.", 'Write it like "7 days".')
    return {export: int(match[1]) * (7 if match[2] == "week" else 1)}


def _max_withdrawn(options: dict, site: str, export: str) -> dict[str, float]:
    if "max_withdrawn" not in options:
        return {}
    share = options["max_withdrawn"]
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        of = f" of {export}" if export else ""
        raise RegistryError(
            f"{site}/site.toml: max_withdrawn{of} is not a share between 0 and 1.", "Write it like 0.2 for 20 %."
        )
    return {export: float(share)}
