"""Turns the right-hand side of a formula, such as ``kras * sex + I(max_diameter_mm / 5)``, into covariates of a model.

A column by itself, or in ``C(...)``, is a covariate as it is: the model codes its levels, names its reference and knows
when a level has no event. Everything else (transformed, crossed, splines) becomes columns of numbers by formulaic,
coded beside those covariates, so that an interaction means what it says.

formulaic evaluates what stands in a formula as Python. A formula that is read from a file is therefore read strictly:
columns, numbers, arithmetic and the functions of ROW_BY_ROW, and nothing else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.regression.design_matrix import is_numeric
from analysis.regression.splines import FEWEST_KNOTS, rcs
from analysis.tidy import UNKNOWN, as_float, stratum_labels, stratum_order

if TYPE_CHECKING:
    from formulaic.formula import Formula

SPLINE = "rcs"
ROW_BY_ROW = frozenset({"I", "C", "log", "log2", "log10", "exp", "sqrt", "abs", SPLINE})
"""Functions whose value in a row depends on that row alone, so that equal subjects may be counted together before."""
_KNOTS = "State the knots of a spline: rcs(max_diameter_mm, [10, 20, 30])."
_BESIDE = 'Write it beside the formula: {0} = "{1}".'
OTHERWISE = {
    **dict.fromkeys(("ns", "bs", "cr", "cs", "pspline", "s", "spline"), _KNOTS),
    "strata": _BESIDE.format("strata", "site"),
    "cluster": _BESIDE.format("cluster", "patient_id"),
    "factor": "Write C(ecog), or a term with categories = true.",
    "as_factor": "Write C(ecog), or a term with categories = true.",
    "poly": "Write I(x ** 2), or a spline with knots: rcs(x, [10, 20, 30]).",
    "tt": "time_varying says which covariates change in time; a ratio that changes needs another model.",
    "frailty": "Lesions of a patient are clustered; there is no frailty.",
}
"""What other programs call in a formula -> how it is said here."""
EXAMPLE = "kras + I(max_diameter_mm / 5)"
MOST_CHARACTERS, MOST_CROSSINGS, MOST_TERMS = 1000, 6, 60
"""A longer or more crossed formula is no model, and would be multiplied out for minutes."""
_STRICT = re.compile(r"[\w\s.,+*/:()\[\]^-]+", re.ASCII)
_POWER = re.compile(r"(?:\*\*|\^)\s*(?![0-3]\b)")
_ARITHMETIC = (
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.UnaryOp, ast.USub, ast.UAdd),
    *(ast.Name, ast.Load, ast.Constant),
)


class FormulaRefused(ValueError):
    """A formula cannot be read; the message says why in one line, ``cure`` what to do if that is known."""

    def __init__(self, message: str, cure: str = ""):
        super().__init__(message)
        self.cure = cure


@dataclass(frozen=True)
class FormulaTerms:
    """A formula that was read: the columns it names, those that are covariates by themselves (in ``as_classes`` those
    in C(...)), whether every other term can be made from each row alone, and its splines as (column, knots).
    """

    formula: Formula
    names: tuple[str, ...]
    plain: tuple[str, ...]
    as_classes: frozenset[str]
    is_row_by_row: bool
    splines: tuple[tuple[str, tuple[float, ...]], ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether each term is a column by itself."""
        return len(self.plain) == len(self.formula) - 1


def read_formula(text: str, *, is_strict: bool = False) -> FormulaTerms:
    """Read a formula's right-hand side. FormulaRefused if it is none, has no covariate or, with ``is_strict``, could
    run code.
    """
    from formulaic import Formula
    from formulaic.errors import FormulaInvalidError, FormulaParsingError

    if is_strict:
        _refuse_strange(text)
    try:
        given: Any = Formula(text)
    except (FormulaParsingError, FormulaInvalidError):
        raise FormulaRefused("The formula cannot be read.") from None
    if hasattr(given, "lhs") or "~" in text:
        raise FormulaRefused("The formula has a left-hand side, but the endpoint is named apart.")
    terms = [str(term) for term in given if term.degree]
    if not terms:
        raise FormulaRefused("The formula names no covariate.")
    if is_strict and len(terms) > MOST_TERMS:
        raise FormulaRefused(f"The formula has {len(terms)} terms.", f"Write at most {MOST_TERMS}.")
    whole: Any = Formula(" + ".join(["1", *terms]))
    plain: dict[str, bool] = {}
    names: dict[str, None] = {}
    splines: dict[tuple[str, tuple[float, ...]], None] = {}
    is_row_by_row = True
    for term in whole:
        for factor in term.factors:
            tree = _parsed(str(factor.expr))
            if is_strict:
                _refuse_code(tree)
            names |= dict.fromkeys(_columns(tree))
            splines |= dict.fromkeys(_splines(tree))
            is_row_by_row &= _is_row_by_row(tree)
        own = _plain(term)
        if own:
            plain[own] = own in plain and plain[own] or str(term) != own
    as_classes = frozenset(name for name in plain if plain[name])
    return FormulaTerms(whole, tuple(names), tuple(plain), as_classes, is_row_by_row, tuple(splines))


