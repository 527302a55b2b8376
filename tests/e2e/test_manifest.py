"""A release can be checked against its manifest.json, table by table and file by file."""

import hashlib
import json
import re
from datetime import datetime

import pytest

from tests.e2e.demonstration import Demonstration
from warehouse.releases.release import content_hash
from warehouse.storage.hashing import table_hash
from warehouse.storage.table_catalogue import PUBLISHED


@pytest.mark.long
def test_hashes_are_those_of_the_tables(demonstration: Demonstration) -> None:
    """Rows and content hash of every table, recomputed from the released file, are the manifest's."""
    tables = demonstration.release.manifest["tables"]
    with demonstration.open() as con:
        found = {t.full_name: table_hash(con, t.schema, t.name, t.hashed_rows) for t in PUBLISHED}
    assert {name: (t["rows"], t["sha256"]) for name, t in tables.items()} == found


@pytest.mark.long
def test_release_id_is_time_and_content(demonstration: Demonstration) -> None:
    """The id is the time of release and the first 8 digits of the hash over the hashed tables."""
    manifest = demonstration.release.manifest
    with demonstration.open() as con:
        tables = {
            t.full_name: {
                "sha256": table_hash(con, t.schema, t.name, t.hashed_rows)[1],
                "is_hashed": t.is_hashed,
            }
            for t in PUBLISHED
        }
    assert manifest["content_hash"] == content_hash(tables)
    assert re.fullmatch(rf"\d{{8}}T\d{{6}}Z-{manifest['content_hash'][:8]}", manifest["release_id"])
    assert manifest["release_id"] == demonstration.release.folder.name
    assert datetime.fromisoformat(manifest["created_at"]).utcoffset() is not None


def test_inputs_are_the_delivered_files(demonstration: Demonstration) -> None:
    """The manifest lists every delivered file with its SHA-256 and number of rows, and no other file."""
    inputs = {
        f"{i['site']}/{i['export']}/{i['file_name']}": (i["sha256"], i["status"])
        for i in demonstration.release.manifest["inputs"]
    }
    landing = demonstration.home.landing
    files = {
        p.relative_to(landing).as_posix(): (hashlib.sha256(p.read_bytes()).hexdigest(), "accepted")
        for p in landing.rglob("*")
        if p.is_file()
    }
    assert len(files) == 16 and inputs == files
    assert sum(i["rows"] for i in demonstration.release.manifest["inputs"]) == 2497


def test_quality_summary_is_the_quarantine(demonstration: Demonstration) -> None:
    """The summary counts what quality.quarantine holds."""
    quality = demonstration.release.manifest["quality"]
    by_rule = demonstration.rows("SELECT rule_id, count(*) FROM quality.quarantine GROUP BY 1")
    assert quality["entries_by_rule"] == dict(by_rule)
    rows = "SELECT DISTINCT site, export, delivery, line FROM quality.quarantine WHERE scope = 'row'"
    assert quality["rows_set_aside"] == len(demonstration.rows(rows))
    values = "SELECT count(*) FROM quality.quarantine WHERE scope = 'value'"
    assert quality["values_set_aside"] == demonstration.rows(values)[0][0]


def test_versions_and_parent(demonstration: Demonstration) -> None:
    """The manifest names code, schema and definition versions; a first release has no parent."""
    manifest = json.loads((demonstration.release.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == demonstration.release.manifest
    assert manifest["parent_release"] is None
    assert manifest["code"]["version"] and re.fullmatch(r"[0-9a-f]{64}", manifest["code"]["source_sha256"])
    assert {t.schema for t in PUBLISHED} <= set(manifest["schema_versions"])
    definitions = demonstration.rows("SELECT DISTINCT definition FROM derived.time_to_event ORDER BY 1")
    assert manifest["definitions"] == [name for (name,) in definitions]
