"""Refuses resources of another version of FHIR: by what they say of it, or by elements that R4 does not have."""

import duckdb

from warehouse.sources.fhir.elements import BEFORE_R4, OF_R5
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

CURE = "Deliver FHIR R4 (4.0.1): a server tells its version at /metadata, and most export R4 beside others."
OTHER_RESOURCES = {"BodySite": "DSTU2 or STU3", "ProcedureRequest": "DSTU2 or STU3", "MedicationOrder": "DSTU2"}
"""Resources that R4 does not have."""


def check_version(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Raise DeliveryRejected if a resource of the table is not of R4, and name the first and what tells it."""
    whens = [
        "WHEN version IS NOT NULL AND NOT starts_with(version, '4.0') AND NOT starts_with(version, '4.3') "
        "AND version NOT IN ('R4', 'R4B') THEN 'another version| its own words'"
    ]
    for said, elements in (("R5", OF_R5), ("DSTU2 or STU3", BEFORE_R4)):
        for resource, names in elements.items():
            for name in names:
                known = f"WHEN resource = '{resource}' AND \"{name}\" IS NOT NULL THEN '{said}| the element {name}'"
                whens.append(known)
    whens.append(
        "WHEN resource = 'Specimen' AND (collection.bodySite.concept IS NOT NULL OR collection.bodySite.reference "
        "IS NOT NULL) THEN 'R5| the element collection.bodySite.concept'"
    )
    whens.append(
        "WHEN resource = 'Condition' AND json_type(clinicalStatus) = 'VARCHAR' "
        "THEN 'DSTU2 or STU3| the element clinicalStatus'"
    )
    for resource, said in OTHER_RESOURCES.items():
        whens.append(f"WHEN resource = {sql_text(resource)} THEN '{said}| its name'")
    row = con.execute(
        f"SELECT n, resource, found FROM (SELECT n, resource, CASE {' '.join(whens)} END AS found FROM {table}) "  # noqa: S608
        "WHERE found IS NOT NULL ORDER BY n LIMIT 1"
    ).fetchone()
    if row is None:
        return
    number, kind, found = row
    said, by = found.split("|")
    raise DeliveryRejected(f"Resource {number:,}, a {kind}, is FHIR {said} and not R4, by{by}.", CURE)
