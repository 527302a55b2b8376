"""A site's own thresholds and run-in in its site.toml: what is read, what is refused, and what they do."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from schemas.site_rules import KNOWN_BY_SITE, KNOWN_RULE
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.archive.archive import Archive
from warehouse.control.run_in import ends_of_run_in, shown, sites_in_run_in
from warehouse.control.site_terms import write_terms
from warehouse.derived.derive import derive_all
from warehouse.expectations.suites import of_suite
from warehouse.intake.configs_in_force import site_configs
from warehouse.intake.site_config import SiteConfig, parse
from warehouse.intake.site_thresholds import SiteThreshold
from warehouse.quality.rule_results import write_results
from warehouse.quality.scorecard import write_scorecard
from warehouse.queries.site_notes import THRESHOLD, site_notes
from warehouse.storage.errors import RegistryError

SAID = 'max_pct = 60.0\nreason = "Large lesions are sent here"\nby = "A. Miller"\n'
LARGE = f'[thresholds."LES-03-W"]\n{SAID}'
REFUSED: list[tuple[str, str]] = [
    ('[thresholds."LES-33"]\n' + SAID, "names no rule; the nearest is LES-03. Use one of `registry rules`"),
    ('[thresholds."OUT-01"]\n' + SAID, "OUT-01 is a gate, which has no threshold. Remove it"),
    ('[thresholds."REQ-01"]\n' + SAID, "a required cell that is empty is one too many. Have the site correct"),
    ('[thresholds."ID-02"]\n' + SAID, "ID-02 is not judged by site. Remove it"),
    ('[thresholds."DS-01"]\n' + SAID, "does not say which question it is for. Use one of DS-01: KRAS known,"),
    ('[thresholds."LES-03: x"]\n' + SAID, 'asks only one. Write [thresholds."LES-03"]'),
    (LARGE.replace("60.0", '"60 %"'), "has a max_pct that is not a percentage. Write a number from 0 to 100"),
    (LARGE.replace("60.0", "nan"), "has a max_pct that is not a percentage"),
    (LARGE.replace("60.0", "true"), "has a max_pct that is not a percentage"),
    (LARGE.replace('by = "A. Miller"', ""), "lacks by. State max_pct, reason and by"),
    (LARGE.replace('"A. Miller"', '" "'), "has a by that is not text, or empty. Say why"),
    (LARGE + "untill = 2027-01-01\n", "has the unknown key untill; the nearest is until. Use max_pct"),
    (LARGE + 'until = "soon"\n', "has an until that is not a date. Write it like 2027-06-30"),
    ("[thresholds]\nLES-03-W = 5.0\n", "is not a table. Write max_pct, reason and by below it"),
    ("thresholds = 5\n", 'thresholds is not a table. Write [thresholds."LES-03-W"]'),
    (LARGE + LARGE.replace("LES", "les"), "LES-03-W has two thresholds. Remove one of them"),
    ("run_in = 4\n", 'run_in is not a number of quarters. Write it like "4 quarters", or "none"'),
    ('run_in = "a year"\n', "run_in is not a number of quarters"),
    ('run_inn = "none"\n', "run_inn is unknown; the nearest key is run_in. Write run_in"),
]


def test_what_is_read() -> None:
    """Rules, questions of DS-01 and own rules by any letters, with and without an end; quarters of the run-in."""
    text = LARGE + f'until = 2027-06-30\n[thresholds."ds-01: Margin known"]\n{SAID}[thresholds.HD-01]\n{SAID}'
    config = parse('run_in = "2 quarters"\n' + text, SITE)
    assert config.run_in_quarters == 2
    large, margin, own = config.thresholds
    said: dict[str, Any] = {"max_pct": 60.0, "reason": "Large lesions are sent here", "by": "A. Miller"}
    assert large == SiteThreshold("LES-03-W", "", until=date(2027, 6, 30), **said)
    assert (margin.rule_id, margin.aspect, margin.until) == ("DS-01", "margin known", None)
    assert own == SiteThreshold("HD-01", "", **said)
    assert parse('run_in = "none"\n', SITE).run_in_quarters == 0
    assert (parse("", SITE).run_in_quarters, parse("", SITE).thresholds) == (None, ())


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_is_refused(text: str, words: str) -> None:
    """One sentence names file, threshold, the nearest known name and the cure."""
    with pytest.raises(RegistryError) as refused:
        parse(text, SITE)
    assert str(refused.value).startswith(f"{SITE}/site.toml: ") and words in str(refused.value)


def test_what_an_earlier_version_took_stays_in_force() -> None:
    """A threshold that is no longer valid is passed over, and the others hold."""
    config = parse(LARGE + f'[thresholds."LES-33"]\n{SAID}', SITE, is_strict=False)
    assert [one.rule_id for one in config.thresholds] == ["LES-03-W"]


def test_questions_of_sites_are_those_of_the_expectations() -> None:
    """What may be unknown at a site, and in which table, is what the suite expects of all sites together."""
    expected = {e.name: (e.table, 100 - (e.low or 0.0)) for e in of_suite("completeness") if e.rule_id == KNOWN_RULE}
    assert expected == KNOWN_BY_SITE


def sessions(*diameters: int, day: str = "2020-01-02") -> str:
    """Sessions of one lesion each, of these diameters."""
    rows = [
        row_of("rfa_sessions", patient_id=f"P{number}", max_diameter_mm=str(size), session_date=day)
        for number, size in enumerate(diameters)
    ]
    return csv_of(rows)


def judged(kit: Kit, site: str, rule_id: str = "LES-03-W") -> tuple:
    """Status, violations, rows, threshold, whose it is, and whether the site is in its run-in."""
    (row,) = kit.tuples(
        "SELECT status, n_violations, n_rows, threshold_pct, threshold_from, is_run_in FROM quality.site_results "
        "WHERE site = ? AND rule_id = ?",
        site,
        rule_id,
    )
    return row


def results(kit: Kit) -> Kit:
    """Refresh, then count the results as the nightly job does."""
    kit.refresh()
    derive_all(kit.con)
    write_terms(kit.con, site_configs(Archive(kit.home)))
    write_results(kit.con)
    write_scorecard(kit.con)
    return kit


@pytest.fixture
def two_sites(kit: Kit) -> Kit:
    """North allows more than half of its lesions to be unusually large, south says nothing; each has one of two."""
    kit.configure("north", LARGE + "until = 2024-06-30\n")
    for site in ("north", "south"):
        kit.deliver(site, "rfa_sessions", "2024-06-30.csv", sessions(20, 70))
    return results(kit)


def test_a_threshold_counts_at_its_site_alone(two_sites: Kit) -> None:
    """North passes by its own, south fails by the rule's, and all sites together fail. No row is let through."""
    assert judged(two_sites, "north") == ("passed", 1, 2, 60.0, "site", False)
    assert judged(two_sites, "south") == ("failed", 1, 2, 0.0, "rule", False)
    assert two_sites.value("SELECT status FROM quality.results WHERE rule_id = 'LES-03-W'") == "failed"
    flagged = "SELECT site FROM clean.rfa_sessions WHERE list_contains(flags, 'LES-03-W') ORDER BY site"
    assert two_sites.tuples(flagged) == [("north",), ("south",)]
    assert two_sites.tuples("SELECT rule_id, set_by, state FROM quality.thresholds") == [
        ("LES-03-W", "A. Miller", "active")
    ]


