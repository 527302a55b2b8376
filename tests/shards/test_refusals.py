"""What is refused, what is made without shards instead, and what is said of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.orchestration.command import run_here
from tests.own_rules.files import document, rule
from tests.shards.conftest import Ordered
from tests.shards.shards_kit import make, make_clean, put, settings
from tests.variants import quick
from tests.warehouse.kit import row_of
from warehouse.incremental import change_log
from warehouse.shards import make_shard as shard_module
from warehouse.shards.exchange import ExchangeHeld, check_exchange, close_orders, exchange_of, open_orders
from warehouse.shards.files import ExchangeFailed
from warehouse.shards.make_shard import OtherCode, ShardFailed, make_shard
from warehouse.shards.order import NoOrder
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

ACROSS = rule(
    "SELECT count(*) FROM {object} AS s WHERE EXISTS (SELECT 1 FROM imaging_followups AS i "
    "WHERE i.site = s.site AND i.patient_id = s.patient_id)",
    "[{bad: {}, with: {imaging_followups: {}}}, {good: {}}]",
    "HD-30",
)
FAILS = rule(
    "SELECT count(*) FROM {object} WHERE CAST(substr(patient_id, 2) AS INTEGER) > 500",
    "[{bad: {patient_id: P700}}, {good: {patient_id: P1}}]",
    "HD-20",
)


def test_a_worker_of_another_version_is_refused(kept_order: Ordered, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows might differ: it says so, with the cure, and makes nothing."""
    monkeypatch.setattr(shard_module, "making_code", lambda: "other code")
    with pytest.raises(OtherCode, match="another version of the registry") as raised:
        make_shard(kept_order.address, 0)
    assert "on every worker" in raised.value.cure


def test_an_order_that_is_not_there(kept_order: Ordered, tmp_path: Path) -> None:
    """An order that was closed, or a shard that it does not have, is one sentence with its cure."""
    with pytest.raises(NoOrder, match=r"There is no work order at .*none"):
        make_shard(str(tmp_path / "none"), 0)
    with pytest.raises(RegistryError, match="has the shards 0 to 1"):
        make_shard(kept_order.address, 2)


