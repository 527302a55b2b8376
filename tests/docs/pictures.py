"""Draws pictures of the interface: `python -m tests.docs.pictures [HOME]` (`make pictures`).

They show the demonstration study in a temporary home, in files small enough for a repository.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs.interface import Stop, chromium, interface, walk
from tests.explore import browser as explored
from tests.orchestration.command import run_here

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
LARGEST_BYTES = 300_000
COLOURS = 128


def small(png: bytes) -> bytes:
    """The picture in few colours, which screens of text and lines need no more of."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def take(home: Path) -> None:
    """Start the interface of the home, and write a picture of every stop of the walk."""

    def keep(stop: Stop, page) -> None:
        (FOLDER / f"{stop.name}.png").write_bytes(small(page.screenshot()))

    with interface(home) as address:
        walk(address, keep)
    explored.take(home, FOLDER / "explore")
    explored.take_questions(home, FOLDER / "questions")


def main() -> None:
    """Of the home that is named, else of the demonstration study in a new one."""
    if chromium() is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    if len(sys.argv) > 1:
        take(Path(sys.argv[1]))
        return
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        for command in ("demo", "refresh"):
            assert run_here(home, command).code == 0, command
        take(home)


if __name__ == "__main__":
    main()
