"""Each repair job runs as the launchpad shows it, with the code location that Dagster loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.raw import raw_tables
from orchestration.automation.jobs import NIGHTLY
from orchestration.automation.rebuild_jobs import FULL_REBUILD, LAYERS
from orchestration.definitions import build_definitions
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.home_state import deliver_new_patient
from tests.orchestration.light import FEW_ANALYSES
from warehouse.releases.release import find_release
from warehouse.storage.home import Home
from workflows.release_products import TABLES_ONLY


@pytest.fixture(scope="module")
def home(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of the released home."""
    return copy_of(light_study, tmp_path_factory.mktemp("repaired"))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance without runs."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def definitions_of(home: Home) -> dg.Definitions:
    """Return the code location of a home with light releases."""
    return build_definitions(home.root, TABLES_ONLY, FEW_ANALYSES)


def run(home: Home, instance: dg.DagsterInstance, name: str) -> dict[str, dict]:
    """Return what each asset reported, by its table."""
    job = definitions_of(home).resolve_job_def(name)
    done = job.execute_in_process(instance=instance)
    assert done.success
    return {
        ".".join(event.asset_key.path): {k: v.value for k, v in event.materialization.metadata.items()}
        for event in done.get_asset_materialization_events()
    }


@pytest.mark.parametrize(
    "name, first, not_made",
    [
        ("rebuild_clean", ("clean.rfa_sessions", "patients_made_anew", "all"), "raw."),
        pytest.param(
            *("rebuild_derived", ("derived.patient_ltpfs", "patients_made_anew", "all"), "clean."),
            marks=pytest.mark.long,
        ),
        pytest.param(
            *("rebuild_analyses", ("analysis.ltp_rates", "made_anew", "yes"), "derived."), marks=pytest.mark.long
        ),
    ],
)
@pytest.mark.long
def test_a_layer_is_made_anew(
    home: Home, instance: dg.DagsterInstance, name: str, first: tuple[str, str, str], not_made: str
) -> None:
    """The layer and everything downstream are recomputed, nothing upstream is, and the same content makes no new
    release.
    """
    before = find_release(home).release_id
    made = run(home, instance, name)
    table, key, value = first
    assert made[table][key] == value
    assert [other for other in made if other.startswith(not_made)] == []
    assert made["release.registry"]["is_new"] is False and find_release(home).release_id == before


@pytest.mark.long
def test_full_rebuild_reads_the_archive(home: Home, instance: dg.DagsterInstance) -> None:
    """The full rebuild recomputes every patient and analysis and finds the content that was released."""
    made = run(home, instance, FULL_REBUILD)
    assert made["clean.patients"]["patients_made_anew"] == made["derived.lesion_ltp"]["patients_made_anew"] == "all"
    assert made["release.registry"]["is_new"] is False


@pytest.mark.long
def test_a_release_waits_for_what_was_only_received(home: Home, instance: dg.DagsterInstance) -> None:
    """If somebody runs only the raw layer while files wait, and then the release, no release holds a delivery whose
    rows the clean tables lack. The nightly job releases them.
    """
    before = find_release(home).release_id
    deliver_new_patient(home)
    everything = definitions_of(home).resolve_implicit_global_asset_job_def()
    raw = list(raw_tables.keys)
    for chosen in (raw, [dg.AssetKey(["release", "registry"])]):
        assert everything.execute_in_process(instance=instance, asset_selection=chosen).success
    assert find_release(home).release_id == before
    made = run(home, instance, NIGHTLY)
    assert made["release.registry"]["is_new"] is True and made["release.registry"]["patients"] == 121


def test_jobs_say_when_to_use_them() -> None:
    """Every job has a description, and so has every field of its launchpad."""
    definitions = build_definitions(Path("nowhere"))
    for name in (*LAYERS, FULL_REBUILD):
        job = definitions.resolve_job_def(name)
        assert job.description and job.description.endswith("."), name
        assert job.run_config and job.run_config["ops"], name
    graph = definitions.resolve_job_def(FULL_REBUILD)
    for step in ("raw", "clean", "analysis", "derived__patient_ltpfs"):
        fields = graph.graph.node_named(step).definition.config_schema.config_type.fields
        assert fields and all(field.description for field in fields.values()), step
