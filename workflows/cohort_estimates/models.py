"""Cox models of a cohort: of terms, as a recipe names them, or of a formula."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from analysis.removals import cause_specific
from schemas.own_plan import VARYING
from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.subjects import Question, each_subject, subjects
from warehouse.cohorts.terms import ENTRY_DAYS, EntryTerm, Term
from warehouse.readers.near_names import nearest
from warehouse.storage.errors import QueryFailed
from workflows.cohort_estimates.asked import (
    STRATUM,
    caution_of_outcomes,
    caution_of_time,
    check,
    check_columns,
    columns_of,
    does_compete,
    joined_labels,
    refuse_many_groups,
    refuse_terms_of_strata,
)
from workflows.cohort_estimates.in_time import in_time
from workflows.cohort_estimates.unmet import unmet_levels, without_value

if TYPE_CHECKING:
    import pandas as pd

    from analysis.regression.formula_terms import FormulaTerms

COUNT = "count"
PATIENT_KEY = ("site", "patient_id")
NUMBERS = ("DOUBLE", "INTEGER", "BIGINT")


def cox(
    con: duckdb.DuckDBPyConnection,
    choice: Choice,
    question: Question,
    covariates: Sequence[Term],
    *,
    strata: Sequence[str] = (),
    cluster: str | None = None,
    alone: bool = False,
) -> "pd.DataFrame":
    """Fit a Cox model of all covariates together, like analysis.cox; with `alone` also one of each by itself.

    `strata` and `cluster` name columns of the level's view. At lesion level the variance is clustered by patient unless
    `cluster` names another column. QueryFailed if the release or its view lacks what is asked for, or a reference is no
    value of its term.
    """
    if not covariates:
        raise QueryFailed("A Cox model needs a covariate.", "Name at least one column, such as kras.")
    refuse_terms_of_strata(covariates, [Term(column=name) for name in strata])
    frame, more = _rows(con, choice, question, covariates, strata, cluster)
    references = {term.name: reference_of(frame, term, question.level) for term in covariates if term.reference}
    names = [term.name for term in covariates]
    asked = [[name] for name in names] if alone and len(names) > 1 else []
    return _fitted(frame, [*asked, names], question, references, more)


def cox_of_formula(
    con: duckdb.DuckDBPyConnection,
    choice: Choice,
    question: Question,
    formula: str,
    *,
    strata: Sequence[str] = (),
    cluster: str | None = None,
    references: Mapping[str, str] | None = None,
) -> "pd.DataFrame":
    """Fit the Cox model whose covariates are a formula's right-hand side, as lifelines and R write it:
    ``kras * sex + I(max_diameter_mm / 5) + log(cea_ng_ml)``. Otherwise like `cox`.

    A formula is code and may come from the reader of the data alone.
    """
    with_formula = FormulaAsked(formula, tuple(strata), cluster, references or {})
    rows = rows_of_formula(con, choice, question, with_formula)
    return _fitted(rows.frame, [rows.covariates], question, rows.references, rows.more)


@dataclass(frozen=True)
class FormulaAsked:
    """A formula's right-hand side and what stands beside it. `named` are terms that it may name like columns;
    `is_strict` reads it as a formula that a file holds, which must not be able to run code. `entry` is the date from
    which a subject is watched, `varying` what changes during follow-up.
    """

    formula: str
    strata: tuple[str, ...] = ()
    cluster: str | None = None
    references: Mapping[str, str] | None = None
    named: Mapping[str, Term] | None = None
    is_strict: bool = False
    entry: str | None = None
    varying: tuple[str, ...] = ()

    def term(self, name: str, *, is_class: bool = False) -> Term:
        """Return the term of that name: one of `named`, or the column."""
        reference = (self.references or {}).get(name)
        own = (self.named or {}).get(name)
        if own is None:
            return Term(column=name, categories=True if is_class else None, reference=reference)
        return own.model_copy(update={"reference": reference}) if reference else own


@dataclass(frozen=True)
class FormulaRows:
    """The rows of a formula's model with a column for each covariate, the references of its classes, and how a model
    takes the rows: count, strata, cluster and note.
    """

    frame: "pd.DataFrame"
    covariates: list[str]
    references: dict[str, str]
    more: dict[str, Any]


def rows_of_formula(
    con: duckdb.DuckDBPyConnection,
    choice: Choice,
    question: Question,
    asked: FormulaAsked,
    *,
    of_incidence: bool = False,
) -> FormulaRows:
    """Return the rows of a model of times. `of_incidence`: of how many have the event where another competes."""
    from analysis.regression.formula_terms import FormulaRefused, read_formula

    try:
        terms = read_formula(asked.formula, is_strict=asked.is_strict)
    except FormulaRefused as refused:
        raise _refused(refused) from None
    used = terms_of(asked, terms, question.level)
    by_themselves = [asked.term(name) for name in terms.plain]
    refuse_terms_of_strata(by_themselves, [asked.term(name) for name in asked.strata])
    is_apart = bool(asked.varying) or not terms.is_row_by_row
    frame, more = _rows(con, choice, question, used, asked.strata, asked.cluster, rows_apart=is_apart, asked=asked)
    if asked.varying:
        frame, cut, said = in_time(con, question, frame, asked.varying)
        more |= cut | {"note": "; ".join(part for part in (more["note"], said) if part)}
    cautions = [cause_specific(frame["event"])] if not of_incidence and does_compete(con, question) else []
    rows = with_columns(frame, asked, terms, used, question.level, more)
    more["note"] = "; ".join(part for part in (*cautions, more["note"], *cautions_of_terms(rows, terms, used)) if part)
    return rows


def terms_of(asked: FormulaAsked, terms: "FormulaTerms", level: str) -> list[Term]:
    """Return the terms that a formula names. QueryFailed if the level's view lacks a column."""
    varying = {VARYING[what] for what in asked.varying}
    others = varying | set(asked.named or ())
    check_columns(level, [name for name in (*terms.names, *(asked.references or {})) if name not in others])
    return [asked.term(name, is_class=name in terms.as_classes) for name in terms.names if name not in varying]


