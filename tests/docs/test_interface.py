"""What a person sees in the interface, in a real browser; and the pictures of it that the README shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.interface import WALK, chromium, interface, walk
from tests.docs.pictures import FOLDER, LARGEST_BYTES
from tests.e2e.demonstration import Demonstration, copy_of

ROOT = Path(__file__).parents[2]


def test_pictures_are_there_and_small() -> None:
    """Every stop of the walk has its picture (`make pictures`), none is large, and the README shows no other."""
    files = {path.stem: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(files) == {stop.name for stop in WALK}
    assert {name: size for name, size in files.items() if size > LARGEST_BYTES} == {}
    shown = re.findall(r"\(docs/pictures/([\w-]+)\.png\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown and set(shown) <= set(files)


@pytest.mark.daemon
def test_the_walk(demonstration: Demonstration, tmp_path: Path) -> None:
    """The graph runs from left to right, the LTPFS page leads back to the exports, the curve is seen, checks passed."""
    if chromium() is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    home = copy_of(demonstration, tmp_path)
    seen: dict[str, str] = {}
    places: dict[str, float] = {}
    drawn: list[str] = []

    def see(stop, page) -> None:
        seen[stop.name] = page.inner_text("body")
        if stop.name == "lineage":
            for group in ("export", "raw", "clean", "derived", "analysis", "release"):
                boxes = [e.bounding_box() for e in page.get_by_text(group, exact=True).all()]
                places[group] = max(box["x"] for box in boxes if box)
        drawn.extend(image.get_attribute("src")[:22] for image in page.query_selector_all("img[src^='data:']"))

    with interface(home.root) as address:
        walk(address, see)
    assert list(places) == sorted(places, key=lambda group: places[group])
    for words in ("registry/holds: patients", "From derived.lesion_ltp", "DuckDB", "Row count", "120"):
        assert words in seen["ltpfs"], words
    assert "rfa_sessions: session_date" in seen["ltpfs-columns"]
    assert "ltpfs_by_kras" in seen["kaplan-meier"]
    assert "data:image/svg+xml" in " ".join(drawn) and "data:image/png;base64," in drawn
    assert "OUT_01" in seen["checks"]
