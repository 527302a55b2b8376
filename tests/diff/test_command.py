"""`registry diff`: which releases it takes, and what it prints."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.diff.two_releases import new_registry
from tests.orchestration.command import run_here
from tests.warehouse.kit import row_of
from warehouse.releases.release import list_releases
from warehouse.storage.home import Home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Two releases; in the second a patient is new and another has LTP, by a delivery with a strange identifier."""
    with new_registry(tmp_path_factory.mktemp("diff") / "home") as registry:
        registry.release()
        registry.deliver_patients("2024-06-20_new.csv", 25)
        exam = {"patient_id": "P02", "exam_id": "E|<9>*", "exam_date": "2021-09-01", "lesion_status": "ltp"}
        registry.deliver("imaging_followups", "2024-06-21_exams.csv", row_of("imaging_followups", **exam))
        registry.release()
        yield registry.kit.home


@pytest.mark.long
def test_previous_and_current(home: Home) -> None:
    """`previous` and `current` name the two newest releases; ids and their beginnings give the same result."""
    newest, oldest = (release.release_id for release in list_releases(home))
    printed = {run_here(home.root, "diff", *words).out for words in (("previous", "current"), (oldest[:11], newest))}
    assert len(printed) == 1
    assert f"Release {newest}, compared with release {oldest}." in printed.pop().decode()


@pytest.mark.long
def test_text(home: Home) -> None:
    """Piped, the tables are plain text: counts, estimates with their parts, keys, dates, delivery and line."""
    ran = run_here(home.root, "diff", "previous", "current")
    assert (ran.code, ran.err) == (0, b"") and "\x1b" not in ran.text
    lines = [" ".join(line.split()) for line in ran.text.splitlines()]
    assert "Patients 1 1" in lines and "Lesions with LTP 1" in lines
    assert any(
        line.startswith("north / P02 L1 2021-09-01 ") and "2024-06-21_exams.csv, line 1" in line for line in lines
    )
    assert "Both releases were made by the same code, so the part for code is zero by construction." in ran.text
    (overall,) = [line.split() for line in lines if line.startswith("All ")]
    before, after, total, code, corrected, followed, new = (
        float(cell.replace("\N{MINUS SIGN}", "-")) for cell in (overall[1], overall[3], *overall[5:])
    )
    assert after - before == pytest.approx(total) == pytest.approx(code + corrected + followed + new) and code == 0


@pytest.mark.long
def test_markdown_escapes_what_it_would_obey(home: Home) -> None:
    """In Markdown, every line of a table has as many cells as its header, whatever an identifier holds."""
    text = run_here(home.root, "diff", "previous", "current", "--format", "markdown").text
    assert text.startswith("# Morning note\n") and r"E\|\<9\>\*" in text
    widths: list[int] = []
    for line in text.splitlines():
        cells = line.replace(r"\|", "").count("|")
        if line.startswith("|"):
            widths.append(cells)
        else:
            assert len(set(widths)) <= 1
            widths = []


@pytest.mark.long
def test_json(home: Home) -> None:
    """In JSON, list items are objects, dates are ISO text, and the parts of each movement add up."""
    told = json.loads(run_here(home.root, "diff", "previous", "current", "--format", "json").text)
    assert told["new_ltp"][0] | {"months": None} == {
        "site": "north",
        "patient_id": "P02",
        "lesion_id": "L1",
        "ltp_date": "2021-09-01",
        "months": None,
        "is_new_lesion": False,
        "export": "imaging_followups",
        "delivery": "2024-06-21_exams.csv",
        "file": "north/imaging_followups/2024-06-21_exams.csv",
        "line": 1,
        "why": None,
    }
    for movement in told["movements"]:
        if movement["total"] is None:  # too few events for the hazard ratio
            assert movement["parts"] is None and movement["quantity"] == "hazard_ratio"
            continue
        assert sum(movement["parts"].values()) == pytest.approx(movement["total"], abs=1e-12)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("current", "current"), "Both are release "),
        (("2019", "current"), "There is no release '2019'."),
        (("2024", "current"), "More than one release begins with '2024'."),
    ],
)
def test_releases_that_cannot_be_compared(home: Home, words: tuple[str, str], complaint: str) -> None:
    """The same release twice, an unknown one and an ambiguous one give one line with the command that cures it."""
    ran = run_here(home.root, "diff", *words)
    assert ran.code == 1 and ran.out == b""
    assert complaint in ran.complaint and "`registry releases`" in ran.complaint


@pytest.mark.long
def test_before_a_second_release(tmp_path: Path) -> None:
    """Without an earlier release there is no previous one; without any, `registry refresh` is the cure."""
    with new_registry(tmp_path / "home") as registry:
        none = run_here(registry.kit.home.root, "diff", "previous", "current")
        registry.release()
        one = run_here(registry.kit.home.root, "diff", "previous", "current")
    assert none.code == one.code == 1
    assert "`registry refresh`" in none.complaint and "no release before the current one" in one.complaint
