"""What a recipe asked and whom it chose, as its page says it: counts and words, no keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analysis.report import labels, numbers
from analysis.report.variable_names import DATES, in_words

FIRST_ABLATION = "first_ablation_date"


class EndpointWords(NamedTuple):
    """An endpoint's event, what those without it are called on an axis, and what competes with it."""

    event: str
    axis: str
    competitor: str = "death"


ENDPOINTS = {
    "TTLTP": EndpointWords("LTP", "Free of LTP, %"),
    "LTPFS": EndpointWords("LTP or death", "Alive without LTP, %"),
    "LTPFS_STUDY": EndpointWords("LTP", "Free of LTP, %"),
    "A_LTPFS": EndpointWords("loss of local control", "Under local control, %"),
    "TT_NEWLIVER": EndpointWords("a new liver lesion", "Free of new liver lesions, %"),
    "TTP": EndpointWords("progression", "Free of progression, %"),
    "IHPFS": EndpointWords("progression in the liver or death", "Alive without progression in the liver, %"),
    "DDFS": EndpointWords("distant progression or death", "Alive without distant progression, %"),
    "PFS": EndpointWords("progression or death", "Alive without progression, %"),
    "OS": EndpointWords("death", "Alive, %"),
    "CSS": EndpointWords("death from cancer or treatment", "Not dead from cancer or treatment, %", "another death"),
}
OTHER = EndpointWords("the event", "Event-free, %")


class AttritionStep(NamedTuple):
    """Who is left after a criterion; the first step is the whole release, and has no predicate."""

    name: str
    where: str
    is_kept: bool
    n_patients: int
    n_lesions: int

    @property
    def reason(self) -> str:
        """Return why somebody left at this step."""
        return f"not: {self.name}" if self.is_kept else self.name


@dataclass(frozen=True)
class RecipeFacts:
    """A recipe's question and cohort.

    `by`, `covariates`: names of terms (variable_names.py). `time_zero`: the column from which time runs; `n_left_out`
    subjects have no time after it, and `n_without` no time at all. `steps` begin with the release. `outcomes`: columns
    known only after the ablation by which the cohort was chosen. `text`: the recipe as it may be shown; `is_whole`
    unless something in it is hidden. `chooses_lesions`: whether a criterion is over lesions.
    """

    endpoint: str
    level: str
    steps: tuple[AttritionStep, ...]
    n_subjects: int
    n_events: int
    n_without: int = 0
    n_left_out: int = 0
    by: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    cluster: str = ""
    time_zero: str = FIRST_ABLATION
    competes: bool = False
    outcomes: tuple[str, ...] = ()
    chooses_lesions: bool = False
    text: str = ""
    fingerprint: str = ""
    is_whole: bool = True

    @property
    def words(self) -> EndpointWords:
        """Return the words for the endpoint."""
        return ENDPOINTS.get(self.endpoint, OTHER)

    @property
    def since(self) -> str:
        """Return from what time runs: 'first ablation'."""
        return DATES.get(self.time_zero) or self.time_zero.removesuffix("_date").replace("_", " ")

    @property
    def n_patients(self) -> int:
        """Return the patients who meet every criterion."""
        return self.steps[-1].n_patients

    @property
    def n_lesions(self) -> int:
        """Return their lesions that meet every criterion."""
        return self.steps[-1].n_lesions

    @property
    def warning(self) -> str:
        """Return the warning that page, manuscript and every picture carry; '' for a cohort chosen at baseline."""
        if not self.outcomes:
            return ""
        names = ", ".join(in_words(name) for name in self.outcomes)
        return (
            f"Chosen by an outcome ({names}): who is in this cohort depends on what happened after the ablation. "
            "Its rates and comparisons say nothing about patients before their ablation."
        )

    def title(self) -> str:
        """Return a title for a recipe that has none: 'Time to LTP, death competing, by KRAS: 13 patients'."""
        by = f", by {groups_in_words(self.by)}" if self.by else ""
        n = self.n_patients if self.level == "patient" else self.n_lesions
        return f"{labels.endpoint(self.endpoint)}{by}: {numbers.counted(n, self.level)}"


def groups_in_words(names: tuple[str, ...]) -> str:
    """Return groupings for a sentence: 'KRAS, largest diameter and site'."""
    return listed([labels.grouping(name) for name in names])


def listed(words: Sequence[str]) -> str:
    """Return words for a sentence: 'a, b and c'."""
    return " and ".join([", ".join(words[:-1]), *words[-1:]] if len(words) > 1 else words)
