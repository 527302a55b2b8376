"""docs/sharing.md says what the law says, and what the command says."""

import re

import pytest

from schemas.disclosure import MODES, SAFE_MODE, Mode
from tests.structure.checkout import ROOT

PAGE = (ROOT / "docs" / "sharing.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip("`"): cells
    for line in PAGE.splitlines()
    if line.startswith("| `") and len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 6
}


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.name)
def test_the_table_of_modes_is_the_law(mode: Mode) -> None:
    """Suppressed, rounded, classes of curves and groups of rows, as schemas/disclosure.py has them."""
    _, suppressed, others, classes, rows, _ = ROWS[mode.name]
    if mode.is_open:
        assert (suppressed, others, classes, rows) == ("nothing", "as they are", "", "")
        return
    assert suppressed == f"{0 if mode.hides_zero else 1} to {mode.small}"
    assert others == ("as they are" if mode.rounding == 1 else f"rounded to the nearest {mode.rounding}")
    assert (classes, rows) == (str(mode.curve_step), str(mode.k))


def test_the_page_names_the_default() -> None:
    """What `registry share` does unless told otherwise."""
    assert f"`registry share` uses `{SAFE_MODE}` unless told" in PAGE.replace("\n", " ")


def test_the_refusal_is_quoted_as_it_is_said() -> None:
    """The sentence in the page is that of the command, with its numbers."""
    from warehouse.releases.share_log import Output
    from workflows.disclosed import too_close

    line = {"what": "release", "release_id": "20260131T060000Z-0a1b2c3d", "at": "2026-02-01T08:00:00+00:00"}
    said = str(too_close(Output("000001", line, ROOT), 2, MODES["lt5"]))
    quoted = re.search(r"^registry: (Nearly.*?)\n```", PAGE, re.S | re.M)
    assert quoted and " ".join(quoted[1].split()) == said
