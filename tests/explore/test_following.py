"""The page follows `current`, says so, and lives through releases that come and go."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from explore.opened import Releases
from explore.routes import application
from tests.e2e.demonstration import Demonstration
from tests.explore.client import TestClient
from tests.explore.copied import home_with_release
from warehouse.releases.release import DATABASE, MANIFEST, make_current
from warehouse.storage.errors import QueryFailed, ReleaseUnknown
from warehouse.storage.home import Home

NEWER = "20990101T000000Z-00000000"


@pytest.fixture
def home(demonstration: Demonstration, tmp_path: Path) -> Home:
    """A home with the demonstration study's release and nothing else."""
    return home_with_release(demonstration, tmp_path)


@pytest.fixture
def releases(home: Home) -> Iterator[Releases]:
    """The home's releases as the page reads them."""
    opened = Releases(home, 60)
    yield opened
    opened.close()


@pytest.mark.long
def test_a_new_release_is_announced_and_taken(home: Home, releases: Releases) -> None:
    """After a release, the next page shows it and says so once; a link of the older one still shows that."""
    older = releases.current_id()
    with TestClient(application(releases)) as browser:
        assert "New release.</strong> Since your last page" not in browser.get("/").text
        shutil.copytree(home.releases / older, home.releases / NEWER)
        make_current(home, NEWER)
        assert browser.get("/current").json() == {"current": NEWER}
        page = browser.get("/").text
        assert f'data-release="{NEWER}"' in page and "New release.</strong> Since your last page" in page
        assert "New release.</strong> Since your last page" not in browser.get("/").text
        pinned = browser.get("/", params={"release": older}).text
        assert f'data-release="{older}"' in pinned and "Not the current release" in pinned


@pytest.mark.long
def test_a_removed_release_is_not_read_again(home: Home, releases: Releases) -> None:
    """A page of a removed release is one sentence and leads to the current one; its open file is closed."""
    older = releases.current_id()
    shutil.copytree(home.releases / older, home.releases / NEWER)
    with TestClient(application(releases)) as browser:
        assert browser.get("/", params={"release": older}).status_code == 200
        make_current(home, NEWER)
        shutil.rmtree(home.releases / older)
        gone = browser.get("/", params={"release": older, "keep": "patients.kras:mutant"})
        assert gone.status_code == 404 and "There is no release" in gone.text
        assert 'href="/?keep=patients.kras:mutant"' in gone.text
        assert browser.get("/").status_code == 200
    assert list(releases._held) == [NEWER]


def test_nothing_released_is_one_sentence(tmp_path: Path) -> None:
    """Without a release, pages say what to run; the command ends with the same sentence."""
    from orchestration.cli.explore import explore

    home = Home(tmp_path / "home").create()
    opened = Releases(home, 60)
    with TestClient(application(opened)) as browser:
        answer = browser.get("/")
    assert answer.status_code == 404 and "Nothing has been released yet." in answer.text
    with pytest.raises(ReleaseUnknown, match="Run `registry refresh` first"):
        explore(home, 3001, 60, False)


@pytest.mark.long
def test_a_long_query_is_stopped_in_one_sentence(home: Home) -> None:
    """A condition that takes too long is stopped, and the page says so; the next page is answered."""
    opened = Releases(home, 0.5)
    slow = "sql:slow:(SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 11) > 0"
    with TestClient(application(opened)) as browser:
        answer = browser.get("/", params={"keep": slow})
        assert answer.status_code == 400 and "was stopped" in answer.text
    opened.timeout_seconds = 60
    with opened.read() as reading:
        assert reading.con.execute("SELECT 1").fetchall() == [(1,)]
    opened.close()


def test_a_release_cannot_be_left(releases: Releases) -> None:
    """No condition reads a file or another database, and no statement changes the sandbox."""
    from warehouse.cohorts.attrition import choose
    from warehouse.cohorts.criteria import Criterion

    for where in ("(SELECT count(*) FROM read_csv('/etc/passwd')) > 0", "getenv('HOME') <> ''"):
        with releases.read() as reading, pytest.raises(QueryFailed):
            choose(reading.con, [Criterion("it", where)])


def test_a_release_of_another_version_says_what_it_lacks(tmp_path: Path) -> None:
    """Without the views, the page of a cohort is one sentence with its cure; the tables can be browsed all the same."""
    home = Home(tmp_path / "home").create()
    (home.releases / NEWER).mkdir()
    (home.releases / NEWER / MANIFEST).write_text("{}", encoding="utf-8")
    with duckdb.connect(str(home.releases / NEWER / DATABASE)) as con:
        con.execute("CREATE SCHEMA meta; CREATE TABLE meta.loads (file_name VARCHAR, export VARCHAR)")
    make_current(home, NEWER)
    opened = Releases(home, 60)
    with TestClient(application(opened)) as browser:
        answer = browser.get("/")
        assert answer.status_code == 400
        assert "it lacks cohort.lesions, cohort.patients, derived.time_to_event." in answer.text
        assert "registry refresh --full" in answer.text
        assert "meta" in browser.get("/tables").text
    opened.close()
