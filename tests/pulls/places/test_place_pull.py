"""Tests what a pull from a place fetches, what it leaves alone, and what waits without stopping anything else."""

from __future__ import annotations

import errno

import pytest

from orchestration.cli.home_problems import problems_of_home
from tests.pseudonyms.keyed import KEY
from tests.pulls.places.fake_place import HEADER, SITE_TOML, Clinic
from tests.warehouse.kit import SITE
from warehouse.pulls import pull_sites
from warehouse.pulls.places import fetched, place_pull
from warehouse.pulls.pull_folder import folder_of, forget_unfinished
from warehouse.storage.errors import FileChanged, PlaceUnreachable, RegistryError
from warehouse.storage.pseudonym_key import VARIABLE

DENIED = RegistryError("The store lists it and refuses to give it.", "Let the key read it.")
GONE = PlaceUnreachable("The store cannot be reached.", "Check the network.")


def row(patient: str, mm: int = 20) -> str:
    """A file with one session."""
    return f"{HEADER}{patient},S1,2025-01-05,L1,{mm}\n"


def sessions(clinic: Clinic) -> list[tuple]:
    """Patient and diameter of the sessions that count after a refresh."""
    clinic.kit.refresh()
    assert clinic.kit.problems == []
    return clinic.kit.tuples("SELECT patient_id, max_diameter_mm::INT FROM clean.rfa_sessions ORDER BY ALL")


def test_what_is_new_or_changed_is_fetched(clinic: Clinic) -> None:
    """A file is fetched once, and again when it changes; one that is removed at the place stays, and counts."""
    clinic.place.put("2025-02-01.csv", row("P1"))
    clinic.place.put("2025-02-02.csv", row("P2"))
    assert clinic.pull() == ["2025-02-01.csv", "2025-02-02.csv"]
    assert sessions(clinic) == [("P1", 20), ("P2", 20)]
    clinic.place.put("2025-02-02.csv", row("P2", 31))
    del clinic.place.files["2025-02-01.csv"]
    assert clinic.pull() == ["2025-02-02.csv"]
    assert clinic.pull() == []
    assert sessions(clinic) == [("P1", 20), ("P2", 31)]
    assert clinic.place.fetched == ["2025-02-01.csv", "2025-02-02.csv", "2025-02-02.csv"]
    assert clinic.waits == []


def test_the_same_bytes_are_no_second_delivery(clinic: Clinic) -> None:
    """Not with another stamp, not when everything is asked for again, and not if what was fetched is forgotten."""
    clinic.place.put("a.csv", row("P1"))
    assert clinic.pull() == ["a.csv"]
    clinic.place.stamps["a.csv"] = "touched"
    assert clinic.pull() == []
    assert clinic.pull(is_whole=True) == []
    (state,) = folder_of(clinic.kit.home).rglob("files.json")
    state.unlink()
    assert clinic.pull() == []
    clinic.kit.land()
    (clinic.folder / "a.csv").unlink()
    state.write_text("damaged")
    assert clinic.pull() == []
    assert len(clinic.place.fetched) == 5 and clinic.landed() == {}


def test_a_cleared_file_comes_back_only_if_it_was_not_archived(clinic: Clinic) -> None:
    """What a site removes from landing/ before it is archived is fetched again; after that it is not."""
    clinic.place.put("a.csv", row("P1"))
    clinic.pull()
    (clinic.folder / "a.csv").unlink()
    assert clinic.pull() == ["a.csv"]
    clinic.kit.land()
    (clinic.folder / "a.csv").unlink()
    assert clinic.pull() == [] and clinic.landed() == {}


