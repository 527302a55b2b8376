"""mCODE as it leaves: valid FHIR R4, and loaded again it gives the same derived tables."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from schemas.derived import DERIVED
from schemas.exports import WATCHED
from tests.e2e.demonstration import Demonstration
from tests.interchange.exported import whole
from tests.warehouse.kit import new_kit
from warehouse.derived.derive import derive_all

MODELS = ("Patient", "Condition", "BodyStructure", "Procedure", "Specimen", "Observation")
NOT_COMPARED = ("deciding_delivery", "deciding_line", "has_lesions_set_aside")
"""Where a row lies; and that rows were set aside, since those do not leave."""
TOML = "[sources.ehr]\nkind = 'fhir'\n" + "".join(f"[exports.{name}]\nsource = 'ehr'\n" for name in WATCHED)
FEW = 25


@pytest.fixture(scope="module")
def folder(light_study: Demonstration) -> Path:
    """The study's export."""
    return whole(light_study, "fhir")


def lines(folder: Path, kind: str) -> list[str]:
    """The resources of a type, of all sites."""
    return [line for path in sorted(folder.glob(f"*/{kind}.ndjson")) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.long
def test_what_leaves_comes_in_again(light_study: Demonstration, folder: Path, tmp_path: Path) -> None:
    """Every row of every derived table is the same, but for what only says where a row lies or what was set aside."""
    with new_kit(tmp_path / "home") as kit:
        for site in (one for one in folder.iterdir() if one.is_dir()):
            kit.configure(site.name, TOML)
            shutil.copytree(site, kit.home.landing / site.name / "ehr" / "2022-12-31")
        kit.refresh()
        derive_all(kit.con)
        assert kit.problems == []
        assert kit.tuples("SELECT reason FROM meta.loads WHERE status <> 'accepted'") == []
        assert kit.tuples("SELECT rule_id, column_name FROM quality.quarantine") == []
        different = {}
        for name in DERIVED:
            columns = [c for c, *_ in kit.tuples(f"DESCRIBE derived.{name}") if c not in NOT_COMPARED]
            asked = f"SELECT {', '.join(columns)} FROM derived.{name} ORDER BY ALL"
            pairs = zip(light_study.rows(asked), kit.tuples(asked), strict=True)
            cells = (zip(columns, expected, found, strict=True) for expected, found in pairs)
            if differing := {(name, c) for row in cells for c, expected, found in row if expected != found}:
                different[name] = differing
        assert different == {}


def test_valid_fhir(folder: Path) -> None:
    """The models of FHIR R4B take resources of every type, and ids and references are such."""
    _validated(folder, FEW)


@pytest.mark.long
def test_all_is_valid_fhir(folder: Path) -> None:
    """Every resource is valid."""
    _validated(folder, None)


def _validated(folder: Path, most: int | None) -> None:
    from importlib import import_module

    ids = {f"{kind}/{json.loads(line)['id']}" for kind in MODELS for line in lines(folder, kind)}
    assert sorted(path.stem for path in folder.glob("*/*.ndjson")) == sorted(MODELS)
    for kind in MODELS:
        of_kind = lines(folder, kind)
        model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
        step = max(len(of_kind) // (most or len(of_kind)), 1)
        for line in of_kind[::step]:
            model.model_validate_json(line)
            assert all(one in ids for one in _references(json.loads(line)))


def _references(node: object) -> list[str]:
    if isinstance(node, list):
        return [one for part in node for one in _references(part)]
    if not isinstance(node, dict):
        return []
    own = [node["reference"]] if isinstance(node.get("reference"), str) else []
    return own + [one for part in node.values() for one in _references(part)]


def test_what_mcode_asks_for(folder: Path, light_study: Demonstration) -> None:
    """A reason for each procedure; identifier, location and patient of each tumour; a focus of sizes and status."""
    assert all({"reasonReference", "code", "subject"} <= json.loads(line).keys() for line in lines(folder, "Procedure"))
    tumours = [json.loads(line) for line in lines(folder, "BodyStructure")]
    assert all({"identifier", "location", "patient"} <= one.keys() for one in tumours)
    assert all({"identifier", "name", "meta"} <= json.loads(line).keys() for line in lines(folder, "Patient"))
    assert light_study.release.release_id in lines(folder, "Patient")[0]
    (size,) = [one for one in map(json.loads, lines(folder, "Observation")) if "mcode-tumor-size" in str(one)][:1]
    assert size["component"][0]["valueQuantity"]["code"] == "mm" and size["focus"]


def test_nothing_is_empty(folder: Path) -> None:
    """FHIR has no nulls, no empty texts, lists or objects."""
    text = "\n".join(line for kind in MODELS for line in lines(folder, kind))
    assert not any(empty in text for empty in ("null", '""', "[]", "{}", ",,", "{,", "[,"))
