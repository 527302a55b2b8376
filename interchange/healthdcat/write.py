"""Writes dataset.jsonld, to_fill_in.jsonld with what only the data holder can say, and quality_label.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interchange.healthdcat.description import MANDATORY, NAMES, RECOMMENDED, REGULATION, description_of
from interchange.healthdcat.facts import facts_of
from interchange.healthdcat.label import Element, label_of
from interchange.outgoing import Outgoing, Written
from warehouse.storage.errors import RegistryError

DATASET, TO_FILL_IN, LABEL = "dataset.jsonld", "to_fill_in.jsonld", "quality_label.md"
LETTERS = {
    "a": "Data documentation",
    "b": "Technical quality",
    "c": "Data quality management processes",
    "d": "Coverage",
    "e": "Access and provision",
    "f": "Data modifications",
}


def write(release: Outgoing, folder: Path) -> Written:
    """Write the three files; notes name what the data holder has to add. RegistryError for a recipe's cohort."""
    if release.recipe:
        raise RegistryError("A description for a catalogue is of a whole release.", "Leave out --recipe.")
    release.require("cohort.patients", "derived.last_known_alive", "clean.rfa_sessions")
    facts = facts_of(release)
    dataset = description_of(release, facts)
    elements = label_of(release, facts)
    _write(folder / DATASET, dataset)
    _write(folder / TO_FILL_IN, _to_fill_in(dataset["@id"]))
    (folder / LABEL).write_text(_label(release.release_id, elements), encoding="utf-8")
    unknown = [one.asked for one in elements if not one.is_known]
    return Written(
        {
            DATASET: sum(not name.startswith("@") for name in dataset),
            TO_FILL_IN: len(MANDATORY) + len(RECOMMENDED),
            LABEL: len(elements),
        },
        (
            f"Not valid before the data holder has said: {', '.join(MANDATORY)} ({TO_FILL_IN}).",
            f"Recommended, and not known to a release: {', '.join(RECOMMENDED)}.",
            f"Of the label, not known to a release: {', '.join(unknown)}.",
        ),
        "element",
    )


def _to_fill_in(identifier: str) -> dict[str, Any]:
    """Return a form of the same dataset, whose texts say what belongs there."""
    agent = {
        "@type": "foaf:Agent",
        "foaf:name": "...",
        "cv:contactPoint": {"@type": "cv:ContactPoint", "cv:email": "...", "cv:contactPage": {"@id": "https://..."}},
    }
    found: dict[str, Any] = {"@context": NAMES, "@id": identifier}
    for name, what in (MANDATORY | RECOMMENDED).items():
        found[name] = f"... {what}"
    found["healthdcatap:hdab"] = agent
    found["dct:publisher"] = agent
    found["geodcatap:custodian"] = agent
    found["dcat:contactPoint"] = {"@type": "vcard:Kind", "vcard:hasEmail": {"@id": "mailto:..."}}
    found["dcat:distribution"] = {
        "@type": "dcat:Distribution",
        "dcatap:applicableLegislation": {"@id": REGULATION},
        "dcat:accessURL": {"@id": "https://..."},
    }
    return found


def _label(release_id: str, elements: Sequence[Element]) -> str:
    lines = [
        "# Data quality and utility: what the release says",
        f"Release {release_id}. Elements of Article 78(3) of Regulation (EU) 2025/327, in the registry's words. This "
        "is material for a label, and not the label.",
    ]
    for letter, title in LETTERS.items():
        rows = [f"| {one.asked} | {one.said} | {one.source} |" for one in elements if one.letter == letter]
        lines.append(
            "\n".join([f"## ({letter}) {title}", "", "| element | the release says | from |", "|---|---|---|", *rows])
        )
    return "\n\n".join(lines) + "\n"


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
