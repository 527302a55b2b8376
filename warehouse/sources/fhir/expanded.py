"""Writes the resources of bundles, and those contained in others, as NDJSON: of each, the elements that are read."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from warehouse.sources.fhir.elements import ELEMENTS, RESOURCES
from warehouse.storage.errors import DeliveryRejected

NOT_FHIR = "Deliver FHIR R4 as JSON: a bundle, NDJSON with one resource on each line, or a ZIP of such files."
DEEPEST = 16
"""Bundles in bundles: the answers of a batch hold the pages of its searches."""


def write_expanded(path: Path, target: Path) -> None:
    """Write the resources of the JSON documents in the file at `path`, one on each line.

    Raises DeliveryRejected if it is no JSON of FHIR.
    """
    with open(target, "w", encoding="utf-8") as lines:
        for document in _documents(path):
            write_resources(lines, _resources(document, {}, DEEPEST))


def write_resources(lines: TextIO, resources: Iterable[dict]) -> None:
    """Write each resource as a line, with the elements that are read."""
    for resource in resources:
        read = ELEMENTS if resource.get("resourceType") in RESOURCES else ("resourceType", "id")
        kept = {name: value for name, value in resource.items() if name in read or name.startswith("_")}
        kept = {name: value for name, value in kept.items() if not isinstance(value, dict | list) or name in ELEMENTS}
        lines.write(json.dumps(kept, ensure_ascii=False) + "\n")


def _documents(path: Path) -> Iterator[Any]:
    """Yield the JSON documents of a file, which stand one after the other."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise DeliveryRejected("The file is not UTF-8.", "Save it as UTF-8 and deliver it again.") from None
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        rest = len(text) - len(text[place:].lstrip()) if text[place].isspace() else place
        if rest >= len(text):
            return
        try:
            document, place = decoder.raw_decode(text, rest)
        except (ValueError, RecursionError):
            line = text.count("\n", 0, rest) + 1
            raise DeliveryRejected(
                f"The file is not JSON: what begins in line {line:,} does not end.", NOT_FHIR
            ) from None
        yield document


def _resources(document: Any, known: dict, deepest: int) -> Iterator[dict]:
    """Yield the resources of a document, with what a bundle's entry says of each."""
    if isinstance(document, list):
        for one in document:
            yield from _resources(one, {}, deepest)
        return
    if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
        raise DeliveryRejected("The file is JSON, but no resource of FHIR: it has no resourceType.", NOT_FHIR)
    if document["resourceType"] != "Bundle":
        yield {**document, **known}
        return
    if deepest == 0:
        raise DeliveryRejected(f"The file has bundles within bundles, more than {DEEPEST} deep.", NOT_FHIR)
    if "issues" in document:
        yield {"resourceType": "Bundle", "fhirVersion": "5.0.0"}
    for entry in document.get("entry") or []:
        if not isinstance(entry, dict):
            raise DeliveryRejected("An entry of a bundle is no object.", NOT_FHIR)
        request = entry.get("request")
        method = request.get("method") if isinstance(request, dict) else None
        known = {"_fullUrl": entry.get("fullUrl"), "_method": method}
        known = {name: value for name, value in known.items() if isinstance(value, str)}
        if isinstance(entry.get("resource"), dict):
            yield from _resources(entry["resource"], known, deepest - 1)
        elif known.get("_method") == "DELETE":
            yield {"resourceType": "deleted", **known}
