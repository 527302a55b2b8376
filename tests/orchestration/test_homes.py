"""The commands without a home, without a release, or with nothing to refresh."""

from pathlib import Path

import pytest

from tests.orchestration.command import run_apart, run_here

READING = (
    ("status",),
    ("query", "SELECT 1"),
    ("explain", "index-study", "SYN-0001"),
    ("releases",),
    ("pin", "2026"),
    ("unpin", "2026"),
    ("prune",),
    ("verify",),
    ("verify", "--all"),
    ("asof", "2026-01-31"),
    ("rebuild", "2026", "--into", "again"),
    ("diff", "previous", "current"),
)


@pytest.mark.parametrize("words", READING)
def test_a_missing_home_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    """A command that only reads says that the home is missing and how to create it, and does not create it."""
    home = tmp_path / "nowhere"
    ran = run_here(home, *words)
    assert ran.code == 1 and ran.out == b""
    assert ran.err.decode().count("\n") == 1 and str(home) in ran.complaint and "`registry demo`" in ran.complaint
    assert not home.exists()


@pytest.mark.long
def test_home_comes_from_the_environment(tmp_path: Path) -> None:
    """Without --home, REGISTRY_HOME names the home."""
    ran = run_apart(None, "status", REGISTRY_HOME=str(tmp_path / "named"))
    assert ran.code == 1 and str(tmp_path / "named") in ran.complaint


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    """If the home is a file, commands that read and commands that write print one line and fail."""
    home = tmp_path / "file"
    home.write_text("", encoding="utf-8")
    for words in (*READING, ("demo",), ("refresh",)):
        ran = run_here(home, *words)
        assert ran.code == 1 and ran.complaint and ran.out == b"", words


@pytest.fixture(scope="module")
def unreleased(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with deliveries but no release."""
    home = tmp_path_factory.mktemp("unreleased") / "home"
    assert run_here(home, "demo", "--patients", "30", "--seed", "4", "--sites", "2").code == 0
    return home


def test_demo_creates_the_home(unreleased: Path) -> None:
    """`registry demo --patients` creates the home and one folder per site with the four exports."""
    sites = sorted(p for p in (unreleased / "landing").iterdir() if p.is_dir())
    assert len(sites) == 2
    for site in sites:
        assert {"rfa_sessions", "genotypes", "imaging_followups"} <= {p.name for p in site.iterdir() if p.is_dir()}


@pytest.mark.long
def test_demo_is_deterministic(tmp_path: Path) -> None:
    """The same seed writes the same bytes; another seed writes others."""

    def written(folder: str, seed: str) -> dict[str, bytes]:
        assert run_here(tmp_path / folder, "demo", "--patients", "25", "--seed", seed).code == 0
        landing = tmp_path / folder / "landing"
        return {p.relative_to(landing).as_posix(): p.read_bytes() for p in landing.rglob("*") if p.is_file()}

    assert written("a", "7") == written("b", "7") != written("c", "8")


def test_before_the_first_release(unreleased: Path) -> None:
    """Before the first release, status shows what waits, releases says that there are none, query and explain say what
    to do.
    """
    status = run_here(unreleased, "status")
    assert status.code == 0 and "Nothing has been released yet." in status.text
    assert "`registry refresh`" in status.text and "files in landing/" in status.text
    releases = run_here(unreleased, "releases")
    assert releases.code == 0 and "`registry refresh`" in releases.text
    for words in (("query", "SELECT 1"), ("explain", "index-study", "SYN-0001")):
        ran = run_here(unreleased, *words)
        assert ran.code == 1 and ran.out == b"" and "`registry refresh`" in ran.complaint


@pytest.mark.long
def test_refresh_of_nothing(tmp_path: Path) -> None:
    """A refresh of an empty landing/ creates the home, succeeds, publishes nothing and says what to do."""
    home = tmp_path / "fresh"
    ran = run_here(home, "refresh")
    assert ran.code == 0, ran.err.decode()
    assert (home / "landing").is_dir() and "landing" in ran.text and "`registry demo`" in ran.text
    assert not (home / "releases" / "current").exists()
    assert run_here(home, "status").code == 0
