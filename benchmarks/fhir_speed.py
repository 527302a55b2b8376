"""Measures reading FHIR, NDJSON of many resources as rows of the exports, against DuckDB's read_json of the elements.

A bulk export is made up in the proportions of a registry: of each patient one Patient, two tumours, two ablations with
a size each, a specimen, a region studied, a variant and eight readings of exams. Both sides run with one thread, as a
load does, each in a process of its own: `read_json` makes a table of the needed elements, the other all rows of all
exports. Median of the rounds; the ratio is of processor seconds, with seconds beside it.

Run from the checkout: `python -m benchmarks.fhir_speed --resources 1000000 --rounds 3`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import duckdb

OF_A_PATIENT = 18
LOINC, SCT = "http://loinc.org", "http://snomed.info/sct"


def resources(n: int) -> Iterator[dict]:
    """Yield about `n` resources, patient by patient."""
    for number in range(-(-n // OF_A_PATIENT)):
        yield from _of_patient(f"p{number}", number)


def _of_patient(patient: str, number: int) -> Iterator[dict]:
    subject, day = {"reference": f"Patient/{patient}"}, f"20{10 + number % 10}-0{1 + number % 9}-1{number % 9}"
    yield {
        "resourceType": "Patient",
        "id": patient,
        "identifier": [{"system": "http://hospital.example.org/mrn", "value": f"{number:08}"}],
        "name": [{"family": "Nobody", "given": ["No"]}],
        "gender": "female" if number % 2 else "male",
        "birthDate": f"{1940 + number % 40}-05-06",
    }
    specimen = {"reference": f"Specimen/{patient}-s"}
    yield {
        "resourceType": "Specimen",
        "id": f"{patient}-s",
        "subject": subject,
        "collection": {"collectedDateTime": day},
    }
    gene = [{"system": "http://www.genenames.org", "code": code} for code in ("HGNC:6407", "HGNC:7989", "HGNC:1097")]
    found = [_component("48018-6", gene[:1]), _component("48005-3", [{"code": "p.(Gly12Asp)"}])]
    yield _observation(f"{patient}-v", "69548-6", subject, day, specimen=specimen, component=found) | _value(
        LOINC, "LA9633-4"
    )
    yield _observation(
        f"{patient}-r", "53041-0", subject, day, specimen=specimen, component=[_component("48018-6", gene)]
    )
    for lesion in range(2):
        tumour = {"reference": f"BodyStructure/{patient}-l{lesion}"}
        yield {"resourceType": "BodyStructure", "id": f"{patient}-l{lesion}", "patient": subject}
        yield {
            "resourceType": "Procedure",
            "id": f"{patient}-a{lesion}",
            "status": "completed",
            "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "47382"}]},
            "subject": subject,
            "performedDateTime": f"{day}T08:30:00+01:00",
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/procedure-targetBodyStructure",
                    "valueReference": tumour,
                }
            ],
        }
        size = {"value": 1.5 + number % 20 / 10, "unit": "cm", "system": "http://unitsofmeasure.org", "code": "cm"}
        length = {"code": {"coding": [{"system": LOINC, "code": "33728-7"}]}, "valueQuantity": size}
        yield _observation(f"{patient}-z{lesion}", "21889-1", subject, day, focus=[tumour], component=[length])
        for exam in range(4):
            seen = _observation(
                f"{patient}-e{lesion}{exam}", "97509-4", subject, f"202{exam}-0{1 + number % 9}-11", focus=[tumour]
            )
            yield seen | _value(SCT, "281900007") | {"method": {"coding": [{"system": SCT, "code": "77477000"}]}}


def _observation(name: str, code: str, subject: dict, day: str, **more: object) -> dict:
    return {
        "resourceType": "Observation",
        "id": name,
        "meta": {"profile": ["http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-genomic-variant"]},
        "status": "final",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}
        ],
        "code": {"coding": [{"system": LOINC, "code": code, "display": "What was observed"}]},
        "subject": subject,
        "effectiveDateTime": day,
        "performer": [{"reference": "Practitioner/somebody"}],
        **more,
    }


def _component(code: str, codings: list[dict]) -> dict:
    return {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueCodeableConcept": {"coding": codings}}


def _value(system: str, code: str) -> dict:
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


def read(path: Path, as_rows: bool) -> None:
    """Read the file one way, and print processor seconds, seconds and rows."""
    from warehouse.sources.fhir.elements import ELEMENTS
    from warehouse.sources.fhir.flat import open_flat
    from warehouse.storage.sql_files import sql_text

    con = duckdb.connect(config={"threads": 1, "temp_directory": str(path.parent)})
    started, began = time.process_time(), time.perf_counter()
    if as_rows:
        n = open_flat(con, path).n_records
    else:
        columns = ", ".join(f"{name}: {sql_text(kind)}" for name, kind in ELEMENTS.items())
        source = f"read_json({sql_text(str(path))}, format = 'newline_delimited', columns = {{{columns}}})"
        con.execute(f"CREATE TEMP TABLE elements AS FROM {source}")
        n = (con.execute("SELECT count(*) FROM elements").fetchone() or (0,))[0]
    print(json.dumps([time.process_time() - started, time.perf_counter() - began, n]))


def _measured(path: Path, as_rows: bool) -> list[float]:
    how = "--rows" if as_rows else "--elements"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fhir_speed", how, str(path)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def measure(n: int, rounds: int, folder: Path) -> None:
    """Print both sides and their ratio."""
    path = folder / "bulk.ndjson"
    with open(path, "w", encoding="utf-8") as file:
        for one in resources(n):
            file.write(json.dumps(one) + "\n")
    sides = {as_rows: [_measured(path, as_rows) for _ in range(rounds)] for as_rows in (False, True)}
    costs = {as_rows: [median(part) for part in zip(*found, strict=True)] for as_rows, found in sides.items()}
    print(f"{costs[False][2]:,.0f} resources, {path.stat().st_size / 1e6:,.0f} MB, {costs[True][2]:,.0f} rows")
    for name, as_rows in (("read_json of the elements", False), ("rows of the exports", True)):
        print(f"{name}: {costs[as_rows][0]:.2f} processor s, {costs[as_rows][1]:.2f} s")
    print(f"ratio {costs[True][0] / costs[False][0]:.2f} (seconds {costs[True][1] / costs[False][1]:.2f})")


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resources", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=Path)
    parser.add_argument("--elements", type=Path)
    asked = parser.parse_args()
    if asked.rows or asked.elements:
        read(asked.rows or asked.elements, asked.rows is not None)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(asked.resources, asked.rounds, Path(folder))


if __name__ == "__main__":
    main()
