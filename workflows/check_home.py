"""Makes a temporary home for one site: its archive is what the site delivered before, its landing folder is the site's.

Everything is written there and deleted afterwards; the real home is only read, whoever holds its lock.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from warehouse.archive import corrections, decisions, thread_log
from warehouse.archive.archive import Archive
from warehouse.intake import exceptions_file
from warehouse.storage.connection import private_files
from warehouse.storage.home import PRIVATE_FOLDER, Home
from warehouse.storage.home_files import RULE_FILES

PREFIX = "registry-check-"


@dataclass(frozen=True)
class CheckHome(Home):
    """A home whose landing folder, list of erased patients and key are others', which it only reads."""

    landing_folder: Path
    erasure_folder: Path | None = None
    pseudonyms_folder: Path | None = None

    @property
    def landing(self) -> Path:
        """The folder that holds the site's folder."""
        return self.landing_folder

    @property
    def erasure(self) -> Path:
        """The folder of the list of erased patients; one that does not exist, if there is none."""
        return self.erasure_folder or self.root / "erasure"

    @property
    def pseudonyms(self) -> Path:
        """The folder of the key of the pseudonyms; one that does not exist, if there is none."""
        return self.pseudonyms_folder or self.root / "pseudonyms"

    def create(self) -> "CheckHome":
        """Create the missing folders, but none outside this home."""
        for folder in (self.archive, self.warehouse, self.scratch, self.releases):
            folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        return self


@contextmanager
def check_home(site_folder: Path, real: Home | None) -> Iterator[CheckHome]:
    """Provide a home that holds what `real` knows of the site, None for nothing; it is deleted after the block.

    The archived files are links, so that their size does not matter.
    """
    with private_files(), tempfile.TemporaryDirectory(prefix=PREFIX) as root:
        home = CheckHome(Path(root), site_folder.parent, *((real.erasure, real.pseudonyms) if real else (None, None)))
        home.create()
        if real is not None:
            _know(home, real, site_folder.name)
        yield home


def _know(home: Home, real: Home, site: str) -> None:
    """Give the home what the real one knows of the site, and the registry's exceptions and own rules."""
    arrivals = [arrival for arrival in Archive(real).arrivals if arrival.site == site]
    lines = [replace(arrival, load_no=number).as_line for number, arrival in enumerate(arrivals, start=1)]
    (home.archive / "arrivals.ndjson").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    for sha256 in {arrival.content_sha256 for arrival in arrivals} - {None}:
        blob = f"files/{str(sha256)[:2]}/{sha256}.zst"
        (home.archive / blob).parent.mkdir(parents=True, exist_ok=True)
        (home.archive / blob).symlink_to((real.archive / blob).absolute())
    made = [decision.as_line for decision in decisions.read(real) if decision.site == site]
    if made:
        decisions.path_of(home).write_text("".join(f"{line}\n" for line in made), encoding="utf-8")
    asked = [event for event in thread_log.read(real) if event.site == site]
    thread_log.append(home, asked)
    corrected = [correction for correction in corrections.read(real) if correction.site == site]
    if corrected:
        corrections.write(home, corrected)
    if RULE_FILES.paths(real):
        shutil.copytree(RULE_FILES.folder_of(real), RULE_FILES.folder_of(home))
    with suppress(FileNotFoundError):
        notes = (real.root / exceptions_file.FILE_NAME).read_bytes()
        (home.root / exceptions_file.FILE_NAME).write_bytes(notes)
