"""`registry forget`, from the command to the refresh of the next day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.erasure.conftest import Forgotten, copy_of
from tests.erasure.erased_home import MASKED, OTHERS, PATIENT, SITE, WORDS, deliver, forget, refresh
from tests.erasure.search_home import below_home, cells_with
from tests.orchestration.command import run_apart, run_here
from tests.orchestration.home_state import files_of
from warehouse.releases.query import open_release
from warehouse.releases.release import current_release, find_release, list_releases
from warehouse.storage.hashing import table_hash
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.table_catalogue import PUBLISHED
from workflows.release_products import products_of


def rows_of(release, table: str, where: str = "true") -> list[tuple]:
    """The table's rows, sorted."""
    with open_release(release) as con:
        return con.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY ALL").fetchall()


@pytest.mark.long
def test_there_was_something_to_erase(held: tuple[Home, list[str]]) -> None:
    """Before, archive and build database hold every planted word, and both releases hold those that readers may see."""
    home, old = held
    for database in (home.build_database, *(find_release(home, r).database for r in old)):
        found = {word for words in cells_with(database, WORDS).values() for word in words}
        assert found == set(WORDS) - (set() if database == home.build_database else MASKED), database.parent.name
    names = {name.split("/")[0] for name in below_home(home, WORDS)}
    assert names >= {"archive", "releases", "warehouse", "exceptions.toml"}


@pytest.mark.long
def test_it_says_what_it_did(forgotten: Forgotten) -> None:
    """The command names counts, the replaced releases, and the files in landing/ that still hold the patient."""
    ran, home = forgotten.ran, forgotten.home
    assert ran.code == 0, ran.err.decode()
    assert "8 rows removed from 8 files" in ran.text
    new = [r.release_id for r in reversed(list_releases(home))]
    assert [f"{a} is replaced by {b}" in ran.text for a, b in zip(forgotten.old, new, strict=True)] == [True, True]
    assert "1 note in exceptions.toml" in ran.text
    landing = sorted(p.relative_to(home.root).as_posix() for p in home.landing.rglob("*") if p.is_file())
    assert [line.split()[-1] for line in ran.text.splitlines() if "still holds" in line] == landing
    assert PATIENT.encode() not in ran.out + ran.err


@pytest.mark.long
def test_no_byte_below_the_home_names_the_patient(forgotten: Forgotten) -> None:
    """No file outside landing/, unpacked if it is compressed, holds a planted word."""
    assert below_home(forgotten.home, WORDS) == {}


@pytest.mark.long
def test_no_cell_names_the_patient(forgotten: Forgotten) -> None:
    """No table of a release or of the build database holds a planted word, however DuckDB stores its texts."""
    home = forgotten.home
    for database in (home.build_database, *(r.database for r in list_releases(home))):
        assert cells_with(database, (*WORDS, "141.4182818")) == {}


@pytest.mark.long
def test_each_release_is_replaced(forgotten: Forgotten) -> None:
    """Each release has a new id with the old time and erased_from in its manifest; `current` points to the newest, and
    the old folders are gone."""
    home, old = forgotten.home, forgotten.old
    new = list(reversed(list_releases(home)))
    assert [r.manifest["erased_from"] for r in new] == old and not {r.release_id for r in new} & set(old)
    assert [r.release_id.split("-")[0] for r in new] == [r.split("-")[0] for r in old]
    assert new[1].manifest["parent_release"] == new[0].release_id
    current = current_release(home)
    assert current is not None and current.release_id == new[1].release_id
    assert sorted(p.name for p in home.releases.iterdir()) == sorted([*(r.release_id for r in new), "current"])
    ran = run_here(home.root, "query", "FROM meta.loads", "--release", old[0])
    assert ran.code == 1 and new[0].release_id in ran.complaint


