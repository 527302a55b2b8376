"""What Dagster's event store records about a refresh from the command line, as the web interface shows it."""

from collections.abc import Iterator

import dagster as dg
import pytest

from orchestration.automation.delivery_checks import ON_TIME
from orchestration.definitions import NIGHTLY, build_definitions
from schemas.exports import EXPORTS
from tests.e2e.demonstration import Demonstration

COLUMNS = ("clean", "derived", "analysis", "raw")


@pytest.fixture
def instance(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The instance of the released home."""
    monkeypatch.setenv("DAGSTER_HOME", str(demonstration.home.dagster))  # where its dagster.yaml says it is
    with dg.DagsterInstance.from_config(str(demonstration.home.dagster)) as found:
        yield found


@pytest.fixture
def events(instance: dg.DagsterInstance) -> dict[str, dg.AssetMaterialization]:
    """The last materialisation of every asset that the job makes."""
    keys = build_definitions().resolve_asset_graph().materializable_asset_keys
    found = {}
    for key in keys:
        event = instance.get_latest_materialization_event(key)
        assert event is not None and event.asset_materialization is not None, key
        found[".".join(key.path)] = event.asset_materialization
    return found


def test_the_run_is_seen(instance: dg.DagsterInstance) -> None:
    """There is one run; it is of the nightly job and succeeded."""
    assert [(run.job_name, run.status) for run in instance.get_runs()] == [(NIGHTLY, dg.DagsterRunStatus.SUCCESS)]


def test_every_asset_was_materialised(demonstration: Demonstration, events: dict[str, dg.AssetMaterialization]) -> None:
    """Every asset that is not external was materialised, with the number of rows that the release holds."""
    tables = demonstration.release.manifest["tables"]
    for name, materialisation in events.items():
        if name in tables:
            assert materialisation.metadata["dagster/row_count"].value == tables[name]["rows"], name
    assert set(tables) - set(events) == {"meta.columns"}
    assert events["release.registry"].metadata["release_id"].value == demonstration.release.release_id


def test_every_table_shows_columns_and_lineage(
    instance: dg.DagsterInstance, events: dict[str, dg.AssetMaterialization]
) -> None:
    """Every table describes its columns; all but quality and meta tables show where each comes from."""
    specs = {".".join(s.key.path): s for s in build_definitions().resolve_all_asset_specs()}
    for name, materialisation in events.items():
        if name == "release.registry":
            continue
        metadata = {**specs[name].metadata, **materialisation.metadata}
        schema = metadata["dagster/column_schema"]
        columns = getattr(schema, "value", schema).columns
        assert columns and all(c.description for c in columns), name
        if name.split(".")[0] in COLUMNS:
            assert materialisation.metadata["dagster/column_lineage"].value.deps_by_column, name


def test_every_asset_reports_its_data_version(
    demonstration: Demonstration, instance: dg.DagsterInstance, events: dict[str, dg.AssetMaterialization]
) -> None:
    """Each table's data version is its content hash; the release's is the registry's content hash."""
    manifest = demonstration.release.manifest
    for name, materialisation in events.items():
        version = (materialisation.tags or {})["dagster/data_version"]
        if name in manifest["tables"]:
            assert version == manifest["tables"][name]["sha256"], name
    assert (events["release.registry"].tags or {})["dagster/data_version"] == manifest["content_hash"]


def test_every_check_was_evaluated(instance: dg.DagsterInstance) -> None:
    """All checks ran except those that time alone can break, which a sensor reports; those that block have passed."""
    graph = build_definitions().resolve_asset_graph()
    (run,) = instance.get_runs()
    records = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    evaluated = {}
    for record in records:
        evaluation = record.get_dagster_event().asset_check_evaluation_data
        evaluated[evaluation.asset_check_key] = evaluation
    asked = {check for check in graph.asset_check_keys if check.name != ON_TIME}
    assert set(evaluated) == asked and len(asked) == len(graph.asset_check_keys) - len(EXPORTS)
    assert [key for key, e in evaluated.items() if e.blocking and not e.passed] == []


def test_usage_statistics_are_off(instance: dg.DagsterInstance) -> None:
    """The instance that the product creates sends no usage statistics."""
    assert instance.telemetry_enabled is False
