"""docs/plans.md is executed on the demonstration study, and what its plan does is found in the releases."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.days import as_on, today
from tests.e2e.demonstration import Demonstration, copy_of
from tests.expectations.suites import BETWEEN, expectation
from tests.expectations.suites import text as suite_text
from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import LIGHT, Makes
from tests.own_plan.plans import EXAMPLE
from tests.own_rules.test_page import Executed, executed
from tests.structure.checkout import ROOT
from warehouse.archive import plan_journal
from warehouse.intake.watch_landing import Watch, look
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from warehouse.storage.home import Home
from warehouse.storage.home_files import PLAN_FILES, SUITE_FILES
from workflows.plan_facts import own_plan
from workflows.report_facts import tables_of

PAGE = ROOT / "docs" / "plans.md"
REFRESH = "4. `registry refresh`"
MODELS = Makes(LIGHT.products, ("fine_gray", "lesion_models"), has_history=False)
DAY = date(2026, 12, 1)
"""Stands on the page for the day on which its commands are run."""


def refreshed(home: Home) -> Ran:
    """A refresh that makes the models."""
    return run_here(home.root, "refresh", makes=MODELS)


@pytest.fixture(scope="module")
def page(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """The page, executed: its plan is released, and a slip lies beside it."""
    home = copy_of(light_study, tmp_path_factory.mktemp("plan"))
    done: list[Ran] = []
    text = executed(PAGE.read_text(encoding="utf-8"), home.root, lambda: done.append(refreshed(home)), REFRESH)
    assert [ran.code for ran in done] == [0], done[0].err.decode()
    return Executed(as_on(text, home, DAY), home)


@pytest.mark.long
def test_the_page_shows_what_is_printed(page: Executed) -> None:
    """Every command on the page prints what stands below it."""
    assert page.text == PAGE.read_text(encoding="utf-8")


@pytest.mark.long
def test_the_page_states_the_example() -> None:
    """examples/plan.toml is the page's plan."""
    plan = EXAMPLE.read_text(encoding="utf-8").split("\n", 1)[1]
    assert plan in PAGE.read_text(encoding="utf-8")


@pytest.mark.long
def test_the_release_holds_the_plan_and_its_days(page: Executed) -> None:
    """Manifest, meta.plan and the archive's journal agree; then status says that nothing waits, and so does the
    daemon.
    """
    manifest = json.loads((page.home.current / "manifest.json").read_text(encoding="utf-8"))
    held = manifest["plan"]
    assert [(one["file"], one["sha256"]) for one in held["files"]] == list(PLAN_FILES.stamps(page.home))
    journal = plan_journal.read(page.home)
    assert {one["definition_sha256"] for one in held["definitions"]} == set(journal) and not held["refused"]
    assert {(one.declared_on, one.is_after_data) for one in journal.values()} == {(str(today()), True)}
    assert "Not released" not in page.run("status").text
    watched = look(page.home, Watch(), 0, 10)
    assert "plan.toml" not in (*watched.ready, *watched.not_quiet)


@pytest.mark.long
def test_no_built_in_reader_sees_the_plan(page: Executed) -> None:
    """What sections, manuscripts and disclosure control are made of has no row of the plan; the report has it apart."""
    with open_release(find_release(page.home)) as con:
        tables, plan = tables_of(con), own_plan(con)
    for name, table in tables.items():
        for column in {"model", "grouping"} & set(table.columns):
            assert not table[column].astype(str).str.startswith("plan.").any(), name
    assert plan is not None and plan.title == "How large must the margin be?"
    assert set(plan.table("lesion_models")["model"]) == {"plan.primary", "plan.margin_and_mutation", "plan.margin_dose"}


@pytest.mark.long
def test_a_comment_moves_no_day_and_a_knot_does(page: Executed, tmp_path: Path) -> None:
    """A plan that is laid out anew, renamed and extended keeps the days of what it said before; the change is seen by
    status and daemon. A new spline is declared today.
    """
    home = copied(page, tmp_path)
    old = plan_journal.read(home)
    lines = [plan_journal.Declared(one.definition, "2025-01-31", False) for one in old.values()]
    plan_journal.path_of(home).write_text("", encoding="utf-8")
    plan_journal.record(home, lines)
    stated = home.root / "plan.toml"
    text = stated.read_text(encoding="utf-8").replace('"ras_incidence"', '"incidence_by_ras"').replace(" = ", "  =  ")
    stated.write_text(f"# Agreed in January.\n{text.replace('[2, 5, 10]', '[2, 6, 10]')}", encoding="utf-8")
    assert "plan.toml has changed since the release was made." in run_here(home.root, "status").text
    assert "plan.toml" in look(home, Watch(), 0, 10).not_quiet
    ran = refreshed(home)
    assert ran.code == 0 and ran.text.startswith("Released "), ran.err.decode()
    asked = "SELECT item_name, declared_on, is_after_data FROM meta.plan ORDER BY item, item_name"
    rows = run_here(home.root, "query", asked, "--format", "csv").text.splitlines()[1:]
    assert f"margin_dose,{today()},true" in rows and "incidence_by_ras,2025-01-31,false" in rows
    assert sum("2025-01-31" in row for row in rows) == len(rows) - 1
    note = "SELECT DISTINCT note FROM analysis.fine_gray WHERE model = 'plan.incidence_by_ras'"
    assert "declared on 2025-01-31 before any data were released" in run_here(home.root, "query", note).text


