"""What a recipe asked and whom it chose, as its page says it: counts and words, no keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analysis.report import labels, numbers
from analysis.report.variable_names import outcome_words
from schemas.cohort_names import EVENTS

FIRST_ABLATION = "first_ablation_date"
SUPPRESSED = "suppressed"
WITHOUT_ARTICLE = ("LTP", "death")


class EndpointWords(NamedTuple):
    """An endpoint's event, what happened to those who have it, what those without it are called on an axis, and what
    competes with it.
    """

    event: str
    happened: str
    axis: str
    competitor: str = "death"

    @property
    def without(self) -> str:
        """Return what those without the event are called, in a sentence: 'free of LTP'."""
        words = self.axis.removesuffix(", %")
        return words[:1].lower() + words[1:]


ENDPOINTS = {
    "TTLTP": EndpointWords("LTP", "had LTP", "Free of LTP, %"),
    "LTPFS": EndpointWords("LTP or death", "had LTP or died", "Alive without LTP, %"),
    "LTPFS_STUDY": EndpointWords("LTP", "had LTP", "Free of LTP, %"),
    "A_LTPFS": EndpointWords("loss of local control", "lost local control", "Under local control, %"),
    "TT_NEWLIVER": EndpointWords("new liver lesions", "had a new liver lesion", "Free of new liver lesions, %"),
    "TTP": EndpointWords("progression", "progressed", "Free of progression, %"),
    "IHPFS": EndpointWords(
        "progression in the liver or death",
        "progressed in the liver or died",
        "Alive without progression in the liver, %",
    ),
    "DDFS": EndpointWords(
        "progression outside the liver or death",
        "progressed outside the liver or died",
        "Alive without progression outside the liver, %",
    ),
    "PFS": EndpointWords("progression or death", "progressed or died", "Alive without progression, %"),
    "OS": EndpointWords("death", "died", "Alive, %"),
    "CSS": EndpointWords("death from cancer", "died from cancer", "Not dead from cancer, %", "another death"),
    "STFI": EndpointWords("systemic therapy", "began systemic therapy", "Without systemic therapy, %"),
    "TTUP": EndpointWords("untreatable progression", "progressed untreatably", "Without untreatable progression, %"),
    "DFS": EndpointWords("recurrence or death", "had a recurrence or died", "Alive without recurrence, %"),
}
OTHER = EndpointWords("the event", "had the event", "Event-free, %")


class AttritionStep(NamedTuple):
    """Who is left after a criterion (None: suppressed); the first step is the whole release, and has no predicate.
    `over`: whether the criterion is a condition of patients or of lesions.
    """

    name: str
    where: str
    is_kept: bool
    n_patients: int | None
    n_lesions: int | None
    over: str = ""

    @property
    def reason(self) -> str:
        """Return why somebody left at this step."""
        return f"not {self.name}" if self.is_kept else self.name


@dataclass(frozen=True)
class RecipeFacts:
    """A recipe's question and cohort.

    `by`, `covariates`: names of terms (variable_names.py). `time_zero`: the column from which time runs; `n_left_out`
    subjects have no time after it, and `n_without` no time at all. `steps` begin with the release. `outcomes`: columns
    known only after the ablation by which the cohort was chosen; `late_terms`: those by which it is compared. `text`:
    the recipe as it may be shown; `is_whole` unless something in it is hidden. `chooses_lesions`: whether a criterion
    is over lesions. A count is None where disclosure control suppresses it.
    """

    endpoint: str
    level: str
    steps: tuple[AttritionStep, ...]
    n_subjects: int | None
    n_events: int | None
    n_without: int | None = 0
    n_left_out: int | None = 0
    by: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    cluster: str = ""
    time_zero: str = FIRST_ABLATION
    competes: bool = False
    outcomes: tuple[str, ...] = ()
    late_terms: tuple[str, ...] = ()
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
        return EVENTS.get(self.time_zero) or self.time_zero.removesuffix("_date").replace("_", " ")

    @property
    def from_when(self) -> str:
        """Return the same with its article, for a sentence: 'the first ablation', 'LTP'."""
        return self.since if self.since in WITHOUT_ARTICLE else f"the {self.since}"

    @property
    def n_patients(self) -> int | None:
        """Return the patients who meet every criterion."""
        return self.steps[-1].n_patients

    @property
    def n_lesions(self) -> int | None:
        """Return their lesions that meet every criterion."""
        return self.steps[-1].n_lesions

    @property
    def warning(self) -> str:
        """Return the warning that page, manuscript and every picture carry; '' if all is known at the ablation."""
        said = []
        if self.outcomes:
            said.append(chosen_by(self.outcomes))
        if self.late_terms:
            names = ", ".join(outcome_words(name) for name in self.late_terms)
            said.append(f"Compared by an outcome ({names}), known only after the ablation: the comparison is biased.")
        return " ".join(said)

    def title(self) -> str:
        """Return a title for a recipe that has none: 'Time to LTP, death competing, by KRAS: 13 patients'."""
        by = f", by {groups_in_words(self.by)}" if self.by else ""
        n = self.n_patients if self.level == "patient" else self.n_lesions
        whom = f"{self.level}s" if n is None else numbers.counted(n, self.level)
        return f"{labels.endpoint(self.endpoint)}{by}: {whom}"


def chosen_by(outcomes: Sequence[str]) -> str:
    """Return the warning of a cohort that is chosen by these columns."""
    return (
        f"Chosen by an outcome ({', '.join(map(outcome_words, outcomes))}): who is in this cohort depends on what "
        "happened after the ablation. Its rates and comparisons say nothing about patients before their ablation."
    )


def group_in_words(grouping: str, stratum: str) -> str:
    """Return a group for a sentence: 'KRAS mutant', 'largest diameter < 20 mm'."""
    if grouping in labels.GENES or grouping in labels.TERMS:
        return labels.group(grouping, stratum)
    name = labels.stratum(grouping, stratum)
    return f"{labels.grouping(grouping)} {name[:1].lower() + name[1:] if name[1:2].islower() else name}"


def groups_in_words(names: tuple[str, ...]) -> str:
    """Return groupings for a sentence: 'KRAS, largest diameter and site'."""
    return listed([labels.grouping(name) for name in names])


def listed(words: Sequence[str]) -> str:
    """Return words for a sentence: 'a, b and c'."""
    return " and ".join([", ".join(words[:-1]), *words[-1:]] if len(words) > 1 else words)


def told(n: int | None) -> str:
    """Return a count for a table: '1,234', or 'suppressed'."""
    return SUPPRESSED if n is None else f"{n:,}"


def told_of(n: int | None, noun: str) -> str:
    """Return a count with its noun for a sentence: '28 patients', or 'a suppressed number of patients'."""
    return f"a {SUPPRESSED} number of {noun}s" if n is None else numbers.counted(n, noun)


def less(n: int | None, other: int | None) -> int | None:
    """Return the difference of two counts; None if one of them is suppressed."""
    return None if n is None or other is None else n - other
