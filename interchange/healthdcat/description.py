"""Describes a release as a dataset of HealthDCAT-AP, release 8, for data that are not public, as JSON-LD.

What only the data holder can say (who publishes, which body gives access, whom to ask, where) is left out and named,
never made up: a description without it is not valid yet.
"""

from __future__ import annotations

from typing import Any

from interchange.healthdcat.facts import Facts
from interchange.healthdcat.label import sites_of
from interchange.outgoing import Described, Outgoing

NAMES = {
    "adms": "http://www.w3.org/ns/adms#",
    "csvw": "http://www.w3.org/ns/csvw#",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "dqv": "http://www.w3.org/ns/dqv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geodcatap": "http://data.europa.eu/930/",
    "healthdcatap": "http://healthdataportal.eu/ns/health#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
EU, HEALTH = (
    "http://publications.europa.eu/resource/authority",
    "https://hdeu-dcat.data.health.europa.eu/resource/authority",
)
REGULATION = "http://data.europa.eu/eli/reg/2025/327/oj"
DESCRIBED = ("clean", "derived", "cohort")
"""Schemas whose columns are variables; figures of everybody are no variables."""
TYPES = {"VARCHAR": "string", "DATE": "date", "INTEGER": "integer", "BIGINT": "integer", "DOUBLE": "double"}
MANDATORY = {
    "healthdcatap:hdab": "the health data access body, with a contact",
    "dcat:contactPoint": "whom to ask about the data",
    "dcat:distribution": "where access is asked for (dcat:accessURL)",
}
"""What the profile demands of a dataset that is not public and no release knows -> what it is."""
RECOMMENDED = {
    "dct:publisher": "who publishes the description",
    "geodcatap:custodian": "the data holder",
    "dct:spatial": "where the patients come from",
    "dpv:hasLegalBasis": "on which ground the data are processed",
    "dpv:hasPurpose": "for which purpose they are",
    "healthdcatap:retentionPeriod": "how long they are kept",
    "dct:accrualPeriodicity": "how often releases are made",
}


def description_of(release: Outgoing, facts: Facts) -> dict[str, Any]:
    """Return the dataset as JSON-LD; what the release does not know has no key."""
    made_up = " The data are synthetic." if release.is_synthetic else ""
    found: dict[str, Any] = {
        "@context": NAMES,
        "@id": f"urn:ablation-registry:{release.release_id}",
        "@type": "dcat:Dataset",
        "dct:title": _english("Registry of ablated colorectal liver metastases"),
        "dct:description": _english(
            "Sessions of ablation, genotypes, follow-up imaging and treatments of patients with colorectal liver "
            f"metastases, and endpoints derived from them. Release {release.release_id}.{made_up}"
        ),
        "dct:identifier": release.release_id,
        "dcat:version": release.release_id,
        "dct:issued": _typed(release.manifest["created_at"], "dateTime"),
        "dct:accessRights": _of(f"{EU}/access-right/NON_PUBLIC"),
        "dcatap:applicableLegislation": _of(REGULATION),
        "dct:type": _of(f"{EU}/dataset-type/STATISTICAL"),
        "dcat:theme": _of(f"{EU}/data-theme/HEAL"),
        "healthdcatap:healthCategory": _of(f"{HEALTH}/healthcategories/MRMR"),
        "healthdcatap:healthTheme": _of(f"{HEALTH}/health-theme/NONCOMMUNICABLE_DISEASES"),
        "dct:language": _of(f"{EU}/language/ENG"),
        "dcat:keyword": [
            _english(word)
            for word in (
                "colorectal liver metastases",
                "radiofrequency ablation",
                "microwave ablation",
                "KRAS",
                "registry",
            )
        ],
        "dct:provenance": {
            "@type": "dct:ProvenanceStatement",
            "rdfs:label": _english(
                "Hospitals' exports, archived as delivered and checked row by row; rows that break a rule are set "
                "aside, and the site is asked."
            ),
        },
        "dpv:hasPersonalData": [_of(f"https://w3id.org/dpv/dpv-pd#{one}") for one in ("Age", "Gender", "HealthRecord")],
        "healthdcatap:hasStructuredData": _typed("true", "boolean"),
        "healthdcatap:hasVariables": _variables(release),
    }
    numbers = {
        "healthdcatap:numberOfRecords": facts.n_records,
        "healthdcatap:numberOfUniqueIndividuals": facts.n_patients,
        "healthdcatap:minTypicalAge": facts.youngest,
        "healthdcatap:maxTypicalAge": facts.oldest,
    }
    found |= {name: _typed(str(n), "nonNegativeInteger") for name, n in numbers.items() if n is not None}
    if facts.n_sites is not None:
        found["healthdcatap:populationCoverage"] = _english(
            f"Patients with at least one ablated colorectal liver metastasis at {sites_of(facts.n_sites)}."
        )
    if facts.first_day is not None and facts.last_day is not None:
        found["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _typed(str(facts.first_day), "date"),
            "dcat:endDate": _typed(str(facts.last_day), "date"),
        }
    return found


def _variables(release: Outgoing) -> dict[str, Any]:
    tables = [table for name, table in release.tables.items() if name.partition(".")[0] in DESCRIBED]
    return {
        "@type": "csvw:TableGroup",
        "dct:title": _english("Tables of the registry"),
        "csvw:table": [_table(table) for table in tables],
    }


def _table(table: Described) -> dict[str, Any]:
    return {
        "@type": "csvw:Table",
        "dct:title": _english(table.name),
        "dct:description": _english(table.prose),
        "csvw:column": [
            {
                "@type": "csvw:Column",
                "csvw:name": f"{table.name}.{column.name}",
                "csvw:title": _english(column.name),
                "csvw:datatype": TYPES.get(column.kind, "boolean" if column.kind == "BOOLEAN" else "string"),
                "dct:description": _english(column.prose),
            }
            for column in table.columns
        ],
    }


def _english(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "en"}


def _typed(text: str, kind: str) -> dict[str, str]:
    return {"@value": text, "@type": f"xsd:{kind}"}


def _of(address: str) -> dict[str, str]:
    return {"@id": address}
