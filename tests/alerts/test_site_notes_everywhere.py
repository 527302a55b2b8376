"""Notes for sites appear wherever a person looks: refresh, status, checks, alert, morning note, query sheet."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import openpyxl
import pytest

from analysis.report.output.markdown import markdown
from analysis.report.sections.morning_note_keys import build
from orchestration.alerts import triggers
from orchestration.automation.delivery_checks import drift_result, in_markdown, landing_result
from orchestration.cli import cohort, rebuild
from orchestration.cli.diff import named
from tests.alerts.listeners import WebServer, write
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.orchestration.home_state import look_at_files
from warehouse.releases.release import Release
from warehouse.storage.home import Home
from workflows.morning_note import note_of_releases

SESSIONS = "patient_id,session_id,session_date,lesion_id,max_diameter_mm,segmnt"
WARN = dg.AssetCheckSeverity.WARN


@pytest.fixture(scope="module")
def home(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The study, refreshed with a rejected file, a mistyped column and a site whose exams match no session."""
    copied = copy_of(light_study, tmp_path_factory.mktemp("told"))
    site = copied.landing / "index-study"
    (site / "genotypes" / "2023-03-01_g.csv").write_text("Nr;Gen\nA;KRAS\n", encoding="utf-8")
    (site / "rfa_sessions" / "2023-03-01_s.csv").write_text(f"{SESSIONS}\nSYN-0901,S1,2019-03-05,L1,21,5\n")
    folder = copied.landing / "south" / "genotypes"
    folder.mkdir(parents=True)
    rows = "".join(f"10{n},X,primary,KRAS,mutant\n" for n in range(3))
    (folder / "genes.csv").write_text("patient_id,specimen_id,specimen_site,gene,result\n" + rows, encoding="utf-8")
    ran = run_here(copied.root, "refresh")
    assert ran.code == 0
    (copied.root / "said.txt").write_bytes(ran.err)
    return copied


REJECTED = "Rejected index-study/genotypes/2023-03-01_g.csv: The header lacks the required columns: patient_id"
MISTYPED = "index-study/rfa_sessions/2023-03-01_s.csv: The column 'segmnt' is not known; is it segment"
ORPHANED = "south/genotypes/genes.csv: All 3 rows belong to no session of the site"


@pytest.mark.long
def test_refresh_says_what_is_new(home: Home) -> None:
    """refresh prints loud notes in full with their cure, and counts quiet ones in a line that says where they are
    listed.
    """
    said = (home.root / "said.txt").read_text()
    assert all(words in said for words in (REJECTED, f"Mistyped {MISTYPED}", f"Orphaned {ORPHANED}"))
    (quiet,) = [line for line in said.splitlines() if line.startswith("Notice   Of the newest deliveries")]
    assert "1 without a date in their name" in quiet and quiet.endswith("`registry status` lists them.")


@pytest.mark.long
def test_what_was_said_is_only_counted_the_next_time(home: Home) -> None:
    """A refresh that finds nothing new does not repeat the notes."""
    look_at_files(home)
    said = run_here(home.root, "refresh").err.decode()
    assert MISTYPED not in said and "are open from before: `registry status` lists them." in said


@pytest.mark.long
def test_status_names_all_of_it(home: Home) -> None:
    """status lists each note with its place and sentence, also the undated file."""
    said = run_here(home.root, "status").text
    for words in (REJECTED.removeprefix("Rejected "), MISTYPED, ORPHANED, "south/genotypes/genes.csv: The file name"):
        assert words in said


@pytest.mark.long
def test_the_checks_are_red_and_never_block(home: Home) -> None:
    """The check landing fails for the rejected delivery and drift for the others, as warnings with the sentences."""
    landing, drift = landing_result(home), drift_result(home)
    assert (landing.passed, drift.passed) == (False, False) and {landing.severity, drift.severity} == {WARN}
    assert REJECTED.removeprefix("Rejected ") in str(landing.description)
    assert MISTYPED in str(drift.description) and ORPHANED in str(drift.description)
    assert in_markdown("a_b<c>`d`") == r"a\_b\<c\>\`d\`"


