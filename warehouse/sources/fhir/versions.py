"""Refuses resources of another version of FHIR: by what they say of it, or by elements that R4 does not have."""

import duckdb

from warehouse.sources.fhir.elements import BEFORE_R4, OF_R5
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

CURE = "Deliver FHIR R4 (4.0.1): a server tells its version at /metadata, and most export R4 beside others."
OWN_WORDS, BEFORE_BY_NAME, DSTU2_BY_NAME, R5_BY_ELEMENT, BEFORE_BY_ELEMENT = (
    "words",
    "BEFORE",
    "DSTU2",
    "R5+",
    "BEFORE+",
)
"""How a resource tells that it is of another version; the name of an element follows a plus."""
OTHER_RESOURCES = {
    "BodySite": BEFORE_BY_NAME,
    "ProcedureRequest": BEFORE_BY_NAME,
    "MedicationOrder": DSTU2_BY_NAME,
}
"""Resources that R4 does not have."""


def foreign() -> str:
    """Return SQL of how a resource tells that it is not of R4, from its elements; null if it does not."""
    version = "coalesce(meta.fhirVersion, fhirVersion ->> '$')"
    by_resource: dict[str, list[str]] = {}
    for by, elements in ((R5_BY_ELEMENT, OF_R5), (BEFORE_BY_ELEMENT, BEFORE_R4)):
        for resource, names in elements.items():
            known = [f"WHEN \"{name}\" IS NOT NULL THEN '{by}{name}'" for name in names]
            by_resource.setdefault(resource, []).extend(known)
    by_resource["Specimen"].append(
        "WHEN collection.bodySite.concept IS NOT NULL OR collection.bodySite.reference IS NOT NULL "
        f"THEN '{R5_BY_ELEMENT}collection.bodySite.concept'"
    )
    by_resource["Condition"] = [f"WHEN json_type(clinicalStatus) = 'VARCHAR' THEN '{BEFORE_BY_ELEMENT}clinicalStatus'"]
    by_resource |= {resource: [f"WHEN true THEN '{by}'"] for resource, by in OTHER_RESOURCES.items()}
    whens = " ".join(
        f"WHEN {sql_text(resource)} THEN CASE {' '.join(known)} END" for resource, known in by_resource.items()
    )
    return (
        f"CASE WHEN {version} IS NOT NULL AND NOT starts_with({version}, '4.0') AND NOT starts_with({version}, '4.3') "
        f"AND {version} NOT IN ('R4', 'R4B') THEN '{OWN_WORDS}' ELSE CASE resourceType {whens} END END"
    )


def check_version(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Raise DeliveryRejected if a resource of the table is not of R4, and name the first and what tells it."""
    row = con.execute(
        f"SELECT n, resource, foreign_by FROM {table} WHERE foreign_by IS NOT NULL ORDER BY n LIMIT 1"  # noqa: S608
    ).fetchone()
    if row is not None:
        raise _refusal(*row)


def _refusal(number: int, kind: str, by: str) -> DeliveryRejected:
    """Return the refusal of a resource, in a sentence for each way to tell its version."""
    element = by.partition("+")[2]
    if by == OWN_WORDS:
        return DeliveryRejected(
            f"Resource {number:,} ({kind}) is FHIR of another version and not R4, by its own words.", CURE
        )
    if by == BEFORE_BY_NAME:
        return DeliveryRejected(f"Resource {number:,} ({kind}) is FHIR DSTU2 or STU3 and not R4, by its name.", CURE)
    if by == DSTU2_BY_NAME:
        return DeliveryRejected(f"Resource {number:,} ({kind}) is FHIR DSTU2 and not R4, by its name.", CURE)
    if by.startswith(R5_BY_ELEMENT):
        return DeliveryRejected(f"Resource {number:,} ({kind}) is FHIR R5 and not R4, by the element {element}.", CURE)
    return DeliveryRejected(
        f"Resource {number:,} ({kind}) is FHIR DSTU2 or STU3 and not R4, by the element {element}.", CURE
    )
