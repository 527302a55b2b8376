"""Lists the elements of FHIR R4 that are read, as DuckDB's types, and the resources that they are read of.

An element that is a list in one resource and an object in another is read as JSON, and turned into its own shape where
the resource is known.
"""

CODING = "STRUCT(system VARCHAR, code VARCHAR, display VARCHAR)"
CONCEPT = f"STRUCT(coding {CODING}[], text VARCHAR)"
IDENTIFIER = f"STRUCT(system VARCHAR, value VARCHAR, type {CONCEPT})"
REFERENCE = "STRUCT(reference VARCHAR, identifier STRUCT(system VARCHAR, value VARCHAR))"
QUANTITY = "STRUCT(value VARCHAR, comparator VARCHAR, unit VARCHAR, system VARCHAR, code VARCHAR)"
PERIOD = 'STRUCT("start" VARCHAR, "end" VARCHAR)'
EXTENSION = (
    f"STRUCT(url VARCHAR, valueReference {REFERENCE}, valueCodeableConcept {CONCEPT}, valueString VARCHAR, "
    "valueCode VARCHAR, valueDecimal VARCHAR, valueInteger VARCHAR, valueDate VARCHAR)"
)
COMPONENT = f"STRUCT(code {CONCEPT}, valueCodeableConcept {CONCEPT}, valueQuantity {QUANTITY}, valueString VARCHAR)"
COLLECTION = (
    f"STRUCT(collectedDateTime VARCHAR, collectedPeriod {PERIOD}, "
    f"bodySite STRUCT(coding {CODING}[], text VARCHAR, concept JSON, reference JSON))"
)
OF_R5 = {
    "Observation": ("triggeredBy", "bodyStructure"),
    "Procedure": (
        "occurrenceDateTime",
        "occurrencePeriod",
        "occurrenceString",
        "reason",
        "recorded",
        "reportedBoolean",
    ),
    "BodyStructure": ("includedStructure",),
    "Specimen": ("feature", "combined"),
}
"""Elements that R5 has and R4 does not, by resource."""
BEFORE_R4 = {
    "Observation": ("context", "comment", "comments", "related"),
    "Procedure": ("context", "notDone", "notPerformed", "definition"),
    "Patient": ("animal",),
    "DiagnosticReport": ("context", "codedDiagnosis", "diagnosis"),
}
"""Elements that DSTU2 or STU3 have and R4 does not, by resource."""
ELEMENTS = {
    "resourceType": "VARCHAR",
    "id": "VARCHAR",
    "meta": "STRUCT(lastUpdated VARCHAR, profile VARCHAR[], fhirVersion VARCHAR)",
    "fhirVersion": "JSON",
    "contained": "JSON",
    "extension": f"{EXTENSION}[]",
    "identifier": f"{IDENTIFIER}[]",
    "status": "VARCHAR",
    "verificationStatus": "JSON",
    "clinicalStatus": "JSON",
    "code": CONCEPT,
    "subject": REFERENCE,
    "patient": REFERENCE,
    "focus": f"{REFERENCE}[]",
    "partOf": f"{REFERENCE}[]",
    "derivedFrom": f"{REFERENCE}[]",
    "result": f"{REFERENCE}[]",
    "specimen": "JSON",
    "bodySite": "JSON",
    "location": "JSON",
    "type": "JSON",
    "modality": "JSON",
    "method": CONCEPT,
    "effectiveDateTime": "VARCHAR",
    "effectiveInstant": "VARCHAR",
    "effectivePeriod": PERIOD,
    "performedDateTime": "VARCHAR",
    "performedPeriod": PERIOD,
    "performedString": "VARCHAR",
    "issued": "VARCHAR",
    "started": "VARCHAR",
    "valueCodeableConcept": CONCEPT,
    "valueQuantity": QUANTITY,
    "valueInteger": "VARCHAR",
    "valueString": "VARCHAR",
    "dataAbsentReason": CONCEPT,
    "component": f"{COMPONENT}[]",
    "collection": COLLECTION,
    "gender": "VARCHAR",
    "birthDate": "VARCHAR",
    "deceasedBoolean": "VARCHAR",
    "deceasedDateTime": "VARCHAR",
    **{name: "JSON" for by_type in (OF_R5, BEFORE_R4) for names in by_type.values() for name in names},
}
"""Name of an element -> its type in DuckDB."""
RESOURCES = (
    "Patient",
    "Observation",
    "Procedure",
    "Specimen",
    "DiagnosticReport",
    "BodyStructure",
    "Condition",
    "ImagingStudy",
)
"""Resources of which elements are read; of others the type and the id alone."""
OWN_KEYS = ("_fullUrl", "_key")
"""What is known of a resource from its place in a bundle, or in another resource; names that FHIR has not."""
