"""Reads a registry's own plan of analyses: plan.toml of the home.

    [primary]
    endpoint = "TTLTP"
    level = "lesion"
    contrast = "margin"
    reference = ">= 5"

    [[terms]]
    name = "margin"
    column = "minimal_margin_mm"
    categories = [5]

    [[models]]
    name = "margin_and_diameter"
    endpoint = "TTLTP"
    level = "lesion"
    formula = "margin * ras + rcs(max_diameter_mm, [10, 20, 30])"

    [[curves]]
    name = "survival_by_ras"
    endpoint = "OS"
    by = "ras"

Every key may be left out but a model's name, endpoint and formula. Here: what the file says, and what each part of it
is as a definition. Whether columns, endpoints and levels exist is checked in workflows/own_plan.py.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from schemas.own_plan import ATE, COX, LOGISTIC, LTP, PRIMARY, VARYING
from schemas.thresholds import IMPUTATIONS
from warehouse.cohorts.plan_layout import laid_out, without_unused
from warehouse.cohorts.terms import Strict, Term
from warehouse.readers.near_names import nearest
from warehouse.storage.errors import RegistryError
from warehouse.storage.sql_files import sql_text
from warehouse.storage.toml_text import NotToml, read_toml

NAME = r"[a-z][a-z0-9_]{0,39}"
OF_GROUPS = ("called", "levels", "reference")
"""The keys of groups."""
NAMING = ("formula", "by", "treatment", "confounders")
"""Keys whose texts name columns, terms and groups."""
FIRST_SEED = 1
_WORD = re.compile(r"\w+")


class PlanRefused(RegistryError):
    """A plan cannot be followed; the message says what is wrong and the cure how to put it right."""


class PlannedTerm(Term):
    """A column, as it is or transformed, under a name that formulas, groups and strata may use."""

    called: str = Field(validation_alias="name", pattern=f"^{NAME}$")

    @property
    def name(self) -> str:
        """Return the name under which the plan uses it."""
        return self.called


class PlannedGroups(PlannedTerm):
    """Classes by conditions: of the conditions that a row meets the first decides, and a row that meets none has no
    class. `column` is one that the conditions name, once they were checked.
    """

    column: str = ""
    levels: dict[str, str] = Field(min_length=2)

    @model_validator(mode="before")
    @classmethod
    def _only_levels(cls, given: Any) -> Any:
        if isinstance(given, dict) and (strange := sorted({"column", "per", "log", "categories"} & set(given))):
            raise ValueError(f"take no {strange[0]}: each of their levels is a condition")
        return given

    @property
    def is_class(self) -> bool:
        """Return True: they are classes."""
        return True

    @property
    def labels(self) -> list[str]:
        """Return the names of the classes, in order."""
        return list(self.levels)

    def sql(self) -> str:
        """Return the SQL of the classes over a cohort view."""
        cases = "".join(f" WHEN (({where}\n) IS TRUE) THEN {sql_text(label)}" for label, where in self.levels.items())
        return f"CASE{cases} END"


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, str) else given or ()


class Asked(Strict):
    """What every analysis names: the endpoint, whose it is, and a condition on who is in it."""

    title: str = ""
    endpoint: str = Field(min_length=1)
    level: str = "patient"
    subgroup: str | None = None

    @field_validator("endpoint")
    @classmethod
    def _upper(cls, given: str) -> str:
        return given.upper()

    @field_validator("level")
    @classmethod
    def _lower(cls, given: str) -> str:
        return given.lower()


class Adjusted(Asked):
    """An analysis by a model: its method, and what stands beside its formula."""

    method: str | None = None
    strata: tuple[str, ...] = ()
    cluster: str | None = None
    test: bool = False
    entry: str | None = None
    imputations: int | None = Field(default=None, ge=IMPUTATIONS[0], le=IMPUTATIONS[1])
    impute: tuple[str, ...] = ()
    seed: int = Field(default=FIRST_SEED, ge=0)

    @model_validator(mode="after")
    def _of_imputations(self) -> "Adjusted":
        if self.imputations is None and (self.impute or self.seed != FIRST_SEED):
            raise ValueError("says how to impute, but not how many times: write imputations = 20")
        return self

    @field_validator("strata", "impute", "time_varying", mode="before", check_fields=False)
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return _listed(given)


class PlannedModel(Adjusted):
    """A model of the plan."""

    name: str = Field(pattern=f"^{NAME}$")
    formula: str = Field(min_length=1)
    references: dict[str, str] = Field(default_factory=dict)
    time_varying: tuple[str, ...] = ()

    @property
    def varying_columns(self) -> tuple[str, ...]:
        """Return the columns that change during follow-up."""
        return tuple(VARYING.get(name, name) for name in self.time_varying)

    @property
    def fitted_by(self) -> str:
        """Return the method: logistic of LTP and Cox of times, unless the plan names another."""
        return self.method or (LOGISTIC if self.endpoint == LTP else COX)


class PlannedCurves(Asked):
    """Curves of the plan: of everybody, or of the groups of a column or term."""

    name: str = Field(pattern=f"^{NAME}$")
    by: str | None = None
    entry: str | None = None
    strata: tuple[str, ...] = ()

    @field_validator("strata", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return _listed(given)


class PlannedComparison(Asked):
    """Two treatments of the plan that are compared by weights: `levels[0]` of `treatment` with `levels[1]`."""

    name: str = Field(pattern=f"^{NAME}$")
    treatment: str = Field(min_length=1)
    levels: tuple[str, str]
    confounders: str = Field(min_length=1)
    estimand: str = ATE

    @field_validator("estimand")
    @classmethod
    def _lower_estimand(cls, given: str) -> str:
        return given.lower()

    @property
    def groups(self) -> str:
        """Return what is compared, in words."""
        return f"{self.treatment}: {self.levels[0]} against {self.levels[1]}"


Planned = PlannedModel | PlannedCurves | PlannedComparison


class Primary(Adjusted):
    """The primary contrast: groups that are compared, and what is adjusted for. It is a model and curves."""

    contrast: str = Field(min_length=1)
    reference: str | None = None
    adjust: str = ""

    @property
    def model(self) -> PlannedModel:
        """Return its model."""
        shared = self.model_dump(exclude={"contrast", "reference", "adjust"})
        formula = f"{self.contrast} + {self.adjust}" if self.adjust.strip() else self.contrast
        references = {self.contrast: self.reference} if self.reference else {}
        return PlannedModel(name=PRIMARY, formula=formula, references=references, **shared)

    @property
    def curves(self) -> PlannedCurves:
        """Return its curves."""
        shared = self.model_dump(include={"title", "endpoint", "level", "subgroup", "entry", "strata"})
        return PlannedCurves(name=PRIMARY, by=self.contrast, **shared)


@dataclass(frozen=True)
class Definition:
    """One analysis of a plan, and the SHA-256 of what it says, however the file is laid out and whatever its name."""

    item: Planned
    sha256: str

    @property
    def kind(self) -> str:
        """Return model, curves or comparison."""
        if isinstance(self.item, PlannedComparison):
            return "comparison"
        return "model" if isinstance(self.item, PlannedModel) else "curves"


class Plan(Strict):
    """Everything that plan.toml says."""

    title: str = ""
    primary: Primary | None = None
    terms: tuple[PlannedTerm, ...] = ()
    groups: tuple[PlannedGroups, ...] = ()
    models: tuple[PlannedModel, ...] = ()
    curves: tuple[PlannedCurves, ...] = ()
    comparisons: tuple[PlannedComparison, ...] = ()

    @property
    def named(self) -> dict[str, PlannedTerm]:
        """Return the terms and groups by name."""
        return {one.name: one for one in (*self.terms, *self.groups)}

    @property
    def all_models(self) -> tuple[PlannedModel, ...]:
        """Return the models, that of the primary contrast first."""
        return ((self.primary.model,) if self.primary else ()) + self.models

    @property
    def all_curves(self) -> tuple[PlannedCurves, ...]:
        """Return the curves, those of the primary contrast first. LTP without time has none."""
        own = (self.primary.curves,) if self.primary and self.primary.endpoint != LTP else ()
        return own + self.curves

    @property
    def definitions(self) -> list[Definition]:
        """Return every analysis with its hash: that of its keys, and of the terms and groups that it uses."""
        items: list[Planned] = [*self.all_models, *self.all_curves, *self.comparisons]
        return [Definition(item, self._hash_of(item)) for item in items]

    def _hash_of(self, item: Planned) -> str:
        said = without_unused(item.model_dump(mode="json", exclude={"name", "title"}))
        if isinstance(item, PlannedModel):
            said |= {"method": item.fitted_by}
        texts = [*(said.get(key) or "" for key in NAMING), *said.get("strata", ())]
        used = {name for text in texts for name in _WORD.findall(text)} & set(self.named)
        said["terms"] = {name: self.named[name].model_dump(mode="json", exclude=_found(name, self)) for name in used}
        return hashlib.sha256(json.dumps(laid_out(said), sort_keys=True).encode()).hexdigest()


def _found(name: str, plan: Plan) -> set[str]:
    """Return what the check adds to a term, which is no part of its definition."""
    return {"column"} if isinstance(plan.named[name], PlannedGroups) else set()


def parse_plan(text: str, name: str) -> Plan:
    """Read a plan from its text; `name` is what errors call it. PlanRefused, in one sentence, if it says something
    unknown, nothing, or two things of one name.
    """
    try:
        given = read_toml(text)
    except NotToml as error:
        where = f" ({error.where})" if error.where else ""
        raise PlanRefused(
            f"{name} is not TOML{where}.", "Put texts into quotes, and each key on its own line."
        ) from None
    try:
        plan = Plan.model_validate(given)
    except ValidationError as error:
        raise _refused(name, error) from None
    if not plan.definitions:
        raise PlanRefused(
            f"{name} declares no analysis.", "Write [primary], [[models]], [[curves]] or [[comparisons]]."
        )
    for place, taken in _names_twice(plan):
        raise PlanRefused(f"{name}: two {place} are called {taken}.", "Rename one of them.")
    return plan


def _names_twice(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield names that are used twice, or by the plan itself."""
    for key, names in (
        ("models", [one.name for one in plan.all_models]),
        ("curves", [one.name for one in plan.all_curves]),
        ("comparisons", [one.name for one in plan.comparisons]),
        ("terms or groups", [one.name for one in (*plan.terms, *plan.groups)]),
    ):
        yield from ((key, one) for place, one in enumerate(names) if one in names[:place])


