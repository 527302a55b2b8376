"""What datacontract-cli makes of the contracts: it takes them, passes what is sound, and fails every planted defect.

It is installed for these tests into an environment of its own, which takes a minute.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.canaries import CANARIES
from schemas.canary import SOUND
from schemas.exports import EXPORTS
from tests.contracts.conftest import Datacontract
from tests.contracts.test_page import PAGE, executed
from tests.contracts.test_site_contract import HEADER, ROWS, TOML
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.own_rules.files import EXAMPLE
from tests.warehouse.kit import csv_of

pytestmark = pytest.mark.long
REGISTRY = "registry.odcs.yaml"
LATER = {"PAT-09": "2999-01-01", "GEN-06": "2999-01-01"}
"""Rules about the extract date, which is the day of the check to a contract -> a cell that breaks them on any day."""


@pytest.fixture(scope="module")
def home(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration study with the own rules of examples/, and its contracts in contract/."""
    home = copy_of(light_study, tmp_path_factory.mktemp("datacontract-home"))
    (home.root / "rules").mkdir()
    (home.root / "rules" / EXAMPLE.name).write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    for version in ("3.1", "3.2"):
        ran = run_here(home.root, "contract", "--out", str(home.root / f"contract-{version}"), "--odcs", version)
        assert ran.code == 0, ran.err.decode()
    return home.root


def results_of(datacontract: Datacontract, folder: Path, contract: Path) -> tuple[int, list[dict[str, Any]]]:
    """Test the contract in that folder: the exit code and the checks with their results."""
    out = folder / "result.json"
    ran = datacontract(folder, "test", str(contract), "--output-format", "json", "--output", str(out))
    return ran.returncode, json.loads(out.read_text(encoding="utf-8"))["checks"]


