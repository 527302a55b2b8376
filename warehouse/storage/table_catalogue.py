"""Lists the tables of a release by schema, in reading order, and says what each is for and which step makes it.

Raw rows stay in the build database; a row that was set aside is in quality.quarantine together with the reason. This is
the only declaration of a quality table; schemas/ declares the derived and the analysis tables, and the columns.

To add a quality table, declare it here and write the code that makes it. If a step makes it together with others, name
the `step`: assets/raw.py, assets/clean.py and assets/results.py take their tables from here. If it is one SELECT of
sql/quality/, add it to COMPLETENESS_TABLES. Its asset, its tags, the release's dependency on it and whether it is made
with the deliveries follow. Describe in schemas/words.py a column that no other table has.
"""

from dataclasses import dataclass

from schemas import analysis_tables
from schemas.cohort import COHORT
from schemas.derived import DERIVED
from schemas.exports import EXPORTS

SCHEMA_VERSIONS = {"exports": "1", "clean": "1", "derived": "1", "analysis": "1", "quality": "1", "meta": "1"}
"""Of the tables by schema. Raise one where older code would misread a table; a lake refuses to go back."""


@dataclass(frozen=True)
class PublishedTable:
    """A table of a release.

    `is_hashed` says whether the content hash includes it, `hashed_rows` (SQL) which of its rows: rows that compare with
    an earlier release describe two releases, not this content. `is_by_patient`: a refresh replaces only the rows of
    patients that changed; `is_by_site`: only those of sites at which anything changed. `is_figures`: it holds counts
    and figures, but no row or key of a patient. `step` names the step that makes it, if that step makes other tables
    too or is one of DELIVERY_STEPS.
    """

    schema: str
    name: str
    prose: str
    is_hashed: bool = True
    hashed_rows: str = "true"
    is_by_patient: bool = False
    is_by_site: bool = False
    is_figures: bool = False
    step: str = ""

    @property
    def full_name(self) -> str:
        """Return schema.name."""
        return f"{self.schema}.{self.name}"

    @property
    def is_made_with_deliveries(self) -> bool:
        """Return whether the run that takes in deliveries makes it; all others follow."""
        return self.is_by_patient or self.is_by_site or self.step in DELIVERY_STEPS


DELIVERY_STEPS = ("canaries", "raw", "clean")

