"""What `registry contract` writes: the declarations in the standard's words, with own rules as their files say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from schemas.exports import EXPORTS
from schemas.home_file import HomeFile
from schemas.rule_book import RuleBook
from tests.e2e.demonstration import Demonstration
from tests.orchestration.command import run_here
from tests.own_rules.files import EXAMPLE, LOW, book, document, metric, rule
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit
from warehouse.contracts.export_contract import exports_contract
from warehouse.contracts.fill_in_workbook import write_workbook
from warehouse.contracts.odcs_document import yaml_of
from warehouse.contracts.odcs_types import type_of
from warehouse.own_rules.read_rules import book_of_files


def contract(rules: RuleBook | None = None, *names: str) -> dict[str, Any]:
    """The contract of these exports, of all without any, as it is read back from its YAML."""
    written = yaml_of(exports_contract(names or tuple(EXPORTS), rules or RuleBook(), "0.1.0", "3.1"), "For a test.")
    return yaml.safe_load(written)


def properties(written: dict[str, Any], table: str) -> dict[str, dict[str, Any]]:
    """The columns of a table by name."""
    (found,) = [one for one in written["schema"] if one["name"] == table]
    return {one["name"]: one for one in found["properties"]}


@pytest.mark.long
def test_every_column_is_there_with_its_meaning() -> None:
    """Each export is a table with its columns in order, their meaning, and what must be filled."""
    written = contract()
    assert [one["name"] for one in written["schema"]] == list(EXPORTS)
    for export in EXPORTS.values():
        columns = properties(written, export.name)
        assert tuple(columns) == export.column_names
        for column in export.columns:
            assert columns[column.name]["description"] == column.prose
            is_asked = column.required and column.kind != "flag"
            assert columns[column.name].get("required", False) is is_asked


def test_a_metric_stands_once_at_a_column() -> None:
    """datacontract-cli judges none of a table's columns if one has two rules of one metric, so ours have one."""
    example = book_of_files([HomeFile("house.yaml", "0", EXAMPLE.read_text(encoding="utf-8"))])
    assert len(example.own) == 3
    for table in contract(example)["schema"]:
        for column in table["properties"]:
            metrics = [rule["metric"] for rule in column.get("quality", []) if "metric" in rule]
            assert len(metrics) == len(set(metrics)), (table["name"], column["name"])


@pytest.mark.long
def test_own_rules_stand_as_their_files_say() -> None:
    """A rule on one row keeps its query, its sentence and its canaries; a second list of codes is said in SQL."""
    example = book_of_files([HomeFile("house.yaml", "0", EXAMPLE.read_text(encoding="utf-8"))])
    columns = properties(contract(example), "rfa_sessions")
    (own,) = [rule for rule in columns["power_w"]["quality"] if rule["id"] == "HD-01"]
    assert own["query"] == "SELECT count(*) FROM {object} WHERE modality = 'mwa' AND {property} < 40"
    assert own["mustBe"] == 0 and own["severity"] == "error"
    canaries = next(one["value"] for one in own["customProperties"] if one["property"] == "canaries")
    assert canaries[0] == {"bad": {"modality": "mwa", "power_w": "39"}}
    panel = properties(contract(example), "genotypes")["panel"]["quality"]
    assert [one.get("metric") or one["type"] for one in panel] == ["invalidValues", "sql"]
    assert "panel IN ('extended', 'ngs')" in panel[1]["query"]


IN_WORDS = {
    "the site": rule("SELECT count(*) FROM {object} WHERE site = 'x' AND {property} < 40"),
    "the extract date": rule("SELECT count(*) FROM {object} WHERE session_date > extract_date - 3"),
    "an export that is not written": rule(
        "SELECT count(*) FROM {object} AS s WHERE s.patient_id NOT IN (SELECT p.patient_id FROM patients AS p)"
    ),
}


@pytest.mark.parametrize("text", quick(2, IN_WORDS.values()), ids=IN_WORDS.keys())
def test_a_rule_that_no_file_answers_is_stated_in_words(text: str) -> None:
    """A tool that ran it on a site's files would stop; it keeps id and sentence, and nothing runs."""
    own = book(document(text))
    assert own.own, own.refused
    (stated,) = [
        one
        for one in properties(contract(own, "rfa_sessions"), "rfa_sessions")["power_w"]["quality"]
        if one["id"] == "HD-01"
    ]
    assert stated["type"] == "text" and stated["description"] == "{column} is low."
    assert "query" not in stated and "mustBe" not in stated


def test_rules_that_are_not_applied_are_left_out() -> None:
    """A refused rule is not in the contract; the others of its file are."""
    own = book(document(rule(LOW)), document(metric("nullValues", "{}")))
    assert not own.own and len(own.refused) == 2  # one id in two files
    assert "HD-01" not in yaml_of(exports_contract(list(EXPORTS), own, "0.1.0", "3.1"), "")


def test_types_are_the_standards() -> None:
    """A list is an array of its items; a type that the standard has no word for is an object."""
    assert type_of("VARCHAR[]") == {
        "logicalType": "array",
        "physicalType": "VARCHAR[]",
        "items": {"logicalType": "string", "physicalType": "VARCHAR"},
    }
    assert type_of("JSON")["logicalType"] == "object"


