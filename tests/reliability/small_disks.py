"""Mount a small disk (tmpfs) for the time of a block, or skip with the reason."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    """A mounted tmpfs."""

    def __init__(self, folder: Path):
        self.folder = folder

    def set(self, option: str) -> None:
        """Remount it with another option, such as size=200m or ro."""
        subprocess.run(["mount", "-o", f"remount,{option}", str(self.folder)], check=True, capture_output=True)

    def leave(self, kib: int) -> None:
        """Shrink it until this much room is left."""
        self.set("size=200m")
        at = os.statvfs(self.folder)
        self.set(f"size={(at.f_blocks - at.f_bfree) * at.f_frsize // 1024 + kib}k")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Disk]:
    """Mount a disk of that size on the new `folder`. Skips the test if mounting is refused."""
    folder.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("a small disk needs the command mount")
    if done.returncode:
        pytest.skip(f"a small disk needs the right to mount: {done.stderr.decode().strip()}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)