def test_an_error_quotes_no_cell(ordered: Ordered, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails in a shard, a worker says which shard and what kind of failure, and no value."""

    def fail(con: duckdb.DuckDBPyConnection) -> None:
        con.execute("SELECT CAST('Anna Schmidt' AS INTEGER)")

    shutil.rmtree(Path(ordered.address) / "made")
    monkeypatch.setattr(shard_module, "judge", fail)
    with pytest.raises(ShardFailed, match=r"Shard 1 of .* could not be made \(ConversionException\)") as raised:
        make_shard(ordered.address, 1)
    assert "Anna" not in f"{raised.value}{raised.value.__cause__}" and raised.value.__suppress_context__


@pytest.mark.parametrize("what", quick(1, ["changed", "lost"]))
def test_an_order_whose_rows_are_damaged_is_written_anew(ordered: Ordered, what: str) -> None:
    """The worker says so and withdraws the order; the next refresh writes it again, under the same address."""
    shutil.rmtree(Path(ordered.address) / "made")
    (file,) = Path(ordered.address).glob("rows/*/raw.rfa_sessions/shard=0/*")
    if what == "lost":
        file.unlink()
    else:
        with duckdb.connect() as con:
            con.execute(f"COPY (FROM '{file}' OFFSET 1) TO '{file}.new' (FORMAT parquet)")
        Path(f"{file}.new").replace(file)
    with pytest.raises(ShardFailed, match=r"The rows of shard 0 .*written\. Run `registry refresh` again"):
        make_shard(ordered.address, 0)
    with pytest.raises(NoOrder):
        make_shard(ordered.address, 0)
    with ordered.site.build() as con:
        change_log.reset_all_watermarks(con)
        asked: list[str] = []
        with pytest.raises(RegistryError, match="not made"):
            make_clean(con, ordered.home, runner=lambda address, _: asked.append(address))
    assert asked == [ordered.address] and len(list(Path(ordered.address).glob("rows/*"))) == 2


@pytest.mark.long
def test_a_file_that_is_damaged_before_it_is_taken_is_computed(ordered: Ordered) -> None:
    """A later table whose file is lost meanwhile is made as without shards, and so are those after it."""
    with ordered.site.build() as con:
        change_log.reset_all_watermarks(con)
        make_clean(con, ordered.home)
        (file,) = Path(ordered.address).glob("made/0/*/derived.patient_genotype.parquet")
        file.unlink()
        assert make(con, ordered.home) == ordered.hashes
    assert open_orders(ordered.home) == []


@pytest.mark.long
@pytest.mark.parametrize("which", ["across rows", "not judged"])
def test_rules_that_shards_cannot_judge(ordered: Ordered, which: str) -> None:
    """With an own rule that compares rows, or one that fails on a row, the tables are made as without shards, which is
    said once.
    """
    home = ordered.home
    stated, column = (ACROSS, "session_date") if which == "across rows" else (FAILS, "patient_id")
    text = document(stated, column=column)
    (home.root / "rules" / "more.yaml").write_text(text, encoding="utf-8")
    put(home, "st-anna", "rfa_sessions", "2024-07-01.csv", row_of("rfa_sessions", patient_id="PX"))
    said: list[str] = []
    with ordered.site.build() as con:
        made = make(con, home, full=True, say=said.append)
        assert sum(one.startswith("without shards: ") for one in said) == 1
        assert "work.in_shards" not in str(con.execute("SHOW ALL TABLES").fetchall())
        settings(home, 1)
        assert make(con, home, full=True) == made
    assert open_orders(home) == []


def test_the_exchange_of_another_registry_is_refused(tmp_path: Path) -> None:
    """Two homes with one data_path: the second is refused at the start, with the cure, and has changed nothing. The
    first goes on.
    """
    place = f'data_path = "{tmp_path / "files"}"\n'
    homes = [Home(tmp_path / name).create() for name in ("one", "two")]
    for home in homes:
        settings(home, 2, place)
    check_exchange(homes[0])
    with pytest.raises(ExchangeHeld, match="Another registry exchanges its shards in") as raised:
        check_exchange(homes[1])
    assert str(tmp_path / "files" / "shards" / "home") in raised.value.cure
    ran = run_here(homes[1].root, "refresh")
    assert ran.code == 1 and "Another registry exchanges its shards" in ran.complaint
    assert not homes[1].build_database.exists()
    check_exchange(homes[0])
    settings(homes[1], 1, place)
    check_exchange(homes[1])


def test_where_shards_are_exchanged(tmp_path: Path) -> None:
    """In data_path if there is one; in the home without, and if the lake's files are encrypted, since these are not. A
    place where nothing can be written is refused.
    """
    home = Home(tmp_path / "home").create()
    assert exchange_of(home) == str(home.warehouse / "shards")
    settings(home, 2, 'data_path = "s3://bucket/registry/"\n')
    assert exchange_of(home) == "s3://bucket/registry/shards"
    settings(home, 2, 'data_path = "/srv/files"\nencrypted = true\n')
    assert exchange_of(home) == str(home.warehouse / "shards")
    check_exchange(home)
    (tmp_path / "file").touch()
    settings(home, 2, f'data_path = "{tmp_path / "file"}"\n')
    with pytest.raises(ExchangeFailed, match=r"could not be read or written \(NotADirectoryError\)"):
        check_exchange(home)


def test_an_order_is_closed_with_all_its_files(ordered: Ordered) -> None:
    """Closing deletes rows and results, those of killed attempts too, and a worker that comes late finds no order."""
    (Path(ordered.address) / "made" / "0" / "killed").mkdir()
    close_orders(ordered.home)
    assert not Path(ordered.address).exists() and open_orders(ordered.home) == []
    close_orders(ordered.home)
    with pytest.raises(NoOrder):
        make_shard(ordered.address, 0)
