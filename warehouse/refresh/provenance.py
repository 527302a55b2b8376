"""Collects the facts for manifest.json: which code and which inputs made a release."""

import duckdb

from warehouse.archive import corrections, decided, thread_log
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.derived import service_counts
from warehouse.incremental import change_log
from warehouse.intake.configs_in_force import SITE_FILE, set_aside_by_hand
from warehouse.quality.canaries import counted
from warehouse.releases.release import Release, content, content_hash, current_release
from warehouse.storage.home import Home
from warehouse.storage.home_files import Stamps
from warehouse.storage.plan_table import definitions_in, plan_in
from warehouse.storage.rule_table import files_of
from warehouse.storage.source_code import analysed_with, code_version, source_hash
from warehouse.storage.suite_table import suites_of
from warehouse.storage.table_catalogue import SCHEMA_VERSIONS


def manifest(con: duckdb.DuckDBPyConnection, home: Home) -> dict:
    """Return the manifest of what the build database holds, without the release's id and time."""
    tables = content(con)
    parent = current_release(home)
    inputs = con.execute(
        "SELECT l.site, l.export, l.delivery, l.file_name, l.sha256, d.size_bytes, l.load_id, l.arrived_at, "
        "l.rows_received AS rows, l.status, l.reason, l.folder "
        "FROM meta.loads l JOIN meta.deliveries d USING (load_id) "
        "ORDER BY l.site, l.export, l.position NULLS LAST, l.delivery"
    )
    names = [d[0] for d in inputs.description or []]
    deliveries = [dict(zip(names, row, strict=True)) for row in inputs.fetchall()]
    return {
        "content_hash": content_hash(tables),
        "parent_release": parent.release_id if parent else None,
        "code": {
            "version": code_version(),
            "source_sha256": source_hash(),
            "duckdb": duckdb.__version__,
            "analysed_with": analysed_with(),
        },
        "schema_versions": SCHEMA_VERSIONS,
        "inputs": deliveries,
        "site_files": _site_files(home),
        "dictionaries": _dictionaries(home),
        "decisions": _followed(con)[0],
        "corrections": corrections.lines_by_site(corrections.read(home)[: _followed(con)[1]]),
        "questions": thread_log.count(home),
        "exceptions": _exceptions_file(con),
        "rules": [{"file": name, "sha256": sha256} for name, sha256 in files_of(con)],
        "suites": [{"file": one.file.name, "sha256": one.file.sha256} for one in suites_of(con)],
        "service": service_counts.setting(con),
        "plan": _plan(con),
        "tables": tables,
        "quality": summary(con) | {"canaries": counted(con)},
        "definitions": _definitions(con),
    }


def stated_suites(release: Release | None) -> Stamps:
    """Return the files of the registry's own suites that the release was judged by; none without a release."""
    given = release.manifest.get("suites", []) if release else []
    return tuple((one["file"], one["sha256"]) for one in given)


def stated_plan(release: Release | None) -> Stamps:
    """Return the file of the registry's own plan that the release was made with; none without a release."""
    given = release.manifest.get("plan", {}).get("files", []) if release else []
    return tuple((one["file"], one["sha256"]) for one in given)


def _plan(con: duckdb.DuckDBPyConnection) -> dict:
    """The file of the own plan, why it was refused, and since when each of its analyses has been declared."""
    held = plan_in(con)
    if held is None:
        return {"files": [], "refused": "", "definitions": []}
    files = [{"file": held.file.name, "sha256": held.file.sha256}]
    return {"files": files, "refused": held.reason, "definitions": definitions_in(held.rows)}


def _site_files(home: Home) -> dict[str, str]:
    """Site -> SHA-256 of its site.toml in force."""
    archive = Archive(home)
    out = set_aside_by_hand(archive)
    files = [a for a in archive.arrivals if (a.export, a.file_name) == (SITE_EXPORT, SITE_FILE)]
    return {a.site: a.sha256 for a in files if a.load_no not in out}


def _dictionaries(home: Home) -> list[dict[str, str]]:
    """Return the data dictionaries in the archive, in the order of their arrival."""
    files = [a for a in Archive(home).arrivals if a.export == SITE_EXPORT and a.file_name != SITE_FILE]
    names = ("site", "file_name", "sha256", "load_id", "arrived_at")
    return [{name: getattr(a, name) for name in names} for a in files]


def place_in_archive(given: dict) -> tuple[str, str, str, str]:
    """Return site, folder, name of the arrival and SHA-256 of the file that an input of a manifest was read from."""
    folder = given.get("folder") or given["export"]
    return given["site"], folder, given["delivery"].removeprefix(f"{folder}/"), given["sha256"]


def _followed(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many decisions and how many corrections the tables reflect, as lines from the start of the journals."""
    landed = change_log.watermark(con, change_log.LANDED)
    return decided.n_lines(landed[1]) if landed else (0, 0)


def summary(con: duckdb.DuckDBPyConnection) -> dict:
    """Count what quality.quarantine holds: rows and values set aside, and entries by rule."""
    row = con.execute(
        "SELECT count(DISTINCT (site, export, delivery, line)) FILTER (scope = 'row'), "
        "count(*) FILTER (scope = 'value') FROM quality.quarantine"
    ).fetchone()
    by_rule = con.execute("SELECT rule_id, count(*) FROM quality.quarantine GROUP BY 1 ORDER BY 1").fetchall()
    assert row is not None
    return {"rows_set_aside": row[0], "values_set_aside": row[1], "entries_by_rule": dict(by_rule)}


def _exceptions_file(con: duckdb.DuckDBPyConnection) -> dict:
    """SHA-256 and number of notes of the exceptions.toml in force; None and 0 without one."""
    row = con.execute("SELECT sha256, n_notes FROM meta.exceptions_file").fetchone()
    return {"sha256": row[0], "notes": row[1]} if row else {"sha256": None, "notes": 0}


def _definitions(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute("SELECT DISTINCT definition FROM derived.time_to_event ORDER BY 1").fetchall()
    return [name for (name,) in rows]
