"""The conditions of declarative automation on a small graph of the same shape: what they request, and when."""

from collections.abc import Iterator

import dagster as dg
import pytest

from orchestration.automation import conditions

RELEASE = dg.AssetKey("release")
VERSIONS: dict[str, str] = {}
SHUT: set[str] = set()
BROKEN: set[str] = set()


def made(name: str, deps: list[str], condition: dg.AutomationCondition | None = None, has_gate: bool = False):
    """Return an asset with data version VERSIONS[name] and a blocking check that fails while its name is in SHUT."""
    gate = [dg.AssetCheckSpec("gate", asset=name, blocking=True)] if has_gate else None

    @dg.asset(name=name, deps=deps, automation_condition=condition, check_specs=gate)
    def asset() -> dg.MaterializeResult:
        if name in BROKEN:
            raise dg.Failure("broken")
        results = [dg.AssetCheckResult(check_name="gate", passed=name not in SHUT)] if has_gate else []
        return dg.MaterializeResult(data_version=dg.DataVersion(VERSIONS.get(name, "1")), check_results=results)

    return asset


def graph() -> dg.Definitions:
    """clean -> lesions, genotypes (one run); an analysis of each, results of all, the release."""
    one = (dg.AssetKey("clean"), dg.AssetKey("lesions"), dg.AssetKey("genotypes"))
    an_input = conditions.when_an_input_changed(one)
    anything = conditions.when_anything_changed(one)
    return dg.Definitions(
        assets=[
            made("clean", []),
            made("lesions", ["clean"], has_gate=True),
            made("genotypes", ["clean"]),
            made("of_lesions", ["lesions"], an_input),
            made("of_genotypes", ["genotypes"], an_input),
            made("results", ["clean", "lesions"], anything, has_gate=True),
            made("release", ["clean", "lesions", "genotypes", "of_lesions", "of_genotypes", "results"], anything),
        ]
    )


class Night:
    """The graph on its own instance: runs, and ticks of the automation sensor."""

    def __init__(self, instance: dg.DagsterInstance):
        self.instance, self.defs = instance, graph()
        self.cursor = None

    def run(self, *names: str, everything: bool = False) -> bool:
        """Make the assets in one run and return whether it succeeded."""
        assets = list(self.defs.assets or ())
        chosen = dg.AssetSelection.all() if everything else dg.AssetSelection.assets(*names)
        return dg.materialize(assets, selection=chosen, instance=self.instance, raise_on_error=False).success

    def delivery(self, **versions: str) -> bool:
        """Run what follows a delivery, after which the tables have these data versions."""
        VERSIONS.update(versions)
        return self.run("clean", "lesions", "genotypes")

    def tick(self) -> set[str]:
        """Return what the automation sensor requests now."""
        asked = dg.evaluate_automation_conditions(
            self.defs, instance=self.instance, cursor=self.cursor, asset_selection=dg.AssetSelection.all()
        )
        self.cursor = asked.cursor
        names = ("clean", "lesions", "genotypes", "of_lesions", "of_genotypes", "results", "release")
        return {name for name in names if asked.get_num_requested(dg.AssetKey(name))}


@pytest.fixture
def night() -> Iterator[Night]:
    """A registry that was made completely once, with its automation sensor running."""
    VERSIONS.clear()
    SHUT.clear()
    BROKEN.clear()
    with dg.DagsterInstance.ephemeral() as instance:
        began = Night(instance)
        began.tick()
        assert began.run(everything=True)
        assert began.tick() == set()
        yield began


def test_the_first_delivery_of_a_new_home_is_followed() -> None:
    """In a new home, everything downstream of the first delivery is requested at once."""
    VERSIONS.clear()
    SHUT.clear()
    with dg.DagsterInstance.ephemeral() as instance:
        began = Night(instance)
        assert began.tick() == set()
        assert began.delivery()
        assert began.tick() == {"of_lesions", "of_genotypes", "results", "release"}


@pytest.mark.long
def test_only_what_reads_a_change_is_asked_for(night: Night) -> None:
    """An analysis whose inputs keep their data version is not requested; the release is."""
    assert night.delivery(clean="2", lesions="2")
    assert night.tick() == {"of_lesions", "results", "release"}
    assert night.tick() == set()
    assert night.run("of_lesions", "results", "release")
    assert night.tick() == set() == night.tick()


def test_a_delivery_that_changes_nothing_asks_for_nothing(night: Night) -> None:
    """A delivery that leaves all data versions as they were requests nothing."""
    assert night.delivery()
    assert night.tick() == set()


def test_a_whole_refresh_is_not_done_twice(night: Night) -> None:
    """After a run that made everything, as the nightly job and `registry refresh` do, nothing is requested."""
    VERSIONS.update(clean="3", lesions="3", genotypes="3")
    assert night.run(everything=True)
    assert night.tick() == set() == night.tick()


@pytest.mark.long
def test_a_shut_gate_holds_what_is_behind_it(night: Night) -> None:
    """While a blocking check of an input fails, nothing downstream is requested; once it passes, all of it is."""
    SHUT.add("lesions")
    night.delivery(clean="4", lesions="4")
    assert not {"of_lesions", "results", "release"} & night.tick()
    assert not {"of_lesions", "results", "release"} & night.tick()
    SHUT.clear()
    assert night.delivery(lesions="5")
    assert {"of_lesions", "results", "release"} <= night.tick()


@pytest.mark.long
def test_a_gate_behind_the_delivery_does_not_stay_shut(night: Night) -> None:
    """A gate that is judged in the second run is judged again after the next delivery, and holds nothing back then."""
    SHUT.add("results")
    assert night.delivery(clean="6")
    assert night.tick() == {"results", "release"}
    assert not night.run("results", "release")
    assert night.tick() == set()
    SHUT.clear()
    assert night.delivery(clean="7")
    assert night.tick() == {"results", "release"}


@pytest.mark.long
def test_a_run_that_failed_is_not_asked_for_again_and_again(night: Night) -> None:
    """A failed request is not repeated until something changes."""
    BROKEN.add("results")
    assert night.delivery(clean="8")
    assert night.tick() == {"results", "release"}
    assert not night.run("results", "release")
    assert night.tick() == set() == night.tick()


@pytest.mark.long
def test_a_first_run_that_failed_half_way_holds_what_follows(night: Night) -> None:
    """Until a run has made all tables that follow deliveries, nothing downstream is requested; then all of it is."""
    BROKEN.add("genotypes")
    assert not night.delivery(clean="9", lesions="9")
    assert night.tick() == set() == night.tick()
    BROKEN.clear()
    assert night.delivery()
    assert night.tick() == {"of_lesions", "results", "release"}


def test_that_a_release_stands_starts_nothing(night: Night) -> None:
    """An event that the release is still current requests nothing, and the next delivery is followed as usual."""
    night.instance.report_runless_asset_event(dg.AssetMaterialization(RELEASE, tags={"dagster/data_version": "1"}))
    assert night.tick() == set() == night.tick()
    assert night.delivery(clean="10")
    assert night.tick() == {"results", "release"}