def test_with_a_key_landing_may_be_emptied(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive then holds pseudonyms, and knows the file as it was delivered: it does not come back."""
    monkeypatch.setenv(VARIABLE, KEY)
    clinic.place.put("a.csv", row("P1"))
    clinic.pull()
    clinic.kit.land()
    (clinic.folder / "a.csv").unlink()
    assert clinic.pull() == [] and clinic.pull(is_whole=True) == []
    assert clinic.landed() == {}


def test_a_local_change_is_never_lost(clinic: Clinic) -> None:
    """A fetched file that somebody changed in landing/ stays while the place has nothing newer; then the newer one
    waits until the change is archived.
    """
    clinic.place.put("a.csv", row("P1"))
    clinic.place.put("b.csv", row("P2"))
    clinic.pull()
    (clinic.folder / "a.csv").write_text(row("P1", 25))
    assert clinic.pull() == []
    clinic.place.put("a.csv", row("P1", 30))
    clinic.place.put("b.csv", row("P2", 30))
    outcome = clinic.outcome()
    assert outcome.pulled is not None and outcome.pulled.files == ("b.csv",)
    assert "1 file waits. landing/ has something else under its name" in outcome.problem
    assert "which is not archived: a.csv. Run `registry refresh`" in outcome.problem
    assert clinic.landed()["a.csv"] == row("P1", 25)
    assert sessions(clinic) == [("P1", 25), ("P2", 30)]
    assert clinic.pull() == ["a.csv"]
    assert sessions(clinic) == [("P1", 30), ("P2", 30)]


def test_only_what_the_source_reads_is_fetched(clinic: Clinic) -> None:
    """`files` chooses; hidden files, half-transferred ones and folders are passed over, the last with a remark."""
    clinic.configure('files = ["*.CSV"]')
    for name in ("a.csv", "b.txt", ".c.csv", "~$d.csv", "e.csv.part", "f.csv.tmp", "old/g.csv", ".trash/h.csv"):
        clinic.place.put(name, row("P1"))
    outcome = clinic.outcome()
    assert outcome.pulled is not None and outcome.pulled.files == ("a.csv",)
    assert outcome.pulled.remarks == ("1 file in a folder below is not fetched",)
    assert clinic.place.fetched == ["a.csv"]


@pytest.mark.parametrize("name", ["line\nend.csv", "n" * 250 + ".csv", "half\udce4.csv", "nul\0.csv", "esc\x1b[2J.csv"])
def test_a_name_that_no_file_can_have(clinic: Clinic, name: str) -> None:
    """It is said, printably, and the others are delivered."""
    clinic.place.put("a.csv", row("P1"))
    clinic.place.put(name, row("P2"))
    outcome = clinic.outcome()
    assert outcome.pulled is not None and outcome.pulled.files == ("a.csv",)
    assert "1 file waits. No file of the registry can have its name: " in outcome.problem
    assert outcome.problem.isprintable() and list(clinic.landed()) == ["a.csv"]


@pytest.mark.parametrize("name", ["../up.csv", "/etc/up.csv", "a/../../up.csv", "..", "./a/../../../up.csv"])
@pytest.mark.parametrize("kind", ["table", "cbioportal"])
def test_no_name_leads_out_of_the_folder(clinic: Clinic, name: str, kind: str) -> None:
    """Nothing is written but in the source's folder."""
    clinic.configure(f'kind = "{kind}"\ngenes = ["KRAS"]' if kind == "cbioportal" else "")
    clinic.place.put(name, row("P1"))
    before = {path for path in clinic.kit.home.root.parent.rglob("*up.csv*")}
    outcome = clinic.outcome()
    assert outcome.pulled is not None and outcome.pulled.files == ()
    assert {path for path in clinic.kit.home.root.parent.rglob("*up.csv*")} == before


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        (DENIED, "The store lists it and refuses to give it: b.csv. Let the key read it."),
        (OSError(errno.ENOSPC, "No space left on device"), "There is no room on the disk for it: b.csv. Free some"),
        (PermissionError(errno.EACCES, "Permission denied"), "It cannot be written (Permission denied): b.csv."),
    ],
)
def test_one_file_never_stops_the_others(clinic: Clinic, fails: Exception, said: str) -> None:
    """The others are delivered, `registry status` says which waits and why, and the next pull tries again."""
    for name in ("a.csv", "b.csv", "c.csv"):
        clinic.place.put(name, row(name[0]))
    clinic.place.fails["b.csv"] = fails
    outcome = clinic.outcome()
    assert outcome.pulled is not None and outcome.pulled.files == ("a.csv", "c.csv")
    assert outcome.is_new and outcome.problem.startswith("1 file waits. ") and said in outcome.problem
    assert problems_of_home(clinic.kit.home) == [f"pull of {SITE}/ehr: {outcome.problem}"]
    assert not clinic.outcome().is_new
    clinic.place.fails.clear()
    assert clinic.pull() == ["b.csv"] and problems_of_home(clinic.kit.home) == []


