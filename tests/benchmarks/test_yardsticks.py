"""Tests that the yardsticks do the project's work: a faster script that makes other rows would measure nothing."""

import re
from pathlib import Path

import duckdb
import pytest

from benchmarks import pandas_peer, plain_script
from benchmarks.dbt_peer import project
from benchmarks.peers_check import facts, facts_of_pandas, write_clean_rows
from synthetic.registry import write_registry
from tests.e2e.demonstration import Demonstration


@pytest.mark.long
def test_plain_script_makes_the_rows_of_a_release(light_study: Demonstration, tmp_path: Path) -> None:
    """From the release's clean rows, every derived table has the same rows, values and sums."""
    write_clean_rows(light_study.release.database, tmp_path / "landing")
    plain_script.build(tmp_path / "landing", tmp_path / "plain.duckdb")
    assert facts(tmp_path / "plain.duckdb") == facts(light_study.release.database)


def test_the_files_that_are_measured_are_read(tmp_path: Path) -> None:
    """A made-up registry's files, whose columns stand in another order and of which some lack columns, lose no patient:
    a yardstick that skips rows is fast.
    """
    write_registry(tmp_path / "landing", 60, seed=1, sites=2)
    plain_script.build(tmp_path / "landing", tmp_path / "plain.duckdb")
    with duckdb.connect(str(tmp_path / "plain.duckdb"), read_only=True) as con:
        found = con.execute("SELECT count(DISTINCT patient_id) FROM derived.patient_ltpfs").fetchone()
        read = con.execute("SELECT count(*) FROM clean.genotypes WHERE gene = 'KRAS'").fetchone()
    assert found == (60,) and read is not None and read[0] >= 50


def test_pandas_counts_as_a_release_does(light_study: Demonstration, tmp_path: Path) -> None:
    """Evaluable lesions, LTP, LTPFS and their days are the same."""
    write_clean_rows(light_study.release.database, tmp_path)
    wanted = facts_of_pandas(light_study.release.database)
    found = pandas_peer.analyse(tmp_path)
    assert wanted["lesions_with_ltp"] > 0
    assert {name: found[name] for name in wanted} == wanted


def test_dbt_models_read_models(tmp_path: Path) -> None:
    """No derived model of the dbt project reads a table by its name, which would hide it from dbt's order."""
    project.write(tmp_path / "project")
    models = sorted((tmp_path / "project" / "models" / "derived").glob("*.sql"))
    assert len(models) == 6
    for model in models:
        lines = [one for one in model.read_text(encoding="utf-8").splitlines() if not one.startswith("--")]
        assert any("{{ due('" in one for one in lines), model.stem
        by_name = [one for one in lines if re.search(r"\b(FROM|JOIN)\s+(clean|derived|work)\.", one)]
        assert by_name == [], model.stem