def _refused(name: str, error: ValidationError) -> PlanRefused:
    """Say the first problem of a plan; values are the writer's own words and are not repeated."""
    first = error.errors(include_url=False, include_input=False)[0]
    parts = [str(part + 1) if isinstance(part, int) else str(part) for part in first["loc"]]
    place = ".".join(parts)
    if first["type"] == "extra_forbidden":
        fields = _fields_of(first["loc"])
        near = nearest(parts[-1], fields)
        cure = f"Did you mean {near}?" if near else f"It may be {', '.join(fields)}."
        return PlanRefused(f"{name}: {place} is no key of a plan.", cure)
    if first["type"] == "missing":
        return PlanRefused(f"{name}: {place} is missing.", "See docs/plans.md for what each part needs.")
    if first["type"] == "string_pattern_mismatch":
        said = f"{name}: {place} is not a name of small letters, digits and underscores."
        return PlanRefused(said, "Begin it with a letter, for example margin_and_ras.")
    words = first["msg"].removeprefix("Value error, ").rstrip(".")
    return PlanRefused(f"{name}: {place}: {words[0].lower()}{words[1:]}.", "See docs/plans.md for each key.")


def _fields_of(place: tuple[int | str, ...]) -> list[str]:
    """Return the keys that may stand where an unknown one stands."""
    parts: dict[str, type[Strict]] = {"primary": Primary, "models": PlannedModel, "curves": PlannedCurves}
    parts |= {"comparisons": PlannedComparison, "terms": PlannedTerm, "groups": PlannedGroups}
    form = parts.get(str(place[0]), Plan) if len(place) > 1 else Plan
    keys = OF_GROUPS if form is PlannedGroups else tuple(form.model_fields)
    return ["name" if key == "called" else key for key in keys]
