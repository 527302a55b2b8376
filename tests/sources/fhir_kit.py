"""Helpers for tests of FHIR sources: small resources of our own, and what a feed takes of a file of them."""

import json
import re
import tomllib
from pathlib import Path

from tests.sources.castor_kit import Taken
from tests.sources.castor_kit import take as take_rows
from warehouse.sources.site_mapping import Feed, read_mapping

LOINC, SCT, HGNC = "http://loinc.org", "http://snomed.info/sct", "http://www.genenames.org"
PRESENT, ABSENT, NO_CALL, INDETERMINATE = "LA9633-4", "LA9634-2", "LA18198-4", "LA11884-6"
PATIENT = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1950-02-03"}
LESION = {"resourceType": "BodyStructure", "id": "l1", "patient": {"reference": "Patient/p1"}}
SPECIMEN = {
    "resourceType": "Specimen",
    "id": "s1",
    "subject": {"reference": "Patient/p1"},
    "collection": {
        "collectedDateTime": "2020-01-02T23:30:00-05:00",
        "bodySite": {"coding": [{"system": SCT, "code": "10200004"}]},
    },
}


def concept(*codes: str, system: str = LOINC) -> dict:
    """A CodeableConcept of these codes; a code after a colon in parentheses is its display."""
    return {"coding": [{"system": system, "code": code} for code in codes]}


def gene(*codes: str, system: str = HGNC, display: str | None = None) -> dict:
    """The component of the genes of an observation."""
    codings = [{"system": system, "code": code, **({"display": display} if display else {})} for code in codes]
    return {"code": concept("48018-6"), "valueCodeableConcept": {"coding": codings}}


def hgvs(code: str, text: str) -> dict:
    """The component of a variant in HGVS."""
    return {"code": concept(code), "valueCodeableConcept": concept(text, system="http://varnomen.hgvs.org")}


def quantity(value: float, code: str | None = None, **more: str) -> dict:
    """A quantity of UCUM."""
    own = {"system": "http://unitsofmeasure.org", "code": code} if code else {}
    return {"value": value, **own, **more}


def observation(code: str, **more: object) -> dict:
    """An observation of p1."""
    return {
        "resourceType": "Observation",
        "id": f"o-{code}",
        "status": "final",
        "code": concept(code),
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2020-01-05",
        **more,
    }


def variant(value: str, *components: dict, **more: object) -> dict:
    """An observation of a variant, present, absent or neither, in specimen s1."""
    return observation(
        "69548-6",
        **{
            "valueCodeableConcept": concept(value),
            "component": list(components),
            "specimen": {"reference": "Specimen/s1"},
            **more,
        },
    )


def studied(*codes: str, **more: object) -> dict:
    """An observation of the region that was studied: genes as codings of one component, as in mCODE."""
    return observation("53041-0", **{"component": [gene(*codes)], "specimen": {"reference": "Specimen/s1"}, **more})


def ablation(**more: object) -> dict:
    """A percutaneous radiofrequency ablation of lesion l1."""
    target = {"url": "http://hl7.org/fhir/StructureDefinition/procedure-targetBodyStructure"}
    return {
        "resourceType": "Procedure",
        "id": "a1",
        "status": "completed",
        "code": concept("47382", system="http://www.ama-assn.org/go/cpt"),
        "subject": {"reference": "Patient/p1"},
        "performedDateTime": "2020-03-04T00:30:00+02:00",
        "extension": [{**target, "valueReference": {"reference": "BodyStructure/l1"}}],
        **more,
    }


def size(value: dict, **more: object) -> dict:
    """The size of lesion l1."""
    component = {"code": concept("33728-7"), "valueQuantity": value}
    return observation("21889-1", **{"component": [component], "focus": [{"reference": "BodyStructure/l1"}], **more})


def status(code: str, **more: object) -> dict:
    """The status of lesion l1 in an exam."""
    return observation(
        "97509-4",
        **{
            "valueCodeableConcept": concept(code, system=SCT),
            "focus": [{"reference": "BodyStructure/l1"}],
            "method": concept("77477000", system=SCT),
            "effectiveDateTime": "2020-05-06",
            **more,
        },
    )


def bundle(*resources: dict, kind: str = "collection") -> dict:
    """A bundle of the resources."""
    entries = [
        {"fullUrl": f"http://h.org/fhir/{one['resourceType']}/{one['id']}", "resource": one} for one in resources
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def feed_of(export: str, text: str = "") -> Feed:
    """The feed of an export from a FHIR source; the text is TOML below the export."""
    said = tomllib.loads(f"[sources.ehr]\nkind = 'fhir'\n[exports.{export}]\nsource = 'ehr'\n{text}")
    return read_mapping(said["sources"], said["exports"], "mercy").feeds("ehr", "a.ndjson")[0]


def take(folder: Path, export: str, *resources: dict, text: str = "", as_bundle: bool = False) -> Taken:
    """What an export takes of NDJSON of the resources, or of a bundle of them."""
    path = folder / ("a.json" if as_bundle else "a.ndjson")
    lines = [bundle(*resources)] if as_bundle else resources
    path.write_text("\n".join(json.dumps(one, indent=1 if as_bundle else None) for one in lines), encoding="utf-8")
    return take_file(path, export, text)


def take_file(path: Path, export: str, text: str = "") -> Taken:
    """What an export takes of a file; every row of it is taken or has a reason."""
    return take_rows(path, feed_of(export, text), None)


def cases(folder: Path, export: str, *of: list[dict], text: str = "") -> list[list[dict[str, str | None]]]:
    """What an export takes of each case's resources, read as one file in which each case has a patient of its own."""
    resources = [one for number, case in enumerate(of) for one in json.loads(_named(json.dumps(case), number))]
    rows = take(folder, export, *resources, text=text).rows
    found: list[list[dict[str, str | None]]] = [[] for _ in of]
    for row in rows:
        number, _, name = (row["patient_id"] or "").partition("-")
        mine = {key: _plain(cell, number) for key, cell in row.items() if cell is not None}
        found[int(number[1:])].append({**mine, "patient_id": name})
    return found


def _named(text: str, number: int) -> str:
    return re.sub(r'("id": "|"(?:[A-Z][A-Za-z]+)/)', rf"\1c{number}-", text)


def _plain(cell: str, number: str) -> str:
    return cell.removeprefix(f"{number}-")
