"""`registry share` and `--disclosure`, as a user types them, on a copy of the demonstration's home."""

import csv
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from disclosure.shared_tables import FROM_CURVES
from schemas.disclosure import MODES
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import Ran, run_here
from warehouse.storage.home import Home

MODE = "lt5"
COUNTS = ("n", "n_events", "n_at_risk", "n_missing", "n_sessions", "n_lesions", "n_patients")


@pytest.fixture(scope="module")
def shared(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path, Ran]:
    """A copy of the home from which the public set left: home, folder, and what the command said."""
    root = tmp_path_factory.mktemp("shared")
    copy_of(demonstration, root)
    out = root / "public"
    ran = run_here(root / "home", "share", "--out", str(out), "--disclosure", MODE)
    assert ran.code == 0, ran.err.decode()
    return Home(root / "home"), out, ran


def test_the_set_holds_what_a_reader_needs_and_says_its_mode(shared: tuple[Home, Path, Ran]) -> None:
    """Page, figures, tables and manuscript are there, and each says under which mode it stands."""
    _, out, _ = shared
    assert {path.name for path in out.iterdir()} == {
        *("report.html", "figures", "tables", "manuscript.docx", "manifest.json"),
    }
    assert json.loads((out / "manifest.json").read_text())["disclosure"]["mode"] == MODE
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"Disclosure control {MODE}" in page and "small numbers are not suppressed" not in page
    with zipfile.ZipFile(out / "manuscript.docx") as parts:
        assert f"Disclosure control {MODE}" in parts.read("word/document.xml").decode()


def test_what_shows_single_lesions_is_left_out_and_said(shared: tuple[Home, Path, Ran]) -> None:
    """No swimmer plot, no residuals, no table that never leaves; the page names what is missing."""
    _, out, _ = shared
    drawn = {path.stem for path in (out / "figures").iterdir()}
    assert "flow" in drawn and any(name.startswith("km-") for name in drawn)
    assert not drawn & {"swimmer", "ph-residuals", "quality-trend", "forest-subgroups"}
    tables = {path.stem for path in (out / "tables").iterdir()}
    assert "ltp_rates" in tables and not tables & {"guards", "ph_residuals", "subgroups", "replication", "maturity"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Sensitivity analyses" not in page and "No lesion can be followed" not in page
    assert "courses of single lesions" in page


def test_no_table_prints_a_small_count(shared: tuple[Home, Path, Ran]) -> None:
    """In no CSV does a column of counts hold 1 to 4; events of curves are midpoints of classes of five: 3, 8, 13."""
    _, out, _ = shared
    small = []
    for path in sorted((out / "tables").glob("*.csv")):
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            names = [name for name in COUNTS if name != "n_events" or path.stem not in FROM_CURVES]
            small += [(path.stem, name) for name in names if row.get(name) and 1 <= int(row[name]) <= 4]
            if path.stem == "table_one" and (found := re.match(r"(\d+) \(", row["value"])):
                small += [("table_one", row["variable"])] if 1 <= int(found[1]) <= 4 else []
    assert small == []


def test_volumes_leave_without_operators_and_nothing_else_of_centres(shared: tuple[Home, Path, Ran]) -> None:
    """Of the tables of the service only volumes are there: the whole, quarters that are large enough, no operator; the
    page shows them.
    """
    _, out, _ = shared
    assert {path.stem for path in (out / "tables").glob("service_*")} == {"service_volumes"}
    rows = list(csv.DictReader((out / "tables" / "service_volumes.csv").read_text(encoding="utf-8").splitlines()))
    whole = [row for row in rows if not (row["site"] or row["modality"] or row["session_quarter"])]
    assert [row["n_sessions"] for row in whole] == ["180"] and {row["operator_id"] for row in rows} == {""}
    by_quarter = [row["n_sessions"] for row in rows if row["session_quarter"] and not row["site"]]
    assert "" in by_quarter and any(by_quarter)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Sessions by centre and quarter" in page and "waits by centre" in page and "Waiting</h" not in page


@pytest.mark.long
def test_it_is_logged_and_may_be_shared_again(shared: tuple[Home, Path, Ran], tmp_path: Path) -> None:
    """The log names release and mode, `registry verify` finds it whole, and the same release leaves again with the same
    files.
    """
    home, out, _ = shared
    line = json.loads((home.shared / "log.ndjson").read_text().splitlines()[0])
    assert (line["what"], line["mode"]) == ("release", MODE) and line["release_id"] in str(home.current.resolve())
    again = run_here(home.root, "share", "--out", str(tmp_path / "again"), "--disclosure", MODE)
    assert again.code == 0, again.err.decode()
    for path in (out / "tables").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / "tables" / path.name).read_bytes()
    verified = run_here(home.root, "verify")
    assert verified.code == 0 and "shared  intact: 2 outputs" in verified.text


@pytest.mark.long
def test_a_cohort_without_two_patients_is_refused(shared: tuple[Home, Path, Ran], tmp_path: Path) -> None:
    """All but two of the patients that left: one sentence names the output, the number and the cure; nothing is
    written.
    """
    home, _, _ = shared
    sql = "SELECT site, patient_id FROM derived.patient_ltpfs ORDER BY patient_id OFFSET 2"
    ran = run_here(home.root, "cohort", sql, "--out", str(tmp_path / "cohort"), "--disclosure", MODE)
    assert ran.code == 1
    assert "output 000001" in ran.complaint and "2 differ" in ran.complaint and "Wait until" in ran.complaint
    assert not (tmp_path / "cohort").exists()


@pytest.mark.long
def test_a_cohort_of_few_is_refused(shared: tuple[Home, Path, Ran], tmp_path: Path) -> None:
    """Nothing about four patients leaves."""
    home, _, _ = shared
    sql = "SELECT site, patient_id FROM derived.patient_ltpfs LIMIT 4"
    ran = run_here(home.root, "cohort", sql, "--out", str(tmp_path / "few"), "--disclosure", MODE)
    assert ran.code == 1 and "4 patients or fewer" in ran.complaint and not (tmp_path / "few").exists()


def test_nothing_is_shared_without_rules(shared: tuple[Home, Path, Ran], tmp_path: Path) -> None:
    """`share --disclosure none` is refused, and a mode that does not exist is wrong usage."""
    home, _, _ = shared
    ran = run_here(home.root, "share", "--out", str(tmp_path / "open"), "--disclosure", "none")
    assert ran.code == 1 and "registry manuscript" in ran.complaint
    assert run_here(home.root, "share", "--out", str(tmp_path / "open"), "--disclosure", "lt3").code == 2


@pytest.mark.long
def test_a_damaged_log_stops_the_next_output(shared: tuple[Home, Path, Ran], tmp_path: Path) -> None:
    """With a changed line nobody knows what left: nothing leaves, and verify says so."""
    home, _, _ = shared
    root = tmp_path / "home"
    shutil.copytree(home.root, root, symlinks=True)
    log = root / "shared" / "log.ndjson"
    log.write_bytes(log.read_bytes().replace(b'"release"', b'"nothing"', 1))
    (root / "shared" / "log.ndjson").chmod(0o600)
    ran = run_here(root, "share", "--out", str(tmp_path / "out"), "--disclosure", MODE)
    assert ran.code == 1 and "Restore shared/" in ran.complaint
    assert run_here(root, "verify").code == 1


def test_the_modes_of_the_command_are_those_of_the_law() -> None:
    """--disclosure offers each mode of the law file and no other."""
    from orchestration.cli.options import DisclosureMode

    assert [mode.value for mode in DisclosureMode] == list(MODES)
