"""How FHIR is delivered: bundles, NDJSON, archives, references of all kinds, and what is refused."""

import gzip
import json
import zipfile
from pathlib import Path

import duckdb
import pytest

from tests.sources.fhir_kit import (
    ABSENT,
    LESION,
    PATIENT,
    PRESENT,
    SPECIMEN,
    ablation,
    bundle,
    feed_of,
    gene,
    hgvs,
    observation,
    quantity,
    size,
    status,
    take,
    take_file,
    variant,
)
from warehouse.proposals.look import Unread, look_at
from warehouse.sources.fhir.files import ndjson_of
from warehouse.sources.mapping import map_columns
from warehouse.storage.errors import DeliveryRejected

ALL = (PATIENT, SPECIMEN, variant(PRESENT, gene("6407"), hgvs("48005-3", "p.Gly12Asp")))
KRAS = [("p1", "s1", "liver_metastasis", "KRAS", "mutant")]


def rows_of(path: Path) -> list[tuple]:
    """What genotypes takes of a file, in short."""
    names = ("patient_id", "specimen_id", "specimen_site", "gene", "result")
    return [tuple(row[name] for name in names) for row in take_file(path, "genotypes").rows]


def written(path: Path, *documents: object, indent: int | None = None) -> Path:
    """A file of JSON documents, one after the other."""
    path.write_text("\n".join(json.dumps(one, indent=indent) for one in documents), encoding="utf-8")
    return path


def lines_of(path: Path) -> list[str | None]:
    """The ids of the resources in a file, in order."""
    return [json.loads(line)["id"] for file in ndjson_of(path) for line in file.read_text("utf-8").splitlines()]


IDS = ["p1", "s1", "o-69548-6"]


def test_bundles(tmp_path: Path) -> None:
    """A bundle of any kind, in one line or many; pages of a search, one after the other, in a list or in a batch."""
    pages = [bundle(ALL[0], ALL[1], kind="searchset"), bundle(ALL[2], kind="searchset")]
    batch = {"resourceType": "Bundle", "type": "batch-response", "entry": [{"resource": page} for page in pages]}
    for number, (documents, indent) in enumerate(
        [
            ([bundle(*ALL)], 2),
            ([bundle(*ALL, kind="transaction")], None),
            (pages, 2),
            (pages, None),
            ([pages], 1),
            ([batch], 2),
        ]
    ):
        assert lines_of(written(tmp_path / f"{number}.json", *documents, indent=indent)) == IDS
    assert rows_of(tmp_path / "3.json") == KRAS


@pytest.mark.long
def test_bundles_among_resources(tmp_path: Path) -> None:
    """NDJSON may have a bundle on any of its lines."""
    assert rows_of(written(tmp_path / "a.ndjson", ALL[0], bundle(*ALL[1:]))) == KRAS


def test_a_zip_of_a_bulk_export(tmp_path: Path) -> None:
    """A file for each type, packed or not, in one ZIP; one file may be packed too."""
    with zipfile.ZipFile(tmp_path / "bulk.zip", "w") as packed:
        for one in ALL[:2]:
            packed.writestr(f"out/{one['resourceType']}.ndjson", json.dumps(one))
        packed.writestr("out/Observation.ndjson.gz", gzip.compress(json.dumps(ALL[2]).encode()))
        packed.writestr("out/readme.txt", "nothing")
    assert rows_of(tmp_path / "bulk.zip") == KRAS
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, ALL)).encode()))
    assert lines_of(tmp_path / "a.ndjson.gz") == IDS


@pytest.mark.long
def test_a_file_of_one_type(tmp_path: Path) -> None:
    """Without the patients themselves, who came in another file, the reference says whose a resource is."""
    assert rows_of(written(tmp_path / "Observation.ndjson", ALL[2])) == [("p1", "s1", "unknown", "KRAS", "mutant")]


