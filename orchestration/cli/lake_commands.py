"""Declare the commands of a lake: their parameters and help texts (docs/scale.md)."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import HomeOption, home_of


class Warehouse(StrEnum):
    """Where releases can be moved to."""

    lake = "lake"
    embedded = "embedded"


def migrate(
    to: Annotated[Warehouse, typer.Option(help="Where the releases should be too, e.g. lake")],
    home: HomeOption = None,
) -> None:
    """Copy all releases from the home into the lake that REGISTRY_WAREHOUSE names, or back, and compare every hash."""
    from orchestration.cli import migrate as command

    command.migrate(home_of(home), to.value)


def portable(
    out: Annotated[Path, typer.Option(help="The new file, e.g. registry.duckdb")],
    home: HomeOption = None,
    release: Annotated[
        str | None, typer.Option(help="A release's id or the start of it, e.g. 20260131T; default: the newest")
    ] = None,
) -> None:
    """Write a release of the lake into one registry.duckdb, which every DuckDB client opens without a network."""
    from orchestration.cli import portable as command

    command.portable(home_of(home), release, out)


def lake_roles(
    home: HomeOption = None,
    prefix: Annotated[str, typer.Option(help="What the roles' names begin with, e.g. registry")] = "registry",
) -> None:
    """Print SQL for the administrator of the lake's database: roles of analysts and of each site's readers."""
    from orchestration.cli import lake_roles as command

    command.lake_roles(home_of(home), prefix)


COMMANDS: tuple[Callable[..., None], ...] = (migrate, portable, lake_roles)
"""In the order of --help."""
