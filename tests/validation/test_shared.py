"""What leaves of a published model and claims under disclosure control, and what does not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from schemas.disclosure import MODES
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import Ran, run_here
from tests.variants import quick
from warehouse.storage.home import Home

SCORE = """
[model]
endpoint = "TTLTP"
level = "lesion"
cutoff = 0.5
[[model.terms]]
when = "minimal_margin_mm < 5"
ratio = 6.0
[model.baseline]
months = [12]
free = [0.97]
[[claims]]
name = "LTP"
groups = [
    { name = "few", where = "kras = 'mutant' AND ecog >= 2", share = "1/9" },
    { name = "wild-type", where = "kras = 'wild_type'", share = "13/71" },
]
"""


@pytest.fixture
def home(light_study: Demonstration, tmp_path: Path) -> Home:
    """A copy of the released study with a score and claims, one of which is about few."""
    own = copy_of(light_study, tmp_path)
    (own.root / "score.toml").write_text(SCORE, encoding="utf-8")
    return own


def left(home: Home, mode: str, out: Path) -> tuple[Ran, dict[str, list[dict[str, str]]]]:
    """Test under the mode, and read what left."""
    ran = run_here(home.root, "test-model", "score.toml", "--out", str(out), "--disclosure", mode)
    tables = {}
    for path in sorted((out / "tables").glob("*.csv")) if ran.code == 0 else ():
        with path.open(encoding="utf-8") as file:
            tables[path.stem] = list(csv.DictReader(file))
    return ran, tables


@pytest.mark.parametrize("mode", quick(1, ("opensafely7", "lt5", "cms11")))
def test_no_small_count_leaves(home: Home, tmp_path: Path, mode: str) -> None:
    """No line counts few, nor the others whose number would give them away; figures of the model have two digits; there
    are no decision curves; the terminal shows no figure.
    """
    ran, tables = left(home, mode, tmp_path / "out")
    assert ran.code == 0, ran.err.decode()
    assert "published" not in ran.text and "C  " not in ran.text
    rows = [row for table in tables.values() for row in table]
    law = MODES[mode]
    for row in rows:
        for name in ("n", "n_events"):
            assert row[name] == "" or not law.is_small(int(row[name])), row
            assert row[name] == "" or law.rounded(int(row[name])) == int(row[name])
        for name in ("estimate", "lower", "upper") if "quantity" in row and row["quantity"] != "share" else ():
            assert row[name] == "" or float(f"{float(row[name]):.2g}") == float(row[name]), row
    assert not {"net_benefit", "hazard_ratio"} & {row["quantity"] for row in rows}
    few = next(row for row in tables["claims"] if row["stratum"] == "few")
    assert few["note"] == "suppressed" and not few["n"] and not few["estimate"] and few["published_value"]
    assert any(row["quantity"] == "harrell_c" and row["estimate"] for row in tables["performance"])


@pytest.mark.long
def test_what_could_be_subtracted_is_refused(home: Home, tmp_path: Path) -> None:
    """After the figures of everybody left, those of all but a few patients do not."""
    assert left(home, "lt5", tmp_path / "first")[0].code == 0
    recipe = tmp_path / "most.yaml"
    recipe.write_text("exclude: [{a few: birth_year >= 1990 OR max_diameter_mm >= 45}]\n", encoding="utf-8")
    words = ("test-model", "score.toml", "--cohort", str(recipe), "--out", str(tmp_path / "second"))
    ran = run_here(home.root, *words, "--disclosure", "lt5")
    n = [int(word) for word in run_here(home.root, *words).text.split() if word.isdigit()]
    assert (ran.code == 1) and "Nearly the same" in ran.complaint, (ran.text, n)
    assert not (tmp_path / "second").exists() or "lt5" not in (tmp_path / "second" / "manifest.json").read_text()
