"""Tests watching landing/: which files are new, still being written, or known."""

import os
from pathlib import Path

import pytest

from tests.warehouse.kit import SITE, Kit
from warehouse.archive.archive import Archive
from warehouse.intake import watch_landing
from warehouse.intake.noted_inputs import remember_inputs
from warehouse.intake.watch_landing import Looked, Watch, look
from warehouse.storage.home_files import OWN_FILES, HomeFiles

QUIET = 10.0
HEADER = "patient_id,sex\n"


class Watcher:
    """Looks at a kit's landing/ at made-up times, and keeps the watch as text between looks."""

    def __init__(self, kit: Kit):
        self.kit, self.text = kit, ""

    def at(self, now: float) -> Looked:
        """What a look at `now` finds."""
        watch = Watch.from_text(self.text)
        found = look(self.kit.home, watch, now, QUIET)
        self.text = watch.as_text
        return found


@pytest.fixture
def watcher(kit: Kit) -> Watcher:
    """A watcher that has not looked yet."""
    return Watcher(kit)


def aged(path: Path, seconds: int) -> Path:
    """The file, changed so many seconds ago as its times say."""
    when = path.stat().st_mtime - seconds
    os.utime(path, (when, when))
    return path


def test_a_new_file_is_ready_when_it_is_quiet(kit: Kit, watcher: Watcher) -> None:
    """Two looks with the same stamp and content, the quiet time apart; then it is not reported again."""
    kit.deliver(SITE, "patients", "a.csv", HEADER)
    place = f"{SITE}/patients/a.csv"
    assert watcher.at(0) == Looked([], [place])
    assert watcher.at(9) == Looked([], [place])
    assert watcher.at(10) == Looked([place], [])
    assert watcher.at(11) == Looked() == watcher.at(1000)


def test_how_long_until_the_first_file_is_quiet(kit: Kit) -> None:
    """The rest of the quiet time of the file that has been quiet longest; infinite if no file is pending."""
    watch = Watch()
    assert watch.seconds_until_quiet(0, QUIET) == float("inf")
    for at, name in ((0, "a.csv"), (4, "b.csv")):
        kit.deliver(SITE, "patients", name, HEADER)
        look(kit.home, watch, at, QUIET)
    assert watch.seconds_until_quiet(7, QUIET) == 3
    assert look(kit.home, watch, 10, QUIET).ready == [f"{SITE}/patients/a.csv"]
    assert watch.seconds_until_quiet(10, QUIET) == 4


