"""Tests the canary gate: a release waits for the canaries and is refused if they miss a defect."""

import dagster as dg
import pytest

from assets.canaries import canary_results
from assets.resources import Registry
from orchestration.definitions import build_definitions
from schemas.canaries import CANARIES
from schemas.exports import TREATMENTS
from warehouse.clean import cross_rules
from warehouse.raw.tables import create_tables
from warehouse.storage.home import Home

CANARY_KEY = dg.AssetKey(["quality", "canaries"])


def _materialize(home):
    with Registry(home_folder=str(home)).build() as con:
        create_tables(con)  # as loading has done by then
    return dg.materialize(
        [canary_results], resources={"registry": Registry(home_folder=str(home))}, raise_on_error=False
    )


def test_the_release_waits_for_the_canaries(tmp_path) -> None:
    """quality/canaries is upstream of the release, and its check blocks."""
    definitions = build_definitions(tmp_path)
    graph = definitions.resolve_asset_graph()
    assert CANARY_KEY in graph.get(dg.AssetKey(["release", "registry"])).parent_keys
    assert [spec.blocking for spec in canary_results.check_specs] == [True]


@pytest.mark.long
def test_the_check_says_how_many_were_found(tmp_path) -> None:
    """With the validators as they are the check passes and says n of n."""
    result = _materialize(tmp_path)
    (check,) = result.get_asset_check_evaluations()
    planted = [
        canary for canary in CANARIES if all(row.export != TREATMENTS for row in canary.rows)
    ]  # no treatments here
    n_planted = sum(canary.kind == "bad" for canary in planted)
    assert result.success and check.passed
    assert check.metadata["said"].value == f"{n_planted} of {n_planted} planted defects found"
    with Registry(home_folder=str(tmp_path)).build() as con:
        assert con.execute("SELECT count(*) FROM quality.canaries").fetchone() == (len(planted),)
    assert Home(tmp_path).build_database.exists()


@pytest.mark.long
def test_a_rule_gone_blind_closes_the_gate(tmp_path, monkeypatch) -> None:
    """The blocking check fails and names the rule."""
    real = cross_rules.select_of
    monkeypatch.setattr(
        cross_rules, "select_of", lambda n: f"SELECT * FROM ({real(n)}) WHERE {'false' if 'img_07' in n else 'true'}"
    )
    (check,) = _materialize(tmp_path).get_asset_check_evaluations()
    assert (check.passed, check.blocking) == (False, True)
    assert check.metadata["missed"].value == "IMG-07 imaging_followups.lesion_status"