def test_the_scorecard_of_a_site_goes_by_its_threshold(two_sites: Kit) -> None:
    """Of the rules of that category, one more has failed at south than at north; the violations are the same."""
    card = two_sites.tuples(
        "SELECT site, n_failed, n_violations FROM quality.scorecard WHERE table_name = 'rfa_sessions' "
        "AND kahn_category = 'plausibility: atemporal' AND site IS NOT NULL ORDER BY site"
    )
    assert card == [("north", 0, 1), ("south", 1, 1)]


def test_the_sites_add_up(two_sites: Kit) -> None:
    """Violations and rows of the sites sum to those of all sites together, for every rule that a row can break."""
    sums = two_sites.tuples(
        "SELECT r.rule_id, r.table_name, r.n_violations, r.n_rows, sum(s.n_violations), sum(s.n_rows) "
        "FROM quality.results r JOIN quality.site_results s USING (rule_id, table_name, aspect) "
        "WHERE r.rule_id <> 'DS-01' GROUP BY ALL"
    )
    assert {"KEY-01", "REQ-01", "LES-03", "LES-03-W"} <= {row[0] for row in sums}
    assert [row for row in sums if row[2:4] != row[4:6]] == []


def test_what_is_known_is_judged_by_site(two_sites: Kit) -> None:
    """The questions of DS-01 have each site's counts and the registry's own thresholds."""
    rows = two_sites.tuples(
        "SELECT aspect, table_name, status, n_violations, n_rows, threshold_pct FROM quality.site_results "
        "WHERE rule_id = 'DS-01' AND site = 'south' ORDER BY aspect"
    )
    assert [row[:2] for row in rows] == sorted((aspect, table) for aspect, (table, _) in KNOWN_BY_SITE.items())
    assert {row[3:5] for row in rows} == {(2, 2)} and {row[2] for row in rows} == {"failed"}