@pytest.mark.long
def test_the_new_releases_keep_their_word(forgotten: Forgotten) -> None:
    """Rows and hashes in the manifest are those of the tables; the ledger is balanced and agrees with them."""
    for release in list_releases(forgotten.home):
        tables = release.manifest["tables"]
        with open_release(release) as con:
            found = {
                t.full_name: table_hash(con, t.schema, t.name, t.hashed_rows)
                for t in PUBLISHED
                if t.full_name in tables
            }
            assert {name: (t["rows"], t["sha256"]) for name, t in tables.items()} == found
            assert con.execute("SELECT bool_and(is_balanced) FROM quality.ledger").fetchone() == (True,)
            clean = sum(found[f"clean.{name}"][0] for name in ("patients", "rfa_sessions", "genotypes"))
            row = con.execute("SELECT sum(in_clean) FROM quality.ledger WHERE export <> 'imaging_followups'").fetchone()
            assert row == (clean,)
            loads = con.execute("SELECT sum(rows_received), sum(rows_erased) FROM meta.loads").fetchone()
        assert loads is not None and sum(i["rows"] for i in release.manifest["inputs"]) == loads[0]
        assert loads[1] == loads[0] / (6 if release.manifest["parent_release"] is None else 7)


@pytest.mark.long
def test_what_a_release_held_beside_its_tables_is_made_again(forgotten: Forgotten) -> None:
    """Page, figures, manuscript and Data Docs are made again for the release that had them, without the patient
    (test_no_byte_below_the_home_names_the_patient), and not for the one that had none."""
    newest, first = list_releases(forgotten.home)
    assert (newest.folder / "report.html").exists() and (newest.folder / "data_docs" / "index.html").exists()
    drawn = [name for name in newest.manifest["files"] if name.endswith(".svg")]
    named = {"manuscript.docx", *drawn, *(f"{name.removesuffix('.svg')}.png" for name in drawn)}
    assert drawn and named <= set(newest.manifest["files"])
    assert products_of(first) == ()


@pytest.mark.long
def test_rows_of_others_are_those_of_then(forgotten: Forgotten) -> None:
    """In each release every row of every other patient is unchanged to the last cell."""
    for new in list_releases(forgotten.home):
        old = find_release(forgotten.before, new.manifest["erased_from"])
        for table in PUBLISHED:
            if table.schema in ("clean", "derived") or table.name in ("lesion_followup", "overdue_exams"):
                theirs = rows_of(old, table.full_name, f"patient_id <> '{PATIENT}'")
                assert rows_of(new, table.full_name) == theirs, table.full_name


@pytest.mark.long
def test_the_analyses_are_made_without_the_patient(forgotten: Forgotten) -> None:
    """Rates and Table 1 of the newest release count only the others."""
    release = list_releases(forgotten.home)[0]
    (n,) = rows_of(
        release, "(SELECT DISTINCT n FROM analysis.ltp_rates WHERE grouping = 'overall' AND level = 'patient')"
    )
    assert n == (len(OTHERS),)


@pytest.mark.long
def test_every_rule_is_judged_again(forgotten: Forgotten) -> None:
    """In each release that is made again, every rule and every expectation that was judged before is judged."""
    for new in list_releases(forgotten.home):
        old = find_release(forgotten.before, new.manifest["erased_from"])
        for table in ("quality.results", "quality.expectations"):
            assert rows_of(old, table) and not rows_of(old, table, "status = 'error'")
            assert rows_of(new, table) and not rows_of(new, table, "status = 'error'"), table
        ids = "(SELECT DISTINCT rule_id, table_name, aspect FROM quality.results)"
        assert rows_of(new, ids) == rows_of(old, ids)