def test_many_that_wait_are_told_by_reason(clinic: Clinic) -> None:
    """A reason is said once, with the first files and how many more there are."""
    for number in range(6):
        clinic.place.put(f"{number}.csv", row("P1"))
        clinic.place.fails[f"{number}.csv"] = DENIED
    assert clinic.outcome().problem == (
        "6 files wait. The store lists it and refuses to give it: 0.csv, 1.csv, 2.csv, 3 more. Let the key read it."
    )


def test_a_place_that_is_gone_in_the_middle(clinic: Clinic) -> None:
    """What was fetched before is delivered, and nothing further is asked of the place."""
    for name in ("a.csv", "b.csv", "c.csv"):
        clinic.place.put(name, row(name[0]))
    clinic.place.fails["b.csv"] = GONE
    outcome = clinic.outcome()
    assert outcome.pulled is not None and outcome.pulled.files == ("a.csv",)
    assert "2 files wait. The store cannot be reached: b.csv, c.csv. Check the network." in outcome.problem
    assert clinic.place.fetched == ["a.csv", "b.csv"]


def test_a_place_that_cannot_be_listed(clinic: Clinic) -> None:
    """Nothing is delivered, and what was fetched before is still known."""
    clinic.place.put("a.csv", row("P1"))
    clinic.pull()
    clinic.place.cannot_be_listed = GONE
    outcome = clinic.outcome()
    assert outcome.pulled is None and outcome.problem == str(GONE)
    clinic.place.cannot_be_listed = None
    assert clinic.pull() == [] and clinic.place.fetched == ["a.csv"]


def test_what_changes_while_it_is_fetched_waits(clinic: Clinic) -> None:
    """Also where only the length tells, as when a transfer ends early; it is no failure, and the next pull has it."""
    clinic.place.put("a.csv", row("P1"))
    clinic.place.put("b.csv", row("P2"))
    clinic.place.fails["a.csv"] = FileChanged("It changed.")
    clinic.place.meanwhile = lambda what: clinic.place.put("b.csv", "short") if what == "b.csv" else None
    outcome = clinic.outcome()
    assert outcome.pulled is not None and outcome.pulled.files == () and outcome.problem == ""
    assert outcome.pulled.remarks == ("still being written, so the next pull fetches it: a.csv, b.csv",)
    clinic.place.fails.clear()
    assert clinic.pull() == ["a.csv", "b.csv"]


def test_where_files_grow_two_looks_decide(clinic: Clinic) -> None:
    """Where a file appears before it is complete, it counts once two looks, a pause apart, find it the same."""
    clinic.place.writes_whole = False
    clinic.place.put("a.csv", row("P1"))
    clinic.place.put("b.csv", HEADER)
    looks = iter([None, row("P2"), None, None])

    def write(what: str) -> None:
        if what == "list" and (more := next(looks, None)):
            clinic.place.put("b.csv", more)

    clinic.place.meanwhile = write
    outcome = clinic.outcome()
    assert outcome.pulled is not None and outcome.pulled.files == ("a.csv",)
    assert outcome.pulled.remarks == ("still being written, so the next pull fetches it: b.csv",)
    assert clinic.pull() == ["b.csv"]
    assert clinic.waits == [place_pull.LOOKS_APART_SECONDS] * 2
    assert clinic.pull() == [] and len(clinic.waits) == 2


