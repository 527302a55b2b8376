"""Defines a file of the registry's home as it was read: a file of rules, or a suite of expectations."""

from dataclasses import dataclass


@dataclass(frozen=True)
class HomeFile:
    """One file: its name, its SHA-256, and its text, which is None if it is not UTF-8."""

    name: str
    sha256: str
    text: str | None
