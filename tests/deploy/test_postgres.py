"""Dagster's storage in PostgreSQL, as docs/deploy.md describes it, on a real server from Debian's packages."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from sqlalchemy import create_engine, inspect, text

from orchestration.instance import dagster_instance, prepare
from tests.orchestration.command import CHECKOUT, run_apart
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from workflows.erase_from_postgres import erase_from_server

pytestmark = pytest.mark.daemon
SITE, PATIENT = "synthetic-01", "SYN-0000001"
VARIABLE = "REGISTRY_POSTGRES_URL"


def block_of_the_page() -> dict:
    """The storage block that docs/deploy.md gives."""
    page = (CHECKOUT / "docs" / "deploy.md").read_text(encoding="utf-8")
    return yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])


def test_runs_lie_on_the_server(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the page's block in dagster.yaml a refresh releases as usual, its run, events and checks are read back from
    the server, and no SQLite file is created.
    """
    for name in ("DAGSTER_HOME", "REGISTRY_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "0")  # put back what prepare sets
    monkeypatch.setenv(VARIABLE, server)
    home = Home(tmp_path / "home")
    prepare(home)
    file = home.dagster / "dagster.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8")) | block_of_the_page()
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    assert run_apart(home.root, "demo", "--patients", "30", "--sites", "2").code == 0
    refreshed = run_apart(home.root, "refresh", **{VARIABLE: server})
    assert refreshed.code == 0 and refreshed.text.startswith("Released "), refreshed.err.decode()
    import dagster as dg

    with dagster_instance(home) as instance:
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.SUCCESS
        key = dg.AssetKey(["derived", "patient_ltpfs"])
        event = instance.get_latest_materialization_event(key)
        assert event is not None and event.asset_materialization is not None
        assert event.asset_materialization.metadata["dagster/row_count"].value > 0
        checks = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        assert len(checks) > 50
        instance.add_run_tags(run.run_id, {"asked about": PATIENT})
    assert list(home.dagster.rglob("*.db")) == []
    foreign = create_engine(server)
    with foreign.begin() as con:
        con.execute(text(f"CREATE TABLE of_somebody_else AS SELECT '{PATIENT}' AS note"))
    assert PATIENT in texts_on(server)
    words = ("forget", SITE, PATIENT, "--reason", "consent withdrawn", "--yes")
    assert run_apart(home.root, *words, **{VARIABLE: server}).code == 0
    with foreign.begin() as con:
        assert con.execute(text("SELECT note FROM of_somebody_else")).scalar() == PATIENT
        con.execute(text("DROP TABLE of_somebody_else"))
    foreign.dispose()
    left = texts_on(server)
    assert run.run_id in left and PATIENT not in left and "data:image/png" not in left


def test_a_server_that_is_away_leaves_the_erasure_to_be_finished(tmp_path: Path) -> None:
    """If the server is unreachable, the erasure stays unfinished, and one sentence names a cure but no address."""
    home = Home(tmp_path / "home").create()
    block = {"storage": {"postgres": {"postgres_url": "postgresql+psycopg2://postgres@127.0.0.1:9/postgres"}}}
    (home.dagster / "dagster.yaml").write_text(yaml.safe_dump(block), encoding="utf-8")
    with pytest.raises(RegistryError, match="could not be cleaned") as told:
        erase_from_server(home, [PATIENT])
    assert "127.0.0.1" not in str(told.value)


def texts_on(server: str) -> str:
    """Return every row of every table, as text."""
    engine = create_engine(server)
    with engine.connect() as con:
        tables = inspect(con).get_table_names()
        found = [str(row) for table in tables for row in con.execute(text(f'SELECT "{table}"::text FROM "{table}"'))]
    engine.dispose()
    return "\n".join(found)
