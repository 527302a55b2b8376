"""`registry forget`: erase a patient and keep later deliveries from bringing them back."""

import sys
from collections.abc import Iterable

import typer

from orchestration.cli.wording import counted
from warehouse.archive.archive import Archive
from warehouse.erasure.erase_other_traces import named
from warehouse.erasure.files_left_in_landing import Found, look
from warehouse.pseudonyms.typed import identifiers_of, patient_as_kept
from warehouse.redaction.erasure_list import ErasedList, check_reason, written_as
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import SITE_NAME, Home
from workflows import erase_patient
from workflows.begin_writing import writing
from workflows.erasure_steps import Done


def forget(home: Home, site: str, patient: str, reason: str, is_confirmed: bool) -> None:
    """Erase the patient and print counts of what was removed. Raises RegistryError if there is no such patient."""
    patient = patient.strip()
    if not SITE_NAME.fullmatch(site) or not patient:
        raise RegistryError("The site or the patient's id is not valid.", "Give a site (a-z, 0-9, _ and -) and an id.")
    reason = check_reason(reason, patient)
    patient = patient_as_kept(home, site, patient)
    numbers = erase_patient.numbers_of(home, site, patient)
    own = {number: number for number in numbers} | identifiers_of(home, site, numbers)
    for number in own.values():
        reason = check_reason(reason, number)
    with writing(home, _say) as begun:
        for sentence in begun.notices:
            typer.echo(f"Notice   {sentence}", err=True)
        before = ErasedList(home).of(site, patient)
        n_rows, releases = erase_patient.known(home, site, patient)
        if before is not None and not n_rows and not releases:
            typer.echo(f"That patient was erased on {before.when[:10]}; the registry holds nothing about them.")
            _tell_landing(home, _look(home, site, set(own.values())))
            return
        in_landing = _look(home, site, set(own.values()))
        if not (n_rows or releases or in_landing.holding):
            raise RegistryError(
                "The registry has no such patient at that site; nothing was changed.",
                "Check the identifier: upper and lower case differ, and a number has no point (101, not 101.0).",
            )
        if not is_confirmed:
            _confirm(n_rows, releases)
        done = erase_patient.forget(home, site, patient, reason, _say)
    _tell(done)
    if len(numbers) > 1:
        typer.echo(f"Numbers   the site delivered the patient under {len(numbers)}, which were merged; all are erased")
    _tell_landing(home, in_landing)
    for arrival in Archive(home).arrivals:
        if arrival.site == site and any(named(number).search(arrival.file_name) for number in own.values()):
            typer.echo(f"Name      kept although it holds the identifier: {arrival.export}/{arrival.delivery}")


def _look(home: Home, site: str, numbers: set[str]) -> Found:
    def match(candidates: Iterable[str]) -> set[str]:
        found = set(candidates)
        return set().union(*(written_as(number, found) for number in numbers))

    return look(home, site, match)


def _confirm(n_rows: int, releases: list[str]) -> None:
    what = f"Erase {counted(n_rows, 'archived row')} and rewrite {counted(len(releases), 'release')}?"
    question = f"{what} This cannot be undone"
    if not (sys.stdin.isatty() and typer.confirm(question, err=True)):
        raise RegistryError("Not confirmed; nothing was changed.", "Pass --yes to erase without a question.")


def _say(message: str) -> None:
    typer.echo(f"  {message}", err=True)


def _tell(done: Done) -> None:
    typer.echo("The patient is erased. If their rows are delivered again, they will be left out.")
    typer.echo(f"Archive   {counted(done.archive.rows, 'row')} removed from {counted(done.archive.files, 'file')}")
    if done.archive.unreadable:
        typer.echo(f"          {done.archive.unreadable} files that could not be read were deleted")
    for old, new in done.releases:
        typer.echo(f"Release   {old} is replaced by {new}")
    if not done.releases:
        typer.echo("Release   none held the patient")
    texts = counted(done.n_texts, "text")
    typer.echo(f"Elsewhere {counted(done.n_notes, 'note')} in exceptions.toml, {texts} in Dagster's storage")
    if done.n_questions:
        typer.echo(f"          {counted(done.n_questions, 'line')} about questions to the site")
    journals = "" if done.are_journals_kept else " It was damaged: its journal of resolved entries is lost."
    typer.echo(f"Build     the next `registry refresh` recreates the build database from the archive.{journals}")


def _tell_landing(home: Home, found: Found) -> None:
    for path in found.holding:
        typer.echo(f"Landing   still holds the patient: {path.relative_to(home.root)}")
    for path in found.unreadable:
        typer.echo(f"Landing   cannot be read, check it yourself: {path.relative_to(home.root)}")
    if found.holding or found.unreadable:
        typer.echo("          landing/ belongs to the site: ask the site to remove these files.")
