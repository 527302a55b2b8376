"""Contracts of a release: they say what its tables hold, and hold no rows and no counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from interchange.export_release import export_release
from interchange.kinds import KINDS
from tests.contracts.conftest import datacontract  # noqa: F401 (a fixture)
from tests.e2e.demonstration import Demonstration, copy_of
from tests.interchange.exported import whole
from tests.orchestration.command import run_here
from warehouse.releases import share_log


def test_every_table_that_leaves_is_described(light_study: Demonstration) -> None:
    """With every column, its type and meaning as released; the contract's version is the release's id."""
    found = {}
    for path in whole(light_study, "odcs").glob("*.odcs.yaml"):
        contract = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert contract["apiVersion"] == "v3.1.0" and contract["version"] == light_study.release.release_id
        schema = contract["servers"][0]["schema"]
        for table in contract["schema"]:
            for column in table["properties"]:
                key = (f"{schema}.{table['name']}", column["name"])
                found[key] = (column["physicalType"], column["description"])
    expected = light_study.rows(
        "SELECT table_schema || '.' || table_name, column_name, data_type, column_prose FROM meta.columns "
        "WHERE table_schema IN ('clean', 'derived', 'cohort', 'analysis')"
    )
    assert found == {row[:2]: row[2:] for row in expected}


def test_contracts_leave_under_a_mode_with_a_line_in_the_log(light_study: Demonstration, tmp_path: Path) -> None:
    """They hold no rows, so that they may leave; the line names the manifest and no counts."""
    home = copy_of(light_study, tmp_path)
    out = tmp_path / "out"
    ran = run_here(home.root, "export", "odcs", "--out", str(out), "--disclosure", "lt5")
    assert ran.code == 0, ran.err
    (output,) = share_log.outputs(home)
    assert (output.line["what"], output.line["mode"], output.line["counts_that_left"]) == ("export odcs", "lt5", 0)
    assert json.loads((out / "manifest.json").read_text())["disclosure"]["mode"] == "lt5"
    again = run_here(home.root, "export", "odcs", "--out", str(out), "--disclosure", "lt5")
    assert again.code == 0 and "nothing was written" in again.text and len(share_log.outputs(home)) == 1
    assert run_here(home.root, "verify").code == 0


def test_own_rules_stay_under_a_mode(
    light_study: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their SQL may name a patient: what is asked of the release's rules is not asked under a mode."""
    from interchange.contract import write as module

    monkeypatch.setattr(module, "book_of", lambda *_: pytest.fail("own rules were read"))
    home = copy_of(light_study, tmp_path)
    export_release(home, light_study.release, KINDS["odcs"], tmp_path / "out", mode="cms11")


@pytest.mark.long
def test_every_contract_is_valid(light_study: Demonstration, datacontract) -> None:  # noqa: F811
    """datacontract-cli checks each against the JSON schema of the standard."""
    for path in sorted(whole(light_study, "odcs").glob("*.odcs.yaml")):
        ran = datacontract(path.parent, "lint", path.name)
        assert ran.returncode == 0, ran.stdout + ran.stderr
