"""What own rules do to a registry's rows: quarantine, flags, sheets, answers, exceptions, results, rebuild, removal."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from schemas.rule_book import OURS
from tests.own_rules.files import EXAMPLE, document, rule
from tests.quality.site_at_work import SITE, Site
from warehouse.diff.causes import BY_RULES
from warehouse.intake.exceptions_file import Note, append
from warehouse.quality.rule_results import write_results
from warehouse.quality.scorecard import write_scorecard
from warehouse.queries.flagged_rows import flagged_rows
from warehouse.queries.site_notes import site_notes
from warehouse.refresh.pending_work import why_release_waits
from warehouse.refresh.provenance import manifest
from warehouse.storage.home_files import RULE_FILES
from warehouse.storage.rule_table import book_of, files_of, write_rules
from workflows.check_home import check_home

HEADER = "patient_id,session_id,session_date,lesion_id,max_diameter_mm,modality,power_w"
ROWS = (
    "P1,S1,2020-01-02,L1,20,mwa,39",  # HD-01, HD-02
    "P2,S1,2020-01-02,L1,20,mwa,60",
    "P3,S1,2020-01-02,L1,20,rfa,39",  # HD-02
)
EXAMS = "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id,lesion_status"
EXAM = "P2,E1,2020-02-01,ct,yes,L1,no_viable"
OWN_ENTRIES = "SELECT key, rule_id, column_name, scope, reason FROM quality.quarantine WHERE rule_id LIKE 'HD-%'"
FLAGS = "SELECT patient_id FROM clean.rfa_sessions WHERE list_contains(flags, 'HD-02') ORDER BY 1"


def with_rules(site: Site, name: str = "house.yaml", text: str | None = None) -> Path:
    """Put a file into rules/, the example if no text is given."""
    folder = RULE_FILES.folder_of(site.home)
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(EXAMPLE.read_text(encoding="utf-8") if text is None else text, encoding="utf-8")
    return folder / name


@pytest.fixture(scope="module")
def ruled_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A home before and after the example's rules: its root, and the content hash of each."""
    site = Site(tmp_path_factory.mktemp("ruled"))
    site.deliver("rfa_sessions", "2024-06-30.csv", HEADER, *ROWS)
    site.deliver("imaging_followups", "2024-06-30.csv", EXAMS, EXAM)
    without = site.refresh()
    with_rules(site)
    with site.build() as con:
        assert "The files in rules/ have changed since the clean tables were made." in why_release_waits(con, site.home)
    return site.home.root, without, site.refresh()


@pytest.fixture
def site(ruled_home: tuple[Path, str, str], tmp_path: Path) -> Site:
    """A copy of the home with the rules in force."""
    shutil.copytree(ruled_home[0], tmp_path, dirs_exist_ok=True)
    return Site(tmp_path)


def test_a_row_rule_sets_a_value_aside_with_its_sentence(site: Site) -> None:
    """The row stays without the value, and the entry reads as the file's description, which names no value."""
    said = "power_w is below 40 W although the modality is microwave."
    assert site.ask(OWN_ENTRIES) == [("P1|S1|L1", "HD-01", "power_w", "value", said)]
    assert site.ask("SELECT power_w FROM clean.rfa_sessions WHERE patient_id = 'P1'") == [(None,)]
    assert site.ask("SELECT count(*) FROM released.quarantine WHERE rule_id = 'HD-01'") == [(1,)]


@pytest.mark.long
def test_a_key_that_an_own_rule_sets_aside_is_not_shown(site: Site) -> None:
    """It may say that an identifier is a name: readers see neither the cell nor the key."""
    query = "SELECT count(*) FROM {object} WHERE {property} = 'P3'"
    canaries = "[{bad: {patient_id: P3}}, {good: {}}]"
    with_rules(site, "names.yaml", document(rule(query, canaries, "HD-40", "severity: error"), column="patient_id"))
    site.refresh()
    (shown,) = site.ask("SELECT key, row FROM released.quarantine WHERE rule_id = 'HD-40'")
    assert "P3" not in " ".join(shown)
    assert site.ask("SELECT key FROM quality.quarantine WHERE rule_id = 'HD-40'") == [("P3|S1|L1",)]


def test_a_rule_across_rows_flags_and_asks_the_site(site: Site) -> None:
    """Sessions without an exam carry the flag; the sheet shows the row of each because the file says askSite."""
    assert site.ask(FLAGS) == [("P1",), ("P3",)]
    with site.build() as con:
        asked = flagged_rows(con, SITE)
    assert [(row[0], row[3], row[8]) for row in asked] == [
        ("rfa_sessions", "P1", "HD-02"),
        ("rfa_sessions", "P3", "HD-02"),
    ]
    assert {row[9] for row in asked} == {"There is no exam within 60 days after the session."}
    assert asked[0][10].startswith("patient_id: P1; session_id: S1; session_date: 2020-01-02; lesion_id: L1")


