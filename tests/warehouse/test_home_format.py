"""Tests that a home written by a later version of the code can be read but not written."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_format import FORMAT, check_format, mark_format
from warehouse.storage.lock import refresh_lock


def test_a_home_without_the_file_has_today_s_format(tmp_path: Path) -> None:
    """The first writer marks it; marking it again changes nothing."""
    home = Home(tmp_path).create()
    check_format(home)
    with refresh_lock(home):
        pass
    written = (tmp_path / "format").read_text()
    assert written.startswith(f"{FORMAT} needs ")
    mark_format(home)
    assert (tmp_path / "format").read_text() == written


def test_a_later_format_is_refused_by_who_writes(tmp_path: Path) -> None:
    """Before anything is made or changed, with the version that is needed."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    (home.root / "format").write_text(f"{FORMAT + 1} needs 9.4.0\n")
    with pytest.raises(RegistryError) as refused, refresh_lock(home):
        pass
    assert f"format {FORMAT + 1}" in refused.value.message and "9.4.0 or later" in refused.value.cure
    assert [path.name for path in home.root.iterdir()] == ["format"]


def test_an_earlier_format_becomes_ours(tmp_path: Path) -> None:
    """So that older code leaves it alone from now on."""
    home = Home(tmp_path).create()
    (tmp_path / "format").write_text("0 needs 0.0.1\n")
    with refresh_lock(home):
        pass
    assert (tmp_path / "format").read_text().startswith(f"{FORMAT} ")


@pytest.mark.parametrize("content", [b"", b"two\n", b"\xff", b"1 needs"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    """With its cure."""
    (tmp_path / "format").write_bytes(content)
    with pytest.raises(RegistryError, match="format cannot be read. Restore it from a backup"):
        check_format(Home(tmp_path))
