"""`registry alerts test`: send a test alert."""

import typer

from orchestration.alerts import message
from orchestration.alerts.sending import send
from orchestration.alerts.settings import FILE, read
from orchestration.cli.home_problems import alerts_file_problem
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home


def test(home: Home) -> None:
    """Send a test alert and print where it went. Raises RegistryError if no channel is set, or if one failed."""
    settings = read(home)
    if problem := alerts_file_problem(home):
        typer.echo(f"Problem: {problem}", err=True)
    if settings.email is None and settings.webhook is None:
        raise RegistryError(f"{FILE} names no channel.", "Add [email] or [webhook] (docs/automation.md).")
    if problems := send(settings, message.test()):
        raise RegistryError(" ".join(problems), f"Correct {FILE} or the server's settings.")
    if settings.email is not None:
        typer.echo(f"Sent by e-mail to {', '.join(settings.email.to)}")
    if settings.webhook is not None:
        typer.echo("Sent to the webhook")
    typer.echo(f"Occasions that send alerts: {', '.join(settings.on)}")
