"""Says what a release knows of each element of the EHDS data quality and utility label, and which it cannot know.

The elements are those of Article 78(3) of Regulation (EU) 2025/327, in our words. It is no label: that is issued in the
form which the Commission lays down, and maturity of processes is for an assessor to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from interchange.healthdcat.facts import Facts
from interchange.outgoing import Outgoing
from schemas.rules import RULES

UNKNOWN = "not known to a release"
SUPPRESSED = "not said under a mode of disclosure control"
DIMENSIONS = {
    "completeness": ("completeness",),
    "uniqueness": ("plausibility: uniqueness",),
    "accuracy": ("plausibility: atemporal", "plausibility: temporal"),
    "validity": ("conformance: value", "conformance: computational"),
    "consistency": ("conformance: relational",),
}
"""The Regulation's word for a dimension of technical quality -> the categories of Kahn 2016 that it stands for here."""


@dataclass(frozen=True)
class Element:
    """An element of the label: letter of the paragraph, what is asked, what the release says, and from where."""

    letter: str
    asked: str
    said: str
    source: str = ""

    @property
    def is_known(self) -> bool:
        """Return whether the release says anything."""
        return self.said != UNKNOWN


def label_of(release: Outgoing, facts: Facts) -> list[Element]:
    """Return every element of the label, in the order of the paragraph."""
    return [
        *_documentation(release, facts),
        *_quality(facts),
        *_processes(facts),
        *_coverage(facts),
        Element("e", "time from collection to addition", _days(facts.added_days), "clean.rfa_sessions, meta.loads"),
        Element("e", "time to provide the data after a permit", UNKNOWN),
        Element("f", "merging and adding data", _merged(facts), "meta.loads, quality.answers"),
        Element("f", "links with other datasets", "none: the registry joins no other dataset", "warehouse/sql/"),
    ]


def _documentation(release: Outgoing, facts: Facts) -> list[Element]:
    n_columns = sum(len(table.columns) for table in release.tables.values())
    deliveries = _of(facts.n_accepted, "accepted deliveries of {sites}", facts.n_sites)
    return [
        Element("a", "metadata", "dataset.jsonld (HealthDCAT-AP, release 8)", "this export"),
        Element(
            "a", "support documentation", "pages of docs/: exports, rules, endpoints, statistics", "docs/README.md"
        ),
        Element("a", "data dictionary", f"{len(release.tables):,} tables with {n_columns:,} columns", "meta.columns"),
        Element("a", "data model", "tables with keys and references", "docs/tables.md; `registry export datapackage`"),
        Element("a", "format and standards", "DuckDB; HGVS for variants; see docs/exports-out.md for others", "docs/"),
        Element("a", "source of the data", deliveries, "meta.loads"),
    ]


def _quality(facts: Facts) -> list[Element]:
    found = []
    for asked, categories in DIMENSIONS.items():
        own = [score for score in facts.scores if score[0] in categories]
        n_rules, n_failed = sum(score[1] for score in own), sum(score[2] for score in own)
        said = f"{n_failed:,} of {n_rules:,} results of rules failed ({', '.join(categories)})" if own else SUPPRESSED
        found.append(Element("b", asked, said, "quality.scorecard"))
    newest = f"newest first ablation {facts.last_day}" if facts.last_day is not None else SUPPRESSED
    found.append(Element("b", "timeliness", newest, "cohort.patients; quality.site_results"))
    return found


def _processes(facts: Facts) -> list[Element]:
    applied = f"; {facts.n_applied:,} corrections of sites applied" if facts.n_applied is not None else ""
    return [
        Element(
            "c", "review", f"{len(RULES):,} rules at every delivery, query sheets to sites{applied}", "docs/rules.md"
        ),
        Element(
            "c", "audit", "planted defects before each release; hashes of every file and table", "quality.canaries"
        ),
        Element("c", "bias examination", "estimates by quality of data", "analysis.quality_sensitivity"),
        Element("c", "level of maturity of the processes", UNKNOWN),
    ]


def _coverage(facts: Facts) -> list[Element]:
    period = (
        f"first ablations from {facts.first_day} to {facts.last_day}" if facts.first_day is not None else SUPPRESSED
    )
    months = facts.followed_months
    followed = f"{months:.1f} months from first ablation to last contact (mean)" if months is not None else SUPPRESSED
    return [
        Element("d", "period", period, "cohort.patients"),
        Element("d", "population", _of(facts.n_patients, "patients of {sites}", facts.n_sites), "cohort.patients"),
        Element("d", "representativity of the population", UNKNOWN),
        Element("d", "average time of a person in the dataset", followed, "derived.last_known_alive"),
    ]


def _of(n: int | None, words: str, n_sites: int | None) -> str:
    return SUPPRESSED if n is None else f"{n:,} {words.format(sites=sites_of(n_sites))}"


def sites_of(n: int | None) -> str:
    """Return a number of sites in words.

    >>> sites_of(1), sites_of(12)
    ('1 site', '12 sites')
    """
    return f"{n:,} site{'' if n == 1 else 's'}"


def _days(days: float | None) -> str:
    return SUPPRESSED if days is None else f"{days:,.0f} days from a session to the arrival of its delivery (median)"


def _merged(facts: Facts) -> str:
    return "deliveries of sites are united row by row" + (
        f": {facts.n_accepted:,} of {facts.n_deliveries:,} accepted" if facts.n_accepted is not None else ""
    )
