"""What `registry check` prints: on a terminal of 80 columns nothing is wider, and sentences are not squeezed."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.cli import check as command
from tests.sources.redcap_kit import STUDY
from tests.sources.test_bad_mapped_files import project
from tests.sources.test_mapped_deliveries import CLINIC, ROWS
from tests.warehouse.kit import csv_of, row_of
from warehouse.storage.home import Home
from workflows.check_findings import COUNTS
from workflows.check_results import Answered, Checked, CheckedFile, Delivered

COLUMNS = 80
LABELS = """Record ID,Event Name,Repeat Instrument,Repeat Instance,Name,Sex,Drugs (choice=FOLFOX),\
Drugs (choice=FOLFIRI),Complete?,Date,Diameter,Ratio,Success,Complete?,Date,Finding,Complete?
001,Start,,,Anna,female,Checked,Unchecked,Complete,,,,,,,,
001,Start,Ablation,1,,,,,,2020-01-05,"2,5",1.250,Yes,Complete,,,
"""


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """What is printed of a folder with these files, as lines."""
    monkeypatch.setattr(command, "PIPED_WIDTH", COLUMNS)

    def run(**files: str) -> list[str]:
        for place, text in files.items():
            path = tmp_path / "lyon" / place.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        command.check(Home(tmp_path / "none"), str(tmp_path / "lyon"), None, None, "table")
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= COLUMNS and not any(line.endswith(" ") for line in lines)
        return lines

    return run


@pytest.mark.long
def test_a_canonical_csv(printed) -> None:
    """Of each rule: how many rows, of which column, the lines, and the whole sentence below."""
    rows = [row_of("rfa_sessions"), row_of("rfa_sessions", patient_id="P2", session_date="soon")]
    lines = printed(**{"rfa_sessions__2024-01-01.csv": csv_of(rows)})
    at = lines.index("    TYPE-01  1 row set aside in session_date; line 2")
    assert lines[at + 1].startswith("      session_date cannot be read as its type (date as YYYY-MM-DD,")


@pytest.mark.long
def test_a_clinics_csv(printed) -> None:
    """The source column stands beside the canonical one."""
    lines = printed(**{"site.toml": CLINIC, "klinik__2021-12-31.csv": ROWS})
    assert "    REQ-01  1 row set aside in max_diameter_mm (Durchmesser); line 4" in lines


@pytest.mark.long
def test_labels_of_redcap_are_shown_as_fields(printed) -> None:
    """Where the header has labels, the columns are those that site.toml can name."""
    files = {"site.toml": project(box="drugs___9"), "study.csv": STUDY, "redcap__2024-01-01.csv": LABELS}
    lines = printed(**files)
    assert "  Columns: pid, redcap_event_name, redcap_repeat_instrument," in lines
    (unread,) = [line for line in lines if line.startswith("  Nothing reads:")]
    assert "drugs___1" in unread and "pid" not in unread and "rfa_date" not in unread
    assert "Anna" not in "".join(lines)


@pytest.mark.long
def test_no_row_of_an_export_is_asked_about(printed) -> None:
    """A filter that matches nothing may be a mistake in site.toml."""
    lines = printed(**{"site.toml": CLINIC.replace('"RFA", "MWA"', '"Kryo"'), "klinik__2021-12-31.csv": ROWS})
    assert "    No row is of this export; is that what site.toml means?" in lines


def test_lines_of_an_answered_sheet(capsys: pytest.CaptureFixture[str]) -> None:
    """What became of them, by reason, with their numbers."""
    answers = [Answered("applied", "", 7, [1, 2, 3, 4, 5]), Answered("refused", "The row has changed since.", 1, [6])]
    one = Delivered("answers", "a.xlsx", "accepted", "", 0, dict.fromkeys(COUNTS, 0), 0, {}, answers=answers)
    file = CheckedFile("answers/a.xlsx", False, True, [], [], [one])
    command._print(Checked("lyon", "There is no site.toml.", files=[file]))
    lines = capsys.readouterr().out.splitlines()
    assert "    7 lines applied (1, 2, 3, 4, 5, \N{HORIZONTAL ELLIPSIS})." in lines
    assert "    1 line refused (6): The row has changed since." in lines


def test_what_is_read_again_is_said_with_what_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Files of the past are shown only if they are refused, and the sentence does not point to any otherwise."""
    for status, refused in (("accepted", "none is refused."), ("rejected", "what is refused is shown above.")):
        one = Delivered("patients", "a.csv", status, "", 1, dict.fromkeys(COUNTS, 0), 0, {})
        command._print(Checked("lyon", "It holds.", files=[CheckedFile("patients/a.csv", True, True, [], [], [one])]))
        lines = capsys.readouterr().out.splitlines()
        assert f"1 file that was delivered before is read again as site.toml says now; {refused}" in lines
        assert ("patients/a.csv" in lines) is (status == "rejected")
