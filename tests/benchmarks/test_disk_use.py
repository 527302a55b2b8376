"""Tests the bytes that files take on disk, shared ones counted once."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from benchmarks.disk_use import EXTENT, FS_IOC_FIEMAP, INLINE, LAST, REQUEST, bytes_in

BLOCK = 4096


def test_every_block_counts_and_a_second_name_does_not(tmp_path: Path) -> None:
    """Two files of one size take twice the bytes of one; a hard link and an empty file take none."""
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "first").write_bytes(os.urandom(100_000))
    one = bytes_in(tmp_path)
    assert 100_000 <= one < 200_000
    (tmp_path / "second").hardlink_to(folder / "first")
    (tmp_path / "empty").touch()
    assert bytes_in(tmp_path) == one
    (tmp_path / "third").write_bytes(os.urandom(100_000))
    assert bytes_in(tmp_path) == 2 * one


def lie_at(places: dict[int, list[tuple[int, int, int]]]):
    """Answer as a file system on which a file, by its size, has these extents: first byte, bytes, flags."""

    def ioctl(file: int, request: int, answer: bytearray, _: bool) -> int:
        assert request == FS_IOC_FIEMAP
        start, own = REQUEST.unpack_from(answer)[0], places[os.fstat(file).st_size]
        number = start // BLOCK  # one extent an answer, so that the caller has to ask on
        REQUEST.pack_into(answer, 0, start, 0, 0, 1, 1, 0)
        physical, length, flags = own[number]
        last = LAST if number == len(own) - 1 else 0
        EXTENT.pack_into(answer, REQUEST.size, start, physical, length, 0, 0, flags | last, 0, 0, 0)
        return 0

    return ioctl


def test_blocks_that_two_files_share_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone with one block of its own adds that block, as on a file system with reflinks."""
    (tmp_path / "first").write_bytes(b"x" * 3 * BLOCK)
    (tmp_path / "clone").write_bytes(b"x" * (3 * BLOCK + 1))
    shared = [(place * BLOCK, BLOCK, 0) for place in (10, 11, 12)]
    places = {3 * BLOCK: shared, 3 * BLOCK + 1: [shared[0], (50 * BLOCK, BLOCK, 0), shared[2], (0, 1, INLINE)]}
    monkeypatch.setattr(fcntl, "ioctl", lie_at(places))
    assert bytes_in(tmp_path) == 4 * BLOCK


def test_without_extents_content_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that cannot say where files lie gives bytes of content; any other failure is one."""

    def fails(number: int):
        def ioctl(*_: object) -> int:
            raise OSError(number, "")

        return ioctl

    (tmp_path / "first").write_bytes(b"x" * 1000)
    (tmp_path / "second").hardlink_to(tmp_path / "first")
    monkeypatch.setattr(fcntl, "ioctl", fails(errno.EOPNOTSUPP))
    assert bytes_in(tmp_path) == 1000
    monkeypatch.setattr(fcntl, "ioctl", fails(errno.EIO))
    with pytest.raises(OSError):
        bytes_in(tmp_path)
