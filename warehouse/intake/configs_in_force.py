"""Finds each site's configuration in force: the newest site.toml in the archive that is valid and not set aside."""

from contextlib import suppress

from languages.known import why_unknown
from languages.language import Language, language
from warehouse.archive import decisions
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.intake.site_config import SiteConfig, parse
from warehouse.storage.errors import ArchiveDamaged, RegistryError

SITE_FILE = "site.toml"
IN_ENGLISH = "Query sheets for the site are in English."


def site_configs(
    archive: Archive, problems: list[tuple[str, str]] | None = None, of_site: str | None = None
) -> dict[str, SiteConfig]:
    """Return each site's configuration in force, or only that of one site.

    One that is no longer valid becomes a problem. Raises ArchiveDamaged if the archive lost the one in force, because
    the way the site delivers is then unknown.
    """
    out = set_aside_by_hand(archive)
    configs: dict[str, SiteConfig] = {}
    for arrival in reversed(archive.arrivals):
        is_site_file = arrival.export == SITE_EXPORT and arrival.file_name == SITE_FILE
        is_site_file = is_site_file and of_site in (None, arrival.site)
        if not is_site_file or arrival.site in configs or arrival.load_no in out:
            continue
        try:
            configs[arrival.site] = parse(archive.text(arrival), arrival.site, is_strict=False)
        except ArchiveDamaged:
            if not archive.heal(arrival):
                raise
            configs[arrival.site] = parse(archive.text(arrival), arrival.site, is_strict=False)
        except (RegistryError, UnicodeDecodeError) as error:
            why = str(error) if isinstance(error, RegistryError) else "It is not UTF-8 text."
            if problems is not None:
                place = f"archive/{arrival.site}/{arrival.delivery}"
                problems.append((place, f"{why} The one before it stays in force until a valid one is delivered."))
    if problems is not None:
        unknown = {site: why_unknown(config.language) for site, config in sorted(configs.items())}
        problems += [(f"landing/{site}/{SITE_FILE}", f"{why} {IN_ENGLISH}") for site, why in unknown.items() if why]
    return configs


def language_of(archive: Archive, site: str) -> Language:
    """Return the language of the site's query sheets: English if site.toml names none, or one without a catalogue."""
    config = site_configs(archive, of_site=site).get(site, SiteConfig())
    return language(config.language)


def earlier_configs(archive: Archive, site: str) -> dict[str, SiteConfig]:
    """Return the site's configurations by the SHA-256 of their site.toml, newest first, without invalid ones."""
    found: dict[str, SiteConfig] = {}
    for arrival in reversed(archive.arrivals):
        if (arrival.site, arrival.export, arrival.file_name) == (site, SITE_EXPORT, SITE_FILE):
            with suppress(RegistryError, UnicodeDecodeError):
                found.setdefault(arrival.sha256, parse(archive.text(arrival), site, is_strict=False))
    return found


def site_file_in_force(archive: Archive, site: str) -> str | None:
    """Return the SHA-256 of the site's site.toml in force, None if it has none."""
    out, valid = set_aside_by_hand(archive), earlier_configs(archive, site)
    for arrival in reversed(archive.arrivals):
        is_of_site = (arrival.site, arrival.export, arrival.file_name) == (site, SITE_EXPORT, SITE_FILE)
        if is_of_site and arrival.load_no not in out and arrival.sha256 in valid:
            return arrival.sha256
    return None


def set_aside_by_hand(archive: Archive) -> set[int]:
    """Return the load numbers of the arrivals that somebody has set aside."""
    made = decisions.read(archive.home)
    return decisions.numbers(decisions.in_force(made, archive.arrivals), decisions.SET_ASIDE)
