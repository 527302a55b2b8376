"""Shards give the tables that one process gives, row for row, and a delivery after them too."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis.stateful import run_state_machine_as_test

from schemas.derived import DERIVED
from synthetic.registry import write_registry
from tests.properties.incremental_machine import RegistryOverTime
from tests.properties.test_incremental import SAME_EVERY_TIME
from tests.quality.site_at_work import SITE
from tests.shards import shards_kit
from tests.shards.conftest import Ordered
from tests.shards.shards_kit import JOURNAL, make, put, settings
from tests.variants import quick
from tests.warehouse.kit import row_of
from warehouse.incremental import change_log
from warehouse.shards import order as orders
from warehouse.shards.exchange import exchange_of, open_orders
from warehouse.storage.connection import open_build
from warehouse.storage.home import Home

NOBODY = "SELECT count(*) FROM quality.quarantine WHERE key LIKE '|%'"


@pytest.mark.parametrize("shards", quick(1, [2, 1, 3, 16]))
def test_shards_give_the_same(ordered: Ordered, shards: int) -> None:
    """Every table has the content hash that it has without shards: with rows set aside, conflicts, rows of nobody,
    inherited cells, answers, exceptions, a merge and an own rule; and the journal of resolved entries is the same.
    Afterwards no file of the exchange is left.
    """
    settings(ordered.home, shards)
    said: list[str] = []
    with ordered.site.build() as con:
        journal, aside = con.execute(JOURNAL).fetchall(), con.execute(NOBODY).fetchone()
        assert journal and aside and aside[0] == 4
        change_log.reset_all_watermarks(con)
        assert make(con, ordered.home, say=said.append) == ordered.hashes
        assert con.execute(JOURNAL).fetchall() == journal
    assert ("taking the shards" in said) == (shards > 1)
    assert open_orders(ordered.home) == [] and not list(Path(exchange_of(ordered.home)).glob("*"))


@pytest.mark.long
def test_a_delivery_after_shards_is_made_patient_by_patient(
    ordered: Ordered, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What follows a full rebuild in shards goes the usual way, and gives what a rebuild without shards gives."""
    monkeypatch.setattr(change_log, "EVERYTHING_FROM_SHARE", 10.0)
    home = ordered.home
    with ordered.site.build() as con:
        change_log.reset_all_watermarks(con)
        make(con, home)
        put(
            home,
            SITE,
            "imaging_followups",
            "2024-06-30.csv",
            row_of("imaging_followups", patient_id="P9", exam_id="E8"),
        )
        said: list[str] = []
        followed = make(con, home, say=said.append)
        assert not any("shard" in one for one in said)
        settings(home, 1)
        assert make(con, home, full=True) == followed != ordered.hashes


def test_every_key_names_a_patient() -> None:
    """No gate on a key looks beyond a shard."""
    assert [table.name for table in DERIVED.values() if not {"site", "patient_id"} <= set(table.key)] == []


@pytest.mark.long
@pytest.mark.parametrize("shards", [2, 3, 16])
def test_a_made_up_registry(tmp_path: Path, shards: int) -> None:
    """So it is with many patients and treatments, one in a hundred rows of which is wrong."""
    home = Home(tmp_path).create()
    write_registry(home.landing, 2_000, has_treatments=True, defect_rate=0.01)
    with open_build(home) as con:
        made = make(con, home)
        settings(home, shards)
        assert make(con, home, full=True) == made


@pytest.mark.long
def test_any_split_gives_the_same(ordered: Ordered, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patients may be split in any way: by site, by their last letter, or all in one shard of three."""
    for split in ("(r.site = 'st-anna')::INTEGER", "ascii(right(coalesce(r.patient_id, ' '), 1)) % 3", "2"):
        monkeypatch.setattr(orders, "shard_of", lambda *_, split=split: split)
        settings(ordered.home, 3)
        with ordered.site.build() as con:
            change_log.reset_all_watermarks(con)
            assert make(con, ordered.home) == ordered.hashes


@pytest.mark.long
def test_any_history_in_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each night of a random history, a rebuild in shards has the tables that the nights have made."""
    from tests.properties import incremental_machine

    n_rebuilt = 0

    def rebuild(con, home, full=False):
        nonlocal n_rebuilt
        if home.root.name == "other":
            n_rebuilt += 1
            settings(home, 2 + n_rebuilt % 2)
        shards_kit.make(con, home, full)

    monkeypatch.setattr(change_log, "EVERYTHING_FROM_SHARE", 10.0)
    monkeypatch.setattr(incremental_machine, "make_tables", rebuild)
    run_state_machine_as_test(RegistryOverTime, settings=SAME_EVERY_TIME)
    assert n_rebuilt > 2