def test_results_and_scorecard_count_own_rules(site: Site) -> None:
    """Each own rule has a result with its numerator, denominator and category, and the scorecard counts it."""
    with site.build() as con:
        for table in ("lesion_ltp", "patient_ltpfs"):
            con.execute(f"CREATE TABLE derived.{table} (x INTEGER)")
        write_results(con)
        write_scorecard(con)
        counted = con.execute(
            "SELECT rule_id, n_violations, n_rows, status, kahn_category FROM quality.results "
            "WHERE rule_id LIKE 'HD-%' ORDER BY ALL"
        ).fetchall()
        completeness = con.execute(
            "SELECT n_violations FROM quality.scorecard "
            "WHERE site = ? AND kahn_category = 'completeness' AND table_name = 'rfa_sessions'",
            [SITE],
        ).fetchone()
    assert counted == [
        ("HD-01", 1, 3, "failed", "plausibility: atemporal"),
        ("HD-02", 2, 3, "failed", "completeness"),
        ("HD-03", 0, 0, "not applicable", "conformance: value"),
    ]
    assert completeness == (2,)


@pytest.mark.long
def test_a_rule_about_the_table_is_reported_and_touches_no_row(site: Site) -> None:
    """Its result says the number and the limit; no row is set aside or flagged, and none is asked about."""
    text = document(rule("SELECT count(*) FROM {object} WHERE power_w < 40", rule_id="HD-50"))
    with_rules(site, "low.yaml", text.replace("mustBe: 0", "mustBeLessThan: 1"))
    before = site.ask("SELECT count(*) FROM quality.findings")
    site.refresh()
    assert site.ask("SELECT count(*) FROM quality.findings") == before
    with site.build() as con:
        for table in ("lesion_ltp", "patient_ltpfs"):
            con.execute(f"CREATE TABLE derived.{table} (x INTEGER)")
        write_results(con)
    (said,) = site.ask("SELECT level, status, n_violations, n_rows, note FROM quality.results WHERE rule_id = 'HD-50'")
    assert said == ("dataset", "failed", 1, 1, "It is 1. It must be less than 1.")


@pytest.mark.long
def test_a_second_refresh_does_nothing_and_a_rebuild_gives_the_same(site: Site, ruled_home) -> None:
    """The content hash is a function of the archive and the files of rules."""
    assert site.refresh() == ruled_home[2]
    assert site.refresh(full=True) == ruled_home[2]


@pytest.mark.long
def test_without_the_file_everything_is_as_before(site: Site, ruled_home) -> None:
    """The value comes back, the entry counts as resolved, and no flag stays."""
    (RULE_FILES.folder_of(site.home) / "house.yaml").unlink()
    assert site.refresh() == ruled_home[1]
    assert site.ask(FLAGS) == []
    assert site.ask("SELECT key, rule_id FROM quality.resolved") == [("P1|S1|L1", "HD-01")]


@pytest.mark.long
def test_a_new_row_is_compared_with_old_ones(site: Site, ruled_home) -> None:
    """A rule across rows judges all patients whenever anything arrives, since it may compare any rows."""
    site.deliver("imaging_followups", "2024-07-01.csv", EXAMS, "P1,E9,2020-02-01,ct,yes,L1,no_viable")
    site.refresh()
    assert site.ask(FLAGS) == [("P3",)]


@pytest.mark.long
def test_an_exception_accepts_what_an_own_rule_finds(site: Site) -> None:
    """An accepted finding leaves the value in; when the rule is removed, the exception is unused and stops nothing."""
    append(site.home, Note("HD-01", "Seen on the log.", date(2026, 1, 1), SITE, "P1|S1|L1", "A. Miller"))
    site.refresh()
    assert site.ask(OWN_ENTRIES) == []
    assert site.ask("SELECT power_w FROM clean.rfa_sessions WHERE patient_id = 'P1'") == [(39.0,)]
    assert site.ask("SELECT rule_id, state FROM quality.exceptions") == [("HD-01", "active")]
    (RULE_FILES.folder_of(site.home) / "house.yaml").unlink()
    site.refresh()
    assert site.ask("SELECT rule_id, state FROM quality.exceptions") == [("HD-01", "unused")]


@pytest.mark.long
def test_a_site_answers_an_own_rule_and_the_answer_outlives_it(site: Site) -> None:
    """A correction in the sheet frees the value; it stays corrected when the rule is no longer there."""
    sheet = site.sheet()
    sheet.answer("HD-01", "correct", 45)
    site.hand_back(sheet, "2024-07-01.xlsx")
    site.refresh()
    assert site.ask(OWN_ENTRIES) == []
    assert site.ask("SELECT rule_id, status FROM released.answers") == [("HD-01", "applied")]
    (RULE_FILES.folder_of(site.home) / "house.yaml").unlink()
    site.refresh()
    assert site.ask("SELECT power_w FROM clean.rfa_sessions WHERE patient_id = 'P1'") == [(45.0,)]


