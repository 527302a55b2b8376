"""Copying a release's database: the same bytes, with or without the help of the file system."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warehouse.storage.durable_files import copy_sharing_blocks

CONTENT = os.urandom(300_000)


def refuses(source: int, target: int, count: int) -> int:
    """Fail as on a file system that cannot copy within itself."""
    raise OSError


def copies_a_part(source: int, target: int, count: int) -> int:
    """Copy the first bytes, then nothing."""
    return os.write(target, os.read(source, 1000)) if os.lseek(source, 0, os.SEEK_CUR) == 0 else 0


@pytest.mark.parametrize("system", [None, refuses, copies_a_part], ids=["own", "refuses", "part"])
@pytest.mark.parametrize("content", [b"", CONTENT], ids=["empty", "large"])
def test_a_copy_holds_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system, content: bytes) -> None:
    """Whatever the system copies itself, the rest is copied too; writing to the copy leaves the original alone."""
    if system:
        monkeypatch.setattr(os, "copy_file_range", system)
    (tmp_path / "a").write_bytes(content)
    copy_sharing_blocks(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == content
    with open(tmp_path / "b", "r+b") as copy:
        copy.write(b"other")
    assert (tmp_path / "a").read_bytes() == content


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """FileExistsError, and the file stays."""
    (tmp_path / "a").write_text("new")
    (tmp_path / "b").write_text("mine")
    with pytest.raises(FileExistsError):
        copy_sharing_blocks(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_text() == "mine"
