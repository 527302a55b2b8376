"""Reads a published model or claim that is to be tested: a TOML file of its figures, as the paper prints them.

    title = "Score of a paper"
    source = "doi or PMID"

    [model]
    endpoint = "TTLTP"
    level = "lesion"

    [[model.terms]]
    column = "max_diameter_mm"
    per = 10
    ratio = 1.4

    [[model.terms]]
    when = "ras = 'mutant'"
    ratio = 2.1

    [model.baseline]
    months = [12, 24]
    free = [0.90, 0.85]

    [[claims]]
    name = "LTP by KRAS"
    endpoint = "LTP"
    groups = [
        { name = "wild type", where = "kras = 'wild_type'", share = "13/71" },
        { name = "mutant", where = "kras = 'mutant'", share = "15/49" },
    ]

Here: what the file says. Whether columns, endpoints and levels exist is checked in workflows/published_checks.py.
"""

import re
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, field_validator, model_validator

from schemas.own_plan import COX, LOGISTIC, LTP
from warehouse.cohorts.terms import Strict, Term, number
from warehouse.readers.near_names import nearest
from warehouse.storage.errors import RegistryError
from warehouse.storage.toml_text import NotToml, read_toml

SHARE = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})")
Estimator = Literal["kaplan_meier", "cumulative_incidence", "crude"]
SEE = "See docs/test-model.md for each key."


class PublishedRefused(RegistryError):
    """A file of a model or claim cannot be followed; the message says what is wrong, the cure how to put it right."""


class ScoreTerm(Term):
    """A term of a published score: a column, as it is or transformed, or 1 for those who meet the condition `when`. It
    adds its coefficient, or the logarithm of its ratio, times (value - center).
    """

    column: str = ""
    when: str | None = None
    ratio: float | None = Field(default=None, gt=0)
    coefficient: float | None = None
    center: float = 0.0

    @model_validator(mode="after")
    def _whole(self) -> "ScoreTerm":
        if bool(self.column) == bool(self.when):
            raise ValueError("names either a column or a condition, when")
        if (self.ratio is None) is (self.coefficient is None):
            raise ValueError("states either a ratio or a coefficient")
        if self.when and (self.per or self.log):
            raise ValueError("has a condition, which takes neither per nor log")
        if self.categories is not None or self.reference is not None:
            raise ValueError("takes no categories: write a term with a condition, when, for each")
        return self

    @property
    def name(self) -> str:
        """Return the term as it is called."""
        return self.when or super().name