def test_a_file_that_is_too_large_is_not_fetched(clinic: Clinic) -> None:
    """The bound is `most_megabytes`; nothing of the file is asked for."""
    clinic.configure("most_megabytes = 1")
    clinic.place.put("a.csv", "x" * 1_000_001)
    clinic.place.put("b.csv", row("P1"))
    outcome = clinic.outcome()
    assert outcome.pulled is not None and outcome.pulled.files == ("b.csv",)
    assert "It has more than 1 MB: a.csv. Deliver less, or raise most_megabytes in site.toml." in outcome.problem
    assert clinic.place.fetched == ["b.csv"]


def test_a_full_disk_is_said_before_it_is_full(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file for which there is no room is not begun."""
    monkeypatch.setattr(place_pull, "LEAST_FREE_BYTES", 1 << 60)
    clinic.place.put("a.csv", row("P1"))
    assert "There is no room on the disk for it: a.csv. Free some; then pull again." in clinic.outcome().problem
    assert clinic.place.fetched == []


def test_another_address_is_asked_only_if_a_person_accepts_it(clinic: Clinic) -> None:
    """Then only bytes count: stamps of another place say nothing of this one."""
    clinic.place.put("a.csv", row("P1"))
    clinic.place.stamps["a.csv"] = "1"
    clinic.pull()
    clinic.configure(text=pull_text("s3://other/exports"))
    clinic.place.put("a.csv", row("P1", 21))
    assert "site.toml names another address than the one that was pulled from" in clinic.outcome().problem
    assert clinic.pull(accepts_address=True) == ["a.csv"]
    assert clinic.pull() == []


def pull_text(place: str) -> str:
    """A site.toml with another place."""
    return SITE_TOML.replace("s3://clinic/exports", place)


def test_a_link_in_landing_is_not_followed(clinic: Clinic) -> None:
    """Neither one that stands for the source's folder, nor one that has a file's name."""
    elsewhere = clinic.kit.home.root / "elsewhere"
    elsewhere.mkdir()
    clinic.place.put("a.csv", row("P1"))
    clinic.folder.symlink_to(elsewhere)
    assert "landing/north/ehr is a link." in clinic.outcome().problem
    clinic.folder.unlink()
    clinic.folder.mkdir()
    (clinic.folder / "a.csv").symlink_to(elsewhere / "b.csv")
    assert "landing/ has something else under its name" in clinic.outcome().problem
    assert list(elsewhere.iterdir()) == []


def test_files_are_private_and_an_erasure_forgets_what_is_half_fetched(clinic: Clinic) -> None:
    """Modes are 0600; of a pull that was killed nothing stays but what was fetched, by name."""
    clinic.place.put("a.csv", row("P1"))
    clinic.pull()
    assert (clinic.folder / "a.csv").stat().st_mode & 0o777 == 0o600
    pulls = folder_of(clinic.kit.home) / SITE / "ehr"
    (pulls / "staging").mkdir()
    (pulls / "staging" / "file").write_text(row("P9"))
    forget_unfinished(clinic.kit.home)
    assert sorted(path.name for path in pulls.iterdir()) == ["files.json", "state.json"]


def test_a_killed_pull_fetches_little_again(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was fetched is kept as the pull goes, and again at its end, however it ends."""
    monkeypatch.setattr(fetched, "SAVE_EVERY", 2)
    monkeypatch.setattr(fetched.FetchedBefore, "save", _once(fetched.FetchedBefore.save))
    for number in range(5):
        clinic.place.put(f"{number}.csv", row("P1", 20 + number))
    clinic.pull()
    monkeypatch.undo()
    monkeypatch.setattr(pull_sites, "open_place", clinic._open)
    clinic.place.fetched.clear()
    assert clinic.pull() == [] and clinic.place.fetched == ["2.csv", "3.csv", "4.csv"]


def _once(save):
    done = []

    def saved(self) -> None:
        if not done:
            save(self)
        done.append(1)

    return saved


def test_without_an_export_nothing_is_fetched(clinic: Clinic) -> None:
    """A place that no export reads is refused: its files would wait for ever."""
    clinic.configure(text='[sources.ehr]\nplace = "s3://clinic/exports"\n[exports.patients]\nmode = "delta"\n')
    assert "No export of north reads what would be fetched for ehr." in clinic.outcome().problem
