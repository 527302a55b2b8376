"""Declares the expectations as data: suite, table, name, bounds, sentence, rule of the catalogue, and severity.

Every expectation compares one aggregate (frames.py, drift.py) with inclusive bounds (schemas/thresholds.py). A gate
refuses the release; everything else is reported. Expectations whose names begin with "drift" compare with the previous
release.
"""

from dataclasses import dataclass
from typing import Literal

from schemas.export import Column
from schemas.exports import WATCHED
from schemas.thresholds import (
    DIAMETER_BELOW_30_PCT,
    DRIFT_MAX_PCT,
    FIRST_EXAM_MIN_PCT,
    FIRST_OF_JANUARY_MAX_PCT,
    FIRST_OF_MONTH_MAX_PCT,
    GENOTYPE_KNOWN_MIN_PCT,
    INTERVAL_MAX_PCT,
    INTERVAL_USUAL_MIN_PCT,
    KRAS_MUTANT_PCT,
    LAST_CONTACT_MIN_PCT,
    LESIONS_WITH_LTP_PCT,
    MARGIN_KNOWN_MIN_PCT,
    STABILITY_INDEX_MAX,
    USUAL_DIAMETER_MIN_PCT,
)

Severity = Literal["warning", "gate"]


@dataclass(frozen=True)
class Expectation:
    """One expectation. `low` and `high` are inclusive; None means no bound. `name` is unique within the table."""

    suite: str
    table: str
    name: str
    low: float | None
    high: float | None
    sentence: str
    rule_id: str = ""
    severity: Severity = "warning"


SUITES = {
    "agreement": "Tables derived from one another have the rows they should have.",
    "completeness": "What the endpoints and their analyses need is filled in.",
    "prevalence": "Frequencies are within the range of published series.",
    "dates": "Dates do not pile up on the days that people enter for unknown dates.",
    "distributions": "Diameters and intervals between exams are distributed as in other series and as before.",
    "volumes": "Numbers of rows and missing values are close to those of the previous release.",
}
"""What each suite is about."""


def _agreement() -> list[Expectation]:
    made = {
        "derived.lesion_ltp": "lesion_ltp has one row for each ablated lesion.",
        "derived.patient_ltpfs": "patient_ltpfs has one row for each patient of lesion_ltp.",
        "derived.patient_genotype": "patient_genotype has one row for each patient with a session.",
    }
    return [
        Expectation("agreement", table, "rows too many", 0.0, 0.0, sentence, severity="gate")
        for table, sentence in made.items()
    ]


def _completeness() -> list[Expectation]:
    suite, genotype = "completeness", "derived.patient_genotype"
    return [
        *(
            Expectation(
                suite,
                genotype,
                f"{gene} known",
                GENOTYPE_KNOWN_MIN_PCT,
                None,
                f"{gene} is known in at least {GENOTYPE_KNOWN_MIN_PCT:g} % of patients with a session.",
                "DS-01",
            )
            for gene in ("KRAS", "NRAS", "BRAF")
        ),
        Expectation(
            suite,
            "clean.lesions",
            "margin known",
            MARGIN_KNOWN_MIN_PCT,
            None,
            f"The minimal margin is known in at least {MARGIN_KNOWN_MIN_PCT:g} % of lesions.",
            "DS-01",
        ),
        Expectation(
            suite,
            "derived.patient_ltpfs",
            "last contact known",
            LAST_CONTACT_MIN_PCT,
            None,
            "Every patient has a last contact or a date of death.",
            "DS-01",
        ),
        Expectation(
            suite,
            "derived.lesion_ltp",
            "first exam in time",
            FIRST_EXAM_MIN_PCT,
            None,
            f"At least {FIRST_EXAM_MIN_PCT:g} % of lesions have a first qualifying exam 14 to 84 days after ablation.",
            "IMG-08",
        ),
    ]


