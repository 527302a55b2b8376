"""Cohorts of a release: chosen by predicates, a recipe or a SELECT, counted after each step, and estimated."""

import os
import warnings
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ablation_registry.answers import Answer, within_limits
from ablation_registry.asking import question_of, term_of, terms_of
from ablation_registry.criteria import Given, recipe_from
from ablation_registry.results import CoxModel, CumulativeIncidence, KaplanMeier, LogRank, Plot, TableOne
from warehouse.cohorts.attrition import Choice, Step
from warehouse.cohorts.recipe import Recipe
from warehouse.cohorts.subjects import choice_of
from warehouse.cohorts.terms import Term
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates import baseline, curves, models

if TYPE_CHECKING:
    import pandas as pd

    from ablation_registry.catalogue import Table
    from ablation_registry.release import Release

By = str | Mapping[str, Any] | Term | None
VIEWS = ("cohort.lesions", "cohort.patients")


class OutcomeWarning(UserWarning):
    """A cohort is chosen by what is known only after the ablation, so that its estimates mean nothing."""


class Cohorts:
    """Chooses cohorts of a release; `patients` and `lesions` are the views that criteria speak of."""

    def __init__(self, release: "Release"):
        self._release = release

    @property
    def patients(self) -> "Table":
        """The view cohort.patients: one row per patient with an ablated lesion."""
        return self._release["cohort.patients"]

    @property
    def lesions(self) -> "Table":
        """The view cohort.lesions: one row per ablated lesion."""
        return self._release["cohort.lesions"]

    def __call__(self, of: Given = None, *, exclude: str | Iterable[Any] | Mapping[str, str] | None = None) -> "Cohort":
        """Choose the patients who meet `of`, and not `exclude`; without either, everybody.

        `of` is a predicate over cohort.patients or cohort.lesions (``ecog <= 1``), several of them in order (a list, or
        name: predicate), a SELECT of site and patient_id, or a recipe: its path, its keys, or a Recipe. Criteria over
        lesions keep single lesions, and a patient stays as long as one of theirs does. QueryFailed or RecipeRefused, in
        one line, if one does not fit or nobody is left.
        """
        if missing := [view for view in VIEWS if view not in self._release.tables]:
            raise QueryFailed(
                f"Release {self._release.id} has no {missing[0]}: an earlier version made it.",
                "Make one of this version with `registry refresh --full`.",
            )
        with self._release.limits():
            recipe, choice = recipe_from(self._release, of, exclude)
        cohort = Cohort(self._release, recipe, choice)
        if cohort.caution:
            warnings.warn(cohort.caution, OutcomeWarning, stacklevel=2)
        return cohort

    def __repr__(self) -> str:
        return (
            "release.cohort(predicate, recipe or SELECT) chooses a cohort.\n"
            "release.cohort.patients and release.cohort.lesions are what it chooses from.\n" + repr(self.patients)
        )


