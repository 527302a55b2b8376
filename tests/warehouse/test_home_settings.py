"""Tests registry.toml in the home: the settings of the reports."""

from pathlib import Path

import pytest

from schemas.published_files import INDEX_STUDY
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_settings import FILE, ask_for_replication, asks_for_replication, home_settings


def test_a_home_without_the_file_asks_for_nothing(tmp_path: Path) -> None:
    """Another registry's patients are not the index study's."""
    assert not asks_for_replication(Home(tmp_path))


def test_asking_is_read_back_and_changes_no_file_that_is_there(tmp_path: Path) -> None:
    """What `registry demo` writes asks; a home that said no keeps its word."""
    home = Home(tmp_path)
    ask_for_replication(home)
    assert asks_for_replication(home)
    assert home_settings(home).replication == INDEX_STUDY
    (tmp_path / FILE).write_text("replication = false\n", encoding="utf-8")
    ask_for_replication(home)
    assert not asks_for_replication(home)


def test_homes_that_said_true_mean_the_index_study(tmp_path: Path) -> None:
    """The setting of older homes keeps its meaning."""
    (tmp_path / FILE).write_text("replication = true\n", encoding="utf-8")
    assert home_settings(Home(tmp_path)).replication == INDEX_STUDY


def test_another_file_is_refused_with_the_command_that_tests_it(tmp_path: Path) -> None:
    """The table's estimators are those of one study; a slip of its name is shown."""
    (tmp_path / FILE).write_text('replication = "index-stdy.toml"\n', encoding="utf-8")
    with pytest.raises(RegistryError, match=r"Is it index-study\.toml\?.*registry test-model"):
        home_settings(Home(tmp_path))


@pytest.mark.parametrize("text", ["replication", "replication = 1", "replicaton = true", "[replication]"])
def test_what_does_not_hold_is_said_with_its_cure(tmp_path: Path, text: str) -> None:
    """No TOML, no boolean, a key that nothing reads: one sentence names the file."""
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError, match=FILE):
        asks_for_replication(Home(tmp_path))


@pytest.mark.parametrize("text", ["shards = 0", "shards = 257", "shards = true", 'shards = "4"', "shard_workers = 65"])
def test_numbers_of_shards_have_bounds(tmp_path: Path, text: str) -> None:
    """What is no number, or too many, is refused with what to write; within the bounds it is read."""
    (tmp_path / FILE).write_text(f"{text}\n", encoding="utf-8")
    name = text.split()[0]
    with pytest.raises(RegistryError, match=rf"{name} is no number from 1 to \d+\. Write {name} = 4\."):
        home_settings(Home(tmp_path))
    (tmp_path / FILE).write_text("shards = 256\nshard_workers = 64\n", encoding="utf-8")
    assert (home_settings(Home(tmp_path)).shards, home_settings(Home(tmp_path)).shard_workers) == (256, 64)