def test_references(tmp_path: Path) -> None:
    """Every kind of reference leads to the patient: relative, absolute, urn, contained, conditional, by identifier."""
    references = [
        {"reference": "Patient/p1"},
        {"reference": "Patient/p1/_history/2"},
        {"reference": "http://h.org/fhir/Patient/p1"},
        {"reference": "urn:uuid:0b1c"},
        {"reference": "Patient?identifier=urn:mrn|77"},
        {"identifier": {"system": "urn:mrn", "value": "77"}},
        {"reference": "#in"},
    ]
    patient = {**PATIENT, "identifier": [{"system": "urn:mrn", "value": "77"}]}
    found = [variant(ABSENT, gene("6407"), subject=one, specimen=None, id=f"o{n}") for n, one in enumerate(references)]
    found[-1]["contained"] = [{**patient, "id": "in", "identifier": None}]
    whole = bundle(patient, {**patient, "id": "p2", "identifier": None}, *found)
    whole["entry"][1]["fullUrl"] = "urn:uuid:0b1c"
    assert [row[0] for row in rows_of(written(tmp_path / "a.json", whole))] == [
        "p1",
        "p1",
        "p1",
        "p2",
        "p1",
        "p1",
        "in",
    ]


@pytest.mark.long
def test_a_reference_that_leads_nowhere(tmp_path: Path) -> None:
    """It is said in words and with its place, and a required column is empty, so that the rules set the row aside."""
    lost = variant(PRESENT, gene("6407"), subject={"reference": "Patient/p2"})
    taken = take(tmp_path, "genotypes", PATIENT, SPECIMEN, lost)
    assert taken.column("patient_id") == [None]
    said = "1 resources have a reference that leads to no resource of the delivery, the first is number 3; "
    assert said in taken.remark
    taken = take(
        tmp_path, "genotypes", PATIENT, SPECIMEN, variant(PRESENT, gene("6407"), specimen={"reference": "Specimen/x"})
    )
    assert (taken.column("specimen_site"), said in taken.remark) == ([None], True)
    other = {**LESION, "id": "other"}
    assert take(tmp_path, "rfa_sessions", PATIENT, other, ablation()).column("lesion_id") == [None]
    assert take(tmp_path, "imaging_followups", PATIENT, other, status("271299001")).column("exam_id") == [None]


@pytest.mark.long
def test_the_newest_version_of_a_resource(tmp_path: Path) -> None:
    """Of versions in one delivery the newest counts, the others have a reason."""
    versions = [
        variant(value, gene("6407"), meta={"lastUpdated": f"2020-01-0{n}T00:00:00Z"})
        for n, value in ((2, PRESENT), (1, ABSENT))
    ]
    taken = take(tmp_path, "genotypes", PATIENT, SPECIMEN, *versions)
    assert (taken.column("result"), taken.reasons) == (
        ["mutant"],
        {"another instrument": 2, "older version of a resource": 1},
    )


@pytest.mark.long
def test_another_name_of_the_patient(tmp_path: Path) -> None:
    """site.toml may take an identifier by system or type; identifiers that it does not name are not read."""
    mrn = {"system": "urn:mrn", "value": "77", "type": {"coding": [{"code": "MR"}]}}
    patient = {**PATIENT, "identifier": [mrn, {"system": "urn:insurance", "value": "88"}]}
    for name in ("identifier urn:mrn", "identifier type MR"):
        taken = take(tmp_path, "genotypes", patient, *ALL[1:], text=f"columns = {{ patient_id = '{name}' }}")
        assert taken.column("patient_id") == ["77"]
        assert "identifier urn:insurance" not in taken.prepared.source.header


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (ablation(performedDateTime=None, occurrenceDateTime="2020-01-01"), "Resource 1 (Procedure) is FHIR R5"),
        (ablation(reason=[{"concept": {"text": "x"}}]), "by the element reason"),
        ({**LESION, "includedStructure": []}, "(BodyStructure) is FHIR R5"),
        (
            observation("x", context={"reference": "Encounter/1"}),
            "is FHIR DSTU2 or STU3 and not R4, by the element context",
        ),
        ({"resourceType": "Condition", "id": "c", "clinicalStatus": "active"}, "by the element clinicalStatus"),
        ({**PATIENT, "meta": {"fhirVersion": "5.0.0"}}, "is FHIR of another version and not R4, by its own words"),
        ({**SPECIMEN, "collection": {"bodySite": {"concept": {"text": "liver"}}}}, "is FHIR R5"),
    ],
)
def test_other_versions(tmp_path: Path, changed: dict, said: str) -> None:
    """R5, STU3 and DSTU2 are refused by what they have and R4 has not, in a bundle too."""
    with pytest.raises(DeliveryRejected) as refused:
        take(tmp_path, "genotypes", changed, as_bundle=said.endswith("R5"))
    assert said in refused.value.message
    assert refused.value.cure.startswith("Deliver FHIR R4")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "pointer of Git LFS"),
        ('<Bundle xmlns="http://hl7.org/fhir"/>', "XML"),
        ('{"a": 1}', "no resource of FHIR"),
        ('{"resourceType": "Bundle", "entry": [{', "not JSON"),
        ("patient_id,gene\n1,KRAS\n", "not JSON"),
        (json.dumps(PATIENT) + "\nx\n", "not JSON"),
        (json.dumps({**PATIENT, "identifier": {"value": "1"}}), "Resource 1 has an element of another shape"),
    ],
)
def test_what_is_no_fhir(tmp_path: Path, content: str, said: str) -> None:
    """Each is refused in words, without what stands in the file."""
    path = tmp_path / "a.ndjson"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DeliveryRejected) as refused:
        take_file(path, "genotypes")
    assert said in refused.value.message


