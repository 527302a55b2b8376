"""Options that several commands take, and what they mean."""

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
        readable=False,  # a group that releases are shared with may go through the home, and not list it
    ),
]


def home_of(home: Path | None) -> Home:
    """The home that --home, the environment or the checkout names."""
    return Home((home or default_home()).absolute())
