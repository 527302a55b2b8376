"""Variants and regions of genomics reporting become genotypes; what was not tested is never wild type."""

from pathlib import Path

from tests.sources.fhir_kit import (
    ABSENT,
    HGNC,
    INDETERMINATE,
    NO_CALL,
    PATIENT,
    PRESENT,
    SPECIMEN,
    cases,
    concept,
    gene,
    hgvs,
    observation,
    quantity,
    studied,
    take,
    variant,
)

KRAS, NRAS, BRAF = "HGNC:6407", "HGNC:7989", "HGNC:1097"
G12D = hgvs("48005-3", "p.Gly12Asp")
UNCERTAIN = {"code": concept("53037-8"), "valueCodeableConcept": concept("LA26333-7")}
NOT_DONE = {"valueCodeableConcept": None, "dataAbsentReason": concept("not-performed")}
NUMBERED = "NM_004985.5:c.35G>A"
NAMED = {"coding": [{"system": "clinvar", "code": "13961", "display": "NM_004333.6(BRAF):c.1799T>A (p.Val600Glu)"}]}
COPIES = {"code": concept("82155-3"), "valueQuantity": {"value": 9}}
FUSED = {"code": concept("molecular-consequence"), "valueCodeableConcept": concept("SO:0001565", system="so")}
RESULTS = {
    "copies of a deciding gene are no mutation of it": (
        [variant(PRESENT, gene(KRAS), COPIES), studied(KRAS, NRAS)],
        {"KRAS": "vus", "NRAS": "wild_type"},
    ),
    "nor is a fusion": ([variant(PRESENT, gene(BRAF), gene("HGNC:76"), FUSED)], {"BRAF": "vus", "HGNC:76": "mutant"}),
    "but a change beside it is": ([variant(PRESENT, gene(KRAS), G12D, COPIES)], {"KRAS": "mutant"}),
    "positive is present": ([variant("LA6576-8", gene(KRAS))], {"KRAS": "mutant"}),
    "present is mutant": ([variant(PRESENT, gene(KRAS), G12D)], {"KRAS": "mutant"}),
    "absent is wild type": ([variant(ABSENT, gene(BRAF))], {"BRAF": "wild_type"}),
    "no call failed": ([variant(NO_CALL, gene(BRAF))], {"BRAF": "failed"}),
    "indeterminate": ([variant(INDETERMINATE, gene(BRAF))], {"BRAF": "indeterminate"}),
    "any other value is indeterminate": ([variant("?", gene(BRAF))], {"BRAF": "indeterminate"}),
    "not performed is not tested": ([variant("", gene(BRAF), **NOT_DONE)], {"BRAF": "not_tested"}),
    "one absent for several genes": (
        [variant(ABSENT, gene(KRAS), gene("7989", BRAF))],
        {"KRAS": "wild_type", "NRAS": "wild_type", "BRAF": "wild_type"},
    ),
    "that one variant is absent says nothing of others": (
        [variant(ABSENT, gene(KRAS), hgvs("48005-3", "p.Gly12Cys"))],
        {"KRAS": "indeterminate"},
    ),
    "a region studied, where nothing else is said": (
        [variant(PRESENT, gene(KRAS), G12D), variant(NO_CALL, gene(BRAF), id="o2"), studied("6407", "7989", "1097")],
        {"KRAS": "mutant", "NRAS": "wild_type", "BRAF": "failed"},
    ),
    "the reference sequence names the gene": (
        [variant(PRESENT, hgvs("48004-6", NUMBERED)), studied(KRAS, NRAS)],
        {"KRAS": "mutant", "NRAS": "wild_type"},
    ),
    "no gene is wild type beside a variant of one that is not known": (
        [variant(PRESENT, hgvs("81290-9", "NC_000012.12:g.25245350C>T")), studied(KRAS)],
        {"": "mutant", "KRAS": "indeterminate"},
    ),
    "uncertain significance": ([variant(PRESENT, gene(KRAS), UNCERTAIN)], {"KRAS": "vus"}),
    "uncertain by an implication": (
        [
            variant(PRESENT, gene(KRAS)),
            observation("x", component=[UNCERTAIN], derivedFrom=[{"reference": "Observation/o-69548-6"}]),
        ],
        {"KRAS": "vus"},
    ),
    "entered in error says nothing of the gene": (
        [variant(PRESENT, gene(KRAS), status="entered-in-error"), studied(KRAS)],
        {"KRAS": "wild_type"},
    ),
    "states of the tumour": (
        [
            observation("81695-9", valueCodeableConcept=concept("LA26203-2")),
            observation("94076-7", valueQuantity=quantity(25, "1/1000000")),
        ],
        {"MSI": "msi_high", "TMB": "measured"},
    ),
    "HGNC with prefix": ([variant(ABSENT, gene("HGNC:1097"))], {"BRAF": "wild_type"}),
    "HGNC without": ([variant(ABSENT, gene("1097"))], {"BRAF": "wild_type"}),
    "NCBI": ([variant(ABSENT, gene("673", system="http://www.ncbi.nlm.nih.gov/gene"))], {"BRAF": "wild_type"}),
    "Ensembl": ([variant(ABSENT, gene("ENSG00000157764.14", system="ensembl"))], {"BRAF": "wild_type"}),
    "a symbol": ([variant(ABSENT, gene("BRAF"))], {"BRAF": "wild_type"}),
    "a display alone": ([variant(ABSENT, gene("", display="BRAF"))], {"BRAF": "wild_type"}),
    "another gene": ([variant(ABSENT, gene("HGNC:26144", display="PALB2"))], {"PALB2": "wild_type"}),
    "KIT's number, called NRAS in mCODE's own example": (
        [variant(ABSENT, gene("HGNC:6342", display="NRAS"))],
        {"HGNC:6342": "wild_type"},
    ),
    "NRAS's number, called KIT there": (
        [variant(ABSENT, gene("HGNC:7989", system=HGNC, display="KIT"))],
        {"NRAS": "wild_type"},
    ),
}
"""A claim -> the observations of a patient's one specimen, and the result of each gene."""


