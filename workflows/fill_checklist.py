"""Fills in a reporting checklist from a release, as Markdown or as a Word document."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from warehouse.releases.query import open_release
from warehouse.releases.release import Release
from warehouse.storage.connection import private_files
from warehouse.storage.errors import RegistryError
from workflows.analyse_cohort import content_of
from workflows.plan_facts import own_plan
from workflows.report_facts import canaries_of, inputs_of, quality_by_export

if TYPE_CHECKING:
    from analysis.checklists.facts import ReleaseFacts

ENDINGS = (".md", ".docx")
SITES = "SELECT site, count(*) FROM derived.patient_ltpfs GROUP BY site ORDER BY site"
DAYS = (
    "SELECT min(first_ablation_date)::VARCHAR, max(first_ablation_date)::VARCHAR, max(last_contact_date)::VARCHAR "
    "FROM derived.patient_ltpfs"
)
MODALITIES = "SELECT modality, count(*) FROM cohort.lesions WHERE modality IS NOT NULL GROUP BY ALL ORDER BY ALL"
SPECIMENS = (
    "SELECT {column}, count(DISTINCT (site, patient_id, specimen_id)) FROM clean.genotypes "
    "WHERE {column} IS NOT NULL GROUP BY ALL ORDER BY ALL"
)
DEFINITIONS = "SELECT DISTINCT definition FROM derived.time_to_event ORDER BY ALL"
RULES = "SELECT count(DISTINCT rule_id) FROM quality.results"


def markdown_of(release: Release, name: str) -> str:
    """Return the checklist as Markdown."""
    from analysis.checklists.document import checklist
    from analysis.report.output.markdown import markdown

    return markdown(checklist(name, facts_of(release)))


def write_checklist(release: Release, name: str, out: Path) -> None:
    """Write the checklist to `out`, Markdown or Word by its ending. RegistryError for another ending, or if the file
    exists.
    """
    from analysis.checklists.document import checklist
    from analysis.checklists.items import TITLES
    from analysis.report.output.markdown import markdown
    from analysis.report.output.word_document import to_docx

    if out.suffix not in ENDINGS:
        raise RegistryError(f"{out.name} is neither Markdown nor Word.", "End its name with .md or .docx.")
    if out.exists():
        raise RegistryError(f"{out} exists already.", "Name another file with --out.")
    facts = facts_of(release)
    section = checklist(name, facts)
    if out.suffix == ".md":
        made = markdown(section).encode()
    else:
        content = replace(facts.content, kind="Release", language="en", warning="", caution="")
        made = to_docx(content, [section], {}, TITLES[name])
    with private_files():
        out.write_bytes(made)


def facts_of(release: Release) -> "ReleaseFacts":
    """Read what checklists are filled in from. RegistryError for a release that today's code cannot show."""
    from analysis.checklists.facts import ReleaseFacts

    with open_release(release) as con:
        try:
            content = replace(
                content_of(con, release),
                quality=quality_by_export(con),
                inputs=inputs_of(release.manifest),
                canaries=canaries_of(release.manifest),
                own_plan=own_plan(con),
            )
            first, last, contact = con.execute(DAYS).fetchone() or (None, None, None)
            n_rules = con.execute(RULES).fetchone() or (0,)
            return ReleaseFacts(
                content,
                _counts(con, SITES),
                first_day=first or "",
                last_day=last or "",
                last_contact=contact or "",
                specimens=_counts(con, SPECIMENS.format(column="specimen_site")),
                panels=_counts(con, SPECIMENS.format(column="panel")),
                modalities=_counts(con, MODALITIES),
                endpoints=[definition for (definition,) in con.execute(DEFINITIONS).fetchall()],
                n_rules=int(n_rules[0]),
                content_hash=release.manifest["content_hash"],
            )
        except duckdb.Error:
            raise RegistryError(
                f"Release {release.release_id} was made by other code and lacks what a checklist needs.",
                "Name a newer release with --release.",
            ) from None


def _counts(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, int]:
    return {str(value): int(n) for value, n in con.execute(sql).fetchall()}
