"""What the registry states for itself between two releases: what came, changed, ended or went, told without a key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from analysis.report.output.markdown import markdown
from analysis.report.sections.morning_note_keys import build
from orchestration.cli.notes import print_stated
from schemas.home_file import HomeFile
from schemas.rule_book import RuleBook
from tests.diff.two_releases import RegistryUnderTest
from tests.own_plan.plans import MODEL, file_of, read
from tests.own_rules.files import LOW, book, document, rule
from warehouse.diff.pair import AFTER, BEFORE, Pair
from warehouse.diff.stated import find_stated
from warehouse.queries.apply_exceptions import COLUMNS
from warehouse.releases.release import Release
from warehouse.storage.plan_table import write_plan
from warehouse.storage.rule_table import write_rules
from warehouse.storage.suite_table import SuiteFile, write_suites
from workflows.own_plan import rows_of

THRESHOLDS = (
    "site VARCHAR, rule_id VARCHAR, aspect VARCHAR, threshold_pct DOUBLE, reason VARCHAR, set_by VARCHAR, "
    "until DATE, state VARCHAR"
)
RULE = document(rule())
LAST = date(2030, 1, 1)


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two releases, both without any of these tables."""
    with duckdb.connect() as con:
        for name in (BEFORE, AFTER):
            con.execute(f"ATTACH ':memory:' AS {name}; CREATE SCHEMA {name}.meta; CREATE SCHEMA {name}.quality")
        yield Pair(con, BEFORE, AFTER, {}, {})


def state(pair: Pair, catalogue: str, rules: RuleBook | None = None, **tables: Any) -> None:
    """Write what a release holds of what the registry states."""
    con = pair.con
    con.execute(f"USE {catalogue}")
    write_rules(con, rules or RuleBook())
    write_suites(con, [SuiteFile(HomeFile(*file, "{}"), *said) for *file, said in tables.get("suites", [])])
    if text := tables.get("plan"):
        asked = read(text)
        rows = rows_of(asked.plan, {}, "2026-12-01", is_after_data=True) if asked.plan else []
        write_plan(con, file_of(text), rows, asked.reason)
    for name, columns in (("thresholds", THRESHOLDS), ("exceptions", COLUMNS)):
        con.execute(f"CREATE TABLE quality.{name} ({columns})")
        for row in tables.get(name, []):
            con.execute(f"INSERT INTO quality.{name} VALUES ({', '.join('?' for _ in row)})", list(row))


def threshold(pct: float = 5.0, says: str = "active", aspect: str = "", rule_id: str = "LES-03-W") -> tuple:
    """A threshold of the site north."""
    return "north", rule_id, aspect, pct, "Large lesions", "A. Miller", None, says


