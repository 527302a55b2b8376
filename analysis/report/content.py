"""What a report is made from: aggregates only, passed in by whoever makes the release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from analysis.figures.flow import FlowStep
from analysis.report.morning_note import MorningNote
from analysis.report.own_plan import OwnPlan
from analysis.report.recipe_facts import RecipeFacts

SERVICE = ("service_volumes", "service_waiting", "service_outcomes", "service_followup")
"""The tables about the centres, which no paper prints."""
TABLES = (
    "ltp_rates",
    "km_curve",
    "km_summary",
    "cumulative_incidence",
    "logrank",
    "cox",
    "logistic",
    "table_one",
    "replication",
    "restricted_mean",
    "gray",
    "fine_gray",
    "lesion_models",
    "subgroups",
    "sensitivity",
    "multiplicity",
    "sample_size",
    "comparisons",
    "comparison_curves",
    "guards",
    "ph_residuals",
    "technique",
    "lesion_table_one",
    "lesion_factors",
    "lesion_curves",
    "lesion_factor_models",
    "margin_response",
    *SERVICE,
)
"""The tables of schema `analysis` that the page shows; a missing or empty one becomes a sentence."""


class InputFile(NamedTuple):
    """One delivery that the release was made from."""

    site: str
    export: str
    delivery: str
    sha256: str
    rows: int


class Problem(NamedTuple):
    """One delivery that was rejected, and why (a sentence without values)."""

    site: str
    export: str
    delivery: str
    reason: str


class Canaries(NamedTuple):
    """Planted defects, and how many of them the rules found."""

    found: int
    planted: int


@dataclass(frozen=True)
class ReportContent:
    """Everything the page says.

    `tables`: name -> frame, as in TABLES. `flow`: FlowStep or plain tuples (label, patients, lesions, note[,
    is_exclusion]). `quality`: one row per export, with any of the columns of
    sections.quality.EXPORT_COLUMNS. `quality_rules`: one row per rule with rule_id, sentence, rows, values
    (and severity, flagged, if known). `is_synthetic`: whether any delivery is made up;
    `n_synthetic` of `n_deliveries` if not all are (both 0: all are).

    `scorecard`, `completeness`, `control_charts`, `maturity`, `quality_sensitivity`: the release's tables of these
    names. `run_in`: site, newest_extract_date, run_in_quarters, ends (quarter), is_run_in. `thresholds`: sites' own,
    with n_violations, n_rows, pct and status of each table that the rule judges. `trend`: one
    row per release and Kahn category (release_id, kahn_category, n_rules, n_failed, per_1000), oldest first. `changes`:
    rule_id, site, new, still_open, resolved. `exceptions`: rule_id, site, state, n, first_until. All are counts.
    `data_docs`: where the Data Docs are, relative to the page; '' for none. `morning_note`: what changed since the
    previous release. `courses`: stratum (KRAS), months and event of lesions, without keys, out of `n_courses`.

    `own_plan`: the registry's own plan with its rows, which are not among `tables`; None without one.

    `software`: what the analyses were made with, name -> version. `kind` is printed above the title. `selection` is the
    SQL that defines the cohort, in a form that may be shown; '' for a whole release. `recipe`: what a recipe asked, if
    one defines the cohort. `caution` precedes all results, and so does `warning`, which every figure carries inside its
    picture. `disclosure` says under which mode of disclosure control
    everything stands; '' inside the hospital. Everything here is English; `language` is what the page is said in.
    """

    release_id: str
    title: str
    code_version: str
    is_synthetic: bool
    tables: Mapping[str, pd.DataFrame]
    flow: Sequence[FlowStep | tuple] = ()
    quality: pd.DataFrame = field(default_factory=pd.DataFrame)
    quality_rules: pd.DataFrame = field(default_factory=pd.DataFrame)
    problems: Sequence[Problem] = ()
    inputs: Sequence[InputFile] = ()
    parent_release: str | None = None
    data_docs: str = ""
    schema_versions: Mapping[str, str] = field(default_factory=dict)
    scorecard: pd.DataFrame = field(default_factory=pd.DataFrame)
    trend: pd.DataFrame = field(default_factory=pd.DataFrame)
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    exceptions: pd.DataFrame = field(default_factory=pd.DataFrame)
    canaries: Canaries | None = None
    completeness: pd.DataFrame = field(default_factory=pd.DataFrame)
    control_charts: pd.DataFrame = field(default_factory=pd.DataFrame)
    run_in: pd.DataFrame = field(default_factory=pd.DataFrame)
    thresholds: pd.DataFrame = field(default_factory=pd.DataFrame)
    maturity: pd.DataFrame = field(default_factory=pd.DataFrame)
    quality_sensitivity: pd.DataFrame = field(default_factory=pd.DataFrame)
    morning_note: MorningNote | None = None
    courses: pd.DataFrame = field(default_factory=pd.DataFrame)
    n_courses: int = 0
    software: Mapping[str, str] = field(default_factory=dict)
    kind: str = "Release report"
    own_plan: OwnPlan | None = None
    selection: str = ""
    recipe: RecipeFacts | None = None
    caution: str = ""
    warning: str = ""
    disclosure: str = ""
    n_synthetic: int = 0
    n_deliveries: int = 0
    language: str = "en"

    @property
    def is_cohort(self) -> bool:
        """Return whether the page is about chosen patients, not about a whole release."""
        return bool(self.selection or self.recipe)

    @property
    def cautions(self) -> str:
        """Return all that precedes the results; '' if nothing does."""
        return " ".join(filter(None, (self.warning, self.caution)))

    def synthetic_title(self) -> str:
        """Return 'Synthetic data', or how many deliveries are synthetic; '' if none is."""
        if not self.is_synthetic:
            return ""
        if self.n_synthetic == self.n_deliveries:
            return "Synthetic data"
        return f"{self.n_synthetic:,} of {self.n_deliveries:,} deliveries are synthetic"

    def synthetic_text(self) -> str:
        """Return what that means for the figures."""
        if not self.is_synthetic:
            return ""
        if self.n_synthetic == self.n_deliveries:
            return "All patients are made up. Nothing here describes a real person or may be used as evidence."
        return "Made-up patients are counted with real ones, so nothing here may be used as evidence."

    def table(self, name: str) -> pd.DataFrame:
        """Return the named analysis table; an empty frame if it was not passed in. Raises KeyError for a name
        that is not in TABLES.
        """
        if name not in TABLES:
            raise KeyError(name)
        frame = self.tables.get(name)
        return pd.DataFrame() if frame is None else frame

    def flow_steps(self) -> list[FlowStep]:
        """Return the flow as FlowSteps, whatever form it was passed in."""
        return [FlowStep(*step) for step in self.flow]
