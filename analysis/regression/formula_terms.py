"""Turns the right-hand side of a formula, such as ``kras * sex + I(max_diameter_mm / 5)``, into covariates of a model.

A column by itself, or in ``C(...)``, is a covariate as it is: the model codes its levels, names its reference and knows
when a level has no event. Everything else (transformed, crossed, splines) becomes columns of numbers by formulaic,
coded beside those covariates, so that an interaction means what it says.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.regression.design_matrix import is_numeric
from analysis.tidy import UNKNOWN, as_float, stratum_labels, stratum_order

if TYPE_CHECKING:
    from formulaic.formula import Formula

ROW_BY_ROW = frozenset({"I", "C", "log", "log2", "log10", "exp", "sqrt", "abs"})
"""Functions whose value in a row depends on that row alone, so that equal subjects may be counted together before."""
EXAMPLE = "kras + I(max_diameter_mm / 5)"


class FormulaRefused(ValueError):
    """A formula cannot be read; the message says why in one line."""


@dataclass(frozen=True)
class FormulaTerms:
    """A formula that was read: the columns it names, those that are covariates by themselves (in ``as_classes`` those
    in C(...)), and whether every other term can be made from each row alone.
    """

    formula: Formula
    names: tuple[str, ...]
    plain: tuple[str, ...]
    as_classes: frozenset[str]
    is_row_by_row: bool

    @property
    def is_plain(self) -> bool:
        """Whether each term is a column by itself."""
        return len(self.plain) == len(self.formula) - 1


def read_formula(text: str) -> FormulaTerms:
    """Read a formula's right-hand side. FormulaRefused if it is none, or has no covariate."""
    from formulaic import Formula
    from formulaic.errors import FormulaInvalidError, FormulaParsingError

    try:
        given: Any = Formula(text)
    except (FormulaParsingError, FormulaInvalidError):
        raise FormulaRefused("The formula cannot be read.") from None
    if hasattr(given, "lhs") or "~" in text:
        raise FormulaRefused("The formula has a left-hand side, but the endpoint is named apart.")
    terms = [str(term) for term in given if term.degree]
    if not terms:
        raise FormulaRefused("The formula names no covariate.")
    whole: Any = Formula(" + ".join(["1", *terms]))
    plain: dict[str, bool] = {}
    names: dict[str, None] = {}
    is_row_by_row = True
    for term in whole:
        for factor in term.factors:
            tree = _parsed(str(factor.expr))
            names |= dict.fromkeys(_columns(tree))
            is_row_by_row &= _is_row_by_row(tree)
        own = _plain(term)
        if own:
            plain[own] = own in plain and plain[own] or str(term) != own
    return FormulaTerms(
        whole, tuple(names), tuple(plain), frozenset(name for name in plain if plain[name]), is_row_by_row
    )


def formula_columns(
    frame: pd.DataFrame, terms: FormulaTerms, references: Mapping[str, str] | None = None
) -> tuple[pd.DataFrame, list[str]]:
    """Return ``frame`` with a column for each term, and the names of the covariates in the order of the formula.

    Rows in which a column of the formula is missing or ``unknown`` get no value in that term. FormulaRefused if a term
    cannot be computed.
    """
    frame = frame.assign(**{name: _as_classes(frame[name]) for name in terms.as_classes})
    if terms.is_plain:
        return frame, list(terms.plain)
    present = {name: _is_present(frame[name]) for name in terms.names}
    complete = np.logical_and.reduce(list(present.values()))
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
            return terms.formula.get_model_matrix(coded, context={}, na_action="ignore")
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


def _is_present(values: pd.Series) -> np.ndarray:
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
