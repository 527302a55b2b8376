"""Erases a patient from the archive, every release, the build database, and everything else that may name them."""

from collections.abc import Iterable

from warehouse.archive import corrections
from warehouse.erasure import erase_from_release
from warehouse.erasure.patient_contribution import contribution
from warehouse.pseudonyms.earlier import names_of_patients
from warehouse.redaction.erasure_list import ErasedList
from warehouse.storage.home import Home
from workflows.begin_writing import writing
from workflows.erasure_steps import Done, Say, carry_out


def forget(home: Home, site: str, patient_id: str, reason: str, say: Say = lambda _: None) -> Done:
    """Erase the patient, after finishing any interrupted erasure. RefreshRunning if a refresh is running."""
    with writing(home, say):
        listed = ErasedList(home)
        erasure = listed.begin(site, patient_id, reason)
        return carry_out(home, listed, erasure, {patient_id}, say)


def numbers_of(home: Home, site: str, patient_id: str) -> set[str]:
    """Return every number under which the site delivered the patient, as far as they were merged."""
    return {patient_id} | corrections.same_person(corrections.read(home), site, {patient_id}.intersection)


def known(home: Home, site: str, patient_id: str) -> tuple[int, list[str]]:
    """Count the patient's rows in the archive, under all their numbers, and list the releases that hold the patient.
    Nothing is changed.
    """
    numbers = numbers_of(home, site, patient_id)
    numbers |= names_of_patients(home, site, numbers.intersection)

    def match(candidates: Iterable[str]) -> set[str]:
        return numbers & set(candidates)

    with contribution(home, site, match) as theirs:
        return theirs.n_rows, [
            release.release_id for release, _ in erase_from_release.holders(home, site, match, numbers)
        ]
