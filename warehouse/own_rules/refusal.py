"""Defines the refusal of a rule or of a file of rules, and the check of names that both are read with."""

from collections.abc import Iterable
from typing import Any

from warehouse.readers.near_names import nearest
from warehouse.storage.errors import RegistryError


class RuleRefused(RegistryError):
    """A rule cannot be applied; the message says why and the cure how to put it right."""


def near(name: str, known: Iterable[str]) -> str:
    """Return the cure for an unknown name: the nearest known one, or all of them."""
    names = list(known)
    found = nearest(name, names)
    return f"Did you mean {found}?" if found else f"Known are {', '.join(names)}."


def mapping(given: Any, what: str, known: Iterable[str] | None = None) -> dict[str, Any]:
    """Return `given` if it is a mapping with known keys only. RuleRefused otherwise; `what` begins the sentence."""
    if not isinstance(given, dict):
        raise RuleRefused(f"{what} holds no keys.", "Write `name: value` lines.")
    names = list(given if known is None else known)
    for name in given:
        if name not in names:
            raise RuleRefused(f"{what} holds the unknown key {name!r}.", near(name, names))
    return given


def listed(given: Any, what: str) -> list:
    """Return `given` if it is a list; nothing is an empty one. RuleRefused otherwise."""
    if given in (None, ""):
        return []
    if not isinstance(given, list):
        raise RuleRefused(f"{what} is no list.", "Begin each entry with a hyphen.")
    return given


def text(given: Any, what: str) -> str:
    """Return `given` if it is text that is not empty. RuleRefused otherwise."""
    if not isinstance(given, str) or not given.strip():
        raise RuleRefused(f"{what} is missing or no text.", "Give it.")
    return given.strip()
