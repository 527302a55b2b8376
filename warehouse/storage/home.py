"""The registry's home folder: where everything that is data lies.

What belongs here: the paths, and making them. What does not: reading or writing what is in them.
"""

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
        """What hospitals deliver; read, never changed."""
        return self.root / "landing"

    @property
    def archive(self) -> Path:
        """Every file received; what a rebuild starts from."""
        return self.root / "archive"

    @property
    def warehouse(self) -> Path:
        """The build database and its scratch space."""
        return self.root / "warehouse"

    @property
    def build_database(self) -> Path:
        """The build database: one writer."""
        return self.warehouse / "build.duckdb"

    @property
    def scratch(self) -> Path:
        """Short-lived files of a running refresh."""
        return self.warehouse / "scratch"

    @property
    def lock_file(self) -> Path:
        """Says who refreshes, and since when."""
        return self.warehouse / "refresh.lock"

    @property
    def error_report(self) -> Path:
        """The last unexpected failure in full; may hold values, so it is private."""
        return self.warehouse / "last_error.txt"

    @property
    def releases(self) -> Path:
        """The released registries."""
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """Symlink to the release that readers should use."""
        return self.releases / "current"

    @property
    def erasure(self) -> Path:
        """Who was erased, as keyed hashes."""
        return self.root / "erasure"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME."""
        return self.root / "dagster"

    def create(self) -> "Home":
        """Make the folders that are not there."""
        self.landing.mkdir(parents=True, exist_ok=True)
        for folder in (self.archive, self.warehouse, self.scratch, self.releases, self.dagster):
            folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        return self

    def require(self) -> "Home":
        """This home, or HomeMissing."""
        if not self.root.is_dir():
            raise HomeMissing(
                f"There is no registry home at {self.root}.",
                "Make one with `registry demo`, or name another with --home.",
            )
        return self


def default_home() -> Path:
    """The home that REGISTRY_HOME names, else registry-home/ in the checkout, else in the working folder."""
    if named := os.environ.get(HOME_VARIABLE):
        return Path(named).absolute()
    checkout = Path(__file__).parents[2]
    return (checkout if (checkout / "pyproject.toml").exists() else Path.cwd()) / DEFAULT_NAME
