"""The definitions: they load, every asset is described, and the graph is the reviewed one."""

from pathlib import Path

import dagster as dg
import pytest
import yaml

from assets.completeness import MAKERS
from assets.ui.table_metadata import GROUPS, key
from orchestration.automation.conditions import WITH_DELIVERIES
from orchestration.automation.jobs import DELIVERIES
from orchestration.automation.settings import CRON_VARIABLE, TIME_ZONE_VARIABLE
from orchestration.definitions import NIGHTLY, build_definitions
from schemas.analysis_tables import QUALITY_ANALYSIS_TABLES
from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from schemas.rules import RULES
from tests.assets import graph
from tests.docs.empty_registry import documented_columns
from warehouse.lineage.table_lineage import lineage
from warehouse.storage.errors import RegistryError
from warehouse.storage.table_catalogue import BY_NAME, PUBLISHED, made_in

ROOT = Path(__file__).parents[2]
SCHEMA, LINEAGE = "dagster/column_schema", "dagster/column_lineage"
MADE_WITH_ROWS = ("analysis", "quality")
"""Groups whose columns are reported with each materialisation or in meta.columns, not declared on the asset."""


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    """The definitions for a home that need not exist."""
    return build_definitions(Path("nowhere"))


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    """Every asset's specification by its key."""
    return {".".join(spec.key.path): spec for spec in definitions.resolve_all_asset_specs()}


def test_definitions_are_loadable(definitions: dg.Definitions) -> None:
    """Dagster accepts the definitions: keys are distinct, dependencies and resources exist."""
    dg.Definitions.validate_loadable(definitions)


def test_each_own_rule_is_a_check(tmp_path: Path) -> None:
    """The rules in the home's files are checks of quality.results, beside the one that holds them all."""
    (tmp_path / "rules").mkdir()
    example = (ROOT / "examples" / "rules" / "house.yaml").read_text(encoding="utf-8")
    (tmp_path / "rules" / "house.yaml").write_text(example, encoding="utf-8")
    names = {
        spec.name
        for made in build_definitions(tmp_path).assets or ()
        if isinstance(made, dg.AssetsDefinition)
        for spec in made.check_specs
    }
    assert {"own_rules", "HD_01", "HD_02", "HD_03", "LES_03"} <= names


def test_workspace_loads_the_definitions() -> None:
    """workspace.yaml and pyproject.toml name the module that holds `defs`, which loads for the environment's home."""
    import importlib
    import tomllib

    (entry,) = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    name = entry["python_module"]["module_name"]
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert name == pyproject["tool"]["dagster"]["module_name"]
    assert isinstance(importlib.import_module(name).defs, dg.Definitions)


def test_workspace_loads_in_dagster() -> None:
    """Dagster's own loader reads workspace.yaml."""
    from dagster._core.workspace.load_target import WorkspaceFileTarget

    (origin,) = WorkspaceFileTarget(paths=[str(ROOT / "workspace.yaml")]).create_origins()
    assert origin.loadable_target_origin.module_name == "orchestration.definitions"


def test_every_asset_says_what_it_is(specs: dict[str, dg.AssetSpec]) -> None:
    """Every asset has a description, a group of the flow, an owner and a kind."""
    assert len(specs) > 25
    for name, spec in specs.items():
        assert spec.description and spec.description.split("\n\n")[0].endswith("."), name
        assert spec.group_name in GROUPS, name
        assert spec.owners, name
        assert spec.kinds, name


@pytest.mark.long
def test_graph_is_the_one_that_was_read() -> None:
    """Keys, groups and dependencies are those of graph.txt (`python -m tests.assets.graph` rewrites it)."""
    assert graph.FILE.read_text(encoding="utf-8") == graph.draw()


def test_declared_tables_show_their_columns(specs: dict[str, dg.AssetSpec]) -> None:
    """Exports, raw, clean and derived tables describe every column; tables that are made show where each comes from."""
    for name, spec in specs.items():
        if spec.group_name in (*MADE_WITH_ROWS, "release") or name == "export.answers":
            continue  # an answered sheet holds entries, not an export's columns
        has_schema = SCHEMA in spec.metadata or name == "clean.lesions"  # its columns are those of its SQL
        assert has_schema, name
        if spec.group_name != "export":
            assert spec.metadata[LINEAGE].deps_by_column, name


@pytest.mark.long
def test_column_lineage_leads_to_columns(specs: dict[str, dg.AssetSpec]) -> None:
    """Every column named by a lineage exists in the asset it points to."""
    columns = {
        name: {c.name for c in spec.metadata[SCHEMA].columns} for name, spec in specs.items() if SCHEMA in spec.metadata
    }
    documented: dict[str, set[str]] = {}
    for schema, table, _, column, *_ in documented_columns():
        documented.setdefault(f"{schema}.{table}", set()).add(column)
    columns = documented | columns
    for name, spec in specs.items():
        for deps in spec.metadata[LINEAGE].deps_by_column.values() if LINEAGE in spec.metadata else ():
            for dep in deps:
                source = ".".join(dep.asset_key.path)
                assert dep.column_name in columns[source], (name, source, dep.column_name)


def test_derived_dependencies_come_from_the_sql(specs: dict[str, dg.AssetSpec]) -> None:
    """A derived asset depends on the tables that its SQL reads and on no others."""
    for name, spec in specs.items():
        if spec.group_name == "derived":
            read = {source for pairs in lineage()[name].values() for source, _ in pairs}
            assert {".".join(d.asset_key.path) for d in spec.deps} == {t for t in read if not t.startswith("work.")}