def formula_columns(
    frame: pd.DataFrame, terms: FormulaTerms, references: Mapping[str, str] | None = None
) -> tuple[pd.DataFrame, list[str]]:
    """Return ``frame`` with a column for each term, and the names of the covariates in the order of the formula.

    Rows in which a column of the formula is missing or ``unknown`` get no value in that term. FormulaRefused if a term
    cannot be computed, or a spline has a knot outside its column's values.
    """
    frame = frame.assign(**{name: _as_classes(frame[name]) for name in terms.as_classes})
    if terms.is_plain:
        return frame, list(terms.plain)
    present = {name: is_present(frame[name]) for name in terms.names}
    complete = np.logical_and.reduce(list(present.values()))
    for name, knots in terms.splines:
        _refuse_outside(frame[name][complete], name, knots)
    matrix = _matrix(frame.loc[complete, list(terms.names)], terms, references or {})
    covariates: list[str] = []
    made: dict[str, np.ndarray] = {}
    for term, columns in matrix.model_spec.term_indices.items():
        own = _plain(term)
        if own or not term.degree:
            covariates += [own] if own else []
            continue
        needed = {name for factor in term.factors for name in _columns(_parsed(str(factor.expr)))}
        for place in columns:
            values = np.where(np.logical_and.reduce([present[name] for name in needed]), 0.0, np.nan)
            values[complete] = matrix.iloc[:, place].to_numpy(dtype=float)  # log(0) is infinite, so missing
            made[str(matrix.columns[place])] = values
            covariates.append(str(matrix.columns[place]))
    return frame.assign(**made), covariates


def _matrix(frame: pd.DataFrame, terms: FormulaTerms, references: Mapping[str, str]) -> Any:
    coded = frame.assign(
        **{
            name: frame[name].astype(float) if is_numeric(frame[name]) else _coded(frame[name], references.get(name))
            for name in terms.names
        }
    )
    try:
        with np.errstate(all="ignore"):
            return terms.formula.get_model_matrix(coded, context=FUNCTIONS, na_action="ignore")
    except Exception as error:  # whatever the formula's own functions raise; it may quote a value
        raise FormulaRefused(f"The formula cannot be computed ({type(error).__name__}).") from None


def _coded(values: pd.Series, reference: str | None) -> pd.Series:
    """Return classes in the order in which models compare them, the reference first."""
    labels = stratum_labels(values)
    order = stratum_order(labels)
    if reference is not None:
        order = sorted(order, key=lambda label: label != reference)
    return pd.Series(pd.Categorical(labels, categories=order), index=values.index)


def _as_classes(values: pd.Series) -> pd.Series:
    return pd.Series(stratum_labels(values), index=values.index, dtype=object)


def is_present(values: pd.Series) -> np.ndarray:
    """Return which values are known: finite numbers, and classes other than ``unknown``."""
    return np.isfinite(as_float(values)) if is_numeric(values) else stratum_labels(values) != UNKNOWN


def _plain(term: Any) -> str:
    """Return the column that a term is by itself, or in C(...); '' for every other term."""
    if len(term.factors) != 1:
        return ""
    tree = _parsed(str(term.factors[0].expr))
    if isinstance(tree, ast.Call) and getattr(tree.func, "id", "") == "C" and len(tree.args) == 1 and not tree.keywords:
        tree = tree.args[0]
    return tree.id if isinstance(tree, ast.Name) else ""