def _prevalence() -> list[Expectation]:
    kras, ltp = KRAS_MUTANT_PCT, LESIONS_WITH_LTP_PCT
    return [
        Expectation(
            "prevalence",
            "derived.patient_genotype",
            "KRAS mutant",
            *kras,
            f"KRAS is mutant in {kras[0]:g} to {kras[1]:g} % of patients in whom it is known.",
            "DS-01",
        ),
        Expectation(
            "prevalence",
            "derived.lesion_ltp",
            "lesions with LTP",
            *ltp,
            f"{ltp[0]:g} to {ltp[1]:g} % of evaluable lesions have LTP.",
            "DS-01",
        ),
    ]


def _dates() -> list[Expectation]:
    expectations = []
    for table, column in [(name, c.name) for name, e in WATCHED.items() for c in e.columns if c.kind == "date"]:
        for when, most in (("the first of a month", FIRST_OF_MONTH_MAX_PCT), ("1 January", FIRST_OF_JANUARY_MAX_PCT)):
            sentence = f"At most {most:g} % of {column} are {when}; a larger share suggests imputed dates."
            expectations.append(
                Expectation("dates", f"clean.{table}", f"{column} on {when}", None, most, sentence, "DS-02")
            )
    return expectations


def _distributions() -> list[Expectation]:
    suite, lesions, exams = "distributions", "clean.lesions", "clean.imaging_followups"
    low, high = DIAMETER_BELOW_30_PCT
    stable = f"has a stability index of at most {STABILITY_INDEX_MAX:g} compared with the previous release."
    return [
        Expectation(
            suite,
            lesions,
            "diameters from 5 to below 60 mm",
            USUAL_DIAMETER_MIN_PCT,
            None,
            f"At least {USUAL_DIAMETER_MIN_PCT:g} % of lesions measure 5 mm or more and less than 60 mm.",
        ),
        Expectation(
            suite, lesions, "diameters below 30 mm", low, high, f"{low:g} to {high:g} % of lesions are below 30 mm."
        ),
        Expectation(
            suite,
            exams,
            "intervals below 7 days",
            None,
            INTERVAL_MAX_PCT,
            f"At most {INTERVAL_MAX_PCT:g} % of the intervals between a patient's exam days are below 7 days.",
        ),
        Expectation(
            suite,
            exams,
            "intervals below 200 days",
            INTERVAL_USUAL_MIN_PCT,
            None,
            f"At least {INTERVAL_USUAL_MIN_PCT:g} % of the intervals between a patient's exam days are below 200 days.",
        ),
        Expectation(
            suite, lesions, "drift of diameters", None, STABILITY_INDEX_MAX, f"The distribution of diameters {stable}"
        ),
        Expectation(
            suite, exams, "drift of intervals", None, STABILITY_INDEX_MAX, f"The distribution of intervals {stable}"
        ),
    ]


COUNTED = (*(f"clean.{name}" for name in WATCHED), "derived.lesion_ltp", "derived.patient_ltpfs")
"""Tables whose numbers of rows are compared with the previous release."""


def may_be_missing(column: Column) -> bool:
    """Return whether the column can be empty in a clean table: it is optional, or a flag, where empty means unknown."""
    return not column.required or column.kind == "flag"


def _volumes() -> list[Expectation]:
    most = DRIFT_MAX_PCT
    rows = [
        Expectation(
            "volumes",
            table,
            "drift of rows",
            -most,
            most,
            f"The number of rows of {table} is within {most:g} % of the previous release.",
            "DS-01",
        )
        for table in COUNTED
    ]
    missing = [
        Expectation(
            "volumes",
            f"clean.{name}",
            f"drift of missing {column.name}",
            -most,
            most,
            f"The share of rows without {column.name} has changed by at most {most:g} percentage points.",
            "DS-01",
        )
        for name, export in WATCHED.items()
        for column in export.columns
        if may_be_missing(column)
    ]
    return [*rows, *missing]


EXPECTATIONS: tuple[Expectation, ...] = (
    *_agreement(),
    *_completeness(),
    *_prevalence(),
    *_dates(),
    *_distributions(),
    *_volumes(),
)


def of_suite(suite: str) -> list[Expectation]:
    """Return the expectations of a suite."""
    return [e for e in EXPECTATIONS if e.suite == suite]


def is_gate(suite: str) -> bool:
    """Return whether the suite contains a gate."""
    return any(e.severity == "gate" for e in of_suite(suite))
