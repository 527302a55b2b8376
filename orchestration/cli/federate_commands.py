"""Declare the command of studies that several sites make without pooling patients: parameters and help texts."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import DisclosureMode, HomeOption, home_of
from warehouse.storage.errors import RegistryError


class FederateAction(StrEnum):
    """What `federate` does."""

    share = "share"
    combine = "combine"


def federate(
    action: Annotated[FederateAction, typer.Argument(help="Share this site's part, or combine the sites', e.g. share")],
    study: Annotated[Path, typer.Argument(help="The study's file, the same at all sites, e.g. study.toml")],
    out: Annotated[Path, typer.Option(help="The folder to write into, which may be there already, e.g. shared")],
    folders: Annotated[
        list[Path] | None, typer.Argument(help="combine: the folders with the sites' files, e.g. north south")
    ] = None,
    home: HomeOption = None,
    release: Annotated[
        str | None,
        typer.Option(
            help="share: a release's id or its start, e.g. 20260131T; default: the current one, later the first round's"
        ),
    ] = None,
    site: Annotated[
        str, typer.Option(help="share: what this registry is called, e.g. north; default: its only site")
    ] = "",
    coefficients: Annotated[
        Path | None, typer.Option(help="share: answer this file of the combination, e.g. combined/coefficients-2.json")
    ] = None,
    disclosure: Annotated[
        DisclosureMode | None,
        typer.Option(
            help="share: rules for what may leave the hospital, e.g. lt5; default: opensafely7, later the first round's"
        ),
    ] = None,
) -> None:
    """Make a study with other sites without pooling patients: share aggregates as files, and combine those of all.

    `share` writes this site's file of a round, and logs it in the home. `combine` needs no registry: it writes tables
    and, until every model has converged, the coefficients that the sites answer next.
    """
    from orchestration.cli import federate as command

    if action is FederateAction.combine:
        if site or release or coefficients or disclosure:
            raise RegistryError("combine takes folders and --out alone.", "Leave the other options out.")
        command.combine(study, folders or [], out)
        return
    if folders:
        raise RegistryError("share takes one study, no folders.", "Name the folder to write into with --out.")
    mode = None if disclosure is None else disclosure.value
    command.share(home_of(home).require(), study, out, site, mode, release, coefficients)


COMMANDS = {"federate": federate}
"""In the order of --help."""