def not_passed(checks: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Table, column, what was checked, and the result of each check that did not pass."""
    return [(one["model"], one["field"], one["name"], one["result"]) for one in checks if one["result"] != "passed"]


@pytest.mark.parametrize("version", ["3.1", "3.2"])
def test_every_contract_is_valid(datacontract: Datacontract, home: Path, version: str) -> None:
    """Each file that is written fits the standard's JSON schema, in both versions."""
    written = sorted((home / f"contract-{version}").glob("*.odcs.yaml"))
    assert len(written) >= 6
    for path in written:
        ran = datacontract(home, "lint", str(path))
        assert ran.returncode == 0, (path.name, ran.stdout)


@pytest.fixture(scope="module")
def accepted(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rows of the study that the registry accepted, as one CSV in a folder for each export."""
    folder = tmp_path_factory.mktemp("accepted")
    with light_study.open() as con:
        for name, export in EXPORTS.items():
            (folder / name).mkdir()
            columns = ", ".join(export.column_names)
            cursor = con.execute(f"SELECT {columns} FROM clean.{name} WHERE delivery IS NOT NULL")
            rows = [["" if cell is None else str(cell) for cell in row] for row in cursor.fetchall()]
            cells = [dict(zip(export.column_names, row, strict=True)) for row in rows]
            text = csv_of(cells) if cells else ",".join(export.column_names) + "\n"
            (folder / name / "2024-06-30.csv").write_text(text, encoding="utf-8")
    return folder


def test_the_demonstrations_accepted_rows_pass(datacontract: Datacontract, home: Path, accepted: Path) -> None:
    """What the registry accepted breaks no rule of severity error; those of severity warning are told."""
    code, checks = results_of(datacontract, accepted, home / "contract-3.1" / REGISTRY)
    assert {result for *_, result in not_passed(checks)} <= {"warning"}, not_passed(checks)
    assert code == 0 and len(checks) > 100


def test_the_demonstrations_files_are_failed_for_their_defects(
    datacontract: Datacontract, light_study: Demonstration, home: Path, tmp_path: Path
) -> None:
    """By the contract of the site's own files, a date that cannot be read stops nothing: the columns with codes that
    are none are among those in which the registry found some, since it is about the newest file.
    """
    ran = run_here(home, "contract", "--site", "index-study", "--out", str(tmp_path))
    assert ran.code == 0, ran.err.decode()
    for export, rule in (("imaging_followups", "IMG-02"), ("genotypes", "GEN-01")):
        code, checks = results_of(
            datacontract, home / "landing" / "index-study", tmp_path / f"index-study-{export}.odcs.yaml"
        )
        broken = {one["field"] for one in checks if one.get("qualityId") == rule and one["result"] == "failed"}
        asked = f"SELECT DISTINCT column_name FROM quality.quarantine WHERE export = '{export}' AND rule_id = '{rule}'"
        assert code == 1 and broken and broken <= {column for (column,) in light_study.rows(asked)}, export


def test_the_release_passes(datacontract: Datacontract, home: Path) -> None:
    """Every schema of a release is as its contract says: types, keys, codes, what must be filled."""
    for path in sorted((home / "contract-3.1").glob("*.odcs.yaml")):
        if path.name != REGISTRY:
            code, checks = results_of(datacontract, home, path)
            assert {result for *_, result in not_passed(checks)} <= {"warning"}, (path.name, not_passed(checks))
            assert code == 0 and checks, path.name


def test_each_planted_defect_is_failed(datacontract: Datacontract, home: Path, tmp_path: Path) -> None:
    """A file with one bad row for each rule and column: each of these checks fails, or warns where the rule flags."""
    contract = yaml.safe_load((home / "contract-3.1" / REGISTRY).read_text(encoding="utf-8"))
    for table in contract["schema"]:
        name, expected = table["name"], {}
        rows = [dict.fromkeys(EXPORTS[name].column_names, "") | SOUND[name]]
        for column in table["properties"]:
            for rule in column.get("quality", []):
                if rule["id"].startswith("HD-"):
                    continue
                cells = _bad_cells(rule["id"], name, column["name"])
                rows.append(rows[0] | cells | {"patient_id": f"P-{len(rows)}"})
                result = "failed" if rule["severity"] == "error" else "warning"
                expected[column["name"], rule["id"]] = result
        folder = tmp_path / name
        (folder / name).mkdir(parents=True)
        (folder / name / "2024-06-30.csv").write_text(csv_of(rows), encoding="utf-8")
        alone = folder / "alone.odcs.yaml"
        alone.write_text(yaml.safe_dump(contract | {"schema": [_without_own(table)]}), encoding="utf-8")
        code, checks = results_of(datacontract, folder, alone)
        found = {(one["field"], one["qualityId"]): one["result"] for one in checks if one.get("qualityId")}
        assert code == 1
        assert {key: found.get(key) for key in expected} == expected
        assert len(expected) >= 6


def _without_own(table: dict[str, Any]) -> dict[str, Any]:
    """The table without own rules, which may read tables that are not there."""
    columns = [
        column | {"quality": [rule for rule in column.get("quality", []) if not rule["id"].startswith("HD-")]}
        for column in table["properties"]
    ]
    return table | {"properties": columns}


def _bad_cells(rule_id: str, export: str, column: str) -> dict[str, str]:
    """The cells of a planted row that breaks the rule in that column."""
    for canary in CANARIES:
        if (canary.rule_id, canary.export, canary.column) == (rule_id, export, column) and canary.scope is not None:
            (cells,) = [row.cells for row in canary.rows if row.is_bad]
            return cells | ({column: LATER[rule_id]} if rule_id in LATER else {})
    raise AssertionError((rule_id, export, column))


def test_a_sites_own_files_are_judged_as_they_are_read(datacontract: Datacontract, tmp_path: Path) -> None:
    """German dates, commas and codes pass; each row that the registry would set aside or flag is counted."""
    site = tmp_path / "north"
    (site / "klinik").mkdir(parents=True)
    (site / "site.toml").write_text(TOML, encoding="utf-8")
    file = site / "klinik" / "2024-06-30.csv"
    file.write_text("\n".join([HEADER, *ROWS[:2], ""]), encoding="utf-8")
    ran = run_here(tmp_path / "no-home", "contract", "--site", str(site), "--out", str(tmp_path / "out"))
    assert ran.code == 0, ran.err.decode()
    (contract,) = (tmp_path / "out").glob("*.odcs.yaml")
    code, checks = results_of(datacontract, site, contract)
    assert code == 0 and not_passed(checks) == [] and len(checks) >= 20
    file.write_text("\n".join([HEADER, *ROWS, ""]), encoding="utf-8")
    code, checks = results_of(datacontract, site, contract)
    broken = {one["qualityId"]: one["result"] for one in checks if one["result"] != "passed"}
    assert code == 1
    assert broken == dict.fromkeys(("REQ-01", "TYPE-01", "ABL-02", "LES-03", "ABL-11", "ABL-06"), "failed") | {
        "LES-03-W": "warning"
    }


def test_the_pages_commands_are_carried_out(
    datacontract: Datacontract,
    light_study: Demonstration,
    accepted: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those of datacontract-cli on the page end as it says: 0 for sound files and the release, 1 for the clinic's."""
    home = copy_of(light_study, tmp_path).root
    monkeypatch.chdir(home)
    text = executed(PAGE.read_text(encoding="utf-8"), home)
    commands = [line.split()[2:] for line in text.splitlines() if line.startswith("$ datacontract ")]
    assert commands == [["test", REGISTRY], ["test", "contract/derived.odcs.yaml"]]
    assert datacontract(accepted, "test", str(home / "contract" / REGISTRY)).returncode == 0
    assert datacontract(home, *commands[1]).returncode == 0
    ran = datacontract(home / "landing" / "north", "test", str(home / "north" / "north-klinik.odcs.yaml"))
    assert ran.returncode == 1 and "max_diameter_mm is required but" in " ".join(ran.stdout.split())
