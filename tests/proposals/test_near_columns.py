"""Tests of what a file has nearly: it is asked with what to change in the export, and never left out in silence."""

from pathlib import Path

import pytest

from tests.proposals.site_files import columns_of, lines_of, proposal_of, proposed, questions_of
from tests.warehouse.kit import SITE, Kit


def _patients(header: str, *rows: str) -> dict[str, str | bytes]:
    return {"klinik/2024.csv": "\n".join([header, *rows]) + "\n"}


def test_dates_of_death_without_a_vital_status(tmp_path: Path) -> None:
    """The rules set such dates aside, so the question comes before: which column says who is dead?"""
    found = proposal_of(tmp_path, _patients("Pat.-Nr.,Geschlecht,Todesdatum", "1,m,2023-03-25", "2,w,"))
    assert columns_of(found, "patients")["death_date"] == "Todesdatum"
    assert "no column of klinik says who is dead" in questions_of(found)
    assert '# vital_status = "?"\n' in found.text


@pytest.mark.long
def test_a_table_of_deaths(kit: Kit) -> None:
    """If every row has a date of death, the answer is a status that is the same in all rows; taken, it loads."""
    kit.deliver(SITE, "deaths", "2024.csv", "Pat.-Nr.,Todesdatum\n1,2023-03-25\n2,2023-04-26\n")
    found = proposed(kit)
    assert found.n_questions == 1
    kit.configure(SITE, found.text.replace("# vital_status", "vital_status"))
    kit.refresh()
    assert kit.problems == []
    assert kit.tuples("SELECT patient_id, vital_status, death_date::VARCHAR FROM raw.patients_current ORDER BY 1") == [
        ("1", "dead", "2023-03-25"),
        ("2", "dead", "2023-04-26"),
    ]


def test_canonical_dates_of_death_are_asked_too(tmp_path: Path) -> None:
    """A file with the registry's own names needs the status as any other."""
    found = proposal_of(tmp_path, {"patients/1.csv": "patient_id,death_date\n1,2023-03-25\n2,\n"})
    assert '# vital_status = "?"\n' in found.text
    whole = proposal_of(tmp_path / "b", {"patients/1.csv": "patient_id,vital_status,death_date\n1,dead,2023-03-25\n"})
    assert whole.says_nothing


@pytest.mark.parametrize(
    ("name", "cell", "answer", "said"),
    [
        ("Geburtsdatum", "17.04.1950", "?", "is a date of birth. The registry takes its year alone"),
        ("Geburtsdatum des Patienten", "1950", "Geburtsdatum des Patienten", "are years"),
        ("Alter", "71", "?", "is an age, which does not tell the year of birth"),
    ],
)
def test_a_birth_date_or_age_in_place_of_the_year(tmp_path: Path, name: str, cell: str, answer: str, said: str) -> None:
    """The year cannot be cut off a date, and an age does not tell it: the cure is a column in the export."""
    found = proposal_of(tmp_path, _patients(f"Pat.-Nr.,Geschlecht,{name}", f"1,m,{cell}"))
    assert "birth_year" not in columns_of(found, "patients")
    assert f'# birth_year = "{answer}"\n' in found.text
    assert said in questions_of(found)
    assert cell not in found.text


def test_a_year_of_birth_beside_the_date_is_taken(tmp_path: Path) -> None:
    """Nothing is asked of the date of birth where the year stands beside it."""
    found = proposal_of(tmp_path, _patients("Pat.-Nr.,Geburtsjahr,Geburtsdatum", "1,1950,17.04.1950"))
    assert (columns_of(found, "patients")["birth_year"], found.n_questions) == ("Geburtsjahr", 0)


def test_a_gene_that_is_not_named_and_a_date_of_recurrence(tmp_path: Path) -> None:
    """RAS is no gene, and a recurrence without its exams no follow-up: both are said of the source."""
    header = "Pat.-Nr.,Geschlecht,RAS-Status,Rezidivdatum,Station"
    found = proposal_of(tmp_path, _patients(header, "1,m,mutiert,2023-03-25,3B"))
    assert found.n_questions == 2
    assert "RAS-Status does not say whether KRAS or NRAS is mutated" in questions_of(found)
    assert "Rezidivdatum says when a recurrence was seen" in questions_of(found)
    assert "\n# Nothing is read from Station.\n" in found.text
    assert lines_of(found)["sources"] == {"klinik": {}}


def test_columns_from_which_nothing_is_read_are_named(tmp_path: Path) -> None:
    """All of them but those whose names look like somebody's data, which are counted."""
    found = proposal_of(tmp_path, _patients("Pat.-Nr.,Geschlecht,Ward,Dr. Miller 0171 5550123", "1,m,a,b"))
    assert "# Nothing is read from Ward, a column whose name looks like personal data.\n" in found.text
