"""The files of a home: who may read them, and what a release consists of."""

import re
import stat

import pytest

from tests.e2e.demonstration import Demonstration
from warehouse.storage.table_catalogue import ANALYSIS_TABLES


def test_values_are_their_owners_alone(demonstration: Demonstration) -> None:
    """Only the owner can read archive/, warehouse/, releases/ and dagster/."""
    home = demonstration.home
    for folder in (home.archive, home.warehouse, home.releases, home.dagster):
        open_to_others = [
            p.relative_to(home.root).as_posix()
            for p in (folder, *folder.rglob("*"))
            if not p.is_symlink() and stat.S_IMODE(p.stat().st_mode) & 0o077
        ]
        assert open_to_others == []


def test_build_database_is_private(demonstration: Demonstration) -> None:
    """build.duckdb has mode 0600."""
    assert stat.S_IMODE(demonstration.home.build_database.stat().st_mode) == 0o600


def test_release_files_are_read_only(demonstration: Demonstration) -> None:
    """A release holds registry.duckdb, report.html, manifest.json and data_docs/, and no file is writable."""
    found = [p for p in demonstration.release.folder.rglob("*") if p.is_file()]
    files = {p.name: stat.S_IMODE(p.stat().st_mode) for p in found}
    assert {"registry.duckdb", "report.html", "manifest.json", "index.html"} <= set(files)
    assert {name: oct(mode) for name, mode in files.items() if mode & 0o222} == {}


def test_current_is_a_relative_link(demonstration: Demonstration) -> None:
    """`current` links to the release by its name, so that a home can be moved; nothing half-made lies in releases/."""
    home = demonstration.home
    assert home.current.is_symlink() and str(home.current.readlink()) == demonstration.release.release_id
    assert sorted(p.name for p in home.releases.iterdir()) == sorted(["current", demonstration.release.release_id])


def test_landing_is_left_alone(demonstration: Demonstration) -> None:
    """The delivered files are still there, byte for byte, after the refresh."""
    from synthetic.study import write_study

    again = demonstration.home.root.parent / "again"
    for name in write_study(again):
        assert (again / name).read_bytes() == (demonstration.home.landing / name).read_bytes(), name


def test_scratch_is_empty(demonstration: Demonstration) -> None:
    """No copy of a delivery is left in the scratch folder."""
    assert [p.name for p in demonstration.home.scratch.rglob("*") if p.is_file()] == []


def test_report_is_self_contained(demonstration: Demonstration) -> None:
    """report.html fetches nothing: no script, style, font or picture from elsewhere."""
    page = demonstration.release.report.read_text(encoding="utf-8")
    fetching = r"<(?:script|link|img|iframe|object|embed|source|video)\b[^>]*\b(?:src|href|data)=[\"']([^\"']*)"
    sources = re.findall(fetching, page)
    assert [s for s in sources if not s.startswith("data:")] == []
    assert [u for u in re.findall(r"url\(\s*[\"']?([^)\"']*)", page) if not u.startswith(("data:", "#"))] == []
    assert "@import" not in page and "<base" not in page


def test_report_shows_the_release(demonstration: Demonstration) -> None:
    """The page names its release, says that all data are synthetic, and shows the main figures."""
    page = demonstration.release.report.read_text(encoding="utf-8")
    assert demonstration.release.release_id in page and "synthetic" in page.lower()
    for figure in ("13/71", "15/49", "212", "120"):
        assert figure in page, figure


def test_report_holds_no_identifier(demonstration: Demonstration) -> None:
    """The page names no patient, lesion, session, exam or specimen."""
    page = demonstration.release.report.read_text(encoding="utf-8")
    assert re.findall(r"SYN-\d+", page) == []


@pytest.mark.long
@pytest.mark.parametrize("table", [t.name for t in ANALYSIS_TABLES])
def test_no_figure_is_nan(demonstration: Demonstration, table: str) -> None:
    """What cannot be estimated is null in the released analyses, never NaN."""
    doubles = demonstration.rows(
        "SELECT column_name FROM information_schema.columns "
        f"WHERE table_schema = 'analysis' AND table_name = '{table}' AND data_type = 'DOUBLE'"
    )
    for (column,) in doubles:
        nans = demonstration.rows(f"SELECT count(*) FROM analysis.{table} WHERE isnan({column})")
        assert nans == [(0,)], column


def test_release_has_rows(demonstration: Demonstration) -> None:
    """After the first refresh no published table is empty except those of answers, of resolved entries, and of what the
    home's own files would say.
    """
    rows = {name: t["rows"] for name, t in demonstration.release.manifest["tables"].items()}
    assert {name for name, n in rows.items() if n == 0} <= {
        "analysis.comparisons",
        "analysis.comparison_curves",
        "clean.treatments",
        "derived.patient_treatments",
        "quality.resolved",
        "quality.answers",
        "quality.exceptions",
        "quality.thresholds",
        "meta.suites",
        "meta.plan",
        "analysis.model_performance",
    }
