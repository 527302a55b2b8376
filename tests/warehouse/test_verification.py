"""Tests that `verify` finds every difference from the manifest, and nothing in an intact release."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.release_kit import release_small, site_with_sessions
from warehouse.releases.release import Release
from warehouse.releases.verification import verify


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release as it was published."""
    return release_small(site_with_sessions(tmp_path_factory.mktemp("verified") / "home").home)


@pytest.fixture
def folder(whole: Release, tmp_path: Path) -> Path:
    """A copy of its folder that can be damaged."""
    copied = tmp_path / whole.release_id
    shutil.copytree(whole.folder, copied)
    for path in copied.rglob("*"):
        os.chmod(path, 0o700)
    return copied


def rewrite(folder: Path, change: Callable[[dict], None]) -> None:
    """Change the manifest."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def run(folder: Path, sql: str) -> None:
    """Run SQL on the released database, and let the manifest agree with the file's new bytes."""
    with duckdb.connect(str(folder / "registry.duckdb")) as con:
        con.execute(sql)
    from warehouse.storage.hashing import file_facts

    rewrite(folder, lambda m: m["files"].update({"registry.duckdb": file_facts(folder)["registry.duckdb"]}))


def test_a_whole_release(whole: Release) -> None:
    """A release as published has no disagreement; every table and every file was compared."""
    done = verify(whole.folder)
    assert (done.disagreements, done.notes) == ([], [])
    assert done.n_tables == len(whole.manifest["tables"]) > 15
    assert set(whole.manifest["files"]) == {"registry.duckdb", "report.html", "data_docs/index.html"}
    assert done.n_files == 3


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "UPDATE derived.lesion_ltp SET max_diameter_mm = max_diameter_mm + 1",
            "derived.lesion_ltp: different content hash",
        ),
        ("DELETE FROM clean.rfa_sessions WHERE patient_id = 'P1'", "clean.rfa_sessions: different number of rows"),
        ("DROP TABLE quality.ledger", "quality.ledger: missing"),
        ("CREATE TABLE quality.more AS SELECT 1 AS x", "quality.more: not in the manifest"),
        ("ALTER TABLE meta.loads RENAME COLUMN site TO hospital", "meta.loads: different content hash"),
        ("UPDATE quality.changes SET change = 'resolved'", "quality.changes: different content hash"),
    ],
)
def test_a_changed_table(folder: Path, sql: str, said: str) -> None:
    """A changed cell, a lost row, a lost, an added or a renamed thing is named by its table, and only that table."""
    run(folder, sql)
    (line,) = verify(folder).disagreements
    assert line.startswith(f"table {said}") and "P1" not in line


def test_when_it_came_in_is_not_compared(folder: Path) -> None:
    """Columns that only tell when, which no hash covers, are left out of the comparison as they are in the build."""
    run(folder, "UPDATE quality.quarantine SET first_seen = NULL, load_id = 'L9'")
    assert verify(folder).disagreements == []


def damage_page(folder: Path) -> None:
    """Other bytes, as many."""
    (folder / "report.html").write_text("A report", encoding="utf-8")


def lengthen(folder: Path) -> None:
    """More bytes."""
    (folder / "data_docs" / "index.html").write_text("a longer page", encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (damage_page, "report.html: different SHA-256"),
        (lengthen, "data_docs/index.html: different size"),
        (lambda f: (f / "report.html").unlink(), "report.html: missing"),
        (lambda f: (f / "notes.txt").touch(), "notes.txt: not in the manifest"),
        (lambda f: (f / "registry.duckdb").unlink(), "registry.duckdb: missing"),
        (lambda f: (f / "manifest.json").unlink(), "manifest.json: cannot be read"),
        (lambda f: (f / "manifest.json").write_text("{"), "manifest.json: cannot be read"),
        (lambda f: (f / "manifest.json").write_text("{}"), "manifest.json: lacks required fields"),
        (lambda f: rewrite(f, lambda m: m.pop("files")), "manifest.json: lacks required fields"),
        (lambda f: rewrite(f, lambda m: m.update(release_id="x")), "manifest.json: belongs to another release"),
    ],
)
def test_a_damaged_file(folder: Path, damage: Callable, said: str) -> None:
    """A file that is changed, gone or added is named with the kind of damage."""
    damage(folder)
    assert verify(folder).disagreements == [said]


def test_a_damaged_database(folder: Path) -> None:
    """A database with a flipped or a missing part is found by its bytes, and never ends in an exception."""
    content = (folder / "registry.duckdb").read_bytes()
    middle = len(content) // 2
    (folder / "registry.duckdb").write_bytes(content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :])
    assert "registry.duckdb: different SHA-256" in verify(folder).disagreements
    (folder / "registry.duckdb").write_bytes(content[:middle])
    assert verify(folder).disagreements[0] == "registry.duckdb: different size"
    (folder / "registry.duckdb").write_bytes(b"nothing")
    assert verify(folder).disagreements[1:] == ["registry.duckdb: cannot be read as a database"]


@pytest.mark.long
def test_a_manifest_that_contradicts_itself(folder: Path) -> None:
    """The content hash must be that of the tables' hashes, and the release id must begin with it."""
    rewrite(folder, lambda m: m.update(content_hash="f" * 64))
    assert verify(folder).disagreements == [
        "manifest.json: content hash does not match the tables' hashes",
        "release id: does not end in the first 8 digits of the content hash",
    ]
    renamed = folder.with_name(f"{folder.name[:-8]}00000000")
    folder.rename(renamed)
    assert "manifest.json: belongs to another release" in verify(renamed).disagreements


@pytest.mark.long
def test_another_version_of_duckdb(folder: Path) -> None:
    """Hashes of rows are those of one DuckDB version: with another one only files are compared, and that is said."""
    run(folder, "UPDATE derived.lesion_ltp SET max_diameter_mm = 1")
    rewrite(folder, lambda m: m["code"].update(duckdb="1.4.0"))
    done = verify(folder)
    assert done.disagreements == [] and done.n_tables == 0
    assert "1.4.0" in done.notes[0] and "cannot be compared" in done.notes[0]
    damage_page(folder)
    assert verify(folder).disagreements == ["report.html: different SHA-256"]
    rewrite(folder, lambda m: m.update(made_again_by={"duckdb": duckdb.__version__}))
    assert verify(folder).disagreements[1:] == ["table derived.lesion_ltp: different content hash"]