@pytest.mark.long
def test_refused_rules_are_said_and_stop_nothing(site: Site) -> None:
    """A rule that is refused is out of force and told in the notes; the others stand, and the night goes on."""
    with_rules(site, "broken.yaml", "a: [1")
    with_rules(site, "toothless.yaml", document(rule("SELECT count(*) FROM {object} WHERE false", rule_id="HD-09")))
    site.refresh()
    assert site.ask(FLAGS) == [("P1",), ("P3",)]
    with site.build() as con:
        notes = [(note.place, note.sentence) for note in site_notes(con) if note.kind == "Rule"]
        results = con.execute("SELECT rule_id FROM meta.rules WHERE NOT is_in_force ORDER BY ALL").fetchall()
    assert [place for place, _ in notes] == ["rules/broken.yaml", "rules/toothless.yaml HD-09"]
    assert notes[1][1] == "Not applied: The rule does not find its bad row 1. Correct the rule or the row."
    assert results == [("HD-09",), (None,)]


@pytest.mark.long
def test_sql_that_fails_costs_its_own_rows(site: Site) -> None:
    """A cast that fails leaves the row as it is and counts as not judged; rows that can be read are judged."""
    text = document(
        rule(
            "SELECT count(*) FROM {object} WHERE CAST(substr(patient_id, 2) AS INTEGER) > 5",
            "[{bad: {patient_id: P7}}, {good: {patient_id: P1}}]",
            "HD-20",
            "severity: error",
        )
    )
    with_rules(site, "cast.yaml", text)
    site.deliver(
        "rfa_sessions", "2024-07-01.csv", HEADER, "P8,S1,2020-01-02,L1,20,rfa,60", "PX,S1,2020-01-02,L1,20,rfa,60"
    )
    site.refresh()
    assert ("P8|S1|L1", "HD-20") in [row[:2] for row in site.ask(OWN_ENTRIES)]
    assert site.ask("SELECT rule_id, sum(n_rows) FROM quality.unjudged GROUP BY 1") == [("HD-20", 1)]


@pytest.mark.long
def test_a_session_that_is_set_aside_takes_its_lesion_along(site: Site) -> None:
    """Half a history would shorten the lesion's LTPFS: what an own rule across rows sets aside is followed too."""
    text = document(
        rule(
            "SELECT count(*) FROM {object} AS s WHERE EXISTS (SELECT 1 FROM imaging_followups AS i "
            "WHERE i.site = s.site AND i.patient_id = s.patient_id)",
            "[{bad: {}, with: {imaging_followups: {}}}, {good: {}}]",
            "HD-30",
            "severity: error",
        ),
        column="session_date",
    )
    with_rules(site, "whole.yaml", text)
    site.refresh()
    found = site.ask("SELECT export, key, rule_id FROM quality.quarantine WHERE key LIKE 'P2%' ORDER BY ALL")
    assert found == [("imaging_followups", "P2|E1|L1", "PARENT-01"), ("rfa_sessions", "P2|S1|L1", "HD-30")]


def test_the_manifest_names_the_files(site: Site) -> None:
    """Each file with its SHA-256, as the tables were made with it; a differing list is the cause "changed rules"."""
    with site.build() as con:
        con.execute("CREATE TABLE quality.canaries (kind VARCHAR, caught BOOLEAN)")
        con.execute("CREATE TABLE derived.time_to_event (definition VARCHAR)")
        said = manifest(con, site.home)["rules"]
        assert [one["file"] for one in said] == ["house.yaml"]
        assert files_of(con) == RULE_FILES.stamps(site.home) == tuple((one["file"], one["sha256"]) for one in said)
    assert BY_RULES == "changed rules"


def test_a_check_of_one_site_runs_the_rules(site: Site) -> None:
    """`registry check` judges with the home's rules: its own home has a copy of the files."""
    with check_home(site.home.landing / SITE, site.home) as own:
        assert RULE_FILES.stamps(own) == RULE_FILES.stamps(site.home) != ()


def test_a_database_of_an_earlier_version_has_the_platform_s_rules() -> None:
    """Without meta.rules the book is the platform's; a book survives being written and read."""
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA meta")
        assert book_of(con) == OURS
        assert write_rules(con, OURS) is False
        assert book_of(con) == OURS


@pytest.mark.long
def test_patients_that_changed_are_judged_as_all_would_be(tmp_path: Path) -> None:
    """With rules on one row alone, only the patients of a new delivery are judged, and the tables are the same."""
    site = Site(tmp_path)
    with_rules(site, "low.yaml", document(rule(more="severity: error")))
    rows = [f"P{number},S1,2020-01-02,L1,20,rfa,60" for number in range(1, 25)]
    site.deliver("rfa_sessions", "2024-06-30.csv", HEADER, *rows)
    site.refresh()
    site.deliver("rfa_sessions", "2024-07-01.csv", HEADER, "P3,S1,2020-01-02,L1,20,rfa,39")
    by_patient = site.refresh()
    assert site.ask(OWN_ENTRIES) == [("P3|S1|L1", "HD-01", "power_w", "value", "power_w is low.")]
    assert site.refresh(full=True) == by_patient
