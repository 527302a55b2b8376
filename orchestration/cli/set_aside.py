"""`registry set-aside`: stop counting a delivery, or bring it back."""

import typer

from orchestration.cli.accept import user
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.archive.decisions import SET_ASIDE, UNDO
from warehouse.intake.deliveries import site_deliveries
from warehouse.raw.loading import recorded_as_set_aside
from warehouse.storage.home import Home
from warehouse.storage.home_format import check_format


def set_aside(home: Home, site: str, file: str, reason: str, undo: bool, by: str | None) -> None:
    """Record the decision in the archive and print its effect. Raises RegistryError if `file` names no delivery."""
    check_format(home)
    archive = Archive(home)
    deliveries = site_deliveries(archive)
    force = decisions.in_force(decisions.read(home), deliveries)
    out = decisions.numbers(force, SET_ASIDE)
    among = out | recorded_as_set_aside(home) if undo else {a.load_no for a in deliveries} - out
    arrival = decisions.find_arrival(deliveries, site, file, among)
    decisions.decide(home, arrival, UNDO if undo else SET_ASIDE, by or user(), reason)
    place = f"{arrival.site}/{arrival.export}/{arrival.delivery}"
    if undo:
        typer.echo(f"Brought back: {place}, arrived {arrival.arrived_at[:16]}. It will be loaded again.")
    else:
        typer.echo(f"Set aside: {place}, arrived {arrival.arrived_at[:16]}. Its rows no longer count.")
        typer.echo(f"`registry set-aside {site} {arrival.export}/{arrival.delivery} --undo` brings it back.")
    typer.echo("It takes effect at the next `registry refresh`.")
