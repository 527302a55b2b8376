"""The contract of a site's own files counts what the registry sets aside or flags, by the steps of its site.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.orchestration.command import run_here
from tests.warehouse.kit import SITE, Kit
from warehouse.contracts.site_contract import site_contracts

TOML = """
[sources.klinik]
missing = ["k.A."]
decimal = ","

[exports.rfa_sessions]
source = "klinik"
where = { Art = ["Ablation"] }

[exports.rfa_sessions.columns]
patient_id = "Patient"
session_id = { join = ["Patient", "Datum"], with = "_" }
session_date = { from = "Datum", format = ["%d.%m.%Y"] }
lesion_id = "Herd"
max_diameter_mm = { from = "Größe (cm)", unit = "cm" }
modality = { from = "Verfahren", codes = { Mikrowelle = "mwa" } }
power_w = "Leistung"
"""
HEADER = "Patient;Datum;Herd;Größe (cm);Verfahren;Leistung;Art;Station"
SOUND = "N-1;25.03.2021;1;2,9;RFA;50;Ablation;A"
ROWS = (
    SOUND,
    "N-2;25.03.2021;1;1,4;Mikrowelle;k.A.;Ablation;A",
    "N-3;25.03.2021;1;k.A.;rfa;60;Ablation;A",  # REQ-01
    "N-4;32.03.2021;1;2,9;RFA;60;Ablation;A",  # TYPE-01
    "N-5;25.03.1987;1;2,9;RFA;60;Ablation;A",  # ABL-02
    "N-6;25.03.2021;1;20,1;RFA;60;Ablation;A",  # LES-03 and LES-03-W
    "N-7;25.03.2021;1;2,9;Laser;60;Ablation;A",  # ABL-11
    "N-8;25.03.2021;1;2,9;RFA;500;Ablation;A",  # ABL-06
    "N-9;25.03.2021;1;99;Laser;500;Biopsie;A",  # left out by `where`
)


def counts(contract: dict[str, Any], rows: tuple[str, ...], folder: Path) -> dict[str, int]:
    """What the SQL of a contract counts on a file of these rows, read as DuckDB reads a CSV; rules that find none left
    out.
    """
    path = folder / "rows.csv"
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    (table,) = contract["schema"]
    con = duckdb.connect()
    con.execute(f"CREATE TABLE {table['name']} AS FROM read_csv('{path}')")
    found: dict[str, int] = {}
    for holder in (table, *table.get("properties", [])):
        for rule in holder.get("quality", []):
            row = con.execute(rule["query"].replace("{object}", table["name"])).fetchone()
            assert row is not None
            if row[0]:
                found[f"{rule['id']} {holder['name']}"] = row[0]
    return found


@pytest.fixture
def contract(kit: Kit) -> dict[str, Any]:
    """The contract of the clinic's one source."""
    kit.configure(SITE, TOML)
    kit.deliver(SITE, "klinik", "2024-06-30.csv", "\n".join([HEADER, SOUND, ""]))
    ((name, found),) = site_contracts(kit.home.landing / SITE, SITE, "0.1.0", "3.1", [])
    assert name == "klinik"
    return found


@pytest.mark.long
def test_each_rule_counts_the_rows_that_the_registry_finds(kit: Kit, contract: dict[str, Any], tmp_path: Path) -> None:
    """The same rows, delivered, are set aside or flagged by the same rules in the same columns, and as many."""
    found = counts(contract, ROWS, tmp_path)
    kit.deliver(SITE, "klinik", "2024-07-31.csv", "\n".join([HEADER, *ROWS, ""]))
    kit.refresh()
    judged = kit.tuples(
        "SELECT rule_id, column_name, count(*) FROM quality.findings WHERE rule_id NOT IN ('PARENT-01') GROUP BY ALL"
    )
    of_column = {
        "max_diameter_mm": "Größe (cm)",
        "session_date": "Datum",
        "modality": "Verfahren",
        "power_w": "Leistung",
    }
    registry = {f"{rule} {of_column[column]}": n for rule, column, n in judged}
    assert len(registry) >= 6
    assert {key: found.get(key) for key in registry} == registry
    # a row that one phase sets aside is not seen by the next, so a contract may count more rules
    assert set(found) - set(registry) <= {"LES-03-W Größe (cm)"}


