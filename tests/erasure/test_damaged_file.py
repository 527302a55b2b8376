"""A build database that was set aside as damaged does not outlive an erasure."""

from pathlib import Path

from warehouse.erasure.erase_from_build import replace_build
from warehouse.refresh.recovery import DAMAGED
from warehouse.storage.home import Home


def test_the_damaged_file_goes(tmp_path: Path) -> None:
    """The damaged build database and its log hold the patient's rows, and are deleted with the old build database."""
    home = Home(tmp_path / "home").create()
    aside = (home.warehouse / DAMAGED, home.warehouse / f"{DAMAGED}.wal")
    for path in aside:
        path.write_bytes(b"the rows of a patient")
    assert replace_build(home, "north", lambda ids: set(ids))
    assert not any(path.exists() for path in aside)
