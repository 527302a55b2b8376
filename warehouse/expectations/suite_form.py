"""Reads the suites of the home: expectations/*.json, in Great Expectations' own form.

The library's own reader leaves out what it cannot read and lets the rest pass, so this one is strict: a file that is no
suite is refused, and an expectation that cannot be read stays in its suite as one that could not be judged.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.home_file import HomeFile
from warehouse.expectations.stated_expectation import GATE, Stated, SuiteRefused, known_keys, read_meta, stated
from warehouse.expectations.suites import SUITES
from warehouse.storage.home import Home
from warehouse.storage.home_files import SUITE_FILES
from warehouse.storage.suite_table import SuiteFile

MOST_CHARACTERS = 1_000_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,59}")
PAGES = ("index", "history")
"""Pages of the Data Docs that no suite may be named after."""
TOP = ("name", "expectations", "meta", "notes", "id", "suite_parameters")
OLD_TOP = ("expectation_suite_name", "data_asset_type", "ge_cloud_id")


@dataclass(frozen=True)
class HomeSuite:
    """A suite of the home, what it is about, and its expectations in order."""

    name: str
    file: str
    prose: str
    expectations: tuple[Stated, ...]

    @property
    def has_gate(self) -> bool:
        """Return whether one of its expectations refuses a release."""
        return any(one.severity == GATE for one in self.expectations)


def read_suites(home: Home) -> list[SuiteFile]:
    """Return the files of the home, each with its suite or why it is refused."""
    return checked_files(SUITE_FILES.read(home))


def checked_files(files: Sequence[HomeFile]) -> list[SuiteFile]:
    """Return the files, each with its suite or why it is refused. Of two suites of one name, neither is judged."""
    read = [_checked(file) for file in files]
    names = Counter(one.suite.lower() for one in read if not one.reason)
    return [_twice(one, read) if names[one.suite.lower()] > 1 and not one.reason else one for one in read]


def _checked(file: HomeFile) -> SuiteFile:
    try:
        suite = suite_of(file)
    except SuiteRefused as error:
        return SuiteFile(file, "", 0, str(error))
    return SuiteFile(file, suite.name, len(suite.expectations))


def _twice(one: SuiteFile, read: Iterable[SuiteFile]) -> SuiteFile:
    where = " and ".join(other.file.name for other in read if other.suite.lower() == one.suite.lower())
    return replace(one, reason=f"The suite {one.suite} is stated twice, in {where}. Rename one.")


def suites_in_force(files: Iterable[SuiteFile]) -> list[HomeSuite]:
    """Return the suites of the files that are not refused."""
    return [suite_of(one.file) for one in files if not one.reason]


def suite_of(file: HomeFile) -> HomeSuite:
    """Return the suite that a file states. SuiteRefused if it states none."""
    given = _parsed(file)
    if not isinstance(given, dict):
        raise SuiteRefused("The file holds no suite.", 'Begin it with {"name": "...", "expectations": [...]}.')
    if old := [name for name in OLD_TOP if name in given]:
        raise SuiteRefused(
            f"The file is in the form of Great Expectations before 1.0 (it holds {old[0]}).",
            "Write name for expectation_suite_name, and type for expectation_type.",
        )
    known_keys(given, TOP, "The suite")
    name = given.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise SuiteRefused("The suite has no name.", "Give `name`, of letters, digits, blanks, hyphens, underscores.")
    if name.lower() in (*SUITES, *PAGES):
        raise SuiteRefused(f"The name {name} is taken by the platform.", "Choose another name.")
    if given.get("suite_parameters"):
        raise SuiteRefused("The suite has parameters, which nobody gives in the night.", "Write the values.")
    listed = given.get("expectations")
    if not isinstance(listed, list) or not listed:
        raise SuiteRefused("The suite holds no expectation, so it checks nothing.", "Add one, or remove the file.")
    meta = read_meta(given.get("meta"))
    told = [stated(name, one, meta.get("table")) for one in listed]
    notes = given.get("notes")
    prose = notes if isinstance(notes, str) and notes else f"Stated in {SUITE_FILES.folder}/{file.name}."
    return HomeSuite(name, file.name, prose, tuple(_distinct(told)))


def _parsed(file: HomeFile) -> Any:
    if file.text is None:
        raise SuiteRefused(
            "The file is not UTF-8 text, or cannot be read.", "Save it as UTF-8, readable for this user."
        )
    if len(file.text) > MOST_CHARACTERS:
        raise SuiteRefused("The file is longer than a million characters.", "Split it.")
    try:
        return json.loads(file.text.removeprefix("\ufeff"), object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        cure = "Check the commas, quotes and brackets there."
        raise SuiteRefused(f"The file is not JSON (line {error.lineno}).", cure) from None
    except (RecursionError, ValueError):
        raise SuiteRefused("The file is not JSON.", "Correct it.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, n in Counter(name for name, _ in pairs).items():
        if n > 1:
            raise SuiteRefused(f"The key {name!r} is stated twice.", "Remove one of them.")
    return dict(pairs)


def _no_number(constant: str) -> None:
    raise ValueError(constant)


def _distinct(expectations: Iterable[Stated]) -> Iterable[Stated]:
    """Yield the expectations with names that are distinct within suite and table: a second one gets a number."""
    seen: Counter[tuple[str, str]] = Counter()
    for one in expectations:
        seen[one.table, one.name] += 1
        n = seen[one.table, one.name]
        yield one if n == 1 else replace(one, name=f"{one.name} ({n})")


def problems_of_suites(files: Iterable[SuiteFile]) -> list[tuple[str, str]]:
    """Return the refused files as problems: (place, sentence)."""
    return [(f"{SUITE_FILES.folder}/{one.file.name}", one.reason) for one in files if one.reason]
