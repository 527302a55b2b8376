"""`registry reidentify`: say whose a pseudonym is, with the key, and log who asked."""

import typer

from orchestration.cli.accept import user
from warehouse.archive.archive import Archive
from warehouse.corrections.known import check_reason
from warehouse.pseudonyms import asked_log
from warehouse.pseudonyms.check_key import check_key
from warehouse.pseudonyms.earlier import identifiers_before
from warehouse.pseudonyms.typed import identifiers_of
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home


def reidentify(home: Home, pseudonyms: list[str], reason: str, by: str | None) -> None:
    """Print site and identifier of each pseudonym, of an earlier key too.

    Raises RegistryError if there is no key, or none is known.
    """
    archive = Archive(home)
    if check_key(home, archive) is None:
        raise RegistryError(
            "There is no key for pseudonyms.", "Set REGISTRY_PSEUDONYM_KEY, or put the key into pseudonyms/key."
        )
    reason = check_reason(reason)
    asked = [pseudonym.strip() for pseudonym in pseudonyms]
    found = [
        (pseudonym, site, identifier)
        for site in sorted({arrival.site for arrival in archive.arrivals})
        for pseudonym, identifier in sorted(
            (identifiers_before(home, site, asked) | identifiers_of(home, site, asked)).items()
        )
    ]
    asked_log.record(home, by or user(), reason, asked, {pseudonym for pseudonym, _, _ in found})
    for pseudonym, site, identifier in found:
        typer.echo(f"{pseudonym}  {site}  {identifier}")
    unknown = [one for one in asked if one not in {pseudonym for pseudonym, _, _ in found}]
    if unknown:
        raise RegistryError(
            f"{len(unknown)} of {len(asked)} are no pseudonyms that are known here.",
            "Copy them from a table of a release.",
        )
