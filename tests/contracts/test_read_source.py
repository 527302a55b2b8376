"""A data contract of a site's source proposes its site.toml, and what no contract says is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.exports import EXPORTS
from schemas.rule_book import RuleBook
from tests.orchestration.command import run_here
from tests.proposals.site_files import columns_of, lines_of, questions_of
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit
from warehouse.contracts.export_contract import exports_contract
from warehouse.contracts.odcs_document import yaml_of
from warehouse.contracts.read_source import read_source
from warehouse.intake.site_config import parse
from warehouse.proposals.site_proposal import Proposal, propose
from warehouse.storage.errors import RegistryError

HEAD = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "x", "version": "1.0.0", "status": "active"}
DATE = {"logicalType": "date"}
CODES = {"quality": [{"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["RFA", "Mikrowelle"]}}]}
ABLATIONS: list[dict[str, Any]] = [
    {"name": "PATNR", "businessName": "Pat.-Nr."},
    {"name": "DAT", "businessName": "Eingriffsdatum", **DATE, "logicalTypeOptions": {"format": "dd.MM.yyyy"}},
    {"name": "HERD", "businessName": "Herd"},
    {"name": "DMAX", "businessName": "Durchmesser (cm)", "examples": ["2,9"]},
    {"name": "VERF", "businessName": "Verfahren", **CODES},
    {"name": "KAPSEL", "businessName": "Kapsel", "description": "Kapsel: 0 = nein, 1 = ja"},
]


def written(folder: Path, *tables: tuple[str, list[dict[str, Any]]], **head: Any) -> Path:
    """A contract with these tables, as a file."""
    schema = [{"name": name, "properties": properties} for name, properties in tables]
    path = folder / "north.odcs.yaml"
    path.write_text(yaml.safe_dump(HEAD | head | {"schema": schema}, allow_unicode=True), encoding="utf-8")
    return path


def of_contract(folder: Path, *tables: tuple[str, list[dict[str, Any]]]) -> Proposal:
    """The proposal from a contract alone; it is a site.toml that the registry takes."""
    found = propose(folder / "not-there", None, read_source(written(folder, *tables), []))
    parse(found.text, "north")
    return found


def without(name: str, **more: Any) -> list[dict[str, Any]]:
    """The ablations with one column changed."""
    return [{**one, **more} if one["name"] == name else one for one in ABLATIONS]


@pytest.mark.long
def test_names_codes_and_dates_become_lines(tmp_path: Path) -> None:
    """Titles say what a column is, the format how its dates are written, the list and the legend what codes mean."""
    found = of_contract(tmp_path, ("ablationen", ABLATIONS))
    columns = columns_of(found, "rfa_sessions")
    assert columns["patient_id"] == "PATNR" and columns["lesion_id"] == "HERD"
    assert columns["session_date"] == {"from": "DAT", "format": ["%d.%m.%Y"]}
    assert columns["max_diameter_mm"] == {"from": "DMAX", "unit": "cm"}
    assert columns["modality"]["codes"]["Mikrowelle"] == "mwa"
    assert columns["subcapsular"]["codes"] == {"0": "no", "1": "yes"}
    assert lines_of(found)["exports"]["rfa_sessions"]["source"] == "ablationen"
    assert [one.n_rows for one in found.found] == [None]


def test_what_only_a_file_tells_is_asked(tmp_path: Path) -> None:
    """How dates and numbers are written, what the codes are, and whether patient and date name a session."""
    bare = [{key: value for key, value in one.items() if key in ("name", "businessName")} for one in ABLATIONS]
    found = of_contract(tmp_path, ("ablationen", bare))
    asked = questions_of(found)
    for words in (
        "does not say how the dates of DAT",
        "lists no values of VERF",
        "Only a file can tell how numbers are written",
        "only a file shows whether patient and date tell its rows apart",
    ):
        assert words in asked, words
    assert columns_of(found, "rfa_sessions")["session_date"] == "DAT"
    assert "session_id" not in columns_of(found, "rfa_sessions")


@pytest.mark.long
def test_our_own_contract_is_the_identity(tmp_path: Path) -> None:
    """`registry contract` and back: nothing has to be said of files that are as the contract says."""
    contract = exports_contract(tuple(EXPORTS), RuleBook(), "0.1.0", "3.1")
    path = tmp_path / "registry.odcs.yaml"
    path.write_text(yaml_of(contract, "For a test."), encoding="utf-8")
    found = propose(tmp_path / "not-there", None, read_source(path, []))
    assert found.says_nothing, found.text
    assert {name for one in found.found for name in one.exports} == set(EXPORTS)


@pytest.mark.long
def test_files_outrank_the_contract(kit: Kit, tmp_path: Path) -> None:
    """Where a file has come, its cells decide, and the contract only says what its technical names mean."""
    rows = "PATNR;DAT;HERD;DMAX;VERF;KAPSEL\nN-1;2021-03-25;1;29;RFA;1\nN-2;2021-04-13;1;14;Mikrowelle;0\n"
    kit.deliver(SITE, "klinik", "2024-06-30.csv", rows)
    folder = kit.home.landing / SITE
    found = propose(folder, None, read_source(written(tmp_path, ("ablationen", ABLATIONS)), []))
    columns = columns_of(found, "rfa_sessions")
    assert columns["patient_id"] == "PATNR" and columns["session_date"] == "DAT"
    assert columns["modality"]["codes"]["Mikrowelle"] == "mwa"
    assert lines_of(found)["exports"]["rfa_sessions"]["source"] == "klinik"
    assert "ablationen" not in lines_of(found).get("sources", {})
    assert "session_date" not in columns_of(propose(folder), "rfa_sessions")


@pytest.mark.long
def test_a_proposal_for_a_site_to_come_is_written(kit: Kit, tmp_path: Path) -> None:
    """The command makes the site's folder and writes its site.toml; files that come then load by it."""
    path = written(tmp_path, ("ablationen", without("DMAX", examples=["2.9"])))
    ran = run_here(kit.home.root, "map", "east", "--contract", str(path))
    assert ran.code == 0, ran.err.decode()
    assert "data contract" in ran.text and "Written to landing/east/site.toml" in ran.text
    kit.deliver("east", "ablationen", "2024-06-30.csv", "PATNR;DAT;HERD;DMAX;VERF;KAPSEL\nE-1;25.03.2021;1;2.9;RFA;1\n")
    text = (kit.home.landing / "east" / "site.toml").read_text(encoding="utf-8")
    answer = '# session_id = { join = ["PATNR", "DAT"], with = "_" }'
    assert answer in text
    kit.configure("east", text.replace(answer, answer.removeprefix("# ")))
    kit.refresh()
    assert kit.problems == [] and kit.entries() == []
    asked = "SELECT CAST(session_date AS VARCHAR), max_diameter_mm, modality, subcapsular FROM clean.rfa_sessions"
    assert kit.tuples(asked) == [("2021-03-25", 29.0, "rfa", "yes")]


