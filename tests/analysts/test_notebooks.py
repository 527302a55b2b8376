"""The notebooks of examples/ run on the demonstration study, as their readers run them."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.analysts.run_python import close_releases, run_block
from tests.e2e.demonstration import Demonstration
from tests.structure.checkout import ROOT

JUPYTER = ROOT / "examples" / "kras_size_margin.ipynb"
MARIMO = "examples.small_lesions"


@pytest.fixture(autouse=True)
def home(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notebooks open the demonstration study's home."""
    monkeypatch.setenv("REGISTRY_HOME", str(demonstration.home.root))


def cells() -> list[str]:
    """The code of the Jupyter notebook, cell by cell."""
    notebook = json.loads(JUPYTER.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


@pytest.mark.long
def test_every_cell_of_the_jupyter_notebook_runs() -> None:
    """Its cells run in order, end with something that shows, and find what their words say."""
    names: dict[str, Any] = {}
    ends = [run_block(cell, names) for cell in cells()]
    assert all(printed or hasattr(value, "_repr_html_") for printed, value in ends)
    ratios = names["model"].table.query("quantity == 'hazard_ratio'")
    assert ratios["estimate"].notna().all() and ratios["method"].str.contains("clustered by patient").all()
    close_releases(names)


def test_the_jupyter_notebook_holds_no_output() -> None:
    """What is committed are the cells alone, not one reader's results."""
    notebook = json.loads(JUPYTER.read_text(encoding="utf-8"))
    assert [cell["outputs"] for cell in notebook["cells"] if cell.get("outputs")] == []


@pytest.mark.long
def test_jupyter_runs_its_notebook(tmp_path) -> None:
    """A kernel of its own runs the notebook, and every cell that ends with a value shows it as HTML."""
    code = (
        "import sys, nbformat, nbclient\n"
        "notebook = nbformat.read(sys.argv[1], 4)\n"
        "nbclient.NotebookClient(notebook, timeout=120, kernel_name='python3').execute()\n"
        "shown = [c for c in notebook.cells for o in c.get('outputs', []) if 'text/html' in o.get('data', {})]\n"
        "print(len(shown))\n"
    )
    environment = os.environ | {"IPYTHONDIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(JUPYTER)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.splitlines()[-1]) >= 6


@pytest.mark.long
def test_the_marimo_notebook_shows_its_estimates() -> None:
    """The notebook runs as it stands, and gives a cohort of small lesions with its estimates."""
    _, names = importlib.import_module(MARIMO).app.run()
    assert names["cohort"].n > 50 and len(names["survival"].table) and len(names["incidence"].table)
    close_releases(names)


@pytest.mark.long
def test_the_marimo_notebook_runs_as_a_script() -> None:
    """Its file is a script, too."""
    done = subprocess.run([sys.executable, "-m", MARIMO], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
