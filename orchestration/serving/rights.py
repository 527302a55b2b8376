"""Says what a server's user can read beside releases: a server should run as a user who can read nothing else."""

import os

from warehouse.storage.home import Home


def readable_besides_releases(home: Home) -> list[str]:
    """Return the names of the home's other folders and files that this process could open, sorted."""
    private = (home.archive, home.build_database, home.landing, home.erasure, home.dagster)
    return sorted(path.name for path in private if os.access(path, os.R_OK))