def test_a_sound_file_is_sound(contract: dict[str, Any], tmp_path: Path) -> None:
    """Decimal commas, German dates, codes of its own and words for not known break no rule."""
    assert counts(contract, ROWS[:2], tmp_path) == {}


def test_every_column_of_the_file_is_declared(contract: dict[str, Any]) -> None:
    """The names are those of the header to the letter; one that the registry does not read is there too."""
    names = [one["name"] for one in contract["schema"][0]["properties"]]
    assert names == HEADER.split(";")
    assert contract["servers"][0]["path"] == "./klinik/*.csv"


def test_a_name_with_a_point_moves_the_rules_to_the_table(kit: Kit, tmp_path: Path) -> None:
    """datacontract-cli calls such a column missing, so none is declared; the rules are the same and count the same."""
    kit.configure(SITE, TOML.replace('"Patient"', '"Pat.-Nr."'))
    header = HEADER.replace("Patient", "Pat.-Nr.")
    kit.deliver(SITE, "klinik", "2024-06-30.csv", "\n".join([header, SOUND, ""]))
    ((_, found),) = site_contracts(kit.home.landing / SITE, SITE, "0.1.0", "3.1", [])
    (table,) = found["schema"]
    assert "properties" not in table and table["customProperties"][0]["value"] == header.split(";")
    assert {rule["id"] for rule in table["quality"]} >= {"REQ-01", "TYPE-01", "LES-03", "ABL-11"}


def test_files_whose_headers_differ_in_letters_are_not_read_together(kit: Kit) -> None:
    """Names are compared to the letter in all of them, so the contract is about the newest file alone."""
    kit.configure(SITE, TOML)
    for name, header in (("2024-01-31.csv", HEADER.upper()), ("2024-06-30.csv", HEADER)):
        kit.deliver(SITE, "klinik", name, "\n".join([header, SOUND, ""]))
    ((_, found),) = site_contracts(kit.home.landing / SITE, SITE, "0.1.0", "3.1", [])
    assert found["servers"][0]["path"] == "./klinik/2024-06-30.csv"


def test_files_in_the_registrys_own_form_need_no_site_toml(kit: Kit, tmp_path: Path) -> None:
    """Columns that a site does not deliver are not in its contract, nor are rules that name them."""
    rows = "patient_id,session_id,session_date,lesion_id,max_diameter_mm,modality\nP1,S1,2020-01-01,L1,20,RFA\n"
    kit.deliver(SITE, "rfa_sessions", "2024-06-30.csv", rows)
    ((_, found),) = site_contracts(kit.home.landing / SITE, SITE, "0.1.0", "3.1", [])
    (table,) = found["schema"]
    assert [one["name"] for one in table["properties"]] == rows.splitlines()[0].split(",")
    ids = {rule["id"] for one in table["properties"] for rule in one["quality"]}
    assert "LES-03" in ids and "ABL-08" not in ids and "ABL-06" not in ids


LEFT_OUT = {
    "cp1252": 'encoding = "cp1252"\n',
    "its header is not in the first row": "header_row = 2\n",
    "it is an export of redcap": 'kind = "redcap"\n',
}


def test_what_other_tools_cannot_read_is_left_out_by_name(kit: Kit, tmp_path: Path) -> None:
    """A source of another encoding, kind or form is named with the reason; a site of such alone is an error."""
    kit.deliver(SITE, "klinik", "2024-06-30.csv", "\n".join([HEADER, SOUND, ""]))
    for words, line in LEFT_OUT.items():
        kit.configure(SITE, TOML.replace("[sources.klinik]\n", f"[sources.klinik]\n{line}"))
        ran = run_here(kit.home.root, "contract", "--site", SITE, "--out", str(tmp_path / "out"))
        assert ran.code == 1 and f"No file of {SITE} can be checked by other tools." in ran.complaint
        assert ran.text.startswith("Left out: klinik: ") and words in ran.text
    assert not (tmp_path / "out").exists()
