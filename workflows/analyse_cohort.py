"""Writes the files for a paper, for a complete release or for a cohort that a SELECT defines."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from warehouse.derived import analysis_tables
from warehouse.derived.endpoint_definitions import competing
from warehouse.releases.limits import TIMEOUT_SECONDS
from warehouse.releases.named_cohort import NAMED, NamedCohort, name_cohort
from warehouse.releases.query import open_release
from warehouse.releases.release import MANIFEST, Release
from warehouse.releases.time_limit import time_limit
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.source_code import analysed_with, code_version
from warehouse.storage.table_catalogue import ANALYSIS_TABLES
from workflows.disclosed import Disclosure
from workflows.paper_files import facts_of_release, into_new_folder, small_cohort_warning, write_paper
from workflows.report_facts import cohort_flow, courses, language_of, n_courses, synthetic, tables_of
from workflows.share_sources import of_registry

if TYPE_CHECKING:
    from analysis.report.content import ReportContent
    from analysis.subjects.analysis_frames import AnalysisFrames

NOT_OF_A_COHORT = {"replication"}
"""Tables that are not made for a cohort: the published figures are those of one study."""


def manuscript(
    release: Release,
    out: Path,
    say: Callable[[str], None] = lambda _: None,
    disclosure: Disclosure | None = None,
    has_page: bool = False,
) -> None:
    """Write the release's figures (SVG and PNG), tables and manuscript into the new folder `out`; with `has_page` its
    page too. With `disclosure` they are what may leave under its mode.

    RegistryError if `out` is not empty, or if the release lacks tables or columns that today's code shows; ShareRefused
    if it must not leave.
    """
    facts = facts_of_release(release)

    def write(folder: Path) -> None:
        with open_release(release) as con:
            try:
                content = content_of(con, release)
                frames = analysis_tables.frames(con) if disclosure else None
            except duckdb.Error:
                raise _made_by_other_code(release) from None
            if disclosure is None or frames is None:
                write_paper(folder, content, con, facts, say, has_page)
                return
        source = of_registry(_registry(frames), has_volumes=len(content.tables.get("service_volumes", ())) > 0)
        disclosure.write(folder, release, content, source, facts, say, has_page)

    into_new_folder(out, write)


def analyse_cohort(
    release: Release,
    sql: str,
    out: Path,
    say: Callable[[str], None] = lambda _: None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    disclosure: Disclosure | None = None,
) -> NamedCohort:
    """Analyse the patients that `sql` names like those of a release; write page, figures, tables and manuscript. With
    `disclosure` they are what may leave under its mode, or ShareRefused if nothing may.

    QueryFailed if `sql` does not define a cohort or takes longer than `timeout_seconds`, RegistryError if `out` is not
    empty.
    """
    from analysis.report.output.manuscript import SUBJECT

    named: list[NamedCohort] = []

    def write(folder: Path) -> None:
        with open_release(release) as con, duckdb.connect() as results:
            say("naming the cohort")
            with time_limit(con, timeout_seconds):
                cohort = name_cohort(con, sql)
            named.append(cohort)
            try:
                frames = analysis_tables.frames(con, NAMED)
                results.execute("CREATE SCHEMA analysis")
                _analyse(results, frames, say)
                noun = "patient" if cohort.n_patients == 1 else "patients"
                whose = "a cohort" if disclosure else f"a cohort of {cohort.n_patients:,} {noun}"
                title = f"{SUBJECT}: {whose}"
                content = _content(con, release, tables_of(results), "Cohort report", title, cohort)
            except duckdb.Error:
                raise _made_by_other_code(release) from None
            about = {"sql": cohort.sql, "patients": cohort.n_patients, "outcomes": list(cohort.outcomes)}
            about |= {"caution": content.cautions} if content.cautions else {}
            facts = facts_of_release(release) | {"cohort": about}
            if disclosure is None:
                write_paper(folder, content, results, facts, say)
                return
        facts["cohort"] = {"sql": cohort.sql, "outcomes": list(cohort.outcomes)}
        facts["cohort"] |= {"caution": content.warning} if content.warning else {}
        disclosure.write(folder, release, content, of_registry(_registry(frames)), facts, say)

    into_new_folder(out, write)
    write_whole_sql(out, named[0], release)
    return named[0]


def whole_sql_beside(out: Path) -> Path:
    """The path of the owner's file with the complete SELECT: beside the folder, so that the folder can be passed on."""
    out = out.absolute()
    return out.with_name(f"{out.name}.private.sql")


