"""Suites of a home for the tests: a whole file around what a test is about."""

from __future__ import annotations

import json
from typing import Any

from schemas.home_file import HomeFile
from tests.structure.checkout import ROOT
from warehouse.expectations.suite_form import HomeSuite, checked_files, suite_of

EXAMPLE = ROOT / "examples" / "expectations" / "house.json"
TABLE = "clean.rfa_sessions"
FILLED = "expect_column_values_to_not_be_null"
BETWEEN = "expect_column_values_to_be_between"


def expectation(kind: str = FILLED, column: str | None = "power_w", /, **arguments: Any) -> dict[str, Any]:
    """One expectation; `meta`, `severity` and `description` are its own keys, the rest are arguments."""
    own = {name: arguments.pop(name) for name in ("meta", "severity", "description") if name in arguments}
    return {"type": kind, "kwargs": ({"column": column} if column else {}) | arguments} | own


def text(*expectations: Any, name: str = "house", table: str = TABLE, **more: Any) -> str:
    """The text of a file with these expectations."""
    return json.dumps({"name": name, "meta": {"table": table}, "expectations": list(expectations)} | more)


def suite(*expectations: Any, table: str = TABLE) -> HomeSuite:
    """The suite of these expectations."""
    return suite_of(HomeFile("house.json", "", text(*expectations, table=table)))


def reasons(*texts: str | None) -> list[str]:
    """Why the files a.json, b.json and so on are refused; '' where one is not."""
    return [one.reason for one in checked_files([HomeFile(f"{chr(97 + n)}.json", "", t) for n, t in enumerate(texts)])]