class PublishedBaseline(Strict):
    """The share free of the event at each time for a score of 0, or of `score` where the paper states it so."""

    months: tuple[float, ...] = Field(min_length=1)
    free: tuple[float, ...] = Field(min_length=1)
    score: float = 0.0

    @field_validator("months", "free", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return given if isinstance(given, list | tuple) else [given]

    @model_validator(mode="after")
    def _whole(self) -> "PublishedBaseline":
        if len(self.months) != len(self.free):
            raise ValueError("has another number of months than of shares that are free")
        if list(self.months) != sorted(set(self.months)) or min(self.months) <= 0:
            raise ValueError("has months that do not rise from above 0")
        if any(not 0.0 < share < 1.0 for share in self.free) or list(self.free) != sorted(self.free, reverse=True):
            raise ValueError("has shares that do not fall between 1 and 0; 85 % is 0.85")
        return self


class PublishedModel(Strict):
    """A published model: a score of terms, and what makes risks and groups of it. `of`: what its ratios are of, the
    `hazard` (Cox) or the cumulative `incidence` (Fine and Gray).
    """

    endpoint: str = Field(min_length=1)
    level: str = "patient"
    of: Literal["hazard", "incidence"] = "hazard"
    terms: tuple[ScoreTerm, ...] = Field(min_length=1)
    baseline: PublishedBaseline | None = None
    months: tuple[float, ...] = ()
    cutoff: float | None = None

    @field_validator("endpoint")
    @classmethod
    def _upper(cls, given: str) -> str:
        return given.upper()

    @field_validator("months", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return given if isinstance(given, list | tuple) else [given]

    @field_validator("months")
    @classmethod
    def _above_zero(cls, given: tuple[float, ...]) -> tuple[float, ...]:
        if any(month <= 0 for month in given):
            raise ValueError("are above 0")
        return given

    @model_validator(mode="after")
    def _names(self) -> "PublishedModel":
        names = [term.name for term in self.terms]
        if len(names) != len(set(names)):
            raise ValueError("names a term twice")
        return self


class ClaimedGroup(Strict):
    """One group of a claim: who is in it, and what the paper says of it: a `share` such as "13/71", or a `percent` with
    its limits.
    """

    name: str = ""
    where: str = ""
    share: str | None = None
    percent: float | None = Field(default=None, ge=0, le=100)
    lower: float | None = Field(default=None, ge=0, le=100)
    upper: float | None = Field(default=None, ge=0, le=100)

    @model_validator(mode="after")
    def _whole(self) -> "ClaimedGroup":
        if (self.share is None) is (self.percent is None):
            raise ValueError('states either a share, such as "13/71", or a percent')
        if self.share is not None and self.counts is None:
            raise ValueError('has a share that is not written like "13/71"')
        if (self.lower is None) is not (self.upper is None) or (self.share is not None and self.lower is not None):
            raise ValueError("states both limits of a percent, or neither")
        if self.lower is not None and not self.lower <= (self.percent or 0.0) <= (self.upper or 0.0):
            raise ValueError("has limits that do not hold its percent")
        return self

    @property
    def counts(self) -> tuple[int, int] | None:
        """Return the (events, subjects) of a share; None if it is no share."""
        found = SHARE.fullmatch((self.share or "").strip())
        if not found or not int(found[2]) > 0 or int(found[1]) > int(found[2]):
            return None
        return int(found[1]), int(found[2])


class Claim(Strict):
    """One claim of a paper: a share or a rate of groups, or a ratio of a model."""

    name: str = Field(min_length=1)
    endpoint: str = LTP
    level: str = "patient"
    groups: tuple[ClaimedGroup, ...] = ()
    months: float | None = Field(default=None, gt=0)
    estimator: Estimator | None = None
    formula: str | None = None
    method: str | None = None
    references: dict[str, str] = Field(default_factory=dict)
    term: str | None = None
    value: str | None = None
    subgroup: str | None = None
    ratio: float | None = Field(default=None, gt=0)
    lower: float | None = Field(default=None, gt=0)
    upper: float | None = Field(default=None, gt=0)
    p: float | None = Field(default=None, gt=0, le=1)

    @field_validator("endpoint")
    @classmethod
    def _upper(cls, given: str) -> str:
        return given.upper()

    @model_validator(mode="after")
    def _whole(self) -> "Claim":
        if (self.ratio is None) is not bool(self.groups):
            raise ValueError("states either groups or a ratio")
        if self.ratio is not None:
            if not self.formula or not self.term:
                raise ValueError("has a ratio, which needs its formula and its term")
            if (self.lower is None) is not (self.upper is None):
                raise ValueError("states both limits of its ratio, or neither")
            if self.lower is not None and not self.lower <= self.ratio <= (self.upper or 0.0):
                raise ValueError("has limits that do not hold its ratio")
            return self
        of_ratios = (self.formula, self.term, self.value, self.method, self.references, self.lower, self.upper, self.p)
        if any(of_ratios):
            raise ValueError("compares groups, so it has no formula, term, method, limits or p of its own")
        if (self.endpoint == LTP) is not (self.months is None):
            raise ValueError("states months with an endpoint that has times, and without months is of the endpoint LTP")
        return self

    @property
    def fitted_by(self) -> str:
        """Return the method of a ratio's model: logistic of LTP and Cox of times, unless the claim names another."""
        return self.method or (LOGISTIC if self.endpoint == LTP else COX)


class StudyGroup(Strict):
    """How long a group of the study was followed."""

    name: str = Field(min_length=1)
    follow_up_mean_months: float = Field(gt=0)
    follow_up_sd_months: float = Field(gt=0)


class Study(Strict):
    """What a study says that no claim can: its size, means and p-values, which only analysis.replication compares."""

    patients: int = Field(gt=0)
    lesions: int = Field(gt=0)
    mean_ltpfs_months: float = Field(gt=0)
    one_year_ltpfs_p: float = Field(gt=0, le=1)
    follow_up_p_above: float = Field(gt=0, le=1)
    groups: tuple[StudyGroup, ...]


class PublishedFile(Strict):
    """Everything that the file says."""

    title: str = ""
    source: str = ""
    model: PublishedModel | None = None
    study: Study | None = None
    claims: tuple[Claim, ...] = ()


def parse_published(text: str, name: str) -> PublishedFile:
    """Read the file's text; `name` is what errors call it. PublishedRefused, in one sentence, if it says something
    unknown or nothing.
    """
    try:
        given = read_toml(text)
    except NotToml as error:
        where = f" ({error.where})" if error.where else ""
        cure = "Put texts into quotes, and each key on its own line."
        raise PublishedRefused(f"{name} is not TOML{where}.", cure) from None
    try:
        found = PublishedFile.model_validate(given)
    except ValidationError as error:
        raise _refused(name, error) from None
    if found.model is None and not found.claims:
        raise PublishedRefused(f"{name} states neither a model nor a claim.", "Write [model] or [[claims]].")
    return found


def _refused(name: str, error: ValidationError) -> PublishedRefused:
    """Say the first problem of a file; values are the writer's own words and are not repeated."""
    first = error.errors(include_url=False, include_input=False)[0]
    parts = [str(part + 1) if isinstance(part, int) else str(part) for part in first["loc"]]
    place = ".".join(parts)
    if first["type"] == "extra_forbidden":
        fields = _fields_of([part for part in first["loc"][:-1] if isinstance(part, str)])
        near = nearest(parts[-1], fields)
        cure = f"Did you mean {near}?" if near else f"It may be {', '.join(fields)}."
        return PublishedRefused(f"{name}: {place} is no key of such a file.", cure)
    if first["type"] == "missing":
        return PublishedRefused(f"{name}: {place} is missing.", SEE)
    if first["type"] == "literal_error":
        known = get_args(Estimator) if parts[-1] == "estimator" else ("hazard", "incidence")
        return PublishedRefused(f"{name}: {place} is none of {', '.join(known)}.", "Write one of them.")
    words = first["msg"].removeprefix("Value error, ").rstrip(".")
    return PublishedRefused(f"{name}: {place}: {words[0].lower()}{words[1:]}.", SEE)


def _fields_of(place: list[str]) -> list[str]:
    """Return the keys that may stand where an unknown one stands."""
    forms: dict[str, type[Strict]] = {"model": PublishedModel, "terms": ScoreTerm, "baseline": PublishedBaseline}
    forms |= {"claims": Claim, "groups": StudyGroup if "study" in place else ClaimedGroup, "study": Study}
    form = forms.get(place[-1], PublishedFile) if place else PublishedFile
    hidden = {"categories", "reference"} if form is ScoreTerm else set()
    return [key for key in form.model_fields if key not in hidden]


def months_of(model: PublishedModel, usual: tuple[float, ...]) -> tuple[float, ...]:
    """Return the times at which a model is tested: those of the file, of its baseline, or the usual ones."""
    if model.months:
        return tuple(sorted(set(model.months)))
    return model.baseline.months if model.baseline else usual


def said_term(term: ScoreTerm) -> str:
    """Return a term as the terminal shows it, e.g. max_diameter_mm per 10: ratio 1.4."""
    effect = f"ratio {number(term.ratio)}" if term.ratio is not None else f"coefficient {number(term.coefficient or 0)}"
    return f"{term.name}: {effect}" + (f", centered at {number(term.center)}" if term.center else "")