def test_what_blocks_a_release(definitions: dg.Definitions) -> None:
    """Conservation, every derived contract and the gate rules block; rules on rows only report."""
    graph = definitions.resolve_asset_graph()
    blocking = {
        key.to_user_string(): spec.blocking
        for key in graph.asset_check_keys
        if (spec := graph.get_check_spec(key)) is not None
    }
    assert {name for name, blocks in blocking.items() if blocks} == {
        "quality/ledger:conservation",
        "quality/canaries:canaries",
        "quality/expectations:agreement",
        "derived/time_to_event:OUT_01",
        "derived/time_to_event:OUT_02",
        *(f"derived/{table}:contract" for table in DERIVED),
    }
    reporting = {name for name, blocks in blocking.items() if not blocks}
    assert {f"clean/{name}:row_rules" for name in EXPORTS} <= reporting
    assert {
        f"quality/results:{rule_id.replace('-', '_')}" for rule_id, r in RULES.items() if r.severity != "gate"
    } <= reporting


def test_nightly_schedule_is_at_two(definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nightly job runs at 02:00, is on by default, in UTC unless REGISTRY_TIME_ZONE says otherwise."""
    schedule, _ = definitions.schedules or ()
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert schedule.cron_schedule == "0 2 * * *" and schedule.execution_timezone == "UTC"
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING and schedule.job_name == NIGHTLY
    monkeypatch.setenv(TIME_ZONE_VARIABLE, "Europe/Berlin")
    monkeypatch.setenv(CRON_VARIABLE, "30 3 * * *")
    elsewhere, _ = build_definitions(Path("nowhere")).schedules or ()
    assert isinstance(elsewhere, dg.ScheduleDefinition)
    assert elsewhere.execution_timezone == "Europe/Berlin" and elsewhere.cron_schedule == "30 3 * * *"
    dg.Definitions.validate_loadable(build_definitions(Path("nowhere")))


def test_an_unknown_time_zone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A time zone that does not exist is refused with its variable and the cure, not by a library's error."""
    monkeypatch.setenv(TIME_ZONE_VARIABLE, "Nowhere/City")
    with pytest.raises(RegistryError, match="REGISTRY_TIME_ZONE.*IANA"):
        build_definitions(Path("nowhere"))


@pytest.mark.parametrize("name", [NIGHTLY, DELIVERIES])
def test_one_run_makes_every_asset(definitions: dg.Definitions, name: str) -> None:
    """The run of a night and the run after a delivery make every asset that is not external, in this process."""
    job = definitions.resolve_job_def(name)
    made = {key for key in definitions.resolve_asset_graph().materializable_asset_keys}
    assert job.asset_layer.executable_asset_keys == made
    assert job.executor_def is dg.in_process_executor


def test_what_does_not_follow_the_change_log_has_a_condition(definitions: dg.Definitions) -> None:
    """Every asset that is not external is made with the derived tables or has a condition under which it follows."""
    graph = definitions.resolve_asset_graph()
    following = {node.key for node in graph.asset_nodes if node.automation_condition is not None}
    assert {*WITH_DELIVERIES, *following} == graph.materializable_asset_keys
    assert not following.intersection(WITH_DELIVERIES)
    assert {key("release.registry"), key("analysis.km_curve")} <= following


def test_what_is_made_with_deliveries_reads_nothing_that_follows(definitions: dg.Definitions) -> None:
    """Tables that follow the change log can be made by themselves: none is made from a table that has a condition."""
    graph = definitions.resolve_asset_graph()
    for asset in WITH_DELIVERIES:
        parents = {parent for parent in graph.get(asset).parent_keys if parent.path[0] != "export"}
        assert parents <= set(WITH_DELIVERIES), asset


def test_every_analysis_of_the_data_has_its_maker() -> None:
    """Each declared analysis of the data themselves has a function that makes it, and there are no others."""
    assert set(MAKERS) == {table.name for table in QUALITY_ANALYSIS_TABLES}


def test_a_step_makes_what_the_catalogue_gives_it(definitions: dg.Definitions) -> None:
    """Published tables that share a step are made by one definition; a table without a step has its own."""
    published = {key(table.full_name) for table in PUBLISHED}
    for node in definitions.resolve_asset_graph().asset_nodes:
        if node.key in published and node.key.path[0] != "analysis":
            step = BY_NAME[".".join(node.key.path)].step
            together = {key(table.full_name) for table in made_in(step)} if step else {node.key}
            assert published & set(node.assets_def.keys) == together, node.key


def test_sensors_are_running(definitions: dg.Definitions) -> None:
    """The sensors run by default, but for the one that asks servers outside."""
    sensors = {s.name: s.default_status for s in definitions.sensors or () if isinstance(s, dg.SensorDefinition)}
    assert {"deliveries", "automation", "dead_runs"} <= set(sensors)
    assert sensors.pop("pulls") == dg.DefaultSensorStatus.STOPPED
    assert set(sensors.values()) == {dg.DefaultSensorStatus.RUNNING}


LOOKS = ("meta__loads_landing", "meta__loads_drift")
"""Steps that open landing/ or a release but not the build database."""


def test_every_step_is_in_the_pool(definitions: dg.Definitions) -> None:
    """All steps that write the build database belong to one pool; the checks of incoming files write nothing."""
    for node in definitions.resolve_job_def(NIGHTLY).all_node_defs:
        assert isinstance(node, dg.OpDefinition)
        assert node.pool == ("registry" if node.name not in LOOKS else None), node.name
