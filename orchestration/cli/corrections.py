"""`registry corrections`: list the retractions and merges in force."""

import typer

from warehouse.archive import corrections as journal
from warehouse.archive import decided
from warehouse.corrections.delivered_again import delivered_again_at_rest, row_of
from warehouse.intake.landing_snapshot import LandingSnapshot
from warehouse.intake.noted_inputs import DECISIONS
from warehouse.storage.home import Home


def corrections(home: Home, site: str) -> None:
    """Print one line for each correction in force, and whether a refresh has yet to apply some."""
    made = journal.read(home)
    again = delivered_again_at_rest(home)
    stands = [one for one in [*journal.retractions(made), *journal.merges(made)] if site in ("", one.site)]
    for one in stands:
        typer.echo(f"{_what(one)}; {one.at[:10]}, {one.by}: {one.reason}")
        if delivery := again.get(row_of(one)):
            typer.echo(f"  Delivered again by {delivery}, so it counts.")
    if not stands:
        typer.echo("No retraction or merge is in force.")
    if decided.parts(LandingSnapshot(home).noted(DECISIONS))[1] != journal.fingerprint(home):
        typer.echo("The next `registry refresh` applies what was recorded since the last one.")


def _what(one: journal.Correction) -> str:
    if one.action == journal.MERGE:
        return f"{one.site} merged {one.old} into {one.new}"
    return f"{one.site} retracted {one.export} {one.key_text}"
