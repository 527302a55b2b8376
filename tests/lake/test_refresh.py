"""`registry refresh` with a lake: what is released is published there too, by assets that only a lake has."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest

from orchestration.definitions import build_definitions
from tests.e2e.demonstration import Demonstration, copy_of
from tests.lake.lake_kit import address_of, in_file, with_files
from tests.orchestration.command import run_here
from warehouse.lake.address import VARIABLE
from warehouse.lake.reading import list_in_lake
from warehouse.lake.verify import verify_in_lake
from warehouse.storage.home import Home

UPKEEP = {"lake/snapshots", "lake/data_files", "lake/old_files"}


def keys(definitions: dg.Definitions) -> set[str]:
    """The assets' keys."""
    return {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}


@pytest.fixture
def home(light_study: Demonstration, tmp_path: Path) -> Home:
    """The demonstration study, released before there was a lake."""
    return with_files(copy_of(light_study, tmp_path), tmp_path / "files")


@pytest.mark.long
def test_what_the_lake_lacks_is_published(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh that finds nothing new still brings the lake up to date, once; then the weekly job looks after it, and
    every hash stays.
    """
    text = in_file(tmp_path)
    before = keys(build_definitions(home.root))
    status = run_here(home.root, "status", REGISTRY_WAREHOUSE=text)
    assert "Problem" in status.text and "There is no lake at" in status.text
    ran = run_here(home.root, "refresh", REGISTRY_WAREHOUSE=text)
    assert ran.code == 0, ran.err.decode()
    (held,) = list_in_lake(address_of(text))
    assert held.release_id == os.readlink(home.current)
    status = run_here(home.root, "status", REGISTRY_WAREHOUSE=text)
    assert f"1 release in {text}" in status.text
    monkeypatch.setenv(VARIABLE, text)
    definitions = build_definitions(home.root)
    assert keys(definitions) - before == {"lake/releases", *UPKEEP}
    with dg.DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def("lake").execute_in_process(instance=instance)
        assert {key.to_user_string() for e in done.get_asset_materialization_events() if (key := e.asset_key)} == UPKEEP
        nightly = definitions.resolve_job_def("nightly").asset_layer.executable_asset_keys
    assert not UPKEEP & {key.to_user_string() for key in nightly}
    assert verify_in_lake(address_of(text), held.release_id).disagreements == []


def test_the_lake_may_be_away_at_night(home: Home, tmp_path: Path) -> None:
    """With the lake away the refresh is refused before it changes anything; readers keep what they had."""
    before = os.readlink(home.current)
    (tmp_path / "files").write_text("no folder", encoding="utf-8")
    ran = run_here(home.root, "refresh", REGISTRY_WAREHOUSE=in_file(tmp_path))
    assert ran.code == 1 and "data_path cannot be made a folder" in ran.complaint
    assert os.readlink(home.current) == before and not (home.root / "lake").exists()
