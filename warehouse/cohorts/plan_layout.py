"""Lays a plan's definitions out in one way, so that blanks, line breaks and the order of keys are no part of them."""

from typing import Any


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