def test_columns_within_columns_are_told(tmp_path: Path) -> None:
    """Only the first level is read, and a sentence says so."""
    notes: list[str] = []
    nested = {"name": "Befund", "logicalType": "object", "properties": [{"name": "Text"}]}
    (table,) = read_source(written(tmp_path, ("ablationen", [*ABLATIONS, nested])), notes)
    assert "Befund" not in [one.name for one in table.columns]
    assert notes == ["In ablationen, Befund hold further columns, which are not read: a table has one level."]


@pytest.mark.long
def test_two_tables_of_one_export_are_asked(tmp_path: Path) -> None:
    """A second table of the same columns is a source too; one with fewer of them is a question."""
    found = of_contract(tmp_path, ("alt", ABLATIONS), ("neu", ABLATIONS[:4]))
    source = lines_of(found)["exports"]["rfa_sessions"]["source"]
    assert source == "alt"
    assert "neu has columns of rfa_sessions too: DAT, HERD, DMAX." in questions_of(found)
    found = of_contract(tmp_path, ("alt", ABLATIONS), ("neu", ABLATIONS))
    assert lines_of(found)["exports"]["rfa_sessions"]["source"] == ["alt", "neu"]


WRONG = {
    "no YAML": ("kind: [", "north.odcs.yaml: The file is not YAML"),
    "another kind": ("kind: Recipe\n", "north.odcs.yaml is no data contract: `kind` is not DataContract."),
    "the form before": ("dataContractSpecification: 1.1.0\nid: x\n", "is a Data Contract Specification"),
    "an old version": ("kind: DataContract\napiVersion: v2.2.2\n", "is of ODCS 2.2.2; versions 3.0 to 3.2 are read."),
    "a later version": ("kind: DataContract\napiVersion: v4.0.0\n", "is of ODCS 4.0.0"),
    "no version": ("kind: DataContract\n", "is without apiVersion"),
    "no table": ("kind: DataContract\napiVersion: v3.1.0\n", "declares no table."),
    "a list": ("- kind\n", "holds no keys"),
    "a table twice": (
        "kind: DataContract\napiVersion: v3.1.0\nschema: [{name: A, properties: []}, {name: a, properties: []}]\n",
        "declares the table A twice.",
    ),
    "a column twice": (
        "kind: DataContract\napiVersion: v3.1.0\nschema: [{name: A, properties: [{name: b}, {name: B}]}]\n",
        "A declares the column b twice.",
    ),
    "a column without a name": (
        "kind: DataContract\napiVersion: v3.1.0\nschema: [{name: A, properties: [{title: b}]}]\n",
        "`name` of a property of A is missing",
    ),
    "properties that are no list": (
        "kind: DataContract\napiVersion: v3.1.0\nschema: [{name: A, properties: yes}]\n",
        "`properties` of A is no list.",
    ),
    "too long": ("kind: DataContract\n" + "#" * 1_000_001, "longer than a million characters"),
    "too many columns": (
        "kind: DataContract\napiVersion: v3.1.0\nschema:\n- name: A\n  properties:\n"
        + "".join(f"  - {{name: c{number}}}\n" for number in range(2_001)),
        "A has more than 2,000 columns.",
    ),
}


