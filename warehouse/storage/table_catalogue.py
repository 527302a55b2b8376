"""Which tables a release holds, and what each is for.

What belongs here: the list, by schema and in reading order. What does not: columns (schemas/) and writing
(releases.py). Raw rows stay in the build database; what set one aside is in quality.quarantine with the row itself.
"""

from dataclasses import dataclass

from schemas.derived import DERIVED
from schemas.exports import EXPORTS


@dataclass(frozen=True)
class PublishedTable:
    """A table of a release.

    `is_hashed` says whether it counts into the content hash, `hashed_rows` (SQL) which of its rows do: what compares
    with an earlier release tells of two releases, not of this content. `is_by_patient`: a refresh replaces the rows of
    the patients that changed, and no others; `is_by_site`: those of the sites at which anything changed.
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
        """schema.name"""
        return f"{self.schema}.{self.name}"


CLEAN_TABLES = (
    *(
        PublishedTable("clean", name, f"Accepted rows. {export.prose}", is_by_patient=True)
        for name, export in EXPORTS.items()
    ),
    PublishedTable(
        "clean", "lesions", "One row per ablated lesion, described as at its first session.", is_by_patient=True
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
    PublishedTable("analysis", "replication", "The index study's published figures beside the computed ones."),
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
    PublishedTable("analysis", "guards", "What was checked of every model and endpoint, and what was found."),
    PublishedTable("analysis", "ph_residuals", "Scaled Schoenfeld residuals of the main Cox model, by time and term."),
    PublishedTable(
        "analysis", "technique", "Technical success and efficacy of lesions, complications of sessions, as shares."
    ),
)
QUALITY_ANALYSIS_TABLES = (
    PublishedTable("analysis", "maturity", "Follow-up by reverse Kaplan-Meier, by site and quarter of first ablation."),
    PublishedTable(
        "analysis", "quality_sensitivity", "The main estimates with and without the patients that quality has marked."
    ),
)
QUALITY_TABLES = (
    PublishedTable("quality", "quarantine", "Open entries: rows and values set aside, each with its sentence."),
    PublishedTable("quality", "resolved", "Journal of entries that are not open any more.", is_hashed=False),
    PublishedTable("quality", "ledger", "Conservation sums of every accepted delivery."),
    PublishedTable("quality", "exceptions", "Rules that rows may break for a time: who signed it off, and its state."),
    PublishedTable("quality", "answers", "Every answer of a site to a query: applied, superseded or refused, and why."),
    PublishedTable(
        "quality",
        "results",
        "Every rule: how many rows broke it, of how many, and its status.",
        hashed_rows="aspect NOT LIKE 'drift%'",
    ),
    PublishedTable(
        "quality", "changes", "Entries new, still open or resolved since the release before.", is_hashed=False
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
        "quality", "overdue_exams", "Lesions with an overdue exam: whom to ask a site about.", is_by_site=True
    ),
    PublishedTable("quality", "completeness", "What the endpoints need and what is there, by site and quarter."),
)
EXPECTATIONS_TABLE = PublishedTable(
    "quality",
    "expectations",
    "What the registry as a whole should look like, and what was observed.",
    hashed_rows="expectation NOT LIKE 'drift%'",
)
SCORECARD = PublishedTable("quality", "scorecard", "How the rules fared by Kahn category, table and site.")
META_TABLES = (
    PublishedTable("meta", "loads", "Every delivery: accepted with counts, or rejected with the reason."),
    PublishedTable("meta", "columns", "Every column of every table, in words."),
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
"""Table -> SQL of the rows that its content hash covers."""
