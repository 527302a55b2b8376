"""Erasing a patient: the steps in their order, and the statistics and reports of releases that are made again.

What belongs here: what follows what, so that a crash anywhere is finished by the next command. What does not: each
step's work (warehouse/erasure/). Every step can be done twice. The order: the list first, so that nothing comes back;
Dagster's storage and exceptions.toml while the name is known; the releases while the archive still tells what the
patient added to them; the archive; and the build database, which the next refresh fills from the archive.
"""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from analysis.report.output.page import page_of
from warehouse.derived import analysis_tables
from warehouse.derived.completeness import observed_times, patient_marks
from warehouse.erasure import erase_from_release, erase_other_traces
from warehouse.erasure.erase_from_archive import Buried, erase_from_archive
from warehouse.erasure.erase_from_build import replace_build
from warehouse.erasure.erase_from_run_history import erase_from_run_history
from warehouse.erasure.patient_contribution import Contribution, contribution
from warehouse.expectations.run import write_expectations_against
from warehouse.redaction.erasure_list import ErasedList, Erasure, is_pending
from warehouse.refresh.provenance import summary
from warehouse.releases import pins
from warehouse.releases.column_descriptions import write_columns
from warehouse.releases.release import (
    Release,
    content_hash,
    current_release,
    list_releases,
    make_current,
    write_release,
)
from warehouse.releases.retention import sweep
from warehouse.storage.connection import table_exists
from warehouse.storage.hashing import table_hash
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.source_code import code_version, source_hash
from warehouse.storage.table_catalogue import ANALYSIS_TABLES, PUBLISHED
from workflows.erase_from_postgres import erase_from_server
from workflows.release_products import products_of, write_products
from workflows.report_facts import flow, report_content

Say = Callable[[str], None]
TIME = "%Y%m%dT%H%M%SZ"


@dataclass
class Done:
    """What an erasure did. `releases` are pairs of old and new id; `are_journals_kept` is False where the build
    database was damaged and given up whole.
    """

    archive: Buried
    releases: list[tuple[str, str]] = field(default_factory=list)
    n_notes: int = 0
    n_texts: int = 0
    are_journals_kept: bool = True


def forget(home: Home, site: str, patient_id: str, reason: str, say: Say = lambda _: None) -> Done:
    """Erase the patient; an earlier erasure that died is finished first. RefreshRunning where a refresh runs."""
    with refresh_lock(home):
        finish(home, say)
        listed = ErasedList(home)
        erasure = listed.begin(site, patient_id, reason)
        return _carry_out(home, listed, erasure, {patient_id}, say)


def finish(home: Home, say: Say = lambda _: None) -> Done | None:
    """Finish an erasure that died; None where none did."""
    if not is_pending(home):
        return None
    with refresh_lock(home):
        listed = ErasedList(home)
        erasure = listed.pending
        assert erasure is not None
        return _carry_out(home, listed, erasure, set(), say)


def _carry_out(home: Home, listed: ErasedList, erasure: Erasure, ids: set[str], say: Say) -> Done:
    """All steps. `ids` is the patient's identifier, or empty where only the hash is known."""
    site = erasure.site

    def match(candidates: Iterable[str]) -> set[str]:
        found = set(candidates)
        exact = ids & found if ids else {c for c in found if listed.hash_of(site, c) == erasure.hmac}
        return exact | listed.among(site, found)  # as a file that comes again will be judged

    say("putting the patient on the list")
    listed.add(erasure)
    erase_other_traces.clear_scratch(home)
    erase_other_traces.clear_error_report(home)
    say("reading the archive")
    with contribution(home, site, match) as theirs:
        held = erase_from_release.holders(home, site, match, ids | theirs.ids)
        found = ids.union(theirs.ids, *(of_release for _, of_release in held))
        say("cleaning Dagster's storage and exceptions.toml")
        n_texts = erase_from_run_history(home, found) + erase_from_server(home, found)
        done = Done(Buried(0, 0, 0), n_texts=n_texts)
        done.n_notes = erase_other_traces.erase_exceptions(home, site, found, match)
        done.n_notes += erase_other_traces.erase_decisions(home, site, found)
        for release, of_release in held:
            say(f"making release {release.release_id} again")
            done.releases.append((release.release_id, _replace(home, release, site, of_release, theirs, say)))
    say("rewriting the archive")
    done.archive = erase_from_archive(home, site, match)
    say("replacing the build database")
    done.are_journals_kept = replace_build(home, site, match)
    for folder in (*home.releases.glob(".building-*"), *home.releases.glob(".erased-*")):
        shutil.rmtree(folder)
    sweep(home)
    erase_other_traces.clear_scratch(home)
    say("ending")
    listed.end()
    return done


def _replace(home: Home, old: Release, site: str, ids: set[str], theirs: Contribution, say: Say) -> str:
    """Replace the release by one without the patients; the new id."""
    made = [r for r in list_releases(home) if r.manifest.get("erased_from") == old.release_id]
    new = made[0] if made else _make_again(home, old, site, ids, theirs)
    say(f"made {new.release_id}")
    current = current_release(home)
    if current is not None and current.release_id == old.release_id:
        make_current(home, new.release_id)
    pins.move(home, old.release_id, new.release_id)
    gone = home.releases / f".erased-{old.release_id}"
    old.folder.rename(gone)
    shutil.rmtree(gone)
    return new.release_id