@pytest.mark.parametrize(("text", "said"), quick(8, WRONG.values()), ids=WRONG.keys())
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str, said: str) -> None:
    """One sentence with its cure, and no traceback."""
    path = tmp_path / "north.odcs.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError) as refused:
        read_source(path, [])
    assert said in str(refused.value) and refused.value.cure


def test_a_bomb_of_aliases_is_read_in_no_time(tmp_path: Path) -> None:
    """Lists of lists of one anchor, which would be a billion entries if they were followed, are not."""
    lines = ["kind: DataContract", "apiVersion: v3.1.0", "id: &a0 [x, x]"]
    lines += [f"k{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]" for number in range(1, 10)]
    lines += ["schema:", "- name: A", "  properties:", "  - {name: b, examples: *a9, description: *a9}"]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    (table,) = read_source(path, [])
    assert table.columns[0].examples == () and table.columns[0].description == ""


def test_a_contract_of_something_else_proposes_nothing(kit: Kit, tmp_path: Path) -> None:
    """Where no column is known, the command says so and ends with 1."""
    path = written(tmp_path, ("orders", [{"name": "sku"}, {"name": "price"}]))
    ran = run_here(kit.home.root, "map", "east", "--contract", str(path))
    assert ran.code == 1 and "There is nothing to propose" in ran.complaint
    assert not (kit.home.landing / "east").exists()
    assert "cannot be read" in run_here(kit.home.root, "map", "east", "--contract", "nothing.yaml").complaint
