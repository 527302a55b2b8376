"""Finds each site's configuration in force: the newest site.toml in the archive that is valid and not set aside."""

from warehouse.archive import decisions
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.intake.site_config import SiteConfig, parse
from warehouse.storage.errors import ArchiveDamaged, RegistryError

SITE_FILE = "site.toml"


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
    return configs


def set_aside_by_hand(archive: Archive) -> set[int]:
    """Return the load numbers of the arrivals that somebody has set aside."""
    made = decisions.read(archive.home)
    return decisions.numbers(decisions.in_force(made, archive.arrivals), decisions.SET_ASIDE)
