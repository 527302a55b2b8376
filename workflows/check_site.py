"""Checks a site's files before they are delivered: does what a refresh does, in a temporary home of its own.

So the answer is what a refresh would say. No lock is taken, nothing is written outside the temporary home.
"""

from collections.abc import Sequence
from pathlib import Path

from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival
from warehouse.clean.clean import clean_due_patients
from warehouse.intake.configs_in_force import IN_ENGLISH
from warehouse.intake.deliveries import site_deliveries
from warehouse.intake.exceptions_file import read_or_problem
from warehouse.intake.landing import SITE_FILE, Landed, OneSite
from warehouse.sources.deliveries import arrival_no
from warehouse.storage.connection import open_build
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from workflows.check_findings import Findings, by_file
from workflows.check_home import check_home
from workflows.check_place import site_folder, what_to_check
from workflows.check_results import Checked
from workflows.check_thresholds import threshold_effects
from workflows.load_deliveries import load_deliveries


def check_site(home: Home | None, site: str, file: Path | None = None, folder: str | None = None) -> Checked:
    """Return what would happen if the site's files were delivered now; only `file` if one is named.

    `site` is a site of the home, or the path of a folder that holds site.toml and the files; `home` may be None.
    `folder` says for which folder of the site `file` is. Raises RegistryError if there is nothing to check.
    """
    where = site_folder(home, site, file is not None)
    with check_home(where, home) as own:
        only = what_to_check(where, Archive(own), file, folder)
        with open_build(own) as con:
            n_before = len(Archive(own).arrivals)
            landed = load_deliveries(con, own, only=only)
            clean_due_patients(con, "check", notes=read_or_problem(own))
            archive = Archive(own)
            deliveries = site_deliveries(archive)
            new = archive.arrivals[n_before:]
            chosen = _chosen(archive, new, only)
            if not archive.arrivals and not landed.problems:
                raise RegistryError(f"{where.name} has no files to check.", "Put them into the folders of its exports.")
            findings = Findings(con, archive, deliveries)
            files = by_file(one for one in deliveries if arrival_no(one.load_no) in chosen)
            return Checked(
                where.name,
                _said_of_site_toml(archive, new, landed, only),
                landed.problems,
                [findings.file(one, only.file is None and arrival_no(one[0].load_no) <= n_before) for one in files],
                findings.orphans(),
                findings.outranking(),
                threshold_effects(con, where.name),
            )


def _chosen(archive: Archive, new: Sequence[Arrival], only: OneSite) -> set[int]:
    """Return the numbers of the arrivals that the answer is about: what is new, and what a new site.toml reads again.

    A file that is named is always among them, even if it was delivered before.
    """
    numbers = {arrival.load_no for arrival in new}
    if only.file is not None:
        latest = archive.latest(only.file.site, only.file.export, only.file.name)
        return numbers | ({latest.load_no} if latest else set())
    if any(arrival.export == SITE_EXPORT for arrival in new):
        return {arrival.load_no for arrival in archive.arrivals}
    return numbers


def _said_of_site_toml(archive: Archive, new: Sequence[Arrival], landed: Landed, only: OneSite) -> str:
    """Return which site.toml is in force, in a sentence."""
    held = [arrival for arrival in archive.arrivals if _is_site_toml(arrival)]
    if any(place.endswith(f"/{SITE_FILE}") and not said.endswith(IN_ENGLISH) for place, said in landed.problems):
        if only.in_force is None:
            return "site.toml does not hold, and none held before: the files wait until it is corrected."
        if only.takes_refused:
            return "site.toml does not hold. Files are shown as it reads them; they wait until it is corrected."
        return (
            f"site.toml does not hold. Files are shown as the last one that held, of {held[-1].arrived_at[:10]}, "
            "reads them; they wait until site.toml is corrected."
        )
    if any(_is_site_toml(arrival) for arrival in new):
        return "site.toml holds; it is new or changed."
    if only.in_force is not None:
        return f"site.toml is in force since {held[-1].arrived_at[:10]}."
    return "There is no site.toml: files are read by the canonical names of their columns."


def _is_site_toml(arrival: Arrival) -> bool:
    return arrival.export == SITE_EXPORT and arrival.file_name == SITE_FILE
