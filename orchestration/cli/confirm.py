"""`registry confirm`: a delivery that waits is taken as it is."""

import typer

from orchestration.cli.accept import user
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.archive.decisions import CONFIRM
from warehouse.held_deliveries.waiting_deliveries import waiting_now
from warehouse.storage.home import Home
from warehouse.storage.home_format import check_format


def confirm(home: Home, site: str, file: str, reason: str, by: str | None) -> None:
    """Write the confirmation into the archive. RegistryError where no delivery that waits is meant."""
    check_format(home)
    archive = Archive(home)
    arrival = decisions.find_arrival(archive, site, file, waiting_now(home))
    decisions.decide(home, arrival, CONFIRM, by or user(), reason)
    typer.echo(f"Confirmed: {arrival.site}/{arrival.export}/{arrival.delivery}, arrived {arrival.arrived_at[:16]}.")
    typer.echo("The next registry refresh takes it as it is, in its place in the order of names.")