@pytest.mark.long
def test_a_refused_plan_costs_nothing_else(page: Executed, tmp_path: Path) -> None:
    """The night goes on with the built-in plan: refresh and status name the plan and the cure, its rows are gone, and
    there is nothing left to do.
    """
    home = copied(page, tmp_path)
    _break(home.root / "plan.toml")
    ran = refreshed(home)
    assert ran.code == 0 and ran.text.startswith("Released ")
    said = "Did you mean minimal_margin_mm? The built-in analyses were made."
    assert "Plan     plan.toml: Not followed: " in ran.err.decode() and said in ran.err.decode()
    status = run_here(home.root, "status").text
    assert said in status and "Not released" not in status, status
    of_plan = "count(*) FILTER (model LIKE 'plan.%')"
    assert queried(home, f"SELECT {of_plan}, count(*) > 0 FROM analysis.fine_gray") == "0,true"
    reason = "SELECT plan_file, is_in_force, reason LIKE '%Did you mean minimal_margin_mm?' FROM meta.plan"
    assert queried(home, reason) == "plan.toml,false,true"


@pytest.mark.long
def test_without_the_file_nothing_is_left(page: Executed, tmp_path: Path) -> None:
    """Nor its rows nor its table; when it comes back, so do its days, whatever the day."""
    home = copied(page, tmp_path)
    stated = home.root / "plan.toml"
    good = stated.read_text(encoding="utf-8")
    stated.unlink()
    assert refreshed(home).code == 0 and queried(home, "SELECT count(*) FROM meta.plan") == "0"
    assert queried(home, "SELECT count(*) FILTER (model LIKE 'plan.%') FROM analysis.lesion_models") == "0"
    days = [plan_journal.Declared(name, "2025-01-31", True) for name in plan_journal.read(home)]
    plan_journal.path_of(home).unlink()
    plan_journal.record(home, days)
    stated.write_text(good, encoding="utf-8")
    assert refreshed(home).code == 0 and queried(home, "SELECT DISTINCT declared_on FROM meta.plan") == "2025-01-31"


@pytest.mark.long
def test_a_refused_release_declares_nothing(page: Executed, tmp_path: Path) -> None:
    """An analysis that a gate kept from being released has no day yet."""
    home = copied(page, tmp_path)
    before = plan_journal.read(home)
    stated = home.root / "plan.toml"
    stated.write_text(stated.read_text(encoding="utf-8").replace("[2, 5, 10]", "[2, 6, 10]"), encoding="utf-8")
    gate = expectation(BETWEEN, "max_diameter_mm", min_value=1000, meta={"gate": True})
    suite = SUITE_FILES.folder_of(home) / "gates.json"
    suite.parent.mkdir()
    suite.write_text(suite_text(gate, name="gates"), encoding="utf-8")
    assert refreshed(home).code == 3 and plan_journal.read(home) == before
    suite.unlink()
    assert refreshed(home).code == 0 and len(plan_journal.read(home)) == len(before) + 1


@pytest.mark.long
def test_a_plan_is_begun_and_not_overwritten(page: Executed) -> None:
    """A second one is refused; a file that is not there is named."""
    again = page.run("plan", "new")
    assert again.code == 1 and "plan.toml exists already." in again.err.decode()
    gone = page.run("plan", "try", "other.toml")
    assert gone.code == 1 and "other.toml cannot be read" in gone.err.decode()


@pytest.mark.long
def test_a_rebuild_gives_the_same_tables(page: Executed, tmp_path: Path) -> None:
    """From the release and the archive alone come the same plan, days and figures, whatever the day of the rebuild."""
    home = copied(page, tmp_path)
    ran = run_here(home.root, "rebuild", home.current.resolve().name, "--into", str(tmp_path / "rebuilt"), makes=MODELS)
    assert ran.code == 0, ran.err.decode()
    rebuilt = Home(tmp_path / "rebuilt")
    assert PLAN_FILES.stamps(rebuilt) == PLAN_FILES.stamps(home)
    assert plan_journal.read(rebuilt) == plan_journal.read(home)


@pytest.mark.long
def test_erasing_a_patient_makes_the_plan_again(page: Executed, tmp_path: Path) -> None:
    """The release that is made anew holds the plan's models without the patient."""
    home = copied(page, tmp_path)
    asked = "SELECT max(n) FROM analysis.fine_gray WHERE model = 'plan.ras_incidence'"
    patient = (
        "SELECT min(patient_id) FROM cohort.patients JOIN derived.time_to_event t USING (site, patient_id) "
        "WHERE ras <> 'unknown' AND t.endpoint = 'TTLTP' AND t.level = 'patient'"
    )
    one = queried(home, patient)
    before = int(queried(home, asked))
    ran = run_here(home.root, "forget", "index-study", one, "--reason", "consent withdrawn", "--yes", makes=MODELS)
    assert ran.code == 0, ran.err.decode()
    assert int(queried(home, asked)) == before - 1


def copied(page: Executed, folder: Path) -> Home:
    """A copy of the page's home."""
    shutil.copytree(page.home.root, folder / "home", symlinks=True)
    return Home(folder / "home")


def queried(home: Home, sql: str) -> str:
    """The one row that a query gives, as CSV."""
    return run_here(home.root, "query", sql, "--format", "csv").text.splitlines()[1]


def _break(stated: Path) -> None:
    """Misspell a column of the plan."""
    text = stated.read_text(encoding="utf-8")
    stated.write_text(text.replace('"minimal_margin_mm"', '"minimal_marge_mm"'), encoding="utf-8")
