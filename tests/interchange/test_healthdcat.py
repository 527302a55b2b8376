"""The description for a catalogue: every element that HealthDCAT-AP demands is there or named, and none is made up."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from interchange.export_release import export_release
from interchange.healthdcat.description import MANDATORY, RECOMMENDED
from interchange.healthdcat.label import SUPPRESSED, UNKNOWN
from interchange.kinds import KINDS
from tests.e2e.demonstration import Demonstration, copy_of
from tests.interchange.exported import SMALL, exported, whole
from warehouse.storage.errors import RegistryError

DEMANDED = {
    *("dct:title", "dct:description", "dct:identifier", "dct:accessRights", "dcatap:applicableLegislation"),
    *("dcat:distribution", "dcat:theme", "healthdcatap:hdab", "healthdcatap:healthCategory"),
    *("healthdcatap:hasStructuredData", "healthdcatap:hasVariables", "dcat:contactPoint", "dcat:keyword"),
    *("dct:type", "dct:provenance"),
}
"""Properties that release 8 of the profile demands of a dataset that is not public (its SHACL shapes, minCount 1)."""


@pytest.fixture(scope="module")
def folder(light_study: Demonstration) -> Path:
    """The study's export."""
    return whole(light_study, "healthdcat")


def read(folder: Path, name: str) -> dict[str, Any]:
    """A JSON file."""
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_what_is_demanded_is_there_or_named(folder: Path) -> None:
    """Of the properties that the profile demands, a release knows all but three; the form has these and no other."""
    dataset, form = read(folder, "dataset.jsonld"), read(folder, "to_fill_in.jsonld")
    assert DEMANDED - set(dataset) == set(MANDATORY)
    assert {name for name in form if not name.startswith("@")} == {*MANDATORY, *RECOMMENDED}
    assert set(dataset) & {*MANDATORY, *RECOMMENDED} == set() and form["@id"] == dataset["@id"]
    for agent in ("healthdcatap:hdab", "dct:publisher", "geodcatap:custodian"):
        assert form[agent]["cv:contactPoint"]["@type"] == "cv:ContactPoint"
    assert form["dcat:distribution"]["dcatap:applicableLegislation"] == dataset["dcatap:applicableLegislation"]


def test_counts_are_those_of_the_release(light_study: Demonstration, folder: Path) -> None:
    """Records, individuals, typical ages and the time that is covered."""
    dataset = read(folder, "dataset.jsonld")
    ((n, first, last, oldest),) = light_study.rows(
        "SELECT count(*), min(first_ablation_date), max(first_ablation_date), max(age_at_ablation_years) "
        "FROM cohort.patients"
    )
    assert dataset["healthdcatap:numberOfUniqueIndividuals"] == {"@value": str(n), "@type": "xsd:nonNegativeInteger"}
    ages = [int(dataset[f"healthdcatap:{end}TypicalAge"]["@value"]) for end in ("min", "max")]
    assert 18 < ages[0] < ages[1] <= oldest
    covered = dataset["dct:temporal"]
    assert (covered["dcat:startDate"]["@value"], covered["dcat:endDate"]["@value"]) == (str(first), str(last))


def test_every_variable_is_described(light_study: Demonstration, folder: Path) -> None:
    """As the shapes demand of a column: one name, a title, one datatype, a description."""
    tables = read(folder, "dataset.jsonld")["healthdcatap:hasVariables"]["csvw:table"]
    columns = [column for table in tables for column in table["csvw:column"]]
    rows = light_study.rows(
        "SELECT table_schema || '.' || table_name || '.' || column_name, column_prose FROM meta.columns "
        "WHERE table_schema IN ('clean', 'derived', 'cohort')"
    )
    assert {column["csvw:name"]: column["dct:description"]["@value"] for column in columns} == dict(rows)
    assert {column["csvw:datatype"] for column in columns} == {"string", "date", "integer", "double", "boolean"}


def test_the_label_says_what_it_cannot(folder: Path) -> None:
    """Each of the six groups is there, and what no release can know is said so."""
    label = (folder / "quality_label.md").read_text(encoding="utf-8")
    assert [line[4] for line in label.splitlines() if line.startswith("## ")] == list("abcdef")
    unknown = [line.split(" | ")[0] for line in label.splitlines() if UNKNOWN in line]
    assert unknown == [
        "| level of maturity of the processes",
        "| representativity of the population",
        "| time to provide the data after a permit",
    ]
    assert "120 patients of 1 site " in label and SUPPRESSED not in label


def test_no_count_leaves_under_a_mode(light_study: Demonstration, tmp_path: Path) -> None:
    """Neither in the description nor in the label, nor the dates and ages of patients."""
    home = copy_of(light_study, tmp_path)
    export_release(home, light_study.release, KINDS["healthdcat"], tmp_path / "out", mode="lt5")
    dataset = read(tmp_path / "out", "dataset.jsonld")
    numbers = ("numberOfRecords", "numberOfUniqueIndividuals", "minTypicalAge", "maxTypicalAge", "populationCoverage")
    assert not {f"healthdcatap:{name}" for name in numbers} & set(dataset) and "dct:temporal" not in dataset
    label = (tmp_path / "out" / "quality_label.md").read_text(encoding="utf-8")
    assert not re.search(r"\b120\b", label) and label.count(SUPPRESSED) >= 9


def test_a_cohort_is_refused(light_study: Demonstration, tmp_path: Path) -> None:
    """Quality is that of a whole release."""
    with pytest.raises(RegistryError, match="of a whole release"):
        exported(light_study, "healthdcat", tmp_path / "out", SMALL)
    assert list(tmp_path.iterdir()) == []
