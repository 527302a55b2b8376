"""Says what is kept of each resource when its file is read: no more than the rows of the exports are made of.

A file is read once. Objects that are empty in most resources cost as much to keep as full ones, so that of each the
parts are kept that are needed, and what only one check needs is judged while reading.
"""

from warehouse.sources.fhir.codes import OWN
from warehouse.sources.fhir.judged import JUDGED, TOPICS
from warehouse.sources.fhir.sql import day
from warehouse.sources.fhir.versions import foreign
from warehouse.storage.sql_files import sql_text

EFFECTIVE = "coalesce(effectiveDateTime, effectiveInstant, effectivePeriod.start)"
PERFORMED = "coalesce(performedDateTime, performedPeriod.start, performedString)"
STATUSES = {
    "Observation": ("registered", "preliminary", "cancelled", "unknown"),
    "DiagnosticReport": ("registered", "partial", "preliminary", "appended", "cancelled", "unknown"),
    "Procedure": ("preparation", "in-progress", "not-done", "on-hold", "stopped", "unknown"),
}
"""Codes of a status that say that the resource does not hold, by resource."""
HOLDS = {"Observation": ("final", "amended", "corrected"), "Procedure": ("completed",)}
HOLDS["DiagnosticReport"] = HOLDS["Observation"]
ENTERED_IN_ERROR, NOT_FINAL, NO_STATUS, OLDER = (
    "entered in error",
    "status is not final",
    "status is no code of FHIR R4",
    "older version of a resource",
)
"""Why a resource's rows are of no export."""
SAID = {
    "resource": "resourceType",
    "id": "id",
    "status": "status",
    "code": "code.coding[1].code",
    "code_text": "coalesce(code.text, code.coding[1].display)",
    "value_code": "valueCodeableConcept.coding[1].code",
    "value_text": "coalesce(valueCodeableConcept.text, valueCodeableConcept.coding[1].display, valueString)",
    "value_number": "coalesce(valueQuantity.value, valueInteger)",
    "value_unit": "valueQuantity.code",
    "method_code": "method.coding[1].code",
    "body_site": "coalesce(bodySite ->> '$.coding[0].code', bodySite ->> '$[0].coding[0].code', "
    "location ->> '$.coding[0].code', collection.bodySite.coding[1].code)",
    "date": day(f"coalesce({EFFECTIVE}, {PERFORMED})"),
}
"""Columns of what every resource says, for site.toml -> SQL."""


def _own() -> str:
    """Return SQL of a map of our own extensions: export:column -> text; null where there are none, as mostly."""
    value = "coalesce(e.valueString, e.valueCode, e.valueDecimal, e.valueInteger, e.valueDate)"
    return (
        f"CASE WHEN len(extension) > 1 OR starts_with(extension[1].url, '{OWN}') THEN "
        f"map_from_entries(list_transform(list_filter(extension, "
        f"lambda e: starts_with(e.url, '{OWN}')), lambda e: {{'k': e.url[{len(OWN) + 1}:], 'v': {value}}})) END"
    )


def _state() -> str:
    """Return SQL of why the rows of a resource are of no export, by its status; null if they are."""
    whens = ["WHEN status = 'entered-in-error' OR contains(verificationStatus::VARCHAR, 'entered-in-error') THEN 0"]
    for resource, codes in STATUSES.items():
        holding = ", ".join(map(sql_text, HOLDS[resource]))
        others = ", ".join(map(sql_text, codes))
        whens.append(
            f"WHEN resourceType = '{resource}' THEN CASE WHEN list_contains([{holding}], status) THEN NULL "
            f"WHEN list_contains([{others}], status) THEN 1 ELSE 2 END"
        )
    reasons = ", ".join(map(sql_text, (ENTERED_IN_ERROR, NOT_FINAL, NO_STATUS)))
    return f"[{reasons}][1 + CASE {' '.join(whens)} END]"


KEPT = {
    **{f"said_{name}": sql for name, sql in SAID.items() if name not in ("resource", "id")},
    "resource": "resourceType",
    "id": "id",
    "identifiers": "identifier",
    "key": "own_key",
    "full_url": "_fullUrl",
    "updated": "meta.lastUpdated",
    "foreign_by": foreign(),
    "state": _state(),
    "own": _own(),
    "contained": "contained",
    "effective": EFFECTIVE,
    "performed": PERFORMED,
    "issued": "issued",
    "started": "started",
    "collected": "coalesce(collection.collectedDateTime, collection.collectedPeriod.start)",
    "gender": "gender",
    "birth_date": "birthDate",
    "deceased": "deceasedBoolean",
    "deceased_at": "deceasedDateTime",
    **{name: name for name, _ in TOPICS if name not in ("is_msi", "is_tmb")},
    **JUDGED,
}
"""Column of the table of resources -> SQL of the elements."""
