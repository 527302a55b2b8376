"""Rebuilds the inputs of one release in a new home, checks the archive for losses, and compares the rebuilt tables.

The inputs that the manifest names come from the archive. The signed-off exceptions come from the release itself, which
holds them in full.
"""

import shutil

import duckdb

from schemas.published_files import INDEX_STUDY
from warehouse.archive import corrections, decisions, plan_journal, thread_log
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.intake import exceptions_file
from warehouse.intake.configs_in_force import SITE_FILE, set_aside_by_hand
from warehouse.intake.deliveries import site_deliveries
from warehouse.intake.exceptions_file import Note
from warehouse.raw.veil_again import restored
from warehouse.refresh.provenance import place_in_archive
from warehouse.releases.query import open_release
from warehouse.releases.release import Release
from warehouse.releases.verification import hashed_by
from warehouse.sources.deliveries import arrival_no
from warehouse.storage.connection import private_files, table_exists
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import ArchiveDamaged, RegistryError
from warehouse.storage.home import PRIVATE_FOLDER, Home
from warehouse.storage.home_files import PLAN_FILES, RULE_FILES, SUITE_FILES
from warehouse.storage.home_settings import CENTRES, HomeSettings, write_settings
from warehouse.storage.plan_table import plan_in
from warehouse.storage.pseudonym_key import KEY_FILE
from warehouse.storage.rule_table import book_of
from warehouse.storage.suite_table import suites_of

NOTES = "SELECT rule_id, reason, until, site, key, accepted_by FROM quality.exceptions WHERE source = 'file'"


def take_inputs(release: Release, source: Home, target: Home) -> int:
    """Create the home `target` with the release's deliveries, site.toml files and exceptions; count the deliveries.

    They keep their order and times of arrival. RegistryError if `target` is not empty, or if the archive of `source`
    lacks an input.
    """
    if target.root.exists() and any(target.root.iterdir()):
        raise RegistryError(f"{target.root} is not empty.", "Name a folder that does not exist yet with --into.")
    manifest = release.manifest
    with private_files():
        target.create()
        archive, old = Archive(target), Archive(source)
        try:
            _take_key(source, target)
            for site, sha256 in manifest["site_files"].items():
                archive.take_over(old, site, SITE_EXPORT, SITE_FILE, sha256, manifest["created_at"])
            made = decisions.read(source)[: manifest.get("decisions", 0)]
            taken = {(i["site"], i["export"], i["delivery"], i["sha256"]) for i in manifest["inputs"]}
            taken |= {place_in_archive(i) for i in manifest["inputs"]}
            for decision in made:
                if decision.place in taken:
                    decisions.append(target, decision)
            for correction in corrections.first_lines(corrections.read(source), manifest.get("corrections", {})):
                corrections.append(target, correction)
            asked = thread_log.known_at(thread_log.read(source), manifest["created_at"])
            thread_log.append(target, asked)
            for site, folder, name, sha256, arrived_at in _files_in_order(manifest):
                archive.take_over(old, site, folder, name, sha256, arrived_at)
        except ArchiveDamaged:
            shutil.rmtree(target.root, ignore_errors=True)
            raise
        except KeyError as missing:
            shutil.rmtree(target.root, ignore_errors=True)  # so that nobody takes a partial home for a complete one
            raise RegistryError(
                f"The archive no longer holds an input of {release.release_id} (SHA-256 {missing.args[0][:12]}...).",
                "Restore archive/ from a backup; data that were erased cannot be restored.",
            ) from None
        with open_release(release) as con:
            for note in con.execute(NOTES).fetchall():
                rule_id, reason, until, site, key, by = note
                exceptions_file.append(target, Note(rule_id, reason, until, site, key, by))
            for file in book_of(con).files:
                RULE_FILES.write(target, file)
            for suite in suites_of(con):
                SUITE_FILES.write(target, suite.file)
            if held := plan_in(con):
                PLAN_FILES.write(target, held.file)
                of_rows = ((row.definition_sha256, row.declared_on, row.is_after_data) for row in held.rows)
                plan_journal.record(target, (plan_journal.Declared(*row) for row in of_rows))
            compared = "SELECT count(*) > 0 FROM analysis.replication"
            is_compared = table_exists(con, "analysis", "replication") and con.execute(compared).fetchone() == (True,)
            study = INDEX_STUDY if is_compared else ""
            write_settings(target, HomeSettings(replication=study, service=manifest.get("service") or CENTRES))
    return len(manifest["inputs"])


def _files_in_order(manifest: dict) -> list[tuple[str, str, str, str, str]]:
    """Return the files that a release was made from in the order of their arrival: a file may feed several exports."""
    files: dict[tuple[str, str, str, str], tuple[int, str, str]] = {}
    for i in manifest["inputs"]:
        number = arrival_no(int(i["load_id"][1:]))
        files[place_in_archive(i)] = (number, i["file_name"], i["arrived_at"])
    for i in manifest.get("dictionaries", []):
        place = (i["site"], SITE_EXPORT, f"{i['file_name']} {i['load_id']}", i["sha256"])
        files[place] = (int(i["load_id"][1:]), i["file_name"], i["arrived_at"])
    in_order = sorted(files.items(), key=lambda item: item[1][0])
    return [(site, folder, name, sha, when) for (site, folder, _, sha), (_, name, when) in in_order]