def exception(key: str | None = None, says: str = "active", until: date = LAST, source: str = "file") -> tuple:
    """An exception of LES-03 at the site north."""
    return "LES-03", "north", key, None, "Seen.", "A. Miller", until, says, 1, source


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple]]] = {
    "nothing": ({"rules": book(RULE)}, {"rules": book(RULE)}, []),
    "a rule": ({}, {"rules": book(RULE)}, [("Rule", "HD-01", "", "in force", "rules/a.yaml", 1)]),
    "an analysis of a plan": ({}, {"plan": MODEL}, [("Plan", "model m", "", "in force", "plan.toml", 1)]),
    "another formula": (
        {"plan": MODEL}, {"plan": MODEL.replace("kras", "nras")}, [("Plan", "model m", "", "changed", "plan.toml", 1)],
    ),
    "a plan that is refused": (
        {"plan": MODEL}, {"plan": MODEL.replace("kras", "krs")},
        [
            ("Plan", "plan.toml", "", "not applied", "plan.toml", 1),
            ("Plan", "model m", "", "taken out", "plan.toml", 1),
        ],
    ),
    "a rule that is taken out": (
        {"rules": book(RULE)}, {}, [("Rule", "HD-01", "", "taken out", "rules/a.yaml", 1)],
    ),
    "another condition": (
        {"rules": book(RULE)}, {"rules": book(document(rule(LOW + " AND modality = 'mwa'")))},
        [("Rule", "HD-01", "", "changed", "rules/a.yaml", 1)],
    ),
    "a rule that is refused": (
        {"rules": book(RULE)}, {"rules": book(document(rule("SELECT 1")))},
        [("Rule", "HD-01", "", "not applied", "rules/a.yaml", 1)],
    ),
    "a file that is no rule": (
        {}, {"rules": book("kind: [")}, [("Rule", "a.yaml", "", "not applied", "rules/a.yaml", 1)],
    ),
    "a suite, and one that changed": (
        {"suites": [("a.json", "1", ("house", 3))]},
        {"suites": [("a.json", "2", ("house", 3)), ("b.json", "1", ("new", 1))]},
        [
            ("Suite", "new", "", "in force", "expectations/b.json", 1),
            ("Suite", "house", "", "changed", "expectations/a.json", 1),
        ],
    ),
    "thresholds": (
        {"thresholds": [threshold(), threshold(aspect="margin known", rule_id="DS-01"), threshold(rule_id="LES-04")]},
        {"thresholds": [threshold(6.0), threshold(aspect="margin known", rule_id="DS-01", says="expired")]},
        [
            ("Threshold", "LES-03-W", "north", "changed", "north/site.toml", 1),
            ("Threshold", "DS-01: margin known", "north", "ended", "north/site.toml", 1),
            ("Threshold", "LES-04", "north", "taken out", "north/site.toml", 1),
        ],
    ),
    "exceptions": (
        {"exceptions": [exception("P1"), exception("P2"), exception("P3")]},
        {"exceptions": [exception("P1", "expired"), exception("P2", until=date(2031, 1, 1)), exception("P4"),
                        exception("P5", "unused"), exception("P6", source="answer")]},
        [
            ("Exception", "LES-03", "north", "in force", "exceptions.toml", 2),
            ("Exception", "LES-03", "north", "changed", "exceptions.toml", 1),
            ("Exception", "LES-03", "north", "ended", "exceptions.toml", 1),
            ("Exception", "LES-03", "north", "taken out", "exceptions.toml", 1),
        ],
    ),
}  # fmt: skip
"""What -> what the earlier and the later release hold, and what is told."""


@pytest.mark.parametrize("what", CASES)
def test_what_came_changed_or_went_is_told(pair: Pair, what: str) -> None:
    """Kind, name, site, change, file and number; of exceptions no key, and of answers nothing."""
    before, after, told = CASES[what]
    state(pair, BEFORE, **before)
    state(pair, AFTER, **after)
    assert [(r["kind"], r["name"], r["site"], r["change"], r["file"], r["n"]) for r in find_stated(pair)] == told


def test_a_file_that_says_the_same_is_told_as_edited(pair: Pair) -> None:
    """A remark in a file of rules makes a release; the note says that the rule is the same."""
    first, second = (RuleBook(book(RULE).own, (), (HomeFile("a.yaml", sha256, ""),)) for sha256 in "12")
    state(pair, BEFORE, first)
    state(pair, AFTER, second)
    (told,) = find_stated(pair)
    assert (told["name"], told["change"]) == ("HD-01", "file edited, says the same")


def test_a_release_of_an_earlier_version_states_nothing(pair: Pair) -> None:
    """Without these tables everything that the later release states has come since."""
    state(pair, AFTER, book(RULE), exceptions=[exception()])
    assert [row["change"] for row in find_stated(pair)] == ["in force", "in force"]


@pytest.mark.long
def test_a_refresh_prints_it_and_the_note_has_it(
    released: RegistryUnderTest, before: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of two real releases that differ in nothing but an exception which covers no row."""
    text = '[[exception]]\nrule = "LES-03"\nreason = "seen"\nby = "A"\nuntil = 2030-01-01\n'
    (released.kit.home.root / "exceptions.toml").write_text(text, encoding="utf-8")
    after = released.release()
    print_stated(after, before)
    assert capsys.readouterr().out == "  Exception LES-03: in force (exceptions.toml)\n"
    note = markdown(build(released.note(before, after)))
    assert "| Exception | LES-03 |  | in force | exceptions.toml |" in note and "No main estimate moved." in note
