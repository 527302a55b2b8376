"""Lists the tables of a release by schema, in reading order, and says what each is for.

Raw rows stay in the build database; a row that was set aside is in quality.quarantine together with the reason.
"""

from dataclasses import dataclass

from schemas.derived import DERIVED
from schemas.exports import EXPORTS


@dataclass(frozen=True)
class PublishedTable:
    """A table of a release.

    `is_hashed` says whether the content hash includes it, `hashed_rows` (SQL) which of its rows: rows that compare with
    an earlier release describe two releases, not this content. `is_by_patient`: a refresh replaces only the rows of
    patients that changed; `is_by_site`: only those of sites at which anything changed.
    """

    schema: str
    name: str
    prose: str
    is_hashed: bool = True
    hashed_rows: str = "true"
    is_by_patient: bool = False
    is_by_site: bool = False

    @property
    def full_name(self) -> str:
        """Return schema.name."""
        return f"{self.schema}.{self.name}"


CLEAN_TABLES = (
    *(
        PublishedTable("clean", name, f"Accepted rows. {export.prose}", is_by_patient=True)
        for name, export in EXPORTS.items()
    ),
    PublishedTable(
        "clean", "lesions", "One row per ablated lesion, as described at its first session.", is_by_patient=True
    ),
)
ANALYSIS_TABLES = (
    PublishedTable("analysis", "ltp_rates", "Share with LTP, with intervals and tests between strata."),
    PublishedTable("analysis", "km_curve", "Kaplan-Meier curves with numbers at risk."),
    PublishedTable("analysis", "km_summary", "Rates at landmarks, medians, reverse Kaplan-Meier follow-up."),
    PublishedTable("analysis", "cumulative_incidence", "Cumulative incidence of the event with death competing."),
    PublishedTable("analysis", "logrank", "Log-rank tests between strata."),
    PublishedTable("analysis", "cox", "Cox models: hazard ratios, proportional-hazards test, events per variable."),
    PublishedTable("analysis", "logistic", "Logistic models of LTP: odds ratios, events per variable."),
    PublishedTable("analysis", "table_one", "Characteristics of the patients by KRAS."),
    PublishedTable("analysis", "replication", "The index study's published figures and the computed ones."),
    PublishedTable("analysis", "restricted_mean", "Months free of the event within a window, and their differences."),
    PublishedTable("analysis", "gray", "Gray's tests of cumulative incidence between strata."),
    PublishedTable("analysis", "fine_gray", "Fine-Gray and cause-specific models of LTP per patient, side by side."),
    PublishedTable(
        "analysis", "lesion_models", "Models of lesions, variance clustered by patient: Cox and logistic GEE."
    ),
    PublishedTable("analysis", "subgroups", "The hazard ratio of KRAS in subgroups, with tests of interaction."),
    PublishedTable(
        "analysis", "sensitivity", "KRAS by other methods: few events, landmark, by period, interval censoring."
    ),
    PublishedTable("analysis", "multiplicity", "Tests between strata with p-values adjusted for their number."),
    PublishedTable("analysis", "guards", "What was checked for every model and endpoint, and the outcome."),
    PublishedTable("analysis", "ph_residuals", "Scaled Schoenfeld residuals of the main Cox model, by time and term."),
    PublishedTable(
        "analysis", "technique", "Shares: technical success and efficacy by lesion, complications by session."
    ),
)
QUALITY_ANALYSIS_TABLES = (
    PublishedTable("analysis", "maturity", "Follow-up by reverse Kaplan-Meier, by site and quarter of first ablation."),
    PublishedTable(
        "analysis", "quality_sensitivity", "The main estimates with and without the patients marked by quality checks."
    ),
)
QUALITY_TABLES = (
    PublishedTable("quality", "quarantine", "Open entries: rows and values set aside, each with its reason."),
    PublishedTable("quality", "resolved", "Journal of entries that are no longer open.", is_hashed=False),
    PublishedTable("quality", "ledger", "Row counts of every accepted delivery, which must add up."),
    PublishedTable("quality", "exceptions", "Rules that rows may break for a time: who signed off, and their state."),
    PublishedTable("quality", "answers", "Every answer of a site to a query: applied, superseded or refused, and why."),
    PublishedTable(
        "quality",
        "results",
        "Every rule: how many rows broke it, of how many, and its status.",
        hashed_rows="aspect NOT LIKE 'drift%'",
    ),
    PublishedTable(
        "quality", "changes", "Entries new, still open or resolved since the previous release.", is_hashed=False
    ),
)
CANARY_TABLE = PublishedTable("quality", "canaries", "Planted defects and sound rows, and whether each was judged so.")
COMPLETENESS_TABLES = (
    PublishedTable("quality", "lesion_imaging", "Qualifying exams of each lesion: days, gaps.", is_by_patient=True),
    PublishedTable("quality", "patient_imaging", "Exam days of each patient and the days between.", is_by_patient=True),
    PublishedTable(
        "quality", "lesion_followup", "Imaging of each lesion against the expected schedule.", is_by_site=True
    ),
    PublishedTable(
        "quality", "overdue_exams", "Lesions with an overdue exam, about which to ask the site.", is_by_site=True
    ),
    PublishedTable("quality", "completeness", "What the endpoints need and how much is known, by site and quarter."),
)
EXPECTATIONS_TABLE = PublishedTable(
    "quality",
    "expectations",
    "What the registry as a whole should look like, and what was observed.",
    hashed_rows="expectation NOT LIKE 'drift%'",
)
SCORECARD = PublishedTable("quality", "scorecard", "Results of the rules by Kahn category, table and site.")
META_TABLES = (
    PublishedTable("meta", "loads", "Every delivery: accepted with counts, or rejected with the reason."),
    PublishedTable("meta", "columns", "A description of every column of every table."),
)

PUBLISHED = (
    *CLEAN_TABLES,
    *(PublishedTable("derived", table.name, table.prose, is_by_patient=True) for table in DERIVED.values()),
    *ANALYSIS_TABLES,
    *QUALITY_ANALYSIS_TABLES,
    *QUALITY_TABLES,
    CANARY_TABLE,
    EXPECTATIONS_TABLE,
    *COMPLETENESS_TABLES,
    SCORECARD,
    *META_TABLES,
)

BY_PATIENT = tuple(table.full_name for table in PUBLISHED if table.is_by_patient)
BY_SITE = tuple(table.full_name for table in PUBLISHED if table.is_by_site)
HASHED_ROWS: dict[str, str] = {table.full_name: table.hashed_rows for table in PUBLISHED}
"""Table -> SQL that selects the rows that its content hash covers."""
