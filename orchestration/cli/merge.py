"""`registry merge`: read one number of a patient as another."""

import typer

from orchestration.cli.accept import user
from orchestration.cli.wording import counted
from warehouse.corrections import known
from warehouse.corrections import merge as numbers
from warehouse.corrections.merge import Effect, Foretold
from warehouse.pseudonyms.typed import patient_as_kept
from warehouse.storage.connection import read_build
from warehouse.storage.home import Home
from warehouse.storage.home_format import check_format


def merge(home: Home, site: str, old: str, new: str, reason: str, undo: bool, dry_run: bool, by: str | None) -> None:
    """Record the merge, or its undoing, and print what it does. Raises RegistryError if it cannot be."""
    check_format(home)
    old, new = (patient_as_kept(home, site, number.strip()) for number in (old, new))
    if undo:
        found = numbers.undo(home, site, old, new, reason, by or user(), dry_run)
        typer.echo(f"{'Would revoke' if dry_run else 'Revoked'}: the merge of {found.at[:10]} by {found.by}.")
        typer.echo(f"From the next `registry refresh` on {old} and {new} are two patients again.")
        return
    reason = known.check_reason(reason)
    with read_build(home) as con:
        numbers.check(con, home, site, old, new)
        told = numbers.foretell(con, site, old, new)
    _tell(told, site, old, new)
    if not dry_run:
        numbers.record(home, site, old, new, reason, by or user())
    typer.echo(
        f"{'Would merge' if dry_run else 'Merged'}: from the next `registry refresh` on {old} is read as {new} "
        f"in every delivery of {site}."
    )
    typer.echo(f"`registry merge {site} {old} {new} --undo` revokes it.")


def _tell(told: Foretold, site: str, old: str, new: str) -> None:
    for effect in told.effects:
        typer.echo(f"{effect.export:<18} {counted(effect.n_rows, 'row')}{_shared(effect, new)}")
    if any(effect.n_contradictory for effect in told.effects):
        typer.echo(f"{'':<18} Such a row waits in quarantine until {site} delivers it as one, or {old}'s is retracted.")
    if told.n_lesions:
        both = counted(told.n_lesions, "lesion number")
        typer.echo(
            f"{'lesions':<18} {both} of both patients: read as one lesion. If they are two, {site} must rename one."
        )


def _shared(effect: Effect, new: str) -> str:
    if not effect.n_shared:
        return ""
    n_ordered = effect.n_shared - effect.n_contradictory
    said = [f"{effect.n_contradictory:,} in contradiction to {new}'s of the same delivery: neither counts (KEY-01)"]
    said = said if effect.n_contradictory else []
    said += [f"{n_ordered:,} that {new} has too: the later delivery counts, equal rows once"] if n_ordered else []
    return "; " + "; ".join(said)
