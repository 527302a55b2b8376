"""`registry alerts test`."""

import typer

from orchestration.alerts import message
from orchestration.alerts.sending import send
from orchestration.alerts.settings import FILE, read
from orchestration.cli.home_problems import alerts_file_problem
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home


def test(home: Home) -> None:
    """Send a test, and say where it went. RegistryError where nothing is set, or a way failed."""
    settings = read(home)
    if problem := alerts_file_problem(home):
        typer.echo(f"Problem: {problem}", err=True)
    if settings.email is None and settings.webhook is None:
        raise RegistryError(f"{FILE} names no way to send.", "Write [email] or [webhook] into it: docs/automation.md.")
    if problems := send(settings, message.test()):
        raise RegistryError(" ".join(problems), f"Correct {FILE}, or the server.")
    if settings.email is not None:
        typer.echo(f"Sent by e-mail to {', '.join(settings.email.to)}")
    if settings.webhook is not None:
        typer.echo("Sent to the webhook")
    typer.echo(f"Alerts are sent on: {', '.join(settings.on)}")
