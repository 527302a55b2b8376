"""Tests of `registry map`: it prints and writes a proposal, and never touches a site.toml that is there."""

import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.orchestration.command import CHECKOUT, run_here

FILE = "Pat.-Nr.,Eingriffsdatum,Herd,Größe (mm)\nN-1,2021-03-25,1,29\nN-2,03/04/2021,1,30\n"


def _site(root: Path, content: str = FILE) -> Path:
    site = root / "landing" / "north"
    (site / "klinik").mkdir(parents=True)
    (site / "klinik" / "2021.csv").write_text(content, encoding="utf-8")
    return site


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(p.relative_to(folder)): (p.stat().st_mtime_ns, p.stat().st_size) for p in folder.rglob("*") if p.is_file()
    }


def test_it_writes_where_no_site_toml_is(tmp_path: Path) -> None:
    """The proposal is printed as it is written; nothing else in the home changes, and no lock is taken."""
    site = _site(tmp_path)
    before = _state(tmp_path)
    ran = run_here(tmp_path, "map", "north")
    assert (ran.code, ran.err) == (0, b"")
    written = (site / "site.toml").read_text(encoding="utf-8")
    assert written in ran.text
    assert "Written to landing/north/site.toml.\nIt asks 2 questions (# ?)" in ran.text
    assert {name: at for name, at in _state(tmp_path).items() if name != "landing/north/site.toml"} == before
    assert [path.name for path in tmp_path.iterdir()] == ["landing"]


def test_it_never_overwrites(tmp_path: Path) -> None:
    """A site.toml that is there stays as it is, byte for byte; the difference to the proposal is printed."""
    site = _site(tmp_path)
    (site / "site.toml").write_text('[sources.klinik]\nencoding = "cp1252"\n', encoding="utf-8")
    before = _state(tmp_path)
    ran = run_here(tmp_path, "map", "north")
    assert ran.code == 0
    assert '-encoding = "cp1252"' in ran.text
    assert '+patient_id = "Pat.-Nr."' in ran.text
    assert "nothing was written" in ran.text
    assert _state(tmp_path) == before


def test_it_says_when_nothing_differs(tmp_path: Path) -> None:
    """A second run has nothing to propose."""
    _site(tmp_path)
    run_here(tmp_path, "map", "north")
    assert "site.toml says what would be proposed; nothing was written." in run_here(tmp_path, "map", "north").text


def test_it_maps_a_folder_without_a_home(tmp_path: Path) -> None:
    """A hospital's own machine has the folder alone: no home is needed, and none is made."""
    site = _site(tmp_path / "desk")
    ran = run_here(tmp_path / "no-home", "map", str(site))
    assert ran.code == 0
    assert (site / "site.toml").exists()
    assert not (tmp_path / "no-home").exists()


def test_an_unknown_site_is_refused(tmp_path: Path) -> None:
    """Exit code 1, and one line with the cure and the nearest site."""
    _site(tmp_path)
    ran = run_here(tmp_path, "map", "nort")
    assert ran.code == 1
    assert "There is no site nort in landing/, and no folder of that name; the nearest is north." in ran.complaint


def test_canonical_files_get_no_site_toml(tmp_path: Path) -> None:
    """Where nothing has to be said nothing is written."""
    site = _site(tmp_path)
    (site / "klinik" / "2021.csv").unlink()
    (site / "klinik").rename(site / "patients")
    (site / "patients" / "2021.csv").write_text("patient_id,sex\nP1,male\n", encoding="utf-8")
    ran = run_here(tmp_path, "map", "north")
    assert "Nothing has to be said of these files, so no site.toml was written." in ran.text
    assert not (site / "site.toml").exists()


def test_copies_are_private_and_deleted(tmp_path: Path, monkeypatch) -> None:
    """What readers write beside a file lies in a folder that only its owner may enter, and is gone afterwards."""
    import tempfile

    from warehouse.proposals import site_proposal

    modes = []
    look = site_proposal.look_at

    def watched(con, file, scratch):
        modes.append(stat.S_IMODE(scratch.parent.stat().st_mode))
        return look(con, file, scratch)

    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(site_proposal, "look_at", watched)
    site = _site(tmp_path / "desk", FILE.replace(",", ";"))
    site_proposal.propose(site)
    assert modes == [stat.S_IRWXU]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_refresh_that_clears_the_copies_stops_it(tmp_path: Path, monkeypatch) -> None:
    """A refresh clears the home's scratch folder when it begins: nothing is proposed from the files that are left."""
    from warehouse.proposals import site_proposal

    look = site_proposal.look_at

    def cleared(con, file, scratch):
        found = look(con, file, scratch)
        shutil.rmtree(scratch.parent)
        return found

    monkeypatch.setattr(site_proposal, "look_at", cleared)
    site = _site(tmp_path)
    ran = run_here(tmp_path, "map", "north")
    assert (ran.code, "A refresh began while the files were looked at." in ran.complaint) == (1, True)
    assert not (site / "site.toml").exists()


@pytest.mark.long
def test_it_starts_without_dagster(tmp_path: Path) -> None:
    """A site's machine does not wait for Dagster: neither it nor the analysis libraries are imported."""
    site = _site(tmp_path)
    code = (
        "import sys; from pathlib import Path; from orchestration.cli import map as command;"
        "from warehouse.storage.home import Home; command.map_site(Home(Path(sys.argv[2])), sys.argv[1]);"
        "print(sorted({'dagster', 'pandas', 'lifelines'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(site), str(tmp_path)], cwd=CHECKOUT, capture_output=True, check=True
    )
    assert done.stdout.decode().splitlines()[-1] == "[]"


def _refused(tmp_path: Path, site: str = "north") -> str:
    ran = run_here(tmp_path, "map", site)
    assert ran.code == 1
    assert not (tmp_path / "landing" / "north" / "site.toml").exists()
    return ran.text + ran.complaint


def test_nothing_to_propose_fails_with_the_cure(tmp_path: Path) -> None:
    """Folders without files, and files of unknown columns or formats: exit code 1, why, and what to do."""
    site = _site(tmp_path)
    (site / "klinik" / "2021.csv").unlink()
    assert "There is nothing to propose: the folders of north hold no file with data. Put the files into" in _refused(
        tmp_path
    )
    (site / "klinik" / "2021.csv").write_text("abc,xyz\n1,2\n", encoding="utf-8")
    said = _refused(tmp_path)
    assert "Not used: klinik/2021.csv. No row of it names columns that are known" in said
    assert "There is nothing to propose: the file is not one whose columns are known" in said


def test_a_binary_workbook_is_refused_with_the_cure(tmp_path: Path) -> None:
    """An .xlsb is named as what it is, with how to save it; a file beside it that can be read is proposed."""
    site = _site(tmp_path)
    text = (site / "klinik" / "2021.csv").read_text(encoding="utf-8")
    (site / "klinik" / "2021.csv").unlink()
    with zipfile.ZipFile(site / "klinik" / "2022.xlsb", "w") as packed:
        for part in ("[Content_Types].xml", "_rels/.rels", "xl/workbook.bin"):
            packed.writestr(part, b"")
    said = _refused(tmp_path)
    assert "Not used: klinik/2022.xlsb. The file is a binary Excel workbook (.xlsb). Open it in Excel, save it" in said
    (site / "klinik" / "2021.csv").write_text(text, encoding="utf-8")
    ran = run_here(tmp_path, "map", "north")
    assert (ran.code, "Not used: klinik/2022.xlsb." in ran.text) == (0, True)
    assert 'files = ["*.csv"]' in (site / "site.toml").read_text(encoding="utf-8")