@pytest.mark.long
def test_what_is_counted_by_site_and_quarter_is_counted_without_the_patient(forgotten: Forgotten) -> None:
    """The one site's results are those of all sites, and the charts count only the others."""
    apart = """(
        SELECT rule_id FROM quality.site_results s JOIN quality.results r USING (rule_id, table_name, aspect)
        WHERE rule_id <> 'DS-01' AND (s.n_violations, s.n_rows) IS DISTINCT FROM (r.n_violations, r.n_rows)
    )"""
    charted = "(SELECT sum(n_of)::BIGINT FROM quality.control_charts WHERE measure = 'kras_known')"
    ledger = "(SELECT sum(in_quarantine)::BIGINT, sum(current)::BIGINT FROM quality.ledger)"
    set_aside = (
        "(SELECT sum(n_with)::BIGINT, sum(n_of)::BIGINT FROM quality.control_charts WHERE measure = 'rows_set_aside')"
    )
    for new in list_releases(forgotten.home):
        old = find_release(forgotten.before, new.manifest["erased_from"])
        assert rows_of(new, apart) == [] and rows_of(new, "quality.site_results")
        assert rows_of(new, charted)[0][0] == rows_of(old, charted)[0][0] - 1
        assert rows_of(new, set_aside) == rows_of(new, ledger) != rows_of(old, ledger)
        assert not rows_of(new, "quality.site_results", "status = 'error'")


@pytest.mark.long
def test_the_patient_does_not_come_back(forgotten: Forgotten, tmp_path: Path) -> None:
    """The next delivery brings others; the erased patient is left out and counted, and `forget` says it was done."""
    home = copy_of(forgotten.home, tmp_path)
    deliver(home.landing, "2024-12-31_x", (PATIENT, "P99"))
    ran = refresh(home)
    assert ran.code == 0 and ran.text.startswith("Released "), ran.err.decode()
    assert below_home(home, WORDS) == {}
    release = find_release(home)
    assert cells_with(release.database, WORDS) == {}
    counted = rows_of(release, "meta.loads", "delivery LIKE '2024-12-31%' AND rows_received = 1 AND rows_erased = 1")
    assert len(counted) == 4 and rows_of(release, "clean.patients", "patient_id = 'P99'")
    again = forget(home)
    assert again.code == 0 and "was erased on" in again.text and again.text.count("still holds") == 12


@pytest.mark.long
def test_the_list_and_the_log_tell_no_name(forgotten: Forgotten) -> None:
    """The list holds the reason and a hash, the archive's log the hashes of the files as delivered; neither a name."""
    home = forgotten.home
    (line,) = (home.erasure / "erased.ndjson").read_text().splitlines()
    assert json.loads(line)["reason"] == "consent withdrawn" and not (home.erasure / "pending.json").exists()
    log = [json.loads(x) for x in (home.archive / "arrivals.ndjson").read_text().splitlines()]
    before = [json.loads(x) for x in (forgotten.before.archive / "arrivals.ndjson").read_text().splitlines()]
    assert [{k: v for k, v in x.items() if k != "tombstone"} for x in log] == before
    assert [x["tombstone"]["rows"] for x in log] == [1] * 8


@pytest.mark.long
def test_who_is_not_known_changes_nothing(held: tuple[Home, list[str]], tmp_path: Path) -> None:
    """An unknown patient, a missing confirmation and a reason that names the patient give exit code 1 with one cure and
    change nothing."""
    home = copy_of(held[0], tmp_path)
    before = files_of(home.root)
    words = ("--reason", "consent withdrawn")
    unknown = run_here(home.root, "forget", SITE, "P100", *words, "--yes")
    assert unknown.code == 1 and "no such patient" in unknown.complaint
    elsewhere = run_here(home.root, "forget", "south", PATIENT, *words, "--yes")
    assert elsewhere.code == 1 and "no such patient" in elsewhere.complaint
    asked = run_here(home.root, "forget", SITE, PATIENT, *words)
    assert asked.code == 1 and "--yes" in asked.complaint
    named = run_here(home.root, "forget", SITE, PATIENT, "--reason", f"{PATIENT} asked", "--yes")
    assert named.code == 1 and "reason names the patient" in named.complaint
    assert files_of(home.root) == before


@pytest.mark.long
def test_a_running_refresh_is_not_disturbed(held: tuple[Home, list[str]]) -> None:
    """While another process holds the lock, `forget` says which and exits with 4."""
    with refresh_lock(held[0]):
        ran = run_apart(held[0].root, "forget", SITE, PATIENT, "--reason", "consent withdrawn", "--yes")
    assert ran.code == 4 and "Another refresh is running" in ran.complaint
