"""Declare the commands for who holds the key of the pseudonyms: parameters and help texts."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import HomeOption, home_of


def reidentify(
    pseudonyms: Annotated[list[str], typer.Argument(help="The pseudonyms, e.g. P-bqdqdqpjhdpghnqfbadgchbg")],
    reason: Annotated[str, typer.Option(help='Why; kept in the log, e.g. "Recall of a device"')],
    home: HomeOption = None,
    by: Annotated[str | None, typer.Option(help='Who asks, e.g. "A. Miller"; default: your user name')] = None,
) -> None:
    """Say which identifiers pseudonyms stand for. It needs the key, and a log keeps who asked, when and why."""
    from orchestration.cli import reidentify as command

    command.reidentify(home_of(home).require(), pseudonyms, reason, by)


def rotate_key(
    home: HomeOption = None,
    to: Annotated[
        Path | None,
        typer.Option(help="File with the new key, mode 0600, e.g. new.key; default: a random one in the home"),
    ] = None,
) -> None:
    """Bring in a new key: all pseudonyms and shifted dates change. An archive without pseudonyms gets them."""
    from orchestration.cli import rotate_key as command

    command.rotate_key(home_of(home).require(), to)


COMMANDS = {"reidentify": reidentify, "rotate-key": rotate_key}
"""In the order of --help."""
