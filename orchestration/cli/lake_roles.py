"""`registry lake-roles`: print the SQL that gives people their rights on the lake's catalogue."""

import re

import typer

from orchestration.cli.portable import lake_or_refuse
from warehouse.lake.rights import read_catalogue
from warehouse.lake.rights_sql import roles_sql
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

PREFIX = re.compile(r"[a-z][a-z0-9_]{0,30}")


def lake_roles(home: Home, prefix: str) -> None:
    """Print the SQL. Raises RegistryError if there is no lake, its catalogue is a file, or the prefix is no name."""
    if not PREFIX.fullmatch(prefix):
        raise RegistryError(
            "The prefix of the roles is no name.", "Write it in lower-case letters, digits and _, e.g. registry."
        )
    address = lake_or_refuse()
    typer.echo(roles_sql(read_catalogue(address), prefix, str(address)), nl=False)
