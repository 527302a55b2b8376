"""What is wrong with a lake is said before anything is written, with the cure and without a password."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lake.lake_kit import address_of, in_file, opened, with_files
from tests.orchestration.command import run_here
from tests.variants import quick
from warehouse.lake.address import VARIABLE
from warehouse.lake.connection import LAKE
from warehouse.lake.state import check_lake, follow, mark
from warehouse.lake.words import KNOWN, refusal
from warehouse.storage import extensions
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

SECRET = "s3cr3t"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home with a lake in a file."""
    monkeypatch.setenv(VARIABLE, in_file(tmp_path))
    return with_files(Home(tmp_path / "home").create(), tmp_path / "files")


def refused(home: Home) -> str:
    """What the check at the start says."""
    with pytest.raises(RegistryError) as said:
        check_lake(home)
    assert SECRET not in str(said.value) and said.value.cure
    return str(said.value)


def test_a_server_that_is_away(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal names host and database, and no password."""
    away = f"ducklake:postgres:host=127.0.0.1 port=9 dbname=registry user=writer password={SECRET}"
    monkeypatch.setenv(VARIABLE, away)
    said = refused(home)
    assert "ducklake:postgres:host=127.0.0.1 port=9 dbname=registry cannot be reached" in said and "Start" in said


def test_a_new_lake_needs_a_place_for_its_files(home: Home) -> None:
    """Without data_path nothing is made."""
    (home.root / "registry.toml").unlink()
    assert 'data_path = "/srv/lake/files"' in refused(home)


def test_a_folder_that_cannot_be_made(home: Home, tmp_path: Path) -> None:
    """A data_path below a file is no folder."""
    (tmp_path / "file").touch()
    with_files(home, tmp_path / "file" / "files")
    assert "data_path cannot be made a folder" in refused(home)


@pytest.mark.parametrize("others", [(), ("v1.4.0",)])
def test_an_extension_that_is_missing_or_of_another_version(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: tuple[str, ...]
) -> None:
    """Each is named, with the version that it is for if there is one, and what to install."""
    spec = extensions.find_spec("duckdb_extension_ducklake")
    assert spec is not None
    for version in others:
        (tmp_path / "extensions" / version).mkdir(parents=True)
        (tmp_path / "extensions" / version / "ducklake.duckdb_extension").touch()
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(extensions, "find_spec", lambda name: spec)
    monkeypatch.setattr("warehouse.lake.connection.EXTENSIONS", {"duckdb": ("ducklake",)})
    said = refused(home)
    assert "DuckDB's extension ducklake is not installed for DuckDB v" in said and "pip install '.[lake]'" in said
    assert ("but for v1.4.0" in said) == bool(others)


def test_two_deployments_with_other_schema_versions(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a later deployment has written, by the lake's format or its tables', an earlier one does not write over."""
    check_lake(home)
    address = address_of(os.environ[VARIABLE])
    with opened(home, address) as con:
        con.execute(
            f"""INSERT INTO {LAKE}.lake.releases VALUES ('20240101T000000Z-0000000a', '',
                '{{"schema_versions": {{"derived": "2"}}, "code": {{"version": "9.9.9"}}}}')"""
        )
    said = refused(home)
    assert "later versions of derived" in said and "Install version 9.9.9" in said
    with opened(home, address) as con:
        con.execute(f"UPDATE {LAKE}.lake.format SET format = 9, needs = '8.8.8'")
    assert "has format 9" in refused(home) and "8.8.8 or later" in refused(home)


@pytest.mark.long
def test_another_registrys_lake(home: Home) -> None:
    """A lake whose newest release the home does not have belongs to another registry, or to a lost home's."""
    check_lake(home)
    with opened(home, address_of(os.environ[VARIABLE])) as con:
        con.execute(f"INSERT INTO {LAKE}.lake.releases VALUES ('20240101T000000Z-0000000a', '', '{{}}')")
    assert "20240101T000000Z-0000000a, is not in this home" in refused(home)
    with pytest.raises(RegistryError, match="not in this home"):
        follow(home)


@pytest.mark.long
def test_somebody_elses_lake(home: Home, tmp_path: Path) -> None:
    """A lake with tables of its own is left alone."""
    from warehouse.lake.connection import open_lake

    with open_lake(address_of(os.environ[VARIABLE]), home.scratch, str(tmp_path / "files")) as con:
        con.execute(f"CREATE TABLE {LAKE}.of_somebody AS SELECT 1 AS a")
    assert "tables that are no registry's" in refused(home)


@pytest.mark.long
def test_settings_that_do_not_fit_the_lake(home: Home, tmp_path: Path) -> None:
    """Where the files are, and whether they are encrypted, was decided when the lake was made."""
    check_lake(home)
    with_files(home, tmp_path / "elsewhere")
    assert "keeps its files elsewhere than data_path" in refused(home)
    with_files(home, tmp_path / "files", "encrypted = true\n")
    assert "is not encrypted, and registry.toml says otherwise" in refused(home)


def test_a_lake_that_the_environment_forgets(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that publishes in a lake refuses to write without it: an erasure would leave the patient there."""
    mark(home, address_of(os.environ[VARIABLE]))
    monkeypatch.delenv(VARIABLE)
    assert f"{VARIABLE} names no lake" in refused(home)
    ran = run_here(home.root, "refresh")
    assert ran.code == 1 and "remove the file `lake`" in ran.complaint


BROKEN: dict[str, Callable[[Path], str]] = {
    "no lake": lambda folder: "REGISTRY_WAREHOUSE begins with mysql:, which is no warehouse",
    "no catalogue": lambda folder: f"{folder}/none/catalogue",
}


@pytest.mark.long
def test_commands_refuse_in_one_line(home: Home, tmp_path: Path) -> None:
    """`refresh`, `query`, `releases`, `portable` and `migrate` say what is wrong before they do anything."""
    (home.root / "registry.toml").unlink()
    for words in (("refresh",), ("query", "SELECT 1"), ("releases",), ("portable", "--out", str(tmp_path / "x"))):
        ran = run_here(home.root, *words, REGISTRY_WAREHOUSE=f"mysql:{SECRET}")
        assert ran.code == 1 and BROKEN["no lake"](tmp_path) in ran.complaint and SECRET not in ran.complaint
        ran = run_here(home.root, *words, REGISTRY_WAREHOUSE=f"ducklake:duckdb:{tmp_path / 'none' / 'catalogue'}")
        assert ran.code == 1 and BROKEN["no catalogue"](tmp_path) in ran.complaint, ran.complaint
    for words in (("migrate", "--to", "lake"), ("portable", "--out", str(tmp_path / "x")), ("verify", "--lake")):
        assert "There is no lake: REGISTRY_WAREHOUSE is not set" in run_here(home.root, *words).complaint
    assert not (home.releases / "current").exists() and not (tmp_path / "x").exists()


def test_the_catalogue_is_somebodys_else_file(home: Home, tmp_path: Path) -> None:
    """A file that is no catalogue is not written over."""
    shutil.rmtree(tmp_path / "files", ignore_errors=True)
    (tmp_path / "catalogue").write_text("something else", encoding="utf-8")
    refused(home)
    assert (tmp_path / "catalogue").read_text(encoding="utf-8") == "something else"


@pytest.mark.parametrize("words", [words for group, _, _ in KNOWN for words in group])
def test_no_error_is_quoted(words: str) -> None:
    """Whatever DuckDB says, with a password in it, the refusal has its own words."""
    import duckdb

    said = refusal(address_of("ducklake:postgres:host=h dbname=d"), duckdb.IOException(f"{words} password={SECRET}"))
    assert SECRET not in str(said) and "host=h dbname=d" in said.message and said.cure


HOLDS = {
    "duckdb": "import duckdb; con = duckdb.connect(path)",
    "sqlite": "import sqlite3; con = sqlite3.connect(path); con.execute('BEGIN EXCLUSIVE')",
}


@pytest.mark.parametrize("kind", quick(1, HOLDS))
def test_a_catalogue_in_a_file_that_another_process_has_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Two processes cannot use a catalogue in a file at a time: the second is refused until the first is done."""
    monkeypatch.setenv(VARIABLE, in_file(tmp_path, kind))
    home = with_files(Home(tmp_path / "home").create(), tmp_path / "files")
    check_lake(home)
    script = f"import sys; path = sys.argv[1]; {HOLDS[kind]}; print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", script, str(tmp_path / "catalogue")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        said = refused(home)
        other.communicate("")
    assert "Another process has the catalogue" in said and "use one in PostgreSQL" in said
    assert check_lake(home) is not None


def test_a_folder_that_may_only_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files' folder belongs to somebody else: the user who refreshes is refused, by the system itself."""
    nobody = 65534
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        monkeypatch.setenv(VARIABLE, in_file(folder))
        home = with_files(Home(folder / "home").create(), folder / "files")
        check_lake(home)
        (folder / "files").chmod(0o555)
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, *(("root", None) if path.name == "files" else (nobody, None)))
            os.seteuid(nobody)
        try:
            said = refused(home)
        finally:
            if os.getuid() == 0:
                os.seteuid(0)
        assert "Nothing can be written into the lake's folder (Permission denied)" in said
        (folder / "files").chmod(0o755)