def test_a_file_that_grows_waits(kit: Kit, watcher: Watcher) -> None:
    """Every change begins the quiet time again, whether the size tells of it or not."""
    path = kit.deliver(SITE, "patients", "a.csv", HEADER)
    watcher.at(0)
    path.write_text(HEADER + "P1,male\n")
    assert watcher.at(12).ready == []
    before = path.stat()
    path.write_text(HEADER + "P2,male\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # same size, same time of change
    assert watcher.at(23).ready == []
    assert watcher.at(33).ready == [f"{SITE}/patients/a.csv"]


def test_what_changes_while_it_is_read_is_not_quiet(
    kit: Kit, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stamp that is another after reading than before it begins the quiet time again."""
    kit.deliver(SITE, "patients", "a.csv", HEADER)
    watcher.at(0)
    count = iter(range(100))
    monkeypatch.setattr(watch_landing, "stamp_of", lambda path: (next(count), 0, 0, 0))
    assert watcher.at(20).ready == [] == watcher.at(40).ready
    monkeypatch.undo()
    assert watcher.at(60).ready == [] and len(watcher.at(70).ready) == 1


def test_what_a_refresh_took_is_known(kit: Kit, watcher: Watcher) -> None:
    """Files that are in the archive ask for no run, remembered or not; a change of one does."""
    path = aged(kit.deliver(SITE, "patients", "a.csv", HEADER), 100)
    kit.configure(SITE, "")
    kit.land()
    assert watcher.at(0) == Looked()
    memory = kit.home.warehouse / "landing_seen.json"
    memory.unlink(missing_ok=True)
    assert watcher.at(1) == Looked()
    path.write_text(HEADER + "P1,male\n")
    watcher.at(2)
    assert watcher.at(12).ready == [f"{SITE}/patients/a.csv"]
    kit.land()
    assert watcher.at(13) == Looked() and Watch.from_text(watcher.text).pending == {}


def test_site_files_and_answers_are_watched(kit: Kit, watcher: Watcher) -> None:
    """A changed site.toml and an answered sheet ask for a run as deliveries do; what lies beside exports does not."""
    kit.configure(SITE, "")
    kit.deliver(SITE, "answers", "sheet.csv", "entry\n")
    kit.deliver(SITE, "letters", "note.txt", "")
    kit.deliver("Not A Site", "patients", "a.csv", HEADER)
    kit.deliver(SITE, "patients", "a.csv.part", HEADER)
    watcher.at(0)
    assert sorted(watcher.at(10).ready) == [f"{SITE}/answers/sheet.csv", f"{SITE}/site/site.toml"]


def test_a_look_reads_only_what_changed(kit: Kit, watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of files that are known, none is opened, however many there are."""
    for number in range(300):
        aged(kit.deliver(SITE, "patients", f"{number:04d}.csv", f"{HEADER}P{number},male\n"), 100)
    kit.land()
    watcher.at(0)  # notes those that the refresh found too young to remember
    read: list[str] = []
    seen = watch_landing._seen
    monkeypatch.setattr(
        watch_landing, "_seen", lambda waiting, *rest: read.append(waiting.place) or seen(waiting, *rest)
    )
    monkeypatch.setattr("warehouse.intake.landing_snapshot.SETTLED_SECONDS", -1.0)
    watcher.at(1)
    read.clear()
    kit.deliver(SITE, "patients", "0007.csv", HEADER)
    assert watcher.at(2) == Looked([], [f"{SITE}/patients/0007.csv"])
    assert read == [f"{SITE}/patients/0007.csv"]


def test_a_look_reads_no_more_than_it_may(kit: Kit, watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where much arrives at once, the rest waits for later looks, and nothing is ready unread."""
    for name in ("a", "b", "c"):
        kit.deliver(SITE, "patients", f"{name}.csv", HEADER)
    monkeypatch.setattr(watch_landing, "READ_AT_MOST", 1)
    looks = [watcher.at(10.0 * n).ready for n in range(9)]
    assert sorted(place for ready in looks for place in ready) == [f"{SITE}/patients/{n}.csv" for n in "abc"]
    assert all(len(ready) <= 1 for ready in looks)


def test_a_lost_or_broken_cursor_begins_again(kit: Kit, watcher: Watcher) -> None:
    """Without what was kept, a file is looked at anew; nothing is lost."""
    kit.deliver(SITE, "patients", "a.csv", HEADER)
    watcher.at(0)
    watcher.text = '{"pending": [1]}'
    assert watcher.at(10).ready == [] and len(watcher.at(20).ready) == 1
    assert Archive(kit.home).arrivals == []


@pytest.mark.parametrize("files", OWN_FILES)
def test_rules_suites_and_plan_are_watched(kit: Kit, watcher: Watcher, files: HomeFiles, monkeypatch) -> None:
    """A file that comes, changes, goes or is put back asks for one run once it is quiet; what a refresh has read does
    not, nor does any before there is a build database.
    """
    place, path = files.place, files.folder_of(kit.home) / files.patterns[0].replace("*", "a")
    path.parent.mkdir(exist_ok=True)
    path.write_text("1")
    monkeypatch.setattr(type(kit.home), "build_database", kit.home.root / "none")
    assert watcher.at(0) == Looked()
    monkeypatch.undo()
    kit.home.build_database.touch()
    assert watcher.at(0) == Looked([], [place])
    path.write_text("2")  # still being written
    assert watcher.at(8) == Looked([], [place]) == watcher.at(17)
    assert watcher.at(18) == Looked([place], [])
    first = Watch.from_text(watcher.text).asked[place]
    assert watcher.at(19) == Looked()
    remember_inputs(kit.home, "", {files: files.stamps(kit.home)})
    assert watcher.at(20) == Looked()
    path.unlink()
    assert [watcher.at(30).not_quiet, watcher.at(41).ready] == [[place], [place]]
    path.write_text("2")
    assert watcher.at(50) == Looked(), "as it was read"
    remember_inputs(kit.home, "", {files: ()})
    assert [watcher.at(51).not_quiet, watcher.at(62).ready] == [[place], [place]]
    assert Watch.from_text(watcher.text).asked[place] != first, (
        "another request, though the content was asked for before"
    )
