"""Every figure agrees with R's: on the carried lesions always, on R's data sets and with R itself where they are."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from tests.against_r import carried, reference, render
from tests.against_r.compare import MADE_BY, Pair, carried_pairs, reference_pairs
from tests.against_r.reference import TOLERANCE


def _assert_agree(pairs: list[Pair]) -> None:
    assert pairs
    off = [pair for pair in pairs if not pair.deviation <= TOLERANCE]
    assert not off, off[:10]


def test_carried_figures() -> None:
    """Stored figures of R on the carried lesions."""
    _assert_agree(list(carried_pairs(carried.figures())))


def test_reference_figures() -> None:
    """R's own data sets, every kind of figure."""
    if not reference.REFERENCE.is_dir():
        pytest.skip("R's data sets are not here: no folder shared/reference beside the checkout")
    _assert_agree(list(reference_pairs()))


@pytest.mark.long
def test_live_r() -> None:
    """R itself, run now on the carried lesions, gives what is stored, and the registry agrees with it."""
    if shutil.which("Rscript") is None:
        pytest.skip("R is not here (no Rscript): only stored figures are compared")
    needed = "quit(status = !all(sapply(c('survival', 'cmprsk', 'geepack'), requireNamespace, quietly = TRUE)))"
    if subprocess.run(["Rscript", "-e", needed], capture_output=True).returncode:
        pytest.skip("R is here without survival, cmprsk and geepack: only stored figures are compared")
    live: dict[str, float] = {}
    for program in carried.PROGRAMS:
        command = ["Rscript", str(program), str(carried.FOLDER)]
        live |= carried.parse(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    stored = carried.figures()
    assert set(live) == set(stored)
    np.testing.assert_allclose([live[name] for name in stored], list(stored.values()), rtol=1e-7, atol=1e-12)
    _assert_agree(list(carried_pairs(live)))


def test_page_is_renewed() -> None:
    """docs/statistics.md says what is kept; that was compared as often as it is now, and within the tolerance."""
    assert render.PAGE.read_text(encoding="utf-8") == render.render(), "run make docs"
    kept = pd.read_csv(render.KEPT).set_index(["figure", "data_set"])
    assert (kept["largest"] <= TOLERANCE).all()
    assert set(kept.reset_index()["figure"]) == set(MADE_BY)
    now = render.deviations().set_index(["figure", "data_set"])
    pd.testing.assert_series_equal(now["n"], kept["n"].reindex(now.index), check_dtype=False)
