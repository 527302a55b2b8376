"""Tests query sheets: what a site is sent, returned files that are not sheets, and the full round trip."""

import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from tests.quality.site_at_work import SITE, Sheet, Site
from warehouse.readers.answered_sheet import ANSWERED, ASKED, COLUMNS, CURE


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of `site` after its first refresh; tests get copies."""
    site = Site(tmp_path_factory.mktemp("asked"))
    large, strong, odd = "P2,S1,2023-05-03,L2,220,5,60", "P3,S1,2023-05-04,L3,20,5,900", "P4,S1,2023-05-05,L4,20,12,60"
    site.sessions("2024-01-31.csv", large, strong, odd)
    exams = "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id,lesion_status"
    site.deliver("imaging_followups", "2024-01-31.csv", exams, "P2,E1,2023-08-01,ct,yes,L2,no_viable")
    site.refresh()
    return site.home.root


def copied(home: Path, folder: Path) -> Site:
    """The site with a copy of the home in `folder`."""
    shutil.copytree(home, folder, dirs_exist_ok=True)
    return Site(folder)


@pytest.fixture
def site(asked, tmp_path):
    """A site with LES-03 (row), whose lesion takes an exam along, ABL-06 and LES-05 (values)."""
    return copied(asked, tmp_path)


def broken(sheet: Sheet, how: str) -> None:
    """Make of the sheet something that is no query sheet."""
    cells = sheet.queries
    if how == "formula":
        cells.cell(2, COLUMNS.index("corrected value") + 1).value = "=1+1"
    elif how == "column":
        cells.cell(1, 3).value = "exports"
    elif how == "more columns":
        cells.cell(1, len(COLUMNS) + 1).value = "comment"
    elif how == "no such sheet":
        cells.title = "Sheet1"


NO_SHEETS = [
    ("formula", "Row 2 of the sheet contains a formula"),
    ("column", "The columns are not those of a query sheet"),
    ("more columns", "than columns"),
    ("no such sheet", "no sheet 'queries'"),
]


@pytest.fixture(scope="module")
def site_without_sheets(asked, tmp_path_factory) -> Site:
    """The site after one refresh with each of NO_SHEETS, called as what is wrong with it."""
    site = copied(asked, tmp_path_factory.mktemp("no-sheets"))
    for how, _ in NO_SHEETS:
        sheet = site.sheet()
        sheet.answer("LES-03", "correct", "22.0")
        broken(sheet, how)
        site.hand_back(sheet, f"{how}.xlsx")
    site.refresh()
    return site


@pytest.mark.parametrize(("how", "reason"), NO_SHEETS)
def test_what_is_no_query_sheet_is_rejected(site_without_sheets, how, reason):
    """A formula, other columns or another workbook reject the delivery with the reason, and nothing is applied."""
    site = site_without_sheets
    [(status, told)] = site.ask(f"SELECT status, reason FROM meta.loads WHERE delivery = '{how}.xlsx'")
    assert status == "rejected"
    assert reason in told
    assert site.ask(f"SELECT count(*) FROM quality.answers WHERE delivery = '{how}.xlsx'") == [(0,)]
    assert "LES-03" in site.open_rules()


@pytest.mark.long
def test_other_files_are_rejected(site):
    """Text called .xlsx, a .csv, and a workbook that unpacks too large are rejected, each alone."""
    folder = site.home.landing / SITE / "answers"
    folder.mkdir()
    (folder / "a.xlsx").write_text("not a workbook")
    (folder / "b.csv").write_text("entry id\n")
    with zipfile.ZipFile(folder / "c.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"\0" * 201_000_000)
    site.refresh()
    told = [
        reason for (reason,) in site.ask("SELECT reason FROM meta.loads WHERE status = 'rejected' ORDER BY delivery")
    ]
    assert told == [
        f"The file is not a valid Excel workbook. {CURE}",
        "An answered query sheet must be an .xlsx workbook. Deliver it as .xlsx.",
        f"The file unpacks to more than 64 MiB. {CURE}",
    ]


@pytest.mark.parametrize(
    "start", ["=", *(pytest.param(start, marks=pytest.mark.long) for start in ("+", "-", "@", "\t"))]
)
def test_nothing_in_the_sheet_can_run(tmp_path, start):
    """Whatever a cell begins with, the sheet holds it as quoted text; no cell of the workbook is a formula."""
    site = Site(tmp_path)
    danger = f"{start}cmd|' /C calc'!A0"
    site.sessions("2024-01-31.csv", f'"{danger}",S1,2023-05-03,"{danger}",220,5,60')
    site.refresh()
    sheet = site.sheet()
    book = openpyxl.load_workbook(tmp_path / "asked-1.xlsx")
    cells = [cell for tab in book for row in tab.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    key = sheet.queries.cell(sheet.line("LES-03"), COLUMNS.index("key") + 1)
    assert key.value.startswith(danger.strip())
    assert key.quotePrefix == (start != "\t")
    sheet.answer("LES-03", "correct", "22.0")
    site.hand_back(sheet, "a.xlsx")
    site.refresh()
    assert site.open_rules() == []


def test_only_the_answers_are_unlocked(site):
    """The sheet is protected without a password; the answer columns of each line can be written."""
    sheet = site.sheet().queries
    assert sheet.protection.sheet
    assert not sheet.protection.password
    for row in sheet.iter_rows(min_row=2):
        assert [cell.protection.locked for cell in row] == [True] * len(ASKED) + [False] * len(ANSWERED)


def test_each_line_offers_the_answers_it_can_have(site):
    """The list in the answer cell offers what the entry can be answered with, and nothing else."""
    sheet = site.sheet()
    offered = {}
    for listed in sheet.queries.data_validations.dataValidation:
        for cell in str(listed.sqref).split():
            for row in sheet.queries[cell] if ":" in cell else ((sheet.queries[cell],),):
                offered[row[0].row] = listed.formula1
    by_rule = {sheet.queries.cell(row, 7).value: text for row, text in offered.items()}
    assert by_rule == {
        "LES-03": '"correct,confirm,reject"',
        "ABL-06": '"correct,confirm,reject"',
        "LES-05": '"correct,reject"',
        "PARENT-01": '"reject"',
    }


@pytest.mark.long
def test_round_trip_of_the_demonstration_study(tmp_path):
    """With the real commands: demo, refresh, queries, three answers, refresh. Session, exams and genotypes of the
    corrected lesion are in the release, and the current release of a full rebuild is the same one."""

    def registry(*typed: str) -> str:
        result = CliRunner().invoke(app, [*typed, "--home", str(tmp_path)])
        assert result.exit_code == 0, result.output
        return result.output

    registry("demo")
    registry("refresh")
    registry("queries", "index-study", "--out", str(tmp_path / "asked.xlsx"))
    sheet = Sheet(tmp_path / "asked.xlsx")
    sheet.answer("LES-03", "correct", "22.0")
    sheet.answer("ABL-02", "confirm")
    sheet.answer("GEN-07", "reject")
    folder = tmp_path / "landing" / "index-study" / "answers"
    folder.mkdir()
    sheet.book.save(folder / "2024-02-02_synthetic.xlsx")
    assert "Released" in registry("refresh")
    csv = ["--format", "csv"]
    for table in ("rfa_sessions", "imaging_followups", "genotypes"):
        count = f"SELECT count(*) > 0 AS is_there FROM clean.{table} WHERE patient_id = 'SYN-9001'"
        assert registry("query", count, *csv).splitlines() == ["is_there", "true"]
    left = "SELECT rule_id, answer FROM quality.quarantine WHERE rule_id IN ('LES-03', 'ABL-02', 'GEN-07')"
    assert registry("query", left, *csv).splitlines() == ["rule_id,answer", "GEN-07,reject"]
    assert "Nothing new" in registry("refresh", "--full")


@pytest.mark.long
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_takes_and_gives_the_sheet(tmp_path):
    """LibreOffice shows a cell that begins like a formula as text, and a sheet that it saved is read like any."""
    site = Site(tmp_path / "home")
    site.sessions("2024-01-31.csv", '=1+1,S1,2023-05-03,"+2+2",220,5,60', "P3,S1,2023-05-04,L3,20,5,900")
    site.refresh()
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", 22.5, answered_on=date(2024, 2, 1))
    sheet.answer("ABL-06", "confirm")
    sheet.book.save(tmp_path / "answered.xlsx")
    told = convert(tmp_path / "answered.xlsx", "csv").read_text(encoding="utf-8")
    assert "=1+1|S1|+2+2" in told
    saved = convert(tmp_path / "answered.xlsx", "xlsx")
    folder = site.home.landing / SITE / "answers"
    folder.mkdir()
    shutil.copy(saved, folder / "2024-02-02.xlsx")
    site.refresh()
    assert [status for _, _, status, _ in site.answers()] == ["applied", "applied"]
    assert site.open_rules() == []
    assert site.ask("SELECT max_diameter_mm FROM clean.rfa_sessions ORDER BY ALL") == [(20.0,), (22.5,)]


def convert(path: Path, to: str) -> Path:
    """Have LibreOffice open the workbook and save it as another file."""
    profile = f"-env:UserInstallation=file://{path.parent}/profile"
    out = path.parent / f"as-{to}"
    command = ["soffice", profile, "--headless", "--convert-to", to, "--outdir", str(out), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return out / f"{path.stem}.{to}"