@pytest.mark.long
def test_the_morning_note_says_it(home: Home) -> None:
    """The morning note holds the sentences, and a rejected delivery once."""
    note = note_of_releases(home, named(home, "previous"), named(home, "current"))
    text = markdown(build(note))
    assert "is it segment" in text and "belong to no session of the site" in text
    assert text.count("lacks the required columns") == 1


@pytest.mark.long
def test_an_alert_tells_of_deliveries_of_which_nothing_counts(home: Home, web: WebServer) -> None:
    """By default one alert lists the rejected delivery and the export that matches no session."""
    write(home, web=web, more="")
    assert triggers.released(home, named(home, "current").release_id) == []
    (posted,) = web.posted
    assert posted["occasion"] == "rejected" and posted["title"] == "Registry: deliveries that do not count (2)"
    assert any("lacks the required columns" in line for line in posted["lines"])
    (home.root / "alerts.toml").unlink()


@pytest.mark.long
def test_the_query_sheet_says_it_to_the_site(home: Home, tmp_path: Path) -> None:
    """The site's query sheet holds its notes on a separate sheet, and none of another site."""
    assert run_here(home.root, "queries", "index-study", "--out", str(tmp_path / "q.xlsx")).code == 0
    sheet = openpyxl.load_workbook(tmp_path / "q.xlsx")["deliveries"]
    told = [row for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert {"Rejected", "Mistyped", "Lost"} <= {row[0] for row in told}
    assert "genes.csv" not in str(told)


@pytest.mark.long
@pytest.mark.parametrize(
    "words",
    [
        ("query", "SELECT 1", "--release", "current"),
        ("explain", "index-study", "SYN-0001", "--release", "current"),
        ("queries", "index-study", "--release", "current", "--out", "{}/q.xlsx"),
        ("verify", "current"),
        ("pin", "current"),
        ("unpin", "current"),
        ("diff", "previous", "current", "--format", "json"),
        ("what-moved", "os", "--release", "current"),
    ],
    ids=lambda words: words[0],
)
def test_current_is_a_release(home: Home, tmp_path: Path, words: tuple[str, ...]) -> None:
    """The word current names a release in every command that takes one."""
    ran = run_here(home.root, *(word.format(tmp_path) for word in words))
    assert ran.code == 0, ran.err.decode()


@pytest.mark.long
def test_current_is_the_release_of_a_manuscript(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the word current, a manuscript is written of the current release (tests/paper tests what is written)."""
    written: list[str] = []
    monkeypatch.setattr(cohort, "write_manuscript", lambda release, out, disclosure: written.append(release.release_id))
    test_current_is_a_release(home, tmp_path, ("manuscript", "--release", "current", "--out", "{}/manuscript"))
    assert written == [named(home, "current").release_id]


@pytest.mark.long
def test_current_is_a_release_with_all_analyses(
    demonstration: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word current also works where the analyses of a cohort are written out."""
    monkeypatch.setattr("analysis.report.figure_block.PAPER_DOTS_PER_INCH", 30)  # the claim is not about pictures
    words = ("cohort", "FROM derived.patient_ltpfs", "--release", "current", "--out", "{}/cohort")
    test_current_is_a_release(demonstration.home, tmp_path, words)


@pytest.mark.long
def test_current_is_a_release_that_is_rebuilt(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the word current, a rebuild takes the inputs of the current release."""

    class Taken(Exception):
        """The inputs of this release are asked for."""

    def take(release: Release, *_: Home) -> None:
        raise Taken(release.release_id)

    monkeypatch.setattr(rebuild, "take_inputs", take)
    with pytest.raises(Taken, match=named(home, "current").release_id):
        rebuild.rebuild(home, "current", tmp_path / "again")
