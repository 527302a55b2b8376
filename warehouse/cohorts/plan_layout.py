"""Lays a plan's definitions out in one way, so that blanks, line breaks and the order of keys are no part of them."""

from typing import Any

OF_IMPUTATION = ("impute", "seed")
"""The keys that mean nothing without imputations."""


def laid_out(said: Any, key: str = "") -> Any:
    """Return the same with texts whose layout means nothing in one layout: formulas without blanks."""
    if isinstance(said, dict) and key == "levels":  # the first that fits decides, so their order counts
        return [[name, laid_out(one)] for name, one in said.items()]
    if isinstance(said, dict):
        return {name: laid_out(one, name) for name, one in said.items()}
    if isinstance(said, list):
        return [laid_out(one, key) for one in said]
    if isinstance(said, str):
        return "".join(said.split()) if key in ("formula", "confounders") else " ".join(said.split())
    return said


def without_unused(said: dict[str, Any]) -> dict[str, Any]:
    """Return a definition without the keys that plans had not at first and that it does not use, so that a new version
    of the registry moves no day of an older plan; nor does it whether a model is put to the test.
    """
    unused = {"test"} | ({"entry"} if not said.get("entry") else set())
    if said.get("imputations") is None:
        unused |= {"imputations", *OF_IMPUTATION}
    if not said.get("time_varying"):
        unused.add("time_varying")
    if "formula" not in said and not said.get("strata"):  # curves
        unused.add("strata")
    return {key: one for key, one in said.items() if key not in unused}
