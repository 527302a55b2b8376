"""Declare the commands that write the registry's contract and read a site's: parameters and help texts."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import HomeOption, home_of


class Standard(StrEnum):
    """Version of the Open Data Contract Standard that a contract is written in."""

    v31 = "3.1"
    v32 = "3.2"


def contract(
    home: HomeOption = None,
    out: Annotated[Path, typer.Option(help="The folder to write into, e.g. contract")] = Path("contract"),
    table: Annotated[
        list[str] | None,
        typer.Option(help="Only this export, or this table of the release; may be repeated, e.g. rfa_sessions"),
    ] = None,
    site: Annotated[
        str | None,
        typer.Option(help="Of this site's own files, or of a folder with site.toml and files instead, e.g. north"),
    ] = None,
    odcs: Annotated[
        Standard, typer.Option(help="Version of the standard, e.g. 3.2, whose Excel form keeps customProperties")
    ] = Standard.v31,
) -> None:
    """Write what the exports and the tables of the current release hold, and their rules, as data contracts (YAML).

    Other tools check files and tables with them. For each export there is a workbook to fill in too. With --site, the
    contracts are of the site's own columns, dates, units and codes, as its site.toml says that they are read.
    """
    from orchestration.cli import contract as command

    if site is not None:
        command.contract_of_site(home_of(home), site, out, table or [], odcs.value)
    else:
        command.contract(home_of(home), out, table or [], odcs.value)


def map_site(
    site: Annotated[
        str, typer.Argument(help="The site, or the path of the folder with its folders of files, e.g. north-clinic")
    ],
    home: HomeOption = None,
    contract: Annotated[
        Path | None,
        typer.Option(help="A data contract (ODCS) of the site's source, which may come first, e.g. north.odcs.yaml"),
    ] = None,
) -> None:
    """Propose a site.toml from a site's files. It is written only where there is none, else the difference is shown.

    With --contract, what the contract says of columns and codes is used too, and no file need have come yet.
    """
    from orchestration.cli import map as command

    command.map_site(home_of(home), site, contract)


COMMANDS = {"contract": contract, "map": map_site}
"""In the order of --help."""