def _parsed(expression: str) -> ast.expr:
    try:
        return ast.parse(expression.strip("`"), mode="eval").body
    except SyntaxError:
        raise FormulaRefused("The formula cannot be read.") from None


def _columns(tree: ast.AST) -> Iterable[str]:
    """Return the names that an expression uses, without the functions it calls."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    owners = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and not (id(node) in owners and node.id == "np")
    ]


def _is_row_by_row(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if name not in ROW_BY_ROW or (owner is not None and getattr(owner, "id", "") != "np"):
                return False
    return True


def _splines(tree: ast.AST) -> Iterable[tuple[str, tuple[float, ...]]]:
    """Yield the splines of an expression. FormulaRefused if one is not of a column, or its knots are not stated."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == SPLINE):
            continue
        given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "knots")]
        if len(given) != 2 or not isinstance(given[0], ast.Name):
            raise FormulaRefused(
                "A spline is of one column, with its knots.", "Write rcs(max_diameter_mm, [10, 20, 30])."
            )
        try:
            knots = tuple(float(knot) for knot in ast.literal_eval(given[1]))
        except (ValueError, TypeError):
            knots = ()
        if len(knots) < FEWEST_KNOTS or list(knots) != sorted(set(knots)) or not np.isfinite(knots).all():
            raise FormulaRefused(
                f"The knots of {given[0].id} are not stated as at least {FEWEST_KNOTS} rising numbers.",
                f"Write rcs({given[0].id}, [10, 20, 30]).",
            )
        yield given[0].id, knots


def _refuse_outside(values: pd.Series, name: str, knots: tuple[float, ...]) -> None:
    """Refuse a spline of what is no number, or with a knot beyond all values, by the knots. No value is named."""
    if not is_numeric(values):
        raise FormulaRefused(f"{name} is no number, so there is no spline of it.", "Write the column alone.")
    known = as_float(values)
    if not len(known):
        return
    below = [f"{knot:g}" for knot in knots if knot < known.min()]
    above = [f"{knot:g}" for knot in knots if knot > known.max()]
    sides = [f"{', '.join(side)} {where}" for side, where in ((below, "below"), (above, "above")) if side]
    if sides:
        said = f"Knots of {name} lie outside all of its values: {' and '.join(sides)}."
        raise FormulaRefused(said, "State every knot within them.")


def _refuse_strange(text: str) -> None:
    """Refuse what a formula of columns, numbers and arithmetic does not hold, before formulaic reads it."""
    if not text.strip():
        raise FormulaRefused("The formula is empty.")
    if "~" in text:
        raise FormulaRefused("The formula has a left-hand side, but the endpoint is named apart.")
    if found := re.sub(_STRICT, "", text):
        raise FormulaRefused(f"The formula holds {found[0]!r}, which no formula needs.")
    crossings = text.count("*") - text.count("**")
    if len(text) > MOST_CHARACTERS or crossings > MOST_CROSSINGS or _POWER.search(text):
        raise FormulaRefused("The formula is too long, or crosses too many terms.", "Write the terms one by one.")


def _refuse_code(tree: ast.AST) -> None:
    """Refuse everything in an expression that is not a column, a number, arithmetic or a function of ROW_BY_ROW."""
    knots = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == SPLINE
        for given in (*node.args, *(keyword.value for keyword in node.keywords))
        if isinstance(given, ast.List | ast.Tuple)
        for part in (given, *(keyword for keyword in node.keywords if keyword.arg == "knots"))
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if name not in ROW_BY_ROW:
                named = f"calls {name}" if name else "calls a function"
                cure = OTHERWISE.get(name) or f"It may call {', '.join(sorted(ROW_BY_ROW))}."
                raise FormulaRefused(f"The formula {named}, which is not allowed.", cure)
        elif isinstance(node, ast.Constant) and type(node.value) not in (int, float):
            raise FormulaRefused("The formula holds a text.", f"Write columns and numbers, such as {EXAMPLE}.")
        elif not isinstance(node, _ARITHMETIC) and id(node) not in knots:
            raise FormulaRefused(
                "The formula holds more than columns, numbers and arithmetic.", f"Write it like {EXAMPLE}."
            )


FUNCTIONS: dict[str, Any] = {SPLINE: rcs, "sqrt": np.sqrt, "abs": np.abs}
"""What formulas may call in addition to formulaic's own functions."""