def check_archive_holds(archive: Archive, release: Release | None) -> None:
    """Raise RegistryError if the archive lacks a delivery that the release was made from: the tables are made from the
    archive alone, so the loss would be published as a smaller registry. Raise ArchiveDamaged if a decision or a
    correction is lost or names no delivery: what was set aside or retracted would be published again; or a line about a
    question: an answer to a closed one would count.
    """
    known = {(a.site, a.folder, a.delivery, a.sha256) for a in archive.arrivals}
    inputs = release.manifest["inputs"] if release else []
    n_decisions = release.manifest.get("decisions", 0) if release else 0
    made = decisions.read(archive.home)
    if len(made) < n_decisions:
        raise _lacks(decisions.FILE_NAME, "decisions")
    corrected = corrections.read(archive.home)
    asked = release.manifest.get("corrections", {}) if release else {}
    if len(corrections.first_lines(corrected, asked)) < sum(asked.values()):
        raise _lacks(corrections.FILE_NAME, "corrections")
    if thread_log.count(archive.home) < (release.manifest.get("questions", 0) if release else 0):
        raise _lacks(thread_log.FILE_NAME, "lines about questions")
    contents = {(a.site, a.sha256) for a in archive.arrivals}
    n_lost = sum(place_in_archive(i) not in known for i in inputs)
    if n_lost:
        raise RegistryError(
            f"The archive lacks {n_lost:,} of the {len(inputs):,} deliveries that the current release was made from.",
            "Restore archive/ from a backup; to start over, choose another home.",
        )
    retracted = [one for one in corrected if one.action == corrections.RETRACT]
    for file_name, what, lines in (
        (decisions.FILE_NAME, "decisions", made),
        (corrections.FILE_NAME, "lines", retracted),
    ):
        n_strange = sum((one.site, one.sha256) not in contents for one in lines)
        if n_strange:
            raise ArchiveDamaged(
                f"{n_strange:,} of the {what} in archive/{file_name} name a delivery that never arrived.",
                f"Restore archive/{file_name} from a backup; nothing was changed.",
            )


def _take_key(source: Home, target: Home) -> None:
    """Give the new home the key of the pseudonyms, if it lies in the home and not elsewhere."""
    key = source.pseudonyms / KEY_FILE
    if key.is_file():
        target.pseudonyms.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        atomic_write(target.pseudonyms / KEY_FILE, key.read_bytes())


def _lacks(file_name: str, what: str) -> ArchiveDamaged:
    return ArchiveDamaged(
        f"archive/{file_name} lacks {what} that the current release was made with.",
        f"Restore archive/{file_name} from a backup; nothing was changed.",
    )


def check_archive_whole(archive: Archive) -> None:
    """Raise ArchiveDamaged if a file that the tables are made from is missing or damaged and landing/ no longer has it:
    a rebuild would release a smaller registry.
    """
    out = set_aside_by_hand(archive)
    held = (a for a in archive.arrivals if a.load_no not in out)
    lost = [a for a in held if not (archive.is_whole(a) or archive.heal(a) or restored(archive, a))]
    if lost:
        raise _with_others(archive.damaged(lost[0]), len(lost) - 1)


def _with_others(damage: ArchiveDamaged, n_others: int) -> ArchiveDamaged:
    if not n_others:
        return damage
    said = f"{damage.message} So are {n_others:,} others; `registry verify --archive` lists them."
    return ArchiveDamaged(said, damage.cure)


def check_none_lost(problems: list[tuple[str, str]], archive: Archive, release: Release | None) -> None:
    """Raise ArchiveDamaged if a damaged arrival in `problems` (place, reason) counts in the current release."""
    inputs = release.manifest["inputs"] if release else []
    counted = {f"archive/{i['site']}/{i['export']}/{i['delivery']}" for i in inputs if i["status"] == "accepted"}
    lost = {place for place, _ in problems} & counted
    for arrival in site_deliveries(archive) if lost else []:
        if f"archive/{arrival.site}/{arrival.export}/{arrival.delivery}" in lost:
            raise _with_others(archive.damaged(arrival), len(lost) - 1)


def differing_tables(release: Release, rebuilt: Release) -> list[str]:
    """Return the tables covered by the content hash whose hash differs or that only one of the two releases has.

    RegistryError if the two were made with different versions of DuckDB, which hash differently.
    """
    versions = [hashed_by(r.manifest) for r in (release, rebuilt)]
    if versions[0] != versions[1]:
        raise RegistryError(
            f"{release.release_id} was made with DuckDB {versions[0]}, so its hashes cannot be compared.",
            f"Install duckdb=={versions[0]} and rebuild again; this is {duckdb.__version__}.",
        )
    old, new = (
        {name: t["sha256"] for name, t in r.manifest["tables"].items() if t["is_hashed"]} for r in (release, rebuilt)
    )
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
