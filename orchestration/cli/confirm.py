"""`registry confirm`: load a delivery that waits, as it is."""

import typer

from orchestration.cli.accept import user
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.archive.decisions import CONFIRM
from warehouse.held_deliveries.waiting_deliveries import waiting_now
from warehouse.intake.deliveries import site_deliveries
from warehouse.storage.home import Home
from warehouse.storage.home_format import check_format


def confirm(home: Home, site: str, file: str, reason: str, by: str | None) -> None:
    """Record the confirmation in the archive. Raises RegistryError if `file` names no delivery that waits."""
    check_format(home)
    archive = Archive(home)
    arrival = decisions.find_arrival(site_deliveries(archive), site, file, waiting_now(home))
    decisions.decide(home, arrival, CONFIRM, by or user(), reason)
    typer.echo(f"Confirmed: {arrival.site}/{arrival.export}/{arrival.delivery}, arrived {arrival.arrived_at[:16]}.")
    typer.echo("The next `registry refresh` loads it as it is, at its place in the order of file names.")
