"""Sets the rights of a release's files: its owner's alone, or also a group's if releases/ is shared (sharing.py)."""

import os
import stat
from pathlib import Path

SHARED_FOLDER = 0o2750
SHARED_FILE = 0o440
PINS_FILE, SHARED_PINS = "pins.json", 0o640


def open_to_group(path: Path, gid: int) -> None:
    """Let the group read the file, or the folder with everything in it."""
    inside = [path, *path.rglob("*")] if path.is_dir() else [path]
    for one in inside:
        os.chown(one, -1, gid)
        is_pins = one.name == PINS_FILE and one == path
        os.chmod(one, SHARED_FOLDER if one.is_dir() else SHARED_PINS if is_pins else SHARED_FILE)


def as_releases_are(folder: Path, releases: Path) -> None:
    """Give a new release to the group that may read the others, if there is one."""
    facts = releases.stat()
    if facts.st_mode & stat.S_IRGRP:
        open_to_group(folder, facts.st_gid)