def write_whole_sql(out: Path, cohort: NamedCohort, release: Release) -> None:
    """Write the SELECT as it was given, readable by its owner alone, with the release and the manifest it belongs to.

    The folder holds no hash of it, because an identifier in a short SELECT could be guessed from the hash.
    """
    manifest = hashlib.sha256((out / MANIFEST).read_bytes()).hexdigest()
    text = (
        f"-- The complete SELECT behind {out.name}/. It may name patients, so keep it with the registry.\n"
        f"-- Release {release.release_id}; SHA-256 of {out.name}/{MANIFEST}: {manifest}\n"
        f"{cohort.whole_sql.strip()}\n"
    )
    atomic_write(whole_sql_beside(out), text.encode())


def caution_of(cohort: NamedCohort) -> str:
    """The warnings for a cohort that is chosen by an outcome, or too small to be anonymous; '' for any other cohort."""
    return " ".join(filter(None, (warning_of(cohort), small_cohort_warning(cohort.n_patients))))


def warning_of(cohort: NamedCohort) -> str:
    """The warning for a cohort that is chosen by an outcome, which its figures carry too; '' for any other cohort."""
    from analysis.report.recipe_facts import chosen_by

    return chosen_by(cohort.outcomes) if cohort.outcomes else ""


def _registry(frames: "analysis_tables.Frames") -> "AnalysisFrames":
    from analysis.subjects.analysis_frames import AnalysisFrames

    patients, lesions, times, sessions = frames
    return AnalysisFrames(patients, lesions, times, sessions, competing=competing(), repeats_study=False)


def _analyse(con: duckdb.DuckDBPyConnection, frames: "analysis_tables.Frames", say: Callable[[str], None]) -> None:
    from analysis.plan.analysis_plan import TABLES

    cohorts = _registry(frames)
    for table in ANALYSIS_TABLES:
        if table.name not in NOT_OF_A_COHORT:
            say(f"analysing {table.name}")
            analysis_tables.store(con, table.name, TABLES[table.name](cohorts))


def _content(
    con: duckdb.DuckDBPyConnection,
    release: Release,
    tables: dict,
    kind: str,
    title: str,
    cohort: NamedCohort | None = None,
) -> "ReportContent":
    from analysis.report import ReportContent

    among = NAMED if cohort else ""
    return ReportContent(
        release_id=release.release_id,
        title=title,
        code_version=code_version(),
        **synthetic(con),
        tables=tables,
        flow=cohort_flow(con, among) if cohort else [tuple(step) for step in release.manifest.get("flow", [])],
        courses=courses(con, among),
        n_courses=n_courses(con, among),
        software=analysed_with() if cohort else release.manifest["code"].get("analysed_with", {}),
        kind=kind,
        selection=cohort.sql if cohort else "",
        caution=small_cohort_warning(cohort.n_patients) if cohort else "",
        warning=warning_of(cohort) if cohort else "",
        language=language_of(release),
    )


def content_of(con: duckdb.DuckDBPyConnection, release: Release) -> "ReportContent":
    """Return the content of a release's manuscript, from the release that is open on `con`."""
    from analysis.report.output.manuscript import KIND, SUBJECT

    return _content(con, release, tables_of(con), KIND, SUBJECT)


def _made_by_other_code(release: Release) -> RegistryError:
    return RegistryError(
        f"Release {release.release_id} lacks tables or columns that this version analyses.",
        "Name a release of this version with --release, or make one with `registry refresh --full`.",
    )
