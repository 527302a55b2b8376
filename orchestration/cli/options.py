"""Declare options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from warehouse.storage.home import Home, default_home

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="REGISTRY_HOME",
        help="The registry's home folder, e.g. /srv/registry-home",
        readable=False,  # a group that may read releases can enter the home, but not list it
    ),
]


class DisclosureMode(StrEnum):
    """Under which rules results leave (schemas/disclosure.py)."""

    none = "none"
    lt5 = "lt5"
    opensafely7 = "opensafely7"
    cms11 = "cms11"


DisclosureOption = Annotated[
    DisclosureMode,
    typer.Option(help="Rules for what may leave the hospital, e.g. opensafely7; none: for use inside"),
]


def home_of(home: Path | None) -> Home:
    """Return the home that --home names, or the environment, or else the checkout's default."""
    return Home((home or default_home()).absolute())