FILLED = {
    "rfa_sessions": {
        "patient_id": "007",
        "session_id": "S1",
        "lesion_id": "L1",
        "max_diameter_mm": 20.5,
        "segment": "4a",
    },
    "patients": {"patient_id": "007", "sex": "female", "birth_year": 1950, "ecog": "1"},
}


@pytest.mark.long
def test_the_registry_reads_the_workbooks_as_they_are(kit: Kit, tmp_path: Path) -> None:
    """Filled in as Excel stores it (dates as dates, numbers as numbers), a workbook loads without a site.toml."""
    from datetime import datetime

    for name, cells in FILLED.items():
        path = tmp_path / f"{name}.xlsx"
        write_workbook(path, EXPORTS[name])
        filled = openpyxl.load_workbook(path)
        sheet = filled.active
        header = [cell.value for cell in sheet[1]]
        assert tuple(header) == EXPORTS[name].column_names
        dated = {"session_date": datetime(2020, 3, 1)} if name == "rfa_sessions" else {}
        for column, value in (cells | dated).items():
            sheet.cell(2, header.index(column) + 1, value)
        filled.save(path)
        kit.deliver(SITE, name, f"2024-06-30_{name}.xlsx", path.read_bytes())
    kit.refresh()
    assert kit.problems == [] and kit.entries() == []
    found = kit.tuples(
        "SELECT patient_id, CAST(session_date AS VARCHAR), max_diameter_mm, segment FROM clean.rfa_sessions"
    )
    assert found == [("007", "2020-03-01", 20.5, "4a")]
    assert kit.tuples("SELECT sex, birth_year, ecog FROM clean.patients") == [("female", 1950, 1)]


def test_a_workbook_offers_the_codes(tmp_path: Path) -> None:
    """Each coded column has its list, each name a comment that says what it is."""
    for name, export in EXPORTS.items():
        write_workbook(tmp_path / f"{name}.xlsx", export)
        sheet = openpyxl.load_workbook(tmp_path / f"{name}.xlsx").active
        lists = {
            str(one.sqref).split("2:")[0]: one.formula1
            for one in sheet.data_validations.dataValidation
            if one.type == "list"
        }
        coded = {cell.column_letter: cell.value for cell in sheet[1] if export.column(cell.value).codes}
        assert lists == {letter: f'"{",".join(export.column(column).codes)}"' for letter, column in coded.items()}
        assert all(cell.comment.text.startswith(export.column(cell.value).prose) for cell in sheet[1])


@pytest.mark.long
def test_a_release_is_described_by_schema(light_study: Demonstration, tmp_path: Path) -> None:
    """One file for each schema, every released column in it once, keys filled and codes listed."""
    ran = run_here(light_study.home.root, "contract", "--out", str(tmp_path))
    assert ran.code == 0, ran.err.decode()
    found = set()
    for path in tmp_path.glob("*.odcs.yaml"):
        if path.name != "registry.odcs.yaml":
            written = yaml.safe_load(path.read_text(encoding="utf-8"))
            schema = written["servers"][0]["schema"]
            found |= {
                (schema, one["name"], column["name"]) for one in written["schema"] for column in one["properties"]
            }
    assert found == set(light_study.rows("SELECT table_schema, table_name, column_name FROM meta.columns"))
    derived = yaml.safe_load((tmp_path / "derived.odcs.yaml").read_text(encoding="utf-8"))
    lesions = properties(derived, "lesion_ltp")
    assert [name for name, one in lesions.items() if one.get("primaryKey")] == ["site", "patient_id", "lesion_id"]
    genotype = properties(derived, "patient_genotype")["kras"]
    assert genotype["quality"][0]["arguments"]["validValues"] == ["mutant", "wild_type", "unknown"]


WRONG = {
    "an unknown table": (
        ("--table", "rfa_session"),
        "'rfa_session' is neither an export nor a table of the current release. Did you mean rfa_sessions?",
    ),
    "a table of a site": (("--site", "index-study", "--table", "patients"), "--table and --site do not go together."),
    "a site that is not there": (("--site", "indexstudy"), "There is no site indexstudy in landing/"),
}


@pytest.mark.parametrize(("words", "said"), quick(3, WRONG.values()), ids=WRONG.keys())
def test_what_cannot_be_written_is_said(
    light_study: Demonstration, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """One sentence and what to do, exit code 1, and nothing is written."""
    ran = run_here(light_study.home.root, "contract", "--out", str(tmp_path / "out"), *words)
    assert ran.code == 1 and said in ran.complaint
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A second run into the same folder stops before it writes; without a home, the exports are written."""
    words = ("contract", "--out", str(tmp_path / "out"), "--table", "genotypes")
    assert run_here(tmp_path / "no-home", *words).code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["genotypes.xlsx", "registry.odcs.yaml"]
    assert "exists already. Name another folder" in run_here(tmp_path / "no-home", *words).complaint
    assert not (tmp_path / "no-home").exists()
