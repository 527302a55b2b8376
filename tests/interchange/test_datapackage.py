"""A data package: its schema says what its files hold, and what its files hold is what the release holds."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

from interchange.datapackage.table_schema import table_schema
from interchange.datapackage.write import NOT_FINITE
from interchange.outgoing import Column, Described
from tests.e2e.demonstration import Demonstration
from tests.interchange.exported import whole

REQUIREMENTS = Path(__file__).with_name("frictionless.txt")
TYPES = {"string": "VARCHAR", "date": "DATE", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}
READ_BACK = ("clean.imaging_followups", "clean.genotypes", "derived.time_to_event", "cohort.patients")


@pytest.fixture(scope="module")
def folder(light_study: Demonstration) -> Path:
    """The study's export."""
    return whole(light_study, "datapackage")


@pytest.fixture(scope="module")
def resources(folder: Path) -> dict[str, Any]:
    """Name -> resource of the package."""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return {one["name"]: one for one in package["resources"]}


def test_the_package_names_its_files(light_study: Demonstration, folder: Path, resources: dict[str, Any]) -> None:
    """Size and hash of each, the release as version, and the profiles of version 2."""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["version"] == light_study.release.release_id and package["$schema"].endswith("/2.0/datapackage.json")
    for resource in resources.values():
        content = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content) and resource["hash"] == f"sha256:{sha256(content).hexdigest()}"


@pytest.mark.parametrize("table", READ_BACK)
def test_a_file_is_read_back_by_its_schema(
    light_study: Demonstration, folder: Path, resources: dict[str, Any], table: str
) -> None:
    """Typed as the schema says, cells are those of the release, to the last bit."""
    fields = resources[table]["schema"]["fields"]
    columns = ", ".join(f"'{one['name']}': '{TYPES.get(one['type'], 'VARCHAR')}'" for one in fields)
    with duckdb.connect() as con:
        read = f"read_csv('{folder}/{table}.csv', header = true, columns = {{{columns}}})"
        names = [
            f"from_json({one['name']}, '[\"VARCHAR\"]')" if one["type"] == "array" else one["name"] for one in fields
        ]
        seen = con.execute(f"SELECT {', '.join(names)} FROM {read}").fetchall()
    expected = light_study.rows(f"FROM {table}")
    assert sorted(map(str, seen)) == sorted(map(str, expected)) and len(seen) > 100


def test_keys_and_references_hold(folder: Path, resources: dict[str, Any]) -> None:
    """No primary key is empty or double, and every row that belongs to a patient or lesion finds it."""
    n_references = 0
    with duckdb.connect() as con:
        for name in resources:
            con.execute(f"CREATE VIEW \"{name}\" AS FROM read_csv('{folder}/{name}.csv', all_varchar = true)")
        for name, resource in resources.items():
            if key := ", ".join(resource["schema"].get("primaryKey", [])):
                filled = " AND ".join(f"{one} IS NOT NULL" for one in key.split(", "))
                sql = f'SELECT count(*) FILTER ({filled}), count(DISTINCT ({key})), count(*) FROM "{name}"'
                assert len(set(con.execute(sql).fetchone() or ())) == 1, name
            for reference in resource["schema"].get("foreignKeys", []):
                fields, other = ", ".join(reference["fields"]), reference["reference"]["resource"]
                lost = con.execute(f'SELECT count(*) FROM "{name}" ANTI JOIN "{other}" USING ({fields})').fetchone()
                assert lost == (0,), (name, other)
                n_references += 1
    assert n_references > 10


def test_a_key_that_may_be_empty_is_no_primary_key() -> None:
    """It stands among the unique keys; a lesion that may be empty refers to none."""
    columns = (
        *(Column(name, "VARCHAR", "", True) for name in ("site", "patient_id")),
        Column("lesion_id", "VARCHAR", ""),
    )
    others = {name: Described(name, "", columns) for name in ("clean.patients", "clean.lesions")}
    made = table_schema(Described("x", "", columns, ("site", "patient_id", "lesion_id")), others)
    assert "primaryKey" not in made and made["uniqueKeys"] == [["site", "patient_id", "lesion_id"]]
    assert [one["reference"]["resource"] for one in made["foreignKeys"]] == ["clean.patients"]


def test_numbers_that_are_not_finite_have_the_standards_words() -> None:
    """NaN, INF and -INF."""
    words = duckdb.execute(
        f"SELECT {NOT_FINITE.format('x')} FROM (VALUES ('nan'::DOUBLE), ('inf'), ('-inf'), (1.5), (NULL)) t(x)"
    ).fetchall()
    assert [word for (word,) in words] == ["NaN", "INF", "-INF", "1.5", None]


@pytest.mark.long
def test_frictionless_accepts_the_package(folder: Path, tmp_path: Path) -> None:
    """Types, codes, keys and references, in an environment of its own."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "peer"], check=True)
    pip = [tmp_path / "peer" / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "-r", REQUIREMENTS]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    words = [tmp_path / "peer" / "bin" / "frictionless", "validate", "--json", "datapackage.json"]
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    report = json.loads(ran.stdout)
    assert report["valid"] and report["stats"]["tasks"] > 40, report["stats"]
