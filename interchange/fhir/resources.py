"""Says what each resource is made of: a template for the rows of a clean table, by type and in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from interchange.fhir.elements import (
    ABSENT_REASON,
    HGNC,
    HGVS,
    LOINC,
    MCODE,
    OWN,
    SCT,
    TERMS,
    UCUM,
    coded,
    coding,
    concept,
    extensions,
    id_of,
    identifier,
    looked_up,
    meta,
    own_coding,
    reference,
)
from interchange.fhir.json_sql import Choice, Filled, Key, Number, Plain, Text, Whole, code_of
from interchange.fhir.resource import Resource
from interchange.fhir.words import (
    GENE_NUMBERS,
    IMAGING,
    LIVER,
    MARKERS,
    PRESENCE,
    RELATED,
    SITE_CODES,
    SPECIMEN_TYPE,
    STATES,
    TARGET,
    TREND,
)
from schemas.exports import EXPORTS

PATIENT, BOWEL, LIVER_CANCER, LESION = "s.patient", "s.bowel", "s.liver", "s.lesion"
"""Ids that the tables of subjects have."""
SESSION = id_of("t.session_id", "t.lesion_id")
SPECIMEN = id_of("t.specimen_id", "t.specimen_site", "t.specimen_date")
MASKED = [{"extension": [{"url": ABSENT_REASON, "valueCode": "masked"}]}]
NOT_KNOWN = [{"url": ABSENT_REASON, "valueCode": "unknown"}]


Has = Mapping[str, frozenset[str]]
"""Clean table -> the columns that the release has."""


def resources(release_id: str, has: Has) -> list[Resource]:
    """Return all resources, in the order of their files and rows."""
    return [make(release_id, has) for make in MAKERS if _table(make) in has]


def _category(code: str) -> list[dict]:
    return [concept(coding(f"{TERMS}/observation-category", code))]


def _table(make: Callable) -> str:
    return f"clean.{TABLE[make]}"


def _patient(release_id: str, has: Has) -> Resource:
    own = [
        name
        for name in EXPORTS["patients"].column_names
        if name not in ("patient_id", "sex", "birth_year", "death_date", "vital_status")
    ]
    is_said = "t.vital_status IN ('alive', 'dead')"
    unknown = Whole(
        {"url": f"{OWN}patients:vital_status", "valueCode": Text(f"CASE WHEN NOT {is_said} THEN t.vital_status END")}
    )
    origin = Whole(
        {"url": f"{OWN}patients:origin", "valueCode": Text("CASE WHEN t.origin <> 'patients' THEN t.origin END")}
    )
    absent = "CASE WHEN t.sex IS NULL THEN '" + _json(NOT_KNOWN) + "' END"
    return Resource(
        "Patient",
        "fhir.people s JOIN clean.patients t USING (site, patient_id)",
        {
            "resourceType": "Patient",
            "id": Filled(PATIENT),
            "meta": meta("mcode-cancer-patient", release_id),
            "extension": [*extensions("patients", own, has["clean.patients"]), unknown, origin],
            "identifier": [identifier("patient_id", "t.patient_id")],
            "name": MASKED,
            "gender": code_of("t.sex", EXPORTS["patients"].column("sex").codes),
            "_gender": Whole(extension=Number(absent)),
            "birthDate": Plain("lpad(t.birth_year::VARCHAR, 4, '0')"),
            "deceasedBoolean": Number(
                "CASE WHEN t.vital_status = 'alive' THEN 'false' "
                "WHEN t.vital_status = 'dead' AND t.death_date IS NULL THEN 'true' END"
            ),
            "deceasedDateTime": Plain("t.death_date::VARCHAR"),
        },
    )


def _json(value: Any) -> str:
    import json

    return json.dumps(value, separators=(",", ":")).replace("'", "''")


def _condition(release_id: str, has: Has) -> Resource:
    """Return both conditions of a patient: the cancer of the bowel, and its metastases of the liver."""
    is_first = "s.rank = 1"
    clinical = concept(coding(f"{TERMS}/condition-clinical", "active"))
    verified = concept(coding(f"{TERMS}/condition-ver-status", "confirmed"))
    profile = f"'{MCODE}/mcode-' || CASE WHEN {is_first} THEN 'primary' ELSE 'secondary' END || '-cancer-condition'"
    code = f"CASE WHEN {is_first} THEN '781382000' ELSE '94381002' END"
    name = f"CASE WHEN {is_first} THEN 'Colorectal cancer' ELSE 'Metastatic malignant neoplasm to liver' END"
    primary = Plain(f"CASE WHEN s.rank = 2 THEN 'Condition/' || {BOWEL} END")
    return Resource(
        "Condition",
        "(SELECT *, unnest([1, 2]) AS rank FROM fhir.people) s",
        {
            "resourceType": "Condition",
            "id": Filled(f"CASE WHEN {is_first} THEN {BOWEL} ELSE {LIVER_CANCER} END"),
            "meta": {"source": f"{OWN}release:{release_id}", "profile": [Filled(profile)]},
            "extension": [Whole({"url": RELATED, "valueReference": Whole(reference=primary)})],
            "clinicalStatus": clinical,
            "verificationStatus": verified,
            "category": [concept(coding(f"{TERMS}/condition-category", "problem-list-item"))],
            "code": {"coding": [{"system": SCT, "code": Filled(code), "display": Filled(name)}]},
            "subject": reference("Patient", PATIENT),
        },
    )


def _body_structure(release_id: str, has: Has) -> Resource:
    return Resource(
        "BodyStructure",
        "(FROM fhir.lesions WHERE lesion_id IS NOT NULL) s",
        {
            "resourceType": "BodyStructure",
            "id": Filled(LESION),
            "meta": meta("mcode-tumor", release_id),
            "identifier": [identifier("lesion_id", "s.lesion_id")],
            "morphology": concept(coding(SCT, "1240414004", "Malignant neoplasm")),
            "location": concept(LIVER),
            "patient": reference("Patient", PATIENT),
        },
    )


def _session(release_id: str, has: Has) -> Resource:
    standard = ("patient_id", "session_id", "session_date", "lesion_id", "max_diameter_mm")
    own = [name for name in EXPORTS["rfa_sessions"].column_names if name not in standard]
    words = {"rfa": "Radiofrequency ablation of a liver lesion", "mwa": "Microwave ablation of a liver lesion"}
    text = f"coalesce({looked_up('t.modality', words)}, 'Ablation of a liver lesion')"
    is_open = "CASE WHEN t.modality = 'rfa' AND t.approach = 'open' THEN '708625004' END"
    return Resource(
        "Procedure",
        "clean.rfa_sessions",
        {
            "resourceType": "Procedure",
            "id": SESSION,
            "meta": meta("mcode-cancer-related-surgical-procedure", release_id),
            "extension": [
                {"url": TARGET, "valueReference": reference("BodyStructure", LESION)},
                *extensions("rfa_sessions", own, has["clean.rfa_sessions"]),
            ],
            "identifier": [identifier("session_id", "t.session_id")],
            "status": "completed",
            "code": {"coding": [Whole(system=SCT, code=Plain(is_open))], "text": Filled(text)},
            "subject": reference("Patient", PATIENT),
            "performedDateTime": Filled("t.session_date::VARCHAR"),
            "reasonReference": [reference("Condition", LIVER_CANCER)],
            "bodySite": [concept(LIVER)],
        },
        ("s.person", "t.session_id", "s.subject"),
        of_lesion=True,
        repeated=coded("rfa_sessions", has["clean.rfa_sessions"] - {"segment"}),
    )


def _treatment(release_id: str, has: Has) -> Resource:
    own = [name for name in EXPORTS["treatments"].column_names if name not in ("patient_id", "start_date")]
    return Resource(
        "Procedure",
        "clean.treatments",
        {
            "resourceType": "Procedure",
            "id": id_of("'treatment'", "t.treatment_id"),
            "meta": meta("", release_id),
            "extension": extensions("treatments", own, has["clean.treatments"]),
            "status": "completed",
            "code": {"coding": [own_coding("treatments", "kind")], "text": Text("coalesce(t.regimen, t.kind)")},
            "subject": reference("Patient", PATIENT),
            "performedPeriod": {"start": Plain("t.start_date::VARCHAR"), "end": Plain("t.stop_date::VARCHAR")},
            "reasonReference": [reference("Condition", BOWEL)],
        },
        ("s.person", "t.treatment_id"),
    )


def _size(release_id: str, has: Has) -> Resource:
    length = Whole(value=Number("t.max_diameter_mm"), unit="mm", system=UCUM, code="mm")
    return Resource(
        "Observation",
        "clean.rfa_sessions",
        {
            "resourceType": "Observation",
            "id": id_of("t.session_id", "t.lesion_id", "'size'"),
            "meta": meta("mcode-tumor-size", release_id),
            "partOf": [reference("Procedure", SESSION)],
            "status": "final",
            "category": _category("imaging"),
            "code": concept(coding(LOINC, "21889-1", "Size Tumor")),
            "subject": reference("Patient", PATIENT),
            "focus": [reference("BodyStructure", LESION)],
            "effectiveDateTime": Filled("t.session_date::VARCHAR"),
            "component": [
                {"code": concept(coding(LOINC, "33728-7", "Size.maximum dimension in Tumor")), "valueQuantity": length}
            ],
        },
        ("s.person", "t.session_id", "s.subject"),
        of_lesion=True,
    )


def _exam(release_id: str, has: Has) -> Resource:
    own = [
        name
        for name in EXPORTS["imaging_followups"].column_names
        if name not in ("patient_id", "exam_date", "lesion_id", "lesion_status")
    ]
    reason = "CASE WHEN t.lesion_status IS NULL THEN 'unknown' END"
    own_status = f"{OWN}lesion_status"
    return Resource(
        "Observation",
        "clean.imaging_followups",
        {
            "resourceType": "Observation",
            "id": id_of("t.exam_id", "s.lesion_id", "'status'"),
            "meta": meta("mcode-cancer-disease-status", release_id),
            "extension": [IMAGING, *extensions("imaging_followups", own, has["clean.imaging_followups"])],
            "status": "final",
            "category": _category("imaging"),
            "code": concept(coding(LOINC, "97509-4", "Cancer disease progression")),
            "subject": reference("Patient", PATIENT),
            "focus": [Whole(reference=Filled("s.focus"))],
            "effectiveDateTime": Filled("t.exam_date::VARCHAR"),
            "valueCodeableConcept": Choice(
                "t.lesion_status",
                {code: concept(coding(SCT, trend), coding(own_status, code)) for code, trend in TREND.items()},
                {"coding": [own_coding("imaging_followups", "lesion_status")]},
            ),
            "dataAbsentReason": {"coding": [Whole(system=f"{TERMS}/data-absent-reason", code=Plain(reason))]},
        },
        ("s.person", "t.exam_id", "s.subject"),
        of_lesion=True,
        repeated=coded("imaging_followups", has["clean.imaging_followups"]),
    )


def _specimen(release_id: str, has: Has) -> Resource:
    snomed = Whole(system=SCT, code=Plain(looked_up("t.specimen_site", SITE_CODES)))
    return Resource(
        "Specimen",
        "(SELECT DISTINCT site, patient_id, specimen_id, specimen_site, specimen_date FROM clean.genotypes)",
        {
            "resourceType": "Specimen",
            "id": SPECIMEN,
            "meta": meta("mcode-human-specimen", release_id),
            "identifier": [identifier("specimen_id", "t.specimen_id")],
            "status": "available",
            "type": concept(SPECIMEN_TYPE),
            "subject": reference("Patient", PATIENT),
            "collection": {
                "collectedDateTime": Plain("t.specimen_date::VARCHAR"),
                "bodySite": {"coding": [snomed, own_coding("genotypes", "specimen_site")]},
            },
        },
        ("s.person", "t.specimen_id", "t.specimen_site", "t.specimen_date"),
    )


def _genotype(release_id: str, has: Has) -> Resource:
    own = ("report_date", "gene", "panel", "vaf_percent", "tmb_per_mb", "assay")
    is_gene = f"t.gene NOT IN ({', '.join(repr(one) for one in STATES)})"
    marker = looked_up("t.gene", MARKERS)
    presence = f"CASE WHEN {is_gene} THEN {looked_up('t.result', PRESENCE)} END"
    number = Plain(f"CASE WHEN {is_gene} THEN {looked_up('t.gene', GENE_NUMBERS)} END")
    profile = f"CASE WHEN {is_gene} THEN '{MCODE}/mcode-genomic-variant' END"
    gene = {
        "code": concept(coding(LOINC, "48018-6", "Gene studied [ID]")),
        "valueCodeableConcept": {"coding": [Whole(system=HGNC, code=number)], "text": Key("t.gene")},
    }
    protein = "CASE WHEN starts_with(t.variant_canonical, 'p.') THEN t.variant_canonical END"
    share = Whole(value=Number("t.vaf_percent / 100"), system=UCUM, code="1")
    written = Whole(code=concept(coding(f"{OWN}variant", "variant")), valueString=Text("t.variant"))
    return Resource(
        "Observation",
        "clean.genotypes",
        {
            "resourceType": "Observation",
            "id": id_of("t.specimen_id", "t.gene", "t.variant", "'gene'"),
            "meta": {"source": f"{OWN}release:{release_id}", "profile": [Plain(profile)]},
            "extension": extensions("genotypes", own, has["clean.genotypes"]),
            "status": "final",
            "category": _category("laboratory"),
            "code": {
                "coding": [
                    Whole(system=LOINC, code=Plain(f"CASE WHEN {is_gene} THEN '69548-6' ELSE {marker} END")),
                    coding(f"{OWN}export", "genotypes"),
                ]
            },
            "subject": reference("Patient", PATIENT),
            "effectiveDateTime": Plain("t.specimen_date::VARCHAR"),
            "valueCodeableConcept": {
                "coding": [Whole(system=LOINC, code=Plain(presence)), own_coding("genotypes", "result")]
            },
            "specimen": reference("Specimen", SPECIMEN),
            "component": [
                gene,
                Whole(
                    code=concept(coding(LOINC, "48005-3", "Amino acid change (pHGVS)")),
                    valueCodeableConcept=Whole(coding=[Whole(system=HGVS, code=Text(protein))]),
                ),
                Whole(code=concept(coding(LOINC, "81258-6", "Sample variant allelic frequency")), valueQuantity=share),
                written,
            ],
        },
        ("s.person", "t.specimen_id", "t.gene", "t.variant"),
        repeated=(*coded("genotypes", has["clean.genotypes"] - {"specimen_site"}), "gene"),
    )


MAKERS = (_patient, _condition, _body_structure, _session, _treatment, _specimen, _size, _exam, _genotype)
TABLE = {
    _patient: "patients",
    _condition: "patients",
    _body_structure: "rfa_sessions",
    _session: "rfa_sessions",
    _treatment: "treatments",
    _specimen: "genotypes",
    _size: "rfa_sessions",
    _exam: "imaging_followups",
    _genotype: "genotypes",
}