def _make_again(home: Home, old: Release, site: str, ids: set[str], theirs: Contribution) -> Release:
    with erase_from_release.without(home, old, site, ids) as con:
        share = theirs.share_of(*erase_from_release.deliveries_of(con, site))
        erase_from_release.subtract(con, site, share)
        erase_from_release.stand_in_for_raw(con)
        erase_from_release.complete_again(con)
        _analyse(con)
        parent = _parent(home, old)
        if table_exists(con, "quality", "expectations"):
            write_expectations_against(con, parent)
        erase_from_release.count_rules(con, site, share)
        _document(con)
        facts = _facts(con, old, parent)
        facts["release_id"] = _new_id(home, old, facts["content_hash"])

        facts["flow"] = flow(con)

        def files(folder: Path) -> None:
            content = report_content(con, facts["release_id"], facts, home)
            write_products(folder, con, facts["release_id"], products_of(old), lambda: page_of(content))

        return write_release(con, home, facts["release_id"], facts, files)


def _analyse(con: duckdb.DuckDBPyConnection) -> None:
    """Every analysis that the release held, by today's code, from the derived rows that are left."""
    from analysis.plan.analysis_plan import TABLES
    from analysis.plan.follow_up import maturity
    from analysis.plan.quality_sensitivity import quality_sensitivity
    from analysis.subjects.cohorts import Registry as Cohorts

    patients, lesions, times, sessions = analysis_tables.by_endpoint(con)
    cohorts = Cohorts(patients, lesions, times, sessions)
    for table in ANALYSIS_TABLES:
        if table_exists(con, "analysis", table.name):
            held = con.execute(f"SELECT count(*) > 0 FROM analysis.{table.name}").fetchone()  # noqa: S608 (own names)
            made = TABLES[table.name](cohorts)
            is_left_empty = table.name == "replication" and held == (False,)  # its home did not ask for it
            analysis_tables.store(con, table.name, made.iloc[:0] if is_left_empty else made)
    if table_exists(con, "analysis", "maturity"):
        analysis_tables.store(con, "maturity", maturity(observed_times(con)))
    if table_exists(con, "analysis", "quality_sensitivity"):
        found = quality_sensitivity(patients, times, patient_marks(con))
        analysis_tables.store(con, "quality_sensitivity", found)


def _document(con: duckdb.DuckDBPyConnection) -> None:
    """meta.columns anew, for analyses that have other columns today; as it was where a column is known no more."""
    try:
        write_columns(con)
    except KeyError:
        return


def _parent(home: Home, old: Release) -> Release | None:
    """The release before, under the id that it has now; None where it is not there."""
    named = old.manifest.get("parent_release")
    return next(
        (r for r in list_releases(home) if named and named in (r.release_id, r.manifest.get("erased_from"))), None
    )


def _facts(con: duckdb.DuckDBPyConnection, old: Release, parent: Release | None) -> dict:
    """The manifest: that of the old release, with what is different now."""
    tables = {
        table.full_name: (table, *table_hash(con, table.schema, table.name, table.hashed_rows))
        for table in PUBLISHED
        if table_exists(con, table.schema, table.name)
    }
    rows = {
        (site, export, delivery): n
        for site, export, delivery, n in con.execute(
            "SELECT site, export, delivery, rows_received FROM meta.loads"
        ).fetchall()
    }
    inputs = [i | {"rows": rows[i["site"], i["export"], i["delivery"]]} for i in old.manifest["inputs"]]
    hashes = {name: {"sha256": digest, "is_hashed": table.is_hashed} for name, (table, _, digest) in tables.items()}
    return old.manifest | {
        "content_hash": content_hash(hashes),
        "parent_release": parent.release_id if parent else old.manifest.get("parent_release"),
        "inputs": inputs,
        "tables": {
            name: {"rows": n, "sha256": digest, "is_hashed": table.is_hashed}
            for name, (table, n, digest) in tables.items()
        },
        "quality": old.manifest["quality"] | summary(con),
        "erased_from": old.release_id,
        "erased_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_again_by": {"version": code_version(), "source_sha256": source_hash(), "duckdb": duckdb.__version__},
    }


def _new_id(home: Home, old: Release, digest: str) -> str:
    """The old release's time and the new hash, so that `as of` finds it; a second later where that id is taken."""
    time = datetime.strptime(old.release_id.split("-")[0], TIME)
    while (home.releases / (name := f"{time:{TIME}}-{digest[:8]}")).exists():
        time += timedelta(seconds=1)
    return name


def known(home: Home, site: str, patient_id: str) -> tuple[int, list[str]]:
    """How many rows of the archive are the patient's, and the releases that hold the patient. Nothing is changed."""

    def match(candidates: Iterable[str]) -> set[str]:
        return {patient_id} & set(candidates)

    with contribution(home, site, match) as theirs:
        return theirs.n_rows, [
            release.release_id for release, _ in erase_from_release.holders(home, site, match, {patient_id})
        ]
