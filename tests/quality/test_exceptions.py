"""Tests accepted exceptions: their file, their effect on a refresh, and their expiry."""

import hashlib
import tomllib
from datetime import date

import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from schemas.rules import RULES
from tests.quality.site_at_work import SITE, Site
from warehouse.intake.exceptions_file import FILE_NAME, Note, append, read, read_or_problem, why_not
from warehouse.intake.landing_problems import landing_problems
from warehouse.quality.rule_results import write_results
from warehouse.refresh.provenance import manifest
from warehouse.storage.errors import RegistryError

GOOD = "P1,S1,2023-05-02,L1,18,5,60"
TOO_LARGE = "P2,S1,2023-05-03,L2,220,5,60"
TOO_STRONG = "P3,S1,2023-05-04,L3,20,5,900"
KEY_OF_LARGE = "P2|S1|L2"


@pytest.fixture
def site(tmp_path):
    """A site whose one delivery, of 31 January 2024, breaks LES-03 (row) and ABL-06 (value)."""
    site = Site(tmp_path)
    site.sessions("2024-01-31.csv", GOOD, TOO_LARGE, TOO_STRONG)
    return site


def accept(site: Site, /, rule: str = "LES-03", until: str = "2024-12-31", **where: str) -> None:
    """Sign off an exception."""
    append(site.home, Note(rule, "Seen on the report.", date.fromisoformat(until), by="A. Miller", **where))


def state(site: Site) -> list[tuple]:
    """(rule, state, findings) of every exception."""
    return site.ask("SELECT rule_id, state, n_findings FROM quality.exceptions ORDER BY ALL")


def test_accepted_row_stands_in_clean(site):
    """An accepted E rule on a required column leaves the row in clean, unflagged, with no entry open."""
    site.refresh()
    assert site.open_rules() == ["ABL-06", "LES-03"]
    accept(site, site=SITE, key=KEY_OF_LARGE)
    site.refresh()
    assert site.open_rules() == ["ABL-06"]
    rows = site.ask("SELECT max_diameter_mm, flags FROM clean.rfa_sessions WHERE patient_id = 'P2'")
    assert rows == [(220.0, ["LES-03-W"])]
    assert state(site) == [("LES-03", "active", 1)]
    assert site.ask("SELECT scope FROM quality.findings WHERE rule_id = 'LES-03'") == [("accepted",)]


@pytest.mark.long
def test_accepted_value_stays(site):
    """An accepted E rule on an optional column leaves the value in the row."""
    accept(site, "ABL-06", site=SITE)
    site.refresh()
    assert site.ask("SELECT power_w FROM clean.rfa_sessions WHERE patient_id = 'P3'") == [(900.0,)]
    assert site.open_rules() == ["LES-03"]


@pytest.mark.long
def test_accepted_warning_sets_no_flag(site):
    """An accepted W rule sets no flag, whatever site it is accepted for."""
    accept(site)
    accept(site, "LES-03-W")
    site.refresh()
    assert site.ask("SELECT flags FROM clean.rfa_sessions WHERE patient_id = 'P2'") == [([],)]


@pytest.mark.long
def test_accepted_rule_across_tables(site):
    """A rule across tables is accepted like one of a single row: PAT-05 keeps the birth year."""
    site.deliver("patients", "2024-01-31.csv", "patient_id,birth_year", "P1,2023")
    site.refresh()
    assert "PAT-05" in site.open_rules()
    accept(site, "PAT-05", site=SITE, key="P1")
    site.refresh()
    assert "PAT-05" not in site.open_rules()
    assert site.ask("SELECT birth_year FROM clean.patients WHERE patient_id = 'P1'") == [(2023,)]


@pytest.mark.long
def test_accepted_findings_do_not_fail_the_rule(site):
    """quality.results counts no accepted finding, so the rule passes."""
    accept(site)
    site.refresh()
    with site.build() as con:
        write_results(con)
        row = con.execute("SELECT status, n_violations FROM quality.results WHERE rule_id = 'LES-03'").fetchone()
    assert row == ("passed", 0)


@pytest.mark.long
def test_exception_of_one_key_leaves_others(site):
    """An exception for one key covers no other row of the site."""
    site.sessions("2024-02-01.csv", "P4,S1,2023-06-01,L4,300,5,60")
    accept(site, site=SITE, key=KEY_OF_LARGE)
    site.refresh()
    assert site.ask("SELECT key FROM quality.quarantine WHERE rule_id = 'LES-03'") == [("P4|S1|L4",)]


@pytest.mark.long
def test_expires_by_the_extracts_not_by_the_clock(site):
    """An exception holds up to its day, held against the newest extract date; a later delivery ends it."""
    accept(site, until="2024-01-31", site=SITE)
    site.refresh()
    assert state(site) == [("LES-03", "active", 1)]
    site.sessions("2024-02-01.csv", GOOD)
    site.refresh()
    assert state(site) == [("LES-03", "expired", 1)]
    assert "LES-03" in site.open_rules()


@pytest.mark.long
def test_exception_without_findings_is_unused(site):
    """An exception that covers nothing says so."""
    accept(site, "IMG-13")
    site.refresh()
    assert state(site) == [("IMG-13", "unused", 0)]


@pytest.mark.parametrize(
    "rule_id", ["TYPE-01", "REQ-01", "KEY-01", "ORPHAN-01", "PARENT-01", "OUT-01", "DS-01", "PAT-08"]
)
def test_what_cannot_be_accepted(site, rule_id):
    """Refused with a reason: rules whose violation makes a row unusable, gates, rules about the whole registry."""
    with pytest.raises(RegistryError, match=f"{rule_id} cannot be accepted: "):
        accept(site, rule_id)
    assert not (site.home.root / FILE_NAME).exists()