@pytest.mark.long
def test_other_resources_may_have_other_shapes(tmp_path: Path) -> None:
    """A resource that is not needed is counted, whatever it looks like."""
    odd = {"resourceType": "Questionnaire", "id": "q", "code": [{"code": "x"}], "subject": [{"reference": "x"}]}
    taken = take(tmp_path, "genotypes", odd, *ALL)
    assert (len(taken.rows), taken.reasons) == (1, {"another instrument": 3})


@pytest.mark.long
def test_two_servers(tmp_path: Path) -> None:
    """The same id on two servers is two patients, so that such a file is refused."""
    whole = bundle(PATIENT, PATIENT)
    whole["entry"][1]["fullUrl"] = "http://other.org/fhir/Patient/p1"
    with pytest.raises(DeliveryRejected, match="several servers"):
        take_file(written(tmp_path / "a.json", whole), "patients")


@pytest.mark.long
def test_a_deletion(tmp_path: Path) -> None:
    """A deletion has no content, so that it is counted and withdraws nothing."""
    whole = bundle(*ALL)
    whole["entry"].append({"request": {"method": "DELETE", "url": "Observation/1"}})
    taken = take_file(written(tmp_path / "a.json", whole), "genotypes")
    assert "1 deletions have no content" in taken.remark


def test_an_instrument_that_fhir_has_not(tmp_path: Path) -> None:
    """The nearest resource is named."""
    with pytest.raises(DeliveryRejected) as refused:
        take(tmp_path, "rfa_sessions", PATIENT, text="instrument = 'Procedures'")
    assert "the nearest is" in refused.value.message


@pytest.mark.long
def test_entered_in_error_withdraws(tmp_path: Path) -> None:
    """What a resource entered in error would be is withdrawn: it has the key of the row."""
    wrong = {**ALL[2], "status": "entered-in-error"}
    taken = take(tmp_path, "genotypes", *ALL[:2], wrong)
    gone = map_columns(taken.prepared, feed_of("genotypes")).gone
    assert (taken.rows, gone is not None) == ([], True)


@pytest.mark.long
def test_sizes_of_a_bundle(tmp_path: Path) -> None:
    """All that a session needs is found in a bundle, whatever the order of its entries."""
    parts = (size(quantity(12, "mm")), ablation(), LESION, PATIENT)
    assert take(tmp_path, "rfa_sessions", *parts, as_bundle=True).column("max_diameter_mm") == ["12"]


def test_registry_map_names_the_kind(tmp_path: Path) -> None:
    """`registry map` says of such a file what it is, and proposes no columns of it."""
    (tmp_path / "scratch").mkdir()
    (found,) = look_at(duckdb.connect(), written(tmp_path / "a.json", bundle(*ALL), indent=2), tmp_path / "scratch")
    assert isinstance(found, Unread) and 'kind = "fhir"' in found.reason
