"""What holds for every kind of export: where it goes, that it is the same each time, and what it is restricted to."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from interchange.export_release import export_release
from interchange.kinds import KINDS, Kind, kind_named
from interchange.outgoing import Outgoing, Written, outgoing
from tests.e2e.demonstration import Demonstration
from tests.interchange.exported import SMALL, exported, whole
from tests.orchestration.command import run_here
from tests.structure.checkout import ROOT
from tests.variants import quick
from warehouse.cohorts.recipe import parse_recipe
from warehouse.releases.release import MANIFEST
from warehouse.storage.errors import QueryFailed, RegistryError

PAGE = (ROOT / "docs" / "exports-out.md").read_text(encoding="utf-8")
PACKAGE = "datapackage"


class Small(Kind):
    """A kind that writes the patients alone."""

    def write(self, release: Outgoing, folder: Path) -> Written:
        """Write patients.csv."""
        release.con.execute(f"COPY ({release.in_order('clean.patients')}) TO '{folder}/patients.csv'")
        return Written({"patients.csv": release.count("clean.patients")}, ("Nothing else.",))


SMALL_KIND = Small("small", "", "")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_section(kind: str) -> None:
    """The page has a heading and a command for it."""
    assert f"$ registry export {kind} " in PAGE
    assert f"(`{kind}`)" in PAGE


@pytest.mark.parametrize("kind", quick(1, KINDS))
def test_the_same_release_gives_the_same_bytes(light_study: Demonstration, tmp_path: Path, kind: str) -> None:
    """Two exports are equal file by file, and name the release."""
    first, again = whole(light_study, kind), tmp_path / "again"
    exported(light_study, kind, again)
    names = sorted(path.relative_to(first).as_posix() for path in first.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(again).as_posix() for path in again.rglob("*") if path.is_file())
    assert [name for name in names if (first / name).read_bytes() != (again / name).read_bytes()] == []
    assert json.loads((first / MANIFEST).read_text())["release_id"] == light_study.release.release_id


def test_an_unknown_kind_is_named_with_the_nearest() -> None:
    """The sentence names what was typed, the cure the nearest and all of them."""
    with pytest.raises(RegistryError, match="There is no kind of export 'data-packge'.") as refused:
        kind_named("data-packge")
    assert refused.value.cure.startswith("Did you mean datapackage? Kinds are ")
    with pytest.raises(RegistryError) as refused:
        kind_named("hl7v2")
    assert refused.value.cure.startswith("Kinds are ") and all(name in refused.value.cure for name in KINDS)


def test_the_command_says_what_it_wrote(
    light_study: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files, rows and notes, and the second time that nothing was written. Only the owner can read the folder."""
    monkeypatch.setitem(KINDS, "small", SMALL_KIND)
    out, words = tmp_path / "out", ("export", "small", "--out", str(tmp_path / "out"))
    ran, again = (run_here(light_study.home.root, *words) for _ in range(2))
    release, n = light_study.release.release_id, json.loads((out / MANIFEST).read_text())["rows"]["patients.csv"]
    listed = f"patients.csv  {n:,} rows\nNothing else.\nRelease {release} as small"
    assert ran.code == 0 and ran.text == f"{listed}: 1 file with {n:,} rows in {out}\n"
    assert again.text == f"{listed} is in {out} already; nothing was written.\n"
    assert os.stat(out).st_mode & 0o077 == 0


