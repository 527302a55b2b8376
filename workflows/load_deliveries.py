"""Takes deliveries into the archive and their rows into the raw tables: the first step of a refresh, and of a check."""

import duckdb

from warehouse.archive import decided, thread_log
from warehouse.archive.archive import Archive
from warehouse.clean.clean import write_history
from warehouse.control.site_terms import write_terms
from warehouse.expectations.suite_form import problems_of_suites, read_suites
from warehouse.held_deliveries.hold_back import hold_back
from warehouse.incremental import change_log
from warehouse.intake import landing, landing_problems, noted_inputs
from warehouse.intake.configs_in_force import site_configs
from warehouse.intake.deliveries import confirmed
from warehouse.intake.landing import OneSite
from warehouse.queries.closed_threads import write_closures
from warehouse.raw import tables
from warehouse.raw.answers import drop_table
from warehouse.raw.loading import is_of_another_archive, load_waiting
from warehouse.raw.retracted import write_retracted
from warehouse.raw.set_aside import forget_followed
from warehouse.refresh.rebuild import check_archive_holds, check_archive_whole, check_none_lost
from warehouse.releases.release import current_release
from warehouse.storage.home import Home
from warehouse.storage.home_files import PLAN_FILES, RULE_FILES, SUITE_FILES, stamps_of
from warehouse.storage.rule_table import write_rules
from warehouse.storage.suite_table import write_suites
from workflows import progress
from workflows.own_plan import problems_of_plan, read_plan, write_own_plan
from workflows.own_rules import problems_of, rules_in_force


def load_deliveries(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    full: bool = False,
    quiet_seconds: float = 0,
    only: OneSite | None = None,
) -> landing.Landed:
    """Land the waiting files, load what the build database lacks, and write history and meta.loads.

    `only` limits the files that are landed to one site's.
    """
    progress.say("looking into landing/")
    archive = Archive(home)
    landed = landing.land(home, archive, lambda name: progress.say(f"landing {name}"), quiet_seconds, only)
    followed = decided.fingerprint(home)
    check_archive_holds(archive, current_release(home))
    if full or tables.are_of_earlier_code(con) or is_of_another_archive(con, archive):
        progress.say("checking the archive")
        check_archive_whole(archive)
        tables.drop_tables(con)
        drop_table(con)
        forget_followed(con)
        change_log.reset_all_watermarks(con)
    tables.create_tables(con)
    damaged = load_waiting(con, archive, progress.say)
    check_none_lost(damaged, archive, current_release(home))
    landed.problems += damaged
    progress.say("finding current versions")
    configs = site_configs(archive, landed.problems)
    book, suites, plan = rules_in_force(home), read_suites(home), read_plan(home)
    con.begin()
    change_log.create(con)
    if write_rules(con, book):
        change_log.record_everything(con)
    write_suites(con, suites)
    write_own_plan(con, home, plan)
    hold_back(con, configs, confirmed(archive), progress.say)
    write_closures(con, thread_log.read(home))
    write_retracted(con, archive)
    write_history(con, configs)
    write_terms(con, configs)
    change_log.set_watermark(con, change_log.LANDED, len(archive.arrivals) - len(damaged), followed)
    refused = [*problems_of(book), *problems_of_suites(suites), *problems_of_plan(plan)]
    landing_problems.write_problems(con, [*landed.problems, *refused])
    con.commit()
    own = {RULE_FILES: stamps_of(book.files), SUITE_FILES: stamps_of([one.file for one in suites])}
    own |= {PLAN_FILES: stamps_of([plan.file] if plan.file else [])}
    noted_inputs.remember_inputs(home, followed, own)
    return landed
