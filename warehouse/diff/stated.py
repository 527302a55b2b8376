"""Finds what the registry states for itself and has changed: rules, suites, a plan, thresholds of sites, exceptions.

All of it stands in the tables of a release, so it is told although no number moved. What sites answered is no statement
of the registry. No key is told: an exception is named by its rule and site.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from warehouse.control.site_terms import ACTIVE, EXPIRED
from warehouse.diff.pair import Pair
from warehouse.intake.configs_in_force import SITE_FILE
from warehouse.intake.exceptions_file import FILE_NAME as EXCEPTIONS_FILE
from warehouse.queries.site_notes import PLAN, RULE, SUITE, THRESHOLD
from warehouse.storage.connection import table_exists
from warehouse.storage.for_readers import stand_in
from warehouse.storage.hashing import columns_of
from warehouse.storage.home_files import RULE_FILES, SUITE_FILES
from warehouse.storage.plan_table import plan_in
from warehouse.storage.rule_table import book_of
from warehouse.storage.suite_table import suites_of

EXCEPTION = "Exception"
IN_FORCE, CHANGED, EDITED, NOT_APPLIED, ENDED, TAKEN_OUT = (
    "in force",
    "changed",
    "file edited, says the same",
    "not applied",
    "ended",
    "taken out",
)
CHANGES = (IN_FORCE, CHANGED, EDITED, NOT_APPLIED, ENDED, TAKEN_OUT)


@dataclass(frozen=True)
class Stated:
    """One statement in one release: where it stands, what it says, and what it is if it is not in force (`idle`).

    `stamp` is the SHA-256 of its file, '' where what it says is all that the file says of it. `key` tells exceptions of
    one rule and site apart.
    """

    kind: str
    name: str
    site: str
    file: str
    says: tuple
    idle: str = ""
    stamp: str = ""
    key: str = ""


Place = tuple[str, str, str, str, int]
"""Kind, name, site and key, and the number among equal ones."""
Told = tuple[str, str, str, str, str]
"""Kind, name, site, change and file."""


def find_stated(pair: Pair) -> list[dict[str, Any]]:
    """Return rows of kind, name, site, change, file and n: what came, changed or went between the releases."""
    then, now = (_by_place(pair, side) for side in (pair.before, pair.after))
    told: Counter[Told] = Counter()
    for place, one in (then | now).items():
        if change := _change(then.get(place), now.get(place)):
            told[one.kind, one.name, one.site, change, one.file] += 1
    files = {file for *_, file in told}
    for place, one in now.items():
        is_edited = place in then and one.stamp != then[place].stamp and not one.idle
        if is_edited and one.file not in files:
            told[one.kind, one.name, one.site, EDITED, one.file] += 1
    names = ("kind", "name", "site", "change", "file")
    rows = [dict(zip(names, row, strict=True)) | {"n": n} for row, n in told.items()]
    return sorted(rows, key=_order)


def _order(row: dict[str, Any]) -> tuple:
    kinds = (RULE, SUITE, PLAN, THRESHOLD, EXCEPTION)
    return kinds.index(row["kind"]), CHANGES.index(row["change"]), row["file"], row["name"], row["site"]


def _change(then: Stated | None, now: Stated | None) -> str:
    """Return what became of a statement; '' if nothing that counts, such as another reason why it is not applied."""
    if now is None:
        return TAKEN_OUT
    if now.idle:
        return now.idle if then is None or not then.idle else ""
    if then is None or then.idle:
        return IN_FORCE
    return CHANGED if then.says != now.says else ""


def _by_place(pair: Pair, catalogue: str) -> dict[Place, Stated]:
    found: dict[Place, Stated] = {}
    stated = (make(pair, catalogue) for make in (_rules, _suites, _plan, _terms))
    for one in (statement for statements in stated for statement in statements):
        number = 0
        while (place := (one.kind, one.name, one.site, one.key, number)) in found:
            number += 1
        found[place] = one
    return found


def _rules(pair: Pair, catalogue: str) -> Iterator[Stated]:
    book = book_of(pair.con, catalogue)
    stamps = {file.name: file.sha256 for file in book.files}
    for own in book.own:
        yield Stated(RULE, own.rule_id, "", f"{RULE_FILES.folder}/{own.file}", (own,), "", stamps[own.file])
    for one in book.refused:
        file = f"{RULE_FILES.folder}/{one.file}"
        yield Stated(RULE, one.rule_id or one.file, "", file, (), NOT_APPLIED, stamps[one.file])


def _suites(pair: Pair, catalogue: str) -> Iterator[Stated]:
    for one in suites_of(pair.con, catalogue):
        file = f"{SUITE_FILES.folder}/{one.file.name}"
        idle = NOT_APPLIED if one.reason else ""
        yield Stated(SUITE, one.suite or one.file.name, "", file, (one.file.sha256,), idle, one.file.sha256)


def _plan(pair: Pair, catalogue: str) -> Iterator[Stated]:
    """Yield the analyses of the registry's own plan; a refused plan is one statement."""
    held = plan_in(pair.con, catalogue)
    if held is None:
        return
    file, stamp = held.file.name, held.file.sha256
    if held.reason:
        yield Stated(PLAN, file, "", file, (), NOT_APPLIED, stamp)
    for row in held.rows:
        yield Stated(PLAN, f"{row.item} {row.item_name}", "", file, (row.definition_sha256,), "", stamp)


def _terms(pair: Pair, catalogue: str) -> Iterator[Stated]:
    """Yield the thresholds of sites, and the exceptions that somebody signed."""
    if table_exists(pair.con, f"{catalogue}.quality", "thresholds"):
        rows = pair.con.execute(
            f"SELECT site, rule_id, aspect, state, threshold_pct, reason, set_by, until "  # noqa: S608 (own names)
            f"FROM {catalogue}.quality.thresholds ORDER BY ALL"
        ).fetchall()
        for site, rule_id, aspect, state, *says in rows:
            name = f"{rule_id}: {aspect}" if aspect else rule_id
            yield Stated(THRESHOLD, name, site, f"{site}/{SITE_FILE}", tuple(says), _idle(state))
    if "source" not in dict(columns_of(pair.con, f"{catalogue}.quality", "exceptions")):
        return
    table = stand_in(pair.con, "quality.exceptions", f"{catalogue}.")
    rows = pair.con.execute(
        f"SELECT rule_id, coalesce(site, ''), coalesce(key, ''), state, reason, accepted_by, until "  # noqa: S608 (own names)
        f"FROM {table} WHERE source = 'file' ORDER BY ALL"
    ).fetchall()
    for rule_id, site, key, state, *says in rows:
        idle = ENDED if state == EXPIRED else ""  # one that covers nothing is in force all the same
        yield Stated(EXCEPTION, rule_id, site, EXCEPTIONS_FILE, tuple(says), idle, key=key)


def _idle(state: str) -> str:
    return {ACTIVE: "", EXPIRED: ENDED}.get(state, NOT_APPLIED)