def with_columns(
    frame: "pd.DataFrame",
    asked: FormulaAsked,
    terms: "FormulaTerms",
    used: Sequence[Term],
    level: str,
    more: dict[str, Any],
) -> FormulaRows:
    """Return the rows with a column for each covariate. QueryFailed if a term cannot be computed."""
    from analysis.regression.formula_terms import FormulaRefused, formula_columns

    references = {term.name: reference_of(frame, term, level) for term in used if term.reference}
    try:
        frame, covariates = formula_columns(frame, terms, references)
    except FormulaRefused as refused:
        raise _refused(refused) from None
    return FormulaRows(frame, covariates, references, more)


def cautions_of_terms(rows: FormulaRows, terms: "FormulaTerms", used: Sequence[Term]) -> list[str]:
    """Say what a term leaves out that a reader would not expect."""
    made = [name for name in rows.covariates if name not in terms.plain]
    return [*unmet_levels(rows.frame, used), *without_value(rows.frame, made, terms.names)]


def _refused(refused: Any) -> QueryFailed:
    from analysis.regression.formula_terms import EXAMPLE

    return QueryFailed(str(refused), refused.cure or f"Write covariates only, such as {EXAMPLE}.")


def _rows(
    con: duckdb.DuckDBPyConnection,
    choice: Choice,
    question: Question,
    terms: Sequence[Term],
    strata: Sequence[str],
    cluster: str | None,
    *,
    rows_apart: bool = False,
    asked: FormulaAsked | None = None,
) -> tuple["pd.DataFrame", dict[str, Any]]:
    """Return the rows of a model, and how the model takes them: count, strata, cluster and note. Without a formula that
    `asked` for them, the note says that deaths are censored where they compete.
    """
    beside = [asked.term(name) if asked else Term(column=name) for name in strata]
    check(con, question, [*terms, *beside], [cluster] if cluster else [])
    by = list(PATIENT_KEY) if question.level == "lesion" and cluster in (None, "patient_id") else cluster
    entry = EntryTerm(column=asked.entry) if asked and asked.entry else None
    extra = [*beside, *([Term(column=by)] if isinstance(by, str) else []), *([entry] if entry else [])]
    taken = {term.name for term in terms}
    wanted = [*terms, *({term.name: term for term in extra if term.name not in taken}).values()]
    is_apart = rows_apart or by is not None
    frame = each_subject(con, choice, question, wanted) if is_apart else subjects(con, choice, question, wanted)
    refuse_many_groups(frame, [term for term in terms if not is_number(term, question.level)])
    stratum = STRATUM.join(strata) or None
    if len(strata) > 1:
        frame = frame.assign(**{str(stratum): joined_labels(frame, strata)})
    notes = [cause_specific(frame["event"]) if asked is None and does_compete(con, question) else ""]
    notes += [caution_of_time(con, choice, question), caution_of_outcomes([*terms, *beside])]
    notes += [f"watched from {asked.entry} on"] if asked and asked.entry else []
    note = "; ".join(text for text in notes if text)
    more = {"entry": ENTRY_DAYS} if entry else {}
    return frame, {"count": None if is_apart else COUNT, "strata": stratum, "cluster": by, "note": note} | more


def _fitted(
    frame: "pd.DataFrame",
    models: Sequence[Sequence[str]],
    question: Question,
    references: Mapping[str, str],
    more: Mapping[str, Any],
) -> "pd.DataFrame":
    import pandas as pd

    from analysis.regression.cox import cox as fit

    labels = {"endpoint": question.endpoint, "level": question.level, "model": "cohort", "cohort": "all"}
    found = []
    for names in models:
        kind = {"analysis": "univariable" if len(names) == 1 else "multivariable"}
        own = {name: references[name] for name in names if name in references}
        found.append(fit(frame, names, references=own, labels=labels | kind, **more))
    return pd.concat(found, ignore_index=True)


def is_number(term: Term, level: str) -> bool:
    """Whether a term enters a model as a number, without groups."""
    return columns_of(level)[term.column].kind in NUMBERS and not term.is_class


def reference_of(frame: "pd.DataFrame", term: Term, level: str) -> str:
    """Return the term's reference. QueryFailed if the term is a number, or none of its values is the reference."""
    from analysis.tidy import UNKNOWN, stratum_labels, stratum_order

    assert term.reference is not None
    if is_number(term, level):
        raise QueryFailed(f"{term.name} is a number, which has no reference.", "Put it into categories, or leave it.")
    seen = [label for label in stratum_order(stratum_labels(frame[term.name])) if label != UNKNOWN]
    if term.reference in seen:
        return term.reference
    codes = [str(code) for code in columns_of(level)[term.column].codes]
    known = term.labels or [label for label in seen if label in codes or label in ("false", "true")]
    near = "" if term.reference in known else nearest(term.reference, known)
    cure = f"Did you mean {near}?" if near else f"There are {', '.join(known)}." if known else "Name another."
    cure = "Nobody has it: name another." if term.reference in known else cure
    raise QueryFailed(f"The reference of {term.name} is none of its values in this cohort.", cure)