@pytest.mark.long
def test_an_expired_threshold_is_said_and_no_longer_counts(two_sites: Kit) -> None:
    """The first delivery extracted after its last day ends it. One for an own rule that is not there is unused."""
    assert [note for note in site_notes(two_sites.con) if note.kind == THRESHOLD] == []
    two_sites.configure("north", LARGE + f'until = 2024-06-30\n[thresholds."HD-01"]\n{SAID}')
    two_sites.deliver("north", "rfa_sessions", "2024-07-01.csv", sessions(20, 70))
    results(two_sites)
    assert judged(two_sites, "north") == ("failed", 1, 2, 0.0, "rule", False)
    unused, ended = (note for note in site_notes(two_sites.con) if note.kind == THRESHOLD)
    assert ended.place == "north/site.toml" and "LES-03-W" in ended.sentence and ended.is_loud
    assert ended.sentence.startswith("The threshold of LES-03-W (60 %) ended on 2024-06-30; the rule's own counts.")
    assert unused.sentence.startswith("The threshold is for HD-01, which is no rule in force.")


RUN_INS = [
    ("", "2023-07-01", True),  # the fourth quarter of the run-in is that of the extract
    ("", "2023-06-30", False),
    ('run_in = "1 quarter"\n', "2024-04-01", True),
    ('run_in = "1 quarter"\n', "2024-03-31", False),
    ('run_in = "none"\n', "2024-06-29", False),
]


@pytest.mark.long
@pytest.mark.parametrize(("text", "first_session", "is_run_in"), quick(3, RUN_INS))
def test_a_new_site_does_not_fail(kit: Kit, text: str, first_session: str, is_run_in: bool) -> None:
    """From the quarter of its first session, for four quarters or as many as its site.toml says, a rule that would fail
    has the status run-in. Which quarter it is, the newest extract says and not the clock.
    """
    kit.configure("north", text)
    kit.deliver("north", "rfa_sessions", "2024-06-30.csv", sessions(20, 70, day=first_session))
    results(kit)
    assert judged(kit, "north")[0] == ("run-in" if is_run_in else "failed")
    assert judged(kit, "north")[5] is is_run_in
    assert judged(kit, "north", "LES-03")[0] == "passed"
    assert sites_in_run_in(kit.con) == ({"north"} if is_run_in else set())
    assert [bool(row) for row in shown(kit.con)["is_run_in"]] == [is_run_in]


@pytest.mark.long
def test_a_site_without_a_session_has_no_run_in(kit: Kit) -> None:
    """Its rows are judged: nothing of its run-in has begun."""
    kit.deliver("north", "genotypes", "2024-06-30.csv", csv_of([row_of("genotypes")]))
    results(kit)
    assert ends_of_run_in(kit.con) == {} and sites_in_run_in(kit.con) == set()
    assert judged(kit, "north", "ORPHAN-01")[0] == "failed"


@pytest.mark.long
def test_a_database_that_does_not_say_has_neither(kit: Kit) -> None:
    """Results of earlier versions' databases are judged by the rules' own thresholds, without a run-in."""
    kit.deliver("north", "rfa_sessions", "2024-06-30.csv", sessions(20, 70, day="2024-06-01"))
    kit.refresh()
    write_results(kit.con)
    assert judged(kit, "north") == ("failed", 1, 2, 0.0, "rule", False)
    write_terms(kit.con, {"north": SiteConfig()})
    assert kit.tuples("FROM quality.run_in") == [("north", date(2024, 6, 30), 4)]
