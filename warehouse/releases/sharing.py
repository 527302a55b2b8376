"""Lets a group of the machine's users read releases and nothing else in the home.

Sharing is recorded in the file system alone: releases/ belongs to the group and passes it on (setgid), so whoever could
read the last release can read a new one. The administrator decides who is in the group.
"""

import grp
import os
import stat
from pathlib import Path

from warehouse.releases.file_rights import SHARED_FOLDER, open_to_group
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

THROUGH_ONLY = 0o710
"""Rights of the home itself: the group can pass through it, but cannot list what else it contains."""
OTHERS, GROUP_AND_OTHERS = 0o007, 0o077


def share_with(home: Home, group: str) -> int:
    """Let the group read every release, including future ones, and return the number of releases.

    RegistryError if the group does not exist, can read landing/, or cannot be given the files.
    """
    gid = _gid(group)
    landing = home.landing
    if landing.exists() and landing.stat().st_gid == gid and landing.stat().st_mode & stat.S_IRWXG:
        raise RegistryError(
            f"The group {group} has access to landing/, which holds deliveries.", "Share releases with another group."
        )
    try:
        for path in home.root.iterdir():
            if path != home.releases and not path.is_symlink():
                _take_away(path, OTHERS if path == landing else GROUP_AND_OTHERS)
        folders = [path for path in home.releases.iterdir() if not path.name.startswith(".") and not path.is_symlink()]
        for path in folders:
            open_to_group(path, gid)
        os.chown(home.releases, -1, gid)
        os.chmod(home.releases, SHARED_FOLDER)
        os.chown(home.root, -1, gid)
        os.chmod(home.root, THROUGH_ONLY)
    except PermissionError as error:
        raise RegistryError(
            f"You have no permission to give {error.filename} to the group {group}.",
            f"Run as root, or as the registry's user once it is a member of {group}.",
        ) from None
    return sum(path.is_dir() for path in folders)


def _gid(group: str) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise RegistryError(f"This machine has no group {group}.", f"Create it with `groupadd {group}`.") from None


def _take_away(path: Path, rights: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & rights:
        os.chmod(path, mode & ~rights)