class Cohort:
    """Patients of a release with their lesions, and how they were chosen. Its numbers are those of a release's report:
    the same estimators, with the same guards.
    """

    def __init__(self, release: "Release", recipe: Recipe, choice: Choice):
        self._release, self._recipe, self._choice = release, recipe, choice

    @property
    def n(self) -> int:
        """The number of patients."""
        return self._choice.n_patients

    @property
    def n_lesions(self) -> int:
        """The number of lesions that meet every criterion."""
        return self._choice.n_lesions

    @property
    def recipe(self) -> Recipe:
        """The recipe that the cohort was chosen by, or that its criteria make."""
        return self._recipe

    @property
    def steps(self) -> tuple[Step, ...]:
        """Each step with who is left after it; the first is the whole release."""
        return self._choice.steps

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The columns, known only after the ablation, that the criteria use."""
        return self._choice.outcomes

    @property
    def caution(self) -> str:
        """What to say of a cohort chosen by an outcome; '' for any other."""
        if not self.outcomes:
            return ""
        return f"Chosen by {', '.join(self.outcomes)}, known only after the ablation: its estimates mean nothing."

    @cached_property
    def attrition(self) -> "pd.DataFrame":
        """Who is left after each step: step, criterion, n_patients, n_lesions, patients_out, lesions_out."""
        import pandas as pd

        steps = self._choice.steps
        before = [steps[0], *steps[:-1]]
        rows = [
            {
                "step": step.name,
                "criterion": step.where if step.is_kept else f"NOT ({step.where})",
                "n_patients": step.n_patients,
                "n_lesions": step.n_lesions,
                "patients_out": last.n_patients - step.n_patients,
                "lesions_out": last.n_lesions - step.n_lesions,
            }
            for last, step in zip(before, steps, strict=True)
        ]
        return pd.DataFrame(rows)

    @property
    def query(self) -> str:
        """The SELECT of the cohort's keys: site and patient_id."""
        return self._choice.patients

    @property
    def patients(self) -> Answer:
        """The rows of cohort.patients, in the order of their keys: `.df()`, `.pl()`, `.to_arrow_table()`."""
        return self._rows("patients", self._choice.patients, "site, patient_id")

    @property
    def lesions(self) -> Answer:
        """The rows of cohort.lesions that meet every criterion, in the order of their keys."""
        return self._rows("lesions", self._choice.lesions, "site, patient_id, lesion_id")

    @within_limits
    def kaplan_meier(
        self, endpoint: str | None = None, by: By = None, *, level: str | None = None, time_zero: str | None = None
    ) -> KaplanMeier:
        """Estimate survival, overall or in the groups of `by`: a column of the level's view, or one in categories,
        ``{"column": "max_diameter_mm", "categories": [20, 30]}``.

        Endpoint, level (patient or lesion) and the date from which time counts are the recipe's unless they are given.
        QueryFailed, with the nearest name, if the release has no such endpoint or column.
        """
        asked = question_of(self._recipe, endpoint, level, time_zero)
        return KaplanMeier(curves.kaplan_meier(self._con, self._choice, asked, term_of(by)), self.caution)

    @within_limits
    def cumulative_incidence(
        self, endpoint: str | None = None, by: By = None, *, level: str | None = None, time_zero: str | None = None
    ) -> CumulativeIncidence:
        """Estimate how many have the event by each time, where death competes; otherwise like `kaplan_meier`."""
        asked = question_of(self._recipe, endpoint, level, time_zero)
        found = curves.cumulative_incidence(self._con, self._choice, asked, term_of(by))
        return CumulativeIncidence(found, self.caution)

    @within_limits
    def logrank(
        self, endpoint: str | None = None, by: By = None, *, level: str | None = None, time_zero: str | None = None
    ) -> LogRank:
        """Test whether survival differs between the groups of `by`; without it, those of the recipe."""
        asked = question_of(self._recipe, endpoint, level, time_zero)
        group = term_of(by) or next(iter(self._recipe.by), None)
        if group is None:
            raise QueryFailed("A log-rank test needs groups.", 'Name a column: logrank("OS", by="kras").')
        return LogRank(curves.logrank(self._con, self._choice, asked, group), self.caution)

    @within_limits
    def cox(
        self,
        covariates: "str | Iterable[Any] | None" = None,
        endpoint: str | None = None,
        *,
        level: str | None = None,
        time_zero: str | None = None,
        strata: str | Iterable[str] = (),
        cluster: str | None = None,
        references: Mapping[str, str] | None = None,
        alone: bool = False,
    ) -> CoxModel:
        """Fit a Cox model: of a formula (``"kras * sex + I(max_diameter_mm / 5)"``), of a list of columns and terms,
        or, without either, of the recipe's covariates.

        At lesion level the variance is clustered by patient unless `cluster` names a column. `references` names the
        value that others are compared with, by column. With `alone` each covariate of a list is also fitted by itself.
        A formula is code: take none from a stranger. QueryFailed, in one line, if anything does not fit.
        """
        asked = question_of(self._recipe, endpoint, level, time_zero)
        strata = (strata,) if isinstance(strata, str) else tuple(strata)
        if isinstance(covariates, str):
            if alone:
                raise QueryFailed("A formula is one model.", "Give a list of covariates to fit each alone.")
            table = models.cox_of_formula(
                self._con, self._choice, asked, covariates, strata=strata, cluster=cluster, references=references
            )
            return CoxModel(table, self.caution)
        own = terms_of(covariates, references) if covariates is not None else list(self._recipe.covariates)
        if covariates is None:
            strata, cluster = strata or self._recipe.strata, cluster or self._recipe.cluster
        table = models.cox(self._con, self._choice, asked, own, strata=strata, cluster=cluster, alone=alone)
        return CoxModel(table, self.caution)

    @within_limits
    def table_one(self, by: By = None, *, level: str | None = None, variables: Iterable[str] | None = None) -> TableOne:
        """Describe the patients, or lesions, at baseline: overall and in the groups of any column."""
        own = list(variables) if variables is not None else None
        found = baseline.table_one(
            self._con, self._choice, term_of(by), level=level or self._recipe.level, variables=own
        )
        return TableOne(found, self.caution)

    def plot(self) -> Plot:
        """Draw who was left out at each step."""
        from ablation_registry.plots import attrition_plot

        return attrition_plot(self._choice)

    @within_limits
    def cite(self) -> str:
        """Say what a paper must say of the cohort: release, content hash, version, criteria; no patient's value."""
        from ablation_registry.citing import citation

        return citation(self._release, self._recipe, self._choice)

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write page, figures, tables and manuscript of the cohort's recipe into a new folder, and return its path: the
        same bytes as `registry cohort RECIPE --out FOLDER`. RegistryError if the folder is not empty.
        """
        from workflows.analyse_recipe import analyse_recipe

        analyse_recipe(self._release.on_disk, self._recipe, Path(folder))
        return Path(folder)

    @property
    def _con(self) -> duckdb.DuckDBPyConnection:
        return self._release.connection

    @within_limits
    def _rows(self, view: str, chosen: str, key: str) -> Answer:
        found = self._con.sql(
            f"SELECT * FROM cohort.{view} SEMI JOIN ({choice_of(chosen)}) USING ({key}) ORDER BY {key}"  # noqa: S608
        )
        return Answer(found, self._release.limits)

    def __len__(self) -> int:
        return self.n

    def __repr__(self) -> str:
        from ablation_registry.shown import cohort_text

        return cohort_text(self)

    def _repr_html_(self) -> str:
        from ablation_registry.shown import cohort_html

        return cohort_html(self)