CLEAN_TABLES = (
    *(
        PublishedTable("clean", name, f"Accepted rows. {export.prose}", is_by_patient=True, step="clean")
        for name, export in EXPORTS.items()
    ),
    PublishedTable(
        "clean",
        "lesions",
        "One row per ablated lesion, as described at its first session.",
        is_by_patient=True,
        step="clean",
    ),
)
ANALYSIS_TABLES, QUALITY_ANALYSIS_TABLES, SERVICE_TABLES = (
    tuple(PublishedTable("analysis", table.name, table.prose, is_figures=True) for table in declared)
    for declared in (
        analysis_tables.ANALYSIS_TABLES,
        analysis_tables.QUALITY_ANALYSIS_TABLES,
        analysis_tables.SERVICE_TABLES,
    )
)
ALL_ANALYSES = (*ANALYSIS_TABLES, *QUALITY_ANALYSIS_TABLES, *SERVICE_TABLES)
"""All tables of schema analysis, in the order of a release."""
QUALITY_TABLES = (
    PublishedTable(
        "quality", "quarantine", "Open entries: rows and values set aside, each with its reason.", step="clean"
    ),
    PublishedTable("quality", "resolved", "Journal of entries that are no longer open.", is_hashed=False, step="clean"),
    PublishedTable(
        "quality", "ledger", "Row counts of every accepted delivery, which must add up.", is_figures=True, step="clean"
    ),
    PublishedTable(
        "quality",
        "exceptions",
        "Rules that rows may break for a time: who signed off, and their state.",
        step="clean",
    ),
    PublishedTable(
        "quality",
        "answers",
        "Every answer of a site to a query: applied, superseded or refused, and why.",
        step="raw",
    ),
    PublishedTable(
        "quality",
        "results",
        "Every rule: how many rows broke it, of how many, and its status.",
        hashed_rows="aspect NOT LIKE 'drift%'",
        is_figures=True,
        step="results",
    ),
    PublishedTable(
        "quality",
        "site_results",
        "Every rule at every site: how many of its rows broke it, by which threshold, and its status.",
        is_figures=True,
        step="results",
    ),
    PublishedTable(
        "quality",
        "thresholds",
        "Thresholds of sites' own: for which rule, why, who said so, and their state.",
        step="raw",
    ),
    PublishedTable(
        "quality",
        "run_in",
        "Every site: its newest extract date, and how long its run-in lasts.",
        is_figures=True,
        step="raw",
    ),
    PublishedTable(
        "quality",
        "control_charts",
        "Shares by site and quarter with their limits, and which are signals.",
        is_figures=True,
        step="results",
    ),
    PublishedTable(
        "quality",
        "changes",
        "Entries new, still open or resolved since the previous release.",
        is_hashed=False,
        step="results",
    ),
    PublishedTable(
        "quality",
        "question_counts",
        "Questions to sites by rule: how many, in which state, and how long answers take.",
        is_hashed=False,
        is_figures=True,
        step="results",
    ),
)
CANARY_TABLE = PublishedTable(
    "quality",
    "canaries",
    "Planted defects and sound rows, and whether each was judged so.",
    is_figures=True,
    step="canaries",
)
COMPLETENESS_TABLES = (
    PublishedTable("quality", "lesion_imaging", "Qualifying exams of each lesion: days, gaps.", is_by_patient=True),
    PublishedTable("quality", "patient_imaging", "Exam days of each patient and the days between.", is_by_patient=True),
    PublishedTable(
        "quality", "lesion_followup", "Imaging of each lesion against the expected schedule.", is_by_site=True
    ),
    PublishedTable(
        "quality", "overdue_exams", "Lesions with an overdue exam, about which to ask the site.", is_by_site=True
    ),
    PublishedTable(
        "quality",
        "completeness",
        "What the endpoints need and how much is known, by site and quarter.",
        is_figures=True,
    ),
)
"""Each is one SELECT of sql/quality/; a table comes after those that it reads."""
EXPECTATIONS_TABLE = PublishedTable(
    "quality",
    "expectations",
    "What the registry as a whole should look like, and what was observed.",
    hashed_rows="expectation NOT LIKE 'drift%'",
    is_figures=True,
)
SCORECARD = PublishedTable(
    "quality", "scorecard", "Results of the rules by Kahn category, table and site.", is_figures=True
)
META_TABLES = (
    PublishedTable(
        "meta",
        "rules",
        "The rules: the platform's and the registry's own, with those that were refused and why.",
        is_figures=True,
        step="raw",
    ),
    PublishedTable(
        "meta",
        "suites",
        "The registry's own suites of expectations, by file, with those that were refused and why.",
        is_figures=True,
        step="raw",
    ),
    PublishedTable(
        "meta",
        "plan",
        "The registry's own plan of analyses: what each is, and since when it has been declared.",
        is_figures=True,
        step="raw",
    ),
    PublishedTable(
        "meta",
        "loads",
        "Every delivery: accepted with counts, or rejected with the reason.",
        is_figures=True,
        step="raw",
    ),
    PublishedTable("meta", "columns", "A description of every column of every table.", step="release"),
)

PUBLISHED = (
    *CLEAN_TABLES,
    *(PublishedTable("derived", table.name, table.prose, is_by_patient=True) for table in DERIVED.values()),
    *ALL_ANALYSES,
    *QUALITY_TABLES,
    CANARY_TABLE,
    EXPECTATIONS_TABLE,
    *COMPLETENESS_TABLES,
    SCORECARD,
    *META_TABLES,
)

COHORT_VIEWS = tuple(PublishedTable("cohort", view.name, view.prose, is_hashed=False) for view in COHORT.values())
"""Views of every release on its own tables; they hold no rows, so neither the build nor the manifest has them."""
IN_A_RELEASE = (*PUBLISHED, *COHORT_VIEWS)

BY_NAME = {table.full_name: table for table in PUBLISHED}
BY_PATIENT = tuple(table.full_name for table in PUBLISHED if table.is_by_patient)
BY_SITE = tuple(table.full_name for table in PUBLISHED if table.is_by_site)
HASHED_ROWS: dict[str, str] = {table.full_name: table.hashed_rows for table in PUBLISHED}
"""Table -> SQL that selects the rows that its content hash covers."""


def made_in(step: str) -> tuple[PublishedTable, ...]:
    """Return the published tables that a step makes."""
    return tuple(table for table in PUBLISHED if table.step == step)
