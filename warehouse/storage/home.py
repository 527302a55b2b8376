"""Defines the paths of the registry's home folder, which holds all data, and creates its folders."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from warehouse.storage.errors import HomeMissing

HOME_VARIABLE = "REGISTRY_HOME"
DEFAULT_NAME = "registry-home"
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
RELEASED_FILE = 0o400
SITE_NAME = re.compile(r"[a-z0-9_-]+")
"""How a site's folder below landing/ is named, and so the site everywhere."""


@dataclass(frozen=True)
class Home:
    """Paths below one home folder."""

    root: Path

    @property
    def landing(self) -> Path:
        """The folder of what hospitals deliver; it is read, never changed."""
        return self.root / "landing"

    @property
    def archive(self) -> Path:
        """The folder of every file received, from which a rebuild starts."""
        return self.root / "archive"

    @property
    def warehouse(self) -> Path:
        """The folder of the build database and its scratch space."""
        return self.root / "warehouse"

    @property
    def build_database(self) -> Path:
        """The build database, which has one writer at a time."""
        return self.warehouse / "build.duckdb"

    @property
    def scratch(self) -> Path:
        """The folder of short-lived files of a running refresh."""
        return self.warehouse / "scratch"

    @property
    def lock_file(self) -> Path:
        """The file that is locked during a refresh."""
        return self.warehouse / "refresh.lock"

    @property
    def error_report(self) -> Path:
        """The last unexpected failure in full; it may contain values, so it is private."""
        return self.warehouse / "last_error.txt"

    @property
    def releases(self) -> Path:
        """The folder of the releases."""
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """The symlink to the release that readers should use."""
        return self.releases / "current"

    @property
    def erasure(self) -> Path:
        """The folder of the list of erased patients, as keyed hashes."""
        return self.root / "erasure"

    @property
    def pseudonyms(self) -> Path:
        """The folder of the key of the pseudonyms, if it lies in the home, and of the log of who used it."""
        return self.root / "pseudonyms"

    @property
    def shared(self) -> Path:
        """The folder of the log of what left under disclosure control, and whose data it was made from."""
        return self.root / "shared"

    @property
    def dagster(self) -> Path:
        """The folder that is DAGSTER_HOME."""
        return self.root / "dagster"

    def create(self) -> "Home":
        """Create the missing folders and return this home."""
        self.landing.mkdir(parents=True, exist_ok=True)
        for folder in (self.archive, self.warehouse, self.scratch, self.releases, self.dagster):
            folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        return self

    def require(self) -> "Home":
        """Return this home. Raises HomeMissing if its folder does not exist."""
        if not self.root.is_dir():
            raise HomeMissing(
                f"There is no registry home at {self.root}.",
                "Create one with `registry demo`, or name another with --home.",
            )
        return self


def default_home() -> Path:
    """Return the home that REGISTRY_HOME names, else registry-home/ in the checkout, else in the working folder."""
    if named := os.environ.get(HOME_VARIABLE):
        return Path(named).absolute()
    checkout = Path(__file__).parents[2]
    return (checkout if (checkout / "pyproject.toml").exists() else Path.cwd()) / DEFAULT_NAME
