"""docs/scale.md is executed: typed as a new user would, from an empty home to a lake and back, on one machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.structure.checkout import ROOT

PAGE = ROOT / "docs" / "scale.md"
FENCE = re.compile(r"^```(\w*)[ ]?(.*?)\n(.*?)^```$", re.M | re.S)
SAYS = {
    "registry refresh": r"Released \w+-\w+",
    "registry releases": r"1 release in ducklake:duckdb:\S+\.ducklake\n  \w+-\w+ +snapshot \d+",
    "kras": r"mutant[^\n]*49",
    "cohort.lesions": "212",
    "registry portable": r"Wrote release \w+-\w+ to portable\.duckdb",
    "registry verify": r"\w+-\w+  intact in the lake: \d\d tables",
    "registry migrate --to lake": "0 releases written into .*; 1 release compared, .* hash for hash the same",
    "registry migrate --to embedded": "0 releases brought from .*; 1 release compared",
}
"""Words of a command of the page -> what it prints."""


@pytest.mark.long
def test_the_page_runs_as_it_stands(tmp_path: Path) -> None:
    """Every block of settings and commands, in order, in one folder, prints what belongs to it."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("REGISTRY_", "DAGSTER_"))}
    environment |= {"REGISTRY_HOME": str(home), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    printed, script = "", ""
    for language, said, text in FENCE.findall(PAGE.read_text(encoding="utf-8")):
        text = text.replace("/srv/", f"{tmp_path}/")
        if language == "toml":
            (home / said).write_text(text, encoding="utf-8")
        elif language == "sh":
            script = f"{script}{text}" if text.startswith("export") else text
            exports = [line for line in script.splitlines() if line.startswith("export")]
            environment |= {name: value for line in exports for name, _, value in [line[7:].partition("=")]}
            done = subprocess.run(
                ["sh", "-ec", text], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, text + done.stderr
            printed += f"{text}{done.stdout}"
    for words, shown in SAYS.items():
        assert words in printed and re.search(shown, printed), (words, printed)