@pytest.mark.parametrize("what", ["a changed file", "a file more", "a file less", "another cohort", "no export"])
def test_a_folder_that_holds_something_else_is_refused(light_study: Demonstration, tmp_path: Path, what: str) -> None:
    """Whatever differs from the export, nothing is overwritten."""
    out = tmp_path / "out"
    if what == "no export":
        out.mkdir()
    else:
        asked = parse_recipe(SMALL) if what == "another cohort" else None
        export_release(light_study.home, light_study.release, SMALL_KIND, out, asked)
    file = out / "patients.csv"
    if what in ("a changed file", "no export"):
        file.write_text("site\n")
    elif what == "a file more":
        (out / "note.txt").write_text("mine")
    elif what == "a file less":
        file.unlink()
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(RegistryError, match="holds something else"):
        export_release(light_study.home, light_study.release, SMALL_KIND, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_writer_that_fails_leaves_nothing(light_study: Demonstration, tmp_path: Path) -> None:
    """The folder appears when it is complete or not at all."""

    class Fails(Kind):
        def write(self, release: Outgoing, folder: Path) -> Written:
            (folder / "half.csv").write_text("site\n")
            raise OSError("disk full")

    kind = Fails("fails", "", "")
    with pytest.raises(OSError, match="disk full"):
        export_release(light_study.home, light_study.release, kind, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_recipe_restricts_every_table(light_study: Demonstration) -> None:
    """Rows of patients, and of lesions, are the recipe's; figures of the whole release are not offered."""
    with light_study.open() as con:
        everybody = {name: con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in VIEWS}
    with outgoing(light_study.release, parse_recipe(SMALL)) as going:
        keys = set(going.con.execute("SELECT site, patient_id FROM chosen.patients").fetchall())
        lesions = set(going.con.execute("SELECT site, patient_id, lesion_id FROM chosen.lesions").fetchall())
        assert 0 < len(keys) < everybody["cohort.patients"] and 0 < len(lesions) < everybody["cohort.lesions"]
        assert not any(name.startswith("analysis.") for name in going.tables)
        for name, table in going.tables.items():
            whose = "site, patient_id" + (", lesion_id" if table.has("lesion_id") else "")
            found = going.con.execute(f"SELECT DISTINCT {whose} FROM {name}").fetchall()
            assert {row[:2] for row in found} <= keys, name
            assert {row for row in found if row[2:] and row[2] is not None} <= lesions, name
        assert set(going.con.execute(LESIONS).fetchall()) == lesions
        assert going.con.execute("SELECT count(*) FROM derived.patient_ltpfs").fetchone() == (len(keys),)


VIEWS = ("cohort.patients", "cohort.lesions")
LESIONS = "SELECT DISTINCT site, patient_id, lesion_id FROM derived.lesion_ltp"


def test_a_recipe_that_does_not_fit_is_refused(light_study: Demonstration, tmp_path: Path) -> None:
    """With the sentence of `registry cohort`, and nothing is written."""
    with pytest.raises(QueryFailed, match="Did you mean ecog?"):
        exported(light_study, PACKAGE, tmp_path / "out", "include: [ecg = 0]")
    assert list(tmp_path.iterdir()) == []


def test_a_kind_that_is_none_is_wrong_usage(light_study: Demonstration, tmp_path: Path) -> None:
    """The command ends with code 2, names the nearest kind, and writes nothing."""
    ran = run_here(light_study.home.root, "export", "adm", "--out", str(tmp_path / "out"))
    assert ran.code == 2 and b"Did you mean adam?" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", quick(1, [name for name, kind in KINDS.items() if kind.has_rows]))
def test_rows_do_not_leave_under_a_mode(light_study: Demonstration, tmp_path: Path, kind: str) -> None:
    """The refusal names the identifiers and the columns that break k-anonymity, and no line is logged."""
    ran = run_here(light_study.home.root, "export", kind, "--out", str(tmp_path / "out"), "--disclosure", "lt5")
    assert ran.code == 1
    assert "Rows cannot leave in this format under lt5: it holds patient_id, lesion_id" in ran.complaint
    assert "could be found by" in ran.complaint and "first_ablation_date" in ran.complaint
    assert list(tmp_path.iterdir()) == [] and not light_study.home.shared.exists()


def test_an_older_release_has_the_tables_it_has(light_study: Demonstration, tmp_path: Path) -> None:
    """Tables and columns come from the release, not from this version's declarations."""
    old = replace(light_study.release, folder=tmp_path)
    with duckdb.connect(str(old.database)) as con:
        con.execute(f"ATTACH '{light_study.release.database}' AS now (READ_ONLY)")
        con.execute("CREATE SCHEMA clean; CREATE SCHEMA meta")
        con.execute("CREATE TABLE clean.patients AS SELECT site, patient_id, sex FROM now.clean.patients")
        con.execute("CREATE TABLE meta.loads AS FROM now.meta.loads")
        con.execute(
            "CREATE TABLE meta.columns AS FROM now.meta.columns WHERE table_schema = 'clean' AND table_name = "
            "'patients' AND column_name IN ('site', 'patient_id', 'sex')"
        )
    done = export_release(light_study.home, old, KINDS[PACKAGE], tmp_path / "out")
    assert list(done.written.rows) == ["clean.patients.csv"]