def test_results(tmp_path: Path) -> None:
    """Only what was found, or studied and not found, is said; a number names a gene, and not what it is called."""
    found = cases(tmp_path, "genotypes", *([PATIENT, SPECIMEN, *given] for given, _ in RESULTS.values()))
    results = [{row.get("gene", ""): row["result"] for row in rows} for rows in found]
    assert dict(zip(RESULTS, results, strict=True)) == {claim: expected for claim, (_, expected) in RESULTS.items()}


def test_cells(tmp_path: Path) -> None:
    """HGVS as written, shares in percent, the local date and site of the specimen, the date of the report."""
    share = {"code": concept("81258-6"), "valueQuantity": quantity(0.6, "1")}
    no_unit = {"code": concept("81258-6"), "valueQuantity": quantity(0.44, unit="decimal")}
    coding = hgvs("48004-6", "NM_004985.5:c.35G>A")
    report = {
        "resourceType": "DiagnosticReport",
        "id": "d1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "issued": "2020-01-09T08:00:00Z",
        "specimen": [{"reference": "Specimen/s1"}],
        "result": [{"reference": "Observation/o-69548-6"}, {"reference": "Observation/o-53041-0"}],
    }
    reported = [variant(PRESENT, gene(KRAS), specimen=None), studied(KRAS, NRAS, specimen=None), report]
    whole, plain, clinvar, of_report, two = cases(
        tmp_path,
        "genotypes",
        [PATIENT, SPECIMEN, variant(PRESENT, gene(KRAS), coding, hgvs("48005-3", "p.(Gly12Asp)"), share)],
        [PATIENT, SPECIMEN, variant(PRESENT, gene(KRAS), no_unit)],
        [PATIENT, SPECIMEN, variant(PRESENT, {"code": concept("81252-9"), "valueCodeableConcept": NAMED})],
        [PATIENT, SPECIMEN, *reported],
        [
            PATIENT,
            SPECIMEN,
            {**SPECIMEN, "id": "s2"},
            variant(PRESENT, gene(KRAS), specimen={"reference": "Specimen/s2"}),
        ]
        + [studied(KRAS)],
    )
    assert whole == [
        {
            "patient_id": "p1",
            "specimen_id": "s1",
            "specimen_site": "liver_metastasis",
            "specimen_date": "2020-01-02",
            "gene": "KRAS",
            "result": "mutant",
            "variant": "p.(Gly12Asp)",
            "vaf_percent": "60",
        }
    ]
    assert plain[0]["vaf_percent"] == "0.44 (no UCUM unit)"
    assert (clinvar[0]["gene"], clinvar[0]["variant"]) == ("BRAF", NAMED["coding"][0]["display"])
    assert [(row["gene"], row["specimen_id"], row["report_date"]) for row in of_report] == [
        ("KRAS", "s1", "2020-01-09"),
        ("NRAS", "s1", "2020-01-09"),
    ]
    assert {(row["specimen_id"], row["result"]) for row in two} == {("s1", "wild_type"), ("s2", "mutant")}


def test_status(tmp_path: Path) -> None:
    """Only final, amended and corrected observations are read; the others are counted by reason."""
    codes = ("final", "amended", "corrected", "entered-in-error", "preliminary", "finalised", None)
    found = [variant(PRESENT, gene(KRAS), status=code, id=f"o{n}") for n, code in enumerate(codes)]
    taken = take(tmp_path, "genotypes", *found)
    assert len(taken.rows) == 3
    assert taken.reasons == {"entered in error": 1, "status is not final": 1, "status is no code of FHIR R4": 2}
