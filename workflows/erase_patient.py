"""Erases a patient from the archive, every release and the build database, and from what else may name them."""

from collections.abc import Iterable

from warehouse.erasure import erase_from_release
from warehouse.erasure.patient_contribution import contribution
from warehouse.redaction.erasure_list import ErasedList
from warehouse.storage.home import Home
from workflows.begin_writing import writing
from workflows.erasure_steps import Done, Say, carry_out


def forget(home: Home, site: str, patient_id: str, reason: str, say: Say = lambda _: None) -> Done:
    """Erase the patient; an interrupted one is finished first. RefreshRunning where a refresh runs."""
    with writing(home, say):
        listed = ErasedList(home)
        erasure = listed.begin(site, patient_id, reason)
        return carry_out(home, listed, erasure, {patient_id}, say)


def known(home: Home, site: str, patient_id: str) -> tuple[int, list[str]]:
    """How many rows of the archive are the patient's, and the releases that hold the patient. Nothing is changed."""

    def match(candidates: Iterable[str]) -> set[str]:
        return {patient_id} & set(candidates)

    with contribution(home, site, match) as theirs:
        return theirs.n_rows, [
            release.release_id for release, _ in erase_from_release.holders(home, site, match, {patient_id})
        ]
