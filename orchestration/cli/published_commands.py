"""Declare the command that puts published models and claims to the test: parameters and help texts."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import DisclosureMode, DisclosureOption, HomeOption, home_of
from orchestration.cli.sql_argument import TimeoutOption
from orchestration.cli.stop_signals import ends_cleanly
from warehouse.releases.limits import TIMEOUT_SECONDS

NEW = "new"


def test_model(
    file: Annotated[str, typer.Argument(help="The file of a model or claims, e.g. score.toml; new: begin one")],
    name: Annotated[str, typer.Argument(help="new: what the file is called, e.g. score.toml")] = "published.toml",
    home: HomeOption = None,
    release: Annotated[
        str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T; default: the current one")
    ] = None,
    cohort: Annotated[
        Path | None, typer.Option(help="A recipe, whose patients alone it is tested on, e.g. small.yaml")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A new folder for tables and figures, e.g. tested-score")] = None,
    timeout: TimeoutOption = TIMEOUT_SECONDS,
    disclosure: DisclosureOption = DisclosureMode.none,
) -> None:
    """Test a published model or claim on a release: does it rank, are its risks right, do its figures hold here?

    `new` writes a commented file into the home. Nothing in the registry is changed. Exit code 0: tested; 3: the file is
    refused.
    """
    from orchestration.cli import published as command

    there = home_of(home).require()
    if file == NEW:
        command.new(there, name)
        return
    with ends_cleanly():
        if not command.tested(there, file, release, cohort, out, timeout, disclosure):
            raise typer.Exit(EXIT_REFUSED)


EXIT_REFUSED = 3
COMMANDS = {"test-model": test_model}
"""In the order of --help."""