def test_phi_is_accepted_row_by_row(site):
    """PHI-01 cannot be accepted for a whole site, since rows still to come may hold a name; one row can."""
    with pytest.raises(RegistryError, match="one row at a time"):
        accept(site, "PHI-01", site=SITE)
    accept(site, "PHI-01", site=SITE, key=KEY_OF_LARGE)
    assert len(read(site.home).notes) == 1


def test_most_row_rules_can_be_accepted():
    """Only the rules named with a reason are closed to exceptions; every other that a row can break is open."""
    closed = {rule_id for rule_id, rule in RULES.items() if isinstance(rule.phase, int) and why_not(rule_id)}
    assert closed == {
        *("TYPE-01", "REQ-01", "KEY-01", "ORPHAN-01", "PARENT-01"),
        *("PAT-03", "LES-05", "ABL-11", "IMG-02", "GEN-01", "PAT-07", "PAT-08"),
    }


def test_appending_keeps_what_a_person_wrote(site):
    """Comments and hand-written notes stay byte for byte; text with quotes and line ends survives."""
    file = site.home.root / FILE_NAME
    before = b"# ours\n[[exception]]\nrule = 'ABL-06' # why\nreason = 'x'\nuntil = '2025-01-01'"
    file.write_bytes(before)
    append(site.home, Note("les-03", 'a "quoted"\nreason \x7f', date(2025, 6, 1)))
    assert file.read_bytes().startswith(before + b"\n")
    notes = read(site.home).notes
    assert [note.rule_id for note in notes] == ["ABL-06", "LES-03"]
    assert notes[1].reason == 'a "quoted"\nreason \x7f'


BAD_FILES = [
    ("[[exception]\n", "is not TOML"),
    ("[[exception]]\nrule = 'LES-03'\nuntil = 2025-01-01\n", "exception 1: reason is missing"),
    ("[[exception]]\nrule = 'LES-03'\nreason = 'x'\nuntil = 'soon'\n", "until is not a date"),
    ("[[exception]]\nrule = 'LES-03'\nreason = 'x'\nuntil = 2025-01-01T10:00:00\n", "until is not a date"),
    ("[[exception]]\nrule = 'LES-3'\nreason = 'x'\nuntil = 2025-01-01\n", "there is no rule"),
    ("[[exception]]\nrule = 'LES-03'\nreason = 'x'\nuntil = 2025-01-01\nsites = 'a'\n", "unknown field 'sites'"),
    ("[[exception]]\nrule = 'LES-03'\nreason = 'x'\nuntil = 2025-01-01\nkey = 'P'\n", "key is given without a site"),
    ("[exceptions]\nx = 1\n", "something other than"),
]


@pytest.mark.parametrize(("text", "sentence"), BAD_FILES)
def test_a_bad_file_is_a_problem_and_no_more(site, text, sentence):
    """A file that does not hold: a refresh is given no note of it, the problem is told, `accept` leaves it alone."""
    (site.home.root / FILE_NAME).write_text(text)
    given = read_or_problem(site.home)
    assert given.notes == () and given.problem
    problems = dict(landing_problems(site.home))
    assert sentence in problems[FILE_NAME]
    with pytest.raises(RegistryError):
        accept(site)
    assert (site.home.root / FILE_NAME).read_text() == text


@pytest.mark.parametrize(
    "text",
    [pytest.param(text, marks=[pytest.mark.long] if number else []) for number, (text, _) in enumerate(BAD_FILES)],
)
def test_a_refresh_goes_on_without_a_bad_file(site, text):
    """A refresh with a file that does not hold accepts nothing."""
    (site.home.root / FILE_NAME).write_text(text)
    site.refresh()
    assert site.open_rules() == ["ABL-06", "LES-03"]


@pytest.mark.long
def test_the_manifest_names_the_file(site):
    """exceptions.toml is an input: its SHA-256 and number of notes stand in the manifest."""
    accept(site)
    site.refresh()
    with site.build() as con:
        con.execute("CREATE TABLE derived.time_to_event (definition VARCHAR)")
        con.execute("CREATE TABLE quality.canaries (kind VARCHAR, caught BOOLEAN)")
        facts = manifest(con, site.home)
    digest = hashlib.sha256((site.home.root / FILE_NAME).read_bytes()).hexdigest()
    assert facts["exceptions"] == {"sha256": digest, "notes": 1}


def test_accept_from_the_command_line(site):
    """`registry accept` writes a note that reads back as it was typed."""
    typed = ["accept", "LES-03", "--reason", "Confirmed.", "--until", "2027-06-30", "--site", SITE, "--by", "A. Miller"]
    result = CliRunner().invoke(app, [*typed, "--home", str(site.home.root)])
    assert result.exit_code == 0, result.output
    [note] = tomllib.loads((site.home.root / FILE_NAME).read_text())["exception"]
    assert note == {
        "rule": "LES-03",
        "site": SITE,
        "reason": "Confirmed.",
        "by": "A. Miller",
        "until": date(2027, 6, 30),
    }
    assert read_or_problem(site.home).problem is None


def test_no_day_of_the_calendar_is_wrong_usage(site):
    """A day that is none ends with exit code 2 and writes nothing."""
    typed = ["accept", "LES-03", "--reason", "x", "--until", "2027-02-30", "--home", str(site.home.root)]
    assert CliRunner().invoke(app, typed).exit_code == 2
    assert not (site.home.root / FILE_NAME).exists()
